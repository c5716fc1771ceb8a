# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import ConnectionLost, Login
from ansible_collections.streamops.kafka.plugins.module_utils.databases.reset import (
    Counts,
    Found,
    Outcome,
    absence_problems,
    apply_resets,
    failure,
    foreseen,
    plan_resets,
    read_targets,
    report,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.selection import Selection
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError

LOGIN = Login("mariadb", "db.example.com", 3306)
FULL = Found("full", {"tables": 3, "views": 1}, {"owner": "app"})
EMPTY = Found("empty", {}, {"owner": "app"})
HALF = Found("half", {}, {"owner": "app"}, unfinished=True)


class Shelf:
    """An engine in memory. ``refusals``: what is raised instead of emptying a target."""

    def __init__(self, found: Mapping[str, Found | None], refusals: Mapping[str, OperationError] | None = None) -> None:
        self.found = dict(found)
        self.refusals = refusals or {}
        self.emptied: list[str] = []

    def targets(self, selection: Selection) -> list[str]:
        return list(self.found)

    def read(self, name: str) -> Found | None:
        return self.found[name]

    def empty(self, found: Found) -> Counts:
        if found.name in self.refusals:
            raise self.refusals[found.name]
        self.emptied.append(found.name)
        self.found[found.name] = Found(found.name, {}, found.kept)
        return found.counts


def shelf(*found: Found, **refusals: OperationError) -> Shelf:
    return Shelf({each.name: each for each in found}, refusals)


def run(engine: Shelf) -> list[Outcome]:
    found = dict(engine.found)
    return apply_resets(engine, found, plan_resets(found))


def test_only_what_holds_something_or_is_half_done_is_planned() -> None:
    plan = plan_resets({"full": FULL, "empty": EMPTY, "half": HALF, "gone": None})
    assert [(change.name, change.action) for change in plan] == [("full", "reset"), ("half", "finish")]
    assert plan.changes[0].before == {"tables": 3, "views": 1}
    assert plan.changes[0].after == {"tables": 0, "views": 0}


def test_an_empty_database_is_not_touched() -> None:
    engine = shelf(EMPTY)
    assert run(engine) == [Outcome("empty", "ok", {}, {"owner": "app"}, "verified")]
    assert engine.emptied == []


def test_a_reset_is_counted_and_verified() -> None:
    assert run(shelf(FULL)) == [Outcome("full", "ok", {"tables": 3, "views": 1}, {"owner": "app"}, "verified")]


def test_check_mode_foresees_what_a_run_does() -> None:
    found: dict[str, Found | None] = {"full": FULL, "empty": EMPTY, "half": HALF, "gone": None}
    plan = plan_resets(found)
    foretold = report(foreseen(found, plan), 0, plan)
    done = report(apply_resets(Shelf(found), found, plan), 0, plan)
    assert {key: foretold[key] for key in ("changed", "removed", "state")} == {key: done[key] for key in ("changed", "removed", "state")}


def test_a_refusal_does_not_stop_the_others() -> None:
    other = Found("other", {"tables": 1}, {"owner": "app"})
    refused = OperationError("reset the database", "full", "locked", partial={"removed": {"tables": 1}})
    outcomes = run(shelf(FULL, other, full=refused))
    assert [(outcome.name, outcome.state, outcome.removed) for outcome in outcomes] == [("full", "failed", {"tables": 1}), ("other", "ok", {"tables": 1})]
    assert report(outcomes, 0, plan_resets({"full": FULL, "other": other}))["state"] == "failed"
    assert failure(outcomes) == "1 of 2 were not reset.\nfull: Failed to reset the database on full: locked."


def test_a_lost_server_leaves_the_others_not_attempted() -> None:
    other = Found("other", {"tables": 1}, {"owner": "app"})
    outcomes = run(shelf(FULL, other, EMPTY, full=ConnectionLost("run a statement", LOGIN, "gone away")))
    assert [outcome.state for outcome in outcomes] == ["failed", "not attempted", "ok"]


def test_what_is_left_afterwards_is_a_failure() -> None:
    class Busy(Shelf):
        def read(self, name: str) -> Found | None:
            return FULL

    outcomes = run(Busy({"full": FULL}))
    assert (outcomes[0].state, outcomes[0].verified) == ("failed", "failed")
    assert "3 tables, 1 views" in outcomes[0].error
    assert outcomes[0].removed == {"tables": 3, "views": 1}


@pytest.mark.parametrize(
    ("after", "told"),
    [(Found("full", {}, {"owner": "root"}), "not as before: owner"), (None, "It is gone")],
)
def test_lost_settings_are_a_failure(after: Found | None, told: str) -> None:
    class Careless(Shelf):
        def read(self, name: str) -> Found | None:
            return after

    outcomes = run(Careless({"full": FULL}))
    assert outcomes[0].verified == "failed"
    assert told in outcomes[0].error


def test_keys_that_are_gone_are_verified() -> None:
    class Keys(Shelf):
        def read(self, name: str) -> Found | None:
            return None

    assert run(Keys({"a*": Found("a*", {"keys": 2})}))[0].verified == "verified"


def test_what_cannot_be_counted_again_is_not_checked() -> None:
    class Vanishing(Shelf):
        def read(self, name: str) -> Found | None:
            raise ConnectionLost("run a statement", LOGIN, "gone away")

    outcomes = run(Vanishing({"full": FULL}))
    assert (outcomes[0].state, outcomes[0].verified) == ("ok", "not_checked")
    assert report(outcomes, 0, plan_resets({"full": FULL}))["verified"] == "not_checked"


def test_every_unreadable_target_is_told_before_anything_is_touched() -> None:
    class Closed(Shelf):
        def read(self, name: str) -> Found | None:
            raise OperationError("read the database", name, "denied")

    with pytest.raises(InputError) as caught:
        read_targets(Closed({"a": None, "b": None}), ["a", "b"])
    assert len(caught.value.problems) == 2


def test_absent_is_ok_unless_it_must_exist() -> None:
    found: dict[str, Found | None] = {"full": FULL, "gone": None}
    assert absence_problems(Selection(name="gone"), found) == ["gone does not exist"]
    assert absence_problems(Selection(pattern="a*"), {}) == ["pattern a* matches nothing"]
    assert report([Outcome("gone", "absent")], 0, plan_resets({"gone": None}))["state"] == "absent"
    assert report([], 0, plan_resets({}))["state"] == "absent"


def test_only_a_removal_or_a_finished_reset_is_a_change() -> None:
    assert report(run(shelf(EMPTY)), 0, plan_resets({"empty": EMPTY}))["changed"] is False
    assert report(run(shelf(HALF)), 0, plan_resets({"half": HALF}))["changed"] is True


def test_counts_are_added_up_over_all_targets() -> None:
    other = Found("other", {"tables": 1}, {"owner": "app"})
    assert report(run(shelf(FULL, other)), 0, plan_resets({"full": FULL, "other": other}))["removed"] == {"tables": 4, "views": 1}
