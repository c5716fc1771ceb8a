# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the keys and values of Debezium's connectors changed from 1.9 to 3.6, as data.

``gone`` is the first version that no longer reads the old spelling: read off the branches of github.com/debezium/debezium.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Version(NamedTuple):
    """A minor version of Debezium, such as 3.0."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


V2_0, V2_2, V2_3, V2_4, V2_5, V2_6, V2_7 = (Version(2, minor) for minor in (0, 2, 3, 4, 5, 6, 7))
V3_0, V3_1, V3_2, V3_3, V3_6 = (Version(3, minor) for minor in (0, 1, 2, 3, 6))
TARGETS = tuple(Version(2, minor) for minor in range(8)) + tuple(Version(3, minor) for minor in range(7))

MYSQL, MARIADB, POSTGRESQL, SQLSERVER, ORACLE, MONGODB = "mysql", "mariadb", "postgresql", "sqlserver", "oracle", "mongodb"
OTHER = "other"  # Db2, Informix, Vitess, ...: only what all connectors have in common
UNKNOWN = "unknown"  # the configuration names no connector
RELATIONAL = frozenset({MYSQL, MARIADB, POSTGRESQL, SQLSERVER, ORACLE})
WITH_SCHEMA_HISTORY = frozenset({MYSQL, MARIADB, SQLSERVER, ORACLE, OTHER, UNKNOWN})
EVERY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rename:
    """A key with a new name. ``convert`` names a function of ``debezium_values`` if the value changes, too."""

    old: str
    new: str
    gone: Version = V2_0
    families: frozenset[str] = EVERY
    convert: str = ""
    ask: str = ""
    side_by_side: bool = True  # False: the version that reads the old key would read the new one as well, differently


@dataclass(frozen=True)
class Drop:
    """A key without a successor."""

    key: str
    reason: str
    gone: Version = V2_0
    families: frozenset[str] = EVERY
    ask: str = ""


@dataclass(frozen=True)
class Rewrite:
    """A value with a new spelling. It is compared in lower case; a final ``*`` in ``old`` stands for any end."""

    key: str
    old: str
    new: str
    gone: Version
    families: frozenset[str] = EVERY
    ask: str = ""


HISTORY, NEW_HISTORY = "database.history", "schema.history.internal"

HISTORY_CLASSES = {
    "io.debezium.relational.history.KafkaDatabaseHistory": "io.debezium.storage.kafka.history.KafkaSchemaHistory",
    "io.debezium.relational.history.FileDatabaseHistory": "io.debezium.storage.file.history.FileSchemaHistory",
    "io.debezium.relational.history.MemoryDatabaseHistory": "io.debezium.relational.history.MemorySchemaHistory",
}

_LISTS = (("whitelist", "include.list"), ("blacklist", "exclude.list"))
_LISTED = ("database", "schema", "table", "column", "collection", "field")

RENAMES = (
    Rename(f"{HISTORY}.store.only.monitored.tables.ddl", f"{NEW_HISTORY}.store.only.captured.tables.ddl"),
    *(Rename(f"{what}.{old}", f"{what}.{new}") for what in _LISTED for old, new in _LISTS),
    Rename("heartbeat.topics.prefix", "topic.heartbeat.prefix"),
    Rename("toasted.value.placeholder", "unavailable.value.placeholder"),
    Rename("sanitize.field.names", "field.name.adjustment.mode", V2_2, convert="field_names"),
    Rename(
        "snapshot.custom.class",
        "snapshot.mode.custom.name",
        V2_6,
        ask="snapshot.mode.custom.name: it wants what name() of the class returns, and the class must be ported to the new Snapshotter interface.",
    ),
    Rename("event.deserialization.failure.handling.mode", "event.processing.failure.handling.mode", V3_0),
    Rename(
        "database.dbname",
        "database.names",
        families=frozenset({SQLSERVER}),
        side_by_side=False,
        ask="database.names: topics are now called prefix.database.schema.table and the source offset's key gains `database`, so the old offsets are "
        "not found. Copy the offsets to the new key and route the topics back to their old names, or accept a new snapshot into new topics.",
    ),
    Rename("log.mining.view.fetch.size", "query.fetch.size"),
    Rename("log.mining.archive.destination.name", "archive.destination.name", V3_0),
    Rename("log.mining.archive.log.hours", "archive.log.hours", V3_0),
    Rename("log.mining.transaction.retention.hours", "log.mining.transaction.retention.ms", V3_0, convert="hours_to_ms"),
    Rename("log.mining.transaction.retention", "log.mining.transaction.retention.ms", V3_0, convert="hours_to_ms"),
    Rename(
        "mongodb.hosts",
        "mongodb.connection.string",
        V2_4,
        convert="connection_string",
        ask="mongodb.connection.string: check it against the deployment (a sharded cluster is reached through mongos). User and password stay in "
        "their own keys.",
    ),
    Rename("mongodb.poll.interval.sec", "mongodb.poll.interval.ms", convert="seconds_to_ms"),
    Rename("initial.sync.max.threads", "snapshot.max.threads"),
)

_RETRIES = "removed in 2.2: the MongoDB driver reconnects on its own"
_MINING = "removed in 3.6"

DROPS = (
    Drop("source.struct.version", "removed in 2.0: there is only one structure left"),
    Drop("gtid.new.channel.position", "removed in 2.0: a new GTID channel is always read from its earliest position"),
    Drop("internal.implementation", "removed in 2.0: the legacy implementation is gone"),
    Drop("snapshot.new.tables", "removed in 2.7: a new table is snapshotted by a signal", V2_7),
    Drop("source.timestamp.mode", "removed in 2.0: the time of the commit is always used"),
    Drop("database.server.timezone", "removed in 2.0: the server is asked for its time zone", families=frozenset({SQLSERVER})),
    Drop("database.oracle.version", "removed in 2.0: the server is asked for its version"),
    Drop("log.mining.buffer.location", "removed in 2.0: a place on disk is now part of log.mining.buffer.infinispan.cache.*"),
    Drop("log.mining.query.logs.for.snapshot.offset", "removed in 2.0: replaced by log.mining.transaction.snapshot.boundary.mode"),
    *(
        Drop(f"log.mining.{name}", _MINING, V3_6)
        for name in (
            "batch.size.min",
            "batch.size.max",
            "batch.size.default",
            "sleep.time.min.ms",
            "sleep.time.max.ms",
            "sleep.time.default.ms",
            "sleep.time.increment.ms",
            "scn.gap.detection.gap.size.min",
            "scn.gap.detection.time.interval.max.ms",
        )
    ),
    *(
        Drop(key, _RETRIES, V2_2, frozenset({MONGODB, UNKNOWN}))
        for key in ("connect.backoff.initial.delay.ms", "connect.backoff.max.delay.ms", "connect.max.attempts")
    ),
    Drop("mongodb.members.auto.discover", "removed in 2.4: the MongoDB driver discovers the members", V2_4),
    Drop(
        "mongodb.connection.mode",
        "removed in 2.6: replica sets of a sharded cluster are no longer captured one by one",
        V2_6,
        ask="mongodb.connection.mode: if it was `replica_set` on a sharded cluster, connect to mongos; the offsets kept per replica set cannot be used.",
    ),
    Drop("connector.adapter", "removed in 2.7: MariaDB has a connector of its own, MySQL needs no adapter", V2_7, frozenset({MYSQL, MARIADB, UNKNOWN})),
)

_NEVER = (
    "snapshot.mode: `never` read the whole log from its beginning, `no_data` takes the schema first. "
    "Nothing changes for a connector that has its offsets and its history."
)

REWRITES = (
    Rewrite("snapshot.mode", "schema_only", "no_data", V2_6),  # still accepted in 3.2, deprecated since 2.6
    Rewrite("snapshot.mode", "schema_only_recovery", "recovery", V3_3),
    Rewrite("snapshot.mode", "never", "no_data", V3_3, frozenset({POSTGRESQL, MONGODB})),
    Rewrite("snapshot.mode", "never", "no_data", V3_6, frozenset({MYSQL, MARIADB}), ask=_NEVER),
    Rewrite("snapshot.mode", "exported", "initial", V2_0, frozenset({POSTGRESQL})),
    Rewrite(
        "plugin.name",
        "wal2json*",
        "pgoutput",
        V2_0,
        frozenset({POSTGRESQL}),
        ask="plugin.name: wal2json is gone. pgoutput needs a publication, and either it or decoderbufs needs a new slot: decide how to bridge the change "
        "(a new slot begins where it is created).",
    ),
    Rewrite(
        "capture.mode",
        "oplog",
        "change_streams_update_full",
        V2_0,
        frozenset({MONGODB}),
        ask="capture.mode: the oplog is no longer read. A change stream may not find the position of the old offset: plan for a new snapshot.",
    ),
    # DBZ-8482: MariaDB's own names came within 3.0
    Rewrite("database.ssl.mode", "disabled", "disable", V3_1, frozenset({MARIADB})),
    Rewrite("database.ssl.mode", "required", "trust", V3_1, frozenset({MARIADB})),
    Rewrite("database.ssl.mode", "verify_ca", "verify-ca", V3_1, frozenset({MARIADB})),
    Rewrite("database.ssl.mode", "verify_identity", "verify-full", V3_1, frozenset({MARIADB})),
)

# `database.` keys that Debezium itself reads, in any version from 1.9 to 3.6. All others are for the JDBC driver.
_DATABASE_KEYS = frozenset(
    """
    applicationIntent connection.adapter connection.factory.class connection.timeout.ms dbname exclude.list hostname include.list
    initial.statements instance jdbc.driver names oracle.version out.server.name password pdb.name port protocol query.timeout.ms server.id
    server.id.offset server.name server.timezone sslcert sslfactory sslkey sslmode sslpassword sslrootcert tcpKeepAlive url user
    """.split()
)
_DATABASE_PREFIXES = ("ssl.", "history.", "standby.")


def is_for_jdbc_driver(key: str) -> bool:
    """Whether Debezium 1.9 handed this key of a relational connector to the JDBC driver."""
    head, dot, rest = key.partition(".")
    if head != "database" or not dot or not rest or rest == "history":
        return False
    return rest not in _DATABASE_KEYS and not rest.startswith(_DATABASE_PREFIXES) and not any(key == row.old for row in RENAMES)


def applies(families: Iterable[str], family: str) -> bool:
    """Whether a row for these connectors (none means all) is for this one."""
    families = tuple(families)
    return not families or family in families
