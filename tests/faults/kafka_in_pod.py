# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A broker that only pods can reach, filled and looked at past our code.

A forwarded port alone leads nowhere, as the broker sends clients on to the name of its pod. Here that name is resolved to the forwarded
port, in this process only: that makes a test fast, and is nothing that a user could do.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.port_forward import PortForward
from databases import eventually
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import CoordinatorNotAvailableError, NoError, NotCoordinatorError
from kafka.structs import OffsetAndMetadata

from lab import pods

RECORDS = 5


class Inside:
    """The broker in a pod, as its administrator sees it."""

    def __init__(self, pod: pods.Pod) -> None:
        self.pod = pod
        self._address = f"{pod.name}:9092"
        self.admin: Any = KafkaAdminClient(bootstrap_servers=self._address)

    def create(self, topic: str, partitions: int = 1, records: int = RECORDS, **config: str) -> None:
        """A topic with so many records in each of its partitions."""
        settings = {name.replace("_", "."): value for name, value in config.items()}
        self.admin.create_topics({topic: {"num_partitions": partitions, "replication_factor": 1, "configs": settings}})
        self.admin.wait_for_topics([topic])
        self.fill(topic, partitions, records)

    def fill(self, topic: str, partitions: int = 1, records: int = RECORDS) -> None:
        producer: Any = KafkaProducer(bootstrap_servers=self._address)
        for number in range(partitions):
            for each in range(records):
                producer.send(topic, b"value", key=str(each).encode(), partition=number)
        producer.flush()
        producer.close()

    def commit(self, group: str, topic: str, *offsets: int) -> None:
        """Offsets of a group without members, for the first partitions of a topic."""
        wanted = {TopicPartition(topic, number): OffsetAndMetadata(offset, "", -1) for number, offset in enumerate(offsets)}

        def is_done() -> bool:
            try:
                return all(error is NoError for error in self.admin.alter_group_offsets(group, wanted).values())
            except (CoordinatorNotAvailableError, NotCoordinatorError):  # its topic is made by the first request
                return False

        eventually(f"{group} has committed", is_done, 60)

    def committed(self, group: str) -> dict[str, int]:
        found = self.admin.list_group_offsets(group).get(group, {})
        return {f"{key.topic}-{key.partition}": value.offset for key, value in found.items()}

    def records(self, topic: str) -> int:
        with self.consumer(None) as consumer:
            keys = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
            starts, ends = consumer.beginning_offsets(keys), consumer.end_offsets(keys)
            return sum(ends[key] - starts[key] for key in keys)

    def groups(self) -> set[str]:
        return {str(each["group_id"]) for each in self.admin.list_groups()}

    @contextmanager
    def consumer(self, group: str | None, *topics: str) -> Iterator[Any]:
        consumer: Any = KafkaConsumer(*topics, bootstrap_servers=self._address, group_id=group, enable_auto_commit=False, client_id="busy one")
        try:
            yield consumer
        finally:
            consumer.close()

    def remove(self, prefix: str) -> None:
        """What a test has made."""
        topics = [name for name in _names(self.admin.list_topics()) if name.startswith(prefix)]
        if topics:
            self.admin.delete_topics(topics)
        groups = [name for name in self.groups() if name.startswith(prefix)]
        if groups:
            self.admin.delete_groups(groups)


def _names(topics: Any) -> list[str]:
    return [each if isinstance(each, str) else each["name"] for each in topics]


@contextmanager
def inside(pod: pods.Pod, kubeconfig: str) -> Iterator[Inside]:
    """The broker in this pod, through a forward that answers to its name."""
    cluster = Cluster(kubeconfig)
    real = socket.getaddrinfo
    with PortForward(cluster, cluster.pod(pod.namespace, pod.name), 9092) as forward, pytest.MonkeyPatch.context() as patch:

        def resolved(host: Any, port: Any, *more: Any, **options: Any) -> Any:
            return real("127.0.0.1", forward.port, *more, **options) if host == pod.name else real(host, port, *more, **options)

        patch.setattr(socket, "getaddrinfo", resolved)
        found = Inside(pod)
        try:
            yield found
        finally:
            found.admin.close()
