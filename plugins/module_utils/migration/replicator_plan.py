# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which connector copies which topics. Pure: no request is made here.

Each topic has an order of preference among connectors that depends on its name only (rendezvous hashing), and takes the first
that still has room. So a new topic, or one that grows, moves hardly any other, and every run comes to the same plan.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

PLAIN, COMPACTED, TRANSACTIONAL, MIXED = "plain", "compacted", "transactional", "mixed"

_RATE_SECONDS = 3600  # a byte per second weighs as much as what it brings in an hour
_PARTITION_SHARE = 0.01  # of the whole weight goes by partitions, so that empty topics are spread too
_ROOM = 1.05  # a connector may get so much more than the mean
_MASK = 2**64 - 1


@dataclass(frozen=True)
class PlannedTopic:
    """``bytes`` is the size of its records, ``rate`` in bytes per second."""

    name: str
    partitions: int
    bytes: int
    rate: float
    kind: str


@dataclass(frozen=True)
class Sizing:
    """``task_rate`` in bytes per second; ``duration`` in seconds, None lets every connector have ``max_tasks``."""

    connectors: int
    prefix: str = "replicator"
    max_tasks: int = 8
    task_rate: float = 10_000_000
    task_memory: int = 512 * 1024 * 1024
    duration: float | None = None


@dataclass
class PlannedConnector:
    """One connector of the plan, numbered from 1."""

    number: int
    kind: str
    topics: list[PlannedTopic] = field(default_factory=list)
    weight: float = 0.0

    def add(self, topic: PlannedTopic, weight: float) -> None:
        self.topics.append(topic)
        self.weight += weight

    def as_result(self, sizing: Sizing) -> dict[str, object]:
        partitions, size, rate = (sum(values) for values in zip(*((t.partitions, t.bytes, t.rate) for t in self.topics)))
        tasks = tasks_for(partitions, size, rate, sizing)
        spare = tasks * sizing.task_rate - rate
        return {
            "name": connector_name(sizing, self.number), "topics": sorted(topic.name for topic in self.topics), "partitions": partitions, "bytes": size,
            "tasks_max": tasks, "rate": rate, "kind": self.kind, "memory": tasks * sizing.task_memory,
            "seconds": math.ceil(size / spare) if spare > 0 else None,
        }


def connector_name(sizing: Sizing, number: int) -> str:
    """``replicator-07``; as many digits as the largest number has, two at least."""
    return f"{sizing.prefix}-{number:0{max(2, len(str(sizing.connectors)))}d}"


def tasks_for(partitions: int, size: int, rate: float, sizing: Sizing) -> int:
    """Enough to keep up with what is written and to copy what is there in ``duration``; never more than there are partitions."""
    needed = float(sizing.max_tasks)
    if sizing.duration is not None:
        needed = math.ceil((size / sizing.duration + rate) / sizing.task_rate)
    return max(1, min(int(needed), sizing.max_tasks, partitions))


def plan_connectors(topics: Iterable[PlannedTopic], sizing: Sizing, current: Mapping[str, int] | None = None) -> list[dict[str, object]]:
    """The connectors that get topics, by name.

    :param current: the number of the connector that copies a topic now. It stays there: another connector would copy it from the start.
    """
    ordered = sorted(topics, key=lambda topic: topic.name)
    weights = _weights(ordered)
    kinds = _merged({topic.kind for topic in ordered}, sizing.connectors)
    placed = {name: number for name, number in (current or {}).items() if 1 <= number <= sizing.connectors}
    connectors = _connectors(ordered, weights, kinds, sizing, placed)
    by_number = {connector.number: connector for connector in connectors}
    left = []
    for topic in ordered:
        if topic.name in placed:
            by_number[placed[topic.name]].add(topic, weights[topic.name])
        else:
            left.append(topic)
    for kind in sorted(set(kinds.values())):
        # None is left for a kind whose only connector went to a new kind (see _connectors): it may share any.
        own = [connector for connector in connectors if connector.kind == kind] or connectors
        whole = sum(weights[topic.name] for topic in ordered if kinds[topic.kind] == kind)
        _place([topic for topic in left if kinds[topic.kind] == kind], own, weights, _rounded(_ROOM * whole / len(own)))
    return [connector.as_result(sizing) for connector in connectors if connector.topics]


def _weights(topics: Sequence[PlannedTopic]) -> dict[str, float]:
    loads = {topic.name: topic.bytes + topic.rate * _RATE_SECONDS for topic in topics}
    partitions = sum(topic.partitions for topic in topics)
    # Rounded, so that the weight of every other topic stays what it is when one changes a little.
    each = _rounded(_PARTITION_SHARE * (sum(loads.values()) or 1.0) / max(1, partitions), steps=1)
    return {topic.name: loads[topic.name] + each * topic.partitions for topic in topics}


def _merged(kinds: set[str], connectors: int) -> dict[str, str]:
    """The kind that each kind is planned as: with fewer connectors than kinds, some go together."""
    if len(kinds) <= connectors:
        return {kind: kind for kind in kinds}
    if connectors == 1:
        return dict.fromkeys(kinds, MIXED)
    return {kind: kind if kind == TRANSACTIONAL else MIXED for kind in kinds}  # these need another isolation level


def _connectors(
    topics: Sequence[PlannedTopic], weights: Mapping[str, float], kinds: Mapping[str, str], sizing: Sizing, placed: Mapping[str, int]
) -> list[PlannedConnector]:
    """All connectors with their kinds: those in use keep theirs, the others go where a connector has most to do (D'Hondt)."""
    whole = dict.fromkeys(sorted(set(kinds.values())), 0.0)
    used: dict[int, dict[str, float]] = {}
    for topic in topics:
        whole[kinds[topic.kind]] += weights[topic.name]
        if topic.name in placed:
            used.setdefault(placed[topic.name], dict.fromkeys(whole, 0.0))[kinds[topic.kind]] += weights[topic.name]
    kind_of = {number: max(sorted(shares), key=lambda kind: shares[kind]) for number, shares in used.items()}  # noqa: B023
    free = [number for number in range(1, sizing.connectors + 1) if number not in kind_of]
    counts = {kind: sum(each == kind for each in kind_of.values()) for kind in whole}
    for _number in range(len(free)):
        if not whole:
            break
        counts[max(whole, key=lambda kind: (counts[kind] == 0, whole[kind] / (counts[kind] + 1), kind))] += 1
    for kind in sorted(whole, key=lambda kind: (kind not in (PLAIN, MIXED), kind)):
        missing = counts[kind] - sum(each == kind for each in kind_of.values())
        for _number in range(missing):  # plain from below, the others from above: a boundary that moves, moves one connector
            kind_of[free.pop(0 if kind in (PLAIN, MIXED) else -1)] = kind
    for kind, count in counts.items():
        if not count:  # all are in use: what is new of this kind joins the connector with least to do
            least = min(used, key=lambda number: (sum(used[number].values()), number))
            kind_of[least] = kind
    return [PlannedConnector(number, kind) for number, kind in sorted(kind_of.items())]


def _place(topics: Sequence[PlannedTopic], connectors: Sequence[PlannedConnector], weights: Mapping[str, float], room: float) -> None:
    for topic in sorted(topics, key=lambda topic: (-weights[topic.name], topic.name)):
        weight = weights[topic.name]
        seed = int.from_bytes(hashlib.blake2b(topic.name.encode(), digest_size=8).digest(), "big")
        preferred = max((c for c in connectors if c.weight + weight <= room), key=lambda c: _score(seed, c.number), default=None)
        chosen = preferred or min(connectors, key=lambda c: (c.weight, -_score(seed, c.number)))
        chosen.add(topic, weight)


def _score(seed: int, number: int) -> int:
    """How much a topic prefers a connector (the mixing function of splitmix64)."""
    mixed = (seed + number * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)


def _rounded(value: float, steps: int = 16) -> float:
    """Up to the next of ``steps`` values per doubling, so that small changes of the input seldom change it."""
    if value <= 0:
        return 0.0
    return float(2.0 ** (math.ceil(math.log2(value) * steps) / steps))
