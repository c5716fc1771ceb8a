# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phase cutover: applications with logins of their own move to another cluster. Nothing is skipped, what is read again is as reported, and a right
that is missing on a group is found out before anything moves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_INVALID, Consumer, Producer, TopicPartition
from migrations import Migration, own_migration
from run_module import run_module
from two_clusters import Record, Side

COUNT = 900
NOTHING = OFFSET_INVALID


@pytest.fixture  # anew for each test: a test that is run again must not find its own topics
def migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migration]:
    with own_migration(tmp_path_factory.mktemp("cutover")) as made:
        yield made
    user = f"{made.prefix}-app"
    run_module("kafka_acl", {**made.clusters.destination.options, "exclusive_principals": [f"User:{user}"], "acls": []})
    run_module("kafka_user", {**made.clusters.destination.options, "name": user, "state": "absent"})


@dataclass
class Shop:
    """A producer that goes on until its stop command has made a file."""

    side: Side
    topic: str
    stopped: Path
    sent: list[int] = field(default_factory=list)
    thread: threading.Thread | None = None

    def open(self) -> None:
        self.thread = threading.Thread(target=self._sell, daemon=True)
        self.thread.start()

    def _sell(self) -> None:
        producer = Producer({**self.side.config, "linger.ms": 1})
        while not self.stopped.exists():
            number = COUNT + len(self.sent)
            producer.produce(self.topic, str(number), f"key {number % 11}", partition=number % 3)
            self.sent.append(number)
            producer.flush(30)
            self.stopped.parent.joinpath("tick").touch()
            threading.Event().wait(0.05)


def read(side: Side, group: str, topic: str, stop_after: int | None = None) -> list[int]:
    """What a member of the group reads from where the group is, to what is the end now or until it has as many. It commits what it has read.

    Not to an end that librdkafka reports: on a topic that is written to all the time it may never report one.
    """
    consumer = Consumer({**side.config, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest"})
    own = consumer.committed([TopicPartition(topic, number) for number in range(3)], timeout=30)
    places = {each.partition: max(each.offset, 0) for each in own}
    ends = {number: consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=30)[1] for number in places}
    consumer.assign([TopicPartition(topic, number, offset) for number, offset in places.items()])
    values: list[int] = []
    while any(places[number] < ends[number] for number in places) and (stop_after is None or len(values) < stop_after):
        message = consumer.poll(30)
        assert message is not None and message.error() is None, "nothing comes any more"
        values.append(int(message.value()))
        places[int(message.partition())] = int(message.offset()) + 1
    consumer.commit(offsets=[TopicPartition(topic, number, offset) for number, offset in places.items()], asynchronous=False)
    consumer.close()
    return values


def committed(side: Side, group: str, topic: str) -> list[int]:
    """Where the group is in each partition; below 0 where it has committed nothing."""
    consumer = Consumer({**side.config, "group.id": group})
    try:
        return [int(each.offset) for each in consumer.committed([TopicPartition(topic, number) for number in range(3)], timeout=30)]
    finally:
        consumer.close()


def commit_first(side: Side, group: str, topic: str) -> None:
    """The group has been at the first record of partition 0, and nowhere else."""
    consumer = Consumer({**side.config, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 0, 0)], asynchronous=False)
    consumer.close()


def test_applications_go_on_at_the_destination_skip_nothing_and_come_back(migration: Migration) -> None:
    source, destination, prefix = migration.clusters.source, migration.clusters.destination, migration.prefix
    topic, smoke, stopped, user = f"{prefix}.orders", f"{prefix}-smoke", migration.directory / "stopped", f"{prefix}-app"
    source.create(topic, 3)
    destination.create(smoke, 1)
    producer = Producer(source.config)
    for number in range(COUNT):
        producer.produce(topic, str(number), f"key {number % 11}", partition=number % 3)
    producer.flush(60)
    half, idle, end = (f"{prefix}-{name}" for name in ("half", "idle", "end"))
    before = {half: read(source, half, topic, COUNT // 2), idle: read(source, idle, topic, 1)}
    shop = Shop(source, topic, stopped)
    shop.open()
    try:
        copied = migration.run("assess", "plan", "prepare", "replicate", "verify", connectors=1)
        assert copied.code == 0, copied.output

        login = {"bootstrap_servers": destination.options["bootstrap_servers"], "security_protocol": "sasl_plaintext", "sasl_username": user,
                 "sasl_password": "Moved-with-care-1"}  # fmt: skip
        assert run_module("kafka_user", {**destination.options, "name": user, "password": "Moved-with-care-1"})["rc"] == 0
        rights = [{"principal": f"User:{user}", "resource_type": "topic", "name": prefix, "pattern_type": "prefixed",
                   "operations": ["read", "write", "describe"]}]  # fmt: skip
        assert run_module("kafka_acl", {**destination.options, "acls": rights})["rc"] == 0
        variables: dict[str, Any] = {"connectors": 1, "quiet": 3, "applications": [
            {"name": "billing", "kind": "streams", "groups": [half, idle, end], "consumes": [topic], "destination": login, "smoke_topic": smoke},
            {"name": "shop", "produces": [topic], "transactional_ids": [f"{prefix}-shop"], "destination": login, "stop": ["touch", str(stopped)],
             "start": ["touch", str(migration.directory / "started")], "start_at_source": ["touch", str(migration.directory / "came-back")]},
        ]}  # fmt: skip
        before[end] = read(source, end, topic)
        commit_first(destination, idle, topic)
        refused = migration.run("cutover", **variables)
        assert refused.code != 0 and f"lacks READ on group {half}" in refused.output and f"lacks WRITE on transactional_id {prefix}-shop" in refused.output
        assert not stopped.exists() and "Nothing has moved" in refused.output and "Moved-with-care-1" not in refused.output

        rights += [{**rights[0], "resource_type": kind, "operations": operations}
                   for kind, operations in (("group", ["read", "describe"]), ("transactional_id", ["write", "describe"]))]  # fmt: skip
        assert run_module("kafka_acl", {**destination.options, "acls": rights})["rc"] == 0
        migration.kill_when((migration.directory / f"migrations/{prefix}/translated.json").exists, "cutover", **variables)
        assert stopped.exists(), "the producer was stopped by its command"
        moved = migration.run("cutover", **variables)
        assert moved.code == 0, moved.output
    finally:
        stopped.touch()
        if shop.thread is not None:
            shop.thread.join(60)
    every = set(range(COUNT + len(shop.sent)))
    told = migration.state("cutover")
    assert {each["application"]: each["smoke"] for each in told["applications"]} == {"billing": "verified", "shop": "not_checked"}
    for group in (half, idle, end):
        consumed_first, values, again = set(before[group]), read(destination, group, topic), told["groups"][group]["re_reads"]
        assert consumed_first | set(values) == every, f"{group} skips nothing"
        assert len(values) - (len(every) - len(consumed_first)) == again, group
    later = [len(every) + number for number in range(9)]
    destination.write(topic, [Record(number % 3, "later", str(number)) for number in later])
    for group in (half, idle, end):
        assert sorted(read(destination, group, topic)) == later, f"{group} goes on with what is produced after the cutover"
    assert (migration.directory / "started").exists()
    report = (migration.directory / f"migrations/{prefix}/cutover.md").read_text(encoding="utf-8")
    assert "replicator_migration_cutover_state=rolled_back" in report and f"| {half} | {topic}-0 |" in report

    at_source = {group: committed(source, group, topic) for group in (half, idle, end)}
    back = migration.run("cutover", **variables, cutover_state="rolled_back")
    assert back.code == 0, back.output
    assert (migration.directory / "came-back").exists(), "its command has started it at the source"
    assert {group: committed(source, group, topic) for group in at_source} == at_source, "groups at the source are where they were"
    assert committed(destination, idle, topic) == [0, NOTHING, NOTHING], "what it had committed before the cutover, and nothing else"
    assert committed(destination, half, topic) == committed(destination, end, topic) == [NOTHING] * 3
    left = {path.name for path in (migration.directory / f"migrations/{prefix}").glob("*.json")}
    assert not left & {"cutover.json", "translated.json", "groups_before.json", "moved-billing.json", "moved-shop.json"}
    for group in (half, idle, end):
        assert sorted(read(source, group, topic)) == sorted(every - set(before[group])), f"{group} goes on at the source where it stopped"
