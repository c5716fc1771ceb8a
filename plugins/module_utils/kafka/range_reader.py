# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads ranges of offsets of many partitions of one cluster at once, as a read_committed consumer sees them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .client import KafkaClient
from .offsets import TopicPartitionKey
from .refusal import Refusal

try:
    from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
except ImportError:  # KafkaClient says so
    pass

if TYPE_CHECKING:
    from confluent_kafka import Message

# librdkafka's own defaults (64 MiB, 100,000 records, answers of 50 MiB) are more than the rest of the process takes. It stops fetching when
# either is reached, and looks again after fetch.queue.backoff.ms: with the default of a second it mostly waits.
_QUEUED_KIB, _QUEUED_RECORDS, _ANSWER_BYTES, _LOOK_AGAIN_MS = 16 * 1024, 20_000, 8 * 1024 * 1024, 5
_AT_ONCE = 1000
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Span:
    """Offsets from ``start`` up to, not including, ``end``."""

    start: int
    end: int

    @property
    def offsets(self) -> int:
        return max(0, self.end - self.start)


class RangeReader:
    """One read of ``spans``. What could not be read to its end is in ``unread`` afterwards, with the reason."""

    def __init__(
        self, client: KafkaClient, spans: Mapping[TopicPartitionKey, Span], deadline: float, stop: Callable[[], bool] = lambda: False, only_first: bool = False
    ) -> None:
        """With ``only_first`` nothing but the first record of each range is read."""
        self.client = client
        self._only_first = only_first
        self.deadline = deadline
        self.unread: dict[TopicPartitionKey, str] = {}
        self._ends = {key: span.end for key, span in spans.items() if span.offsets}
        self._starts = {key: spans[key].start for key in self._ends}
        self._left = set(self._ends)
        self._stop = stop
        self._said = ""

    def __iter__(self) -> Iterator[tuple[TopicPartitionKey, Message]]:
        """Every record of the ranges. Of one partition they come in order."""
        if not self._left:
            return
        consumer = Consumer(self.client.config({
            "group.id": "streamops.kafka", "enable.auto.commit": False, "enable.auto.offset.store": False, "enable.partition.eof": True,
            "auto.offset.reset": "earliest", "isolation.level": "read_committed", "allow.auto.create.topics": False,
            "queued.max.messages.kbytes": _QUEUED_KIB, "queued.min.messages": _QUEUED_RECORDS, "fetch.max.bytes": _ANSWER_BYTES,
            "fetch.queue.backoff.ms": _LOOK_AGAIN_MS, "fetch.wait.max.ms": 50, "check.crcs": True, "error_cb": self._on_error,
            **({"fetch.message.max.bytes": 1024} if self._only_first else {}),
        }), logger=self.client.logger)  # fmt: skip
        try:
            consumer.assign([TopicPartition(*key, start) for key, start in self._starts.items()])
            yield from self._records(consumer)
        except KafkaException as error:
            self._give_up(str(error.args[0].str() if error.args and isinstance(error.args[0], KafkaError) else error))
        finally:
            with suppress(KafkaException, RuntimeError):
                consumer.close()

    def _records(self, consumer: Consumer) -> Iterator[tuple[TopicPartitionKey, Message]]:
        heard = time.monotonic()
        while self._left:
            messages = consumer.consume(_AT_ONCE, _POLL_SECONDS)
            now = time.monotonic()
            if now > self.deadline:
                return self._give_up("the time-out of the verification was reached")
            if self._stop():
                return self._give_up("the verification was stopped")
            if any(message.error() is None or message.error().code() == KafkaError._PARTITION_EOF for message in messages):  # type: ignore[union-attr]
                heard = now
            yield from self._wanted(consumer, messages)
            if now - heard > self.client.timeout:
                return self._give_up(f"nothing came for {self.client.timeout:.0f} s{'; ' if self._said else ''}{self._said}")
        return None

    def _wanted(self, consumer: Consumer, messages: Sequence[Message]) -> Iterator[tuple[TopicPartitionKey, Message]]:
        ends, left = self._ends, self._left
        for message in messages:
            topic, partition = message.topic(), message.partition()
            if message.error() is not None:
                self._on_refusal(message)
                continue
            if topic is None or partition is None:
                continue
            key = (topic, partition)
            offset, end = message.offset() or 0, ends[key]
            if offset < self._starts[key]:
                self._give_up("the log begins again: the topic was deleted and made anew, or truncated", [key])
                continue
            if offset < end and not (self._only_first and key not in left):
                yield key, message
            if (offset >= end - 1 or self._only_first) and key in left:
                left.discard(key)
                consumer.pause([TopicPartition(*key)])  # more is there, and more may come

    def _on_refusal(self, message: Message) -> None:
        error = message.error()
        topic, partition = message.topic(), message.partition()
        if error is None or topic is None:
            return  # of the group, which a reader without commits does not need
        concerned = [key for key in self._left if key[0] == topic and partition in (key[1], None, -1)]
        if error.code() == KafkaError._PARTITION_EOF:  # also where the last offsets hold no record: markers, gaps
            self._left.difference_update(concerned)
            return
        refusal = Refusal(error.name(), error.str())
        if not refusal.is_transient or refusal.code in ("UNKNOWN_TOPIC_OR_PART", "UNKNOWN_TOPIC_ID"):
            self._give_up(str(refusal), concerned)

    def _give_up(self, reason: str, keys: Sequence[TopicPartitionKey] | None = None) -> None:
        for key in list(self._left) if keys is None else keys:
            self.unread[key] = reason
            self._left.discard(key)

    def _on_error(self, error: KafkaError) -> None:
        self._said = error.str()
