# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strimzi's resources of the whole cluster, kept up to date by a watch, and the ways to write back into them."""

from __future__ import annotations

import datetime
import threading
import time
import traceback
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

GROUP = "kafka.strimzi.io"
VERSIONS = ("v1", "v1beta2")
CLUSTER_LABEL = "strimzi.io/cluster"
NAMESPACES = "strimzi-"  # namespaces whose name begins so are served, as STRIMZI_NAMESPACE names those of the real operators
MERGE = "application/merge-patch+json"
WATCH_SECONDS = 60
RETRY_SECONDS = 0.3

Key = tuple[str, str]
Resource = Mapping[str, Any]
AWAY = (ApiException, HTTPError, OSError)


class Api:
    """What an operator may do in Kubernetes."""

    def __init__(self, kubeconfig: str, manager: str) -> None:
        connect: Any = config.new_client_from_config
        connection = connect(kubeconfig)
        self._custom: Any = client.CustomObjectsApi(connection)
        self._definitions: Any = client.ApiextensionsV1Api(connection)
        self._core: Any = client.CoreV1Api(connection)
        self._manager = manager

    def definition(self, plural: str) -> tuple[str, str] | None:
        """The API version to use, and the release that the definition is of; None when there is no definition."""
        try:
            found = self._definitions.read_custom_resource_definition(f"{plural}.{GROUP}")
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        served = [each.name for each in found.spec.versions if each.served]
        version = next((each for each in VERSIONS if each in served), None)
        return (version, (found.metadata.annotations or {}).get("lab.streamops/strimzi", "")) if version else None

    def list(self, plural: str, version: str) -> dict[str, Any]:
        return dict(self._custom.list_cluster_custom_object(GROUP, version, plural))

    def events(self, plural: str, version: str, since: str) -> Any:
        stream: Any = watch.Watch().stream
        return stream(self._custom.list_cluster_custom_object, GROUP, version, plural, resource_version=since, timeout_seconds=WATCH_SECONDS)

    def patch_status(self, plural: str, resource: Resource, status: Mapping[str, Any]) -> None:
        self._patch(self._custom.patch_namespaced_custom_object_status, plural, resource, {"status": dict(status)})

    def patch_metadata(self, plural: str, resource: Resource, metadata: Mapping[str, Any]) -> None:
        self._patch(self._custom.patch_namespaced_custom_object, plural, resource, {"metadata": dict(metadata)})

    def _patch(self, call: Any, plural: str, resource: Resource, body: Mapping[str, Any]) -> None:
        meta, version = resource["metadata"], str(resource["apiVersion"]).rpartition("/")[2]
        try:
            call(GROUP, version, meta["namespace"], plural, meta["name"], dict(body), field_manager=self._manager, _content_type=MERGE)
        except ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:  # gone meanwhile: an event says so
                raise

    def secret(self, namespace: str, name: str) -> dict[str, bytes] | None:
        try:
            found = self._core.read_namespaced_secret(name, namespace)
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return {key: b64decode(value) for key, value in (found.data or {}).items()}

    def write_secret(self, owner: Resource, name: str, content: Mapping[str, bytes], labels: Mapping[str, str]) -> None:
        """Kubernetes deletes it together with the resource that owns it."""
        meta = owner["metadata"]
        reference = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": meta["name"], "uid": meta["uid"]}
        metadata = {"name": name, "labels": dict(labels), "ownerReferences": [reference]}
        body = {"metadata": metadata, "type": "Opaque", "data": {key: b64encode(value).decode() for key, value in content.items()}}
        try:
            self._core.create_namespaced_secret(meta["namespace"], body, field_manager=self._manager)
        except ApiException as error:
            if error.status != HTTPStatus.CONFLICT:
                raise
            self._core.replace_namespaced_secret(name, meta["namespace"], body, field_manager=self._manager)

    def delete_secret(self, namespace: str, name: str) -> None:
        try:
            self._core.delete_namespaced_secret(name, namespace)
        except ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise


class Watched:
    """All resources of one kind in the served namespaces. `changed` is called with what there is to do about: not for a mere change of status."""

    def __init__(self, api: Api, plural: str, changed: Callable[[Key, Resource], None]) -> None:
        self._api, self.plural, self._changed = api, plural, changed
        self.items: dict[Key, Resource] = {}
        self.release = ""
        self.is_complete = False

    def start(self) -> None:
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        while True:
            try:
                self._follow_once()
            except AWAY as error:
                print(f"{self.plural}: {' '.join(str(error).split())[:200]}", flush=True)
            except Exception:  # half an event of a server that died, or whatever else the library hands on
                traceback.print_exc()
            time.sleep(RETRY_SECONDS)

    def _follow_once(self) -> None:
        found = self._api.definition(self.plural)
        if found is None:
            self._replace({})
            self.is_complete = False
            return
        version, self.release = found
        listed = self._api.list(self.plural, version)
        # items of a list do not say what they are
        about = {"apiVersion": f"{GROUP}/{version}", "kind": str(listed["kind"]).removesuffix("List")}
        self._replace({_key(each): {**about, **each} for each in listed["items"] if _is_served(each)})
        self.is_complete = True
        for event in self._api.events(self.plural, version, listed["metadata"]["resourceVersion"]):
            resource = event["object"]
            if _is_served(resource):
                self._take(resource, event["type"] == "DELETED")

    def _replace(self, there: dict[Key, Resource]) -> None:
        for key, old in list(self.items.items()):
            if key not in there:
                self._take(old, is_deleted=True)
        for resource in there.values():
            self._take(resource, is_deleted=False)

    def _take(self, resource: Resource, is_deleted: bool) -> None:
        key = _key(resource)
        before = self.items.get(key)
        if is_deleted:
            self.items.pop(key, None)
            self._changed(key, resource)
            return
        self.items[key] = resource
        if before is None or _matters(before) != _matters(resource):
            self._changed(key, resource)


def _matters(resource: Resource) -> tuple[object, ...]:
    """An operator's own writing (status, finalizers) is no reason to look again."""
    meta = resource["metadata"]
    return meta["uid"], meta.get("generation"), meta.get("labels"), meta.get("annotations"), meta.get("deletionTimestamp")


def _key(resource: Resource) -> Key:
    return str(resource["metadata"]["namespace"]), str(resource["metadata"]["name"])


def _is_served(resource: Resource) -> bool:
    return str(resource["metadata"].get("namespace", "")).startswith(NAMESPACES)


def cluster_key(resource: Resource) -> Key:
    """The Kafka resource that a resource belongs to."""
    return str(resource["metadata"]["namespace"]), str((resource["metadata"].get("labels") or {}).get(CLUSTER_LABEL, ""))


def annotation(resource: Resource, name: str) -> str:
    return str((resource["metadata"].get("annotations") or {}).get(f"strimzi.io/{name}", "")).lower()


def is_paused(resource: Resource) -> bool:
    return annotation(resource, "pause-reconciliation") == "true"


def condition(kind: str, status: str = "True", reason: str = "", message: str = "") -> dict[str, str]:
    now = datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")
    why = {key: value for key, value in (("reason", reason), ("message", message)) if value}
    return {"type": kind, "status": status, "lastTransitionTime": now, **why}


def is_news(resource: Resource, status: Mapping[str, Any]) -> bool:
    """Whether this status says anything that the resource does not say yet."""
    old = resource.get("status") or {}
    return any(_untimed(key, old.get(key)) != _untimed(key, value) for key, value in status.items())


def _untimed(key: str, value: Any) -> Any:
    if key != "conditions":
        return value
    return [{name: each[name] for name in each if name != "lastTransitionTime"} for each in value or []]
