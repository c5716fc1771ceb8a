# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Kafka resource, changed by merge patches that say who makes them, and waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import OperationError
from ..kubernetes.client import Conflict, NotPermitted
from ..progress import Progress as ProgressLines
from ..wait import wait_until
from .client import StrimziClient
from .resources import GROUP, KAFKA, PAUSED, Progress, Resource, choose_version, is_paused, paused_by, progress_of

_MERGE = "application/merge-patch+json"


class KafkaEditor:
    """Reads and changes one Kafka resource."""

    def __init__(self, client: StrimziClient, cluster: str, api_version: str | None, manager: str) -> None:
        self._client = client
        self._cluster = cluster
        self._version = choose_version(KAFKA, client.served(), api_version)
        self._manager = manager
        self.path = f"{client.namespace}/{cluster}"

    def read(self) -> Resource:
        return self._client.resource(KAFKA, self._version, self._cluster)

    def patch(self, attempted: str, patch: Mapping[str, Any], dry_run: bool = False) -> Resource:
        """Change it, or have the API server try it.

        :raises Conflict: when it has been changed since it was read (``metadata.resourceVersion`` of the patch).
        """
        query = {"fieldManager": self._manager, "fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})}
        path = f"/apis/{GROUP}/{self._version}/namespaces/{self._client.namespace}/kafkas/{self._cluster}"
        try:
            return self._client.cluster.request(f"{attempted} of Kafka {self.path}", "PATCH", path, query, dict(patch), _MERGE)
        except Conflict as error:
            raise Conflict(error.attempted, error.on, error.answered, "Somebody changed it at the same time. Run this again.") from error

    def paused_problem(self, kafka: Resource) -> str:
        """Why nobody would act on a change, empty when somebody will."""
        if not is_paused(kafka):
            return ""
        return f"the reconciliation of Kafka {self.path} is paused{paused_by(kafka)}: nobody would act on it, take {PAUSED} away first"

    def wait_ready(self, timeout: float, partial: Mapping[str, object]) -> Resource:
        """Until the operator has done what the resource says now.

        :param timeout: seconds.
        :param partial: what had been done before; it goes with the error.
        """
        last: list[Resource] = []

        def look() -> Progress:
            try:
                last[:] = [self.read()]
            except NotPermitted:
                raise
            except OperationError as error:  # the API server is away for a moment
                return Progress("pending", str(error))
            return progress_of(last[0])

        advice = "Look whether the cluster operator runs, and at its log."
        try:
            seen = wait_until("see the Kafka resource Ready", look, lambda progress: progress.state in ("ready", "paused"), timeout, self.path,
                              lambda progress: f"{progress.state}: {progress.says}", advice, 0.2, progress=ProgressLines(f"Kafka {self.path}"))  # fmt: skip
        except OperationError as error:
            error.partial |= partial
            raise
        if seen.state == "paused":
            raise OperationError("see the Kafka resource Ready", self.path, seen.says, "Nobody acts on it until that is taken away.", partial)
        return last[0]
