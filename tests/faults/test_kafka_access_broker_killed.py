# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user with all rights cannot produce or consume while brokers are down: on the cluster of three that only such tests use."""

from __future__ import annotations

from typing import Any

import lab
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from run_module import run_module
from test_broker_killed import config, options, three, topic, whole  # noqa: F401 - fixtures
from test_kafka_topic_retention_purge import create, records, wait_for


def states(result: dict[str, Any]) -> dict[str, str]:
    return {trial["operation"]: trial["state"] for trial in result["trials"]}


def is_refused(config: dict[str, Any], topic: str) -> bool:
    """What a real producer meets."""
    refused: list[str] = []
    producer = Producer({**config, "acks": "all", "delivery.timeout.ms": 5000, "retries": 1})
    producer.produce(topic, b"real", partition=0, on_delivery=lambda error, _message: refused.append(str(error)) if error else None)
    producer.flush(15)
    return bool(refused)


@pytest.mark.usefixtures("whole")
def test_too_few_replicas_in_sync(options: dict[str, Any], config: dict[str, Any], topic: str) -> None:  # noqa: F811
    admin = AdminClient(dict(config))
    create(admin, {topic: {"min.insync.replicas": "3"}}, partitions=3, replicas=3)
    good = run_module("kafka_access_check", {**options, "topics": [topic], "groups": ["any"]})
    assert good["rc"] == 0 and good["state"] == "verified", good["output"]
    assert records(admin, topic) == 0
    lab.kill_server("kafka_three-2")
    wait_for(lambda: all(len(part.isrs) == 2 for part in admin.list_topics(topic, timeout=10).topics[topic].partitions.values()), timeout=60)
    result = run_module("kafka_access_check", {**options, "topics": [topic]})
    assert result["rc"] == 1 and states(result) == {"exists": "verified", "read": "verified", "write": "failed"}
    assert result["missing"] == [] and f"topic {topic}: partition 0, 1, 2 cannot be produced to: " in str(result["msg"])
    assert "NOT_ENOUGH_REPLICAS" in str(result["msg"]) and "kafka_acl" not in str(result["msg"])
    assert is_refused(config, topic) and records(admin, topic) == 0


@pytest.mark.usefixtures("whole")
def test_a_partition_without_a_leader_is_named(options: dict[str, Any], config: dict[str, Any], topic: str) -> None:  # noqa: F811
    admin = AdminClient(dict(config))
    create(admin, {topic: {}}, partitions=3, replicas=1)
    leader = admin.list_topics(topic, timeout=20).topics[topic].partitions[0].leader
    lab.kill_server(f"kafka_three-{leader}")
    wait_for(lambda: admin.list_topics(topic, timeout=10).topics[topic].partitions[0].leader == -1, timeout=60)
    result = run_module("kafka_access_check", {**options, "topics": [topic], "request_timeout": 8})
    assert result["rc"] == 1 and states(result) == {"exists": "verified", "read": "failed", "write": "failed"}
    assert f"topic {topic}: partition 0 cannot be produced to: " in str(result["msg"]) and "partition 0 cannot be fetched from" in str(result["msg"])
    assert result["missing"] == []
