# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strimzi's resources in a namespace of the lab, past our own code.

No operator of Strimzi runs here. Where a test needs a status, it writes it itself through the status subresource, by
hand or by the thread of `marking`: that is the test's word, not the operator's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

import lab
from lab import pods, strimzi_crds

GROUP = "kafka.strimzi.io"
MERGE = "application/merge-patch+json"
TIME = "2026-02-23T10:00:00Z"
READY = {"type": "Ready", "status": "True", "lastTransitionTime": TIME}


def not_ready(reason: str, message: str) -> dict[str, str]:
    return {"type": "Ready", "status": "False", "reason": reason, "message": message, "lastTransitionTime": TIME}


@contextmanager
def definitions(release: str) -> Iterator[str]:
    """The cluster with the definitions of this release, and the API version that our modules should choose. What was there before comes back."""
    values = lab.start("strimzi")
    before = strimzi_crds.installed()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", values["KUBECONFIG"])
        strimzi_crds.use(release)
        try:
            yield "v1" if "v1" in strimzi_crds.RELEASES[release].api_versions else "v1beta2"
        finally:
            strimzi_crds.use(before or strimzi_crds.DEFAULT)


class Resources:
    """One kind of resource in one namespace, as somebody with kubectl sees it."""

    def __init__(self, space: pods.Space, plural: str, api_version: str) -> None:
        self._api = client.CustomObjectsApi(space.client().api_client)
        self.space, self.plural, self.api_version = space, plural, api_version
        self._where = {"group": GROUP, "version": api_version, "namespace": space.name, "plural": plural}

    def names(self) -> list[str]:
        return sorted(each["metadata"]["name"] for each in self.all())

    def all(self) -> list[dict[str, Any]]:
        return list(self._api.list_namespaced_custom_object(**self._where)["items"])

    def get(self, name: str) -> dict[str, Any] | None:
        try:
            return dict(self._api.get_namespaced_custom_object(name=name, **self._where))
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    def create(self, kind: str, name: str, spec: Mapping[str, Any], cluster: str | None = "experiment", manager: str = "kubectl", **meta: Any) -> None:
        labels = {"strimzi.io/cluster": cluster} if cluster else {}
        body = {"apiVersion": f"{GROUP}/{self.api_version}", "kind": kind, "metadata": {"name": name, "labels": labels, **meta}, "spec": dict(spec)}
        self._api.create_namespaced_custom_object(body=body, field_manager=manager, **self._where)

    def delete(self, name: str) -> None:
        try:
            self._api.delete_namespaced_custom_object(name=name, **self._where)
        except ApiException as error:
            if error.status != 404:
                raise

    def delete_all(self) -> None:
        self._api.delete_collection_namespaced_custom_object(**self._where)

    def annotate(self, name: str, annotations: Mapping[str, str | None], manager: str = "kubectl-annotate") -> None:
        self.patch(name, {"metadata": {"annotations": dict(annotations)}}, manager)

    def patch(self, name: str, body: Mapping[str, Any], manager: str = "kubectl-edit") -> None:
        self._api.patch_namespaced_custom_object(name=name, body=dict(body), field_manager=manager, _content_type=MERGE, **self._where)

    def status(self, name: str, *conditions: Mapping[str, str], observed: int | None = None, **more: Any) -> None:
        """The test says what an operator would say of the resource as it is now."""
        generation = observed if observed is not None else self.get(name)["metadata"]["generation"]
        status = {"conditions": list(conditions), "observedGeneration": generation, **more}
        self._api.patch_namespaced_custom_object_status(name=name, body={"status": status}, _content_type=MERGE, **self._where)

    @contextmanager
    def marking(self, verdict: Callable[[str], Mapping[str, str] | None] = lambda name: READY) -> Iterator[list[int]]:
        """As long as it lasts, write this condition to whatever is new; None: leave it. Yields how many were open at each look."""
        stop, looks = threading.Event(), []

        def work() -> None:
            while not stop.wait(0.05):
                open_ones = [each for each in self.all() if each.get("status", {}).get("observedGeneration") != each["metadata"]["generation"]]
                looks.append(len(open_ones))
                for each in open_ones:
                    condition = verdict(each["metadata"]["name"])
                    if condition is not None:
                        self.status(each["metadata"]["name"], condition, observed=each["metadata"]["generation"])

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield looks
        finally:
            stop.set()
            thread.join()
