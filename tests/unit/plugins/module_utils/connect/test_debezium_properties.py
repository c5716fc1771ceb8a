# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every configuration, whatever is in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from ansible_collections.streamops.kafka.plugins.filter.debezium_upgrade import debezium_upgrade
from ansible_collections.streamops.kafka.plugins.module_utils.connect.debezium_rules import DROPS, RENAMES, REWRITES, TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CLASSES = [
    "io.debezium.connector.mysql.MySqlConnector",
    "io.debezium.connector.mariadb.MariaDbConnector",
    "io.debezium.connector.postgresql.PostgresConnector",
    "io.debezium.connector.sqlserver.SqlServerConnector",
    "io.debezium.connector.oracle.OracleConnector",
    "io.debezium.connector.mongodb.MongoDbConnector",
    "io.debezium.connector.db2.Db2Connector",
    "org.apache.kafka.connect.file.FileStreamSourceConnector",
    None,
]
FLATTENING = "io.debezium.transforms.ExtractNewRecordState"
SPECIAL = """
    database.server.name mongodb.name topic.prefix database.history database.history.kafka.topic database.history.consumer.sasl.jaas.config
    database.history.store.only.captured.tables.ddl schema.history.internal schema.history.internal.kafka.topic
    schema.history.internal.store.only.captured.tables.ddl transaction.topic topic.transaction topic.delimiter truncate.handling.mode
    skipped.operations schema.name.adjustment.mode signal.kafka.topic signal.enabled.channels signal.data.collection acks
    connector.client.config.override.policy producer.linger.ms producer.override.linger.ms producer.batch.size producer.acks
    database.hostname database.password database.connectTimeout driver.connectTimeout database.ssl.mode snapshot.locking.mode
    transforms transforms.route.replacement transforms.flat.drop.tombstones transforms.flat.delete.handling.mode
    transforms.flat.delete.tombstone.handling.mode some.other.key
""".split()
KEYS = sorted({*SPECIAL, *(row.old for row in RENAMES), *(row.new for row in RENAMES), *(row.key for row in DROPS), *(row.key for row in REWRITES)})
SERVER_NAMES = ("database.server.name", "mongodb.name")
SECRET = "s3cr3t-value"
NAMED_VALUES = sorted({row.old.rstrip("*") for row in REWRITES} | {row.new for row in REWRITES})
TEXTS = [SECRET, "", "true", "false", "skip", "include", "t", "d,t", "none", "4", "a.b", "${database.server.name}.tx", "rs0/h:1", "route", "rewrite", "mariadb"]
HISTORY_CLASS = "io.debezium.relational.history.KafkaDatabaseHistory"
VALUES = st.sampled_from([*TEXTS, *NAMED_VALUES, HISTORY_CLASS]) | st.text("ab.,/${}_- é", max_size=6) | st.booleans() | st.integers(-9, 9) | st.none()


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    config = draw(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=14))
    connector_class = draw(st.sampled_from(CLASSES))
    if connector_class:
        config["connector.class"] = connector_class
    if draw(st.booleans()):
        config["transforms.flat.type"] = FLATTENING
    return config


OPTIONS = st.fixed_dictionaries(
    {"target": st.sampled_from([str(target) for target in TARGETS])},
    optional={
        "source": st.sampled_from(["1.9", "2.2", "2.7"]),
        "mode": st.sampled_from(["replace", "both"]),
        "mariadb": st.booleans(),
        "producer_overrides": st.just({"linger.ms": 100}),
        "override_policy": st.sampled_from(["none", "principal", "all"]),
        "store_only_captured_tables_ddl": st.booleans(),
        "route_replacement": st.just("ct.$2.$3"),
        "keep_truncates": st.booleans(),
        "keep_schema_names": st.booleans(),
    },
)


def for_every_configuration(test: Callable[[dict[str, Any], dict[str, Any]], None]) -> Callable[[], None]:
    """Without limits of time: they would say how busy the machine is, and nothing about the filter."""
    return settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])(given(configs(), OPTIONS)(test))


@for_every_configuration
def test_a_second_upgrade_changes_nothing(config: dict[str, Any], options: dict[str, Any]) -> None:
    once = debezium_upgrade(config, **options)
    again = debezium_upgrade(once["config"], **options)
    assert again["config"] == once["config"]
    assert not (again["renamed"] or again["dropped"] or again["added"] or again["rewritten"])


@for_every_configuration
def test_the_input_is_not_touched(config: dict[str, Any], options: dict[str, Any]) -> None:
    before = copy.deepcopy((config, options))
    debezium_upgrade(config, **options)
    assert (config, options) == before


@for_every_configuration
def test_topic_prefix_is_the_server_name_or_what_it_was_and_never_invented(config: dict[str, Any], options: dict[str, Any]) -> None:
    after: Any = debezium_upgrade(config, **options)["config"]
    allowed = [config[key] for key in SERVER_NAMES if config.get(key) not in (None, "")] or [config.get("topic.prefix")]
    if "FileStream" in config.get("connector.class", ""):
        allowed = [config.get("topic.prefix")]
    assert str(after.get("topic.prefix")) in map(str, allowed)


@for_every_configuration
def test_no_key_is_lost_silently(config: dict[str, Any], options: dict[str, Any]) -> None:
    result: Any = debezium_upgrade(config, **options)
    for key in config:
        assert key in result["config"] or result["renamed"].get(key) in result["config"] or result["dropped"].get(key), key
    for key in result["config"]:
        assert key in config or key in result["renamed"].values() or result["added"].get(key), key


@for_every_configuration
def test_values_are_kept_unless_a_row_or_the_record_says_otherwise(config: dict[str, Any], options: dict[str, Any]) -> None:
    result: Any = debezium_upgrade(config, **options)
    converted = {row.old for row in RENAMES if row.convert} | {"database.history", "transaction.topic", "truncate.handling.mode"}
    for old, new in result["renamed"].items():
        if old not in converted and not old.startswith("transforms.flat.") and new not in result["rewritten"]:
            assert result["config"][new] is config[old]
    for key in config.keys() & result["config"].keys() - result["rewritten"].keys() - {"topic.prefix"}:
        assert result["config"][key] is config[key]


@for_every_configuration
def test_secrets_are_nowhere_but_in_the_configuration(config: dict[str, Any], options: dict[str, Any]) -> None:
    result = debezium_upgrade(config, **options)
    assert SECRET not in json.dumps({key: value for key, value in result.items() if key != "config"})


@for_every_configuration
def test_both_removes_nothing(config: dict[str, Any], options: dict[str, Any]) -> None:
    result: Any = debezium_upgrade(config, **{**options, "mode": "both"})
    assert config.keys() <= result["config"].keys()
    assert not result["dropped"]
