# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations of Debezium 1.9, a family each, with values that its plugin takes: what is always there, and what may be.

They name the lab's databases where it has them; of SQL Server, Oracle and MongoDB only the plugins are real here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

JAAS = 'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p";'
# By key the values that one may draw from.
Optional = Mapping[str, tuple[object, ...]]
COMMON: Optional = {
    "sanitize.field.names": (True, "false"),
    "heartbeat.topics.prefix": ("__beat",),
    "heartbeat.interval.ms": (10000,),
    "source.struct.version": ("v2",),
    "provide.transaction.metadata": (True,),
    "transaction.topic": ("${database.server.name}.tx", "tx"),
    "skipped.operations": ("d", "u,d"),
    "tombstones.on.delete": (False,),
    "max.queue.size": (8192,),
    "max.batch.size": (2048,),
    "decimal.handling.mode": ("string",),
    "producer.compression.type": ("lz4",),
    "producer.linger.ms": (50,),
    "connector.client.config.override.policy": ("All",),
    "acks": ("1",),
    "column.blacklist": ("shop.orders.secret",),
    "table.whitelist": ("shop.orders,shop.lines",),
}
HISTORY: Optional = {
    "database.history.kafka.recovery.attempts": (100,),
    "database.history.kafka.recovery.poll.interval.ms": (500,),
    "database.history.skip.unparseable.ddl": (True,),
    "database.history.store.only.monitored.tables.ddl": (True,),
    "database.history.store.only.captured.tables.ddl": (False,),
    "database.history.consumer.security.protocol": ("SASL_PLAINTEXT",),
    "database.history.producer.sasl.jaas.config": (JAAS,),
    "database.history": ("io.debezium.relational.history.KafkaDatabaseHistory",),
    "include.schema.changes": (False,),
}


@dataclass(frozen=True)
class Family:
    """One family of connectors.

    :param plugin: the class after the upgrade.
    :param target: the version of that plugin in the lab.
    :param optional: further keys by the values that they may have.
    :param unreachable: fields that the plugin finds fault with because the lab has no such database (for ``mysql`` it has MariaDB, which 3.6 refuses).
    """

    name: str
    always: Mapping[str, object]
    plugin: str
    target: str = "3.6"
    optional: Optional = field(default_factory=dict)
    unreachable: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)


def families(env: Mapping[str, str]) -> list[Family]:
    """All of them; ``env`` holds the LAB_* values."""
    history = {"database.history.kafka.topic": "history.cdc", "database.history.kafka.bootstrap.servers": env["LAB_KAFKA_SCRAM"]}
    mariadb = {**_login(env, "MARIADB"), "database.server.name": "cdc-orders", "database.server.id": 4711, **history}
    postgresql = {**_login(env, "POSTGRESQL"), "database.server.name": "cdc-orders", "database.dbname": "postgres", "slot.name": "cdc"}
    nowhere = {"database.hostname": "127.0.0.1", "database.port": 9, "database.user": "u", "database.password": "p", "database.server.name": "cdc-orders"}
    relational = {**COMMON, **HISTORY}
    binlog = {**relational, "database.whitelist": ("shop",), "snapshot.mode": ("initial", "schema_only", "when_needed", "schema_only_recovery"),
              "gtid.new.channel.position": ("earliest",), "signal.kafka.topic": ("signals",), "signal.kafka.bootstrap.servers": (env["LAB_KAFKA_SCRAM"],),
              "signal.data.collection": ("shop.signals",), "binlog.buffer.size": (0,), "bigint.unsigned.handling.mode": ("long",),
              "database.connectTimeout": (5000,)}
    package = "io.debezium.connector"
    return [
        Family("mysql", {"connector.class": f"{package}.mysql.MySqlConnector", **mariadb}, f"{package}.mysql.MySqlConnector",
               optional={**binlog, "database.ssl.mode": ("disabled", "preferred")}, unreachable=("database.hostname",)),
        Family("mariadb", {"connector.class": f"{package}.mysql.MySqlConnector", **mariadb}, f"{package}.mariadb.MariaDbConnector", "3.5",
               binlog, options={"mariadb": True}),
        Family("postgresql", {"connector.class": f"{package}.postgresql.PostgresConnector", **postgresql, "plugin.name": "pgoutput"},
               f"{package}.postgresql.PostgresConnector",
               optional={**COMMON, "schema.whitelist": ("public",), "snapshot.mode": ("initial", "exported", "never"),
                         "truncate.handling.mode": ("include", "skip"),
                         "toasted.value.placeholder": ("gone",), "publication.autocreate.mode": ("filtered",), "database.sslmode": ("disable",)}),
        Family("sqlserver", {"connector.class": f"{package}.sqlserver.SqlServerConnector", **nowhere, "database.dbname": "shop",
                             "database.loginTimeout": 1, **history},
               f"{package}.sqlserver.SqlServerConnector",
               optional={**relational, "snapshot.mode": ("initial", "schema_only"), "source.timestamp.mode": ("commit",)},
               unreachable=("database.hostname",)),
        Family("oracle", {"connector.class": f"{package}.oracle.OracleConnector", **nowhere, "database.dbname": "SHOP", **history},
               f"{package}.oracle.OracleConnector",
               optional={**relational, "log.mining.strategy": ("online_catalog",), "log.mining.archive.log.hours": (4,),
                         "log.mining.transaction.retention.hours": (2,),
                         "log.mining.view.fetch.size": (5000,), "log.mining.archive.destination.name": ("LOG_ARCHIVE_DEST_1",),
                         "database.oracle.version": ("12+",)},
               unreachable=("database.hostname",)),
        Family("mongodb", {"connector.class": f"{package}.mongodb.MongoDbConnector", "mongodb.hosts": "rs0/127.0.0.1:9", "mongodb.name": "cdc-orders",
                           "mongodb.user": "u",
                           "mongodb.password": "p", "mongodb.server.selection.timeout.ms": 300}, f"{package}.mongodb.MongoDbConnector",
               optional={key: values for key, values in COMMON.items() if not key.startswith(("decimal", "column", "table", "transaction.topic"))}
               | {"collection.whitelist": ("shop.orders",), "database.whitelist": ("shop",), "field.blacklist": ("shop.orders.secret",),
                  "mongodb.members.auto.discover": (True,),
                  "connect.backoff.initial.delay.ms": (1000,), "mongodb.poll.interval.sec": (30,), "initial.sync.max.threads": (2,),
                  "snapshot.mode": ("initial", "never")},
               unreachable=("mongodb.connection.string",)),
    ]  # fmt: skip


def _login(env: Mapping[str, str], server: str) -> dict[str, object]:
    return {"database.hostname": env[f"LAB_{server}_HOST"], "database.port": env[f"LAB_{server}_PORT"], "database.user": env[f"LAB_{server}_REPLICATION_USER"],
            "database.password": env[f"LAB_{server}_REPLICATION_PASSWORD"]}
