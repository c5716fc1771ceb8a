# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A table in MariaDB and one in PostgreSQL, connectors of Debezium 1.9 that capture them, and what arrives of their rows in Kafka."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from lab import demo_data

ENGINES = ("mariadb", "postgresql")


@dataclass
class Worker:
    """A Connect worker's REST API, asked past the collection."""

    url: str
    username: str = ""
    password: str = field(default="", repr=False)

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json"}
        if self.username:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        request = urllib.request.Request(f"{self.url}/{path}", None if body is None else json.dumps(body).encode(), headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def put(self, name: str, config: Mapping[str, Any]) -> None:
        until(f"{name} is put", lambda: self.ask("PUT", f"connectors/{name}/config", config), lambda said: said[0] in (200, 201))

    def delete(self, name: str) -> None:
        until(f"{name} is deleted", lambda: self.ask("DELETE", f"connectors/{name}"), lambda said: said[0] in (204, 404))

    def names(self) -> list[str]:
        """Of all connectors. It is the one list that an old worker gives when it does not have the class of one of them."""
        return list(self.ask("GET", "connectors")[1])

    def config(self, name: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"connectors/{name}/config")[1])

    def states(self, name: str) -> list[str]:
        """Of the connector and its tasks."""
        status, said = self.ask("GET", f"connectors/{name}/status")
        return [said["connector"]["state"], *(task["state"] for task in said["tasks"])] if status == 200 else [f"status {status}"]

    def wait_for(self, name: str, *states: str) -> None:
        until(f"{name} is {states}", lambda: self.states(name), lambda seen: tuple(seen) == states)

    def offsets(self, name: str) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"connectors/{name}/offsets")[1]["offsets"])


def until(what: str, look: Callable[[], Any], is_right: Callable[[Any], bool], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not is_right(seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}; last seen: {str(seen)[:1500]}"
        time.sleep(0.3)
    return seen


@dataclass
class Captured:
    """One run's tables, topics and connectors, all beginning with ``name`` (letters, digits and underscores)."""

    name: str
    env: Mapping[str, str]
    client: Mapping[str, str]
    secrets: str  # the worker's file of passwords

    @property
    def connectors(self) -> dict[str, str]:
        return {engine: f"{self.name}-{engine}" for engine in ENGINES}

    def server(self, engine: str) -> str:
        """The server's name, with a dash that Avro does not allow."""
        return f"{self.name}-{engine}"

    def topic(self, engine: str) -> str:
        return f"{self.server(engine)}.{self.name if engine == 'mariadb' else 'public'}.{self.table}"

    @property
    def table(self) -> str:
        return f"{self.name}_orders"

    def create(self) -> None:
        with demo_data.mariadb(self.env) as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS {self.name}")
            cursor.execute(f"CREATE TABLE {self.name}.{self.table} (id BIGINT PRIMARY KEY, what VARCHAR(40))")
            connection.commit()
        with demo_data.postgresql(self.env) as connection:
            connection.execute(f"CREATE TABLE {self.table} (id BIGINT PRIMARY KEY, what TEXT)".encode())

    def write(self, first: int, last: int) -> None:
        """Rows with these ids, into both tables."""
        rows = [(number, f"row {number}") for number in range(first, last + 1)]
        with demo_data.mariadb(self.env) as connection, connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {self.name}.{self.table} VALUES (%s, %s)", rows)
            connection.commit()
        with demo_data.postgresql(self.env) as connection, connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {self.table} VALUES (%s, %s)".encode(), rows)

    def config_of_19(self, engine: str) -> dict[str, str]:
        """As one finds it: old keys, and keys of a worker that do nothing in a connector."""
        common = {
            "tasks.max": "1",
            "database.hostname": "127.0.0.1",
            "database.port": self.env[f"LAB_{engine.upper()}_PORT"],
            "database.user": self.env[f"LAB_{engine.upper()}_REPLICATION_USER"],
            "database.password": "${file:" + self.secrets + f":{engine}_password}}",
            "database.server.name": self.server(engine),
            "producer.linger.ms": "50",
            "connector.client.config.override.policy": "All",
            "acks": "all",
            "topic.creation.default.partitions": "1",
            "topic.creation.default.replication.factor": "1",
        }
        return {**common, **(self._mariadb() if engine == "mariadb" else self._postgresql())}

    def _mariadb(self) -> dict[str, str]:
        login = {
            "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-512", "sasl.jaas.config": "${file:" + self.secrets + ":kafka_jaas}",
        }  # fmt: skip
        history = {f"database.history.{who}.{key}": value for who in ("consumer", "producer") for key, value in login.items()}
        return {
            "connector.class": "io.debezium.connector.mysql.MySqlConnector",
            "database.server.id": str(5000 + sum(self.name.encode()) % 1000),
            "database.include.list": self.name,
            "table.whitelist": f"{self.name}.{self.table}",
            "database.history.kafka.topic": f"{self.name}-history",
            "database.history.kafka.bootstrap.servers": self.client["bootstrap.servers"],
            "database.history.store.only.monitored.tables.ddl": "true",
            "include.schema.changes": "false",
            "snapshot.locking.mode": "none",
            **history,
        }

    def _postgresql(self) -> dict[str, str]:
        return {
            "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
            "database.dbname": "postgres",
            "table.whitelist": f"public.{self.table}",
            "plugin.name": "pgoutput",
            "publication.autocreate.mode": "filtered",
            "slot.name": self.name,
            "publication.name": self.name,
            "toasted.value.placeholder": "__gone",
        }

    def records(self, engine: str, at_least: int = 0, seconds: float = 120) -> list[dict[str, Any]]:
        """Every change in the topic, in its order: ``id``, ``op`` (``r``: of a snapshot), ``key`` (bytes as text)."""
        return until(f"{at_least} records in {self.topic(engine)}", lambda: self._read(self.topic(engine)), lambda seen: len(seen) >= at_least, seconds)

    def _read(self, topic: str) -> list[dict[str, Any]]:
        consumer = Consumer({**self.client, "group.id": f"{self.name}-reader", "enable.auto.commit": False})
        try:
            if topic not in consumer.list_topics(timeout=20).topics:
                return []
            end = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)[1]
            consumer.assign([TopicPartition(topic, 0, 0)])
            found: list[dict[str, Any]] = []
            position = 0
            while position < end:
                message = consumer.poll(20)
                assert message is not None and not message.error(), message
                position = message.offset() + 1
                payload = json.loads(message.value())["payload"]
                found.append({"id": payload["after"]["id"], "op": payload["op"], "key": message.key().decode()})
            return found
        finally:
            consumer.close()

    def remove(self, workers: list[Worker], admin: AdminClient) -> None:
        for worker in workers:
            for name in worker.names():
                if self.name in name:
                    worker.delete(name)
        topics = [topic for topic in admin.list_topics(timeout=20).topics if self.name in topic and not topic.startswith("connect")]
        for future in (admin.delete_topics(topics) if topics else {}).values():
            future.exception(timeout=30)
        with demo_data.mariadb(self.env) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {self.name}")
        with demo_data.postgresql(self.env) as connection:
            connection.execute(f"SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name LIKE '%{self.name}' AND active".encode())
            until("the slot is left", lambda: connection.execute(
                f"SELECT count(*) FROM pg_replication_slots WHERE slot_name LIKE '%{self.name}' AND active".encode()).fetchone(), lambda row: row == (0,))
            connection.execute(f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE '%{self.name}'".encode())
            connection.execute(f"DROP PUBLICATION IF EXISTS {self.name}".encode())
            connection.execute(f"DROP TABLE IF EXISTS {self.table}".encode())
