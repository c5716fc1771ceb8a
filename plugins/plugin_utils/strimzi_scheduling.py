# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""On which nodes pods run: apart from each other, spread over racks, on nodes that are theirs alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .strimzi_profiles import Entry, merged, unknown, without_none

ANTI_AFFINITY = ("none", "preferred", "required")
KNOWN = ("anti_affinity", "spread", "dedicated", "node_labels", "tolerations", "affinity", "priority_class", "termination_grace_period")
_SPREAD = ("topology_key", "max_skew", "when_unsatisfiable")
_DEDICATED = ("key", "value", "effect")
_HOST = "kubernetes.io/hostname"


def pod_template(scheduling: Entry, labels: dict[str, str], rack_key: str | None) -> dict[str, Any]:
    """``template.pod``.

    :param labels: of the pods that keep apart from each other.
    :param rack_key: newer operators do not spread brokers over racks by themselves, so that is said here unless something else is.
    """
    spread = scheduling.get("spread")
    if spread is None and rack_key:
        spread = [{"topology_key": rack_key}]
    dedicated = [scheduling["dedicated"]] if scheduling.get("dedicated") else []
    tolerations = [
        {"key": each["key"], "operator": "Equal", "value": str(each["value"]), "effect": each.get("effect", "NoSchedule")} for each in dedicated
    ] + list(scheduling.get("tolerations") or [])
    node_labels = {**{each["key"]: str(each["value"]) for each in dedicated}, **(scheduling.get("node_labels") or {})}
    affinity = merged({**_apart(str(scheduling.get("anti_affinity", "none")).lower(), labels), **_on_nodes(node_labels)}, scheduling.get("affinity") or {})
    return without_none({
        "affinity": affinity or None,
        "tolerations": tolerations or None,
        "topologySpreadConstraints": [_constraint(each, labels) for each in spread or []] or None,
        "priorityClassName": scheduling.get("priority_class"),
        "terminationGracePeriodSeconds": scheduling.get("termination_grace_period"),
    })  # fmt: skip


def _apart(how: str, labels: dict[str, str]) -> dict[str, Any]:
    term = {"labelSelector": {"matchLabels": labels}, "topologyKey": _HOST}
    if how == "required":
        return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    if how == "preferred":
        return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]}}
    return {}


def _on_nodes(labels: dict[str, str]) -> dict[str, Any]:
    if not labels:
        return {}
    expressions = [{"key": key, "operator": "In", "values": [str(value)]} for key, value in sorted(labels.items())]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}}


def _constraint(entry: Entry, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "topologyKey": entry["topology_key"],
        "maxSkew": int(entry.get("max_skew", 1)),
        "whenUnsatisfiable": entry.get("when_unsatisfiable", "DoNotSchedule"),
        "labelSelector": {"matchLabels": labels},
    }


def problems(where: str, scheduling: Any) -> list[str]:
    found = unknown(where, scheduling, KNOWN)
    if found:
        return found
    if str(scheduling.get("anti_affinity", "none")).lower() not in ANTI_AFFINITY:
        found.append(f"{where}: there is no anti_affinity {scheduling['anti_affinity']}; there are {', '.join(ANTI_AFFINITY)}")
    for each in scheduling.get("spread") or []:
        found += unknown(f"{where}.spread", each, _SPREAD) or ([] if each.get("topology_key") else [f"{where}.spread needs topology_key"])
    dedicated = scheduling.get("dedicated")
    if dedicated:
        found += unknown(f"{where}.dedicated", dedicated, _DEDICATED)
        found += [f"{where}.dedicated needs {key}" for key in ("key", "value") if isinstance(dedicated, Mapping) and not dedicated.get(key)]
    return found
