# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kafka cluster in KRaft mode, of one broker or several; every broker is a controller too.

The listeners are those that the experiment clusters have: PLAIN without login, SCRAM with SCRAM-SHA-512. Brokers
talk to each other on two listeners of their own, so that `User:ANONYMOUS` need not be a super user.
"""

from __future__ import annotations

import base64
import json
import os
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from lab import commands, files, java, kafka_clients, places, ports
from lab.errors import LabError
from lab.kafka_clients import Login
from lab.passwords import password
from lab.server import Server
from lab.supervision import Program

POM = "kafka-4.3.1"
HEAP = "384m"
ADMINISTRATOR = "admin"
BROKER_USER = "broker"
# By the name of a port in ports.toml, in capitals. The TLS listeners are those of `kafka_strimzi`.
PROTOCOLS = {
    "CONTROLLER": "SASL_PLAINTEXT",
    "INTERNAL": "SASL_PLAINTEXT",
    "PLAIN": "PLAINTEXT",
    "SCRAM": "SASL_PLAINTEXT",
    "TLS": "SSL",
    "MUTUAL_TLS": "SSL",
    "SCRAM_TLS": "SASL_SSL",
}


class KafkaCluster(Server):
    requirements = (java.JAVA, java.maven_for(POM))
    ready_seconds = 150

    def __init__(self, name: str, brokers: int = 1, brokers_from: str | None = None) -> None:
        """`brokers_from` names an environment variable that chooses the size, 1 or 3."""
        self.name = name
        self._brokers = brokers
        self._brokers_from = brokers_from

    def processes(self) -> tuple[str, ...]:
        return tuple(f"{self.name}-{number}" for number in range(1, self.size() + 1))

    def size(self) -> int:
        record = self._record()
        return int(record["brokers"]) if record else self._wanted_size() or self._brokers

    def validate(self) -> None:
        wanted, record = self._wanted_size(), self._record()
        if wanted and record and wanted != record["brokers"]:
            raise LabError(
                f"{self._brokers_from}={wanted}, but the {self.name} of this lab has {record['brokers']} broker(s). "
                "Run `make lab-down` first."
            )

    def fetch(self) -> None:
        java.libraries(POM)

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        if self._record() is None:
            home = files.private_directory(places.home_of(self.name))
            record = {"cluster_id": _new_cluster_id(), "brokers": self.size()}
            files.write(home / "cluster.json", json.dumps(record) + "\n")
        with ThreadPoolExecutor() as pool:
            return list(pool.map(self._prepare_broker, processes))

    def settle(self) -> str | None:
        """The administrator is made here and not by the storage tool, whose arguments any user can list."""
        inside = self._login("internal", BROKER_USER, "PLAIN")
        return kafka_clients.refusal(inside, self.size()) or kafka_clients.set_scram_password(
            inside, ADMINISTRATOR, self._password(ADMINISTRATOR)
        )

    def check(self) -> str | None:
        for process in self.processes():
            for login in (self._administrator(process), Login(self._address(process, "plain"))):
                seen = kafka_clients.refusal(login, self.size())
                if seen:
                    return seen
        return None

    def endpoints(self) -> dict[str, str]:
        prefix = f"LAB_{self.name.upper()}"
        return {
            f"{prefix}_PLAIN": self._bootstrap("plain"),
            f"{prefix}_SCRAM": self._bootstrap("scram"),
            f"{prefix}_USER": ADMINISTRATOR,
            f"{prefix}_PASSWORD": self._password(ADMINISTRATOR),
        }

    def _bootstrap(self, listener: str) -> str:
        """One address where scripts expect one (`kafka`); all of them where tests kill brokers."""
        processes = self.processes()[:1] if self._brokers_from else self.processes()
        return ",".join(self._address(process, listener) for process in processes)

    def _prepare_broker(self, process: str) -> Program:
        home = files.private_directory(places.home_of(process))
        settings = files.write(home / "server.properties", self._properties(process))
        jars, log_option = java.libraries(POM), java.log_configuration(home)
        formatted = home / "formatted"
        if not formatted.exists():
            record = self._record()
            assert record is not None
            arguments = ("format", "--ignore-formatted", "-t", str(record["cluster_id"]), "-c", settings)
            commands.run(
                f"format the storage of {process}",
                java.command(jars, "kafka.tools.StorageTool", HEAP, *arguments, options=(log_option,)),
                places.logs() / f"{process}.format.log",
            )
            formatted.touch()
        return Program(process, java.command(jars, "kafka.Kafka", HEAP, settings, options=(log_option,)))

    def _properties(self, process: str) -> str:
        """Passwords stand in this file, readable by its owner only, and nowhere else."""
        copies = min(3, self.size())
        own = ports.of(process)
        listeners = {use.upper(): f"{ports.HOST}:{port}" for use, port in own.items()}
        voters = ",".join(f"{_number(each)}@{self._address(each, 'controller')}" for each in self.processes())
        plain_login = (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{BROKER_USER}" password="{self._password(BROKER_USER)}" '
            f'user_{BROKER_USER}="{self._password(BROKER_USER)}";'
        )
        settings: dict[str, object] = {
            "process.roles": "broker,controller",
            "node.id": _number(process),
            "controller.quorum.voters": voters,
            "log.dirs": places.home_of(process) / "data",
            # listeners
            "listeners": ",".join(f"{name}://{address}" for name, address in listeners.items()),
            "advertised.listeners": ",".join(f"{n}://{a}" for n, a in listeners.items() if n != "CONTROLLER"),
            "listener.security.protocol.map": ",".join(f"{name}:{PROTOCOLS[name]}" for name in listeners),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "INTERNAL",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.controller.plain.sasl.jaas.config": plain_login,
            "listener.name.internal.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.internal.plain.sasl.jaas.config": plain_login,
            "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.scram.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            # rights
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:{ADMINISTRATOR};User:{BROKER_USER}",
            "allow.everyone.if.no.acl.found": "false",
            # topics
            "auto.create.topics.enable": "false",
            "delete.topic.enable": "true",
            "num.partitions": 1,
            "default.replication.factor": copies,
            "min.insync.replicas": max(1, copies - 1),
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.num.partitions": 2,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": max(1, copies - 1),
            "share.coordinator.state.topic.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": max(1, copies - 1),
            # tests do not wait: groups form at once, retention is looked at every second instead of every five minutes
            "group.initial.rebalance.delay.ms": 0,
            "log.retention.check.interval.ms": 1000,
            "log.initial.task.delay.ms": 500,
            # a small machine
            "num.network.threads": 2,
            "num.io.threads": 4,
            "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
        }
        settings |= self.further_settings(process)
        return "".join(f"{key}={value}\n" for key, value in settings.items())

    def further_settings(self, process: str) -> dict[str, object]:
        """What a cluster with more listeners says about them in `server.properties`."""
        return {}

    def _administrator(self, process: str) -> Login:
        return Login(self._address(process, "scram"), ADMINISTRATOR, self._password(ADMINISTRATOR), "SCRAM-SHA-512")

    def _login(self, listener: str, user: str, mechanism: str) -> Login:
        addresses = ",".join(self._address(process, listener) for process in self.processes())
        return Login(addresses, user, self._password(user), mechanism)

    def _address(self, process: str, listener: str) -> str:
        return f"{ports.HOST}:{ports.of(process)[listener]}"

    def _password(self, user: str) -> str:
        return password(f"{self.name}.{user}")

    def _record(self) -> dict[str, str | int] | None:
        path = places.home_of(self.name) / "cluster.json"
        if not path.exists():
            return None
        record: dict[str, str | int] = json.loads(path.read_text(encoding="utf-8"))
        return record

    def _wanted_size(self) -> int | None:
        text = os.environ.get(self._brokers_from, "") if self._brokers_from else ""
        if text not in ("", "1", "3"):
            raise LabError(f"{self._brokers_from} must be 1 or 3, not {text!r}.", exit_code=2)
        return int(text) if text else None


def _number(process: str) -> int:
    return int(process.rpartition("-")[2])


def _new_cluster_id() -> str:
    """Kafka's own form: a URL-safe base64 UUID that does not begin with a dash (an argument would)."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return text
