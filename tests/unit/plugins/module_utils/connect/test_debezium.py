# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One example for each row of the table in docs/debezium_upgrade.md, and the two cases of the note that it comes from."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.filter.debezium_upgrade import FilterModule

MYSQL = "io.debezium.connector.mysql.MySqlConnector"
MARIADB = "io.debezium.connector.mariadb.MariaDbConnector"
POSTGRESQL = "io.debezium.connector.postgresql.PostgresConnector"
SQLSERVER = "io.debezium.connector.sqlserver.SqlServerConnector"
ORACLE = "io.debezium.connector.oracle.OracleConnector"
MONGODB = "io.debezium.connector.mongodb.MongoDbConnector"
OLD_HISTORY = "io.debezium.relational.history."
NEW_HISTORY = "io.debezium.storage."


def upgrade(config: Any, target: Any = "3.0", **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = FilterModule().filters()["debezium_upgrade"](config, target, **options)
    return found


def upgraded(connector_class: str, config: dict[str, Any], target: str = "3.0", **options: Any) -> dict[str, Any]:
    """The configuration after the upgrade, of a connector that needs nothing but what ``config`` says."""
    return upgrade({"connector.class": connector_class, "topic.prefix": "shop", **config}, target, source="1.9", **options)


def says(result: dict[str, Any], *words: str) -> bool:
    return any(all(word in text for word in words) for text in result["decide"])


ROWS = [
    # connector, target, before, after
    (MYSQL, "2.0", {"database.history": OLD_HISTORY + "KafkaDatabaseHistory"}, {"schema.history.internal": NEW_HISTORY + "kafka.history.KafkaSchemaHistory"}),
    (MYSQL, "2.0", {"database.history": OLD_HISTORY + "FileDatabaseHistory"}, {"schema.history.internal": NEW_HISTORY + "file.history.FileSchemaHistory"}),
    (MYSQL, "2.0", {"database.history.kafka.topic": "h"}, {"schema.history.internal.kafka.topic": "h"}),
    (MYSQL, "2.0", {"database.history.kafka.recovery.attempts": 7}, {"schema.history.internal.kafka.recovery.attempts": 7}),
    (MYSQL, "2.0", {"database.history.skip.unparseable.ddl": True}, {"schema.history.internal.skip.unparseable.ddl": True}),
    (SQLSERVER, "2.0", {"database.history.consumer.sasl.jaas.config": "j"}, {"schema.history.internal.consumer.sasl.jaas.config": "j"}),
    (ORACLE, "2.0", {"database.history.producer.ssl.truststore.password": "p"}, {"schema.history.internal.producer.ssl.truststore.password": "p"}),
    (MYSQL, "2.0", {"database.history.store.only.monitored.tables.ddl": "true"}, {"schema.history.internal.store.only.captured.tables.ddl": "true"}),
    (MYSQL, "2.0", {"database.connectionTimeZone": "UTC"}, {"driver.connectionTimeZone": "UTC"}),
    (SQLSERVER, "2.0", {"database.encrypt": "true"}, {"driver.encrypt": "true"}),
    (SQLSERVER, "3.0", {"database.applicationIntent": "ReadOnly"}, {"database.applicationIntent": "ReadOnly"}),
    (MYSQL, "3.0", {"database.ssl.truststore.password": "p"}, {"database.ssl.truststore.password": "p"}),
    (POSTGRESQL, "3.0", {"database.sslmode": "require", "database.tcpKeepAlive": "true"}, {"database.sslmode": "require", "database.tcpKeepAlive": "true"}),
    (MYSQL, "2.0", {"database.whitelist": "a", "table.blacklist": "b"}, {"database.include.list": "a", "table.exclude.list": "b"}),
    (POSTGRESQL, "2.0", {"schema.whitelist": "a", "column.blacklist": "b"}, {"schema.include.list": "a", "column.exclude.list": "b"}),
    (MONGODB, "2.0", {"collection.whitelist": "a", "field.blacklist": "b"}, {"collection.include.list": "a", "field.exclude.list": "b"}),
    (MYSQL, "2.2", {"sanitize.field.names": "true"}, {"field.name.adjustment.mode": "avro"}),
    (MYSQL, "2.2", {"sanitize.field.names": False}, {"field.name.adjustment.mode": "none"}),
    (MYSQL, "2.1", {"sanitize.field.names": "true"}, {"sanitize.field.names": "true"}),
    (MYSQL, "2.0", {"source.struct.version": "v2"}, {}),
    (MYSQL, "2.0", {"heartbeat.topics.prefix": "hb"}, {"topic.heartbeat.prefix": "hb"}),
    (POSTGRESQL, "2.0", {"toasted.value.placeholder": "x"}, {"unavailable.value.placeholder": "x"}),
    (POSTGRESQL, "2.0", {"truncate.handling.mode": "include"}, {"skipped.operations": "none"}),
    (POSTGRESQL, "2.0", {"truncate.handling.mode": "skip"}, {"skipped.operations": "t"}),
    (POSTGRESQL, "2.0", {"truncate.handling.mode": "skip", "skipped.operations": "d"}, {"skipped.operations": "d,t"}),
    (POSTGRESQL, "2.0", {"snapshot.mode": "exported"}, {"snapshot.mode": "initial"}),
    (POSTGRESQL, "2.0", {"plugin.name": "wal2json_rds"}, {"plugin.name": "pgoutput"}),
    (POSTGRESQL, "2.5", {"snapshot.custom.class": "a.B"}, {"snapshot.custom.class": "a.B"}),
    (POSTGRESQL, "2.6", {"snapshot.custom.class": "a.B"}, {"snapshot.mode.custom.name": "a.B"}),
    (MYSQL, "2.5", {"snapshot.mode": "schema_only"}, {"snapshot.mode": "schema_only"}),
    (MYSQL, "3.0", {"snapshot.mode": "schema_only"}, {"snapshot.mode": "no_data"}),
    (MYSQL, "3.2", {"snapshot.mode": "schema_only_recovery"}, {"snapshot.mode": "schema_only_recovery"}),
    (MYSQL, "3.3", {"snapshot.mode": "schema_only_recovery"}, {"snapshot.mode": "recovery"}),
    (POSTGRESQL, "3.2", {"snapshot.mode": "never"}, {"snapshot.mode": "never"}),
    (POSTGRESQL, "3.3", {"snapshot.mode": "never"}, {"snapshot.mode": "no_data"}),
    (MONGODB, "3.3", {"snapshot.mode": "never"}, {"snapshot.mode": "no_data"}),
    (MYSQL, "3.5", {"snapshot.mode": "never"}, {"snapshot.mode": "never"}),
    (MYSQL, "3.6", {"snapshot.mode": "never"}, {"snapshot.mode": "no_data"}),
    (MYSQL, "2.6", {"snapshot.new.tables": "parallel"}, {"snapshot.new.tables": "parallel"}),
    (MYSQL, "2.7", {"snapshot.new.tables": "parallel"}, {}),
    (MYSQL, "2.0", {"gtid.new.channel.position": "latest"}, {}),
    (MYSQL, "2.0", {"internal.implementation": "legacy"}, {}),
    (MYSQL, "2.7", {"event.deserialization.failure.handling.mode": "warn"}, {"event.deserialization.failure.handling.mode": "warn"}),
    (MYSQL, "3.0", {"event.deserialization.failure.handling.mode": "warn"}, {"event.processing.failure.handling.mode": "warn"}),
    (SQLSERVER, "2.0", {"database.dbname": "db"}, {"database.names": "db"}),
    (POSTGRESQL, "3.0", {"database.dbname": "db"}, {"database.dbname": "db"}),
    (SQLSERVER, "2.0", {"source.timestamp.mode": "commit", "database.server.timezone": "UTC"}, {}),
    (MONGODB, "2.3", {"mongodb.hosts": "rs0/a:1,b:2"}, {"mongodb.hosts": "rs0/a:1,b:2"}),
    (MONGODB, "2.4", {"mongodb.hosts": "rs0/a:1,b:2"}, {"mongodb.connection.string": "mongodb://a:1,b:2/?replicaSet=rs0"}),
    (MONGODB, "2.4", {"mongodb.hosts": "a:1"}, {"mongodb.connection.string": "mongodb://a:1/"}),
    (MONGODB, "2.4", {"mongodb.members.auto.discover": "false"}, {}),
    (MONGODB, "2.6", {"mongodb.connection.mode": "sharded"}, {}),
    (MONGODB, "2.1", {"connect.backoff.max.delay.ms": 9}, {"connect.backoff.max.delay.ms": 9}),
    (MONGODB, "2.2", {"connect.backoff.initial.delay.ms": 1, "connect.backoff.max.delay.ms": 9, "connect.max.attempts": 3}, {}),
    (MONGODB, "2.0", {"mongodb.poll.interval.sec": "30"}, {"mongodb.poll.interval.ms": "30000"}),
    (MONGODB, "2.0", {"initial.sync.max.threads": 2}, {"snapshot.max.threads": 2}),
    (MONGODB, "2.0", {"capture.mode": "oplog"}, {"capture.mode": "change_streams_update_full"}),
    (ORACLE, "2.7", {"log.mining.archive.destination.name": "d"}, {"log.mining.archive.destination.name": "d"}),
    (ORACLE, "3.0", {"log.mining.archive.destination.name": "d"}, {"archive.destination.name": "d"}),
    (ORACLE, "3.0", {"log.mining.archive.log.hours": 4}, {"archive.log.hours": 4}),
    (ORACLE, "3.0", {"log.mining.transaction.retention.hours": "2"}, {"log.mining.transaction.retention.ms": "7200000"}),
    (ORACLE, "3.0", {"log.mining.transaction.retention": 2}, {"log.mining.transaction.retention.ms": 7_200_000}),
    (ORACLE, "2.7", {"log.mining.transaction.retention.hours": 2}, {"log.mining.transaction.retention.hours": 2}),
    (ORACLE, "2.0", {"log.mining.view.fetch.size": 500}, {"query.fetch.size": 500}),
    (ORACLE, "2.0", {"database.oracle.version": "19", "log.mining.buffer.location": "/b"}, {}),
    (ORACLE, "3.6", {"log.mining.batch.size.max": 9, "log.mining.scn.gap.detection.gap.size.min": 9}, {}),
    (MYSQL, "2.7", {"connector.adapter": "mysql"}, {}),
    (MARIADB, "3.1", {"database.ssl.mode": "verify_identity"}, {"database.ssl.mode": "verify-full"}),
    (MYSQL, "3.1", {"database.ssl.mode": "verify_identity"}, {"database.ssl.mode": "verify_identity"}),
    (MYSQL, "3.6", {"tombstones.on.delete": False, "x.unknown": 1}, {"tombstones.on.delete": False, "x.unknown": 1}),
    (MYSQL, "3.6", {"datatype.propagate.source.type": ".*", "max.queue.size": 8192}, {"datatype.propagate.source.type": ".*", "max.queue.size": 8192}),
]  # fmt: skip


@pytest.mark.parametrize(("connector_class", "target", "before", "after"), ROWS, ids=[f"{row[1]}-{'-'.join(row[2])}" for row in ROWS])
def test_row_of_the_table(connector_class: str, target: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    config = upgraded(connector_class, before, target, keep_schema_names=False)["config"]
    assert config == {"connector.class": connector_class, "topic.prefix": "shop", **after}
    assert {key: type(value) for key, value in config.items() if key in after} == {key: type(value) for key, value in after.items()}


@pytest.mark.parametrize("name", ["database.server.name", "mongodb.name"])
def test_server_name_becomes_the_topic_prefix(name: str) -> None:
    result = upgrade({"connector.class": MONGODB, name: "shop-eu"})
    assert result["config"]["topic.prefix"] == "shop-eu"
    assert name not in result["config"]
    assert result["renamed"] == {name: "topic.prefix"}


def test_topic_prefix_keeps_the_server_name_even_if_something_else_is_there() -> None:
    result = upgrade({"connector.class": MYSQL, "database.server.name": "right", "topic.prefix": "wrong"})
    assert result["config"]["topic.prefix"] == "right"
    assert says(result, "topic.prefix differed")


@pytest.mark.parametrize("present", [None, ""])
def test_an_empty_topic_prefix_gives_way_to_the_server_name(present: str | None) -> None:
    result = upgrade({"connector.class": MYSQL, "database.server.name": "shop", "topic.prefix": present})
    assert result["config"]["topic.prefix"] == "shop"
    assert not says(result, "topic.prefix differed")


@pytest.mark.parametrize("config", [{}, {"database.server.name": ""}, {"database.server.name": None}])
def test_topic_prefix_is_never_invented(config: dict[str, Any]) -> None:
    result = upgrade({"connector.class": MYSQL, "name": "shop", "database.hostname": "db", **config})
    assert "topic.prefix" not in result["config"]
    assert says(result, "topic.prefix is missing")


def test_configuration_of_3_0_comes_out_unchanged() -> None:
    config = {
        "connector.class": MYSQL,
        "topic.prefix": "shop",
        "database.hostname": "db",
        "database.connectTimeout": "1000",
        "schema.history.internal.kafka.topic": "history",
        "snapshot.mode": "no_data",
    }
    assert upgrade(config) == {"config": config, "renamed": {}, "dropped": {}, "added": {}, "rewritten": {}, "decide": []}


@pytest.mark.parametrize(
    "connector_class", ["org.apache.kafka.connect.file.FileStreamSourceConnector", "io.debezium.connector.jdbc.JdbcSinkConnector", "FileStreamSink", 5]
)
def test_other_connectors_are_left_alone(connector_class: Any) -> None:
    config = {"connector.class": connector_class, "database.server.name": "x", "acks": "1"}
    result = upgrade(config)
    assert result["config"] == config
    assert says(result, "not a Debezium source connector")
    assert not (result["renamed"] or result["dropped"] or result["added"] or result["rewritten"])


@pytest.mark.parametrize("name", ["MySqlConnector", "MySql"])
def test_short_class_names_are_known(name: str) -> None:
    assert upgrade({"connector.class": name, "database.server.name": "x"})["config"]["topic.prefix"] == "x"


def test_without_a_class_what_all_connectors_share_is_done() -> None:
    result = upgrade({"database.server.name": "x", "database.dbname": "y"})
    assert result["config"] == {"topic.prefix": "x", "database.dbname": "y", "schema.name.adjustment.mode": "avro"}
    assert says(result, "connector.class is missing")
    assert upgrade({"foo": "bar"})["config"] == {"foo": "bar"}


def test_schema_names_are_kept_explicitly_and_only_for_what_was_before_2_0() -> None:
    key = "schema.name.adjustment.mode"
    old = upgrade({"connector.class": MYSQL, "database.server.name": "shop-eu"})
    assert old["config"][key] == "avro" and "names" in old["added"][key]
    assert key not in upgrade({"connector.class": MYSQL, "database.server.name": "x"}, keep_schema_names=False)["config"]
    assert upgrade({"connector.class": MYSQL, "database.server.name": "x", key: "none"})["config"][key] == "none"
    either = upgrade({"connector.class": MYSQL, "database.server.name": "x", "topic.prefix": "x"})
    assert key not in either["config"] and says(either, key, "side by side")


def test_skipped_operations_are_a_decision() -> None:
    config = {"connector.class": MYSQL, "database.server.name": "x"}
    assert says(upgrade(config), "skipped.operations", "keep_truncates")
    kept = upgrade(config, keep_truncates=True)
    assert kept["config"]["skipped.operations"] == "none" and not says(kept, "skipped.operations")
    accepted = upgrade(config, keep_truncates=False)
    assert "skipped.operations" not in accepted["config"] and not says(accepted, "skipped.operations")
    assert says(upgraded(POSTGRESQL, {"skipped.operations": "d"}), "Add `t`")


@pytest.mark.parametrize(
    ("topic", "suffix"),
    [("shop.tx", "tx"), ("${database.server.name}.tx", "tx"), ("shop.a.b", "a.b"), ("other", None), ("shop", None), ("shop.", None), ("shopping.tx", None)],
)
def test_transaction_topic_keeps_its_name_or_says_that_it_cannot(topic: str, suffix: str | None) -> None:
    result = upgrade({"connector.class": POSTGRESQL, "database.server.name": "shop", "transaction.topic": topic})
    assert result["config"].get("topic.transaction") == suffix
    assert "transaction.topic" not in result["config"]
    assert says(result, "cannot be kept") == (suffix is None) == ("transaction.topic" in result["dropped"])


def test_transaction_topic_uses_the_delimiter_of_the_configuration() -> None:
    result = upgrade({"connector.class": POSTGRESQL, "database.server.name": "shop", "transaction.topic": "shop_tx", "topic.delimiter": "_"})
    assert result["config"]["topic.transaction"] == "tx"


def test_kafka_signals_stay_on() -> None:
    config = {"signal.kafka.topic": "signals"}
    result = upgraded(MYSQL, config)
    assert result["config"]["signal.enabled.channels"] == "source,kafka"
    assert says(result, "additional-conditions")
    assert "signal.enabled.channels" not in upgraded(MYSQL, config, "2.2")["config"]
    unsure = upgrade({"connector.class": MYSQL, "topic.prefix": "x", **config})
    assert "signal.enabled.channels" not in unsure["config"] and says(unsure, "signal.enabled.channels")


def test_database_names_of_sql_server_are_a_decision() -> None:
    assert says(upgraded(SQLSERVER, {"database.dbname": "db"}), "database.names", "offset")


@pytest.mark.parametrize(
    ("connector_class", "config", "words"),
    [
        (POSTGRESQL, {"plugin.name": "wal2json"}, ("slot",)),
        (POSTGRESQL, {"snapshot.custom.class": "a.B"}, ("snapshot.mode.custom.name",)),
        (POSTGRESQL, {"truncate.handling.mode": "maybe"}, ("truncate.handling.mode",)),
        (MONGODB, {"mongodb.hosts": "a/b:1;c/d:2"}, ("mongodb.hosts", "by hand")),
        (MONGODB, {"mongodb.hosts": "${file:/f:h}"}, ("mongodb.hosts", "by hand")),
        (MONGODB, {"capture.mode": "oplog"}, ("capture.mode", "snapshot")),
        (ORACLE, {"log.mining.transaction.retention.hours": "${env:H}"}, ("retention.hours", "by hand")),
        (ORACLE, {}, ("scn",)),
        (MYSQL, {"database.history": "com.example.OwnDatabaseHistory"}, ("schema.history.internal", "ported")),
        (MYSQL, {"producer.acks": "1"}, ("producer.acks", "without effect")),
        (MYSQL, {"table.whitelist": "a", "table.include.list": "b"}, ("table.whitelist", "different")),
        (MYSQL, {"topic.prefix": "shöp"}, ("topic.prefix", "characters")),
        (MARIADB, {"database.ssl.mode": "required"}, ("3.0.8",)),
    ],
)
def test_what_a_human_must_decide_is_said(connector_class: str, config: dict[str, Any], words: tuple[str, ...]) -> None:
    assert says(upgraded(connector_class, config), *words)


def test_mysql_connector_on_mariadb_by_target() -> None:
    config = {"connector.class": MYSQL, "topic.prefix": "x"}
    assert upgrade(config, "2.4", mariadb=True)["config"] == config
    assert upgrade(config, "2.5", mariadb=True)["config"] == {**config, "connector.adapter": "mariadb"}
    moved = upgrade(config, "2.7", mariadb=True)
    assert moved["config"] == {**config, "connector.class": MARIADB}
    assert "connector.class" in moved["rewritten"] and says(moved, "MariaDbConnector", "schema")
    assert upgrade({**config, "connector.adapter": "mariadb"}, "3.0")["config"] == {**config, "connector.class": MARIADB}
    tls = upgrade({**config, "database.ssl.mode": "required"}, "3.1", mariadb=True)["config"]
    assert tls["database.ssl.mode"] == "trust"
    assert says(upgrade({**config, "database.ssl.mode": "preferred"}, "3.1", mariadb=True), "preferred")
    assert says(upgrade({**config, "snapshot.locking.mode": "minimal_percona"}, mariadb=True), "minimal_percona")


def test_deletes_of_the_flattening_transform_stay_as_they_were() -> None:
    def after(options: dict[str, Any], target: str = "3.2") -> dict[str, Any]:
        keys = {f"transforms.flat.{key}": value for key, value in options.items()}
        config = upgraded(POSTGRESQL, {"transforms": "flat", "transforms.flat.type": "io.debezium.transforms.ExtractNewRecordState", **keys}, target)
        return {key.removeprefix("transforms.flat."): value for key, value in config["config"].items() if key.startswith("transforms.flat.")}

    kind = {"type": "io.debezium.transforms.ExtractNewRecordState"}
    old = {"drop.tombstones": "false", "delete.handling.mode": "rewrite"}
    assert after(old, "3.1") == {**kind, **old}
    assert after(old) == {**kind, "delete.tombstone.handling.mode": "rewrite-with-tombstone"}
    assert after({"drop.tombstones": False}) == {**kind, "delete.tombstone.handling.mode": "tombstone"}
    assert after({}) == {**kind, "delete.tombstone.handling.mode": "drop"}


def captured_orders() -> dict[str, Any]:
    """The first case: a MySQL connector of 1.9 with keys of a worker in it."""
    return {
        "name": "orders-cdc",
        "connector.class": MYSQL,
        "database.hostname": "db.example.com",
        "database.password": "${file:/run/secrets/db:password}",
        "database.server.id": 5410,
        "database.server.name": "cdc-orders",
        "database.include.list": "orders",
        "database.history.kafka.topic": "history.cdc-orders",
        "database.history.kafka.bootstrap.servers": "k1:9092,k2:9092",
        "database.history.store.only.captured.tables.ddl": "false",
        "sanitize.field.names": "true",
        "producer.compression.type": "snappy",
        "producer.linger.ms": 50,
        "producer.batch.size": 32768,
        "producer.request.timeout.ms": 90000,
        "connector.client.config.override.policy": "All",
        "transforms": "route",
        "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.route.regex": "([^.]+)\\.([^.]+)\\.([^.]+)",
        "transforms.route.replacement": "orders.$2.$3",
    }


def test_case_of_the_connector_with_worker_keys() -> None:
    before = captured_orders()
    result = upgrade(before, override_policy="all", store_only_captured_tables_ddl=True, route_replacement="landing.$2.$3")
    assert before == captured_orders()
    assert result["config"] == {
        "name": "orders-cdc",
        "connector.class": MYSQL,
        "database.hostname": "db.example.com",
        "database.password": "${file:/run/secrets/db:password}",
        "database.server.id": 5410,
        "topic.prefix": "cdc-orders",
        "database.include.list": "orders",
        "schema.history.internal.kafka.topic": "history.cdc-orders",
        "schema.history.internal.kafka.bootstrap.servers": "k1:9092,k2:9092",
        "schema.history.internal.store.only.captured.tables.ddl": "true",
        "field.name.adjustment.mode": "avro",
        "schema.name.adjustment.mode": "avro",
        "producer.override.compression.type": "snappy",
        "producer.override.linger.ms": 50,
        "producer.override.batch.size": 32768,
        "producer.override.request.timeout.ms": 90000,
        "transforms": "route",
        "transforms.route.type": "org.apache.kafka.connect.transforms.RegexRouter",
        "transforms.route.regex": "([^.]+)\\.([^.]+)\\.([^.]+)",
        "transforms.route.replacement": "landing.$2.$3",
    }
    assert list(result["dropped"]) == ["connector.client.config.override.policy"]
    assert set(result["added"]) == {"schema.name.adjustment.mode"}
    assert set(result["rewritten"]) == {"schema.history.internal.store.only.captured.tables.ddl", "transforms.route.replacement"}


def test_case_of_the_connector_with_worker_keys_and_other_values() -> None:
    wanted = {"compression.type": "lz4", "producer.linger.ms": 100, "producer.override.batch.size": 65536, "max.request.size": 4194304}
    config = upgrade(captured_orders(), producer_overrides=wanted)["config"]
    overrides = {key: value for key, value in config.items() if key.startswith("producer.")}
    assert overrides == {
        "producer.override.compression.type": "lz4",
        "producer.override.linger.ms": 100,
        "producer.override.batch.size": 65536,
        "producer.override.request.timeout.ms": 90000,
        "producer.override.max.request.size": 4194304,
    }


def test_case_of_the_connector_with_bare_acks() -> None:
    result = upgrade(
        {
            "name": "stock-ct",
            "connector.class": MYSQL,
            "database.server.name": "ct-stock-replica",
            "database.history.kafka.topic": "history.ct-stock",
            "database.history.kafka.bootstrap.servers": "k1:9092",
            "acks": "1",
            "transforms": "unwrap, route",
            "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
            "transforms.route.replacement": "x.$3",
        },
        route_replacement="stock.$2.$3",
        store_only_captured_tables_ddl=True,
    )
    assert result["config"] == {
        "name": "stock-ct",
        "connector.class": MYSQL,
        "topic.prefix": "ct-stock-replica",
        "schema.history.internal.kafka.topic": "history.ct-stock",
        "schema.history.internal.kafka.bootstrap.servers": "k1:9092",
        "schema.history.internal.store.only.captured.tables.ddl": "true",
        "schema.name.adjustment.mode": "avro",
        "transforms": "unwrap, route",
        "transforms.unwrap.type": "io.debezium.transforms.ExtractNewRecordState",
        "transforms.route.replacement": "stock.$2.$3",
    }
    assert "producer.override.acks" in result["dropped"]["acks"]


def test_route_is_replaced_only_where_it_is() -> None:
    config = {"connector.class": MYSQL, "topic.prefix": "x"}
    absent = upgrade(config, route_replacement="a.$1")
    assert absent["config"] == config and says(absent, "transforms.route.replacement")
    named = upgrade({**config, "transforms": "pick", "transforms.pick.replacement": "b"}, route_replacement="a.$1", route_transform="pick")
    assert named["config"]["transforms.pick.replacement"] == "a.$1"


def test_schema_history_is_not_forced_on_connectors_without_one() -> None:
    assert upgraded(POSTGRESQL, {}, store_only_captured_tables_ddl=True)["added"].keys() == {"schema.name.adjustment.mode"}


@pytest.mark.parametrize(
    ("policy", "refused"),
    [
        ("none", True),
        ("None", True),
        ("principal", True),
        ("org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy", True),
        ("All", False),
        ("com.example.OwnPolicy", False),
        (None, False),
    ],
)
def test_overrides_that_the_worker_refuses_are_said(policy: str | None, refused: bool) -> None:
    result = upgraded(MYSQL, {"producer.linger.ms": 5, "producer.override.sasl.mechanism": "PLAIN"}, override_policy=policy)
    assert says(result, "refuses", "producer.override.linger.ms") == refused
    assert says(result, "not checked") == (policy in (None, "com.example.OwnPolicy"))
    if policy == "principal":
        assert not says(result, "producer.override.sasl.mechanism")


def test_an_override_that_is_set_already_stands() -> None:
    result = upgraded(MYSQL, {"producer.linger.ms": 5, "producer.override.linger.ms": 9})
    assert result["config"]["producer.override.linger.ms"] == 9
    assert "producer.linger.ms" in result["dropped"]


def test_both_keeps_the_old_keys_beside_the_new() -> None:
    before = {**captured_orders(), "snapshot.mode": "schema_only"}
    prepared = upgrade(before, mode="both")
    assert {key: prepared["config"][key] for key in before} == before
    assert prepared["config"]["topic.prefix"] == "cdc-orders"
    assert prepared["config"]["schema.history.internal.kafka.topic"] == "history.cdc-orders"
    assert not prepared["dropped"] and not prepared["rewritten"]
    assert says(prepared, "snapshot.mode", "left for the upgrade") and says(prepared, "producer.linger.ms", "left for the upgrade")


def test_both_and_then_replace_is_the_same_as_replace() -> None:
    before = captured_orders()
    assert upgrade(upgrade(before, mode="both")["config"])["config"] == upgrade(before)["config"]


def test_both_leaves_what_the_running_version_would_read() -> None:
    prepared = upgraded(SQLSERVER, {"database.dbname": "db"}, mode="both")
    assert "database.names" not in prepared["config"] and says(prepared, "database.dbname", "left for the upgrade")


@pytest.mark.parametrize("target", ["3.0.8.Final", 3.0, "2.0", "3.6"])
def test_targets_are_read_as_people_write_them(target: Any) -> None:
    assert upgrade({"connector.class": MYSQL, "database.server.name": "x"}, target)["config"]["topic.prefix"] == "x"


@pytest.mark.parametrize(
    ("config", "options", "words"),
    [
        (None, {}, "must be a dictionary"),
        ("text", {}, "must be a dictionary"),
        ([1], {}, "must be a dictionary"),
        ({1: "a"}, {}, "must be a text"),
        ({"a": {"b": 1}}, {}, "value of a"),
        ({"name": "x", "config": {}}, {}, "pass its `config` only"),
        ({}, {"target": "1.9"}, "from 2.0 to 3.6"),
        ({}, {"target": "newest"}, "from 2.0 to 3.6"),
        ({}, {"target": None}, "from 2.0 to 3.6"),
        ({}, {"source": "old"}, "source must be"),
        ({}, {"mode": "all"}, "replace, both"),
        ({}, {"mariadb": "maybe"}, "mariadb must be a boolean"),
        ({}, {"keep_truncates": "maybe"}, "keep_truncates must be a boolean"),
        ({}, {"override_policy": "some"}, "none, principal, all"),
        ({}, {"producer_overrides": ["linger.ms"]}, "producer_overrides must be a dictionary"),
        ({}, {"producer_overrides": {"linger.ms": {}}}, "linger.ms"),
        ({}, {"route_replacement": 5}, "route_replacement must be a text"),
        ({}, {"routes": 5}, "no option routes"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(config: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match="debezium_upgrade") as error:
        upgrade(config, **options)
    assert words in str(error.value)


def test_all_wrong_options_are_named_at_once() -> None:
    with pytest.raises(AnsibleFilterError) as error:
        upgrade("text", "9.9", mode="no")
    assert all(words in str(error.value) for words in ("dictionary", "target", "mode"))
