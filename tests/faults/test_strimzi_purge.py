# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A purge on a Strimzi cluster: the operator is kept off for as long as configuration is changed, and has it again whatever happens to the purge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from run_module import run_module, start_module
from strimzi_cluster import StrimziCluster, strimzi_cluster
from strimzi_topics import COMPACT, PAUSED, RECORD, annotations, fill, filled_topic, overrides, records_in, resource_of

import lab
from lab.waiting import wait_until

PURGE = "kafka_topic_retention_purge"
SECONDS = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def admin(cluster: StrimziCluster) -> AdminClient:
    return cluster.admin()


@pytest.fixture
def topic(cluster: StrimziCluster) -> str:
    """A compact-only topic with records, whose resource has another name."""
    return filled_topic(cluster, COMPACT)


def purge(cluster: StrimziCluster, **options: Any) -> Any:
    return run_module(PURGE, {**cluster.connection, "strimzi": cluster.place, **options})


def require_as_before(cluster: StrimziCluster, admin: AdminClient, topic: str, spec: dict[str, Any], config: dict[str, str]) -> None:
    found = cluster.topics.get(resource_of(topic))
    assert found is not None and found["spec"] == spec and not {PAUSED, RECORD} & set(annotations(cluster, topic))
    assert cluster.condition(cluster.topics, resource_of(topic)) is None
    assert overrides(admin, topic) == config


@pytest.mark.parametrize(("config", "strategy", "is_paused"), [
    ({"retention.ms": "3600000"}, "auto", False),
    (COMPACT, "auto", True),
    ({"retention.ms": "3600000"}, "retention", True),
    ({"cleanup.policy": "compact,delete"}, "retention", True),
])
def test_each_route_leaves_resource_and_topic_as_they_were(
    cluster: StrimziCluster, admin: AdminClient, config: dict[str, str], strategy: str, is_paused: bool
) -> None:
    name = filled_topic(cluster, config)
    before = cluster.topics.get(resource_of(name))
    assert before is not None
    predicted = run_module(PURGE, {**cluster.connection, "strimzi": cluster.place, "topics": [name], "strategy": strategy}, check=True)
    assert predicted["records_removed"] == 50 and cluster.topics.get(resource_of(name)) == before
    done = purge(cluster, topics=[name], strategy=strategy)
    assert done["rc"] == 0, done["msg"]
    assert records_in(admin, name) == 0 and done["topics"][name]["resumed"] is (True if is_paused else None)
    require_as_before(cluster, admin, name, before["spec"], config)
    if not is_paused:
        assert cluster.topics.get(resource_of(name)) == before, "DeleteRecords needs no change of the resource"
    assert purge(cluster, topics=[name], strategy=strategy)["changed"] is False


def test_killed_before_each_change_the_next_run_repairs(cluster: StrimziCluster, admin: AdminClient, topic: str) -> None:
    """SIGKILL before change 0, 1, 2, ... in Kafka or Kubernetes until the module gets through."""
    command = [sys.executable, str(Path(__file__).with_name("killed_at.py")), PURGE]
    environment = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    spec = cluster.topics.get(resource_of(topic))["spec"]  # type: ignore[index]
    args = {**cluster.connection, "strimzi": cluster.place, "topics": [topic]}
    left_paused = left_changed = 0
    for number in range(30):
        fill(cluster, topic, records=20)
        text = json.dumps({"ANSIBLE_MODULE_ARGS": args})
        killed = subprocess.run(
            [*command, str(number), "changes"], input=text, capture_output=True, text=True, env=environment, timeout=90, check=False)
        if killed.returncode == 0:
            break
        assert killed.returncode == -9, killed.stdout + killed.stderr
        paused, changed = PAUSED in annotations(cluster, topic), overrides(admin, topic) != COMPACT
        left_paused, left_changed = left_paused + paused, left_changed + changed
        repaired = purge(cluster, topics=[topic]) if number % 2 else purge(cluster, state="recovered")
        assert repaired["rc"] == 0, (number, repaired["msg"])
        require_as_before(cluster, admin, topic, spec, COMPACT)
        assert bool(repaired["recovered"]) or not (paused or changed)
        assert (resource_of(topic) in str(repaired["recovered"])) is paused, "what was paused is told"
    else:
        pytest.fail("the module never got through")
    assert left_paused >= 4 and left_changed >= 2, "the kills must have hit the time in which something was changed"
    assert records_in(admin, topic) == 0
    require_as_before(cluster, admin, topic, spec, COMPACT)
    assert purge(cluster, state="recovered")["changed"] is False


def test_what_somebody_else_has_paused_is_neither_used_nor_resumed(cluster: StrimziCluster, admin: AdminClient, topic: str) -> None:
    cluster.topics.annotate(resource_of(topic), {PAUSED: "true"}, manager="anna")
    cluster.wait_ready(cluster.topics, resource_of(topic))
    refused = purge(cluster, topics=[topic])
    assert refused["rc"] == 1 and "nothing was changed" in refused["msg"] and records_in(admin, topic) == 50 and overrides(admin, topic) == COMPACT
    assert f"somebody has paused the reconciliation of KafkaTopic {resource_of(topic)} (set by anna," in refused["msg"]
    assert purge(cluster, state="recovered")["recovered"] == [] and annotations(cluster, topic) == {PAUSED: "true"}
    plain = filled_topic(cluster, {})
    cluster.topics.annotate(resource_of(plain), {PAUSED: "true"}, manager="anna")
    assert purge(cluster, topics=[plain])["topics"][plain]["state"] == "purged", "DeleteRecords undoes nothing that anybody waits for"
    assert annotations(cluster, plain) == {PAUSED: "true"}


def test_a_pause_that_somebody_took_over_meanwhile_stays(cluster: StrimziCluster, admin: AdminClient, topic: str) -> None:
    fill(cluster, topic, records=5, timestamp=int(time.time() * 1000) + 3_000_000)  # retention cannot remove these
    running = start_module(PURGE, {**cluster.connection, "strimzi": cluster.place, "topics": [topic], "strategy": "retention"})
    wait_until("the purge is at work", lambda: None if overrides(admin, topic).get("retention.ms") == "1" else "not yet", SECONDS)
    running.kill()
    cluster.topics.annotate(resource_of(topic), {PAUSED: "TRUE"}, manager="anna")
    assert purge(cluster, state="recovered")["rc"] == 0
    assert annotations(cluster, topic) == {PAUSED: "TRUE"} and overrides(admin, topic) == COMPACT


def test_a_run_that_was_not_told_of_strimzi_puts_back_and_says_what_is_left(cluster: StrimziCluster, admin: AdminClient, topic: str) -> None:
    fill(cluster, topic, records=5, timestamp=int(time.time() * 1000) + 3_000_000)
    running = start_module(PURGE, {**cluster.connection, "strimzi": cluster.place, "topics": [topic], "strategy": "retention"})
    wait_until("the purge is at work", lambda: None if overrides(admin, topic).get("retention.ms") == "1" else "not yet", SECONDS)
    running.kill()
    untold = run_module(PURGE, {**cluster.connection, "state": "recovered"})
    assert untold["rc"] == 1 and f"strimzi: {{cluster: {cluster.name}, namespace: {cluster.namespace}}}" in untold["msg"]
    assert overrides(admin, topic) == COMPACT and PAUSED in annotations(cluster, topic)
    assert purge(cluster, state="recovered")["recovered"][0]["resumed"] == resource_of(topic)
    assert PAUSED not in annotations(cluster, topic)


def test_a_pause_of_ours_without_an_entry_in_the_ledger_is_resumed(cluster: StrimziCluster, topic: str) -> None:
    record = json.dumps({"run": "gone", "owner": "process 1 on elsewhere", "since": "2026-01-01T00:00:00+00:00"})
    cluster.topics.annotate(resource_of(topic), {PAUSED: "true", RECORD: record}, manager="streamops.kafka")
    done = purge(cluster, state="recovered")
    assert done["recovered"] == [{"topic": topic, "owner": "process 1 on elsewhere", "put_back": {}, "resumed": resource_of(topic)}]
    assert not annotations(cluster, topic)


@pytest.mark.skipif(bool(os.environ.get("STRIMZI_TEST_KUBECONFIG")), reason="a real operator is not stopped")
def test_an_operator_that_does_not_heed_the_pause(cluster: StrimziCluster, admin: AdminClient, topic: str) -> None:
    lab.kill_server("strimzi_operators-topic", "STOP")
    try:
        failed = purge(cluster, topics=[topic], timeout=4)
    finally:
        lab.kill_server("strimzi_operators-topic", "CONT")
    assert failed["rc"] == 1 and "has not heeded strimzi.io/pause-reconciliation" in failed["msg"] and "Ready=True" in failed["msg"]
    assert failed["topics"][topic]["config_restored"] is None, "it was never touched"
    assert records_in(admin, topic) == 50 and overrides(admin, topic) == COMPACT and not annotations(cluster, topic)


def test_two_purges_at_once_both_succeed(cluster: StrimziCluster, admin: AdminClient, topic: str) -> None:
    both = [start_module(PURGE, {**cluster.connection, "strimzi": cluster.place, "topics": [topic]}) for _run in range(2)]
    for running in both:
        done = running.result(90)
        assert done["rc"] == 0, done["msg"]
    assert records_in(admin, topic) == 0 and overrides(admin, topic) == COMPACT and not annotations(cluster, topic)


def test_no_such_cluster_of_strimzi(cluster: StrimziCluster, topic: str) -> None:
    away = run_module(PURGE, {**cluster.connection, "topics": [topic], "strimzi": {**cluster.place, "kubeconfig": "/nowhere"}})
    assert away["rc"] == 1 and "Failed to find out how to reach Kubernetes" in away["msg"]
