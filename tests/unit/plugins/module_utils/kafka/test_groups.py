# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.group_request import GroupRequest, Selection
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups import (
    Group,
    GroupOutcome,
    Lag,
    Member,
    Row,
    absence_problems,
    clamped_warning,
    drain_scope,
    member_problems,
    plan_absent,
    plan_of,
    plan_resets,
    with_read_back,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import Log, Position

IDLE, GONE = Group("app", "empty", "classic"), Group("gone", "dead")
BUSY = Group("busy", "stable", "classic", (Member("m-1", "app-1", "192.0.2.1", (("orders", 0), ("orders", 1))),))
ORDERS, BILLS = ("orders", 0), ("bills", 0)
LOGS = {ORDERS: Log(10, 20), BILLS: Log(0, 5)}


def reset(position: Position, committed: dict, selected: dict | None = None, at_time: dict | None = None, group: Group = IDLE):
    request = GroupRequest("reset", (group.name,), None, (Selection("any"),) if selected is not None else (), position, False)
    return plan_resets(request, {group.name: group}, {group.name: committed}, selected or {}, LOGS, at_time or {})


@pytest.mark.parametrize(
    ("position", "after"),
    [
        (Position("earliest"), 10), (Position("latest"), 20), (Position("offset", 12), 12), (Position("shift", 3), 18), (Position("shift", -3), 12),
        (Position("time", 1_700_000_000_000), 17),
    ],
)
def test_a_committed_partition_is_set_where_the_position_says(position: Position, after: int) -> None:
    (outcome,), problems = reset(position, {ORDERS: 15}, at_time={ORDERS: 17})
    assert problems == [] and outcome.action == "reset"
    assert outcome.rows == (Row(ORDERS, 15, after, LOGS[ORDERS]),)


def test_what_is_there_already_changes_nothing() -> None:
    (outcome,), _problems = reset(Position("earliest"), {ORDERS: 10, BILLS: 0})
    assert outcome.action == "unchanged" and not plan_of([outcome])


@pytest.mark.parametrize(("position", "after"), [(Position("offset", 3), 10), (Position("offset", 99), 20), (Position("shift", -99), 10)])
def test_an_offset_that_is_not_there_is_clamped_and_said(position: Position, after: int) -> None:
    (outcome,), _problems = reset(position, {ORDERS: 15})
    assert (outcome.rows[0].after, outcome.rows[0].is_clamped) == (after, True)
    assert f"app orders-0: {after}" in clamped_warning([outcome])


def test_no_warning_when_every_offset_is_there() -> None:
    assert clamped_warning(reset(Position("earliest"), {ORDERS: 15})[0]) == ""


def test_only_selected_partitions_are_set_each_to_its_own_offset() -> None:
    (outcome,), _problems = reset(Position("offset", 11), {ORDERS: 15, BILLS: 1}, selected={ORDERS: None, BILLS: 4})
    assert {row.key: row.after for row in outcome.rows} == {ORDERS: 11, BILLS: 4}


def test_an_unknown_group_is_absent_unless_its_topics_are_named() -> None:
    assert reset(Position("earliest"), {}, group=GONE)[0][0].action == "absent"
    assert reset(Position("earliest"), {}, selected={ORDERS: None}, group=GONE)[0][0].action == "reset"


def test_a_partition_whose_topic_is_gone_stays_as_it_is() -> None:
    (outcome,), problems = reset(Position("earliest"), {("deleted", 0): 3})
    assert problems == [] and outcome.action == "unchanged"
    assert outcome.as_result()["partitions"][0] == {
        "topic": "deleted", "partition": 0, "before": 3, "after": 3, "lag": None, "start": None, "end": None, "clamped": False}


def test_a_shift_needs_a_committed_offset() -> None:
    assert reset(Position("shift", 1), {}, selected={ORDERS: None})[1] == ["group 'app' has no committed offset of orders-0 to shift"]


def test_the_diff_shows_only_the_partitions_that_change() -> None:
    (outcome,), _problems = reset(Position("earliest"), {ORDERS: 15, BILLS: 0})
    change = outcome.as_change()
    assert (change.before, change.after) == ({"orders-0": 15}, {"orders-0": 10})


def test_what_is_restored_is_what_was_committed_and_changes() -> None:
    (outcome,), _problems = reset(Position("latest"), {ORDERS: 15, BILLS: 5}, selected=None)
    assert outcome.as_result()["restore"] == [{"name": "orders", "partitions": [0], "offset": 15}]


def test_what_a_consumer_has_read_meanwhile_is_nothing_to_restore() -> None:
    assert GroupOutcome(IDLE, "drained", (Row(ORDERS, 15, 20, LOGS[ORDERS]),)).as_result()["restore"] == []


def test_a_group_is_deleted_with_everything_that_it_has_committed() -> None:
    outcome = plan_absent(IDLE, {ORDERS: 15, BILLS: 1}, [])
    assert outcome.action == "deleted" and len(outcome.rows) == 2
    assert outcome.as_change().after is None
    assert plan_absent(GONE, {}, []).action == "absent"


@pytest.mark.parametrize(
    ("selection", "keys"), [(Selection("orders"), [ORDERS]), (Selection("orders", (0,)), [ORDERS]), (Selection("orders", (1,)), []), (Selection("none"), [])])
def test_only_the_offsets_of_the_selected_topics_are_deleted(selection: Selection, keys: list) -> None:
    outcome = plan_absent(IDLE, {ORDERS: 15, BILLS: 1}, [selection])
    assert [row.key for row in outcome.rows] == keys
    assert outcome.action == ("offsets_deleted" if keys else "unchanged")


def test_live_members_are_named_with_what_they_read() -> None:
    (problem,) = member_problems([IDLE, BUSY])
    assert problem == "group 'busy' has 1 live member, stop its consumers first: app-1 at 192.0.2.1 (orders-0, orders-1)"


def test_members_that_read_other_topics_do_not_count_for_a_selection() -> None:
    assert member_problems([BUSY], [Selection("bills")]) == []
    assert len(member_problems([BUSY], [Selection("orders")])) == 1


def test_many_members_are_shortened() -> None:
    members = tuple(Member(f"m-{number}", f"app-{number:02}", "h") for number in range(30))
    (problem,) = member_problems([Group("big", "stable", "classic", members)])
    assert "30 live members" in problem and "app-09 at h (no partition assigned); 20 more" in problem and "app-10" not in problem


def test_a_missing_group_is_a_problem_only_when_it_must_exist() -> None:
    assert absence_problems([GONE, IDLE], [], False, None) == []
    assert absence_problems([GONE, IDLE], [], True, None) == ["group 'gone' does not exist"]
    assert absence_problems([], [], True, "team-.*") == ["no consumer group matches 'team-.*', or the user may not see it"]


def test_a_share_group_is_never_taken_for_a_missing_consumer_group() -> None:
    assert "no consumer group but one of another type" in absence_problems([GONE], ["gone"], False, None)[0]


def test_what_is_read_back_is_what_is_reported() -> None:
    (outcome,), _problems = reset(Position("earliest"), {ORDERS: 15})
    assert with_read_back(outcome, {ORDERS: 10}, "") == outcome
    moved = with_read_back(outcome, {ORDERS: 13}, "")
    assert moved.action == "failed" and moved.reason == "something else commits for this group: orders-0 is at 13, not 10"


def test_a_refused_group_shows_what_it_still_has() -> None:
    (outcome,), _problems = reset(Position("earliest"), {ORDERS: 15})
    refused = with_read_back(outcome, {ORDERS: 15}, "not allowed")
    assert (refused.action, refused.reason, refused.rows[0].after, refused.changes) == ("failed", "not allowed", 15, False)


def test_a_group_that_was_changed_in_part_counts_as_changed() -> None:
    outcomes, _problems = reset(Position("earliest"), {ORDERS: 15, BILLS: 3})
    assert plan_of([with_read_back(outcomes[0], {ORDERS: 10, BILLS: 3}, "bills-0: refused")])


def lag(*rows: Row, group: Group = IDLE) -> Lag:
    return Lag((GroupOutcome(group, "drained", rows),))


def test_nothing_left_to_read_is_drained() -> None:
    assert lag(Row(ORDERS, 15, 20, LOGS[ORDERS]), Row(("empty", 0), None, None, Log(3, 3))).is_drained


def test_records_that_were_never_committed_are_lag() -> None:
    seen = lag(Row(BILLS, None, None, LOGS[BILLS]))
    assert not seen.is_drained and "app bills-0: 5 (never committed)" in str(seen)


def test_a_group_of_which_nothing_is_known_is_not_drained() -> None:
    assert not lag().is_drained
    assert "app has committed nothing and has no partition assigned" in str(lag())


def test_the_last_observation_shows_the_ten_longest_lags() -> None:
    rows = [Row(("orders", number), 0, number, Log(0, 100)) for number in range(15)]
    text = str(lag(*rows))
    assert text.startswith("lag 1395 in 15 partitions; app orders-0: 100; app orders-1: 99;")
    assert "orders-9: 91; 5 more partitions; app has no live members" in text


def test_a_group_is_measured_on_all_partitions_of_its_topics() -> None:
    existing = {"orders": [0, 1], "bills": [0], "others": [0]}
    assert drain_scope(IDLE, {("bills", 0): 1, ("deleted", 0): 1}, existing) == [("bills", 0)]
    assert drain_scope(BUSY, {}, existing) == [("orders", 0), ("orders", 1)]
