# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole migration by its playbook, all phases of it, through MirrorMaker 2 on one worker that is killed on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import NewTopic
from connect_workers import ask, until
from measuring import load, scaled
from migrations import Migration, own_migration, span, surplus
from two_clusters import BEGAN, Side

TOPICS = scaled(300, at_least=6)
PARTITIONS = 10
RECORDS = scaled(5_000_000, at_least=6_000) // TOPICS
VALUE = "x" * 100
HEAP = "4g"  # of the worker: what the plan asks for two tasks of each of four connectors
KINDS = ("plain", "plain", "plain", "compacted", "plain", "transactional")


@pytest.fixture(scope="module")
def migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migration]:
    with own_migration(tmp_path_factory.mktemp("migration")) as made, pytest.MonkeyPatch.context() as patched:
        patched.setenv("LAB_CONNECT_HEAP", HEAP)
        made.kill_worker()
        made.start_worker()
        yield made


def filled(migration: Migration) -> dict[str, str]:
    """The kind of each topic. A sixth is compacted, a sixth was written in transactions."""
    kinds = {f"{migration.prefix}.topic{number:03d}": KINDS[number % len(KINDS)] for number in range(TOPICS)}
    source = migration.clusters.source
    wanted = [NewTopic(name, PARTITIONS, 1, config={"retention.ms": "-1", **({"cleanup.policy": "compact"} if kind == "compacted" else {})})
              for name, kind in kinds.items()]  # fmt: skip
    for future in source.admin.create_topics(wanted, operation_timeout=120).values():
        future.result(timeout=180)
    settings = {"linger.ms": 50, "batch.num.messages": 10_000, **source.config}
    plain, transactional = Producer(settings), Producer({**settings, "transactional.id": migration.prefix})
    transactional.init_transactions(60)
    for name, kind in kinds.items():
        producer = transactional if kind == "transactional" else plain
        if kind == "transactional":
            producer.begin_transaction()
        for number in range(RECORDS):
            while True:
                try:
                    producer.produce(name, f"{number} {VALUE}", str(number % 500), partition=number % PARTITIONS, timestamp=BEGAN + number)
                    break
                except BufferError:
                    producer.poll(0.1)
        if kind == "transactional":
            producer.commit_transaction(120)
    assert plain.flush(300) == 0
    consumer = Consumer({**source.config, "group.id": migration.prefix, "enable.auto.commit": False})
    half = [TopicPartition(next(iter(kinds)), number, RECORDS // PARTITIONS // 2) for number in range(PARTITIONS)]
    consumer.commit(offsets=half, asynchronous=False)
    consumer.close()
    return kinds


def next_records(side: Side, group: str, topic: str) -> list[bytes]:
    """With which record the group goes on in each partition."""
    consumer = Consumer({**side.config, "group.id": group, "enable.auto.commit": False})
    found = []
    for place in consumer.committed([TopicPartition(topic, number) for number in range(PARTITIONS)], timeout=60):
        consumer.assign([place])
        message = consumer.poll(60)
        assert message is not None and message.error() is None, place
        found.append(message.value())
    consumer.close()
    return found


def test_a_migration_with_a_killed_worker(migration: Migration) -> None:
    kinds = filled(migration)
    transactional = [name for name, kind in kinds.items() if kind == "transactional"]
    variables = {"connectors": 4, "max_tasks": 2, "timeout": 7200, "list_limit": 0, "verify_workers": 2, "transactional": transactional}
    begun = time.monotonic()
    assert (prepared := migration.run("assess", "plan", "prepare", **variables)).code == 0, prepared.output
    ready = time.monotonic()
    running = migration.start("replicate", **variables)
    some = next(iter(kinds))
    until(lambda: running.poll() is not None or span(migration.clusters.destination, some) > 0, 1800)
    migration.kill_worker()
    migration.start_worker()
    assert running.wait(7200) == 0, (migration.directory / "output").read_text(encoding="utf-8")[-5000:]  # it waits for the worker and goes on
    copied = time.monotonic()
    verified = migration.run("verify", **variables, allow_duplicates=True)
    assert verified.code == 0, verified.output
    proved = time.monotonic()
    state = migration.state("verification")
    for name, kind in kinds.items():
        if kind != "compacted":
            named = {(row["partition"], offset) for row in state["topics"][name]["partitions"] for offset in row["duplicated"]}
            assert named == surplus(migration.clusters.destination, name), name
    whole, records = state["sum"]["totals"], RECORDS * TOPICS
    assert (whole["not_copied"], whole["foreign"], whole["changed"], state["sum"]["unexplained"]) == (0, 0, 0, 0), "duplicates, and nothing else"
    application = {"name": "billing", "groups": [migration.prefix], "consumes": [some], "destination": migration.clusters.destination.options}
    checked = time.monotonic()
    moved = migration.run("cutover", "cleanup", **variables, quiet=1, applications=[application], cleanup_confirm=migration.prefix)
    assert moved.code == 0, moved.output
    cleaned = time.monotonic()
    assert next_records(migration.clusters.destination, migration.prefix, some) == next_records(migration.clusters.source, migration.prefix, some)
    assert not [name for name in ask(migration.worker, "GET", "connectors")[1] if name.startswith(migration.prefix)]
    print()
    print(f"migration of {TOPICS} topics, {TOPICS * PARTITIONS} partitions, {records} records: assess, plan and prepare {ready - begun:.0f} s, "
          f"replicate {copied - ready:.0f} s ({records / (copied - ready):.0f} records/s, worker killed once), "
          f"verify {proved - copied:.0f} s, {whole['duplicates']} duplicates, all of them named, "
          f"cutover and cleanup {cleaned - checked:.0f} s ({load()})")  # fmt: skip
