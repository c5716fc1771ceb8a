# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the source, the workers and the connectors' positions, once or until everything is copied."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

from ..connect.status import failure_of
from ..connect.worker import Worker, at_once
from ..errors import OperationError
from ..kafka.client import KafkaClient
from ..kafka.groups_client import try_committed
from ..kafka.offsets import Log, TopicPartitionKey
from ..kafka.offsets_client import try_offsets
from ..kafka.range_reader import RangeReader, Span
from ..kafka.topics_client import is_absent, try_shapes
from ..progress import Progress
from ..rest import RestError
from ..wait import wait_until
from .connector_config import REPLICATOR
from .copy_progress import Copier, Look, Pace, paces, positions_from, progress_line

Answer = TypeVar("Answer")

_PROBE_SECONDS = 20.0
_START_SECONDS = 60.0  # of a worker
_SETTLED_FAILURES = 3  # looks in a row: right after a rebalance a status is an old one


class Watch:
    """Looks again and again, and remembers what the first look saw and what is known to hold no record."""

    def __init__(self, source: KafkaClient, workers: Sequence[tuple[Worker, list[Copier]]], engine: str, quiet: float) -> None:
        """
        :param workers: each Connect cluster with the connectors that it runs. Empty to look at the source only.
        :param quiet: seconds for which nothing may be written to the source before it counts as copied.
        """
        self._source, self._workers, self._engine, self._quiet = source, workers, engine, quiet
        self.copiers = [copier for _worker, copiers in workers for copier in copiers]
        self._empty: dict[TopicPartitionKey, tuple[int, int]] = {}
        self.first: Look | None = None
        self.last: Look | None = None
        self._still_since = 0.0
        self._failed_looks = 0

    def look(self, topics: Sequence[str]) -> Look:
        """One look. What cannot be seen now is said in ``problem`` and does not end a wait."""
        before = self.last
        try:
            seen = self._see(topics)
        except OperationError as error:
            if before is None:
                raise
            return replace(before, at=time.monotonic(), problem=str(error))
        seen = self._without_markers(seen, before)
        self.first = self.first or seen
        if before is None or seen.ends() != before.ends():
            self._still_since = seen.at
        self._failed_looks = self._failed_looks + 1 if seen.failures else 0
        self.last = seen
        return seen

    def is_quiet(self, seen: Look) -> bool:
        return seen.at - self._still_since >= self._quiet

    def is_done(self, seen: Look) -> bool:
        """With ``quiet`` everything must be copied. Otherwise what was there at the first look: a source that is written to has no end."""
        if seen.problem:
            return False
        if self._quiet:
            return not seen.partitions_behind() and self.is_quiet(seen)
        return not seen.left_of(self.first or seen)

    def has_failed(self) -> bool:
        return self._failed_looks >= _SETTLED_FAILURES

    def paces(self, seen: Look) -> list[Pace]:
        return paces(self.copiers, self.first or seen, seen)

    def _see(self, topics: Sequence[str]) -> Look:
        # Positions first: what is written meanwhile makes it look further behind, never further ahead, than it is.
        states: dict[str, str] = {}
        failures: dict[str, str] = {}
        positions: dict[TopicPartitionKey, int] = {}
        for worker, copiers in self._workers:
            there = worker.connectors()
            for copier in copiers:
                connector = there.get(copier.name)
                states[copier.name] = "absent" if connector is None else connector.state
                if connector is None:
                    failures[copier.name] = "there is no such connector"
                elif connector.has_failed:
                    failures[copier.name] = failure_of(connector)
            known = [copier.name for copier in copiers if copier.name in there]
            if self._engine == REPLICATOR:
                committed, _refused = try_committed(self._source, known)  # it is a group of the source: src.consumer.group.id
                positions |= {key: offset for offsets in committed.values() for key, offset in offsets.items()}
            else:
                for entries in at_once(worker.offsets, known):
                    positions |= positions_from(entries)
        logs, gone = self._logs(topics)
        if not self._workers:
            positions = {key: log.end for key, log in logs.items()}
        return Look(time.monotonic(), logs, positions, states, failures, gone)

    def _logs(self, topics: Sequence[str]) -> tuple[dict[TopicPartitionKey, Log], frozenset[str]]:
        shapes, refused = try_shapes(self._source, topics)
        unclear = {name: refusal for name, refusal in refused.items() if not is_absent(refusal)}
        if unclear:
            raise self._source.failure_of_many("describe the topics", unclear)
        keys = [(name, number) for name, (partitions, _replicas) in shapes.items() for number in range(partitions)]
        starts, no_start = try_offsets(self._source, keys, "earliest")
        ends, no_end = try_offsets(self._source, keys, "latest", committed=True)
        lost = {key[0] for key in (*no_start, *no_end)}
        still = try_shapes(self._source, lost)[0] if lost else {}
        unread = {key: refusal for key, refusal in {**no_start, **no_end}.items() if key[0] in still}
        if unread:
            raise self._source.failure_of_many("read the offsets", {f"{key[0]}-{key[1]}": refusal for key, refusal in unread.items()})
        gone = (set(topics) - set(shapes)) | (lost - set(still))
        return {key: Log(starts[key], ends[key]) for key in keys if key in starts and key in ends}, frozenset(gone)

    def _without_markers(self, seen: Look, before: Look | None) -> Look:
        """Where nothing has moved since the last look, whether there is any record left at all."""
        rest = {key: (seen.positions.get(key, seen.logs[key].start), seen.logs[key].end) for key in seen.partitions_behind()}
        stuck = [key for key, span in rest.items() if before is not None and key in before.logs and self._empty.get(key) != span
                 and before.positions.get(key, before.logs[key].start) == span[0] and before.logs[key].end == span[1]]
        if stuck:
            spans = {key: Span(max(rest[key][0], seen.logs[key].start), rest[key][1]) for key in stuck}
            reader = RangeReader(self._source, spans, time.monotonic() + _PROBE_SECONDS, only_first=True)
            full = {key for key, _message in reader} | set(reader.unread)
            self._empty |= {key: rest[key] for key in stuck if key not in full}
        return replace(seen, nothing_left=frozenset(key for key, span in rest.items() if self._empty.get(key) == span))


def wait_until_copied(watch: Watch, topics: Sequence[str], timeout: float, progress: Progress) -> Look:
    """Look until everything is copied and the source has stood still for long enough.

    :raises OperationError: at the deadline, and when a connector has failed; ``partial`` holds how far each is.
    """

    def is_over(seen: Look) -> bool:
        return watch.is_done(seen) or watch.has_failed()

    def describe(seen: Look) -> str:
        said = progress_line(watch.paces(seen)) if watch.copiers else f"{sum(log.end for log in seen.logs.values()):,} records at the source"
        if not seen.partitions_behind() and not watch.is_quiet(seen):
            said = "everything is copied, but the source is still being written to" if watch.copiers else "the source is still being written to"
        return f"{said}; {seen.problem}" if seen.problem else said

    once_started("see how far the connectors are", lambda: watch.look(topics), timeout, progress)
    try:
        seen = wait_until("see everything copied" if watch.copiers else "see the source stand still", lambda: watch.look(topics), is_over, timeout,
                          describe=describe, interval=0.5, progress=progress, advice="It can be run again: what is copied stays copied.")  # fmt: skip
    except OperationError as error:
        if watch.last is not None:
            error.partial.update(result_of(watch, watch.last))
        raise
    if watch.has_failed():
        said = "; ".join(f"{name}: {why}" for name, why in sorted(seen.failures.items()))
        raise OperationError("copy with the connectors", answered=said, advice="Mend what is said, and run it again: failed tasks are restarted and go on.",
                             partial=result_of(watch, seen))  # fmt: skip
    return seen


def once_started(attempted: str, ask: Callable[[], Answer], timeout: float, progress: Progress) -> Answer:
    """What ``ask`` returns. A worker that is just being started is waited for: nothing listens yet, or it does not know its connectors.

    :param timeout: seconds, of which at most ``_START_SECONDS`` are waited.
    :raises OperationError: for what a start does not explain, at once.
    """
    found: list[Answer] = []

    def refusal() -> RestError | None:
        try:
            found.append(ask())
        except RestError as error:
            if error.lasting or not (error.nothing_sent or error.status == HTTPStatus.NOT_FOUND):
                raise
            return error
        return None

    wait_until(attempted, refusal, lambda refused: refused is None, min(timeout, _START_SECONDS), progress=progress)
    return found[0]


def result_of(watch: Watch, seen: Look) -> dict[str, object]:
    """What the module returns."""
    found = watch.paces(seen)
    rates = [pace.rate for pace in found if pace.rate is not None]
    return {
        "changed": False,
        "connectors": [pace.as_result() for pace in found],
        "records_behind": sum(seen.behind(key) for key in seen.logs),
        "partitions_behind": [f"{topic}-{number}" for topic, number in seen.partitions_behind()],
        "rate": round(sum(rates), 1) if rates else None,
        "topics_gone": sorted(seen.gone),
        "is_copied": watch.is_done(seen),
        "ends": _by_topic(seen),
    }


def _by_topic(seen: Look) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (topic, number), log in sorted(seen.logs.items()):
        found.setdefault(topic, {})[str(number)] = log.end
    return found
