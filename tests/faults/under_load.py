# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load on a cluster while something is done to it, and the verdict afterwards: what was acknowledged is there, once.

    with under_load(directory, clients) as load: ...
    verdict = load.verdict()
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, ConsumerGroupTopicPartitions, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

HERE = Path(__file__).parent
PARTITIONS = 6
PARTITIONS_OF_TRANSACTIONS = 3
START_SECONDS, STOP_SECONDS, READ_SECONDS = 120, 300, 180
MEMBERS = ("consumer-1", "consumer-2")


@dataclass(frozen=True)
class Clients:
    """How each kind of client logs in, as librdkafka configurations."""

    admin: Mapping[str, Any]
    producer: Mapping[str, Any]
    transactions: Mapping[str, Any]
    consumer: Mapping[str, Any]


@dataclass
class Verdict:
    """What became of everything that was acknowledged."""

    acknowledged: int = 0
    lost: int = 0
    duplicated: int = 0
    refused: int = 0
    committed: int = 0
    aborted: int = 0
    unknown: int = 0
    broken_transactions: int = 0  # not whole, there twice, gone, or there although aborted
    unread: int = 0  # acknowledged records that the group was not given
    read_again: int = 0  # by the group, after a rebalance
    lag: int = 0
    longest_stall: float = 0.0
    longest_transaction: float = 0.0
    errors: dict[str, dict[str, int]] = field(default_factory=dict)

    def line(self) -> str:
        """For people and for the log of CI."""
        return json.dumps(asdict(self))

    def nothing_lost(self) -> bool:
        return not (self.lost or self.duplicated or self.refused or self.unread or self.lag or self.broken_transactions)


def compared(acknowledged: set[int], held: Counter[int], given: Counter[int]) -> dict[str, int]:
    """Acknowledged records beside what the topic holds and what the group was given."""
    return {
        "acknowledged": len(acknowledged), "lost": len(acknowledged - set(held)), "duplicated": sum(held.values()) - len(held),
        "unread": len(acknowledged - set(given)), "read_again": sum(given.values()) - len(given),
    }  # fmt: skip


def broken(outcomes: Mapping[int, str], records: Iterable[tuple[bytes, int]]) -> int:
    """Transactions whose committed records are not what their outcome says: one in each partition, or none."""
    whole = Counter(range(PARTITIONS_OF_TRANSACTIONS))
    held: dict[int, Counter[int]] = {}
    for value, partition in records:
        held.setdefault(int(value), Counter())[partition] += 1
    count = 0
    for number, ended in outcomes.items():
        there = held.pop(number, Counter())
        good = {"committed": there == whole, "aborted": not there, "unknown": there == whole or not there}
        count += not good[ended]
    return count + len(held)


class Load:
    """Generators that run, and their topics."""

    def __init__(self, directory: Path, clients: Clients) -> None:
        self._directory, self._clients = directory, clients
        prefix = f"load-{uuid.uuid4().hex[:8]}"
        self.topic, self.transactions, self.group = f"{prefix}-records", f"{prefix}-transactions", f"{prefix}-group"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        topics = [NewTopic(self.topic, PARTITIONS, 3), NewTopic(self.transactions, PARTITIONS_OF_TRANSACTIONS, 3)]
        with AdminClient({**self._clients.admin, "log_level": 0}) as admin:
            for future in admin.create_topics(topics).values():
                future.result(timeout=60)
        self._run("producer", "load_producer.py", self._clients.producer, topic=self.topic)
        self._run("transactions", "load_transactions.py", self._clients.transactions, topic=self.transactions, partitions=PARTITIONS_OF_TRANSACTIONS, pause=0.1)
        for member in MEMBERS:
            self._run(member, "load_consumer.py", self._clients.consumer, topic=self.topic, group=self.group)
        self._wait(START_SECONDS, "the load runs", lambda: [name for name in self._running if not (self._directory / name / "ready").exists()])

    def _run(self, name: str, program: str, client: Mapping[str, Any], **options: Any) -> None:
        own = self._directory / name
        own.mkdir(parents=True)
        settings = own / "settings.json"
        settings.touch(mode=0o600)
        settings.write_text(json.dumps({"client": dict(client), **options}), encoding="utf-8")
        with (own / "output").open("wb") as output:
            self._running[name] = subprocess.Popen([sys.executable, HERE / program, settings], stdout=output, stderr=output)

    def stop(self) -> None:
        """Producers first; the group goes on until it has read everything."""
        self._end("producer", "transactions")
        self._wait(READ_SECONDS, "the group has read everything", self._lag)
        self._end(*MEMBERS)

    def pid(self, name: str) -> int:
        """Of a generator, for whoever ends it from outside. It writes ``directory/name/summary.json`` when SIGTERM has ended it."""
        return self._running[name].pid

    def kill(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()

    def verdict(self) -> Verdict:
        """Compares what the generators wrote down with what is in the topics. Call it after the block."""
        producer, transactions = self._summary("producer"), self._summary("transactions")
        acknowledged = {int(line) for line in self._log("producer")}
        held = Counter(int(value) for value, _partition in self._records(self.topic))
        given = Counter(int(line.split()[0]) for member in MEMBERS for line in self._log(member))
        outcomes = {int(line.split()[0]): line.split()[1] for line in self._log("transactions")}
        return Verdict(
            **compared(acknowledged, held, given), refused=producer["refused"] + producer["unsent"],
            committed=transactions["committed"], aborted=transactions["aborted"], unknown=transactions["unknown"],
            broken_transactions=broken(outcomes, self._records(self.transactions)), lag=sum(self._lag()),
            longest_stall=round(producer["longest_stall"], 2), longest_transaction=round(transactions["longest_stall"], 2),
            errors={name: errors for name in self._running if (errors := self._summary(name)["errors"])},
        )  # fmt: skip

    def _records(self, topic: str) -> Iterator[tuple[bytes, int]]:
        """Everything that is committed, from the first record to what is the end now."""
        consumer = Consumer({**self._clients.admin, "group.id": "nobody", "enable.auto.commit": False, "isolation.level": "read_committed",
                             "enable.partition.eof": True, "log_level": 0})  # fmt: skip
        try:
            left = set(consumer.list_topics(topic, timeout=30).topics[topic].partitions)
            consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in left])
            deadline = time.monotonic() + READ_SECONDS
            while left:
                assert time.monotonic() < deadline, f"{topic} could not be read to its end: {left}"
                for message in consumer.consume(1000, timeout=1):
                    error = message.error()
                    if error is None:
                        yield message.value(), message.partition()
                    elif error.code() == KafkaError._PARTITION_EOF:
                        left.discard(message.partition())
        finally:
            consumer.close()

    def _lag(self) -> list[int]:
        """Of each partition that the group has not read to its end."""
        with AdminClient({**self._clients.admin, "log_level": 0}) as admin:
            ends = {partition.partition: future.result(timeout=30).offset for partition, future in admin.list_offsets(
                {TopicPartition(self.topic, number): OffsetSpec.latest() for number in range(PARTITIONS)}).items()}  # fmt: skip
            answer = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(self.group)])[self.group].result(timeout=30)
        committed = {each.partition: max(each.offset, 0) for each in answer.topic_partitions or ()}
        return [end - committed.get(number, 0) for number, end in ends.items() if end > committed.get(number, 0)]

    def _end(self, *names: str) -> None:
        for name in names:
            self._running[name].terminate()
        for name in names:
            self._running[name].wait(STOP_SECONDS)
            assert (self._directory / name / "summary.json").exists(), f"{name} ended without a summary: {self._output(name)}"

    def _wait(self, seconds: float, goal: str, left: Any) -> None:
        deadline = time.monotonic() + seconds
        while seen := left():
            ended = [name for name, process in self._running.items() if process.poll() is not None and not (self._directory / name / "summary.json").exists()]
            assert not ended, f"{ended} ended: {self._output(ended[0])}"
            assert time.monotonic() < deadline, f"not in time: {goal}; left: {seen}"
            time.sleep(0.3)

    def _summary(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self._directory / name / "summary.json").read_text(encoding="utf-8")))

    def _log(self, name: str) -> list[str]:
        return (self._directory / name / "log").read_text(encoding="utf-8").splitlines()

    def _output(self, name: str) -> str:
        return (self._directory / name / "output").read_text(encoding="utf-8", errors="replace")[-2000:]


@contextmanager
def under_load(directory: Path, clients: Clients) -> Iterator[Load]:
    """Load in the block. It is stopped in order at the end, and killed when the block fails."""
    load = Load(directory, clients)
    try:
        load.start()
        yield load
        load.stop()
    finally:
        load.kill()
