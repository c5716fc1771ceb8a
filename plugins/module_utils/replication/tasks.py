# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reading that a verification needs, cut into pieces that any process can take. Pure: no request is made here."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..kafka.offsets import TopicPartitionKey
from ..kafka.range_reader import Span

Side = Literal["source", "destination", "tail"]

# One piece: few enough partitions for their sums to be small, enough records that opening a consumer does not count.
_MOST_PARTITIONS = 200
_MOST_OFFSETS = 2_000_000


@dataclass(frozen=True)
class Pair:
    """One partition and where its copy is, with the offsets that are compared.

    :param mark: the end of the source's committed records when the verification began.
    :param tail: what the source got after that until the end of the destination was asked; copies of it are not extra.
    :param first_timestamp: of the first record that the source still has, in ms, where retention has removed others before it.
    """

    id: int
    topic: str
    number: int
    destination_topic: str
    source: Span
    destination: Span
    tail: Span = Span(0, 0)
    first_timestamp: int | None = None
    compacted: bool = False
    compares_timestamps: bool = True

    @property
    def key(self) -> TopicPartitionKey:
        return self.topic, self.number

    def span(self, side: Side) -> Span:
        return {"source": self.source, "destination": self.destination, "tail": self.tail}[side]

    def place(self, side: Side) -> TopicPartitionKey:
        """Topic and partition on the cluster of this side."""
        return (self.destination_topic if side == "destination" else self.topic), self.number


@dataclass(frozen=True)
class Part:
    """A range of one side of a pair; ``buckets`` are those whose records are listed, None sums up instead."""

    pair: Pair
    span: Span
    buckets: frozenset[int] | None = None


@dataclass(frozen=True)
class Task:
    """Ranges of one cluster that are read together. No partition is in it twice."""

    side: Side
    parts: tuple[Part, ...]

    @property
    def offsets(self) -> int:
        return sum(part.span.offsets for part in self.parts)


@dataclass(frozen=True)
class Shard:
    """This run's share of all partitions: ``index`` counts from 0."""

    index: int = 0
    count: int = 1

    def has(self, key: TopicPartitionKey) -> bool:
        """Whether a partition is this shard's. Neighbours go to different shards, and every host comes to the same answer."""
        return (zlib.crc32(key[0].encode()) + key[1]) % self.count == self.index


@dataclass
class Sums:
    """What a task found in one partition: records by bucket (``old`` are those before ``first_timestamp``)."""

    new: list[int] = field(default_factory=list)
    old: list[int] = field(default_factory=list)


def tasks_for(parts: Iterable[tuple[Side, Part]], workers: int) -> list[Task]:
    """The tasks, for each side the largest first. A large partition is cut, so that several processes share it."""
    wanted = [(side, part) for side, part in parts if part.span.offsets]
    total = sum(part.span.offsets for _side, part in wanted)
    most = min(_MOST_OFFSETS, max(1, total // (workers * 4))) if workers > 1 else _MOST_OFFSETS
    tasks: list[Task] = []
    for side in ("source", "destination", "tail"):
        pieces = [piece for kind, part in wanted if kind == side for piece in _pieces(part, most)]
        tasks += _packed(side, pieces, most)
    return sorted(tasks, key=lambda task: -task.offsets)


def _pieces(part: Part, most: int) -> list[Part]:
    start, end = part.span.start, part.span.end
    # Offsets may be far fewer records (compaction, markers), so a piece is no promise, only a bound.
    return [Part(part.pair, Span(at, min(at + most, end)), part.buckets) for at in range(start, end, most)]


def _packed(side: Side, pieces: Iterable[Part], most: int) -> list[Task]:
    tasks: list[Task] = []
    open_parts: dict[TopicPartitionKey, Part] = {}
    offsets = 0
    for piece in sorted(pieces, key=lambda piece: (-piece.span.offsets, piece.pair.key, piece.span.start)):
        full = offsets + piece.span.offsets > most or len(open_parts) >= _MOST_PARTITIONS
        if open_parts and (full or piece.pair.key in open_parts):
            tasks.append(Task(side, tuple(open_parts.values())))
            open_parts, offsets = {}, 0
        open_parts[piece.pair.key] = piece
        offsets += piece.span.offsets
    if open_parts:
        tasks.append(Task(side, tuple(open_parts.values())))
    return tasks


def by_place(task: Task) -> Mapping[TopicPartitionKey, Part]:
    """The parts of a task by where they are read."""
    return {part.pair.place(task.side): part for part in task.parts}
