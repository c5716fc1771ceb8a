# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of a Kafka cluster's nodes and of its entity operator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..kubernetes.client import Cluster, NotThere
from .resources import CLUSTER_LABEL

ROLL = "strimzi.io/manual-rolling-update"
REPLACE = "strimzi.io/delete-pod-and-pvc"
_MERGE = "application/merge-patch+json"


@dataclass(frozen=True)
class NodePod:
    """One pod. ``number``: the id of its Kafka node, None for other pods. ``claims``: its volume claims."""

    name: str
    uid: str
    is_ready: bool = False
    is_ending: bool = False
    number: int | None = None
    is_controller: bool = False
    is_broker: bool = True
    claims: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def works(self) -> bool:
        return self.is_ready and not self.is_ending


def node_pod(item: Mapping[str, Any]) -> NodePod:
    """A pod as the API writes it."""
    meta, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    labels = meta.get("labels") or {}
    ready = any(each.get("type") == "Ready" and each.get("status") == "True" for each in status.get("conditions") or [])
    number = re.search(r"-(\d+)$", meta["name"])
    claims = tuple(each["persistentVolumeClaim"]["claimName"] for each in spec.get("volumes") or [] if each.get("persistentVolumeClaim"))
    return NodePod(
        meta["name"], meta["uid"], ready, bool(meta.get("deletionTimestamp")), int(number.group(1)) if number else None,
        labels.get("strimzi.io/controller-role") == "true", labels.get("strimzi.io/broker-role", "true") == "true", claims, meta.get("annotations") or {},
    )  # fmt: skip


def is_kafka_node(labels: Mapping[str, str], cluster: str) -> bool:
    return labels.get("strimzi.io/name") == f"{cluster}-kafka" or bool({"strimzi.io/broker-role", "strimzi.io/controller-role"} & set(labels))


class NodePods:
    """The pods of one cluster in its namespace."""

    def __init__(self, kubernetes: Cluster, namespace: str, cluster: str) -> None:
        self._kubernetes = kubernetes
        self._namespace = namespace
        self._cluster = cluster
        self._path = f"/api/v1/namespaces/{namespace}/pods"

    def kafka(self) -> dict[str, NodePod]:
        """Those of brokers and controllers, by name, in the order of their numbers."""
        found = [node_pod(each) for each in self._all() if is_kafka_node(each["metadata"].get("labels") or {}, self._cluster)]
        return {each.name: each for each in sorted(found, key=lambda pod: (pod.number is None, pod.number, pod.name))}

    def entity_operator(self) -> dict[str, NodePod]:
        named = f"{self._cluster}-entity-operator"
        found = [node_pod(each) for each in self._all() if (each["metadata"].get("labels") or {}).get("strimzi.io/name") == named]
        return {each.name: each for each in found}

    def _all(self) -> Sequence[Mapping[str, Any]]:
        query = {"labelSelector": f"{CLUSTER_LABEL}={self._cluster}"}
        return list(self._kubernetes.request(f"list the pods of cluster {self._namespace}/{self._cluster}", "GET", self._path, query)["items"])

    def annotate(self, pod: NodePod, key: str, dry_run: bool = False) -> None:
        """Ask the cluster operator for something by an annotation of this very pod."""
        patch = {"metadata": {"uid": pod.uid, "annotations": {key: "true"}}}
        query = {"fieldManager": "streamops.kafka", **({"dryRun": "All"} if dry_run else {})}
        self._kubernetes.request(f"annotate pod {self._namespace}/{pod.name} with {key}", "PATCH", f"{self._path}/{pod.name}", query, patch, _MERGE)

    def delete(self, pod: NodePod) -> None:
        """Have this very pod deleted."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": pod.uid}}
        with suppress(NotThere):
            self._kubernetes.request(f"delete pod {self._namespace}/{pod.name}", "DELETE", f"{self._path}/{pod.name}", None, body)


def names(pods: Iterable[NodePod]) -> str:
    return ", ".join(each.name for each in pods) or "none"
