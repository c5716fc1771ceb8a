# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the topic in which a Connect group keeps its source offsets: the only way to them on workers before 3.5."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import OperationError
from ..kafka.connection import Connection
from ..library import Library, require

if TYPE_CHECKING:
    import confluent_kafka
else:
    confluent_kafka = Library("confluent_kafka")


@dataclass(frozen=True)
class TopicRecord:
    """One record; a value of ``None`` ends its key."""

    partition: int
    offset: int
    key: str
    value: str | None


def read_topic(connection: Connection, topic: str) -> list[TopicRecord]:
    """All records of the topic as it is now, in the order of each partition. Commits nothing, joins no group.

    :raises OperationError: when the topic cannot be read to its end in time.
    """
    require("confluent_kafka", "confluent-kafka", reason="it reads the offsets topic")
    attempted, on = "read the offsets topic", f"{topic} at {', '.join(connection.bootstrap)}"
    consumer = confluent_kafka.Consumer({**connection.config, "group.id": "streamops.kafka", "enable.auto.commit": False, "auto.offset.reset": "earliest",
                                         "log_level": 0})
    try:
        return _read(consumer, topic, connection.timeout, attempted, on)
    except confluent_kafka.KafkaException as error:
        said = error.args[0] if error.args else error
        raise OperationError(attempted, on, said.str() if isinstance(said, confluent_kafka.KafkaError) else str(said),
                             "Check bootstrap_servers, the login and the right READ on the topic.") from None
    finally:
        consumer.close()


def _read(consumer: confluent_kafka.Consumer, topic: str, timeout: float, attempted: str, on: str) -> list[TopicRecord]:
    deadline = time.monotonic() + timeout
    metadata = consumer.list_topics(topic, timeout).topics[topic]
    if metadata.error is not None:
        raise confluent_kafka.KafkaException(metadata.error)
    parts = [confluent_kafka.TopicPartition(topic, number) for number in metadata.partitions]
    ends = {part.partition: consumer.get_watermark_offsets(part, timeout) for part in parts}
    left = {number: end for number, (begin, end) in ends.items() if end > begin}
    consumer.assign([confluent_kafka.TopicPartition(topic, number, ends[number][0]) for number in left])
    found: list[TopicRecord] = []
    while left:
        if time.monotonic() >= deadline:
            raise OperationError(attempted, on, f"it was not read to its end within {timeout:g} s ({len(found)} records until then)")
        for message in consumer.consume(500, 0.2):
            if message.error():
                raise confluent_kafka.KafkaException(message.error())
            key, value = message.key(), message.value()
            found.append(TopicRecord(message.partition() or 0, message.offset() or 0, _text(key) or "", _text(value)))
        for place in consumer.position([confluent_kafka.TopicPartition(topic, number) for number in left]):
            if place.offset >= left[place.partition]:  # past markers of transactions and what compaction took, too
                del left[place.partition]
    return found


def _text(data: bytes | str | None) -> str | None:
    return data.decode(errors="replace") if isinstance(data, bytes) else data
