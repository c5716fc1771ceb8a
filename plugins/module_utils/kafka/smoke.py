# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One record there and back, as an application would."""

from __future__ import annotations

import time

from ..errors import OperationError
from .client import KafkaClient
from .offsets import TopicPartitionKey, partition_name
from .refusal import refusal_from

try:
    from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
except ImportError:  # KafkaClient says so
    pass


def produce(client: KafkaClient, topic: str, key: str, value: str, timeout: float) -> tuple[int, int]:
    """Partition and offset of the record.

    :raises OperationError: when it is refused or not acknowledged in time.
    """
    told: list[tuple[KafkaError | None, Message]] = []
    producer = Producer(client.config({"acks": "all", "message.timeout.ms": int(timeout * 1000)}), logger=client.logger)
    attempted = "produce the smoke record"
    try:
        producer.produce(topic, value, key, on_delivery=lambda error, message: told.append((error, message)))
        producer.flush(timeout + 5)
    except KafkaException as error:
        raise OperationError(attempted, topic, refusal_from(error).text) from None
    if not told or told[0][0] is not None:
        raise OperationError(attempted, topic, f"not acknowledged in {timeout:.0f} s" if not told else str(told[0][0]))
    return int(told[0][1].partition() or 0), int(told[0][1].offset() or 0)


def consume_again(client: KafkaClient, group: str, place: TopicPartitionKey, offset: int, value: str, deadline: float) -> None:
    """Read it back.

    :raises OperationError: when it is refused, something else is there, or nothing comes in time.
    """
    attempted, on = "consume the smoke record", f"{partition_name(place)} offset {offset}, as group {group}"
    consumer = Consumer(client.config({"group.id": group, "enable.auto.commit": False, "enable.auto.offset.store": False}), logger=client.logger)
    try:
        # Asking for the group's offsets is what shows a missing right on the group; members of a running application do not notice.
        consumer.committed([TopicPartition(*place)], timeout=client.timeout)
        consumer.assign([TopicPartition(*place, offset)])
        while time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is None:
                continue
            error = message.error()
            if error is not None:
                raise OperationError(attempted, on, error.str())
            if (message.value() or b"").decode(errors="replace") != value:
                raise OperationError(attempted, on, "another record is there")
            return
    except KafkaException as error:
        raise OperationError(attempted, on, refusal_from(error).text) from None
    finally:
        consumer.close()
    raise OperationError(attempted, on, "it did not come in time")
