# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to compare: topics of both clusters, and the marks up to which each partition is compared. A handful of requests."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..kafka.client import KafkaClient
from ..kafka.offsets import TopicPartitionKey
from ..kafka.offsets_client import try_offsets
from ..kafka.range_reader import RangeReader, Span
from ..kafka.refusal import Refusal
from ..kafka.topics_client import is_absent, try_effective, try_shapes
from .tasks import Pair, Shard

_POLICY, _TIMESTAMPS = "cleanup.policy", "message.timestamp.type"
_FIRST_AT_ONCE = 500


@dataclass
class TopicPair:
    """A topic and its copy. ``problem`` says why nothing can be compared, ``failure`` what is wrong in any case."""

    name: str
    destination: str
    source_partitions: int = 0
    destination_partitions: int = 0
    policy: str = ""
    compacted: bool = False
    compares_timestamps: bool = True
    problem: str = ""
    failure: str = ""
    notes: list[str] = field(default_factory=list)
    others: int = 0  # partitions that are another shard's


@dataclass
class Marks:
    """``pairs`` are what is compared, ``problems`` partitions of which the offsets are not known.

    ``held_back``: for partitions of the source where a transaction was open, the end of the log at that time.
    """

    pairs: list[Pair] = field(default_factory=list)
    problems: dict[TopicPartitionKey, str] = field(default_factory=dict)
    held_back: dict[TopicPartitionKey, int] = field(default_factory=dict)


def read_topics(source: KafkaClient, destination: KafkaClient, names: Iterable[str], renamed: Mapping[str, str], with_timestamps: bool) -> list[TopicPair]:
    """What both clusters say about the topics. Two requests each."""
    topics = [TopicPair(name, renamed.get(name, name)) for name in sorted(set(names))]
    here, here_refused = try_shapes(source, [topic.name for topic in topics])
    there, there_refused = try_shapes(destination, [topic.destination for topic in topics])
    keys = [_POLICY, _TIMESTAMPS]
    source_config, source_refused = try_effective(source, here, keys)
    destination_config, destination_refused = try_effective(destination, there, keys)
    for topic in topics:
        _judge_shape(topic, here, there, here_refused.get(topic.name), there_refused.get(topic.destination))
        if topic.problem:
            continue
        refused = {"source": source_refused.get(topic.name), "destination": destination_refused.get(topic.destination)}
        _judge_config(topic, source_config.get(topic.name, {}), destination_config.get(topic.destination, {}), refused, with_timestamps)
    return topics


def _judge_shape(
    topic: TopicPair, here: Mapping[str, tuple[int, int]], there: Mapping[str, tuple[int, int]], here_refused: Refusal | None, there_refused: Refusal | None
) -> None:
    topic.source_partitions = here.get(topic.name, (0, 0))[0]
    topic.destination_partitions = there.get(topic.destination, (0, 0))[0]
    if topic.name not in here:
        absent = here_refused is None or is_absent(here_refused)
        topic.problem = f"the source {'has no such topic, or its user may not see it' if absent else f'says: {here_refused}'}"
    elif topic.destination not in there:
        if there_refused is not None and not is_absent(there_refused):
            topic.problem = f"the destination says of {topic.destination}: {there_refused}"
        else:
            topic.failure = f"the destination has no topic {topic.destination}, or its user may not see it"
    elif topic.source_partitions != topic.destination_partitions:
        topic.failure = f"{topic.source_partitions} partitions at the source, {topic.destination_partitions} at the destination"


def _judge_config(
    topic: TopicPair, here: Mapping[str, str], there: Mapping[str, str], refused: Mapping[str, Refusal | None], with_timestamps: bool
) -> None:
    topic.policy = here.get(_POLICY, "")
    topic.compacted = "compact" in topic.policy or "compact" in there.get(_POLICY, "")
    topic.notes += [f"the configuration at the {side} cannot be read ({refusal.code}): whether it is compacted is not known"
                    for side, refusal in refused.items() if refusal is not None and not is_absent(refusal)]
    appended = [side for side, config in (("source", here), ("destination", there)) if config.get(_TIMESTAMPS) == "LogAppendTime"]
    if appended and with_timestamps:
        topic.compares_timestamps = False
        topic.notes.append(f"timestamps are not compared: the {' and the '.join(appended)} sets its own (message.timestamp.type=LogAppendTime)")


def read_marks(source: KafkaClient, destination: KafkaClient, topics: Iterable[TopicPair], shard: Shard, records: bool, deadline: float) -> Marks:
    """The offsets between which each partition is compared.

    The source's end is asked first: that is the mark. Then come the destination's end and once more the source's. So whatever the
    destination has is a copy of something before the last.

    :param records: whether records will be read: ends are then those of committed records.
    """
    marks = Marks()
    comparable = [topic for topic in topics if not topic.problem]
    chosen: list[tuple[TopicPair, int]] = []
    for topic in comparable:
        numbers = range(max(topic.source_partitions, topic.destination_partitions))
        mine = [(topic, number) for number in numbers if shard.has((topic.name, number))]
        topic.others = len(numbers) - len(mine)
        chosen += mine
    here = [(topic.name, number) for topic, number in chosen if number < topic.source_partitions]
    there = [(topic.destination, number) for topic, number in chosen if number < topic.destination_partitions]
    starts, ends = _read(source, here, "the source", marks, records)
    log_ends = try_offsets(source, here, "latest")[0] if records else ends
    destination_problems = Marks()
    copied_starts, copied_ends = _read(destination, there, "the destination", destination_problems, records)
    last_ends = try_offsets(source, here, "latest", committed=records)[0]
    for number, (topic, partition) in enumerate(chosen):
        key, place = (topic.name, partition), (topic.destination, partition)
        problem = marks.problems.get(key) or destination_problems.problems.get(place)
        if problem:
            marks.problems[key] = problem
            continue
        if log_ends.get(key, 0) > ends.get(key, 0):
            marks.held_back[key] = log_ends[key]
        marks.pairs.append(Pair(
            number, topic.name, partition, topic.destination,
            Span(starts.get(key, 0), ends.get(key, 0)), Span(copied_starts.get(place, 0), copied_ends.get(place, 0)),
            Span(ends.get(key, 0), last_ends.get(key, ends.get(key, 0))), None, topic.compacted, topic.compares_timestamps))
    if records:
        marks.pairs = _with_first_timestamps(source, marks.pairs, deadline)
    return marks


def _read(
    client: KafkaClient, keys: list[TopicPartitionKey], where: str, marks: Marks, committed: bool
) -> tuple[dict[TopicPartitionKey, int], dict[TopicPartitionKey, int]]:
    starts, no_start = try_offsets(client, keys, "earliest")
    ends, no_end = try_offsets(client, keys, "latest", committed)
    for key, refusal in {**no_start, **no_end}.items():
        marks.problems[key] = f"{where} does not tell its offsets: {refusal}"
    return starts, ends


def _with_first_timestamps(source: KafkaClient, pairs: list[Pair], deadline: float) -> list[Pair]:
    """Where retention (or a purge) has taken the oldest records of the source: the time of the oldest that is left."""
    begun = {pair.key: pair.source for pair in pairs if pair.source.start > 0 and pair.source.offsets and pair.compares_timestamps}
    first: dict[TopicPartitionKey, int] = {}
    keys = sorted(begun)
    for start in range(0, len(keys), _FIRST_AT_ONCE):
        some = {key: begun[key] for key in keys[start:start + _FIRST_AT_ONCE]}
        for key, message in RangeReader(source, some, deadline, only_first=True):
            first.setdefault(key, message.timestamp()[1])
    now = int(time.time() * 1000)
    # Of an emptied source partition nothing is known: all that the destination has is older than what will come.
    emptied = {pair.key: now for pair in pairs if pair.source.start > 0 and not pair.source.offsets and pair.compares_timestamps}
    return [replace(pair, first_timestamp={**emptied, **first}.get(pair.key)) for pair in pairs]
