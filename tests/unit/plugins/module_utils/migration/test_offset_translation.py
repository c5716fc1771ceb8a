# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a group goes on, from what was found."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups import Group, Member
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import Log
from ansible_collections.streamops.kafka.plugins.module_utils.migration.offset_translation import (
    Place,
    Sought,
    Translation,
    outcomes_of,
    source_problems,
    translated,
    with_re_reads,
)

KEY = ("orders", 0)
PLACE = Place(KEY, 50, Log(0, 100), KEY)
THERE = Log(10, 130)


@pytest.mark.parametrize(
    ("sought", "at_time", "matched", "copied", "expected"),
    [
        (Sought(5, 1), 60, 62, True, (62, "record")),
        (Sought(5, 1), 60, None, True, (60, "time")),
        (Sought(5, 1), None, None, False, (10, "time")),
        (Sought(5, 1, is_last=True), 60, 61, False, (62, "after_last")),
        (Sought(5, 1, is_last=True), 60, None, False, (60, "time")),
        (None, None, None, True, (130, "end")),
        (None, None, None, False, (10, "start")),
        (Sought(5, 1), 3, None, True, (10, "time")),
    ],
)
def test_rules(sought: Sought | None, at_time: int | None, matched: int | None, copied: bool, expected: tuple[int, str]) -> None:
    found = translated(PLACE, THERE, sought, at_time, matched, copied)
    assert (found.offset, found.rule) == expected


def test_re_reads_are_known_only_when_everything_is_copied() -> None:
    found = Translation(PLACE, 60, "record")
    assert with_re_reads(found, 70, 50, True, False).re_reads == 20
    assert with_re_reads(found, 40, 50, True, True).re_reads == 0
    assert with_re_reads(found, 70, 50, False, False).re_reads is None
    assert with_re_reads(found, None, 50, True, False).re_reads is None


@pytest.mark.parametrize(("when", "before", "after", "action", "refused"), [
    ("fail", None, 60, "reset", False), ("fail", 60, 60, "unchanged", False), ("fail", 50, 60, "reset", False), ("fail", 70, 70, "unchanged", True),
    ("keep", 70, 70, "unchanged", False), ("move", 70, 60, "reset", False),
])  # fmt: skip
def test_what_is_ahead_would_skip(when: str, before: int | None, after: int, action: str, refused: bool) -> None:
    now = {} if before is None else {KEY: before}
    (outcome,), problems = outcomes_of({"g": Group("g", "empty")}, {"g": [Translation(PLACE, 60, "record")]}, {"g": now}, {KEY: THERE}, when)
    assert (outcome.rows[0].after, outcome.action, bool(problems)) == (after, action, refused)


def test_groups_that_consume_at_the_destination_and_groups_that_are_not_there() -> None:
    live = Group("g", "stable", members=(Member("1", "c", "h"),))
    assert outcomes_of({"g": live}, {"g": []}, {}, {}, "fail")[1]
    assert source_problems({"g": Group("g", "dead"), "h": Group("h", "empty"), "i": Group("i", "empty")}, {"i": {KEY: 1}}) == [
        "group 'g' does not exist at the source", "group 'h' has committed nothing of these topics at the source"]
