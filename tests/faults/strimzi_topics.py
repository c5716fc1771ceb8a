# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topics of a Strimzi cluster with records in them, and how they look from outside."""

from __future__ import annotations

import uuid

from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, OffsetSpec, ResourceType
from strimzi_cluster import StrimziCluster

PAUSED, RECORD = "strimzi.io/pause-reconciliation", "streamops.kafka/paused-by"
COMPACT = {"cleanup.policy": "compact"}
PARTITIONS = 2


def filled_topic(cluster: StrimziCluster, config: dict[str, str], records: int = 50) -> str:
    """A new topic, whose name is none that its resource could have."""
    name = f"T_{uuid.uuid4().hex[:8]}"
    spec = {"topicName": name, "partitions": PARTITIONS, "config": config}
    cluster.topics.create("KafkaTopic", resource_of(name), spec, cluster=cluster.name)
    cluster.wait_ready(cluster.topics, resource_of(name))
    fill(cluster, name, records)
    return name


def resource_of(topic: str) -> str:
    return topic.lower().replace("_", "-")


def fill(cluster: StrimziCluster, topic: str, records: int = 50, timestamp: int = 0) -> None:
    producer = Producer(cluster.client_config())
    for number in range(records):
        producer.produce(topic, f"value {number}", f"key {number}", timestamp=timestamp)
    assert producer.flush(30) == 0


def records_in(admin: AdminClient, topic: str) -> int:
    def total(spec: OffsetSpec) -> int:
        asked = {TopicPartition(topic, number): spec for number in range(PARTITIONS)}
        return sum(future.result(timeout=30).offset for future in admin.list_offsets(asked).values())

    return total(OffsetSpec.latest()) - total(OffsetSpec.earliest())


def overrides(admin: AdminClient, topic: str) -> dict[str, str]:
    entries = next(iter(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values())).result(timeout=20)
    return {key: entry.value for key, entry in entries.items() if entry.source == 1}


def annotations(cluster: StrimziCluster, topic: str) -> dict[str, str]:
    found = cluster.topics.get(resource_of(topic))
    assert found is not None
    return dict(found["metadata"].get("annotations") or {})
