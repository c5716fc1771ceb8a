# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's topic: claim, save, put back, release."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType

from ..errors import OperationError
from ..plan import Change, Plan
from ..progress import Progress
from ..wait import wait_until
from .client import KafkaClient
from .holds import Holds, NoHolds, OutOfReach
from .refusal import Refusal
from .ledger import (
    HEARTBEAT_SECONDS,
    SILENT_SECONDS,
    Entry,
    Overrides,
    Saved,
    blockers,
    entry_from,
    is_abandoned,
    new_entry,
    to_put_back,
)
from .topics_client import alter_overrides, apply_plan, read_overrides, read_shapes

try:
    from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
except ImportError:  # KafkaClient says so
    pass


@dataclass(frozen=True)
class Recovered:
    """What an interrupted run had left on one topic, and what was put back."""

    topic: str
    owner: str
    put_back: Overrides
    resumed: str = ""  # the KafkaTopic whose reconciliation goes on again

    def as_result(self) -> dict[str, object]:
        return {"topic": self.topic, "owner": self.owner, "put_back": self.put_back, **({"resumed": self.resumed} if self.resumed else {})}


class Ledger:
    """The entries of all runs. Reads only what is new since the last look."""

    def __init__(self, client: KafkaClient, topic: str, holds: Holds | None = None) -> None:
        self.client = client
        self.topic = topic
        self.holds: Holds = holds or NoHolds()
        self.entries: dict[str, Entry] = {}
        self._consumer: Consumer | None = None
        self._read_until = 0
        self._producer: Producer | None = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def exists(self) -> bool:
        """Whether any run ever needed it on this cluster."""
        return bool(read_shapes(self.client, [self.topic]))

    def create(self) -> None:
        """Create the topic unless it is there. Broker time, so that all hosts read the same clock."""
        if self.exists():
            return
        replicas = min(3, len(self.client.cluster.brokers))
        config = {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}
        after = {"partitions": 1, "replication_factor": replicas, "config": config}
        try:
            apply_plan(self.client, Plan((Change(self.topic, "created", after=after),)))
        except OperationError:
            if not self.exists():  # another run was faster
                raise

    def read(self) -> list[Entry]:
        """Every open entry, oldest claim first."""
        consumer, end = self._open_until_end()
        while self._read_until < end:
            message = self._next(consumer)
            error = message.error()
            if error is None:
                self._take(message)
            elif error.code() != KafkaError._PARTITION_EOF:
                raise self.client.failure("read the ledger", Refusal(error.name(), error.str()), self.topic)
            self._read_until = (message.offset() or 0) + (1 if error is None else 0)
        return sorted(self.entries.values(), key=lambda entry: entry.claimed_at or 0)

    def write(self, entry: Entry) -> Entry:
        """Store an entry durably (acks=all); a claim learns its place in the log."""
        offset = self._produce(entry.run, entry.to_json())
        return replace(entry, claimed_at=offset if entry.claimed_at is None else entry.claimed_at)

    def remove(self, entry: Entry) -> None:
        """Take an entry out, after all that it saved is back."""
        self._produce(entry.run, None)
        self.entries.pop(entry.run, None)

    def put_back(self, entry: Entry, topics: Collection[str]) -> list[Recovered]:
        """Set the configuration of these topics as ``entry`` saved it, see that it is so, and only then let go of what holds others off.

        :raises OperationError: when the cluster refuses; the entry is still there then.
        """
        saved = {topic: entry.saved[topic] for topic in topics if topic in entry.saved}
        there = read_shapes(self.client, saved)
        current = read_overrides(self.client, there)
        wanted = {topic: to_put_back(saved[topic], current.get(topic, {})) for topic in there}
        set_overrides(self.client, {topic: keys for topic, keys in wanted.items() if keys}, self.client.timeout)
        if not self.can_release(entry):
            raise OutOfReach(str(entry.owner), entry.held or {})
        released = {each.topic: each.name for each in self.holds.release(entry.run, topics)} if entry.held else {}
        return [Recovered(topic, str(entry.owner), wanted.get(topic, {}), released.get(topic, "")) for topic in sorted({*saved, *released})]

    def can_release(self, entry: Entry) -> bool:
        """Whether this run has been told of the place where the entry holds others off."""
        return entry.held in (None, self.holds.where)

    def recover(self, is_due: Callable[[Entry], bool]) -> list[Recovered]:
        """Put back what the due entries saved, and take them out.

        :raises OutOfReach: at the end, when one of them has to stay.
        """
        recovered: list[Recovered] = []
        staying: list[OutOfReach] = []
        for entry in self.read():
            if not is_due(entry):
                continue
            try:
                recovered += self.put_back(entry, entry.topics)
            except OutOfReach as error:
                staying.append(error)
                continue
            self.remove(entry)
        if staying:
            staying[0].partial = {"changed": bool(recovered), "recovered": [each.as_result() for each in recovered]}
            raise staying[0]
        return recovered

    def recover_abandoned(self) -> list[Recovered]:
        """Repair what killed runs left, as far as this run has been told where that is."""
        return self.recover(lambda entry: is_abandoned(entry, int(time.time() * 1000)) and self.can_release(entry))

    def recover_forgotten(self, dry_run: bool = False) -> list[Recovered]:
        """Let go of what is held for runs that have no entry (any more): the ledger was lost, or another one was used."""
        known = {entry.run for entry in self.read()} if self.exists() else set()
        return [Recovered(each.topic, each.owner, {}, each.name) for each in self.holds.forgotten(known, dry_run)]

    def claim(self, topics: Iterable[str], timeout: float, progress: Progress) -> tuple[Entry, list[Recovered]]:
        """Claim topics, after every earlier claim on one of them has ended or proved dead.

        :raises OperationError: when another run still works on them at the end of ``timeout`` seconds.
        """
        mine = self.write(new_entry(topics, self.holds.where))
        watched: dict[str, tuple[int, float]] = {}  # run -> offset of its newest record, and when it was first seen
        recovered: list[Recovered] = []

        def ahead() -> list[Entry]:
            now = time.monotonic()
            for entry in blockers(mine, self.read()):
                if watched.get(entry.run, (-1, 0.0))[0] != entry.heartbeat[0]:
                    watched[entry.run] = (entry.heartbeat[0], now)
            recovered.extend(self.recover(lambda entry: entry.run in watched and self.can_release(entry) and (
                entry.owner.is_known_dead or now - watched[entry.run][1] > SILENT_SECONDS)))
            return blockers(mine, self.read())

        try:
            wait_until("purge", ahead, lambda runs: not runs, timeout, describe=_busy, progress=progress,
                       advice="Wait for the other run, or put back what it left with state: recovered.")
        except BaseException:
            self.remove(mine)
            raise
        return mine, recovered

    def _take(self, message: Message) -> None:
        run = (message.key() or b"").decode("utf-8", "replace")
        value = message.value()
        if value is None:
            self.entries.pop(run, None)
        else:
            self.entries[run] = entry_from(run, value.decode("utf-8", "replace"), message.offset() or 0, message.timestamp()[1])

    def _produce(self, key: str, value: str | None) -> int:
        if self._producer is None:
            self._producer = Producer(
                self.client.config({"acks": "all", "compression.type": "zstd", "linger.ms": 0, "message.timeout.ms": int(self.client.timeout * 1000)}),
                logger=self.client.logger)
        delivered: list[tuple[KafkaError | None, Message]] = []
        self._producer.produce(self.topic, value, key, on_delivery=lambda error, message: delivered.append((error, message)))
        self._producer.flush(self.client.timeout + 1)
        if not delivered:
            raise self.client.failure("write to the ledger", Refusal("_TIMED_OUT", f"no answer within {self.client.timeout:.0f} s"), self.topic)
        error, message = delivered[0]
        if error is not None:
            raise self.client.failure("write to the ledger", Refusal(error.name(), error.str()), self.topic)
        return message.offset() or 0

    def _open_until_end(self) -> tuple[Consumer, int]:
        """The consumer, and the offset that the next record of the topic will get."""
        partition = TopicPartition(self.topic, 0, OFFSET_BEGINNING)
        consumer = self._consumer
        if consumer is None:
            consumer = Consumer(
                self.client.config({"group.id": "streamops.kafka", "enable.auto.commit": False, "enable.partition.eof": True,
                                    "auto.offset.reset": "earliest", "fetch.wait.max.ms": 10}),
                logger=self.client.logger)
        end = wait_until("read the ledger", lambda: self._look(consumer, partition), lambda seen: isinstance(seen, int), self.client.timeout, self.topic)
        if self._consumer is None:  # only now: an assignment before the leader is known costs half a second
            consumer.assign([partition])
            self._consumer = consumer
        return consumer, end if isinstance(end, int) else 0

    def _look(self, consumer: Consumer, partition: TopicPartition) -> int | Refusal:
        """Where the log ends, or why its leader does not tell just now."""
        try:
            _start, end = consumer.get_watermark_offsets(partition, timeout=self.client.attempt_timeout, cached=False)
            return int(end)
        except KafkaException as error:
            refusal = Refusal(error.args[0].name(), error.args[0].str())
            if not refusal.is_transient:
                raise self.client.failure("read the ledger", refusal, self.topic) from None
            self.client.look_again()
            return refusal

    def _next(self, consumer: Consumer) -> Message:
        message = consumer.poll(self.client.timeout)
        if message is None:
            raise self.client.failure("read the ledger", Refusal("_TIMED_OUT", f"no answer within {self.client.timeout:.0f} s"), self.topic)
        return message


class Intervention:
    """Topics whose configuration this run has claimed, saved and changed; each is put back when it is done with."""

    def __init__(self, ledger: Ledger, entry: Entry) -> None:
        self.ledger = ledger
        self.entry = entry
        self._beat = time.monotonic()

    def hold(self, timeout: float, progress: Progress) -> None:
        """Keep others off the claimed topics. The claim, which says where, is written already."""
        self.ledger.holds.take(self.entry.run, str(self.entry.owner), self.entry.topics, timeout, progress)

    def begin(self, during: Mapping[str, Overrides], timeout: float) -> None:
        """Save what is set on the topics, durably, then set what the work needs."""
        current = read_overrides(self.ledger.client, during)
        saved = {topic: Saved({key: current[topic].get(key) for key in keys}, keys) for topic, keys in during.items()}
        self.entry = self.ledger.write(replace(self.entry, saved=saved))
        self._beat = time.monotonic()
        set_overrides(self.ledger.client, during, timeout)

    def beat(self) -> None:
        """Show now and then that this run is alive, and set again what somebody else may have put back meanwhile."""
        if time.monotonic() - self._beat < HEARTBEAT_SECONDS:
            return
        self._beat = time.monotonic()
        self.entry = self.ledger.write(self.entry)
        set_overrides(self.ledger.client, {topic: saved.during for topic, saved in self.entry.saved.items()}, self.ledger.client.timeout)

    def end(self, topics: Collection[str]) -> None:
        """Put these topics back and let go of them."""
        self.ledger.put_back(self.entry, topics)
        self.entry = self.entry.without(topics)
        if self.entry.topics:
            self.entry = self.ledger.write(self.entry)
        else:
            self.ledger.remove(self.entry)


def set_overrides(client: KafkaClient, wanted: Mapping[str, Overrides], timeout: float) -> None:
    """Set or delete overrides and wait until the brokers show them; what already is so is not sent.

    :raises OperationError: for what is refused.
    """
    if not wanted:
        return

    def pending() -> dict[str, Overrides]:
        current = read_overrides(client, wanted)
        left = {topic: {key: value for key, value in keys.items() if current.get(topic, {}).get(key) != value} for topic, keys in wanted.items()}
        return {topic: keys for topic, keys in left.items() if keys}

    refused = alter_overrides(client, pending())
    if refused:
        raise client.failure_of_many("set the configuration of the topics", refused)
    wait_until("see the configuration of the topics", pending, lambda left: not left, timeout,
               describe=lambda left: "; ".join(f"{topic}: {', '.join(keys)} not yet set" for topic, keys in list(left.items())[:5]))


def _busy(runs: list[Entry]) -> str:
    return "; ".join(f"{entry.owner} works on {', '.join(entry.topics[:5])}{_held(entry)}" for entry in runs)


def _held(entry: Entry) -> str:
    place = ", ".join(f"{key}: {value}" for key, value in sorted((entry.held or {}).items()))
    return f" (and has paused the operator of a Strimzi cluster, strimzi: {{{place}}})" if place else ""
