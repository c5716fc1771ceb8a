# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offsets between MySqlConnector and MariaDbConnector."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.connect.mariadb_offsets import (
    back_to_position,
    converted,
    needs_gtid,
    needs_position,
    place,
)

WHERE = {"server": "cdc"}
INSIDE = {"file": "binlog.000001", "pos": 2784, "event": 3, "row": 10, "server_id": 1}
# Two statements in one transaction, the second one in two events.
KINDS = ["Gtid", "Annotate_rows", "Table_map", "Write_rows_v1", "Annotate_rows", "Table_map", "Update_rows_v1", "Update_rows_v1", "Xid", "Gtid"]


def test_an_offset_gets_its_gtid_and_events_are_counted_as_the_new_connector_counts_them() -> None:
    made = converted(WHERE, INSIDE, "0-1-11", KINDS)
    assert (needs_gtid(INSIDE), place(INSIDE)) == (True, ("binlog.000001", 2784))
    assert (made.after, made.repeats) == ({"file": "binlog.000001", "pos": 2784, "server_id": 1, "gtids": "0-1-11", "event": 2, "row": 10}, False)
    assert not needs_gtid(made.after)


@pytest.mark.parametrize(("old", "new"), [(2, 1), (3, 2), (5, 3), (6, 4), (7, 5), (8, 6)])
def test_each_event_of_a_transaction_there_and_back(old: int, new: int) -> None:
    there = converted(WHERE, {**INSIDE, "event": old}, "0-1-11", KINDS)
    assert there.after["event"] == new
    back = back_to_position(WHERE, there.after, KINDS)
    assert (back.after, back.repeats) == ({**INSIDE, "event": old}, False)


def test_statements_that_the_new_connector_asks_for_are_counted() -> None:
    there = converted(WHERE, INSIDE, "0-1-11", KINDS, reads_annotations=True)
    assert there.after["event"] == 3
    assert back_to_position(WHERE, there.after, KINDS, reads_annotations=True).after == INSIDE


def test_between_transactions_there_is_nothing_to_count() -> None:
    made = converted(WHERE, {"file": "b.1", "pos": 4}, "0-1-1")
    assert (made.after, made.repeats) == ({"file": "b.1", "pos": 4, "gtids": "0-1-1"}, False)
    assert back_to_position(WHERE, made.after, None).after == {"file": "b.1", "pos": 4}


@pytest.mark.parametrize(("kinds", "said"), [
    ([], "no transaction begins there, but nothing"),
    (["Table_map", "Write_rows_v1"], "no transaction begins there, but Table_map"),
    (["Gtid", "Query"], "fewer than 3 events"),
    (["Gtid", "Xid", "Gtid", "Table_map"], "fewer than 3 events"),
])  # fmt: skip
def test_events_that_are_not_those_of_the_offset_are_refused(kinds: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        converted(WHERE, INSIDE, "0-1-11", kinds)


def test_the_way_back_without_a_server_sends_the_transaction_again() -> None:
    inside: dict[str, Any] = {**INSIDE, "gtids": "0-1-12"}
    made = back_to_position(WHERE, inside, None)
    assert (made.after, made.repeats) == ({"file": "binlog.000001", "pos": 2784, "server_id": 1}, True)
    assert needs_position(inside) and not needs_position(INSIDE) and not needs_gtid({"lsn": 1})
