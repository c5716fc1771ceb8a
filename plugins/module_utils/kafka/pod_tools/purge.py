# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emptying topics with Kafka's tools: four calls to find and remove, one to count again, however many topics there are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...errors import InputError, OperationError
from ...plan import Plan
from ..names import topic_name_problem
from ..offsets import TopicPartitionKey, partition_name
from ..purge import DELETE_RECORDS, Outcome, Span, Target, is_compact_only, plan_purge, select_topics
from .launcher import PodTools
from .outputs import TopicSeen, Unparsable, low_watermarks_in, offsets_in, topics_in

VERIFIED, FAILED, NOT_CHECKED = "verified", "failed", "not_checked"
_LONGEST_ARGUMENT = 100_000  # the kernel takes 128 KiB
_EARLIEST, _LATEST = "-2", "-1"  # numbers are understood by every release
_COMPACT_ONLY = (
    "it is compact-only, where brokers refuse to delete records, and its cleanup.policy is not changed from inside: "
    "purge it with kafka_topic_retention_purge from a place that reaches the brokers, or delete and create it"
)


@dataclass
class TopicOutcome(Outcome):
    """How the purge of one topic went. No configuration is ever changed here."""

    strategy: str = DELETE_RECORDS
    verified: str = NOT_CHECKED


@dataclass
class PodPurge:
    """One run over many topics. ``outcomes`` is true at every moment, also when an error ends the run."""

    tools: PodTools
    targets: list[Target] = field(default_factory=list)
    outcomes: dict[str, TopicOutcome] = field(default_factory=dict)
    is_uncertain: bool = False  # something may have been removed that nobody counted

    def __post_init__(self) -> None:
        self._started = time.monotonic()

    def read(self, topics: list[str], pattern: str | None) -> None:
        """Find the topics and count what is in them: three calls.

        :raises InputError: with every problem, before anything is touched.
        """
        seen = read_topics(self.tools, None if pattern is not None else topics)
        names, problems = select_topics(seen, topics, pattern)
        if problems:
            raise InputError(problems)
        starts, ends = read_offsets(self.tools, names, _EARLIEST), read_offsets(self.tools, names, _LATEST)
        for name in names:
            outcome = self.outcomes[name] = TopicOutcome()
            missing = [number for number in seen[name].partitions if (name, number) not in starts or (name, number) not in ends]
            spans = {number: Span(starts[name, number], ends[name, number]) for number in seen[name].partitions if number not in missing}
            target = Target(name, seen[name].policy, spans, {number: span.end for number, span in spans.items()})
            if missing:
                outcome.state, outcome.reason = "failed", _uncounted(name, missing, seen[name])
            elif target.records and is_compact_only(target.policy):
                outcome.state, outcome.reason = "failed", _COMPACT_ONLY
            elif target.records:
                self.targets.append(target)
            else:
                outcome.state, outcome.verified = "empty", VERIFIED

    @property
    def plan(self) -> Plan:
        return plan_purge(self.targets, DELETE_RECORDS)

    def foresee(self) -> None:
        """The outcomes of a run, without one."""
        for target in self.targets:
            outcome = self.outcomes[target.topic]
            outcome.state, outcome.records_removed = "purged", target.records

    def run(self) -> None:
        """Remove the records of all targets in one call, and count again in another."""
        wanted = {(target.topic, number): offset for target in self.targets for number, offset in target.removable.items()}
        if not wanted:
            return
        partitions = [{"topic": topic, "partition": number, "offset": offset} for (topic, number), offset in wanted.items()]
        attempted, tool = "delete the records", "kafka-delete-records"
        file = json.dumps({"partitions": partitions, "version": 1}, separators=(",", ":"))
        self.is_uncertain = True
        for target in self.targets:
            outcome = self.outcomes[target.topic]
            outcome.state, outcome.reason = "failed", "it is not known how much was removed; run this again, it completes what is missing"
        answer = self.tools.ask(attempted, tool, "--offset-json-file", "/dev/stdin", input_file=file)
        try:
            done, refused = low_watermarks_in(answer.output)
        except Unparsable as error:
            raise self.tools.misunderstood(attempted, tool, answer, error) from error
        self.is_uncertain = False
        for target in self.targets:
            self._account(target, done, refused)
        self._verify()

    def failure(self) -> OperationError | None:
        """The error for the topics that failed, None when none did."""
        failed = {topic: outcome.reason for topic, outcome in self.outcomes.items() if outcome.state == "failed"}
        if not failed:
            return None
        reasons = "; ".join(f"{topic}: {reason}" for topic, reason in list(failed.items())[:10])
        return OperationError(f"purge {len(failed)} of {len(self.outcomes)} topics", self.tools.place, reasons)

    def _account(self, target: Target, done: Mapping[TopicPartitionKey, int], refused: Mapping[TopicPartitionKey, str]) -> None:
        outcome = self.outcomes[target.topic]
        mine = {number: done[target.topic, number] for number in target.removable if (target.topic, number) in done}
        outcome.records_removed = sum(low - target.spans[number].start for number, low in mine.items())
        outcome.seconds = time.monotonic() - self._started
        short = [number for number, offset in target.removable.items() if mine.get(number, -1) < offset]
        outcome.state, outcome.reason = ("failed" if short else "purged"), ""
        if short:
            names = {number: partition_name((target.topic, number)) for number in short}
            said = [f"{names[number]}: {refused.get((target.topic, number), 'the tool does not mention it')}" for number in short]
            outcome.reason = "; ".join(said[:5])

    def _verify(self) -> None:
        """Count again. What cannot be counted is not called verified, and not failed either."""
        purged = [target for target in self.targets if self.outcomes[target.topic].state == "purged"]
        if not purged:
            return
        try:
            starts = read_offsets(self.tools, [target.topic for target in purged], _EARLIEST)
        except OperationError as error:
            for target in purged:
                self.outcomes[target.topic].reason = f"not counted again: {error}"
            return
        for target in purged:
            left = [number for number, offset in target.until.items() if starts.get((target.topic, number), -1) < offset]
            outcome = self.outcomes[target.topic]
            outcome.verified = FAILED if left else VERIFIED
            if left:
                outcome.state = "failed"
                outcome.reason = f"records are still there in {', '.join(partition_name((target.topic, number)) for number in left)}"


def read_topics(tools: PodTools, names: list[str] | None) -> dict[str, TopicSeen]:
    """Topics with policy and partitions: those of ``names`` that exist, or all. One call.

    :raises OperationError: when the tool fails or its output is not understood.
    """
    attempted, tool = "describe the topics", "kafka-topics"
    answer = tools.ask(attempted, tool, "--describe", *(["--if-exists", *_narrowed(names)] if names else []))
    try:
        return topics_in(answer.output)
    except Unparsable as error:
        raise tools.misunderstood(attempted, tool, answer, error) from error


def read_offsets(tools: PodTools, names: Iterable[str], time_code: str) -> dict[TopicPartitionKey, int]:
    """Where the partitions of these topics begin (``-2``) or end (``-1``). One call; partitions without a leader are missing.

    :raises OperationError: when the tool fails or its output is not understood.
    """
    wanted = set(names)
    if not wanted:
        return {}
    attempted, tool = "count the records", "kafka-get-offsets"
    answer = tools.ask(attempted, tool, "--time", time_code, *_narrowed(wanted))
    try:
        return {key: offset for key, offset in offsets_in(answer.output).items() if key[0] in wanted}
    except Unparsable as error:
        raise tools.misunderstood(attempted, tool, answer, error) from error


def _narrowed(names: Iterable[str]) -> list[str]:
    """``--topic`` takes a Java expression. Dots may match too much, which the caller sorts out; too many names means all topics."""
    expression = "|".join(sorted(name for name in names if not topic_name_problem(name)))
    return ["--topic", expression] if 0 < len(expression) < _LONGEST_ARGUMENT else []


def _uncounted(name: str, missing: list[int], seen: TopicSeen) -> str:
    leaderless = [number for number in missing if number in seen.leaderless]
    why = "they have no leader just now" if leaderless == missing else "the brokers did not tell their offsets"
    return f"{', '.join(partition_name((name, number)) for number in missing)} could not be counted: {why}"
