# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the records at both clusters by which the offsets of groups are translated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..errors import InputError, OperationError
from ..kafka.client import KafkaClient
from ..kafka.groups import Committed, Group
from ..kafka.groups_client import read_committed, read_groups
from ..kafka.offsets import Log, TopicPartitionKey, partition_name
from ..kafka.offsets_client import try_offsets
from ..kafka.range_reader import RangeReader, Span
from ..kafka.refusal import Refusal
from ..kafka.topics_client import read_effective, read_shapes
from ..replication.record_digest import Compared, record_hash
from .offset_translation import Place, Sought, Translation, source_problems, translated, with_re_reads

_LOOK_BACK = 200  # offsets in which the last record is looked for; behind it are only markers and gaps


@dataclass(frozen=True)
class Sides:
    """Both clusters, and how long they may be read from."""

    source: KafkaClient
    destination: KafkaClient
    deadline: float


@dataclass(frozen=True)
class Wanted:
    """``copied``: whether everything is copied. Offsets are looked for in ``scan`` records, re-reads counted up to ``count_limit``."""

    groups: tuple[str, ...]
    topics: frozenset[str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    copied: bool = False
    scan: int = 1000
    count_limit: int = 1_000_000


@dataclass
class Found:
    """The translations of each group, and the logs of the destination."""

    translations: dict[str, list[Translation]]
    logs: dict[TopicPartitionKey, Log]


def translate(sides: Sides, wanted: Wanted) -> Found:
    """Where each group goes on.

    :raises InputError: when something is missing on either side, all of it at once.
    :raises OperationError: when records cannot be read.
    """
    # The destination's ends come first, see offset_translation.translated.
    there = _destination_logs(sides, _destination_topics(sides, wanted))
    committed, problems = _committed(sides.source, wanted)
    places, more = _places(sides.source, committed, wanted, there)
    if problems + more:
        raise InputError(problems + more)
    found: dict[str, list[Translation]] = {}
    for name, those in places.items():
        found[name] = _translate_group(sides, those, there, wanted)
    return Found(found, there)


def _destination_topics(sides: Sides, wanted: Wanted) -> set[str]:
    committed = read_committed(sides.source, wanted.groups)
    topics = {topic for offsets in committed.values() for topic, _number in offsets}
    return {wanted.renamed.get(topic, topic) for topic in topics if not wanted.topics or topic in wanted.topics}


def _destination_logs(sides: Sides, topics: Iterable[str]) -> dict[TopicPartitionKey, Log]:
    shapes = read_shapes(sides.destination, topics)
    return _logs(sides.destination, [(name, number) for name, (partitions, _replicas) in shapes.items() for number in range(partitions)])


def _logs(client: KafkaClient, keys: Iterable[TopicPartitionKey]) -> dict[TopicPartitionKey, Log]:
    keys = list(keys)
    starts, no_start = try_offsets(client, keys, "earliest")
    ends, no_end = try_offsets(client, keys, "latest", committed=True)
    _raise_for(client, {**no_start, **no_end})
    return {key: Log(starts[key], max(starts[key], ends[key])) for key in keys}


def _raise_for(client: KafkaClient, refused: Mapping[TopicPartitionKey, Refusal]) -> None:
    if refused:
        raise client.failure_of_many("read the offsets", {partition_name(key): refusal for key, refusal in refused.items()})


def _committed(source: KafkaClient, wanted: Wanted) -> tuple[dict[str, dict[TopicPartitionKey, int]], list[str]]:
    groups = read_groups(source, wanted.groups)
    committed = {name: {key: offset for key, offset in offsets.items() if not wanted.topics or key[0] in wanted.topics}
                 for name, offsets in read_committed(source, wanted.groups).items()}  # fmt: skip
    return committed, source_problems(groups, committed)


def _places(
    source: KafkaClient, committed: Mapping[str, Mapping[TopicPartitionKey, int]], wanted: Wanted, there: Mapping[TopicPartitionKey, Log]
) -> tuple[dict[str, list[Place]], list[str]]:
    keys = {key for offsets in committed.values() for key in offsets}
    existing = read_shapes(source, {topic for topic, _number in keys})
    here = _logs(source, sorted(key for key in keys if key[0] in existing and key[1] < existing[key[0]][0]))
    problems: list[str] = []
    places: dict[str, list[Place]] = {}
    for name, offsets in committed.items():
        for key, offset in sorted(offsets.items()):
            destination = (wanted.renamed.get(key[0], key[0]), key[1])
            if key not in here:
                continue  # the topic is gone: nothing is left to consume
            if destination not in there:
                problems.append(f"group '{name}': the destination has no {partition_name(destination)}, or its user may not see it")
                continue
            places.setdefault(name, []).append(Place(key, offset, here[key], destination))
    return places, problems


def _translate_group(sides: Sides, places: list[Place], there: Mapping[TopicPartitionKey, Log], wanted: Wanted) -> list[Translation]:
    compared = _comparable(sides, places)
    sought = _next_records(sides, places, compared)
    idle = [place for place in places if place.key not in sought]
    if not wanted.copied:
        sought |= _last_records(sides, idle, compared)
    by_destination = {place.destination: sought[place.key] for place in places if place.key in sought}
    times, refused = try_offsets(sides.destination, by_destination, {key: each.timestamp for key, each in by_destination.items()})
    _raise_for(sides.destination, refused)
    matched = _matching(sides, by_destination, times, there, compared, wanted.scan)
    found = []
    for place in places:
        key = place.destination
        one = translated(place, there[key], sought.get(place.key), times.get(key), matched.get(key), wanted.copied)
        # What has arrived after the end was asked for is read again, but never skipped.
        found.append(replace(one, offset=min(one.offset, there[key].end)))
    return _with_counts(sides, found, there, wanted)


def _comparable(sides: Sides, places: Iterable[Place]) -> dict[TopicPartitionKey, Compared]:
    """By destination: timestamps are compared unless the destination sets its own."""
    places = list(places)
    kinds = read_effective(sides.destination, {place.destination[0] for place in places}, "message.timestamp.type")
    return {place.destination: Compared(timestamp=kinds.get(place.destination[0]) != "LogAppendTime", with_headers=False) for place in places}


def _next_records(sides: Sides, places: Iterable[Place], compared: Mapping[TopicPartitionKey, Compared]) -> dict[TopicPartitionKey, Sought]:
    """The first record at or behind each group's offset; none where only markers are left."""
    by_key = {place.key: place for place in places}
    spans = {place.key: Span(max(place.committed, place.log.start), place.log.end) for place in by_key.values() if not place.is_at_end}
    reader = RangeReader(sides.source, spans, sides.deadline, only_first=True)
    found: dict[TopicPartitionKey, Sought] = {}
    for key, message in reader:
        if key not in found:
            content = record_hash(compared[by_key[key].destination])(message.key(), message.value(), message.timestamp()[1], None)
            found[key] = Sought(message.timestamp()[1], content)
    _all_read(reader, "the source")
    return found


def _last_records(sides: Sides, places: Iterable[Place], compared: Mapping[TopicPartitionKey, Compared]) -> dict[TopicPartitionKey, Sought]:
    """The last record before each group's offset."""
    by_key = {place.key: place for place in places}
    ends = {key: min(place.committed, place.log.end) for key, place in by_key.items()}
    spans = {key: Span(max(by_key[key].log.start, end - _LOOK_BACK), end) for key, end in ends.items()}
    reader = RangeReader(sides.source, spans, sides.deadline)
    found: dict[TopicPartitionKey, Sought] = {}
    for key, message in reader:
        content = record_hash(compared[by_key[key].destination])(message.key(), message.value(), message.timestamp()[1], None)
        found[key] = Sought(message.timestamp()[1], content, is_last=True)
    _all_read(reader, "the source")
    return found


def _matching(
    sides: Sides, sought: Mapping[TopicPartitionKey, Sought], times: Mapping[TopicPartitionKey, int], there: Mapping[TopicPartitionKey, Log],
    compared: Mapping[TopicPartitionKey, Compared], scan: int,
) -> dict[TopicPartitionKey, int]:
    """The first copy of each sought record. An equal record before it may be taken for it, which makes the group read more, not less."""
    spans = {key: Span(times[key], min(times[key] + scan, there[key].end)) for key in sought if key in times}
    reader = RangeReader(sides.destination, spans, sides.deadline)
    found: dict[TopicPartitionKey, int] = {}
    for key, message in reader:
        if key not in found and record_hash(compared[key])(message.key(), message.value(), message.timestamp()[1], None) == sought[key].content:
            found[key] = int(message.offset() or 0)
    _all_read(reader, "the destination")
    return found


def _with_counts(sides: Sides, found: list[Translation], there: Mapping[TopicPartitionKey, Log], wanted: Wanted) -> list[Translation]:
    """Re-reads are what is left at the destination less what had not been consumed. Exact up to the limit, by offsets above it."""
    if not wanted.copied:
        return found
    here = {each.place.key: Span(max(each.place.committed, each.place.log.start), each.place.log.end) for each in found}
    left = {each.place.destination: Span(each.offset, there[each.place.destination].end) for each in found}
    is_estimate = sum(span.offsets for span in [*here.values(), *left.values()]) > wanted.count_limit
    to_come, still = (_counts(client, spans, sides.deadline, is_estimate) for client, spans in ((sides.source, here), (sides.destination, left)))
    return [with_re_reads(each, still[each.place.destination], to_come[each.place.key], True, is_estimate) for each in found]


def _counts(client: KafkaClient, spans: Mapping[TopicPartitionKey, Span], deadline: float, is_estimate: bool) -> dict[TopicPartitionKey, int | None]:
    counts: dict[TopicPartitionKey, int | None] = {key: span.offsets if is_estimate else 0 for key, span in spans.items()}
    if is_estimate:
        return counts
    reader = RangeReader(client, spans, deadline)
    for key, _message in reader:
        counts[key] = (counts[key] or 0) + 1
    return {key: None if key in reader.unread else count for key, count in counts.items()}


def _all_read(reader: RangeReader, where: str) -> None:
    if reader.unread:
        key, reason = next(iter(sorted(reader.unread.items())))
        more = f" and {len(reader.unread) - 1} more partitions" if len(reader.unread) > 1 else ""
        raise OperationError("read the records by which offsets are translated", f"{partition_name(key)}{more} of {where}", reason)


def now_at(client: KafkaClient, names: Iterable[str]) -> tuple[dict[str, Group], dict[str, Committed]]:
    """Groups of the destination and what they have committed there."""
    chosen = list(names)
    return read_groups(client, chosen), read_committed(client, chosen)
