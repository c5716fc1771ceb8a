# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod for Kafka's tools: what it is, and that it is gone afterwards.

It ends by itself after its time (activeDeadlineSeconds), belongs to the Kafka resource, and the next run removes what a killed one left.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ..errors import OperationError
from ..kubernetes.client import Cluster, NotThere
from ..kubernetes.pods import Choice, Pod, pod_from
from ..progress import Progress
from ..wait import wait_until
from .resources import CLUSTER_LABEL, GROUP, Resource, name_of

CONTAINER = "tools"
MANAGED_BY, OURS = "app.kubernetes.io/managed-by", "streamops.kafka"
PURPOSE, ADMIN = "streamops.kafka/purpose", "admin-pod"
_SPARE_SECONDS = 60  # beyond the time of the commands: image, start, removal
_HOPELESS = (
    "ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
)  # fmt: skip

Manifest = dict[str, Any]


def broker_of(pods: Iterable[Mapping[str, Any]], cluster: str) -> Mapping[str, Any] | None:
    """A broker's pod of the cluster, as the API writes it; one that runs if there is one."""
    found = [each for each in pods if _is_broker(each["metadata"].get("labels") or {}, cluster) and _kafka_container(each) is not None]
    return min(found, key=lambda each: ((each.get("status") or {}).get("phase") != "Running", each["metadata"]["name"]), default=None)


def _is_broker(labels: Mapping[str, str], cluster: str) -> bool:
    if labels.get(CLUSTER_LABEL) != cluster:
        return False
    return labels.get("strimzi.io/broker-role") == "true" or labels.get("strimzi.io/name") == f"{cluster}-kafka"


def _kafka_container(pod: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((each for each in pod["spec"]["containers"] if each["name"] == "kafka"), None)


def image_of(pod: Mapping[str, Any]) -> str:
    """The image of its Kafka."""
    container = _kafka_container(pod)
    return str(container["image"]) if container is not None else ""


def manifest(kafka: Resource, image: str, seconds: float, broker: Mapping[str, Any] | None, pod: Mapping[str, Any], container: Mapping[str, Any]) -> Manifest:
    """The pod. ``pod`` and ``container`` are laid over what is written here, lists as a whole.

    It keeps the Pod Security Standard "restricted", has no token of Kubernetes, and may write to /tmp only.
    """
    name = f"{name_of(kafka)[:200]}-admin-{secrets.token_hex(4)}"
    life = int(seconds) + _SPARE_SECONDS
    tools: Manifest = {
        "name": CONTAINER, "image": image, "command": ["sh", "-c", f"sleep {life}"],
        "env": [{"name": "LOG_DIR", "value": "/tmp"}],
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "768Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }  # fmt: skip
    spec: Manifest = {
        "restartPolicy": "Never", "activeDeadlineSeconds": life, "terminationGracePeriodSeconds": 1,
        "automountServiceAccountToken": False, "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [{"name": "tmp", "emptyDir": {}}],
        **({"imagePullSecrets": broker["spec"]["imagePullSecrets"]} if broker is not None and broker["spec"].get("imagePullSecrets") else {}),
    }  # fmt: skip
    labels = {MANAGED_BY: OURS, PURPOSE: ADMIN, "streamops.kafka/cluster": name_of(kafka)[:63].rstrip("-.")}
    owner = {"apiVersion": kafka.get("apiVersion") or f"{GROUP}/v1beta2", "kind": "Kafka", "name": name_of(kafka), "uid": kafka["metadata"]["uid"]}
    ours: Manifest = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels, "ownerReferences": [owner]}, "spec": spec}
    whole = laid_over(ours, {"spec": pod})
    whole["spec"]["containers"] = [laid_over(tools, container)]
    return whole


def laid_over(base: Mapping[str, Any], above: Mapping[str, Any]) -> Manifest:
    """Dictionaries key by key; everything else, lists too, is replaced. Volumes and their mounts are added to ours."""
    merged = dict(base)
    for key, value in above.items():
        there = base.get(key)
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            merged[key] = laid_over(there, value)
        elif key in ("volumes", "volumeMounts", "env") and isinstance(there, list):
            merged[key] = [*there, *value]
        else:
            merged[key] = value
    return merged


def is_over(pod: Mapping[str, Any], now: datetime.datetime) -> bool:
    """Whether nobody can be using it any more: it has ended, or its time is over."""
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return True
    made = datetime.datetime.fromisoformat(str(pod["metadata"]["creationTimestamp"]).replace("Z", "+00:00"))
    return now > made + datetime.timedelta(seconds=int(pod["spec"].get("activeDeadlineSeconds") or 0))


class AdminPods:
    """The admin pods of one namespace."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._path = f"/api/v1/namespaces/{namespace}/pods"

    def pods(self, selector: str = "") -> list[dict[str, Any]]:
        query = {"labelSelector": selector} if selector else {}
        return list(self._cluster.request(f"list the pods of namespace {self._namespace}", "GET", self._path, query)["items"])

    def leftovers(self) -> list[dict[str, Any]]:
        """What killed runs have left, and nobody uses."""
        now = datetime.datetime.now(datetime.timezone.utc)
        return [each for each in self.pods(f"{MANAGED_BY}={OURS},{PURPOSE}={ADMIN}") if is_over(each, now)]

    def remove(self, pod: Mapping[str, Any]) -> None:
        """This very pod, not one that has its name by now."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": pod["metadata"]["uid"]}}
        with suppress(NotThere):
            self._cluster.request(f"delete pod {self._namespace}/{pod['metadata']['name']}", "DELETE", f"{self._path}/{pod['metadata']['name']}", None, body)

    def try_out(self, pod: Manifest) -> None:
        """Let the API server say whether it would take this pod.

        :raises OperationError: with its words, for example of a policy that forbids it.
        """
        self._create("try to create the admin pod", pod, {"dryRun": "All"})

    @contextmanager
    def running(self, pod: Manifest, timeout: float) -> Iterator[Choice]:
        """The pod, as soon as its container runs; it is gone or going afterwards, whatever happens."""
        made = self._create("create the admin pod", pod, {})
        try:
            yield Choice(self._wait(made, timeout), CONTAINER)
        finally:
            self.remove(made)

    def _create(self, attempted: str, pod: Manifest, query: Mapping[str, str]) -> dict[str, Any]:
        return self._cluster.request(attempted, "POST", self._path, {**query, "fieldManager": OURS, "fieldValidation": "Strict"}, pod)

    def _wait(self, made: Mapping[str, Any], timeout: float) -> Pod:
        name = made["metadata"]["name"]

        def look() -> dict[str, Any]:
            return self._cluster.request(f"look at pod {name}", "GET", f"{self._path}/{name}")

        def is_settled(pod: Mapping[str, Any]) -> bool:
            return _state(pod) == "running" or bool(_hopeless(pod))

        advice = "Look at its events: kubectl describe pod, while it is there. Image, node and policies are set by image, pod and container."
        progress = Progress("admin pod")
        seen = wait_until("see the admin pod running", look, is_settled, timeout, f"{self._namespace}/{name}", _words, advice, 0.2, progress=progress)
        if _hopeless(seen):
            raise OperationError("start the admin pod", f"{self._namespace}/{name}", _hopeless(seen), advice)
        return pod_from(seen)


def _states(pod: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [each.get("state") or {} for each in (pod.get("status") or {}).get("containerStatuses") or []]


def _state(pod: Mapping[str, Any]) -> str:
    return "running" if any("running" in each for each in _states(pod)) else "waiting"


def _hopeless(pod: Mapping[str, Any]) -> str:
    """Why it will not run, empty as long as it may."""
    status = pod.get("status") or {}
    if status.get("phase") in ("Failed", "Succeeded"):
        return f"it ended at once ({status.get('reason') or status.get('phase')}) {status.get('message', '')}".strip()
    waiting = [each["waiting"] for each in _states(pod) if "waiting" in each]
    return next((f"{each.get('reason')}: {each.get('message', '')}" for each in waiting if each.get("reason") in _HOPELESS), "")


def _words(pod: Mapping[str, Any]) -> str:
    status = pod.get("status") or {}
    waiting = [str(each["waiting"].get("reason")) for each in _states(pod) if "waiting" in each]
    conditions = [str(each.get("message")) for each in status.get("conditions") or [] if each.get("status") == "False" and each.get("message")]
    return ", ".join([str(status.get("phase", "unknown")), *waiting, *conditions])
