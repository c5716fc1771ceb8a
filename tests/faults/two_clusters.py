# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source cluster and a destination cluster for the tests of one file, written to past our code."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

BEGAN = 1_780_000_000_000  # milliseconds; records of a test are written with times after this one


@dataclass(frozen=True)
class Record:
    """One record. Its offset is its place among those of its partition."""

    partition: int
    key: str | None
    value: str | bytes | None
    timestamp: int = BEGAN
    headers: tuple[tuple[str, str], ...] = ()


class Side:
    """One of the two clusters."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)
        self.config: dict[str, Any] = {
            "bootstrap.servers": options["bootstrap_servers"], "security.protocol": options["security_protocol"], "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": options["sasl_username"], "sasl.password": options["sasl_password"],
        }  # fmt: skip
        self.admin = AdminClient(dict(self.config))

    def create(self, topic: str, partitions: int = 3, config: Mapping[str, str] | None = None) -> None:
        wanted = NewTopic(topic, partitions, config={"retention.ms": "-1", **(config or {})})
        self.admin.create_topics([wanted], operation_timeout=30)[topic].result(timeout=60)

    def write(self, topic: str, records: Iterable[Record], **config: Any) -> None:
        producer = Producer({"linger.ms": 5, "message.max.bytes": 5_000_000, **self.config, **config})
        self.send(producer, topic, records)
        assert producer.flush(60) == 0

    @staticmethod
    def send(producer: Producer, topic: str, records: Iterable[Record]) -> None:
        errors: list[object] = []
        for record in records:
            while True:
                try:
                    producer.produce(topic, record.value, record.key, partition=record.partition, timestamp=record.timestamp, headers=list(record.headers),
                                     on_delivery=lambda error, message: errors.append(error) if error else None)
                    break
                except BufferError:
                    producer.poll(0.2)
        assert producer.flush(60) == 0 and not errors, errors[:1]

    def remove(self, prefix: str) -> None:
        topics = [name for name in self.admin.list_topics(timeout=30).topics if name.startswith(prefix)]
        for future in (self.admin.delete_topics(topics).values() if topics else ()):
            future.exception(timeout=30)


@dataclass(frozen=True)
class Clusters:
    """Both, and a prefix for the names of this test's topics."""

    source: Side
    destination: Side
    prefix: str

    @classmethod
    def of(cls, environment: Mapping[str, str], source: str = "KAFKA") -> Clusters:
        def side(name: str) -> Side:
            return Side({
                "bootstrap_servers": environment[f"LAB_{name}_SCRAM"], "security_protocol": "sasl_plaintext", "sasl_mechanism": "scram-sha-512",
                "sasl_username": environment[f"LAB_{name}_USER"], "sasl_password": environment[f"LAB_{name}_PASSWORD"]})  # fmt: skip

        return cls(side(source), side("KAFKA_DESTINATION"), f"t-{uuid.uuid4().hex[:8]}")

    @property
    def options(self) -> dict[str, Any]:
        return {"source": self.source.options, "destination": self.destination.options}

    def topic(self, name: str, records: list[Record], copies: list[Record] | None = None, partitions: int = 3, config: Mapping[str, str] | None = None) -> str:
        """A topic on both sides; the destination gets ``copies``, or the same records."""
        topic = f"{self.prefix}-{name}"
        for side, those in ((self.source, records), (self.destination, records if copies is None else copies)):
            side.create(topic, partitions, config)
            side.write(topic, those)
        return topic

    def remove(self) -> None:
        for side in (self.source, self.destination):
            side.remove(self.prefix)


def records_of(count: int, partitions: int = 3, keys: int = 7) -> list[Record]:
    """Records with few keys, most of them in the same millisecond as others."""
    return [Record(number % partitions, f"key {number % keys}", f"value {number}", BEGAN + number // 20) for number in range(count)]
