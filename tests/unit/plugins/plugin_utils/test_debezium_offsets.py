# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does a connector go on from where it was?"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.plugin_utils.debezium_offsets import compare, lookup


def at(server: str = "cdc", **offset: Any) -> dict[str, Any]:
    return {"partition": {"server": server}, "offset": offset}


@pytest.mark.parametrize(("before", "after", "state"), [
    ({"file": "bin.000009", "pos": 99}, {"file": "bin.000010", "pos": 4}, "verified"),
    ({"file": "bin.000009", "pos": 99}, {"file": "bin.000009", "pos": 99}, "verified"),
    ({"file": "bin.000009", "pos": 99, "row": 2}, {"file": "bin.000009", "pos": 99, "row": 1}, "failed"),
    ({"file": "bin.000010", "pos": 4}, {"file": "bin.000009", "pos": 99}, "failed"),
    ({"lsn": 100}, {"lsn": 99}, "failed"),
    ({"lsn": 100}, {"lsn": 101}, "verified"),
    ({"lsn": 100}, {"lsn": 101, "snapshot": True}, "failed"),
    ({"lsn": 100}, {"lsn": 101, "snapshot": True, "last_snapshot_record": True}, "verified"),
    ({"file": "bin.000009", "pos": 99}, {"file": "bin.000009", "pos": 120, "snapshot": "initial", "snapshot_completed": False}, "failed"),
    ({"commit_lsn": "00000025:00000d98:00a2"}, {"commit_lsn": "00000025:00000d98:00a1"}, "failed"),
    ({"resume_token": "x"}, {"resume_token": "y"}, "not_checked"),
    ({"lsn": 100}, {"commit_lsn": "0"}, "not_checked"),
])  # fmt: skip
def test_positions_never_go_back_and_no_snapshot_begins(before: dict[str, Any], after: dict[str, Any], state: str) -> None:
    assert compare([at(**before)], [at(**after)])["state"] == state


def test_a_partition_that_is_gone_fails_and_nothing_known_is_not_verified() -> None:
    assert compare([at(lsn=1)], [at("other", lsn=2)])["state"] == "failed"
    assert compare([], [at(lsn=2)])["state"] == "not_checked"


@pytest.mark.parametrize(("config", "offsets", "state"), [
    ({"topic.prefix": "cdc"}, [at(lsn=1)], "verified"),
    ({"topic.prefix": "other"}, [at(lsn=1)], "failed"),
    ({}, [at(lsn=1)], "failed"),
    ({"topic.prefix": "cdc"}, [], "not_checked"),
    ({"topic.prefix": "cdc"}, [{"partition": {"rs": "rs0"}, "offset": {"sec": 1}}], "not_checked"),
    ({"topic.prefix": "cdc"}, [at(lsn=1, snapshot=True)], "failed"),
    ({"topic.prefix": "cdc", "connector.class": "io.debezium.connector.sqlserver.SqlServerConnector"}, [at(commit_lsn="0")], "failed"),
])  # fmt: skip
def test_whether_an_offset_will_be_found_is_known_before_it_runs(config: dict[str, str], offsets: list[dict[str, Any]], state: str) -> None:
    assert lookup(config, offsets)["state"] == state
