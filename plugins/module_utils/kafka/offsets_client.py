# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about the offsets of partitions."""

from __future__ import annotations

from collections.abc import Iterable

from ..wait import wait_until
from .client import KafkaClient, Refusal
from .offsets import OffsetSpec, TopicPartitionKey, partition_name
from .topics_client import read_shapes

try:
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import OffsetSpec as Wanted
except ImportError:  # KafkaClient says so
    pass

# What librdkafka says of a partition that its own, older metadata does not know a leader of.
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
    found: dict[TopicPartitionKey, int] = {}
    wanted = sorted(set(partitions))

    def refused() -> dict[TopicPartitionKey, Refusal]:
        done, refusals = _try_offsets(client, [key for key in wanted if key not in found], spec)
        found.update(done)
        _raise_lasting(client, refusals)
        partitions_of(client, {topic for topic, _number in refusals})  # librdkafka keeps what it knows of leaders until metadata is read
        return refusals

    wait_until("read the offsets", refused, lambda left: not left, client.timeout, describe=_described)
    unanswered = [key for key, offset in found.items() if offset < 0]
    return found | (list_offsets(client, unanswered, "latest") if unanswered else {})


def _try_offsets(
    client: KafkaClient, partitions: list[TopicPartitionKey], spec: OffsetSpec
) -> tuple[dict[TopicPartitionKey, int], dict[TopicPartitionKey, Refusal]]:
    if not partitions:
        return {}, {}
    position = _position(spec)
    futures = client.admin.list_offsets({TopicPartition(topic, number): position for topic, number in partitions}, request_timeout=client.timeout)
    done, refused = client.refusals({(key.topic, key.partition): future for key, future in futures.items()})
    return {key: answer.offset for key, answer in done.items()}, refused


def _position(spec: OffsetSpec) -> Wanted:
    position: Wanted
    if isinstance(spec, int):
        position = Wanted.for_timestamp(spec)
    elif spec == "earliest":
        position = Wanted.earliest()
    elif spec == "latest":
        position = Wanted.latest()
    else:
        position = Wanted.max_timestamp()
    return position


def _raise_lasting(client: KafkaClient, refused: dict[TopicPartitionKey, Refusal]) -> None:
    lasting = {partition_name(key): refusal for key, refusal in refused.items() if not _passes(refusal)}
    if lasting:
        raise client.failure_of_many("read the offsets", lasting)


def _passes(refusal: Refusal) -> bool:
    return refusal.is_transient or refusal.code in _LEADER_NOT_KNOWN


def _described(refused: dict[TopicPartitionKey, Refusal]) -> str:
    shown = [f"{partition_name(key)}: {refusal}" for key, refusal in sorted(refused.items())[:10]]
    more = [f"{len(refused) - 10} more"] if len(refused) > 10 else []
    return "; ".join(shown + more)
