# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offsets between MySqlConnector and MariaDbConnector."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.module_utils.connect.mariadb_offsets import (
    back_to_position,
    converted,
    needs_gtid,
    needs_position,
    place,
)

WHERE = {"server": "cdc"}
INSIDE = {"file": "binlog.000001", "pos": 2784, "event": 3, "row": 10, "server_id": 1}


def test_an_offset_gets_its_gtid_and_loses_the_numbers_that_would_skip_other_rows() -> None:
    made = converted(WHERE, INSIDE, "0-1-11")
    assert (needs_gtid(INSIDE), place(INSIDE)) == (True, ("binlog.000001", 2784))
    assert (made.after, made.repeats) == ({"file": "binlog.000001", "pos": 2784, "server_id": 1, "gtids": "0-1-11"}, True)
    assert not needs_gtid(made.after) and not converted(WHERE, {"file": "b.1", "pos": 4}, "0-1-1").repeats


def test_the_way_back_takes_it_out_again() -> None:
    made = back_to_position(WHERE, {**INSIDE, "gtids": "0-1-12"})
    assert (made.after, made.repeats) == ({"file": "binlog.000001", "pos": 2784, "server_id": 1}, True)
    assert needs_position({**INSIDE, "gtids": "0-1-12"}) and not needs_position(INSIDE) and not needs_gtid({"lsn": 1})
