# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what an assessment is made of: each kind of thing in one request (or one a broker), and what is refused becomes "not checked"."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..kafka.acls import Acl
from ..kafka.client import KafkaClient
from ..kafka.info_client import gather, read_partitions, try_logs
from ..kafka.offsets import Log, TopicPartitionKey
from ..kafka.offsets_client import try_offsets
from ..kafka.range_reader import RangeReader, Span
from ..module import LibraryMissing
from ..progress import Progress
from ..wait import wait_until
from .assessment import ALWAYS_CARRIED, CARRIED_FROM_BROKERS, Reading, SourceTopic, seen_rates, seen_transactions

_TAIL_SECONDS = 120.0


def read_source(client: KafkaClient, rate_seconds: float, progress: Progress) -> Reading:
    """Everything about the source. It takes at least ``rate_seconds``, the time between the two looks at the offsets."""
    partitions = read_partitions(client)
    keys = [(name, partition.number) for name, those in partitions.items() for partition in those]
    reading = Reading(client.cluster.id, len(client.cluster.brokers))
    began = time.monotonic()
    logs, errors = try_logs(client, keys)
    reading.not_checked += errors
    progress.say(f"{len(partitions)} topics with {len(keys)} partitions")
    transactions = _transactions(client, logs, reading)
    seen = _gathered(client, ["configs", "groups", "lag", "acls"], False, reading)
    every = _gathered(client, ["configs"], True, reading)["configs"].get("topics", {})
    settings = _settings(seen["configs"].get("topics", {}), every)
    second = _gathered(client, ["log_dirs", "quotas"], False, reading)
    sizes = _sizes(second["log_dirs"])
    reading.groups = _groups(seen["groups"], seen["lag"])
    reading.acls = [Acl(**acl) for acl in seen["acls"]] if isinstance(seen["acls"], list) else None
    reading.quotas = second["quotas"] if isinstance(second["quotas"], list) else None
    rates = _rates(client, logs, began, rate_seconds, reading, progress)
    records = records_by_topic(logs, keys)
    reading.topics = {
        name: SourceTopic(name, len(those), len(those[0].replicas) if those else 0, records.get(name), sizes.get(name), rates.get(name),
                          settings.get(name), transactions.get(name))
        for name, those in partitions.items()}
    return reading


def read_destination(client: KafkaClient, names: Collection[str]) -> Reading:
    """The destination's topics, with the records of those that are called like ``names``."""
    partitions = read_partitions(client)
    reading = Reading(client.cluster.id, len(client.cluster.brokers))
    same = [(name, partition.number) for name in partitions if name in names for partition in partitions[name]]
    logs, errors = try_logs(client, same)
    reading.not_checked += errors
    records = records_by_topic(logs, same)
    reading.topics = {name: SourceTopic(name, len(those), len(those[0].replicas) if those else 0, records.get(name)) for name, those in partitions.items()}
    return reading


def records_by_topic(logs: Mapping[TopicPartitionKey, Log], keys: Iterable[TopicPartitionKey]) -> dict[str, int | None]:
    """The span of offsets of each topic, which is as many records or more; None where a partition does not answer."""
    records: dict[str, int | None] = {}
    for key in keys:
        log, sofar = logs.get(key), records.get(key[0], 0)
        records[key[0]] = None if log is None or sofar is None else sofar + log.end - log.start
    return records


def with_declared(topics: Mapping[str, SourceTopic], transactional: Collection[str]) -> dict[str, SourceTopic]:
    """The topics, with those that the user calls transactional marked as such."""
    return {name: replace(topic, transactional=True) if name in transactional else topic for name, topic in topics.items()}


def _transactions(client: KafkaClient, logs: Mapping[TopicPartitionKey, Log], reading: Reading) -> dict[str, bool | None]:
    """Whether transactions are written: the last offset of each partition is looked at. One read of at most one batch for each partition."""
    stable, _refused = try_offsets(client, logs, "latest", committed=True)
    spans = {key: Span(log.end - 1, log.end) for key, log in logs.items() if log.end > log.start and stable.get(key, log.end) == log.end}
    reader = RangeReader(client, spans, time.monotonic() + _TAIL_SECONDS, only_first=True)
    last_read = {key for key, _message in reader}
    if reader.unread:
        reasons = sorted(set(reader.unread.values()))
        reading.not_checked.append(f"transactions of {len({topic for topic, _number in reader.unread})} topics: {'; '.join(reasons[:3])}")
    return seen_transactions(logs, stable, last_read, reader.unread)


def _settings(own: Mapping[str, Mapping[str, str | None]], every: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    """What is set on each topic, and what its brokers give it that the destination may not."""
    carried = ALWAYS_CARRIED | CARRIED_FROM_BROKERS
    return {name: {key: value for key, value in {**{key: entries[key] for key in carried if key in entries}, **own.get(name, {})}.items() if value is not None}
            for name, entries in every.items()}


def _sizes(brokers: Mapping[str, list[dict[str, Any]]]) -> dict[str, int]:
    """The size of one copy of each topic: of each partition, that of its largest replica."""
    largest: dict[TopicPartitionKey, int] = {}
    for entry in (entry for directories in brokers.values() for directory in directories for entry in directory["partitions"]):
        key = (entry["topic"], entry["partition"])
        largest[key] = max(largest.get(key, 0), entry["bytes"])
    sizes: dict[str, int] = {}
    for (topic, _number), size in largest.items():
        sizes[topic] = sizes.get(topic, 0) + size
    return sizes


def _groups(groups: Mapping[str, dict[str, Any]], lag: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, object]]:
    return {name: {"state": group["state"], "members": len(group["members"]), "lag": lag.get(name, {}).get("lag"),
                   "topics": sorted({row["topic"] for row in lag.get(name, {}).get("partitions", [])})}
            for name, group in groups.items()}


def _rates(
    client: KafkaClient, logs: Mapping[TopicPartitionKey, Log], began: float, rate_seconds: float, reading: Reading, progress: Progress
) -> dict[str, float]:
    if rate_seconds <= 0:
        reading.not_checked.append("rates: rate_seconds is 0")
        return {}
    wait_until("let time go by between two looks at the offsets", lambda: time.monotonic() - began, lambda gone: gone >= rate_seconds, rate_seconds + 60,
               describe=lambda gone: f"measuring rates, {gone:.0f} s of {rate_seconds:.0f} s", progress=progress)
    ends, _refused = try_offsets(client, logs, "latest")
    return seen_rates({key: log.end for key, log in logs.items()}, ends, time.monotonic() - began)


def _gathered(client: KafkaClient, subsets: Sequence[str], every_config: bool, reading: Reading) -> dict[str, Any]:
    """Subsets of kafka_info, all at the same time; empty where one cannot be had, with the reason among what was not checked."""
    try:
        gathered = gather(client, subsets, None, every_config)
    except LibraryMissing as error:
        reading.not_checked += [f"{subset}: the Python library {error.library} is missing ({error.reason})" for subset in subsets]
        return {subset: {} for subset in subsets}
    for name, subset in gathered.items():
        reading.not_checked += [text for text in (f"{name}: {each}" for each in subset.errors) if text not in reading.not_checked]
    return {name: {} if subset.value is None else subset.value for name, subset in gathered.items()}
