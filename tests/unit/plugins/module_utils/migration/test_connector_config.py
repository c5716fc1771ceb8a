# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configurations of both engines, field by field. Replicator's were not run against the real thing: they are compared with its documented settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.migration.connector_config import (
    MIRRORMAKER2,
    REPLICATOR,
    Copying,
    connector_configs,
    java_cluster,
    largest_record,
    secrets_of,
)

SOURCE = {"bootstrap_servers": ["old-1:9094", "old-2:9094"], "security_protocol": "ssl", "ssl_ca_location": "/etc/connect/ca.pem"}
DESTINATION = {"bootstrap_servers": "new:9092", "security_protocol": "sasl_ssl", "sasl_mechanism": "plain", "sasl_username": "key",
               "sasl_password": 'se"cret'}  # fmt: skip
FILE = "/etc/connect/migration.properties"
PLAN = [{"name": "m-01", "topics": ["a.b", "c"], "tasks_max": 3, "kind": "plain"}, {"name": "m-02", "topics": ["t"], "tasks_max": 1, "kind": "transactional"}]
COPYING = Copying(REPLICATOR, java_cluster(SOURCE, "source", FILE), java_cluster(DESTINATION, "destination", FILE), secrets_file=FILE)
LOGIN = {"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.jaas.config": "${file:" + FILE + ":destination.sasl.jaas.config}"}


def configs(**more: Any) -> dict[str, dict[str, str]]:
    return {str(each["name"]): dict(each["config"]) for each in connector_configs(PLAN, replace(COPYING, **more))}  # type: ignore[call-overload]


def test_replicator_field_by_field() -> None:
    converter = "io.confluent.connect.replicator.util.ByteArrayConverter"
    assert configs()["m-01"] == {
        "connector.class": "io.confluent.connect.replicator.ReplicatorSourceConnector", "tasks.max": "3",
        "topic.whitelist": "a.b,c", "topic.rename.format": "${topic}", "topic.preserve.partitions": "true", "topic.auto.create": "false",
        "topic.config.sync": "false", "topic.timestamp.type": "CreateTime", "topic.poll.interval.ms": "30000",
        "key.converter": converter, "value.converter": converter, "header.converter": converter,
        "src.key.converter": converter, "src.value.converter": converter, "src.header.converter": converter,
        "provenance.header.enable": "true", "offset.start": "connect", "offset.topic.commit": "true", "offset.timestamps.commit": "false",
        "offset.translator.tasks.max": "0",
        "src.consumer.group.id": "m-01", "src.consumer.auto.offset.reset": "earliest", "src.consumer.max.partition.fetch.bytes": "1114112",
        "src.kafka.bootstrap.servers": "old-1:9094,old-2:9094", "src.kafka.security.protocol": "SSL",
        "src.kafka.ssl.truststore.type": "PEM", "src.kafka.ssl.truststore.location": "/etc/connect/ca.pem",
        **{f"dest.kafka.{key}": value for key, value in {"bootstrap.servers": "new:9092", **LOGIN}.items()},
        **{f"confluent.topic.{key}": value for key, value in {"replication.factor": "3", "bootstrap.servers": "new:9092", **LOGIN}.items()},
        "producer.override.max.request.size": "1114112", "producer.override.acks": "all", "producer.override.max.in.flight.requests.per.connection": "1",
    }  # fmt: skip


def test_mirrormaker_field_by_field() -> None:
    converter = "org.apache.kafka.connect.converters.ByteArrayConverter"
    assert configs(engine=MIRRORMAKER2)["m-01"] == {
        "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector", "tasks.max": "3",
        "source.cluster.alias": "source", "target.cluster.alias": "destination",
        "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
        "topics": "a\\.b,c", "topics.exclude": "__consumer_offsets,__transaction_state",
        "sync.topic.configs.enabled": "false", "sync.topic.acls.enabled": "false", "replication.factor": "-1",
        "refresh.topics.enabled": "true", "refresh.topics.interval.seconds": "30", "emit.offset-syncs.enabled": "false",
        "heartbeats.replication.enabled": "false",
        "key.converter": converter, "value.converter": converter, "header.converter": converter,
        "source.consumer.auto.offset.reset": "earliest", "source.consumer.max.partition.fetch.bytes": "1114112",
        "source.cluster.bootstrap.servers": "old-1:9094,old-2:9094", "source.cluster.security.protocol": "SSL",
        "source.cluster.ssl.truststore.type": "PEM", "source.cluster.ssl.truststore.location": "/etc/connect/ca.pem",
        **{f"target.cluster.{key}": value for key, value in {"bootstrap.servers": "new:9092", **LOGIN}.items()},
        "producer.override.max.request.size": "1114112", "producer.override.acks": "all", "producer.override.max.in.flight.requests.per.connection": "1",
    }  # fmt: skip


@pytest.mark.parametrize(("engine", "key"), [(REPLICATOR, "src.consumer.isolation.level"), (MIRRORMAKER2, "source.consumer.isolation.level")])
def test_only_transactional_topics_are_read_committed(engine: str, key: str) -> None:
    made = configs(engine=engine)
    assert made["m-02"][key] == "read_committed" and key not in made["m-01"]


@pytest.mark.parametrize("engine", [REPLICATOR, MIRRORMAKER2])
def test_workers_on_the_source_write_to_the_destination(engine: str) -> None:
    made = configs(engine=engine, backed_by_source=True)["m-01"]
    for key, value in {"bootstrap.servers": "new:9092", **LOGIN}.items():
        assert made[f"producer.override.{key}"] == value
    assert "producer.override.bootstrap.servers" not in configs(engine=engine)["m-01"]


@pytest.mark.parametrize("engine", [REPLICATOR, MIRRORMAKER2])
def test_no_password_is_in_a_configuration(engine: str) -> None:
    assert "cret" not in str(configs(engine=engine, backed_by_source=True))
    assert secrets_of(DESTINATION, "destination") == {
        "destination.sasl.jaas.config": 'org.apache.kafka.common.security.plain.PlainLoginModule required username="key" password="se\\"cret";'}
    assert secrets_of(SOURCE, "source") == {}


def test_large_records_fit_and_own_settings_win() -> None:
    size = largest_record([{"config": {"max.message.bytes": "8388608"}}, {"config": None}, {}])
    made = configs(record_bytes=size, settings={"tasks.max": "9"})["m-01"]
    assert made["producer.override.max.request.size"] == made["src.consumer.max.partition.fetch.bytes"] == str(8388608 + 65536)
    assert made["tasks.max"] == "9"
