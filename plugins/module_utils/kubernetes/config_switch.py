# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workloads that get other settings: what is changed, what was there before, and when they are ready again. Pure."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

STOPPED, SWITCHED, ROLLED_BACK = "stopped", "switched", "rolled_back"
STATES = (STOPPED, SWITCHED, ROLLED_BACK)
CONFIG_MAP, SECRET = "ConfigMap", "Secret"
WORKLOADS = {"deployment": "deployments", "statefulset": "statefulsets"}
RESTARTED = "streamops.kafka/restarted"

Values = Mapping[str, "str | None"]
Objects = Mapping[str, Values]  # by "ConfigMap/name" or "Secret/name"; None: the key is not there


@dataclass
class Record:
    """What was there before the first change, as it is kept in the cluster."""

    values: dict[str, dict[str, str | None]] = field(default_factory=dict)
    replicas: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Record:
        return cls({name: dict(each) for name, each in content.get("values", {}).items()}, dict(content.get("replicas", {})))

    def as_content(self) -> dict[str, Any]:
        return {"values": self.values, "replicas": self.replicas}

    def keep(self, current: Objects, wanted: Objects, replicas: Mapping[str, int]) -> bool:
        """Remember what is about to change, unless an earlier run already has. Whether anything is new."""
        before = (str(self.values), str(self.replicas))
        for name, values in wanted.items():
            known = self.values.setdefault(name, {})
            for key, value in values.items():
                if current[name].get(key) != value:
                    known.setdefault(key, current[name].get(key))
        for name, count in replicas.items():
            if count:
                self.replicas.setdefault(name, count)
        return before != (str(self.values), str(self.replicas))


def changed_values(current: Objects, wanted: Objects) -> dict[str, dict[str, str | None]]:
    """Of each object the keys that get another value."""
    found = {name: {key: value for key, value in values.items() if current[name].get(key) != value} for name, values in wanted.items()}
    return {name: values for name, values in found.items() if values}


def patch_of(name: str, values: Values) -> dict[str, Any]:
    """A merge patch; null removes a key."""
    if name.startswith(SECRET):
        return {"data": {key: None if value is None else base64.b64encode(value.encode()).decode() for key, value in values.items()}}
    return {"data": dict(values)}


def values_of(name: str, resource: Mapping[str, Any]) -> dict[str, str | None]:
    """The texts in a ConfigMap or a Secret."""
    data = resource.get("data") or {}
    if name.startswith(SECRET):
        return {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}
    return dict(data)


def shown(objects: Objects) -> dict[str, dict[str, object]]:
    """For results and diffs: what is in Secrets is not shown."""
    return {name: {key: "***" if name.startswith(SECRET) and value is not None else value for key, value in values.items()} for name, values in objects.items()}


def workload_problems(names: Sequence[str]) -> list[str]:
    """Names that are not ``deployment/NAME`` or ``statefulset/NAME``."""
    return [f"workload '{name}' is not deployment/NAME or statefulset/NAME" for name in names
            if name.partition("/")[0].lower() not in WORKLOADS or not name.partition("/")[2]]  # fmt: skip


def is_ready(resource: Mapping[str, Any]) -> bool:
    """Whether a workload is as its newest description says: all of its pods are new and ready, and none is left over."""
    status, wanted = resource.get("status") or {}, int(resource["spec"].get("replicas", 1))
    if int(status.get("observedGeneration", 0)) < int(resource["metadata"].get("generation", 0)):
        return False
    if int(status.get("replicas", 0)) != wanted:
        return False
    return wanted == 0 or (int(status.get("updatedReplicas", 0)) == wanted == int(status.get("readyReplicas", 0)))


def described(name: str, resource: Mapping[str, Any]) -> str:
    """A workload in a few words, for progress and time-outs."""
    status = resource.get("status") or {}
    return f"{name}: {status.get('readyReplicas', 0)} of {resource['spec'].get('replicas', 1)} pods ready, {status.get('updatedReplicas', 0)} new"
