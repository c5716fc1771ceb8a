# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any kind of resource through the Kubernetes API: what is served, read, applied."""

from __future__ import annotations

from typing import Any

from ..kubernetes.client import Cluster, Conflict, NotThere
from .manifests import Manifest
from .ownership import MANAGER
from .resources import Resource


class Kinds:
    """What a cluster serves, asked once for each group and version."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._served: dict[str, dict[str, dict[str, Any]]] = {}

    def is_served(self, api_version: str, kind: str) -> bool:
        return kind in self._kinds(api_version)

    def has_namespace(self, api_version: str, kind: str) -> bool:
        return bool(self._kinds(api_version)[kind]["namespaced"])

    def forget(self) -> None:
        """Definitions have come in the meantime."""
        self._served.clear()

    def path(self, manifest: Manifest) -> str:
        plural = self._kinds(manifest.api_version)[manifest.kind]["name"]
        space = f"/namespaces/{manifest.namespace}" if manifest.namespace else ""
        return f"{_root(manifest.api_version)}{space}/{plural}/{manifest.name}"

    def read(self, manifest: Manifest) -> Resource | None:
        """As it is; None when it does not exist."""
        try:
            return self._cluster.request(f"read {manifest.title}", "GET", self.path(manifest))
        except NotThere:
            return None

    def apply(self, manifest: Manifest, dry_run: bool, force: bool) -> Resource:
        """Server-side apply as our field manager.

        :raises Conflict: when others own fields of it; in their words who.
        """
        body = {**manifest.body, "metadata": dict(manifest.body["metadata"])}
        if manifest.namespace:
            body["metadata"]["namespace"] = manifest.namespace
        query = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        query |= {"dryRun": "All"} if dry_run else {}
        query |= {"force": "true"} if force else {}
        attempted = f"{'try to apply' if dry_run else 'apply'} {manifest.title}"
        try:
            return self._cluster.request(attempted, "PATCH", self.path(manifest), query, body, "application/apply-patch+yaml")
        except Conflict as error:
            advice = "Somebody else set these fields. Change them there, or take them over with force_conflicts: true."
            raise Conflict(error.attempted, error.on, " ".join(error.answered.split()), advice) from error

    def _kinds(self, api_version: str) -> dict[str, dict[str, Any]]:
        if api_version not in self._served:
            try:
                answer = self._cluster.request(f"ask what {api_version} serves", "GET", _root(api_version))
            except NotThere:
                answer = {"resources": []}
            self._served[api_version] = {each["kind"]: each for each in answer["resources"] if "/" not in each["name"]}
        return self._served[api_version]


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
