# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far connectors are with copying. Pure: no request is made here.

A connector's own position in the source says it, and not the number of records at the destination: duplicates would make that look
further than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..kafka.offsets import Log, TopicPartitionKey

_MOST_SHOWN = 4


@dataclass(frozen=True)
class Copier:
    """A connector and its topics."""

    name: str
    topics: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What was seen at one moment (``at``, in seconds).

    ``logs``: of the source, up to the end of committed records. ``positions``: the next offset that each partition will be copied from.
    ``nothing_left``: partitions where no record is between position and end, only markers of transactions or gaps of compaction.
    """

    at: float
    logs: Mapping[TopicPartitionKey, Log]
    positions: Mapping[TopicPartitionKey, int]
    states: Mapping[str, str] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    nothing_left: frozenset[TopicPartitionKey] = frozenset()
    problem: str = ""

    def behind(self, key: TopicPartitionKey) -> int:
        """Offsets that are still to be copied: the number of records, where transactions and compaction leave no gaps."""
        return 0 if key in self.nothing_left else self.logs[key].lag(self.positions.get(key))

    def partitions_behind(self) -> list[TopicPartitionKey]:
        return sorted(key for key in self.logs if self.behind(key))

    def left_of(self, earlier: Look) -> list[TopicPartitionKey]:
        """Partitions where something is still to be copied of what an earlier look saw."""
        return [key for key in self.partitions_behind() if key in earlier.logs and self.positions.get(key, self.logs[key].start) < earlier.logs[key].end]

    def ends(self) -> dict[TopicPartitionKey, int]:
        return {key: log.end for key, log in self.logs.items()}


@dataclass(frozen=True)
class Pace:
    """One connector at one moment. ``rate`` is in records per second since the first look, None when it is not known."""

    name: str
    state: str
    partitions: int
    behind: int
    copied: int
    partitions_behind: int
    rate: float | None
    gone: tuple[str, ...] = ()
    failure: str = ""

    @property
    def seconds_left(self) -> int | None:
        if not self.behind:
            return 0
        return None if not self.rate else int(self.behind / self.rate) + 1

    def as_result(self) -> dict[str, object]:
        return {
            "name": self.name, "state": self.state, "partitions": self.partitions, "records_behind": self.behind, "records_copied": self.copied,
            "partitions_behind": self.partitions_behind, "rate": None if self.rate is None else round(self.rate, 1), "seconds_left": self.seconds_left,
            "topics_gone": list(self.gone), "failure": self.failure,
        }  # fmt: skip

    def __str__(self) -> str:
        if not self.behind:
            return f"{self.name} has copied everything"
        left = "" if self.seconds_left is None else f", {spoken(self.seconds_left)} left"
        pace = "" if self.rate is None else f" ({self.rate:,.0f}/s{left})"
        return f"{self.name} {self.behind:,} behind{pace}"


def paces(copiers: Iterable[Copier], first: Look, now: Look) -> list[Pace]:
    """Each connector, compared with the first look."""
    found = []
    for copier in copiers:
        topics = set(copier.topics)
        keys = [key for key in now.logs if key[0] in topics]
        behind = {key: now.behind(key) for key in keys}
        passed = now.at - first.at
        advanced = sum(max(0, _position(now, key) - _position(first, key)) for key in keys if key in first.logs)
        found.append(Pace(
            copier.name, now.states.get(copier.name, "absent"), len(keys), sum(behind.values()),
            sum(max(0, _position(now, key) - now.logs[key].start) for key in keys), sum(1 for each in behind.values() if each),
            advanced / passed if passed > 0 else None, tuple(sorted(topics & now.gone)), now.failures.get(copier.name, "")))  # fmt: skip
    return found


def _position(look: Look, key: TopicPartitionKey) -> int:
    log = look.logs[key]
    return log.clamped(look.positions.get(key, log.start))


def progress_line(found: Sequence[Pace]) -> str:
    """The connectors with most to do, in one line."""
    behind = sorted((pace for pace in found if pace.behind), key=lambda pace: (-pace.behind, pace.name))
    if not behind:
        return "everything is copied"
    total, rates = sum(pace.behind for pace in behind), [pace.rate for pace in behind if pace.rate]
    whole = f"{total:,} records behind"
    if rates:
        whole += f" ({sum(rates):,.0f}/s, {spoken(int(total / sum(rates)) + 1)} left)"
    more = [f"{len(behind) - _MOST_SHOWN} more"] if len(behind) > _MOST_SHOWN else []
    return f"{whole}: " + "; ".join([str(pace) for pace in behind[:_MOST_SHOWN]] + more)


def spoken(seconds: int) -> str:
    """``40 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def positions_from(entries: Iterable[Mapping[str, object]]) -> dict[TopicPartitionKey, int]:
    """The next offset of each partition, from a connector's offsets as a worker tells them.

    MirrorMaker 2 commits the offset of the last record that it has copied, so the next one is that plus one. Both engines name the partition
    by ``topic`` and ``partition``.
    """
    found: dict[TopicPartitionKey, int] = {}
    for entry in entries:
        partition, offset = entry.get("partition"), entry.get("offset")
        if not isinstance(partition, Mapping) or not isinstance(offset, Mapping) or "topic" not in partition or "offset" not in offset:
            continue
        found[(str(partition["topic"]), int(str(partition["partition"])))] = int(str(offset["offset"])) + 1
    return found
