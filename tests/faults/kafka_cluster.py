# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topics, records, commits, consumers and users of one test, made past our code."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

PARTITIONS, RECORDS = 3, 10  # of each topic; records are per partition


class Cluster:
    """The names of everything that it makes begin with ``prefix``."""

    def __init__(self, admin: AdminClient, config: dict[str, str], prefix: str) -> None:
        self.admin, self.config, self.prefix = admin, config, prefix

    def topic(self, name: str = "orders", partitions: int = PARTITIONS, records: int = RECORDS) -> str:
        topic = f"{self.prefix}-{name}"
        self.admin.create_topics([NewTopic(topic, partitions, config={"retention.ms": "-1"})])[topic].result(timeout=30)
        self.write(topic, partitions, records)
        return topic

    def write(self, topic: str, partitions: int = PARTITIONS, records: int = RECORDS, timestamp: int | None = None) -> None:
        producer = Producer({**self.config, "linger.ms": 0})
        for number in range(partitions):
            for record in range(records):
                producer.produce(topic, str(record), partition=number, **({} if timestamp is None else {"timestamp": timestamp}))
        assert producer.flush(30) == 0

    def commit(self, name: str, topic: str, *offsets: int) -> str:
        group = f"{self.prefix}-{name}"
        wanted = [TopicPartition(topic, number, offset) for number, offset in enumerate(offsets)]
        answer = self.admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, wanted)])[group].result(timeout=30)
        assert all(partition.error is None for partition in answer.topic_partitions)
        return group

    def committed(self, group: str) -> dict[str, int]:
        answer = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(timeout=30)
        return {f"{p.topic}-{p.partition}": p.offset for p in answer.topic_partitions}

    @contextmanager
    def consumer(self, group: str, *topics: str, protocol: str = "classic", client_id: str = "app-1", commits: bool = True) -> Iterator[Consumer]:
        consumer = Consumer({**self.config, "group.id": group, "group.protocol": protocol, "client.id": client_id,
                             "auto.offset.reset": "earliest", "enable.auto.commit": commits, "auto.commit.interval.ms": 200})
        consumer.subscribe(list(topics))
        deadline = time.monotonic() + 30
        while not consumer.assignment():
            assert time.monotonic() < deadline, "the test's consumer was not assigned anything"
            message = consumer.poll(0.2)
            if message is not None and not message.error():
                consumer.seek(TopicPartition(message.topic(), message.partition(), message.offset()))
        try:
            yield consumer
        finally:
            consumer.close()


@contextmanager
def user_without_rights(kafka: dict[str, object], admin: AdminClient, name: str) -> Iterator[dict[str, object]]:
    """Connection options of a new user; the user and its ACLs are removed afterwards."""
    password = secrets.token_hex(12)
    config = {"bootstrap.servers": str(kafka["bootstrap_servers"]), "security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-512"}
    upsertion = UserScramCredentialUpsertion(name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
    admin.alter_user_scram_credentials([upsertion])[name].result(timeout=30)
    try:
        wait_for_login({**config, "sasl.username": name, "sasl.password": password})
        yield {**kafka, "sasl_username": name, "sasl_password": password}
    finally:
        acls = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{name}", None, AclOperation.ANY, AclPermissionType.ANY)
        admin.delete_acls([acls])[acls].result(timeout=30)
        admin.alter_user_scram_credentials([UserScramCredentialDeletion(name, ScramMechanism.SCRAM_SHA_512)])[name].result(timeout=30)


def wait_for_login(config: dict[str, str]) -> None:
    """Brokers learn of a new user some moments after the controller has answered."""
    deadline = time.monotonic() + 30
    while True:
        client = AdminClient({**config, "log_level": 0})
        try:
            client.describe_cluster(request_timeout=2).result(timeout=5)
            return
        except KafkaException:
            assert time.monotonic() < deadline, "the test's new user cannot log in"


def allow(admin: AdminClient, user: str, kind: ResourceType, name: str, *operations: AclOperation) -> None:
    """Give a user these rights on every resource whose name begins with ``name``."""
    pattern = ResourcePatternType.LITERAL if kind is ResourceType.BROKER else ResourcePatternType.PREFIXED
    bindings = [AclBinding(kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW) for operation in operations]
    for future in admin.create_acls(bindings).values():
        future.result(timeout=30)
