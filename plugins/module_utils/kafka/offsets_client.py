# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about the offsets of partitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

from .client import KafkaClient

from .refusal import Refusal, unanswered
from .offsets import Log, OffsetSpec, TopicPartitionKey, partition_name
from .retry import is_passing, send_until_settled
from .topics_client import read_shapes

try:
    from confluent_kafka import IsolationLevel, TopicPartition
    from confluent_kafka.admin import OffsetSpec as Wanted
except ImportError:  # KafkaClient says so
    pass

if TYPE_CHECKING:
    from confluent_kafka.admin import ListOffsetsResultInfo

# What librdkafka says of a partition when its own, older metadata knows no leader of it.
_LEADER_NOT_KNOWN = frozenset({"_NOENT", "_UNKNOWN_PARTITION", "_UNKNOWN_TOPIC"})


def partitions_of(client: KafkaClient, topics: Iterable[str]) -> dict[str, list[int]]:
    """The partitions of the topics that exist. One request.

    :raises OperationError: for what the user may not describe.
    """
    return {name: list(range(partitions)) for name, (partitions, _replicas) in read_shapes(client, topics).items()}


def list_offsets(client: KafkaClient, partitions: Iterable[TopicPartitionKey], spec: OffsetSpec) -> dict[TopicPartitionKey, int]:
    """The offset at ``spec`` of every partition, all asked at once.

    A partition without a record at or after a point in time answers with its end, and so does an empty one.
    What passes by itself (a leader that is just being elected, a topic that was just created) is asked again.

    :raises OperationError: for what is refused; after ``client.timeout`` seconds also for what does not pass.
    """
    found, refused = try_offsets(client, partitions, spec)
    if refused:
        raise client.failure_of_many("read the offsets", {partition_name(key): refusal for key, refusal in refused.items()})
    return found


def try_offsets(
    client: KafkaClient, partitions: Iterable[TopicPartitionKey], spec: OffsetSpec | Mapping[TopicPartitionKey, int], committed: bool = False
) -> tuple[dict[TopicPartitionKey, int], dict[TopicPartitionKey, Refusal]]:
    """As list_offsets, but what is refused comes back beside what is answered.

    :param spec: one position for all, or a point in time (ms) for each partition.
    :param committed: the end of a partition is that of a read_committed consumer: the first offset of an open transaction.
    """
    isolation = {"isolation_level": IsolationLevel.READ_COMMITTED} if committed else {}

    def send(keys: list[TopicPartitionKey]) -> Mapping[TopicPartitionKey, Future[ListOffsetsResultInfo]]:
        positions = {TopicPartition(*key): _position(spec if isinstance(spec, (int, str)) else spec[key]) for key in keys}
        futures = client.admin.list_offsets(positions, request_timeout=client.attempt_timeout, **isolation)
        return {(partition.topic, partition.partition): future for partition, future in futures.items()}

    def look_for_leaders(keys: list[TopicPartitionKey]) -> None:
        # Without this, librdkafka answers from what it remembers of a topic that it once saw missing.
        partitions_of(client, {topic for topic, _number in keys})

    done, refused = send_until_settled(client, sorted(set(partitions)), send, _passes, look_for_leaders, lambda answer: unanswered(answer.offset))
    found = {key: answer.offset for key, answer in done.items()}
    beyond = [key for key, offset in found.items() if offset < 0]  # no record is that young
    if beyond:
        ends, unknown = try_offsets(client, beyond, "latest", committed)
        return {key: offset for key, offset in found.items() if offset >= 0} | ends, refused | unknown
    return found, refused


def _position(spec: OffsetSpec) -> Wanted:
    position: Wanted = Wanted.for_timestamp(spec) if isinstance(spec, int) else getattr(Wanted, spec)()
    return position


def read_logs(client: KafkaClient, partitions: Iterable[TopicPartitionKey]) -> dict[TopicPartitionKey, Log]:
    """Start and end of every partition. Two requests.

    :raises OperationError: as list_offsets.
    """
    keys = set(partitions)
    starts, ends = list_offsets(client, keys, "earliest"), list_offsets(client, keys, "latest")
    return {key: Log(starts[key], ends[key]) for key in keys}


def _passes(refusal: Refusal) -> bool:
    return is_passing(refusal) or refusal.code in _LEADER_NOT_KNOWN
