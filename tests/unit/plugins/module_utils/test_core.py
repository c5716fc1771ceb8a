# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors, plans, waits and progress: what every module is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.module import Stopped, stopped_as_such
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress
from ansible_collections.streamops.kafka.plugins.module_utils.wait import wait_until


def test_an_error_says_what_was_attempted_on_what_what_answered_and_what_to_try() -> None:
    error = OperationError("describe the topic", "orders", "no such topic.", "Create it first.")
    assert str(error) == "Failed to describe the topic on orders: no such topic. Create it first."


def test_an_input_error_lists_every_problem() -> None:
    assert str(InputError(["a is wrong", "b is wrong"])) == "Failed to start, nothing was changed: a is wrong; b is wrong."


def test_an_empty_plan_changes_nothing_and_has_an_empty_diff() -> None:
    assert not Plan() and Plan().diff() == {"before": "", "after": ""}


def test_a_diff_shows_only_the_side_that_exists() -> None:
    plan = Plan((Change("new", "created", after={"partitions": 3}), Change("old", "deleted", before={"partitions": 1})))
    assert plan and '"old"' in plan.diff()["before"] and '"new"' not in plan.diff()["before"] and '"new"' in plan.diff()["after"]
    assert [change.name for change in plan.with_action("deleted")] == ["old"]


def test_a_wait_ends_with_the_observation_that_was_ready() -> None:
    seen = iter([1, 2, 3, 4])
    assert wait_until("count", lambda: next(seen), lambda number: number >= 3, timeout=5, interval=0.001) == 3


def test_a_wait_that_times_out_tells_the_last_observation() -> None:
    with pytest.raises(OperationError, match="Failed to see it ready on x: gave up after 0 s; last seen: half."):
        wait_until("see it ready", lambda: "half", lambda seen: False, timeout=0.01, on="x", interval=0.001)


def test_progress_is_shown_at_most_once_an_interval(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    quiet = Progress("purge", interval=60, path=str(path))
    quiet.say("too early")
    assert not path.exists()
    chatty = Progress("purge", interval=0, path=str(path))
    chatty.say("one")
    chatty.say("two")
    assert path.read_text() == "purge: one\npurge: two\n"


def test_progress_is_silent_when_nobody_listens(tmp_path: Path) -> None:
    Progress("purge", interval=0, path=None).say("anything")
    assert not list(tmp_path.iterdir())


def test_a_signal_within_a_c_library_is_told_as_the_signal_that_it_was() -> None:
    with pytest.raises(Stopped, match="Stopped by SIGTERM"), stopped_as_such():
        raise SystemError("list_offsets returned a result with an exception set") from Stopped(15)
    with pytest.raises(SystemError), stopped_as_such():
        raise SystemError("something else")
