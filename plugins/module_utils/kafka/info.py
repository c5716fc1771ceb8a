# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told about a cluster, as plain dictionaries and lists. Pure: no request is made here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .client import Cluster
from .groups import Committed, Group
from .names import is_internal_topic
from .offsets import Log, TopicPartitionKey

SUBSETS = ("cluster", "brokers", "topics", "configs", "acls", "groups", "lag", "log_dirs", "users", "offsets", "quotas", "api_versions")


@dataclass(frozen=True)
class Gathered:
    """One subset: what is known of it (None: nothing), and each thing that the cluster refused to tell."""

    value: object
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Partition:
    """One partition as the brokers' metadata has it; ``leader`` is None while it has none."""

    number: int
    leader: int | None
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]


def pattern_error(pattern: str | None) -> str:
    """Why the pattern cannot be used; to look, a pattern may match everything."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        return f"the pattern '{pattern}' is no regular expression: {error}"
    return ""


def matches(pattern: str | None, name: str) -> bool:
    """Whether the pattern, if there is one, matches the whole name."""
    return pattern is None or re.fullmatch(pattern, name) is not None


def cluster_info(cluster: Cluster) -> dict[str, object]:
    """The cluster as the subset ``cluster`` shows it."""
    return {"id": cluster.id, "controller": cluster.controller, "brokers": len(cluster.brokers), "authorized_operations": sorted(cluster.operations)}


def brokers_info(cluster: Cluster) -> dict[str, object]:
    """The brokers as the subset ``brokers`` shows them."""
    return {str(broker.id): {"address": broker.address, "rack": broker.rack, "is_controller": broker.id == cluster.controller}
            for broker in cluster.brokers}


def topic_info(name: str, partitions: Iterable[Partition]) -> dict[str, object]:
    """One topic as the subset ``topics`` shows it."""
    partitions = sorted(partitions, key=lambda partition: partition.number)
    return {
        "partitions": len(partitions),
        "replication_factor": len(partitions[0].replicas) if partitions else 0,
        "internal": is_internal_topic(name),
        "under_replicated": sum(len(p.in_sync) < len(p.replicas) for p in partitions),
        "offline": sum(p.leader is None for p in partitions),
        "assignment": [{"partition": p.number, "leader": p.leader, "replicas": list(p.replicas), "in_sync": list(p.in_sync)} for p in partitions],
    }


def group_info(group: Group) -> dict[str, object]:
    """One group as the subset ``groups`` shows it."""
    return {"state": group.state, "type": group.type, "members": [member.as_result() for member in group.members]}


def lag_info(committed: Committed, logs: Mapping[TopicPartitionKey, Log]) -> dict[str, object]:
    """One group as the subset ``lag`` shows it. A partition without a log has no lag that is known."""
    rows = []
    for key, offset in sorted(committed.items()):
        log = logs.get(key)
        rows.append({"topic": key[0], "partition": key[1], "committed": offset,
                     "start": log.start if log else None, "end": log.end if log else None, "lag": log.lag(offset) if log else None})
    return {"lag": sum(logs[key].lag(offset) for key, offset in committed.items() if key in logs), "partitions": rows}


def offsets_info(keys: Iterable[TopicPartitionKey], logs: Mapping[TopicPartitionKey, Log]) -> dict[str, object]:
    """The topics as the subset ``offsets`` shows them."""
    topics: dict[str, object] = {}
    by_topic: dict[str, list[int]] = {}
    for topic, number in sorted(keys):
        by_topic.setdefault(topic, []).append(number)
    for topic, numbers in by_topic.items():
        known = {number: logs[(topic, number)] for number in numbers if (topic, number) in logs}
        topics[topic] = {
            "records": sum(log.end - log.start for log in known.values()),
            "partitions": [{"partition": number, "start": log.start, "end": log.end} for number, log in known.items()],
        }
    return topics
