# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a broker may be replaced together with its volume, and how far that is. Pure.

What is lost then is every replica on it. That is harmless as long as each partition has another one in sync.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import OperationError
from .node_pods import NodePod, names
from .resources import Resource, annotation, name_of
from .volumes import LOST, Volume

RECORD = "streamops.kafka/broker-replace"
_SHOWN = 10


@dataclass(frozen=True)
class Partition:
    """One partition: who has replicas, and who of them is in sync."""

    topic: str
    number: int
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]

    @property
    def name(self) -> str:
        return f"{self.topic}-{self.number}"


@dataclass(frozen=True)
class Record:
    """A replacement that was begun: the pod and its claims as they were, and the volumes to remove."""

    pod: str
    uid: str
    number: int
    volumes: tuple[Volume, ...]
    remove: tuple[str, ...]

    def as_text(self) -> str:
        listed = [{**each.as_result(), "uid": each.uid} for each in self.volumes]
        return json.dumps({"pod": self.pod, "uid": self.uid, "number": self.number, "volumes": listed, "remove": list(self.remove)})


def record_of(kafka: Resource) -> Record | None:
    """What was begun, None when nothing was.

    :raises OperationError: when it cannot be read.
    """
    text = annotation(kafka, RECORD)
    try:
        found = json.loads(text) if text else None
        if found is None:
            return None
        volumes = tuple(Volume(each["claim"], each["uid"], each["volume"], each["state"], each["reason"]) for each in found["volumes"])
        return Record(str(found["pod"]), str(found["uid"]), int(found["number"]), volumes, tuple(found["remove"]))
    except (ValueError, KeyError, TypeError) as error:
        advice = f"Look at the annotation {RECORD}, and remove it when no replacement is under way."
        raise OperationError("read what was begun", name_of(kafka), f"the record is broken ({type(error).__name__})", advice) from error


def record_patch(kafka: Resource, record: Record | None) -> dict[str, Any]:
    return {"metadata": {"annotations": {RECORD: record.as_text() if record else None}, "resourceVersion": kafka["metadata"]["resourceVersion"]}}


def only_replica_there(partitions: Iterable[Partition], number: int) -> list[str]:
    """Partitions that nobody else has in sync: their records would be lost."""
    return [each.name for each in partitions if number in each.replicas and not set(each.in_sync) - {number}]


def not_in_sync(partitions: Iterable[Partition], number: int) -> list[str]:
    """Partitions that this broker has a replica of, and has not caught up with."""
    return [each.name for each in partitions if number in each.replicas and number not in each.in_sync]


def pod_problems(pods: Mapping[str, NodePod], name: str, volumes: Sequence[Volume], assume_lost: bool) -> list[str]:
    """What speaks against replacing this pod with its volumes."""
    pod = pods.get(name)
    if pod is None:
        return [f"there is no pod {name}, the cluster has {names(pods.values())}"]
    problems = []
    if pod.number is None or not pod.is_broker:
        problems.append(f"pod {name} is no broker's")
    if pod.is_ready:
        problems.append(f"pod {name} is Ready: its volume works, there is nothing to replace")
    if not volumes:
        problems.append(f"pod {name} has no volume claims: restart it instead")
    doubtful = [each for each in volumes if each.state != LOST]
    if doubtful and len(doubtful) == len(volumes) and not assume_lost:
        told = "; ".join(f"{each.name or each.claim}: {each.reason}" for each in doubtful)
        problems.append(f"nothing shows that the volumes of {name} are lost ({told}): wait for them to come back, or say assume_volume_lost: true")
    return problems + _controller_problems(pods, pod)


def _controller_problems(pods: Mapping[str, NodePod], pod: NodePod) -> list[str]:
    """Its log of metadata goes too: the others must be a majority without it."""
    if not pod.is_controller:
        return []
    controllers = [each for each in pods.values() if each.is_controller]
    working = [each for each in controllers if each.works and each.name != pod.name]
    if len(working) * 2 > len(controllers):
        return []
    return [f"pod {pod.name} is a controller too, and only {len(working)} of {len(controllers)} others work: there is no majority without it"]


def volume_problems(volumes: Sequence[Volume], remove: Sequence[str]) -> list[str]:
    """Volumes that were confirmed, and are not this pod's."""
    own = {each.name for each in volumes if each.name}
    return [f"remove_volumes: {each} is no volume of this pod, it has {', '.join(sorted(own)) or 'none'}" for each in remove if each not in own]


def loss_problem(lost: Sequence[str], accept: bool) -> str:
    """Why records would be lost, empty when none would be, or that is accepted."""
    if not lost or accept:
        return ""
    more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    return (f"{len(lost)} partitions have no other replica in sync, their records would be lost for good: {', '.join(lost[:_SHOWN])}{more}. "
            "Get the other brokers back first, or say accept_data_loss: true")  # fmt: skip
