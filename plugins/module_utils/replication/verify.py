# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the records of two clusters: sums first, and only where they differ a second read that lists what is there."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..kafka.client import KafkaClient
from ..kafka.offsets import TopicPartitionKey
from ..kafka.offsets_client import try_offsets
from ..kafka.range_reader import RangeReader, Span
from ..progress import Progress
from .differences import find_differences
from .marks import Marks
from .read import ALL_BUCKETS, Reading
from .record_digest import BUCKETS, Compared, counted
from .tasks import Pair, Part, Side, Sums, tasks_for
from .verdict import Ages, PartitionVerdict, by_count, by_digest, by_offsets, limited
from .workers import Workers


@dataclass(frozen=True)
class Wanted:
    """What is to be compared, and how. ``deadline`` is one of time.monotonic()."""

    level: str
    compared: Compared
    deadline: float
    list_duplicates: bool = False
    list_limit: int = 1000
    workers: int = 1


class _Balance:
    """One pair while its tasks come in: what the source has counts up, what the destination has counts down.

    Where both agree nothing but zeros is left, so that thousands of partitions take little memory.
    """

    def __init__(self) -> None:
        self.new: list[int] = [0] * BUCKETS
        self.old: list[int] = [0] * BUCKETS
        self.counts: dict[Side, Ages] = {"source": Ages(), "destination": Ages(), "tail": Ages()}

    def add(self, side: Side, sums: Sums) -> None:
        counts = self.counts[side]
        self.counts[side] = Ages(counts.new + counted(sum(sums.new)), counts.old + counted(sum(sums.old)))
        sign = {"source": 1, "destination": -1, "tail": 0}[side]
        for bins, more in ((self.new, sums.new), (self.old, sums.old)):
            for number, value in enumerate(more):
                bins[number] += sign * value

    def differing(self) -> frozenset[int]:
        """The buckets in which the two sides differ; those of old records come after the others."""
        return frozenset(number for number, value in enumerate([*self.new, *self.old]) if value)


class Meter:
    """Progress lines: how far, how fast, how long still."""

    def __init__(self, most: int) -> None:
        self._progress = Progress("verify")
        self._most, self._read, self._started = most, 0, time.monotonic()

    def more(self, offsets: int) -> None:
        self._most += offsets

    def tell(self, records: int) -> None:
        self._read += records
        seconds = time.monotonic() - self._started
        rate = self._read / seconds if seconds else 0.0
        left = f", {(self._most - self._read) / rate:.0f} s left at most" if rate else ""
        self._progress.say(f"{self._read} of at most {self._most} records read, {rate:.0f}/s{left}")


class Verification:
    """One comparison of all pairs of ``marks``."""

    def __init__(self, source: KafkaClient, marks: Marks, wanted: Wanted, workers: Workers, folder: Path) -> None:
        self.source, self.marks, self.wanted, self.workers, self.folder = source, marks, wanted, workers, folder
        self.unread: dict[int, str] = {}
        self._meter = Meter(0)

    def run(self) -> dict[TopicPartitionKey, PartitionVerdict]:
        """The verdict on each pair."""
        pairs = self.marks.pairs
        if self.wanted.level == "offsets":
            return {pair.key: by_offsets(pair) for pair in pairs}
        balances = self._sums([pair for pair in pairs if not pair.compacted])
        plain = {pair.id: pair for pair in pairs if not pair.compacted and pair.id not in self.unread}
        compacted = [pair for pair in pairs if pair.compacted]
        if self.wanted.level == "count":
            verdicts = {number: by_count(pair, *_sides(balances.get(number))) for number, pair in plain.items()}
            verdicts |= self._listed({pair.id: (pair, ALL_BUCKETS) for pair in compacted}, {})
            for verdict in verdicts.values():
                verdict.counts["changed"] = 0  # a count does not see it
                verdict.found = None
            self._excuse_moving_retention(verdicts)
        else:
            differing = {number: (pair, buckets) for number, pair in plain.items() if number in balances and (buckets := balances[number].differing())}
            agreeing = {number: pair for number, pair in plain.items() if number not in differing}
            verdicts = {number: by_digest(pair, *_counts(balances.get(number)), None) for number, pair in agreeing.items()}
            counts = {number: _counts(balances.get(number)) for number in differing}
            balances.clear()
            verdicts |= self._listed({**differing, **{pair.id: (pair, ALL_BUCKETS) for pair in compacted}}, counts)
        verdicts |= {pair.id: PartitionVerdict(pair, not_checked=self.unread[pair.id]) for pair in pairs if pair.id in self.unread}
        self._look_at_open_transactions(verdicts)
        return {verdict.pair.key: limited(verdict) for verdict in verdicts.values()}

    def _reading(self) -> Reading:
        return Reading(self.wanted.level, self.wanted.compared, self.wanted.deadline, tell=self._meter.tell)

    def _sums(self, pairs: Iterable[Pair]) -> dict[int, _Balance]:
        sides: tuple[Side, ...] = ("source", "destination", "tail") if self.wanted.level == "count" else ("source", "destination")
        tasks = tasks_for([(side, Part(pair, pair.span(side))) for pair in pairs for side in sides], self.wanted.workers)
        self._meter.more(sum(task.offsets for task in tasks))
        balances: dict[int, _Balance] = {}
        for result in self.workers.run(tasks, self._reading()):
            self.unread |= result.unread
            for number, sums in result.sums.items():
                balances.setdefault(number, _Balance()).add(result.task.side, sums)
        return balances

    def _listed(self, wanted: Mapping[int, tuple[Pair, frozenset[int]]], counts: Mapping[int, tuple[int, int]]) -> dict[int, PartitionVerdict]:
        """Read again what differs, and compare it record by record."""
        if not wanted:
            return {}
        sides: tuple[Side, ...] = ("source", "destination", "tail")
        tasks = tasks_for([(side, Part(pair, pair.span(side), buckets)) for pair, buckets in wanted.values() for side in sides], self.wanted.workers)
        self._meter.more(sum(task.offsets for task in tasks))
        for result in self.workers.run(tasks, self._reading()):
            self.unread |= result.unread
        pairs = self._with_later_retention([pair for pair, _buckets in wanted.values() if pair.id not in self.unread])
        found = find_differences(self.workers.listings(), pairs, self.folder, self.wanted.list_limit, self.wanted.list_duplicates)
        return {pair.id: by_digest(pair, *counts.get(pair.id, (0, 0)), found[pair.id]) for pair in pairs}

    def _with_later_retention(self, pairs: list[Pair]) -> list[Pair]:
        """Retention may have taken records from the source while they were compared: what the destination still has of them is not extra."""
        here = [pair.key for pair in pairs if pair.source.offsets and pair.compares_timestamps]
        starts, _refused = try_offsets(self.source, here, "earliest")
        moved = {pair.key: Span(starts[pair.key], pair.source.end) for pair in pairs if starts.get(pair.key, 0) > pair.source.start}
        first: dict[TopicPartitionKey, int] = {}
        for key, message in RangeReader(self.source, moved, self.wanted.deadline, only_first=True):
            first.setdefault(key, message.timestamp()[1])
        first |= {key: int(time.time() * 1000) for key in moved if key not in first}
        return [replace(pair, first_timestamp=first[pair.key]) if pair.key in first else pair for pair in pairs]

    def _excuse_moving_retention(self, verdicts: Mapping[int, PartitionVerdict]) -> None:
        """A count cannot tell a surplus from what retention took from the source before it was read."""
        surplus = [verdict for verdict in verdicts.values() if verdict.counts["extra"]]
        starts, _refused = try_offsets(self.source, [verdict.pair.key for verdict in surplus if verdict.pair.source.offsets], "earliest")
        for verdict in surplus:
            if starts.get(verdict.pair.key, 0) > verdict.pair.source.start:
                verdict.counts["extra"] = 0
                verdict.not_checked = "retention removed records from the source while they were counted: use level digest"

    def _look_at_open_transactions(self, verdicts: Mapping[int, PartitionVerdict]) -> None:
        """A transaction that was open at the mark hides all that follows it. If it still is, that was not compared."""
        held = self.marks.held_back
        ends, _refused = try_offsets(self.source, held, "latest", committed=True)
        for verdict in verdicts.values():
            end = held.get(verdict.pair.key)
            if end is not None and ends.get(verdict.pair.key, 0) < end and not verdict.not_checked:
                verdict.not_checked = f"a transaction is open at the source: what follows offset {verdict.pair.source.end} (until {end}) cannot be read"


def _counts(balance: _Balance | None) -> tuple[int, int]:
    balance = balance or _Balance()
    return balance.counts["source"].all, balance.counts["destination"].all


def _sides(balance: _Balance | None) -> tuple[Ages, Ages, Ages]:
    balance = balance or _Balance()
    return balance.counts["source"], balance.counts["destination"], balance.counts["tail"]
