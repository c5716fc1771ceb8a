# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas and the plan of subjects, without a registry."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.registry.schemas import Reference, Schema, in_order, syntax_problem
from ansible_collections.streamops.kafka.plugins.module_utils.registry.subjects import (
    CurrentSubject,
    State,
    WantedSubject,
    input_problems,
    plan_subjects,
    state_problems,
    wanted_subjects,
)

ORDER = Schema('{"type": "record", "name": "Order", "fields": []}')


def options(**given: Any) -> dict[str, Any]:
    return {"subjects": [], "state": "present", "permanent": False, "compatibility": None, **given}


@pytest.mark.parametrize(("one", "other", "same"), [
    (Schema('{"a":1,"b":2}'), Schema('{ "b": 2, "a": 1 }'), True),
    (Schema('"string"'), Schema("string"), True),
    (Schema('{"a":[1,2]}'), Schema('{"a":[2,1]}'), False),
    (Schema('{"a":1}', "json"), Schema('{"a":1}', "avro"), False),
    (Schema("message A { /* x */ }", "protobuf"), Schema("message  A {\n}\n// y", "protobuf"), True),
    (Schema("1", references=(Reference("a", "s", 1),)), Schema("1", references=(Reference("a", "s", 2),)), False),
])  # fmt: skip
def test_schemas_are_compared_by_what_they_mean(one: Schema, other: Schema, same: bool) -> None:
    assert one.is_same_as(other) is same


def test_a_syntax_problem_is_seen_before_the_registry_sees_it() -> None:
    assert [bool(syntax_problem(Schema(text))) for text in ("", "{", "string", '"string"', "two words")] == [True, True, False, False, True]
    assert syntax_problem(Schema("message A {}", "protobuf")) == ""


def test_order_and_circles() -> None:
    assert in_order({"c": ["b"], "b": ["a"], "a": [], "d": ["elsewhere"]}) == (["a", "d", "b", "c"], [])
    assert in_order({"a": ["b"], "b": ["a"], "c": []}) == (["c"], ["a", "b"])
    assert in_order({"a": ["a"]}) == ([], ["a"])


def test_a_subject_that_is_listed_and_matched_is_asked_for_once() -> None:
    listed = [{"name": "a", "schema": {"type": "string"}, "permanent": None}]
    wanted = wanted_subjects(options(subjects=listed, compatibility="full"), ["a", "b"])
    assert [(subject.name, subject.schema is None, subject.compatibility) for subject in wanted] == [("a", False, "full"), ("b", True, "full")]


@pytest.mark.parametrize("pattern", ["", ".*", ".+", "(a|.)*", "("])
def test_patterns_that_cannot_be_meant(pattern: str) -> None:
    assert len(input_problems([], pattern)) == 1


def test_what_refers_is_deleted_first_and_what_is_referred_to_is_registered_first() -> None:
    current = {"inner": CurrentSubject((1,), (1,), used_by=frozenset({"outer"})), "outer": CurrentSubject((1,), (2,))}
    wanted = [WantedSubject("inner", "absent"), WantedSubject("outer", "absent")]
    assert [change.name for change in plan_subjects(wanted, State(current))] == ["outer", "inner"]
    assert state_problems(wanted[:1], current) == ["subject inner cannot be deleted: outer refers to it and is not listed"]
    user = Schema("{}", references=(Reference("x", "inner"),))
    new = [WantedSubject("outer", schema=user), WantedSubject("inner", schema=ORDER)]
    assert [(change.name, change.action) for change in plan_subjects(new, State({}))] == [("inner", "created"), ("outer", "created")]


def test_a_new_version_of_what_is_referred_to_makes_a_new_version_of_what_refers() -> None:
    user = Schema("{}", references=(Reference("x", "inner"),))
    current = {"inner": CurrentSubject((1,), (1,), found=None), "outer": CurrentSubject((1,), (2,), found=(1, 2))}
    wanted = [WantedSubject("outer", schema=user), WantedSubject("inner", schema=ORDER)]
    assert [(change.name, change.action) for change in plan_subjects(wanted, State(current))] == [("inner", "registered"), ("outer", "registered")]


@pytest.mark.parametrize(("wanted", "own", "change"), [
    ("full", "full", None), ("full", "none", "full"), ("none", None, "none"),
    ("inherit", "full", "inherit"), ("inherit", "none", None), ("inherit", None, None),
])  # fmt: skip
def test_levels(wanted: str, own: str | None, change: str | None) -> None:
    """The level of this registry is none. Apicurio tells it where a subject has no own one, Confluent's tells nothing (None)."""
    plan = plan_subjects([WantedSubject("a", compatibility=wanted)], State({"a": CurrentSubject((1,), (1,), compatibility=own)}, "none"))
    assert [each.after["compatibility"] for each in plan if each.after] == ([change] if change else [])


def test_soft_and_permanent_deletion() -> None:
    live, soft = CurrentSubject((1, 2), (3, 4)), CurrentSubject(soft_deleted=(1,))
    for now, permanent, action in ((live, False, ["deleted"]), (live, True, ["permanently_deleted"]), (soft, False, []), (soft, True, ["permanently_deleted"])):
        plan = plan_subjects([WantedSubject("a", "absent", permanent=permanent)], State({"a": now}))
        assert [change.action for change in plan] == action
    assert input_problems([WantedSubject("a", "present", ORDER, permanent=True)], None) == ["subject a: permanent is for what should be absent"]


def test_a_plan_shows_schemas_as_structures() -> None:
    plan = plan_subjects([WantedSubject("a", schema=ORDER)], State({}))
    assert json.loads(plan.diff()["after"])["a"]["schema"]["name"] == "Order"
