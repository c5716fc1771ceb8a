# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 topics x 3 partitions in one kafka_topic call and 1,000 ACLs in one kafka_acl call, beside the same requests by bare confluent-kafka.

Each side is a process of its own, timed from its start to its end, and waits until the cluster shows the change. The sides
take turns, who begins changes from round to round, and the broker comes to rest before each.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from measuring import rounds, scaled
from run_module import run_module

COUNT = scaled(1000, at_least=10)
ROUNDS = rounds(3)
JOBS = ["topics create", "topics again", "topics delete", "acls create", "acls again", "acls delete"]
Seconds = dict[str, list[float]]


@pytest.fixture
def prefix(admin: AdminClient, unique: str) -> Iterator[str]:
    """A prefix of names and principals; ``unique`` removes the topics, this the ACLs."""
    yield unique
    sides: list[tuple[Any, ...]] = [
        (ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{unique}-{side}", None, AclOperation.ANY, AclPermissionType.ANY)
        for side in ("bare", "module")]
    for future in admin.delete_acls([AclBindingFilter(*side) for side in sides]).values():
        future.result(timeout=60)


def bare(config: Mapping[str, str], job: str, prefix: str) -> None:
    request = {"config": {**config, "client.id": "bench"}, "job": job, "prefix": prefix, "count": COUNT}
    subprocess.run([sys.executable, str(Path(__file__).with_name("bare_confluent.py"))], input=json.dumps(request), text=True, check=True, timeout=180)


def module(kafka: Mapping[str, object], job: str, prefix: str) -> None:
    kind, act = job.split(" ")
    names = [f"{prefix}-{number}" for number in range(COUNT)]
    entries = {
        "topics": [{"name": name, "partitions": 3, "replication_factor": 1} for name in names],
        "acls": [{"principal": f"User:{prefix}", "resource_type": "topic", "name": name, "operations": "read"} for name in names],
    }
    state = "absent" if act == "delete" else "present"
    result: dict[str, Any] = run_module("kafka_topic" if kind == "topics" else "kafka_acl", {**kafka, kind: entries[kind], "state": state}, timeout=180)
    assert result["changed"] == (act != "again"), result.get("msg")
    if kind == "topics":
        assert {row["action"] for row in result["topics"].values()} == {{"create": "created", "again": "unchanged", "delete": "deleted"}[act]}
    else:
        assert (len(result["added"]), len(result["removed"])) == {"create": (COUNT, 0), "again": (0, 0), "delete": (0, COUNT)}[act]


def settle(admin: AdminClient, name: str) -> None:
    """Wait until the broker has applied all that came before: it makes the logs of 6,000 partitions after it has answered."""
    for future in admin.create_topics([NewTopic(name, 1, 1)]).values():
        future.result(timeout=60)
    deadline = time.monotonic() + 120
    while name not in admin.list_topics(timeout=60).topics:
        assert time.monotonic() < deadline, "the broker does not come to rest"
        time.sleep(0.1)
    for future in admin.delete_topics([name]).values():
        future.result(timeout=60)


def timed(work: Callable[[], None]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def test_a_thousand_topics_and_acls(kafka: Mapping[str, object], client_config: Mapping[str, str], admin: AdminClient, prefix: str) -> None:
    seconds: dict[str, Seconds] = {job: {"bare": [], "module": []} for job in JOBS}
    sides: dict[str, Callable[[str], None]] = {
        "bare": lambda job: bare(client_config, job, f"{prefix}-bare"),
        "module": lambda job: module(kafka, job, f"{prefix}-module"),
    }
    for number in range(ROUNDS):
        for job in JOBS:
            for side in sorted(sides, reverse=bool(number % 2)):
                settle(admin, f"{prefix}-settle-{number}-{job.replace(' ', '-')}-{side}")
                seconds[job][side].append(timed(lambda side=side, job=job: sides[side](job)))  # type: ignore[misc]
            if job == "topics create":
                made = admin.list_topics(timeout=20).topics
                assert all(len(made[f"{prefix}-{side}-{n}"].partitions) == 3 for side in sides for n in range(COUNT))
    print()
    for job in JOBS:
        ours, bare_seconds = (statistics.median(seconds[job][side]) for side in ("module", "bare"))
        print(f"{COUNT} {job}: ours {ours:.2f} s, bare {bare_seconds:.2f} s, ratio {ours / bare_seconds:.2f}")
