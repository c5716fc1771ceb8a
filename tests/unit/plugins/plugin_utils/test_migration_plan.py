# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan from an assessment: sizes that are not known are assumed and said so, and an earlier plan is kept."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.plugin_utils.migration_plan import plan
from ansible_collections.streamops.kafka.plugins.plugin_utils.migration_problems import problems

SETTINGS: dict[str, Any] = {"connectors": 3, "prefix": "to-cloud", "max_tasks": 8, "task_rate": 1000, "task_memory": 100, "duration": None, "record_bytes": 10,
                            "worker_memory": 250}  # fmt: skip


def topic(name: str, size: int | None = 1000, **more: Any) -> dict[str, Any]:
    return {"name": name, "partitions": 4, "records": 50, "bytes": size, "rate": 0, "records_per_second": 0, "cleanup_policy": "delete",
            "transactional": None, **more}  # fmt: skip


def where(seen: dict[str, Any]) -> dict[str, str]:
    return {name: each["name"] for each in seen["connectors"] for name in each["topics"]}


def test_it_adds_up() -> None:
    seen = plan({"topics": [topic(f"t{number}") for number in range(9)]}, SETTINGS)
    assert seen["totals"]["topics"] == 9 and seen["totals"]["partitions"] == 36 and seen["totals"]["bytes"] == 9000
    assert all(each["name"].startswith("to-cloud-0") for each in seen["connectors"])
    for each in seen["connectors"]:
        assert each["workers"] == -(-each["tasks_max"] // 2)  # 250 bytes hold two tasks of 100
        assert each["workers"] * each["worker_memory"] >= each["memory"]
    assert seen["totals"]["seconds"] == max(each["seconds"] for each in seen["connectors"])


def test_unknown_sizes_are_assumed_and_named() -> None:
    seen = plan({"topics": [topic("a", None), topic("b", rate=None, records_per_second=2.0)]}, SETTINGS)
    assert seen["totals"]["bytes"] == 500 + 1000 and seen["totals"]["rate"] == 20
    assert "2 topics" in seen["assumptions"][1] and "a, b" in seen["assumptions"][1]


def test_the_same_again_is_the_same_and_an_earlier_plan_is_kept() -> None:
    topics = [topic(f"t{number}", 1000 + number) for number in range(40)]
    first = plan({"topics": topics}, SETTINGS)
    assert plan({"topics": topics}, SETTINGS)["connectors"] == first["connectors"]
    later = plan({"topics": [topic("t0", 900_000), *topics[1:39], topic("new", 5)]}, SETTINGS, first)
    assert {name: at for name, at in where(later).items() if name != "new"} == {name: at for name, at in where(first).items() if name != "t39"}
    assert later["added"] == ["new"] and later["removed"] == ["t39"]


def test_a_plan_that_cannot_be_kept_is_an_error() -> None:
    first = plan({"topics": [topic("a")]}, SETTINGS)
    with pytest.raises(AnsibleFilterError, match="copied again from the start"):
        plan({"topics": [topic("a")]}, {**SETTINGS, "prefix": "other"}, first)


def test_everything_that_is_wrong_with_the_variables_is_told_at_once() -> None:
    settings = {**SETTINGS, "name": "m", "confirm": "n", "source": {"bootstrap": "x"}, "destination": {"bootstrap_servers": "127.0.0.1:1"}, "topics": ["a b"],
                "pattern": "(", "exclude": [], "connectors": 0}  # fmt: skip
    found = problems(settings)
    assert len(found) == 6, found
    assert any(text.startswith("replicator_migration_source has no option bootstrap") for text in found)
    sound = {**settings, "confirm": "m", "source": {"bootstrap_servers": ["127.0.0.1:2"]}, "topics": [], "pattern": "", "connectors": 2}
    assert problems(sound) == []
    assert problems({**sound, "source": {"bootstrap_servers": "127.0.0.1:2", "security_protocol": "sasl_ssl"}})
