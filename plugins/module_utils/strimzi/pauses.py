# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pausing the reconciliation of a KafkaTopic for a while: the two annotations, and whose pause it is. Pure.

The annotation that pauses has no room to say who set it and why. Ours stands beside it, in the same request, so that a later run can tell
what a killed one has left from what a person wants to stay paused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .ownership import MANAGER
from .resources import PAUSED, TOPIC, Resource, annotation, cluster_of, is_paused, is_unmanaged, name_of, paused_by, subject_of

RECORD = "streamops.kafka/paused-by"
PAUSED_CONDITION = "ReconciliationPaused"


@dataclass(frozen=True)
class PauseRecord:
    """Which run of ours has paused a resource."""

    run: str
    owner: str
    since: str

    def to_json(self) -> str:
        return json.dumps(vars(self), sort_keys=True)


def record_of(resource: Resource) -> PauseRecord | None:
    """Our record on a resource. One that is not ours to read counts as none."""
    try:
        value = json.loads(annotation(resource, RECORD))
        return PauseRecord(str(value["run"]), str(value["owner"]), str(value["since"]))
    except (ValueError, KeyError, TypeError):
        return None


def managing(resources: Iterable[Resource], cluster: str) -> dict[str, list[Resource]]:
    """By topic, the resources by which the operator of this cluster manages it."""
    found: dict[str, list[Resource]] = {}
    for resource in resources:
        if cluster_of(resource) == cluster and not is_unmanaged(resource) and not resource["metadata"].get("deletionTimestamp"):
            found.setdefault(subject_of(TOPIC, resource), []).append(resource)
    return found


def pause_problem(topic: str, resources: list[Resource]) -> str:
    """Why the operator cannot be kept off this topic; empty when it can."""
    if len(resources) > 1:
        names = ", ".join(sorted(name_of(each) for each in resources))
        return f"topic '{topic}': the resources {names} all stand for it, and the operator heeds only the oldest: delete the others"
    for resource in resources:
        if is_paused(resource) and record_of(resource) is None:
            return (f"topic '{topic}': somebody has paused the reconciliation of KafkaTopic {name_of(resource)}{paused_by(resource)} and may resume it at any "
                    "time, which would undo the configuration that the purge needs. Ask them, or purge without a change of configuration "
                    "(strategy: delete_records)")  # fmt: skip
    return ""


def shows_pause(resource: Resource) -> bool:
    """Whether the operator says that it leaves the resource alone."""
    conditions = (resource.get("status") or {}).get("conditions") or []
    return any(each.get("type") == PAUSED_CONDITION and each.get("status") == "True" for each in conditions)


def pause_patch(resource: Resource, record: PauseRecord) -> dict[str, Any]:
    """A merge patch of the resource as it was seen: it is refused when somebody has changed the resource since."""
    return _patch(resource, {PAUSED: "true", RECORD: record.to_json()})


def resume_patch(resource: Resource) -> dict[str, Any]:
    """Takes our record away, and the pause too unless somebody else has set it as well."""
    return _patch(resource, {RECORD: None} if is_paused_by_others_too(resource) else {RECORD: None, PAUSED: None})


def is_paused_by_others_too(resource: Resource) -> bool:
    """Whether, as Kubernetes recorded it, anybody but us has set the pause."""
    holders = {entry.get("manager") for entry in resource["metadata"].get("managedFields") or [] if _holds_pause(entry)}
    return bool(holders - {MANAGER})


def _holds_pause(entry: Mapping[str, Any]) -> bool:
    annotations = ((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:annotations") or {}
    return f"f:{PAUSED}" in annotations


def _patch(resource: Resource, annotations: Mapping[str, str | None]) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": resource["metadata"]["resourceVersion"], "annotations": dict(annotations)}}
