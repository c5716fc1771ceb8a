# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters of Kafka 3.1 with ZooKeeper for tests that upgrade them: fresh ones, and what a user would tell the role about them."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lab
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType
from connect_workers import until
from lab import java, zookeeper_kafka
from playbooks import Played, kill_when, play
from run_module import run_module
from under_load import Clients

TARGET, OLD = "3.7.2", "3.1.2"
UPGRADE, ROLLBACK = "streamops.kafka.confluent_rolling_upgrade", "streamops.kafka.confluent_rolling_upgrade_rollback"
BROKERS = (1, 2, 3)
ANONYMOUS = [
    {"principal": "User:ANONYMOUS", "resource_type": kind, "operations": "all", **({} if kind == "cluster" else {"name": "*"})}
    for kind in ("cluster", "topic", "group", "transactional_id")
]


@dataclass(frozen=True)
class ZookeeperCluster:
    """One of the lab's servers and its LAB_* values."""

    server: str
    values: dict[str, str]

    def value(self, name: str) -> str:
        return self.values[f"LAB_{self.server.upper()}_{name}"]

    def connection(self) -> dict[str, Any]:
        """The super user, as modules and the role take it."""
        return {
            "bootstrap_servers": self.value("SASL_EXTERNAL"), "security_protocol": "sasl_plaintext", "sasl_mechanism": "plain",
            "sasl_username": self.value("USER"), "sasl_password": self.value("PASSWORD"),
        }  # fmt: skip

    def client(self, listener: str = "SASL_EXTERNAL") -> dict[str, Any]:
        """As librdkafka takes it; clients of the plain listeners have no name."""
        config = {"bootstrap.servers": self.value(listener)}
        if listener.startswith("SASL"):
            config |= {"security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN",
                       "sasl.username": self.value("USER"), "sasl.password": self.value("PASSWORD")}  # fmt: skip
        return config

    def clients(self) -> Clients:
        """One kind of client per listener; brokers talk to each other on the fourth."""
        return Clients(
            admin=self.client(), producer=self.client(), transactions=self.client("PLAIN_EXTERNAL"), consumer=self.client("PLAIN_INTERNAL"),
        )  # fmt: skip

    def admin(self) -> AdminClient:
        return AdminClient({**self.client(), "log_level": 0})

    def create(self, name: str, replicas: int = 3, partitions: int = 3, **config: str) -> str:
        with self.admin() as admin:
            admin.create_topics([NewTopic(name, partitions, replicas, config=config)])[name].result(timeout=60)
        return name

    def protocols(self) -> dict[int, str]:
        """inter.broker.protocol.version of each broker that answers, from the broker itself, as numbers only."""
        found = {}
        with self.admin() as admin:
            for number in BROKERS:
                resource = ConfigResource(ResourceType.BROKER, str(number))
                try:
                    entries = admin.describe_configs([resource], request_timeout=10)[resource].result(timeout=20)
                except KafkaException:
                    continue
                found[number] = entries["inter.broker.protocol.version"].value.partition("-")[0]
        return found

    def controller(self) -> int:
        with self.admin() as admin:
            return int(admin.list_topics(timeout=20).controller_id)

    def move_controller(self) -> tuple[int, int]:
        """Makes the brokers elect another one, as ZooKeeper does when a session is lost; who it was, and who it is."""
        before = now = self.controller()
        node = f"{zookeeper_kafka.CHROOT}/controller"
        client = java.command(java.libraries(zookeeper_kafka.RELEASES[OLD]), "org.apache.zookeeper.ZooKeeperMain", "64m",
                              "-server", self.value("ZOOKEEPER").partition("/")[0], "delete", node)  # fmt: skip
        deadline = time.monotonic() + 60
        while now == before:
            assert time.monotonic() < deadline, f"broker {before} stayed the controller"
            subprocess.run(client, capture_output=True, timeout=60, check=False)
            until(tolerant(lambda: self.controller() in BROKERS), 60)
            now = self.controller()
        return before, now

    def throttle(self, broker: int, rate: int | None) -> None:
        """Bytes per second that the broker copies from others as a follower; None takes the limit away."""
        operation = AlterConfigOpType.DELETE if rate is None else AlterConfigOpType.SET
        entry = ConfigEntry("follower.replication.throttled.rate", None if rate is None else str(rate), incremental_operation=operation)
        resource = ConfigResource(ResourceType.BROKER, str(broker), incremental_configs=[entry])
        with self.admin() as admin:
            admin.incremental_alter_configs([resource])[resource].result(timeout=30)

    def fill(self, topic: str, size: int) -> None:
        """So many bytes into one partition."""
        producer = Producer({**self.client(), "linger.ms": 5, "log_level": 0})
        for _record in range(size // 10_000):
            producer.produce(topic, b"x" * 10_000, partition=0)
        assert producer.flush(120) == 0

    def in_sync(self, topic: str) -> list[int]:
        with self.admin() as admin:
            return [len(each.isrs) for each in admin.list_topics(topic, timeout=20).topics[topic].partitions.values()]


def allow_anonymous(cluster: ZookeeperCluster) -> None:
    """As a user of the collection gives the cluster's own clients their rights."""
    done = run_module("kafka_acl", {**cluster.connection(), "acls": ANONYMOUS})
    assert done["rc"] == 0, done


def fresh_processes() -> ZookeeperCluster:
    """Plain processes of Kafka 3.1, without data."""
    cluster = ZookeeperCluster("zookeeper_three", lab.renew_server("zookeeper_three"))
    allow_anonymous(cluster)
    return cluster


def processes_variables(cluster: ZookeeperCluster, **more: Any) -> dict[str, Any]:
    """What a user of the driver for commands of one's own tells the role."""
    commands = cluster.value("COMMANDS")
    return {
        "confluent_rolling_upgrade_name": "lab",
        "confluent_rolling_upgrade_target": TARGET,
        "confluent_rolling_upgrade_from": OLD,
        "confluent_rolling_upgrade_driver": "command",
        "confluent_rolling_upgrade_kafka": cluster.connection(),
        "confluent_rolling_upgrade_brokers": [{"id": number, "service": f"kafka-{number}"} for number in BROKERS],
        "confluent_rolling_upgrade_zookeepers": [{"address": cluster.value("ZOOKEEPER").partition("/")[0]}],
        "confluent_rolling_upgrade_commands": {"broker": f"{commands}/restart_broker {{id}} {{version}} {{protocol}}"},
        "confluent_rolling_upgrade_gate_timeout": 240,
        **{f"confluent_rolling_upgrade_{name}": value for name, value in more.items()},
    }


def fresh_swarm() -> ZookeeperCluster:
    """A stack of Kafka 3.1 with two Connect workers, without data."""
    return ZookeeperCluster("swarm", lab.renew_server("swarm"))


def swarm_variables(cluster: ZookeeperCluster, **more: Any) -> dict[str, Any]:
    """What a user of Docker Swarm tells the role."""
    urls = cluster.value("CONNECT_URLS").split(",")
    return {
        "confluent_rolling_upgrade_name": "lab",
        "confluent_rolling_upgrade_target": "7.7.1",
        "confluent_rolling_upgrade_from": "7.1.1",
        "confluent_rolling_upgrade_driver": "swarm",
        "confluent_rolling_upgrade_kafka": cluster.connection(),
        "confluent_rolling_upgrade_brokers": [{"id": number, "service": f"kafka-0{number}"} for number in BROKERS],
        "confluent_rolling_upgrade_zookeepers": [{"address": cluster.value("ZOOKEEPER").partition("/")[0], "service": "zookeeper-01"}],
        "confluent_rolling_upgrade_connect": {"url": urls[0]},
        "confluent_rolling_upgrade_workers": [{"service": f"connect-0{number}", "url": url} for number, url in enumerate(urls, start=1)],
        "confluent_rolling_upgrade_docker_host": cluster.value("DOCKER_HOST"),
        "confluent_rolling_upgrade_stack": cluster.value("STACK"),
        "confluent_rolling_upgrade_stack_file": cluster.value("STACK_FILE"),
        "confluent_rolling_upgrade_stack_options": ["--resolve-image", "never"],
        "confluent_rolling_upgrade_gate_timeout": 240,
        **{f"confluent_rolling_upgrade_{name}": value for name, value in more.items()},
    }


def upgrade(directory: Path, variables: dict[str, Any], *arguments: str, playbook: str = UPGRADE, **more: Any) -> Played:
    """Run the playbook; `more` are variables of the role without its prefix."""
    return play(playbook, directory, *arguments, variables=variables | {f"confluent_rolling_upgrade_{name}": value for name, value in more.items()})


def killed_at(task: str, directory: Path, variables: dict[str, Any], nth: int = 1) -> None:
    """SIGKILL for the playbook and all that it started, as soon as a task of this name has begun. One that is skipped counts as well."""
    kill_when(lambda: times(directory, task) >= nth, UPGRADE, directory, variables=variables, seconds=600)


def times(directory: Path, task: str) -> int:
    """How often a task has begun in the run that writes its output there."""
    return (directory / "output").read_text(encoding="utf-8").count(f": {task}")


def state(directory: Path) -> dict[str, Any]:
    """The newest record of the role."""
    return dict(json.loads(max((directory / "backups/confluent_rolling_upgrade").glob("2*/state.json")).read_text(encoding="utf-8")))


def order(directory: Path, phase: str) -> list[tuple[int, int]]:
    """The brokers of a phase in the order in which they were restarted, each with who was the controller before."""
    return [(step["broker"], step["controller"]) for step in state(directory)["steps"] if step["phase"] == phase]


def until_in_sync(cluster: ZookeeperCluster, topic: str, replicas: int = 3, seconds: float = 90) -> None:
    until(tolerant(lambda: set(cluster.in_sync(topic)) == {replicas}), seconds)


def tolerant(seen: Callable[[], bool]) -> Callable[[], bool]:
    """False also while brokers do not answer."""

    def answer() -> bool:
        try:
            return seen()
        except KafkaException:
            return False

    return answer
