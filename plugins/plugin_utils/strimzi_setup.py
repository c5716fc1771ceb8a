# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role strimzi_setup asks for: what is wrong, what to warn of, which resources, and what its preflight tries. Pure.

``found`` is the result of strimzi_operator_info, with what the operator's manifests would bring when the role shall install it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils.strimzi.resources import KAFKA, KNOWN_VERSIONS, TOPIC, USER
from . import strimzi_cluster, strimzi_problems, strimzi_warnings
from .strimzi_profiles import Facts, Settings, unknown

Found = Mapping[str, Any]
OPERATOR = ("manifests", "chart", "namespace", "watch", "must_run", "wait_timeout")
CHART = ("chart", "repository", "version", "values", "release")


def facts(settings: Settings, found: Found) -> Facts:
    """What is there, or will be when the operator's manifests are applied."""
    best = next((version for version in KNOWN_VERSIONS if version in _served(found)), "")
    return Facts(str(settings["api_version"] or best), str(_brought(found).get("version") or found.get("version") or ""), found.get("is_openshift"))


def problems(settings: Settings, found: Found) -> list[str]:
    """Everything that is wrong, before anything is touched."""
    whole = facts(settings, found)
    wrong = _operator_problems(settings, found)
    if not whole.api_version:
        wrong.append(f"the cluster has no resource {KAFKA.plural}.kafka.strimzi.io: name the manifests or the chart of Strimzi's operator in "
                     "strimzi_setup_operator, install it yourself, or choose another cluster (strimzi_setup_kubeconfig, strimzi_setup_context)")  # fmt: skip
    elif settings["api_version"] and settings["api_version"] not in _served(found):
        wrong.append(f"strimzi_setup_api_version {settings['api_version']} is not served: leave it out to take what is")
    api_version = whole.api_version or KNOWN_VERSIONS[0]
    wrong += strimzi_problems.problems(settings, api_version, whole.operator_version, whole.is_openshift)
    if settings["namespace"] in found.get("missing_namespaces", []) and not settings["create_namespace"]:
        wrong.append(f"there is no namespace {settings['namespace']}, and strimzi_setup_create_namespace is false")
    return wrong


def warnings(settings: Settings, found: Found) -> list[str]:
    """Settings that lose data, and what could not be found out. Only for settings without problems."""
    whole = facts(settings, found)
    told = strimzi_warnings.warnings(settings, whole.api_version, whole.operator_version, whole.is_openshift)
    if found.get("operators") is None:
        told.append("Deployments may not be listed: whether an operator runs, and which, is not known.")
    return told


def resources(settings: Settings, found: Found) -> list[dict[str, Any]]:
    """The cluster's resources, and its namespace when it is missing."""
    whole = facts(settings, found)
    space = [_namespace(settings["namespace"])] if settings["namespace"] in found.get("missing_namespaces", []) else []
    return [*space, *strimzi_cluster.resources(settings, whole.api_version, whole.operator_version, whole.is_openshift)]


def operator(settings: Settings, found: Found, manifests: Sequence[str]) -> dict[str, Any]:
    """The options of strimzi_resource that install the operator, with the namespaces that are missing; empty when nothing is to be installed."""
    if not manifests:
        return {}
    options = settings["operator"]
    own, watched = str(options.get("namespace") or settings["namespace"]), list(options.get("watch") or [settings["namespace"]])
    missing = [each for each in dict.fromkeys([own, *watched]) if each in found.get("missing_namespaces", [])]
    return {"resources": [_namespace(each) for each in missing], "manifests": list(manifests), "manifests_namespace": own, "watched_namespaces": watched}


def lanes(settings: Settings, found: Found, manifests: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What can be tried by the API server now: a lane each for the operator, the cluster, its topics and its users, for the action ``parallel``."""
    served: Mapping[str, Any] = found.get("served_versions", {})
    place = {key: settings[key] for key in ("kubeconfig", "context") if settings.get(key)}
    force = {"force_conflicts": settings["force_conflicts"]}
    tried = []
    if manifests:
        tried.append(_lane("operator", "strimzi_resource", {**place, **force, **operator(settings, found, manifests)}))
    if facts(settings, found).api_version in served.get(KAFKA.plural, []):
        mine = {**place, **force, "namespace": settings["namespace"]}
        tried.append(_lane("cluster", "strimzi_resource", {**mine, "resources": resources(settings, found)}))
        for what, kind in (("topics", TOPIC), ("users", USER)):
            if settings[what] and kind.plural in served and settings["namespace"] not in found.get("missing_namespaces", []):
                tried.append(_lane(what, f"strimzi_{kind.what}", {**mine, "cluster": settings["cluster"], what: settings[what]}))
    return tried


def _operator_problems(settings: Settings, found: Found) -> list[str]:
    options = settings["operator"]
    wrong = unknown("strimzi_setup_operator", options, OPERATOR)
    if wrong:
        return wrong
    if options.get("manifests") and options.get("chart"):
        wrong.append("strimzi_setup_operator: give manifests or chart, not both")
    chart = options.get("chart")
    if chart:
        where = "strimzi_setup_operator.chart"
        wrong += unknown(where, chart, CHART) or ([] if chart.get("chart") else [f"{where} needs chart"])
    kinds = _brought(found).get("kinds")
    if kinds:
        lacks = [kind for kind in ("CustomResourceDefinition", "Deployment") if kind not in kinds]
        return wrong + ([f"the operator's manifests hold no {' and no '.join(lacks)}: give all files of Strimzi's release"] if lacks else [])
    if found.get("problem") and options.get("must_run", True) and not wrong:
        wrong.append(f"{str(found['problem']).rstrip('.')}: name the operator's manifests in strimzi_setup_operator, start it, "
                     "or set strimzi_setup_operator.must_run to false")  # fmt: skip
    return wrong


def _brought(found: Found) -> Mapping[str, Any]:
    """What the operator's manifests would bring."""
    return found.get("manifests") or {}


def _served(found: Found) -> list[str]:
    return list(_brought(found).get("served_versions", {}).get(KAFKA.plural) or found.get("served_versions", {}).get(KAFKA.plural, []))


def _namespace(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _lane(name: str, module: str, args: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "steps": [{"name": name, "module": f"streamops.kafka.{module}", "args": args, "stop_on_failure": True}]}
