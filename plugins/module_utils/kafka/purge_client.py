# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emptying topics: by DeleteRecords, by DeleteRecords during a policy flip, or by retention."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..errors import OperationError
from ..progress import Progress
from ..wait import wait_until
from .client import KafkaClient
from .refusal import Refusal, unanswered
from .ledger_client import Intervention, Ledger, Recovered
from .offsets import TopicPartitionKey, partition_name
from .offsets_client import list_offsets, partitions_of
from .purge import DELETE_RECORDS, POLICY_FLIP, RETENTION, Outcome, Span, Target, overrides_during, route_of
from .topics_client import read_effective

try:
    from confluent_kafka import TopicPartition
except ImportError:  # KafkaClient says so
    pass


_SETTLE_SECONDS = 30.0  # also when the time of the purge is over


@dataclass
class Purge:
    """One run over many topics. ``outcomes`` is true at every moment, also when an error ends the run."""

    client: KafkaClient
    ledger: Ledger
    timeout: float
    strategy: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    recovered: list[Recovered] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._started = time.monotonic()
        self._progress = Progress("purge")

    def read_targets(self, topics: Iterable[str], policies: Mapping[str, str], before_ms: int | None) -> list[Target]:
        """The offsets of every partition: two or three requests, however many topics there are."""
        keys = [(topic, number) for topic, numbers in partitions_of(self.client, topics).items() for number in numbers]
        starts = list_offsets(self.client, keys, "earliest")
        ends = list_offsets(self.client, keys, "latest")
        untils = ends if before_ms is None else list_offsets(self.client, keys, before_ms)
        targets = []
        for topic in topics:
            spans = {number: Span(starts[topic, number], ends[topic, number]) for name, number in keys if name == topic}
            targets.append(Target(topic, policies[topic], spans, {number: untils[topic, number] for number in spans}))
            self.outcomes[topic] = Outcome(route_of(self.strategy, policies[topic]))
        return targets

    def run(self, targets: list[Target]) -> None:
        """Purge every target; topics with nothing to remove are not touched.

        :raises OperationError: at the end, when some could not be purged.
        """
        for target in targets:
            if not target.records:
                self.outcomes[target.topic].state = "empty"
        by_route: dict[str, list[Target]] = {}
        for target in targets:
            if target.records:
                by_route.setdefault(route_of(self.strategy, target.policy), []).append(target)
        failures: dict[str, OperationError] = {}
        for route in (DELETE_RECORDS, POLICY_FLIP, RETENTION):
            try:
                self._run_route(route, by_route.get(route, []))
            except OperationError as error:
                failures[route] = error
        self._settle()
        self._raise_failures(failures)

    def _run_route(self, route: str, targets: list[Target]) -> None:
        if route == DELETE_RECORDS:
            self._delete_records(targets)
        elif targets:
            self._with_changed_config(route, targets)

    def _with_changed_config(self, route: str, targets: list[Target]) -> None:
        topics = [target.topic for target in targets]
        self.ledger.create()
        entry, recovered = self.ledger.claim(topics, self._left(), self._progress)
        self.recovered += recovered
        intervention = Intervention(self.ledger, entry)
        try:
            intervention.hold(self._left(), self._progress)
            # The policies are read again: what an earlier run had changed, its end or its recovery has put back by now.
            policies = read_effective(self.client, topics, "cleanup.policy")
            intervention.begin({topic: overrides_during(route, policies[topic]) for topic in topics}, self._left())
            if route == RETENTION:
                self._wait_for_retention(targets, intervention)
            else:
                self._delete_records(targets, intervention)
        finally:
            self._end(intervention, intervention.entry.topics)

    def _end(self, intervention: Intervention, topics: Iterable[str]) -> None:
        done = list(topics)
        if not done:
            return
        touched = [topic for topic in done if topic in intervention.entry.saved]
        for topic in touched:
            self.outcomes[topic].config_restored = False
        intervention.end(done)
        for topic in touched:
            self.outcomes[topic].config_restored = True

    def _settle(self) -> None:
        """See that whoever was held off has taken over again, each topic as its resource says."""
        for topic, problem in self.ledger.holds.settle(max(self._left(), _SETTLE_SECONDS)).items():
            if topic in self.outcomes:
                self.outcomes[topic].resumed = not problem
                if problem:
                    self.outcomes[topic].state, self.outcomes[topic].reason = "failed", f"its KafkaTopic is resumed, but its operator says {problem}"

    def _delete_records(self, targets: list[Target], intervention: Intervention | None = None) -> None:
        """One request for all partitions; what passes by itself (a leader that moves, a policy just flipped) is sent again."""
        wanted: dict[TopicPartitionKey, int] = {(target.topic, number): offset for target in targets for number, offset in target.removable.items()}
        passing = {"POLICY_VIOLATION"} if intervention is not None else set()
        refusals: dict[TopicPartitionKey, Refusal] = {}
        lasting: dict[TopicPartitionKey, Refusal] = {}

        def left() -> dict[TopicPartitionKey, Refusal]:
            pending = [key for key in wanted if key not in done and key not in lasting]
            found, refused = self._send_delete_records({key: wanted[key] for key in pending})
            done.update(found)
            refusals.clear()
            if any(refusal.is_transient for refusal in refused.values()):
                self.client.look_again()
            for key, refusal in refused.items():
                (refusals if refusal.is_transient or refusal.code in passing else lasting)[key] = refusal
            if intervention is not None:
                intervention.beat()
            return refusals

        done: dict[TopicPartitionKey, int] = {}
        ended = ""
        try:
            wait_until("delete the records", left, lambda refused: not refused, self._left(), progress=self._progress,
                       describe=lambda refused: f"{len(done)} of {len(wanted)} partitions done")
        except OperationError as error:
            lasting.update(refusals)
            ended = error.answered
        self._account(targets, done, lasting, ended)

    def _send_delete_records(self, offsets: Mapping[TopicPartitionKey, int]) -> tuple[dict[TopicPartitionKey, int], dict[TopicPartitionKey, Refusal]]:
        if not offsets:
            return {}, {}
        request = [TopicPartition(topic, number, offset) for (topic, number), offset in offsets.items()]
        timeout = self.client.attempt_timeout
        futures = self.client.admin.delete_records(request, request_timeout=timeout, operation_timeout=timeout)
        found, refused = self.client.refusals({(key.topic, key.partition): future for key, future in futures.items()})
        refused |= {key: refusal for key, answer in found.items() if (refusal := unanswered(answer.low_watermark)) is not None}
        return {key: answer.low_watermark for key, answer in found.items() if key not in refused}, refused

    def _account(
        self, targets: list[Target], done: Mapping[TopicPartitionKey, int], refused: Mapping[TopicPartitionKey, Refusal], ended: str
    ) -> None:
        for target in targets:
            outcome = self.outcomes[target.topic]
            mine = {number: done[target.topic, number] for number in target.removable if (target.topic, number) in done}
            outcome.records_removed = sum(low - target.spans[number].start for number, low in mine.items())
            outcome.seconds = time.monotonic() - self._started
            failed = {partition_name(key): refusal for key, refusal in refused.items() if key[0] == target.topic}
            if len(mine) == len(target.removable):
                outcome.state = "purged"
            else:
                outcome.state = "failed"
                outcome.reason = "; ".join(f"{name}: {refusal}" for name, refusal in sorted(failed.items())[:5]) or ended

    def _wait_for_retention(self, targets: list[Target], intervention: Intervention) -> None:
        """Wait until retention has removed what was there, and put each topic back as soon as it is empty."""
        waiting = {target.topic: target for target in targets}

        def still_full() -> dict[str, int]:
            keys = [(target.topic, number) for target in waiting.values() for number in target.removable]
            starts = list_offsets(self.client, keys, "earliest")
            left = {topic: sum(max(0, until - starts[topic, number]) for number, until in target.removable.items()) for topic, target in waiting.items()}
            emptied = [topic for topic, records in left.items() if not records]
            for topic in emptied:
                self._mark_purged(waiting.pop(topic))
            self._end(intervention, emptied)
            if waiting:
                intervention.beat()
            return {topic: records for topic, records in left.items() if records}

        try:
            wait_until("empty the topics by retention", still_full, lambda left: not left, self._left(), describe=_still_full, progress=self._progress,
                       advice="Brokers look every log.retention.check.interval.ms (300 s by default), and never remove a segment "
                              "whose newest record has a timestamp in the future. strategy: auto needs no waiting.")
        except OperationError as error:
            for topic in waiting:
                self.outcomes[topic].state, self.outcomes[topic].reason = "failed", error.answered
            raise

    def _mark_purged(self, target: Target) -> None:
        outcome = self.outcomes[target.topic]
        outcome.state, outcome.records_removed, outcome.seconds = "purged", target.records, time.monotonic() - self._started

    def _left(self) -> float:
        return max(0.0, self.timeout - (time.monotonic() - self._started))

    def _raise_failures(self, failures: Mapping[str, OperationError]) -> None:
        for route, error in failures.items():
            for outcome in self.outcomes.values():
                if outcome.strategy == route and outcome.state == "not attempted":
                    outcome.state, outcome.reason = "failed", str(error)
        failed = {topic: outcome for topic, outcome in self.outcomes.items() if outcome.state == "failed"}
        if not failed and not failures:
            return
        reasons = "; ".join(f"{topic}: {outcome.reason}" for topic, outcome in list(failed.items())[:10])
        advice = next((error.advice for error in failures.values() if error.advice), "")
        unrestored = sorted(topic for topic, outcome in self.outcomes.items() if outcome.config_restored is False)
        if unrestored:
            advice += (f" Not all that was changed for {', '.join(unrestored)} is back yet: it is recorded in {self.ledger.topic}, "
                       "run this module with state: recovered.")
        raise OperationError(f"purge {len(failed)} of {len(self.outcomes)} topics", answered=reasons or "; ".join(map(str, failures.values())),
                             advice=advice.strip())


def _still_full(left: Mapping[str, int]) -> str:
    shown = ", ".join(f"{topic} has {records} records" for topic, records in sorted(left.items())[:5])
    return f"{len(left)} topics are not empty: {shown}"
