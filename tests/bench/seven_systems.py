# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An experiment in all seven systems, of a size that keeps one of them busy: what to fill, what to reset, what is left."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import redis_data
import s3_data
import table_data
from confluent_kafka import ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from databases import Endpoint, PostgreSqlAdmin, closing, endpoint
from lab import demo_data
from measuring import scaled

PARTITIONS = 3


@dataclass(frozen=True)
class System:
    """One target of the role.

    :param removed: what the report must say.
    :param left: how much is left, seen past our code.
    """

    target: dict[str, Any]
    removed: str
    fill: Callable[[], None]
    left: Callable[[], int]
    remove: Callable[[], None]

    @property
    def name(self) -> str:
        return str(self.target["name"])


def all_seven(env: Mapping[str, str], kafka: Mapping[str, Any], config: Mapping[str, str], name: str) -> list[System]:
    """MariaDB has the most to do, and it waits for its disk while it does it."""
    return [
        _mariadb(endpoint("mariadb", env), name, scaled(25_000)),
        _minio(endpoint("minio", env), name, scaled(10_000)),
        _redis(endpoint("redis", env), name, scaled(200_000)),
        _clickhouse(endpoint("clickhouse", env), name, scaled(500)),
        _postgresql(endpoint("postgresql", env), name, scaled(2_000)),
        _cockroachdb(endpoint("postgresql", env), f"{name}_cockroachdb", scaled(500)),
        _kafka(kafka, config, name, scaled(100), scaled(100_000)),
    ]


def _login(server: Endpoint, kind: str) -> dict[str, Any]:
    return {"name": kind, "type": kind, "host": server.host, "port": server.port, "username": server.user, "password": server.password, "timeout": 600}


def _mariadb(server: Endpoint, name: str, tables: int) -> System:
    return System(
        {**_login(server, "mariadb"), "database": name}, f"{tables:,} tables", lambda: table_data.mariadb(server, name, tables),
        lambda: table_data.mariadb_tables(server, name), lambda: table_data.mariadb_ask(server, f"DROP DATABASE IF EXISTS `{name}`"),
    )  # fmt: skip


def _postgresql(server: Endpoint, name: str, tables: int) -> System:
    def fill() -> None:
        table_data.postgresql_without(server, name)
        table_data.postgresql(server, name, tables, "public")

    return System(
        {**_login(server, "postgresql"), "database": name, "schema": "public"}, f"{tables:,} tables", fill,
        lambda: table_data.postgresql_tables(server, name, "public"), lambda: table_data.postgresql_without(server, name),
    )  # fmt: skip


def _cockroachdb(server: Endpoint, name: str, tables: int) -> System:
    """NOT CockroachDB, of which none is to be had: PostgreSQL, which tells this one user that it is CockroachDB."""
    password = uuid.uuid4().hex

    def fill() -> None:
        remove()
        with closing(PostgreSqlAdmin(server)) as admin:
            admin(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'", f"CREATE SCHEMA {name} AUTHORIZATION {name}",
                  f"CREATE FUNCTION {name}.version() RETURNS text LANGUAGE sql AS 'SELECT ''CockroachDB CCL v24.1.0'''",
                  f"ALTER ROLE {name} SET search_path = {name}, pg_catalog", f"ALTER FUNCTION {name}.version() OWNER TO {name}")  # fmt: skip
        table_data.postgresql(server, name, tables, "public")
        with closing(PostgreSqlAdmin(server)) as admin:
            admin(f"ALTER DATABASE {name} OWNER TO {name}")
        with closing(PostgreSqlAdmin(server, name)) as inside:
            inside(f"ALTER SCHEMA public OWNER TO {name}",
                   f"DO $$ BEGIN FOR n IN 0..{tables - 1} LOOP EXECUTE format('ALTER TABLE public.t%s OWNER TO {name}', n); END LOOP; END $$")  # fmt: skip

    def remove() -> None:
        table_data.postgresql_without(server, name)
        with closing(PostgreSqlAdmin(server)) as admin:
            admin(f"DROP SCHEMA IF EXISTS {name} CASCADE", f"DROP ROLE IF EXISTS {name}")

    login = {**_login(server, "cockroachdb"), "username": name, "password": password, "tls": {"enabled": False}}
    return System({**login, "database": name}, f"{tables:,} tables", fill, lambda: table_data.postgresql_tables(server, name, "public"), remove)


def _clickhouse(server: Endpoint, name: str, tables: int) -> System:
    return System(
        {**_login(server, "clickhouse"), "database": name}, f"{tables:,} tables", lambda: table_data.clickhouse(server, name, tables),
        lambda: int(table_data.clickhouse_ask(server, f"SELECT count() FROM system.tables WHERE database = '{name}'")),
        lambda: _nothing(table_data.clickhouse_ask(server, f"DROP DATABASE IF EXISTS {name}")),
    )  # fmt: skip


def _redis(server: Endpoint, name: str, keys: int) -> System:
    return System(
        {**_login(server, "redis"), "pattern": f"{name}:*"}, f"{keys:,} keys", lambda: redis_data.fill(server, name, keys),
        lambda: redis_data.count(server, name), lambda: None,
    )  # fmt: skip


def _minio(server: Endpoint, name: str, objects: int) -> System:
    bucket, client = name.replace("_", "-"), s3_data.client_of(server)

    def fill() -> None:
        if not client.bucket_exists(bucket_name=bucket):
            client.make_bucket(bucket_name=bucket)
        s3_data.fill(client, bucket, s3_data.keys(objects))

    return System(
        {**_login(server, "minio"), "bucket": bucket}, f"{objects:,} objects", fill, lambda: 0 if s3_data.is_empty(client, bucket) else 1,
        lambda: _nothing(client.remove_bucket(bucket_name=bucket)),
    )  # fmt: skip


def _kafka(options: Mapping[str, Any], config: Mapping[str, str], name: str, topics: int, records: int) -> System:
    """Topics with records, and a group that has read half of the first topic."""
    names, group = [f"{name}-{number}" for number in range(topics)], f"{name}-app"
    each = max(1, records // topics)

    def fill() -> None:
        admin = AdminClient(dict(config))
        known = admin.list_topics(timeout=20).topics
        new = [NewTopic(topic, PARTITIONS, 1) for topic in names if topic not in known]
        for made in admin.create_topics(new).values() if new else ():
            made.result(timeout=60)
        producer = Producer({**config, "linger.ms": 20, "batch.size": 1_000_000, "queue.buffering.max.messages": 500_000})
        for topic in names:
            for number in range(each):
                producer.produce(topic, b"x" * 100, partition=number % PARTITIONS)
            producer.poll(0)
        assert producer.flush(120) == 0
        (read,) = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(names[0], 0, 1)])]).values()
        read.result(timeout=60)

    def left() -> int:
        places = [TopicPartition(topic, partition) for topic in names for partition in range(PARTITIONS)]
        admin = AdminClient(dict(config))
        first, last = (demo_data.offsets(admin, places, end) for end in demo_data.ENDS)
        return sum(last[place] - first[place] for place in places)

    def remove() -> None:
        admin = AdminClient(dict(config))
        for gone in [*admin.delete_topics(names).values(), *admin.delete_consumer_groups([group]).values()]:
            gone.exception(timeout=60)

    target = {"name": "kafka", "type": "kafka", **options, "topic_pattern": f"{name}-.*", "groups": [group]}
    return System(target, f"{each * topics:,} records of {topics} topics removed", fill, left, remove)


def _nothing(_result: object) -> None:
    """For calls whose answer does not matter."""
