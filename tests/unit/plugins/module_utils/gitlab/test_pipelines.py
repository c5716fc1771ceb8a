# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.pipelines import Choice, Outcome, Pipeline, choose, describe


def pipeline(number: int, ref: str = "main", status: str = "running", sha: str = "a919", source: str = "push") -> Pipeline:
    return Pipeline(number, ref, sha, status, source)


CURRENT = pipeline(50)
ACTIVE = [pipeline(52), pipeline(50), pipeline(49, ref="feature"), pipeline(48), pipeline(48)]


def ids(choice: Choice) -> tuple[list[int], dict[int, str]]:
    return [one.id for one in choice.cancel], {one.id: why for one, why in choice.left}


@pytest.mark.parametrize(("only_older", "ref", "own_run", "cancelled", "left"), [
    (True, None, set(), [48, 49], {52: "newer"}),
    (False, None, set(), [48, 49, 52], {}),
    (True, "main", set(), [48], {49: "other ref", 52: "newer"}),
    (False, None, {48, 52}, [49], {48: "same run", 52: "same run"}),
])
def test_the_current_one_is_never_chosen_and_others_by_age_ref_and_run(
    only_older: bool, ref: str | None, own_run: set[int], cancelled: list[int], left: dict[int, str]
) -> None:
    assert ids(choose(ACTIVE, CURRENT, own_run, only_older, ref)) == (cancelled, left)


def test_nothing_to_cancel_is_an_empty_plan() -> None:
    assert not choose([CURRENT], CURRENT, set(), True, None).plan()


def test_the_plan_shows_what_becomes_of_each() -> None:
    assert choose(ACTIVE, CURRENT, set(), True, "main").plan().diff()["after"] == '{\n  "48": {\n    "ref": "main",\n    "status": "canceled"\n  }\n}\n'


def test_a_pipeline_is_read_as_the_api_writes_it() -> None:
    said = {"id": 48, "iid": 13, "project_id": 1, "status": "pending", "source": "parent_pipeline", "ref": "new", "sha": "eb94", "name": None}
    read = Pipeline.of(said)
    assert (read.id, read.status, read.ref, read.is_child, read.has_ended) == (48, "pending", "new", True, False)
    assert read.is_of_run(pipeline(1, ref="new", sha="eb94")) and not read.is_of_run(CURRENT)


@pytest.mark.parametrize(("after", "asked", "reason", "action", "changed"), [
    ("canceled", True, "", "canceled", True), ("success", True, "", "ended", False), ("running", True, "", "canceling", True),
    ("canceling", True, "", "canceling", True), ("deleted", True, "", "ended", False), ("running", False, "", "not_attempted", False),
    ("running", False, "403 Forbidden", "failed", False),
])
def test_what_became_of_a_pipeline_has_one_name(after: str, asked: bool, reason: str, action: str, changed: bool) -> None:
    outcome = Outcome(CURRENT, after, asked=asked, reason=reason)
    assert (outcome.action, outcome.has_changed, outcome.as_result()["action"]) == (action, changed, action)
    assert ("reason" in outcome.as_result()) == bool(reason)


def test_what_still_runs_is_said_shortly() -> None:
    outcomes = [Outcome(pipeline(number), "running") for number in range(8)] + [Outcome(pipeline(9), "canceled")]
    assert describe(outcomes) == "8 pipelines still run: 0 (running), 1 (running), 2 (running), 3 (running), 4 (running) and 3 more"
