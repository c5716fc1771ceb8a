# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole resources as their manifests say: what is wrong with them, in which order they are written, what of them is compared. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .resources import MANAGED, PAUSED, Resource, is_paused, paused_by

# What others need before they can be written, or even tried.
FOUNDATIONS = ("Namespace", "CustomResourceDefinition")
# A pod must find its ConfigMaps and its account, the operator must find the node pools when it comes to the Kafka.
_ORDER = ("ServiceAccount", "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Secret", "ConfigMap", "KafkaNodePool", "Kafka")
_SERVERS_OWN = ("managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink")
_MASK = "(not shown)"


@dataclass(frozen=True)
class Manifest:
    """One resource as it is wanted."""

    api_version: str
    kind: str
    name: str
    namespace: str
    body: Mapping[str, Any]

    @property
    def group(self) -> str:
        return self.api_version.partition("/")[0] if "/" in self.api_version else ""

    @property
    def title(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Two versions of a kind are the same resource."""
        return (self.group, self.kind, self.namespace, self.name)


def manifest(resource: Mapping[str, Any], namespace: str) -> Manifest:
    """:param namespace: for those that name none; who has no namespace at all gets none later, when the API server has told its kinds."""
    meta = resource.get("metadata") or {}
    own = meta.get("namespace") or namespace
    return Manifest(str(resource["apiVersion"]), str(resource["kind"]), str(meta["name"]), str(own), resource)


def incomplete(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Which are no manifests at all."""
    problems = []
    for number, each in enumerate(resources, 1):
        lacks = [key for key in ("apiVersion", "kind") if not each.get(key)] + ([] if (each.get("metadata") or {}).get("name") else ["metadata.name"])
        problems += [f"resource {number} has no {', no '.join(lacks)}"] if lacks else []
    return problems


def repeated(manifests: Iterable[Manifest]) -> list[str]:
    """Which stand there twice."""
    seen: set[tuple[str, str, str, str]] = set()
    problems = []
    for each in manifests:
        problems += [f"{each.title} is listed twice"] if each.key in seen else []
        seen.add(each.key)
    return problems


def in_order(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Foundations first, then what others refer to; otherwise as they were listed."""
    order = (*FOUNDATIONS, *_ORDER)
    middle = order.index("KafkaNodePool")
    return sorted(manifests, key=lambda each: order.index(each.kind) if each.kind in order else middle)


def defines(manifests: Iterable[Manifest]) -> set[tuple[str, str]]:
    """Group and kind of what the definitions among them will serve."""
    specs = [each.body.get("spec") or {} for each in manifests if each.kind == "CustomResourceDefinition"]
    return {(str(spec.get("group")), str((spec.get("names") or {}).get("kind"))) for spec in specs}


def content(resource: Resource | None) -> dict[str, Any] | None:
    """A resource as one side of a change: without its status, what the server notes about it, what is secret, and what is endless."""
    if resource is None:
        return None
    kept = {key: value for key, value in resource.items() if key != "status"}
    kept["metadata"] = {key: value for key, value in resource["metadata"].items() if key not in _SERVERS_OWN}
    if resource.get("kind") == "Secret":
        kept |= {key: dict.fromkeys(kept[key] or {}, _MASK) for key in ("data", "stringData") if key in kept}
    if resource.get("kind") == "CustomResourceDefinition":
        kept["spec"] = {**kept["spec"], "versions": [_without_schema(each) for each in kept["spec"].get("versions") or []]}
    return kept


def _without_schema(version: Mapping[str, Any]) -> dict[str, Any]:
    """Strimzi's definitions are megabytes of schema, which nobody reads in a diff."""
    schema = hashlib.sha256(json.dumps(version.get("schema"), sort_keys=True).encode()).hexdigest()
    return {**version, "schema": f"(sha256:{schema[:16]})"}


def is_same(before: Resource | None, after: Resource) -> bool:
    """Whether nothing but what the server notes differs."""
    if before is None:
        return False
    sides = [{**each, "status": None, "metadata": {k: v for k, v in each["metadata"].items() if k not in _SERVERS_OWN}} for each in (before, after)]
    return sides[0] == sides[1]


def unmovable(resource: Resource) -> str:
    """Why the operator would not carry a change out; empty when it would."""
    if is_paused(resource):
        return f"its reconciliation is paused{paused_by(resource)}, so the operator would not do it: take the annotation {PAUSED} away first"
    if (resource["metadata"].get("annotations") or {}).get(MANAGED) == "false":
        return f"it is not managed ({MANAGED}: \"false\"), so the operator would not do it"
    return ""
