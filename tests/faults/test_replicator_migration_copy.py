# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases replicate and verify of the role replicator_migration, with MirrorMaker 2 on a real worker that is killed, so that duplicates really exist."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from conftest import exports
from connect_workers import Login, ask, until
from migrations import SERVERS, Migration, span, surplus
from playbooks import kill_tree
from two_clusters import BEGAN, Clusters, Record, records_of

RECORDS = 3000


@pytest.fixture(scope="module")
def migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migration]:
    env = exports(SERVERS)
    made = Migration(Clusters.of(env, "KAFKA_THREE"), Login(env["LAB_CONNECT_DESTINATION_URL"]), tmp_path_factory.mktemp("migration"))
    yield made
    made.remove()


def write_source(migration: Migration) -> tuple[str, str, str, str]:
    """A plain topic, a compacted one, one of transactions of which some were aborted, and one with a record of 2 MiB."""
    names = plain, compacted, transactional, large = tuple(f"{migration.prefix}.{kind}" for kind in ("plain", "compacted", "transactional", "large"))
    config = {compacted: {"cleanup.policy": "compact"}, large: {"max.message.bytes": "4194304"}}
    source = migration.clusters.source
    for name in names:
        source.create(name, 3, config.get(name))
    source.write(plain, records_of(RECORDS))
    source.write(compacted, records_of(300, keys=40))
    source.write(large, [Record(0, "small", "x"), Record(0, "large", b"y" * 2 * 1024 * 1024, BEGAN, (("name", "value"),)), Record(0, "small", "z")])
    producer = Producer({**source.config, "transactional.id": transactional})
    producer.init_transactions(60)
    for first, is_committed in ((0, True), (100, False), (200, True), (300, False)):
        producer.begin_transaction()
        source.send(producer, transactional, [Record(number % 3, None, str(number)) for number in range(first, first + 100)])
        producer.commit_transaction(60) if is_committed else producer.abort_transaction(60)
    return plain, compacted, transactional, large


def kill_while_copying(migration: Migration, topic: str) -> None:
    """Copies arrive, and the worker dies before it has committed where it is. Repeated should it have been just fast enough to commit."""
    for attempt in range(5):
        before = span(migration.clusters.destination, topic)
        migration.clusters.source.write(topic, [Record(number % 3, f"key {attempt}", f"more {attempt}-{number}") for number in range(300)])
        migration.wait_for_copies(topic, before)
        migration.kill_worker()
        migration.start_worker()
        until(lambda: span(migration.clusters.destination, topic) >= RECORDS + 300 * (attempt + 1), 120)  # noqa: B023
        if surplus(migration.clusters.destination, topic):
            return
    raise AssertionError("no duplicate came about")


def test_a_migration_whose_worker_is_killed_names_every_duplicate_and_nothing_else(migration: Migration) -> None:
    plain, compacted, transactional, large = write_source(migration)
    prepared = migration.run("assess", "plan", "prepare", transactional=[transactional])
    assert prepared.code == 0, prepared.output
    foreseen = migration.run("replicate", arguments=["--check"])
    assert foreseen.code == 0 and "created" in foreseen.output, foreseen.output
    assert not [name for name in ask(migration.worker, "GET", "connectors")[1] if name.startswith(migration.prefix)], "check mode makes nothing"

    first = migration.run("replicate")
    assert first.code == 0, first.output
    assert "Do not kill workers" in first.output
    made = migration.state("replicate")
    assert made["state"] == "copied" and len(made["connectors"]) == 3 and {row["records_behind"] for row in made["progress"]} == {0}
    assert all(f"{migration.prefix}-m-0{number}" in migration.results() for number in (1, 2, 3))
    source, destination = migration.clusters.source, migration.clusters.destination
    assert span(destination, transactional) == 200, "records of aborted transactions do not arrive"
    assert not any(surplus(destination, topic) for topic in (plain, compacted, transactional, large))

    kill_while_copying(migration, plain)
    migration.kill_worker()
    source.write(plain, [Record(number % 3, "last", f"last {number}") for number in range(300)])
    command, env = migration.command("replicate")
    running = subprocess.Popen(command, cwd=migration.directory, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    until((migration.directory / "reports/replicator_migration/latest/report.json").exists, 120)
    kill_tree(running.pid)
    running.wait()
    migration.start_worker()
    again = migration.run("replicate")
    assert again.code == 0, again.output

    failed = migration.run("verify", verify_workers=2)
    assert failed.code != 0
    verified, named = migration.state("verification"), surplus(destination, plain)
    assert named and f"{plain}: {len(named)} duplicated" in failed.output
    partitions = verified["topics"][plain]["partitions"]
    assert {(row["partition"], offset) for row in partitions for offset in row["duplicated"]} == named
    states = {name: topic["state"] for name, topic in verified["topics"].items()}
    assert states == {plain: "failed", compacted: "verified", transactional: "verified", large: "verified"}
    whole = verified["sum"]["totals"]
    assert whole["not_copied"] == whole["foreign"] == verified["sum"]["unexplained"] == 0 and whole["duplicates"] == len(named)
    assert whole["destination"] == span(destination, plain) + 200 + 3 and whole["source"] == whole["copied"]
    report = (migration.directory / f"migrations/{migration.prefix}/verification.md").read_text(encoding="utf-8")
    partition, offset = sorted(named)[0]
    assert verified["sum"]["text"].split("; ")[1] in report and f"{plain}-{partition}: " in report and str(offset) in report
    assert not list((migration.directory / f"migrations/{migration.prefix}").glob("streamops-verify-*"))

    secrets = {side.options["sasl_password"] for side in (source, destination)}
    files = [path.read_text(encoding="utf-8", errors="replace") for path in (migration.directory / "migrations").rglob("*")
             if path.is_file() and path.parent.name != "secrets"]
    assert not any(secret in text for secret in secrets for text in [*files, first.output, failed.output])
