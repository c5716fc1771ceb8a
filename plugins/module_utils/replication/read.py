# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out one task of a verification: reads ranges of a cluster and sums them up, or lists what is in some buckets."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from ..kafka.client import KafkaClient
from ..kafka.offsets import TopicPartitionKey
from ..kafka.range_reader import RangeReader
from .record_digest import BUCKETS, ONE_RECORD, Compared, key_hash, record_hash
from .tasks import Part, Sums, Task, by_place

_TOLD_SECONDS = 1.0
_LETTERS = {"source": "s", "destination": "d", "tail": "t"}


@dataclass
class TaskResult:
    """What a task found, by the id of the pair. ``unread`` are pairs that could not be read to the end of their range."""

    task: Task
    sums: dict[int, Sums] = field(default_factory=dict)
    unread: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """How tasks are carried out. ``level`` is count or digest, ``deadline`` of time.monotonic()."""

    level: str
    compared: Compared
    deadline: float
    stop: Callable[[], bool] = lambda: False
    tell: Callable[[int], None] = lambda records: None


def carry_out(client: KafkaClient, task: Task, reading: Reading, listing: TextIO | None) -> TaskResult:
    """Read the ranges of ``task``. Parts with buckets are written to ``listing``, the others are summed up."""
    places = by_place(task)
    reader = RangeReader(client, {place: part.span for place, part in places.items()}, reading.deadline, reading.stop)
    result = TaskResult(task)
    if all(part.buckets is None for part in task.parts):
        _sum_up(reader, places, reading, result)
    elif listing is not None:
        _list(reader, places, reading, task, listing)
    result.unread = {places[place].pair.id: reason for place, reason in reader.unread.items()}
    return result


def _sum_up(reader: RangeReader, places: Mapping[TopicPartitionKey, Part], reading: Reading, result: TaskResult) -> None:
    buckets = BUCKETS if reading.level == "digest" else 1
    for part in places.values():
        old = [0] * buckets if part.pair.first_timestamp is not None else []
        result.sums[part.pair.id] = Sums([0] * buckets, old)
    targets = {place: (result.sums[part.pair.id], part.pair.first_timestamp) for place, part in places.items()}
    hashes = {place: record_hash(_of(part, reading.compared)) for place, part in places.items()}
    counts_only = reading.level != "digest"
    told, records = time.monotonic(), 0
    for place, message in reader:
        sums, first = targets[place]
        timestamp = message.timestamp()[1]
        bins = sums.new if first is None or timestamp >= first else sums.old
        if counts_only:
            bins[0] += ONE_RECORD
        else:
            digest = hashes[place](message.key(), message.value(), timestamp, message.headers())  # type: ignore[arg-type]
            bins[digest % BUCKETS] += ONE_RECORD + digest
        records += 1
        if not records % 1024 and time.monotonic() - told > _TOLD_SECONDS:
            reading.tell(records)
            told, records = time.monotonic(), 0
    reading.tell(records)


def _list(reader: RangeReader, places: Mapping[TopicPartitionKey, Part], reading: Reading, task: Task, listing: TextIO) -> None:
    """One line a record: pair, side, offset, timestamp, whether it is a tombstone, hash, hash of the key. No content of it."""
    letter = _LETTERS[task.side]
    parts = {place: (part.pair, part.buckets or frozenset(), record_hash(_of(part, reading.compared))) for place, part in places.items()}
    told, records = time.monotonic(), 0
    for place, message in reader:
        pair, buckets, hash_of = parts[place]
        key, value, timestamp = message.key(), message.value(), message.timestamp()[1]
        digest = hash_of(key, value, timestamp, message.headers())  # type: ignore[arg-type]
        old = pair.first_timestamp is not None and timestamp < pair.first_timestamp
        if digest % BUCKETS + (BUCKETS if old else 0) in buckets:
            known = key_hash(key)
            listing.write(f"{pair.id},{letter},{message.offset()},{timestamp},{int(value is None)},{digest},{'' if known < 0 else known}\n")
        records += 1
        if not records % 1024 and time.monotonic() - told > _TOLD_SECONDS:
            reading.tell(records)
            told, records = time.monotonic(), 0
    reading.tell(records)


def _of(part: Part, compared: Compared) -> Compared:
    if part.pair.compares_timestamps:
        return compared
    return Compared(compared.key, compared.value, False, compared.with_headers, compared.headers, compared.ignored_headers)


ALL_BUCKETS = frozenset(range(2 * BUCKETS))
