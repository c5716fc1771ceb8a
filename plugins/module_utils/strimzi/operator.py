# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strimzi's cluster operators, by their Deployments. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .resources import Resource

EVERYWHERE = "*"
_CONTAINER = "cluster-operator"
_WATCHED = "STRIMZI_NAMESPACE"
_RELEASE = re.compile(r"(\d+\.\d+\.\d+)")


def operators(deployments: Iterable[Resource]) -> list[dict[str, Any]]:
    """Those of the Deployments that are cluster operators, also those of distributions that call and build them differently."""
    found = []
    for each in deployments:
        containers = ((each.get("spec") or {}).get("template") or {}).get("spec", {}).get("containers") or []
        container = next((one for one in containers if str(one.get("name")).endswith(_CONTAINER)), None)
        if container is not None:
            found.append(_described(each, container))
    return found


def _described(deployment: Resource, container: Mapping[str, Any]) -> dict[str, Any]:
    meta, status = deployment["metadata"], deployment.get("status") or {}
    return {
        "namespace": meta["namespace"],
        "name": meta["name"],
        "image": container.get("image"),
        "version": version_of(str(container.get("image"))),
        "watches": _watches(container, str(meta["namespace"])),
        "replicas": (deployment.get("spec") or {}).get("replicas", 1),
        "ready_replicas": int(status.get("readyReplicas", 0)),
    }


def version_of(image: str) -> str:
    """The release that the tag of Strimzi's own images says; empty where an image has no such tag. Distributions have version numbers of their own."""
    name, _at, _digest = image.partition("@")
    _path, colon, tag = name.rpartition(":")
    found = _RELEASE.match(tag) if colon and "strimzi" in name else None
    return found.group(1) if found else ""


def _watches(container: Mapping[str, Any], own: str) -> list[str]:
    entry: Mapping[str, Any] = next((each for each in container.get("env") or [] if each.get("name") == _WATCHED), {})
    if entry.get("valueFrom"):  # the release's files: fieldRef metadata.namespace
        return [own]
    return [each.strip() for each in str(entry.get("value") or EVERYWHERE).split(",")]


def watching(found: Iterable[Mapping[str, Any]], namespace: str) -> list[Mapping[str, Any]]:
    """Those that look at this namespace. There should be one."""
    return [each for each in found if namespace in each["watches"] or EVERYWHERE in each["watches"]]


def problem(found: Iterable[Mapping[str, Any]], namespace: str) -> str:
    """Why nobody, or more than one, would work on a cluster in this namespace; empty when all is well."""
    there = list(found)
    mine = watching(there, namespace)
    if len(mine) > 1:
        names = ", ".join(f"{each['namespace']}/{each['name']}" for each in mine)
        return f"more than one operator watches namespace {namespace}: {names}. They would work against each other."
    if mine and not mine[0]["ready_replicas"]:
        return f"the operator {mine[0]['namespace']}/{mine[0]['name']} has no pod that is ready."
    if mine:
        return ""
    others = ", ".join(f"{each['namespace']}/{each['name']} watches {', '.join(each['watches'])}" for each in there)
    return f"no operator watches namespace {namespace}{f' ({others})' if others else ''}."
