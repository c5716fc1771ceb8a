# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replacing a broker whose volume is lost: checks, the operator's own way, the new pod, and its replicas in sync again.

What is done is recorded in an annotation of the Kafka resource before. A run that finds the record goes on instead of beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import InputError, OperationError
from ..kafka.client import KafkaClient, open_client
from ..progress import Progress
from ..wait import wait_until
from .client import StrimziClient
from .client_sources import tool_access
from .kafka_client import KafkaEditor
from .kafka_login import connection_options
from .node_pods import REPLACE, NodePod, NodePods
from .replacement import (
    Partition,
    Record,
    loss_problem,
    not_in_sync,
    only_replica_there,
    pod_problems,
    record_of,
    record_patch,
    volume_problems,
)
from .resources import Resource
from .super_users import super_users
from .volumes import Volumes

_SHOWN = 5


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    record: Record
    is_resumed: bool
    removed: Mapping[str, str]

    def as_result(self) -> dict[str, Any]:
        volumes = [{**each.as_result(), "removed": self.removed.get(each.name) == "removed"} for each in self.record.volumes]
        return {"pod": self.record.pod, "node": self.record.number, "resumed": self.is_resumed, "volumes": volumes}


class Replacement:
    """One broker's. Reads everything when it is made.

    :raises InputError: with everything that speaks against it.
    """

    def __init__(self, client: StrimziClient, params: Mapping[str, Any]) -> None:
        self._params = params
        self._editor = KafkaEditor(client, params["cluster"], params["api_version"], "streamops.kafka")
        self._pods = NodePods(client.cluster, client.namespace, params["cluster"])
        self._volumes = Volumes(client.cluster, client.namespace)
        self._kafka = self._editor.read()
        self._connection = connection_options(tool_access(client, params)[1], params["request_timeout"])
        found = record_of(self._kafka)
        self.is_resumed = found is not None and found.pod == params["pod"]
        if found is not None and not self.is_resumed:
            raise InputError([f"the replacement of pod {found.pod} is not finished: finish it first (pod: {found.pod})"])
        self.record = self._begun(found) if found is not None else self._new()

    def _begun(self, found: Record) -> Record:
        """What was begun, with the volumes that are confirmed by now."""
        more = self._params["remove_volumes"]
        problems = volume_problems(found.volumes, more)
        if problems:
            raise InputError(problems)
        return replace(found, remove=tuple(dict.fromkeys((*found.remove, *more))))

    def _new(self) -> Record:
        params, pods = self._params, self._pods.kafka()
        pod = pods.get(params["pod"])
        volumes = self._volumes.of(pod.claims) if pod is not None else []
        problems = [*pod_problems(pods, params["pod"], volumes, params["assume_volume_lost"]), *volume_problems(volumes, params["remove_volumes"])]
        problems += filter(None, [self._editor.paused_problem(self._kafka), _seeing_problem(self._kafka, params["user"])])
        if pod is not None and pod.number is not None:
            try:
                with open_client(self._connection) as kafka:
                    problems += filter(None, [loss_problem(only_replica_there(partitions_of(kafka), pod.number), params["accept_data_loss"])])
            except OperationError as error:
                problems.append(f"whether records would be lost cannot be told: {error}")
        if problems or pod is None or pod.number is None:
            raise InputError(problems)
        return Record(pod.name, pod.uid, pod.number, tuple(volumes), tuple(params["remove_volumes"]))

    def try_out(self) -> None:
        """Have the API server say whether it would be allowed."""
        self._editor.patch("record the replacement", record_patch(self._kafka, self.record), dry_run=True)
        pod = self._pods.kafka().get(self.record.pod)
        if pod is not None and pod.uid == self.record.uid:
            self._pods.annotate(pod, REPLACE, dry_run=True)

    def run(self) -> Outcome:
        """Record, ask the operator, remove what was confirmed, wait for the pod and for its replicas.

        :raises OperationError: at the deadline; the record stays, and the next run goes on.
        """
        self._editor.patch("record the replacement", record_patch(self._kafka, self.record))
        removed: dict[str, str] = {}
        try:
            pod = self._pods.kafka().get(self.record.pod)
            if pod is not None and pod.uid == self.record.uid and pod.annotations.get(REPLACE) != "true":
                self._pods.annotate(pod, REPLACE)
            self._wait_until_claims_are_gone()
            removed = {name: self._remove(name) for name in self.record.remove}
            self._wait_for_pod()
            self._wait_for_replicas()
        except OperationError as error:
            error.partial |= {"changed": True, **Outcome(self.record, self.is_resumed, removed).as_result()}
            raise
        self._editor.patch("remove the record of the replacement", record_patch(self._editor.read(), None))
        return Outcome(self.record, self.is_resumed, removed)

    def _remove(self, name: str) -> str:
        return self._volumes.remove(next(each for each in self.record.volumes if each.name == name))

    def _wait(self, what: str, look: Any, advice: str) -> None:
        """Until ``look`` finds nothing that is left."""
        wait_until(what, look, lambda left: not left, self._params["wait_timeout"], f"{self._editor.path}, pod {self.record.pod}", str, advice, 0.3,
                   progress=Progress(f"replacement of {self.record.pod}"))  # fmt: skip

    def _wait_until_claims_are_gone(self) -> None:
        def look() -> str:
            left = [each.claim for each in self.record.volumes if each.uid and self._volumes.claim_uid(each.claim) == each.uid]
            return f"the claims {', '.join(left)} are still there" if left else ""

        advice = "Does the cluster operator run? A pod of a node that is gone may be ending for ever: delete the node from Kubernetes, or the pod by force."
        self._wait("see the lost volume claims gone", look, advice)

    def _wait_for_pod(self) -> None:
        def look() -> str:
            pod: NodePod | None = self._pods.kafka().get(self.record.pod)
            if pod is None or pod.uid == self.record.uid:
                return "there is no new pod yet"
            return "" if pod.works else "the new pod is not Ready yet"

        self._wait("see the new pod Ready", look, "Is there a node with room and a volume for it? Look at the events of pod and claim.")

    def _wait_for_replicas(self) -> None:
        with open_client(self._connection) as kafka:

            def look() -> str:
                left = not_in_sync(partitions_of(kafka), self.record.number)
                more = ", ..." if len(left) > _SHOWN else ""
                return f"{len(left)} partitions are not in sync on node {self.record.number}: {', '.join(left[:_SHOWN])}{more}" if left else ""

            self._wait("see its replicas in sync", look, "The broker copies from the others, raise wait_timeout. The next run goes on.")


def partitions_of(kafka: KafkaClient) -> list[Partition]:
    """Every partition that this user may see, internal ones too, in one request."""
    topics = kafka.admin.list_topics(timeout=kafka.timeout).topics
    return [Partition(name, number, tuple(each.replicas), tuple(each.isrs)) for name, topic in topics.items() for number, each in topic.partitions.items()]


def _seeing_problem(kafka: Resource, user: str | None) -> str:
    """Topics that a user may not describe are not in the list, and would count as safe."""
    if not ((kafka.get("spec") or {}).get("kafka") or {}).get("authorization"):
        return ""
    known = super_users(kafka)
    if user in known or f"CN={user}" in known or (user is None and "ANONYMOUS" in known):
        return ""
    return f"user {user or 'ANONYMOUS'} is no super user of the cluster: partitions that it may not see would count as safe"
