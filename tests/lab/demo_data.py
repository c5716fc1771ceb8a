# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an experiment leaves behind: records, half-read topics, tables, keys. Everything is named lab..., except the
Redis keys of somebody else, which a reset must not touch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg
import pymysql
import redis
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from lab.waiting import wait_until

Env = Mapping[str, str]
ROWS = 50_000
KEYS = 10_000
KEYS_OF_OTHERS = 100
ENDS = (OffsetSpec.earliest(), OffsetSpec.latest())  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class DemoTopic:
    name: str
    partitions: int
    records: int
    config: dict[str, str] = field(default_factory=dict)


TOPICS = (
    DemoTopic("lab-events", 6, 80_000),
    DemoTopic("lab-metrics", 6, 60_000, {"retention.ms": "604800000"}),
    DemoTopic("lab-results", 3, 30_000, {"cleanup.policy": "compact,delete"}),
    DemoTopic("lab-audit", 1, 20_000, {"max.message.bytes": "2000000", "retention.ms": "-1"}),
    DemoTopic("lab-state", 3, 10_000, {"cleanup.policy": "compact"}),
)
GROUPS = {"lab-dashboard": ("lab-events", "lab-metrics"), "lab-archive": ("lab-audit", "lab-results")}


def fill(env: Env) -> None:
    """Fill all servers at once. What is there already from an earlier demo is filled up again."""
    tasks: tuple[Callable[[Env], None], ...] = (_fill_kafka, _fill_mariadb, _fill_postgresql, _fill_redis)
    with ThreadPoolExecutor(len(tasks)) as pool:
        for future in [pool.submit(task, env) for task in tasks]:
            future.result()


def kafka_config(env: Env) -> dict[str, str | int | float | bool]:
    """The super user, as librdkafka wants to hear it."""
    return {
        "bootstrap.servers": env["LAB_KAFKA_SCRAM"],
        "security.protocol": "sasl_plaintext",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": env["LAB_KAFKA_USER"],
        "sasl.password": env["LAB_KAFKA_PASSWORD"],
    }


def mariadb(env: Env, database: str | None = None) -> pymysql.connections.Connection[pymysql.cursors.Cursor]:
    return pymysql.connect(
        host=env["LAB_MARIADB_HOST"], port=int(env["LAB_MARIADB_PORT"]), user=env["LAB_MARIADB_USER"],
        password=env["LAB_MARIADB_PASSWORD"], database=database, autocommit=True,
    )  # fmt: skip


def postgresql(env: Env, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=env["LAB_POSTGRESQL_HOST"], port=env["LAB_POSTGRESQL_PORT"], user=env["LAB_POSTGRESQL_USER"],
        password=env["LAB_POSTGRESQL_PASSWORD"], dbname=database, autocommit=True,
    )  # fmt: skip


def redis_cluster(env: Env) -> redis.RedisCluster:
    return redis.RedisCluster(
        host=env["LAB_REDIS_HOST"], port=int(env["LAB_REDIS_PORT"]), username=env["LAB_REDIS_USER"],
        password=env["LAB_REDIS_PASSWORD"], decode_responses=True,
    )  # fmt: skip


def _fill_kafka(env: Env) -> None:
    with AdminClient(kafka_config(env)) as admin:
        known = set(admin.list_topics(timeout=20).topics)
        new = [NewTopic(topic.name, topic.partitions, config=topic.config) for topic in TOPICS if topic.name not in known]
        for future in admin.create_topics(new, operation_timeout=20).values() if new else ():
            future.result()
        _produce(env)
        _read_half(admin)


def _produce(env: Env) -> None:
    refused: list[str] = []
    producer = Producer({**kafka_config(env), "linger.ms": 20, "batch.num.messages": 10_000, "queue.buffering.max.messages": 300_000})
    for topic in TOPICS:
        for number in range(topic.records):
            value = json.dumps({"run": 42, "number": number, "note": "x" * 60})
            producer.produce(
                topic.name, value, key=f"key-{number}", partition=number % topic.partitions,
                on_delivery=lambda error, _message: refused.append(str(error)) if error else None,
            )  # fmt: skip
            if number % 5000 == 0:
                producer.poll(0)
    left = producer.flush(60)
    if left or refused:
        raise RuntimeError(f"{left + len(refused)} records were not accepted: {', '.join(sorted(set(refused))) or 'time-out'}")


def _read_half(admin: AdminClient) -> None:
    """The groups have read the first half of their topics."""
    partitions = {topic.name: topic.partitions for topic in TOPICS}
    places = {group: [TopicPartition(name, number) for name in names for number in range(partitions[name])] for group, names in GROUPS.items()}
    first, last = (offsets(admin, [place for each in places.values() for place in each], spec) for spec in ENDS)
    for group, each in places.items():
        half = [TopicPartition(place.topic, place.partition, (first[place] + last[place]) // 2) for place in each]
        wait_until(f"group {group} has read half", lambda group=group, half=half: _refusal(admin, group, half), 60)


def _refusal(admin: AdminClient, group: str, half: list[TopicPartition]) -> str | None:
    """None when the offsets are committed. A new cluster is still making the topic of its groups: then partitions are refused one by
    one, or the answer stays away."""
    try:
        answer = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, half)], request_timeout=5)[group].result()
    except KafkaException as error:
        return str(error)
    return next((f"{place.topic}: {place.error}" for place in answer.topic_partitions or () if place.error), None)


def offsets(admin: AdminClient, places: Iterable[TopicPartition], spec: OffsetSpec) -> dict[TopicPartition, int]:
    """One end of each partition."""
    return {place: future.result(timeout=20).offset for place, future in admin.list_offsets(dict.fromkeys(places, spec)).items()}


def _fill_mariadb(env: Env) -> None:
    with mariadb(env) as connection, connection.cursor() as cursor:
        for statement in (
            "CREATE DATABASE IF NOT EXISTS lab CHARACTER SET latin1 COLLATE latin1_german2_ci COMMENT 'results of the lab'",
            "USE lab",
            "CREATE USER IF NOT EXISTS 'lab_reader'@'localhost' ACCOUNT LOCK",
            "GRANT SELECT ON lab.* TO 'lab_reader'@'localhost'",
            "CREATE OR REPLACE TABLE lab.runs (id INT PRIMARY KEY, name VARCHAR(80))",
            "INSERT INTO lab.runs SELECT seq, CONCAT('run ', seq) FROM seq_1_to_200",
            "CREATE OR REPLACE TABLE lab.measurements (id INT PRIMARY KEY, run INT, latency DOUBLE, INDEX (run))",
            f"INSERT INTO lab.measurements SELECT seq, seq % 200, RAND() FROM seq_1_to_{ROWS}",
            "CREATE OR REPLACE VIEW lab.slowest AS SELECT run, MAX(latency) AS latency FROM lab.measurements GROUP BY run",
            "CREATE OR REPLACE PROCEDURE lab.forget(wanted INT) DELETE FROM lab.measurements WHERE run = wanted",
        ):
            cursor.execute(statement)


def _fill_postgresql(env: Env) -> None:
    with postgresql(env) as connection:
        for role in ("lab_owner", "lab_reader"):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(f"CREATE ROLE {role}".encode())
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'lab'").fetchone():
            connection.execute("CREATE DATABASE lab OWNER lab_owner ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0 CONNECTION LIMIT 50")
            connection.execute("GRANT CONNECT ON DATABASE lab TO lab_reader")
            connection.execute("ALTER DATABASE lab SET work_mem = '8MB'")
    with postgresql(env, "lab") as connection:
        connection.execute("""
            CREATE TABLE IF NOT EXISTS runs (id int PRIMARY KEY, name text);
            CREATE TABLE IF NOT EXISTS measurements (id bigserial PRIMARY KEY, run int, latency float8);
            CREATE INDEX IF NOT EXISTS by_run ON measurements (run);
            CREATE OR REPLACE VIEW slowest AS SELECT run, max(latency) AS latency FROM measurements GROUP BY run;
            TRUNCATE runs, measurements;
            INSERT INTO runs SELECT number, 'run ' || number FROM generate_series(1, 200) AS number""")
        connection.execute(f"INSERT INTO measurements (run, latency) SELECT n % 200, random() FROM generate_series(1, {ROWS}) AS n".encode())


def _fill_redis(env: Env) -> None:
    cluster = redis_cluster(env)
    with cluster.pipeline() as pipeline:  # type: ignore[no-untyped-call]
        for number in range(KEYS):
            pipeline.set(f"lab:result:{number}", number)
        for number in range(KEYS_OF_OTHERS):
            pipeline.set(f"elsewhere:{number}", number)
        pipeline.execute()
    cluster.close()
