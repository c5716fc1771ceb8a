# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user with all rights cannot produce or consume while brokers are down: on the cluster of three that only such tests use."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import lab
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from run_module import run_module
from test_broker_killed import addresses
from test_kafka_topic_retention_purge import create, records, wait_for


@pytest.fixture(scope="module")
def three() -> dict[str, str]:
    return lab.start("kafka_three")


@pytest.fixture
def options(three: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The super user's connection; all three brokers run at the end again."""
    yield {
        "bootstrap_servers": addresses(three), "security_protocol": "sasl_plaintext",
        "sasl_username": three["LAB_KAFKA_THREE_USER"], "sasl_password": three["LAB_KAFKA_THREE_PASSWORD"],
    }  # fmt: skip
    lab.start("kafka_three")


@pytest.fixture
def config(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "bootstrap.servers": options["bootstrap_servers"], "security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": options["sasl_username"], "sasl.password": options["sasl_password"],
    }  # fmt: skip


@pytest.fixture
def topic(config: dict[str, Any]) -> Iterator[str]:
    # Its own name each time: these brokers keep their data, and a run that was killed may have left its topic.
    name = f"tried-while-brokers-die-{uuid.uuid4().hex[:8]}"
    yield name
    admin = AdminClient(dict(config))
    if name in admin.list_topics(timeout=20).topics:
        admin.delete_topics([name], operation_timeout=20)[name].exception(timeout=30)


def states(result: dict[str, Any]) -> dict[str, str]:
    return {trial["operation"]: trial["state"] for trial in result["trials"]}


def is_refused(config: dict[str, Any], topic: str) -> bool:
    """What a real producer meets."""
    refused: list[str] = []
    producer = Producer({**config, "acks": "all", "delivery.timeout.ms": 5000, "retries": 1})
    producer.produce(topic, b"real", partition=0, on_delivery=lambda error, _message: refused.append(str(error)) if error else None)
    producer.flush(15)
    return bool(refused)


def leader_of_first(admin: AdminClient, topic: str) -> int | None:
    """Who leads partition 0; None when nobody does, or nobody has heard of it."""
    partition = admin.list_topics(topic, timeout=10).topics[topic].partitions.get(0)
    return partition.leader if partition is not None and partition.leader >= 0 else None


def test_too_few_replicas_in_sync(options: dict[str, Any], config: dict[str, Any], topic: str) -> None:
    admin = AdminClient(dict(config))
    create(admin, {topic: {"min.insync.replicas": "3"}}, partitions=3, replicas=3)
    good = run_module("kafka_access_check", {**options, "topics": [topic], "groups": ["any"]})
    assert good["rc"] == 0 and good["state"] == "verified", good["output"]
    assert records(admin, topic) == 0
    lab.kill_server("kafka_three-2")
    wait_for(lambda: all(len(part.isrs) == 2 for part in admin.list_topics(topic, timeout=10).topics[topic].partitions.values()), timeout=60)
    result = run_module("kafka_access_check", {**options, "topics": [topic]})
    assert result["rc"] == 1 and states(result) == {"exists": "verified", "read": "verified", "write": "failed"}
    assert result["missing"] == [] and f"topic {topic}: partition " in str(result["msg"]) and " cannot be produced to: " in str(result["msg"])
    assert "NOT_ENOUGH_REPLICAS" in str(result["msg"]) and "kafka_acl" not in str(result["msg"])
    assert is_refused(config, topic) and records(admin, topic) == 0


def test_a_partition_without_a_leader_is_named(options: dict[str, Any], config: dict[str, Any], topic: str) -> None:
    admin = AdminClient(dict(config))
    create(admin, {topic: {}}, partitions=3, replicas=1)
    wait_for(lambda: leader_of_first(admin, topic) is not None, timeout=60)  # a broker may not have heard yet of what the controller made
    lab.kill_server(f"kafka_three-{leader_of_first(admin, topic)}")
    wait_for(lambda: leader_of_first(admin, topic) is None, timeout=60)
    result = run_module("kafka_access_check", {**options, "topics": [topic], "request_timeout": 8})
    assert result["rc"] == 1 and states(result) == {"exists": "verified", "read": "failed", "write": "failed"}
    assert f"topic {topic}: partition 0 cannot be produced to: " in str(result["msg"]) and "partition 0 cannot be fetched from" in str(result["msg"])
    assert result["missing"] == []
