# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes, what is kept, and when workloads are ready."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.config_switch import (
    Record,
    changed_values,
    is_ready,
    patch_of,
    shown,
    values_of,
    workload_problems,
)

CURRENT = {"ConfigMap/a": {"bootstrap": "old", "other": "x"}, "Secret/s": {"password": "before"}}
WANTED = {"ConfigMap/a": {"bootstrap": "new", "added": "1"}, "Secret/s": {"password": "after"}}


def test_the_first_values_are_kept_whatever_a_second_run_finds() -> None:
    record = Record()
    assert record.keep(CURRENT, WANTED, {"deployment/a": 3})
    first = {"ConfigMap/a": {"bootstrap": "old", "added": None}, "Secret/s": {"password": "before"}}
    assert record.values == first and record.replicas == {"deployment/a": 3}
    assert not record.keep(WANTED, WANTED, {"deployment/a": 0}), "after a kill the new values are there already, and no pod"
    assert record.values == first and Record.from_content(record.as_content()) == record


def test_only_what_differs_is_changed_and_secrets_are_not_shown() -> None:
    changed = changed_values(CURRENT, {**WANTED, "Secret/s": {"password": "before"}})
    assert changed == {"ConfigMap/a": {"bootstrap": "new", "added": "1"}}
    assert shown(WANTED)["Secret/s"] == {"password": "***"}
    assert values_of("Secret/s", patch_of("Secret/s", {"a": "b"})) == {"a": "b"}
    assert patch_of("ConfigMap/a", {"added": None}) == {"data": {"added": None}}


@pytest.mark.parametrize(("spec", "status", "generation", "ready"), [
    (2, {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2}, 3, True),
    (2, {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2}, 3, False),
    (2, {"observedGeneration": 3, "replicas": 3, "updatedReplicas": 2, "readyReplicas": 2}, 3, False),
    (2, {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 1, "readyReplicas": 2}, 3, False),
    (0, {"observedGeneration": 3, "replicas": 1}, 3, False), (0, {"observedGeneration": 3}, 3, True),
])  # fmt: skip
def test_ready_is_what_the_newest_description_says(spec: int, status: dict[str, Any], generation: int, ready: bool) -> None:
    assert is_ready({"metadata": {"generation": generation}, "spec": {"replicas": spec}, "status": status}) is ready


def test_workloads_are_named_by_kind() -> None:
    assert workload_problems(["deployment/a", "StatefulSet/b"]) == []
    assert len(workload_problems(["a", "pod/a", "deployment/"])) == 3
