# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases replicate and verify of the role replicator_migration, with MirrorMaker 2 on a real worker that is killed, so that duplicates really exist.

Faults are planted among the copies: a record dropped, one changed, one doubled, one moved to another partition.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Producer
from connect_workers import ask, until
from migrations import Migration, own_migration, span, surplus
from playbooks import kill_tree
from run_module import run_module
from two_clusters import BEGAN, Record, records_of

RECORDS = 3000
WRONG = "wrong-Pass9word"
REFUSED = re.compile(r"Failed to connect to the destination on \S+ login refused")


@pytest.fixture  # anew for each test: a test that is run again must not find its own topics
def migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migration]:
    with own_migration(tmp_path_factory.mktemp("migration")) as made:
        yield made


def write_source(migration: Migration) -> tuple[str, str, str, str, str]:
    """A plain topic, a compacted one, one of transactions of which some were aborted, one with a record of 2 MiB, and one for faults."""
    names = plain, compacted, transactional, large, faulty = tuple(
        f"{migration.prefix}.{kind}" for kind in ("plain", "compacted", "transactional", "large", "faulty"))
    config = {compacted: {"cleanup.policy": "compact"}, large: {"max.message.bytes": "4194304"}}
    source = migration.clusters.source
    for name in names:
        source.create(name, 3, config.get(name))
    source.write(plain, records_of(RECORDS))
    source.write(compacted, records_of(300, keys=40))
    source.write(faulty, records_of(300))
    source.write(large, [Record(0, "small", "x"), Record(0, "large", b"y" * 2 * 1024 * 1024, BEGAN, (("name", "value"),)), Record(0, "small", "z")])
    producer = Producer({**source.config, "transactional.id": transactional})
    producer.init_transactions(60)
    for first, is_committed in ((0, True), (100, False), (200, True), (300, False)):
        producer.begin_transaction()
        source.send(producer, transactional, [Record(number % 3, None, str(number)) for number in range(first, first + 100)])
        producer.commit_transaction(60) if is_committed else producer.abort_transaction(60)
    return plain, compacted, transactional, large, faulty


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


def plant_faults(migration: Migration, topic: str, connectors: list[str]) -> None:
    """Behind 100 records of each partition that were really copied. The connectors are stopped before, or they would put the first one right."""
    stopped = run_module("connect_connector", {"url": migration.worker.url, "connectors": [{"name": name} for name in connectors], "state": "stopped"})
    assert stopped["rc"] == 0, stopped["msg"]
    dropped, changed, moved = (Record(number, f"planted {number}", f"planted {number}", BEGAN + 1000) for number in range(3))
    migration.clusters.source.write(topic, [dropped, changed, moved])
    doubled = records_of(300)[1]  # the first record of partition 1
    migration.clusters.destination.write(topic, [replace(changed, value="something else"), replace(moved, partition=0), doubled])


def assert_planted_faults_are_found(migration: Migration, topic: str, found: dict[str, Any]) -> None:
    first, second, third = found["partitions"]
    assert {kind: found[kind] for kind in ("missing", "extra", "changed", "duplicated", "moved")} == {
        "missing": 2, "extra": 1, "changed": 1, "duplicated": 1, "moved": 1}  # fmt: skip
    assert (first["missing"], first["extra"], first["changed"], first["duplicated"]) == ([100], [100], [], []), "dropped; and here is what was moved"
    assert (second["changed"], second["duplicated"]) == ([{"source_offset": 100, "destination_offset": 100}], [101])
    assert (third["missing"], third["moved"]) == ([100], [{"source_offset": 100, "destination_partition": 0, "destination_offset": 100}])
    page = (migration.directory / f"migrations/{migration.prefix}/verification.html").read_text(encoding="utf-8")
    for partition, kind, offsets in ((0, "missing", "100"), (0, "extra", "100"), (1, "changed", "100, at the destination 100"), (1, "duplicated", "101"),
                                     (2, "missing", "100"), (2, "moved", "100, to partition 0 as 100")):  # fmt: skip
        assert f"<td>{topic}-{partition}</td><td>{kind}</td><td>1</td><td>{offsets}</td>" in page, (partition, kind)


def kill_while_verifying(migration: Migration) -> None:
    """The lists of what differs are in a directory as long as the module runs. Repeated should the module have been faster than this loop."""
    state = migration.directory / f"migrations/{migration.prefix}"
    for _attempt in range(5):
        running = migration.start("verify")
        while running.poll() is None and not list(state.glob("streamops-verify-*")):
            time.sleep(0.01)
        kill_tree(running.pid)
        running.wait()
        if list(state.glob("streamops-verify-*")):
            return
    raise AssertionError("it was never killed while it compared")


def test_a_migration_whose_worker_is_killed_names_every_duplicate_and_every_planted_fault(migration: Migration) -> None:
    plain, compacted, transactional, large, faulty = write_source(migration)
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
    assert not any(surplus(destination, topic) for topic in (plain, compacted, transactional, large, faulty))

    kill_while_copying(migration, plain)
    migration.kill_worker()
    source.write(plain, [Record(number % 3, "last", f"last {number}") for number in range(300)])
    migration.kill_when((migration.directory / "reports/replicator_migration/latest/report.json").exists, "replicate")
    migration.start_worker()
    again = migration.run("replicate")
    assert again.code == 0, again.output

    wrong = {**destination.options, "sasl_password": WRONG, "request_timeout": 10}
    for phase in ("replicate", "verify"):
        refused = migration.run(phase, destination=wrong)
        assert refused.code != 0 and REFUSED.search(refused.output) and WRONG not in refused.output, refused.output

    plant_faults(migration, faulty, made["connectors"])
    kill_while_verifying(migration)
    failed = migration.run("verify", verify_workers=2)
    assert failed.code != 0
    verified, named = migration.state("verification"), surplus(destination, plain)
    assert named and f"{plain}: {len(named)} duplicated" in failed.output
    partitions = verified["topics"][plain]["partitions"]
    assert {(row["partition"], offset) for row in partitions for offset in row["duplicated"]} == named
    states = {name: topic["state"] for name, topic in verified["topics"].items()}
    assert states == {plain: "failed", compacted: "verified", transactional: "verified", large: "verified", faulty: "failed"}
    assert_planted_faults_are_found(migration, faulty, verified["topics"][faulty])
    whole = verified["sum"]["totals"]
    assert (whole["not_copied"], whole["foreign"], whole["changed"], whole["duplicates"]) == (2, 1, 1, len(named) + 1), "and nothing else"
    assert verified["sum"]["unexplained"] == 0 and whole["source"] == whole["copied"] + 3
    assert whole["destination"] == span(destination, plain) + span(destination, faulty) + 200 + 3
    report = (migration.directory / f"migrations/{migration.prefix}/verification.md").read_text(encoding="utf-8")
    partition, offset = sorted(named)[0]
    assert verified["sum"]["text"].split("; ")[1] in report and f"{plain}-{partition}: " in report and str(offset) in report
    assert not list((migration.directory / f"migrations/{migration.prefix}").glob("streamops-verify-*"))

    secrets = {side.options["sasl_password"] for side in (source, destination)}
    files = [path.read_text(encoding="utf-8", errors="replace") for path in (migration.directory / "migrations").rglob("*")
             if path.is_file() and path.parent.name != "secrets"]
    assert not any(secret in text for secret in secrets for text in [*files, first.output, failed.output])
