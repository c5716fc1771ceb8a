# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log levels for a while: set, and put back to exactly what they were. Pure.

What each logger was is recorded in an annotation of the Kafka resource, in the same request that changes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .resources import Resource, annotation

RECORD = "streamops.kafka/logging"
FIELD_MANAGER = "streamops.kafka.logging"
PLACES: dict[str, tuple[str, ...]] = {
    "kafka": ("kafka",),
    "topic_operator": ("entityOperator", "topicOperator"),
    "user_operator": ("entityOperator", "userOperator"),
    "cruise_control": ("cruiseControl",),
}
LEVELS = ["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"]


@dataclass(frozen=True)
class Step:
    """The change, as a merge patch, and what people may see of it. ``kept``: loggers that somebody else has changed since."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    patch: Mapping[str, Any]
    kept: tuple[str, ...] = ()


def record_of(kafka: Resource) -> dict[str, Any]:
    """What is recorded, by component."""
    try:
        found = json.loads(annotation(kafka, RECORD) or "{}")
    except ValueError:
        return {}
    if not isinstance(found, Mapping):
        return {}
    return {component: each for component, each in found.items() if isinstance(each, Mapping) and isinstance(each.get("loggers"), Mapping)}


def loggers_of(kafka: Resource, component: str) -> dict[str, str]:
    return {str(name): str(level) for name, level in ((_part(kafka, component).get("logging") or {}).get("loggers") or {}).items()}


def _part(kafka: Resource, component: str) -> Mapping[str, Any]:
    part: Any = kafka.get("spec") or {}
    for key in PLACES[component]:
        part = (part or {}).get(key)
    return part if isinstance(part, Mapping) else {}


def problems(kafka: Resource, component: str, loggers: Mapping[str, str]) -> list[str]:
    """Why it cannot be done."""
    wrong = [name for name, level in loggers.items() if level.split(",")[0].strip().upper() not in LEVELS]
    found = [f"loggers: {name} is {loggers[name]}, levels are {', '.join(LEVELS)}" for name in wrong]
    here: Any = kafka.get("spec") or {}
    for key in PLACES[component]:
        here = here.get(key) if isinstance(here, Mapping) else None
    if here is None:
        return [*found, f"the Kafka resource has no spec.{'.'.join(PLACES[component])}: there is no such component"]
    kind = (_part(kafka, component).get("logging") or {}).get("type")
    if kind == "external":
        found.append(f"the logging of {component} is external, in a ConfigMap: change it there")
    return found


def plan_present(kafka: Resource, component: str, loggers: Mapping[str, str], reason: str, at: str) -> Step | None:
    """Set levels. What a logger was before our first change stays recorded."""
    there = loggers_of(kafka, component)
    new = {name: level for name, level in loggers.items() if there.get(name) != level}
    if not new:
        return None
    record = record_of(kafka)
    ours = dict((record.get(component) or {}).get("loggers") or {})
    for name, level in new.items():
        ours[name] = {"was": ours[name]["was"] if name in ours else there.get(name), "set": level}
    had = (record.get(component) or {}).get("had_logging", bool(_part(kafka, component).get("logging")))
    record[component] = {"loggers": ours, "had_logging": had, "reason": reason, "at": at}
    return _step(kafka, component, {**there, **new}, {"type": "inline", "loggers": dict(new)}, record)


def plan_absent(kafka: Resource, component: str) -> Step | None:
    """Put back what is recorded. A logger that somebody else has changed since is left as it is."""
    record = record_of(kafka)
    mine = record.pop(component, None)
    if mine is None:
        return None
    there = loggers_of(kafka, component)
    kept = tuple(name for name, each in mine["loggers"].items() if there.get(name) != each["set"])
    changes = {name: each["was"] for name, each in mine["loggers"].items() if name not in kept}
    after = {name: level for name, level in {**there, **changes}.items() if level is not None}
    logging: dict[str, Any] | None = {"type": "inline", "loggers": changes} if after or mine.get("had_logging") else None
    return _step(kafka, component, after, logging, record, kept)


def _step(
    kafka: Resource, component: str, after: Mapping[str, str], logging: Mapping[str, Any] | None, record: Mapping[str, Any], kept: Sequence[str] = ()
) -> Step:
    spec: dict[str, Any] = {"logging": dict(logging) if logging is not None else None}
    for key in reversed(PLACES[component]):
        spec = {key: spec}
    text = json.dumps(record, sort_keys=True) if record else None
    metadata = {"annotations": {RECORD: text}, "resourceVersion": kafka["metadata"]["resourceVersion"]}
    return Step(loggers_of(kafka, component), dict(after), {"metadata": metadata, "spec": spec}, tuple(kept))
