# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers as they are, seen through their own drivers and not through the collection: what is in them, and how
they are set."""

from __future__ import annotations

from dataclasses import dataclass, field

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource, ResourceType

from lab.demo_data import ENDS, GROUPS, TOPICS, Env, kafka_config, mariadb, offsets, postgresql, redis_cluster


@dataclass
class State:
    """``contents`` must be 0 after a reset, ``settings`` must be the same as before."""

    contents: dict[str, dict[str, int]] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)

    def left(self) -> list[str]:
        return [f"{server}: {number:,} {kind} left" for server, kinds in self.contents.items() for kind, number in kinds.items() if number]


def look(env: Env) -> State:
    state = State()
    _look_at_kafka(env, state)
    _look_at_mariadb(env, state)
    _look_at_postgresql(env, state)
    _look_at_redis(env, state)
    return state


def differences(before: State, after: State) -> list[str]:
    """Settings that are not as they were."""
    return [
        f"{name} was {before.settings[name]} and is {after.settings.get(name)}"
        for name in before.settings
        if before.settings[name] != after.settings.get(name)
    ]


def table(before: State, after: State | None = None) -> str:
    rows = [("server", "what", "before", "after" if after else "")]
    for server, kinds in before.contents.items():
        for kind, number in kinds.items():
            rows.append((server, kind, f"{number:,}", f"{after.contents[server][kind]:,}" if after else ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join([row[0].ljust(widths[0]), row[1].ljust(widths[1]), row[2].rjust(widths[2]), row[3].rjust(widths[3])]) for row in rows]
    return "\n".join(f"  {line}".rstrip() for line in lines)


def _look_at_kafka(env: Env, state: State) -> None:
    with AdminClient(kafka_config(env)) as admin:
        places = [TopicPartition(topic.name, partition) for topic in TOPICS for partition in range(topic.partitions)]
        first, last = (offsets(admin, places, spec) for spec in ENDS)
        behind = 0
        for group in GROUPS:
            committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(timeout=20)
            behind += sum(last[place] - place.offset for place in committed.topic_partitions if place.offset >= 0)
        state.contents["kafka"] = {
            f"records in {len(TOPICS)} topics": sum(last[place] - first[place] for place in places),
            f"records that {len(GROUPS)} groups have not read": behind,
        }
        resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in TOPICS]
        for resource, future in admin.describe_configs(resources).items():
            own = {name: entry.value for name, entry in future.result(timeout=20).items() if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value}
            state.settings[f"configuration of topic {resource.name}"] = own
        described = admin.list_topics(timeout=20).topics
        state.settings["partitions of the topics"] = {topic.name: len(described[topic.name].partitions) for topic in TOPICS}


def _look_at_mariadb(env: Env, state: State) -> None:
    with mariadb(env) as connection, connection.cursor() as cursor:
        state.contents["mariadb"] = {}
        for kind, view, column in (("tables and views", "TABLES", "TABLE_SCHEMA"), ("procedures", "ROUTINES", "ROUTINE_SCHEMA")):
            cursor.execute(f"SELECT COUNT(*) FROM information_schema.{view} WHERE {column} = 'lab'")
            state.contents["mariadb"][kind] = (cursor.fetchone() or (0,))[0]
        cursor.execute("SELECT * FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'lab'")
        state.settings["character set, collation and comment of the MariaDB database"] = cursor.fetchone()
        cursor.execute("SHOW GRANTS FOR 'lab_reader'@'localhost'")
        state.settings["grants of the MariaDB user"] = cursor.fetchall()


def _look_at_postgresql(env: Env, state: State) -> None:
    with postgresql(env) as connection:
        state.settings["owner, encoding, collation, limit and grants of the PostgreSQL database"] = connection.execute(
            "SELECT pg_get_userbyid(datdba), encoding, datcollate, datctype, datconnlimit, datacl::text FROM pg_database WHERE datname = 'lab'"
        ).fetchone()
        state.settings["parameters of the PostgreSQL database"] = connection.execute(
            "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase WHERE datname = 'lab'"
        ).fetchall()
    with postgresql(env, "lab") as connection:
        counted = connection.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')").fetchone()
        state.contents["postgresql"] = {"tables, views and sequences": int(str(counted[0])) if counted else 0}


def _look_at_redis(env: Env, state: State) -> None:
    cluster = redis_cluster(env)
    state.contents["redis"] = {"keys lab:*": sum(1 for _key in cluster.scan_iter("lab:*", count=1000))}
    state.settings["Redis keys of others"] = sum(1 for _key in cluster.scan_iter("elsewhere:*", count=1000))
    cluster.close()
