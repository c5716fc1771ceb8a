# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pause it is, and what is taken away at its end."""

from __future__ import annotations

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.ownership import MANAGER
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.pauses import (
    RECORD,
    PauseRecord,
    managing,
    pause_patch,
    pause_problem,
    record_of,
    resume_patch,
    shows_pause,
)
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import CLUSTER_LABEL, MANAGED, PAUSED

OURS = PauseRecord("run-1", "process 4711 on runner-1", "2026-11-27T10:00:00+00:00")


def topic(name: str = "orders", managers: tuple[str, ...] = (), cluster: str = "experiment", **annotations: str) -> dict[str, Any]:
    fields = {"f:metadata": {"f:annotations": {f"f:{PAUSED}": {}}}}
    meta = {"name": name, "resourceVersion": "7", "labels": {CLUSTER_LABEL: cluster}, "annotations": annotations}
    return {"metadata": {**meta, "managedFields": [{"manager": each, "fieldsV1": fields} for each in managers]}, "spec": {}}


def test_our_pause_is_known_by_its_record_and_a_bare_one_is_somebody_elses() -> None:
    ours = topic(**{PAUSED: "true", RECORD: OURS.to_json()})
    assert record_of(ours) == OURS and pause_problem("orders", [ours]) == ""
    theirs = topic(managers=("anna",), **{PAUSED: "true"})
    assert record_of(theirs) is None and "(set by anna," in pause_problem("orders", [theirs])


def test_a_record_that_is_no_json_counts_as_none() -> None:
    assert record_of(topic(**{RECORD: "yes"})) is None and record_of(topic(**{RECORD: "[]"})) is None and record_of(topic(**{RECORD: "{}"})) is None


def test_pause_and_record_go_in_one_request_that_a_change_in_between_makes_fail() -> None:
    assert pause_patch(topic(), OURS)["metadata"] == {"resourceVersion": "7", "annotations": {PAUSED: "true", RECORD: OURS.to_json()}}


def test_at_the_end_both_go_unless_somebody_else_wants_the_pause_too() -> None:
    ours = topic(managers=(MANAGER,), **{PAUSED: "true", RECORD: OURS.to_json()})
    assert resume_patch(ours)["metadata"]["annotations"] == {PAUSED: None, RECORD: None}
    shared = topic(managers=(MANAGER, "argocd"), **{PAUSED: "true", RECORD: OURS.to_json()})
    assert resume_patch(shared)["metadata"]["annotations"] == {RECORD: None}


def test_only_resources_by_which_this_cluster_manages_a_topic_matter() -> None:
    leaving = topic("leaving")
    leaving["metadata"]["deletionTimestamp"] = "2026-11-27T10:00:00Z"
    everything = [topic(), topic("other", cluster="second"), topic("free", **{MANAGED: "false"}), leaving]
    assert list(managing(everything, "experiment")) == ["orders"]
    assert "the resources a, b all stand for it" in pause_problem("orders", [topic("b"), topic("a")])


def test_a_pause_is_heeded_when_the_operator_says_so() -> None:
    assert not shows_pause(topic())
    assert shows_pause({**topic(), "status": {"conditions": [{"type": "ReconciliationPaused", "status": "True"}]}})
    assert not shows_pause({**topic(), "status": {"conditions": [{"type": "Ready", "status": "True"}]}})
