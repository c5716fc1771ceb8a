# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is added and taken away: exactly those that were added by us."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.super_users import (
    RECORD,
    name_problems,
    not_ours,
    plan_absent,
    plan_present,
)


def kafka(users: list[str], added: list[str] | None = None) -> dict[str, Any]:
    annotations = {RECORD: json.dumps({"added": added, "reason": "r", "at": "t"})} if added is not None else {}
    metadata = {"name": "experiment", "annotations": annotations, "resourceVersion": "7"}
    return {"metadata": metadata, "spec": {"kafka": {"authorization": {"type": "simple", "superUsers": users}}}}


def test_the_record_is_part_of_the_change() -> None:
    step = plan_present(kafka(["admin"]), ["ANONYMOUS", "admin"], "why", "now")
    assert step is not None and step.patch["spec"]["kafka"]["authorization"]["superUsers"] == ["admin", "ANONYMOUS"]
    assert json.loads(step.patch["metadata"]["annotations"][RECORD]) == {"added": ["ANONYMOUS"], "reason": "why", "at": "now"}
    assert step.patch["metadata"]["resourceVersion"] == "7"


def test_who_is_a_super_user_already_is_not_ours() -> None:
    assert plan_present(kafka(["admin"]), ["admin"], "why", "now") is None
    assert plan_absent(kafka(["admin"]), ["admin"]) is None and not_ours(kafka(["admin", "x"], ["x"]), ["admin", "x", "y"]) == ["admin"]


def test_only_what_we_added_goes() -> None:
    step = plan_absent(kafka(["admin", "a", "b"], ["a", "b"]), ["a", "admin"])
    assert step is not None and step.patch["spec"]["kafka"]["authorization"]["superUsers"] == ["admin", "b"]
    assert json.loads(step.patch["metadata"]["annotations"][RECORD])["added"] == ["b"]
    last = plan_absent(kafka(["b"], ["b"]), [])
    assert last is not None and last.patch["metadata"]["annotations"] == {RECORD: None} and last.patch["spec"]["kafka"]["authorization"]["superUsers"] is None


def test_names_stand_without_their_kind() -> None:
    assert "begins with User:, here names stand without it: anna" in name_problems(["User:anna"])[0]
