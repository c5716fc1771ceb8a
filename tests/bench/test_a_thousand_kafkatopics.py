# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 KafkaTopics of one file, from the first request until the operator says Ready of the last: strimzi_topic, and kubectl apply.

The operator is the lab's stand-in, on a broker of its own. Where there is no kubectl, the other side is the official Python client, one resource
after the other; the line that is printed says which it was.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from measuring import load, rounds, scaled
from run_module import run_module
from strimzi_cluster import StrimziCluster, strimzi_cluster

from lab.waiting import wait_until

COUNT = scaled(1000, at_least=20)
ROUNDS = rounds(1)  # each takes minutes
SECONDS = 900


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


def by_module(cluster: StrimziCluster, names: list[str], directory: Path) -> None:
    topics = [{"name": name, "partitions": 1, "config": {"retention.ms": 60000}} for name in names]
    made: Any = run_module("strimzi_topic", {**cluster.place, "topics": topics, "wait_timeout": SECONDS}, timeout=SECONDS)
    assert made["rc"] == 0 and {each["ready"] for each in made["topics"].values()} == {"verified"}, made.get("msg")


def by_kubectl(cluster: StrimziCluster, names: list[str], directory: Path) -> None:
    file = directory / "topics.json"
    file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [manifest(cluster, name) for name in names]}), encoding="utf-8")
    here = ["kubectl", "--kubeconfig", cluster.kubeconfig, "--namespace", cluster.namespace]
    subprocess.run([*here, "apply", "-f", str(file)], check=True, stdout=subprocess.DEVNULL, timeout=SECONDS)
    wait_ready(cluster, len(names))


def by_client(cluster: StrimziCluster, names: list[str], directory: Path) -> None:
    for name in names:
        cluster.topics.create("KafkaTopic", name, manifest(cluster, name)["spec"], cluster=cluster.name)
    wait_ready(cluster, len(names))


def wait_ready(cluster: StrimziCluster, count: int) -> None:
    """By a list now and then: kubectl wait asks for one resource after the other, five a second, and would take minutes by itself."""
    wait_until("all are Ready", lambda: None if ready(cluster) >= count else f"{ready(cluster)} are", SECONDS, pause=0.5)


def manifest(cluster: StrimziCluster, name: str) -> dict[str, Any]:
    meta = {"name": name, "labels": {"strimzi.io/cluster": cluster.name}}
    spec = {"partitions": 1, "config": {"retention.ms": 60000}}
    return {"apiVersion": f"kafka.strimzi.io/{cluster.api_version}", "kind": "KafkaTopic", "metadata": meta, "spec": spec}


def ready(cluster: StrimziCluster) -> int:
    found = [each.get("status", {}).get("conditions", []) for each in cluster.topics.all()]
    return sum(any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions) for conditions in found)


def unlisted(admin: AdminClient, names: list[str]) -> str | None:
    """A broker applies what the controller has decided a moment later."""
    left = set(names) - set(admin.list_topics(timeout=60).topics)
    return f"{len(left)} are not" if left else None


def test_a_thousand_kafkatopics(cluster: StrimziCluster, tmp_path: Path) -> None:
    has_kubectl = shutil.which("kubectl") is not None
    sides: dict[str, Callable[[StrimziCluster, list[str], Path], None]] = {"ours": by_module, "other": by_kubectl if has_kubectl else by_client}
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    admin = cluster.admin()
    for number in range(ROUNDS):
        for side in sorted(sides, reverse=bool(number % 2)):
            names = [f"t-{uuid.uuid4().hex[:8]}-{each}" for each in range(COUNT)]
            started = time.monotonic()
            sides[side](cluster, names, tmp_path)
            seconds[side].append(time.monotonic() - started)
            assert ready(cluster) == COUNT
            wait_until("the broker lists them", lambda names=names: unlisted(admin, names), SECONDS, pause=1)  # type: ignore[misc]
            cluster.topics.delete_all()
            wait_until("all are gone", lambda: str(len(cluster.topics.names())) if cluster.topics.names() else None, SECONDS, pause=1)
    ours, other = statistics.median(seconds["ours"]), statistics.median(seconds["other"])
    name = "kubectl apply" if has_kubectl else "the Python client, one by one"
    print(f"\n{COUNT} KafkaTopics until Ready: ours {ours:.2f} s, {name} {other:.2f} s, ratio {ours / other:.2f} ({load()})")
