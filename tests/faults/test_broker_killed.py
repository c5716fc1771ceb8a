# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brokers that die in the middle of a purge: on the cluster of three that only these tests use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lab
import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from run_module import run_module, start_module
from test_kafka_topic_retention_purge import COMPACT, PURGE, create, fill, in_the_future, records, wait_for
from test_kafka_topic_retention_purge import overrides as overrides_now


@pytest.fixture(scope="module")
def three() -> dict[str, str]:
    return lab.start("kafka_three")


@pytest.fixture
def whole(three: dict[str, str]) -> Iterator[None]:
    """All three brokers run at the end again."""
    yield
    lab.start("kafka_three")


@pytest.fixture
def options(three: dict[str, str]) -> dict[str, object]:
    return {
        "bootstrap_servers": addresses(three), "security_protocol": "sasl_plaintext",
        "sasl_username": three["LAB_KAFKA_THREE_USER"], "sasl_password": three["LAB_KAFKA_THREE_PASSWORD"],
    }


@pytest.fixture
def config(three: dict[str, str]) -> dict[str, Any]:
    return {
        "bootstrap.servers": addresses(three), "security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": three["LAB_KAFKA_THREE_USER"], "sasl.password": three["LAB_KAFKA_THREE_PASSWORD"],
    }


@pytest.fixture
def topic(config: dict[str, Any]) -> Iterator[str]:
    name = "purged-while-brokers-die"
    yield name
    admin = AdminClient(dict(config))
    if name in admin.list_topics(timeout=20).topics:
        admin.delete_topics([name], operation_timeout=20)[name].exception(timeout=30)


def overrides(admin: AdminClient, topic: str) -> dict[str, str | None]:
    """What is set on the topic; asked again while this test's own client waits for a dead broker."""
    seen: list[dict[str, str | None]] = []

    def answered() -> bool:
        try:
            admin.list_topics(timeout=10)
            seen.append(overrides_now(admin, topic))
        except (KafkaException, TimeoutError):
            return False
        return True

    wait_for(answered, timeout=60)
    return seen[0]


def addresses(three: dict[str, str]) -> str:
    """All three brokers, so that a client starts whichever of them is down."""
    return ",".join(sorted(value for name, value in three.items() if name.startswith("LAB_KAFKA_THREE_SCRAM")))


def test_a_broker_killed_before_the_purge_delays_it_only(options: dict, config: dict, topic: str, whole: None) -> None:
    admin = AdminClient(dict(config))
    create(admin, {topic: COMPACT}, partitions=6, replicas=3)
    fill(config, topic, records=600)
    lab.kill_server("kafka_three-2")
    done = run_module(PURGE, {**options, "topics": [topic]})
    assert done["rc"] == 0, done["msg"]
    assert done["topics"][topic]["records_removed"] == 600 and done["topics"][topic]["config_restored"] is True
    assert overrides(admin, topic) == COMPACT


def test_a_broker_killed_in_the_middle_delays_it_only(options: dict, config: dict, topic: str, whole: None) -> None:
    admin = AdminClient(dict(config))
    create(admin, {topic: {}}, partitions=6, replicas=3)
    fill(config, topic, records=600)
    running = start_module(PURGE, {**options, "topics": [topic], "strategy": "retention"})
    wait_for(lambda: overrides(admin, topic) == {"retention.ms": "1"})
    lab.kill_server("kafka_three-3")
    done = running.result(120)
    assert done["rc"] == 0, done["msg"]
    assert records(admin, topic) == 0 and overrides(admin, topic) == {}


def test_a_partition_without_a_leader_fails_clearly_and_the_configuration_is_back(options: dict, config: dict, topic: str, whole: None) -> None:
    admin = AdminClient(dict(config))
    create(admin, {topic: {}}, partitions=3, replicas=1)
    fill(config, topic, timestamp=in_the_future())
    running = start_module(PURGE, {**options, "topics": [topic], "strategy": "retention", "timeout": 12, "request_timeout": 30})
    wait_for(lambda: overrides(admin, topic) == {"retention.ms": "1"})
    leader = admin.list_topics(topic, timeout=20).topics[topic].partitions[0].leader
    lab.kill_server(f"kafka_three-{leader}")
    failed = running.result(120)
    assert failed["rc"] != 0 and failed["topics"][topic]["state"] == "failed"
    assert f"{topic}-0" in failed["msg"], failed["msg"]
    assert overrides(admin, topic) == {}
