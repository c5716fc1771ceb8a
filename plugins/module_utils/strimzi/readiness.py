# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a resource is what it was written for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .resources import GROUP, Progress, Resource, conditions_text, is_paused, progress_of

_REFUSALS = ("Invalid", "Unsupported")  # InvalidResourceException, UnsupportedKafkaVersionException, ...: nothing changes before the resource does
_WORKLOADS = ("Deployment", "StatefulSet")


def readiness(resource: Resource | None) -> Progress:
    """How far it is. What nobody works on is ready as soon as it is there.

    A Kafka that is not ready is waited for: its operator says NotReady too as long as it makes it. Not so when it says that the resource is wrong.
    """
    if resource is None:
        return Progress("pending", "it is not there")
    kind = str(resource.get("kind"))
    if str(resource.get("apiVersion")).startswith(f"{GROUP}/"):
        return _of_strimzi(kind, resource)
    if kind == "CustomResourceDefinition":
        return _by_condition(resource, "Established")
    if kind in _WORKLOADS:
        return _workload(kind, resource)
    if kind == "Namespace":
        phase = str((resource.get("status") or {}).get("phase", "Active"))
        return Progress("ready" if phase == "Active" else "pending", f"its phase is {phase}")
    return Progress("ready")


def warnings(resource: Resource) -> list[str]:
    """What the operator warns of, in its words."""
    conditions = [each for each in (resource.get("status") or {}).get("conditions") or [] if each.get("type") == "Warning" and each.get("status") == "True"]
    return [f"{each.get('reason')}: {each.get('message')}" for each in conditions]


def _of_strimzi(kind: str, resource: Resource) -> Progress:
    if kind == "KafkaNodePool":  # it has no condition of its own: the Kafka that it belongs to says whether it runs
        return _observed(resource)
    progress = progress_of(resource)
    if progress.state not in ("pending", "not_ready"):
        return progress
    refused = _observed(resource).state == "ready" and any(_is_refusal(each) for each in (resource.get("status") or {}).get("conditions") or [])
    return Progress("not_ready" if refused else "pending", progress.says)


def _is_refusal(condition: Mapping[str, Any]) -> bool:
    said = (condition.get("type"), condition.get("status"))
    return said in (("NotReady", "True"), ("Ready", "False")) and str(condition.get("reason")).startswith(_REFUSALS)


def _observed(resource: Resource) -> Progress:
    if is_paused(resource):
        return progress_of(resource)
    generation, observed = resource["metadata"].get("generation", 0), (resource.get("status") or {}).get("observedGeneration")
    if observed is None or int(observed) < int(generation):
        return Progress("pending", f"the operator has not looked at generation {generation} yet")
    return Progress("ready")


def _workload(kind: str, resource: Resource) -> Progress:
    seen = _observed(resource)
    if seen.state != "ready":
        return Progress("pending", "its controller has not looked at it yet")
    status: Mapping[str, Any] = resource.get("status") or {}
    wanted = int((resource.get("spec") or {}).get("replicas", 1))
    updated = int(status.get("updatedReplicas", 0))
    ready = int(status.get("readyReplicas", 0))
    says = f"{ready} of {wanted} pods are ready; {conditions_text(status.get('conditions') or [])}"
    return Progress("ready" if updated >= wanted and ready >= wanted else "pending", says)


def _by_condition(resource: Resource, wanted: str) -> Progress:
    conditions = (resource.get("status") or {}).get("conditions") or []
    is_so = any(each.get("type") == wanted and each.get("status") == "True" for each in conditions)
    return Progress("ready" if is_so else "pending", conditions_text(conditions))
