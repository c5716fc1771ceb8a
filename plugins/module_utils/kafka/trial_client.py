# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that show what a user may do and leave nothing behind; librdkafka cannot be made to send them.

Brokers look for the right first, and only then at what they were sent. So a batch of records with a wrong checksum goes all the
way to the leader's log, past the authorizer and the count of in-sync replicas, and is refused there; a heartbeat of a member
that there is none of gets to the group's coordinator. docs/decisions/0030 says what else was weighed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .access import Answer
from .offsets import TopicPartitionKey
from .second_client import SecondClient

try:
    from kafka.errors import KafkaError, for_code
    from kafka.protocol.consumer import HeartbeatRequest
    from kafka.protocol.metadata import FindCoordinatorRequest
    from kafka.protocol.producer import ProduceRequest
    from kafka.record.default_records import DefaultRecordBatchBuilder
except ImportError:  # SecondClient says so
    pass

_MOVING = frozenset({
    "NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE", "COORDINATOR_NOT_AVAILABLE", "COORDINATOR_LOAD_IN_PROGRESS", "NOT_COORDINATOR",
})  # fmt: skip
_LONGEST_MOVE = 10.0  # seconds that leaders and coordinators are waited for
_PAUSE = 0.2
_CHECKSUM_AT = 17  # of a batch: base offset (8), length (4), leader epoch (4), magic (1)
_ALL_IN_SYNC, _GROUP = -1, 0
_NOBODY = "streamops.kafka-preflight-no-member"
_BY_NAME = 12  # from version 13 on, Produce names topics by their identifiers


class TrialClient(SecondClient):
    """A connection of the user whose rights are in question, for the length of a ``with`` block."""

    def try_writes(self, leaders: Callable[[], Mapping[TopicPartitionKey, int | None]]) -> dict[TopicPartitionKey, Answer]:
        """What the leader of each partition answers to a batch whose checksum is wrong.

        :param leaders: who leads each partition now, None where nobody knows: then any broker is asked.
        """
        return self._settled(lambda left: self._write(leaders(), left))

    def try_groups(self, names: Iterable[str]) -> dict[str, Answer]:
        """What the coordinator of each group answers to a member that it does not have. A group that does not exist stays so."""
        wanted = list(dict.fromkeys(names))
        return self._settled(lambda left: {name: self._beat(name) for name in wanted if left is None or name in left})

    def _settled(self, attempt: Callable[[set[Any] | None], dict[Any, Answer]]) -> dict[Any, Answer]:
        """The answers, once leaders and coordinators do not move any more. ``attempt`` gets the keys that are left, None for all."""
        deadline = time.monotonic() + min(self.timeout, _LONGEST_MOVE)
        answers = attempt(None)
        while left := {key for key, answer in answers.items() if answer.code in _MOVING}:
            if time.monotonic() + _PAUSE > deadline:
                break
            time.sleep(_PAUSE)
            answers |= attempt(left)
        return answers

    def _write(self, leaders: Mapping[TopicPartitionKey, int | None], left: set[TopicPartitionKey] | None) -> dict[TopicPartitionKey, Answer]:
        by_broker: dict[int | None, dict[str, list[int]]] = {}
        for (topic, partition), leader in leaders.items():
            if left is None or (topic, partition) in left:
                by_broker.setdefault(leader, {}).setdefault(topic, []).append(partition)
        answers: dict[TopicPartitionKey, Answer] = {}
        told = self._ask_each({broker: self._write_request(topics) for broker, topics in by_broker.items()})
        for broker, answer in told.items():
            if isinstance(answer, Answer):
                answers |= {(topic, partition): answer for topic, partitions in by_broker[broker].items() for partition in partitions}
            else:
                answers |= {(topic.name, part.index): _answer(part.error_code) for topic in answer.responses for part in topic.partition_responses}
        return answers

    def _write_request(self, topics: Mapping[str, Iterable[int]]) -> Any:
        topic, batch = ProduceRequest.TopicProduceData, _spoilt_batch()
        return ProduceRequest(
            transactional_id=None, acks=_ALL_IN_SYNC, timeout_ms=int(self.timeout * 1000), max_version=_BY_NAME,
            topic_data=[
                topic(name=name, partition_data=[topic.PartitionProduceData(index=partition, records=batch) for partition in partitions])
                for name, partitions in topics.items()
            ])  # fmt: skip

    def _beat(self, name: str) -> Answer:
        found = self._ask_each({None: FindCoordinatorRequest(key=name, key_type=_GROUP, max_version=3)})[None]
        if isinstance(found, Answer):
            return found
        if found.error_code:
            return _answer(found.error_code)
        self._admin._manager.cluster.add_coordinator(found, _GROUP, name, synthesize_node_id=False)  # it may have an address of its own
        answer = self._ask_each({found.node_id: HeartbeatRequest(group_id=name, generation_id=1, member_id=_NOBODY, group_instance_id=None)})
        beaten = answer[found.node_id]
        return beaten if isinstance(beaten, Answer) else _answer(beaten.error_code)

    def _ask_each(self, requests: Mapping[int | None, Any]) -> dict[int | None, Any]:
        """The answer of each broker, an ``Answer`` in its place where there was none. All are asked at once."""
        manager = self._admin._manager

        async def ask_all() -> dict[int | None, Any]:
            sent = {broker: manager.send(request, node_id=broker) for broker, request in requests.items()}
            answers: dict[int | None, Any] = {}
            for broker, future in sent.items():
                try:
                    answers[broker] = await future
                except KafkaError as error:
                    answers[broker] = Answer("_TRANSPORT", self._clean(f"broker {broker} did not answer: {error}"))
            return answers

        answers: dict[int | None, Any] = manager.run(ask_all)
        return answers


def _spoilt_batch() -> bytes:
    """One record, in a batch that no broker accepts: one bit of its checksum is wrong."""
    builder = DefaultRecordBatchBuilder(magic=2, compression_type=0, is_transactional=False, producer_id=-1, producer_epoch=-1, base_sequence=-1,
                                        batch_size=1024)
    builder.append(0, None, b"streamops.kafka", b"preflight", [])
    batch = bytearray(builder.build())
    batch[_CHECKSUM_AT] ^= 1
    return bytes(batch)


def _answer(code: int) -> Answer:
    kind = for_code(code)
    return Answer(kind.message if kind.errno == code else f"error {code}", str(getattr(kind, "description", "") or "").rstrip("."))
