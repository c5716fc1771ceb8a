# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster operator does when somebody annotates the pod of a Kafka node. A test fixture, not Strimzi: a thread that a test starts.

- `strimzi.io/manual-rolling-update`: the pods are deleted and made anew one after the other; the next only when the one before is Ready.
- `strimzi.io/delete-pod-and-pvc`: pod and claims are deleted, new claims and a new pod are made.

`on_new_volume` and `on_new_pod` are called in between with the name of the pod: a test lets the broker lose its disk there, and start again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes.client.exceptions import ApiException

from lab.waiting import wait_until

ROLL, REPLACE = "strimzi.io/manual-rolling-update", "strimzi.io/delete-pod-and-pvc"
SECONDS = 120
_SERVERS_OWN = ("resourceVersion", "uid", "creationTimestamp", "managedFields", "annotations", "ownerReferences", "generation")


def _nothing(name: str) -> None:
    pass


class NodePodOperator:
    """Acts on the pods with the label of this cluster in one namespace."""

    def __init__(self, space: Any, cluster: str, on_new_volume: Callable[[str], None] = _nothing, on_new_pod: Callable[[str], None] = _nothing) -> None:
        self._space, self._selector = space, f"strimzi.io/cluster={cluster}"
        self._core, self._namespace = space.client(), space.name
        self._on_new_volume, self._on_new_pod = on_new_volume, on_new_pod
        self.rolled: list[str] = []

    @contextmanager
    def running(self) -> Iterator[NodePodOperator]:
        stop = threading.Event()
        thread = threading.Thread(target=self._work, args=(stop,))
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()

    def _work(self, stop: threading.Event) -> None:
        while not stop.wait(0.2):
            for pod in self._space.pods(self._selector):
                asked = pod.metadata.annotations or {}
                if asked.get(REPLACE) == "true":
                    self._again(pod, with_claims=True)
                elif asked.get(ROLL) == "true":
                    self._again(pod, with_claims=False)

    def _again(self, pod: Any, with_claims: bool) -> None:
        name = pod.metadata.name
        body = self._clean(pod)
        claims = [each.persistent_volume_claim.claim_name for each in pod.spec.volumes or [] if each.persistent_volume_claim] if with_claims else []
        bodies = [self._clean(self._core.read_namespaced_persistent_volume_claim(claim, self._namespace)) for claim in claims]
        self._core.delete_namespaced_pod(name, self._namespace, grace_period_seconds=0)
        for claim in claims:
            self._core.delete_namespaced_persistent_volume_claim(claim, self._namespace)
        wait_until(f"pod {name} is gone", lambda: "it is there" if self._exists(self._core.read_namespaced_pod, name) else None, SECONDS)
        for claim, again in zip(claims, bodies, strict=True):
            read = self._core.read_namespaced_persistent_volume_claim
            wait_until(f"claim {claim} is gone", lambda there=claim: "it is there" if self._exists(read, there) else None, SECONDS)  # type: ignore[misc]
            again["spec"].pop("volumeName", None)
            self._core.create_namespaced_persistent_volume_claim(self._namespace, again)
        if claims:
            self._on_new_volume(name)
        self._core.create_namespaced_pod(self._namespace, body)
        self._on_new_pod(name)
        wait_until(f"pod {name} is Ready", lambda: self._unready(name), SECONDS)
        self.rolled.append(name)

    def _clean(self, found: Any) -> dict[str, Any]:
        body: dict[str, Any] = self._core.api_client.sanitize_for_serialization(found)
        body.pop("status", None)
        for key in _SERVERS_OWN:
            body["metadata"].pop(key, None)
        return body

    def _exists(self, read: Callable[..., Any], name: str) -> bool:
        try:
            read(name, self._namespace)
        except ApiException as error:
            if error.status == 404:
                return False
            raise
        return True

    def _unready(self, name: str) -> str | None:
        status = self._core.read_namespaced_pod(name, self._namespace).status
        ready = [each for each in status.conditions or [] if each.type == "Ready" and each.status == "True"]
        return None if ready else f"{name} is {status.phase}"
