# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Super users for a while: who was added, why, and how they are taken away again. Pure.

The record is an annotation of the Kafka resource, and is written in the same request as the change. So there is never one without the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..configuration.kafka_endpoints import ClusterListeners, KafkaListener
from .kafka_resource import bootstrap
from .resources import Resource, annotation, name_of

RECORD = "streamops.kafka/super-users"
FIELD_MANAGER = "streamops.kafka.super-user"
_SASL = ("scram-sha-512", "oauth")


@dataclass(frozen=True)
class Record:
    """Who was added by us, and why."""

    added: tuple[str, ...]
    reason: str
    at: str

    def as_text(self) -> str:
        return json.dumps({"added": list(self.added), "reason": self.reason, "at": self.at})


@dataclass(frozen=True)
class Step:
    """The change, as a merge patch. ``resourceVersion`` in it makes the API server refuse when somebody was faster."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    patch: Mapping[str, Any]


def record_of(kafka: Resource) -> Record | None:
    """What is recorded, None when nothing is, or it cannot be read."""
    text = annotation(kafka, RECORD)
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    if not isinstance(found, Mapping):
        return None
    return Record(tuple(map(str, found.get("added") or [])), str(found.get("reason", "")), str(found.get("at", "")))


def super_users(kafka: Resource) -> list[str]:
    return [str(each) for each in _authorization(kafka).get("superUsers") or []]


def _authorization(kafka: Resource) -> Mapping[str, Any]:
    return ((kafka.get("spec") or {}).get("kafka") or {}).get("authorization") or {}


def name_problems(names: Sequence[str]) -> list[str]:
    """What is wrong with the names."""
    problems = [f"names: '{each}' begins with User:, here names stand without it: {each[5:]}" for each in names if each.startswith("User:")]
    return problems + [f"names: '{each}' is no name of a user" for each in names if not each.strip() or "," in each or ";" in each]


def authorization_problem(kafka: Resource) -> str:
    """Why super users mean nothing there, empty when they do."""
    if not _authorization(kafka).get("type"):
        return f"cluster {name_of(kafka)} has no spec.kafka.authorization: everybody may do everything, and super users mean nothing"
    return ""


def plan_present(kafka: Resource, names: Sequence[str], reason: str, at: str) -> Step | None:
    """Add who is not one yet. Who is one already is not ours, and will not be taken away by us."""
    there, record = super_users(kafka), record_of(kafka)
    new = [each for each in dict.fromkeys(names) if each not in there]
    if not new:
        return None
    ours = (*(record.added if record else ()), *new)
    return _step(kafka, [*there, *new], Record(tuple(dict.fromkeys(ours)), reason, at))


def plan_absent(kafka: Resource, names: Sequence[str]) -> Step | None:
    """Take away those that we have added, all or the named ones; nobody else."""
    there, record = super_users(kafka), record_of(kafka)
    if record is None:
        return None
    going = [each for each in record.added if not names or each in names]
    if not going:
        return None
    left = tuple(each for each in record.added if each not in going)
    return _step(kafka, [each for each in there if each not in going], Record(left, record.reason, record.at) if left else None)


def not_ours(kafka: Resource, names: Sequence[str]) -> list[str]:
    """Super users that were named, and that we have not added."""
    record = record_of(kafka)
    return [each for each in names if each in super_users(kafka) and each not in (record.added if record else ())]


def _step(kafka: Resource, users: list[str], record: Record | None) -> Step:
    there = record_of(kafka)
    metadata = {"annotations": {RECORD: record.as_text() if record else None}, "resourceVersion": kafka["metadata"]["resourceVersion"]}
    patch = {"metadata": metadata, "spec": {"kafka": {"authorization": {"superUsers": users or None}}}}
    return Step(_side(super_users(kafka), there), _side(users, record), patch)


def _side(users: list[str], record: Record | None) -> dict[str, Any]:
    shown = {"added": list(record.added), "reason": record.reason} if record else None
    return {"spec.kafka.authorization.superUsers": users, RECORD: shown}


def listeners_of(kafka: Resource) -> ClusterListeners:
    """The cluster's listeners, as configurations may name them."""
    status = {str(each.get("name") or each.get("type")): each for each in (kafka.get("status") or {}).get("listeners") or []}
    spec = ((kafka.get("spec") or {}).get("kafka") or {}).get("listeners") or []
    return ClusterListeners([_listener(each, status.get(each["name"], {})) for each in spec], f"{name_of(kafka)}-kafka-bootstrap")


def _listener(spec: Mapping[str, Any], status: Mapping[str, Any]) -> KafkaListener:
    login = spec.get("authentication") or {}
    is_sasl = login.get("type") in _SASL or (login.get("type") == "custom" and bool(login.get("sasl")))
    return KafkaListener(str(spec["name"]), int(spec["port"]), is_sasl, tuple((bootstrap(status) or "").split(",")))
