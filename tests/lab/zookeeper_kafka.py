# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clusters of Kafka with ZooKeeper have in common, whether their brokers are plain processes or services of
Docker Swarm: four listeners per broker, SASL PLAIN between brokers, rights by ACL.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab import kafka_clients, ports
from lab.kafka_clients import Login

OLD, NEW = "3.1.2", "3.7.2"
RELEASES = {OLD: "kafka-3.1.2", NEW: "kafka-3.7.2"}  # version -> its pom
BROKERS = (1, 2, 3)
HEAP = "256m"
ADMINISTRATOR = "admin"  # also what the brokers log in as
APPLICATION = "application"  # may log in, and has no rights until somebody gives it some
CHROOT = "/kafka"
# By the name of a port in ports.toml.
LISTENERS = {
    "plain_internal": "PLAINTEXT_INT",
    "sasl_internal": "SASL_INT",
    "plain_external": "PLAINTEXT_EXT",
    "sasl_external": "SASL_EXT",
}


def zookeeper_settings(port: int, data: str) -> dict[str, object]:
    return {
        "dataDir": data,
        "clientPort": port,
        "clientPortAddress": ports.HOST,
        "maxClientCnxns": 0,
        "admin.enableServer": "false",
        "4lw.commands.whitelist": "*",
    }


def broker_settings(number: int, own: Mapping[str, int], zookeeper: int, data: str) -> dict[str, object]:
    """The properties of a broker whose ports are `own`, without logins and without the protocol version."""
    listeners = ",".join(f"{name}://{ports.HOST}:{own[use]}" for use, name in LISTENERS.items())
    protocols = {name: "SASL_PLAINTEXT" if name.startswith("SASL") else "PLAINTEXT" for name in LISTENERS.values()}
    return {
        "broker.id": number,
        "zookeeper.connect": f"{ports.HOST}:{zookeeper}{CHROOT}",
        "log.dirs": data,
        # listeners
        "listeners": listeners,
        "advertised.listeners": listeners,
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
        "inter.broker.listener.name": LISTENERS["sasl_internal"],
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.enabled.mechanisms": "PLAIN",
        # rights
        "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
        "super.users": f"User:{ADMINISTRATOR}",
        "allow.everyone.if.no.acl.found": "false",
        # topics
        "auto.create.topics.enable": "false",
        "default.replication.factor": 3,
        "min.insync.replicas": 2,
        "offsets.topic.num.partitions": 4,
        "offsets.topic.replication.factor": 3,
        "transaction.state.log.num.partitions": 2,
        "transaction.state.log.replication.factor": 3,
        "transaction.state.log.min.isr": 2,
        # tests do not wait: groups form at once
        "group.initial.rebalance.delay.ms": 0,
        # a small machine
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
    }


def jaas(passwords: Mapping[str, str]) -> str:
    """A JAAS configuration: who the broker is, and who may log in."""
    users = "".join(f'\n  user_{user}="{secret}"' for user, secret in passwords.items())
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return f'KafkaServer {{\n  {module} required\n  username="{ADMINISTRATOR}" password="{passwords[ADMINISTRATOR]}"{users};\n}};\n'


def refusal(zookeeper: int, brokers: Mapping[int, Mapping[str, int]], secret: str) -> str | None:
    """None when ZooKeeper and every listener of every broker answer."""
    if not ports.is_open(zookeeper):
        return f"ZooKeeper's port {zookeeper} not open"
    for own in brokers.values():
        for use in ("sasl_external", "sasl_internal"):
            login = Login(f"{ports.HOST}:{own[use]}", ADMINISTRATOR, secret, "PLAIN")
            if seen := kafka_clients.refusal(login, len(brokers)):
                return seen
        closed = [use for use in LISTENERS if not ports.is_open(own[use])]
        if closed:
            return f"{', '.join(closed)} not open"
    return None


def endpoints(prefix: str, zookeeper: int, brokers: Mapping[int, Mapping[str, int]], passwords: Mapping[str, str]) -> dict[str, str]:
    """The LAB_* values of such a cluster."""
    bootstrap = {use: ",".join(f"{ports.HOST}:{own[use]}" for own in brokers.values()) for use in LISTENERS}
    return {
        **{f"{prefix}_{use.upper()}": addresses for use, addresses in bootstrap.items()},
        f"{prefix}_ZOOKEEPER": f"{ports.HOST}:{zookeeper}{CHROOT}",
        f"{prefix}_USER": ADMINISTRATOR,
        f"{prefix}_PASSWORD": passwords[ADMINISTRATOR],
        f"{prefix}_APPLICATION_USER": APPLICATION,
        f"{prefix}_APPLICATION_PASSWORD": passwords[APPLICATION],
    }


def properties(settings: Mapping[str, object]) -> str:
    return "".join(f"{key}={value}\n" for key, value in settings.items())
