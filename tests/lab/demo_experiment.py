# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small experiment of a test's own on the lab: something in every server, and a look at what is left of it.

Also a command, for tests that are no Python: python -m lab.demo_experiment fill|contents|rights|remove PREFIX
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from lab import demo_data

RECORDS, KEYS = 300, 50
EMPTY = {"records": 0, "behind": 0, "mariadb": 0, "postgresql": 0, "redis": 0}
FULL = {"records": 2 * RECORDS, "behind": RECORDS // 2, "mariadb": 2, "postgresql": 2, "redis": KEYS}


@dataclass(frozen=True)
class Experiment:
    """Everything of it begins with ``prefix``; its databases are called ``database``."""

    prefix: str
    env: Mapping[str, str] = field(repr=False)  # passwords are in it

    @property
    def database(self) -> str:
        return self.prefix.replace("-", "_")

    @property
    def topics(self) -> list[str]:
        return [f"{self.prefix}-events", f"{self.prefix}-state"]

    @property
    def group(self) -> str:
        return f"{self.prefix}-app"

    @property
    def principal(self) -> str:
        return f"User:{self.prefix}"

    def admin(self) -> AdminClient:
        return AdminClient(demo_data.kafka_config(self.env))

    def targets(self, **changes: dict[str, Any]) -> list[dict[str, Any]]:
        """What experiment_reset_targets says; ``changes`` of a target by its name."""
        logins = {
            name: {"host": self.env[f"LAB_{name.upper()}_HOST"], "port": int(self.env[f"LAB_{name.upper()}_PORT"]),
                   "username": self.env[f"LAB_{name.upper()}_USER"], "password": self.env[f"LAB_{name.upper()}_PASSWORD"]}
            for name in ("mariadb", "postgresql", "redis")
        }  # fmt: skip
        targets: list[dict[str, Any]] = [
            {
                "name": "kafka", "type": "kafka", "bootstrap_servers": [self.env["LAB_KAFKA_SCRAM"]], "security_protocol": "SASL_PLAINTEXT",
                "sasl_username": self.env["LAB_KAFKA_USER"], "sasl_password": self.env["LAB_KAFKA_PASSWORD"], "topics": self.topics[:1],
                "topic_pattern": f"{self.prefix}-.*", "groups": [self.group], "principal": self.principal, "acl_prefix": self.prefix,
            },
            {"name": "mariadb", "type": "mariadb", **logins["mariadb"], "database": self.database},
            {"name": "postgresql", "type": "postgresql", **logins["postgresql"], "database": self.database},
            {"name": "redis", "type": "redis", **logins["redis"], "pattern": f"{self.prefix}:*"},
        ]  # fmt: skip
        return [{**target, **changes.get(target["name"], {})} for target in targets]

    def fill(self) -> None:
        admin = self.admin()
        policies = ("delete", "compact")
        for future in admin.create_topics([NewTopic(name, 2, config={"cleanup.policy": policy}) for name, policy in zip(self.topics, policies)]).values():
            future.result()
        producer = Producer({**demo_data.kafka_config(self.env), "linger.ms": 5})
        for topic in self.topics:
            for number in range(RECORDS):
                producer.produce(topic, str(number), key=str(number), partition=number % 2)
        assert producer.flush(30) == 0
        read = [TopicPartition(self.topics[0], partition, RECORDS // 4) for partition in (0, 1)]
        for future in admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(self.group, read)]).values():
            future.result()
        with demo_data.mariadb(self.env) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE `{self.database}` CHARACTER SET latin1")
            for table in ("a", "b"):
                cursor.execute(f"CREATE TABLE `{self.database}`.{table} (id INT PRIMARY KEY)")
        with demo_data.postgresql(self.env) as session:
            session.execute(f'CREATE DATABASE "{self.database}" CONNECTION LIMIT 20'.encode())
        with demo_data.postgresql(self.env, self.database) as session:
            session.execute("CREATE TABLE a (id int); CREATE TABLE b (id int)")
        cluster = demo_data.redis_cluster(self.env)
        for number in range(KEYS):
            cluster.set(f"{self.prefix}:{number}", number)
        cluster.close()

    def contents(self) -> dict[str, int]:
        """What is in it, seen past the collection."""
        admin = self.admin()
        places = [TopicPartition(topic, partition) for topic in self.topics for partition in (0, 1)]
        first, last = (demo_data.offsets(admin, places, spec) for spec in demo_data.ENDS)
        committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(self.group)])[self.group].result().topic_partitions
        with demo_data.mariadb(self.env) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s", [self.database])
            mariadb = (cursor.fetchone() or (0,))[0]
        with demo_data.postgresql(self.env, self.database) as session:
            postgresql = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() or (0,)
        return {
            "records": sum(last[place] - first[place] for place in places),
            "behind": sum(last[place] - place.offset for place in committed if place.offset >= 0),
            "mariadb": mariadb,
            "postgresql": int(str(postgresql[0])),
            "redis": self.keys(),
        }

    def keys(self) -> int:
        """How many of its keys Redis holds. Unlike contents() it can be asked while a reset exchanges the databases."""
        cluster = demo_data.redis_cluster(self.env)
        try:
            return sum(1 for _key in cluster.scan_iter(f"{self.prefix}:*", count=1000))
        finally:
            cluster.close()

    def rights(self) -> set[tuple[str, str, str]]:
        """The ACLs of its principal: kind of resource, name, kind of pattern."""
        with self.admin() as admin:
            return {(acl.restype.name, acl.name, acl.resource_pattern_type.name) for acl in admin.describe_acls(self._rights()).result()}

    def _rights(self) -> AclBindingFilter:
        anything: Any = None
        return AclBindingFilter(
            ResourceType.ANY, anything, ResourcePatternType.ANY, self.principal, anything, AclOperation.ANY, AclPermissionType.ANY
        )

    @contextmanager
    def live_consumer(self) -> Iterator[None]:
        """A member of its group, for the length of the block."""
        consumer = Consumer({**demo_data.kafka_config(self.env), "group.id": self.group, "enable.auto.commit": False})
        consumer.subscribe([self.topics[0]])
        try:
            for _attempt in range(100):
                consumer.poll(0.2)
                if consumer.assignment():
                    break
            assert consumer.assignment()
            yield
        finally:
            consumer.close()

    def remove(self) -> None:
        """Everything that is left of it."""
        admin = self.admin()
        with demo_data.mariadb(self.env) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{self.database}`")
        with demo_data.postgresql(self.env) as session:
            session.execute(f'DROP DATABASE IF EXISTS "{self.database}" WITH (FORCE)'.encode())
        cluster = demo_data.redis_cluster(self.env)
        for key in list(cluster.scan_iter(f"{self.prefix}:*", count=1000)):
            cluster.delete(key)
        cluster.close()
        for removed in admin.delete_acls([self._rights()]).values():
            removed.result(timeout=20)
        known = admin.list_topics(timeout=20).topics
        topics = [topic for topic in self.topics if topic in known]
        for future in [*(admin.delete_topics(topics).values() if topics else ()), *admin.delete_consumer_groups([self.group]).values()]:
            future.exception(timeout=20)  # what is gone already is fine


def act(experiment: Experiment, command: str) -> None:
    """One of the commands; what is looked at is printed as JSON."""
    if command == "fill":
        experiment.remove()  # of a run that was broken off
        experiment.fill()
    elif command == "contents":
        print(json.dumps(experiment.contents()))
    elif command == "rights":
        print(json.dumps(sorted(experiment.rights())))
    else:
        experiment.remove()


def main() -> None:
    parser = argparse.ArgumentParser(prog="lab.demo_experiment", description="A small experiment on the lab, whose LAB_* are in the environment.")
    parser.add_argument("command", choices=("fill", "contents", "rights", "remove"))
    parser.add_argument("prefix")
    arguments = parser.parse_args()
    act(Experiment(arguments.prefix, os.environ), arguments.command)


if __name__ == "__main__":
    main()
