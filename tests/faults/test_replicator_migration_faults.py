# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can happen while connectors copy, on a real worker: the destination hangs, a partition is added, a topic is deleted, a login is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lab
import pytest
from ansible_collections.streamops.kafka.plugins.filter.replicator_connectors import replicator_connectors, replicator_secrets
from confluent_kafka.admin import NewPartitions
from connect_workers import until
from migrations import Migration, own_migration, partitions
from run_module import run_module
from two_clusters import Record, records_of


@pytest.fixture  # anew for each test: a test that is run again must not find its own topics
def migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migration]:
    with own_migration(tmp_path_factory.mktemp("faults")) as made:
        yield made


def secrets(migration: Migration, **source: str) -> str:
    """A file that connectors take their passwords from; the worker is on this machine."""
    path = Path(migration.directory) / f"secrets-{len(source)}.properties"
    lines = replicator_secrets({**migration.clusters.source.options, **source}, migration.clusters.destination.options)
    path.write_text("".join(f"{key}={value}\n" for key, value in lines.items()), encoding="utf-8")
    path.chmod(0o600)
    return str(path)


def copy(migration: Migration, name: str, topics: list[str], file: str, **options: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The plan and what connect_connector says."""
    plan = [{"name": f"{migration.prefix}-{name}", "topics": topics, "tasks_max": 1, "partitions": 3, "kind": "plain"}]
    configs = replicator_connectors(plan, "mirrormaker2", migration.clusters.source.options, migration.clusters.destination.options, file,
                                    settings={"refresh.topics.interval.seconds": 2})  # fmt: skip
    return plan, run_module("connect_connector", {"url": migration.worker.url, "connectors": configs, "state": "running", **options}, timeout=300)


def progress(migration: Migration, plan: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    options = {"url": migration.worker.url, "source": migration.clusters.source.options, "connectors": plan, "wait": True, "wait_timeout": 180, **more}
    return run_module("kafka_replication_progress", options, timeout=300)


def test_a_destination_that_hangs_a_partition_that_is_added_a_topic_that_is_deleted(migration: Migration) -> None:
    source, destination = migration.clusters.source, migration.clusters.destination
    grows, goes = f"{migration.prefix}.grows", f"{migration.prefix}.goes"
    for topic in (grows, goes):
        for side in (source, destination):
            side.create(topic, 2)
        source.write(topic, records_of(200, partitions=2))
    plan, made = copy(migration, "m-01", [grows, goes], secrets(migration))
    assert made["rc"] == 0, made["msg"]
    assert progress(migration, plan)["is_copied"]

    lab.kill_server("kafka_destination-1", "STOP")
    try:
        source.write(grows, [Record(number % 2, "while it hangs", str(number)) for number in range(100)])
        late = progress(migration, plan, wait_timeout=10, timeout=10)
        assert late["rc"] == 1 and "Failed to" in late["msg"], "the worker cannot tell where it is, as that is on the destination"
    finally:
        lab.kill_server("kafka_destination-1", "CONT")
    assert progress(migration, plan, quiet=2)["records_behind"] == 0

    source.admin.create_partitions([NewPartitions(grows, 3)])[grows].result(timeout=60)
    until(lambda: len(partitions(source, grows)) == 3)
    source.write(grows, [Record(2, "new partition", str(number)) for number in range(50)])
    source.admin.delete_topics([goes])[goes].result(timeout=60)
    done = progress(migration, plan, quiet=2)
    assert done["rc"] == 0 and done["topics_gone"] == [goes], done
    until(lambda: len(partitions(destination, grows)) == 3)
    verified = run_module("kafka_replication_verify", {**migration.clusters.options, "topics": [grows, goes], "fail_on_difference": False})["topics"]
    assert (verified[grows]["source_count"], verified[grows]["missing"], verified[grows]["extra"]) == (350, 0, 0)
    assert verified[goes]["state"] == "not_checked" and "no such topic" in verified[goes]["reason"]


def test_a_wrong_login_is_named_with_the_side_that_refused_it(migration: Migration) -> None:
    topic = f"{migration.prefix}.refused"
    for side in (migration.clusters.source, migration.clusters.destination):
        side.create(topic, 1)
    migration.clusters.source.write(topic, [Record(0, "k", "v")])
    plan, _made = copy(migration, "m-02", [topic], secrets(migration, sasl_password="wrong-Pass9word"), wait_timeout=2)
    stuck = progress(migration, plan, wait_timeout=5)
    assert stuck["rc"] == 1 and (stuck["records_behind"] == 1 or "failed" in stuck["msg"]), "nothing is said to be copied"
    wrong = {**migration.clusters.source.options, "sasl_password": "wrong-Pass9word", "request_timeout": 10}
    refused = progress(migration, plan, source=wrong)
    assert refused["rc"] == 1 and "login refused" in refused["msg"] and "wrong-Pass9word" not in refused["output"]


def test_connectors_that_are_not_there_are_said_at_once(migration: Migration) -> None:
    topic = f"{migration.prefix}.nobody"
    migration.clusters.source.create(topic, 1)
    absent = progress(migration, [{"name": f"{migration.prefix}-absent", "topics": [topic]}])
    assert absent["rc"] == 0 and absent["connectors"][0]["state"] == "absent", "nothing is to be copied"
    migration.clusters.source.write(topic, [Record(0, "k", "v")])
    assert "there is no such connector" in str(progress(migration, [{"name": f"{migration.prefix}-absent", "topics": [topic]}])["msg"])
    assert run_module("kafka_replication_progress", {"url": migration.worker.url, "source": migration.clusters.source.options})["rc"] == 1
