# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_kafka_info against a real API server with Strimzi's real definitions. The status is the tests' own: no operator runs here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from run_module import run_module
from strimzi_resources import READY, Resources, definitions

from lab import pods, strimzi_crds

SPEC: dict[str, Any] = {
    "kafka": {
        "listeners": [
            {"name": "plain", "port": 9092, "type": "internal", "tls": False},
            {"name": "scram", "port": 9094, "type": "internal", "tls": False, "authentication": {"type": "scram-sha-512"}},
        ],
        "config": {"super.users": "User:admin", "log.dirs": "/data", "ssl.cipher.suites": "TLS_AES_256_GCM_SHA384", "default.replication.factor": 3},
        "authorization": {"type": "simple", "superUsers": ["admin"]},
    },
    "entityOperator": {"topicOperator": {}},
}


@pytest.fixture(scope="module", params=["0.45.0", "1.2.0"])
def api_version(request: pytest.FixtureRequest) -> Iterator[str]:
    with definitions(request.param) as version:
        yield version


@pytest.fixture
def kafkas(api_version: str) -> Iterator[Resources]:
    with pods.namespace() as space:
        yield Resources(space, "kafkas", api_version)


def info(kafkas: Resources, **options: Any) -> Any:
    return run_module("strimzi_kafka_info", {"namespace": kafkas.space.name, **options})


def test_a_cluster_from_its_creation_to_ready(kafkas: Resources, api_version: str, tmp_path: Path) -> None:
    kafkas.create("Kafka", "experiment", SPEC)
    pools = Resources(kafkas.space, "kafkanodepools", api_version)
    pools.create("KafkaNodePool", "brokers", {"replicas": 3, "roles": ["broker", "controller"], "storage": {"type": "ephemeral"}})
    new = info(kafkas, cluster="experiment")
    cluster = new["clusters"]["experiment"]
    assert new["rc"] == 0 and new["changed"] is False and new["api_version"] == api_version and api_version in new["served_versions"]["kafkas"]
    assert cluster["state"] == "pending" and cluster["listeners"]["scram"]["bootstrap_servers"] is None
    assert cluster["listeners"]["scram"]["authentication"] == "scram-sha-512" and cluster["super_users"] == ["admin"]
    assert cluster["entity_operators"] == ["topicOperator"] and new["operators"] == []
    assert cluster["node_pools"] == [
        {"name": "brokers", "roles": ["broker", "controller"], "replicas": 3, "node_ids": [], "storage": "ephemeral"}]
    assert set(cluster["ignored_config"]) == {"super.users", "log.dirs"}
    assert "ignores super.users in spec.kafka.config, its place is spec.kafka.authorization.superUsers" in str(new["warnings"])

    addresses = [{"name": "scram", "bootstrapServers": "experiment-kafka-bootstrap.kafka.svc:9094"}]
    kafkas.status("experiment", READY, listeners=addresses, kafkaVersion="3.9.0", operatorLastSuccessfulVersion="0.45.0", clusterId="x")
    cluster = info(kafkas)["clusters"]["experiment"]
    assert cluster["state"] == "ready" and cluster["kafka_version"] == "3.9.0" and cluster["operator_version"] == "0.45.0"
    assert cluster["listeners"]["scram"]["bootstrap_servers"] == "experiment-kafka-bootstrap.kafka.svc:9094"
    assert cluster["listeners"]["plain"]["bootstrap_servers"] is None

    reader = [pods.rule(kind, "list", group="kafka.strimzi.io") for kind in ("kafkas", "kafkanodepools")]
    limited = info(kafkas, kubeconfig=str(kafkas.space.account("reader", reader, tmp_path)))
    assert limited["rc"] == 0 and limited["operators"] is None, "not checked is not the same as none"


def test_topic_module_knows_who_does_not_work_on_its_topics(kafkas: Resources) -> None:
    kafkas.create("Kafka", "experiment", {**SPEC, "entityOperator": {"topicOperator": {"watchedNamespace": "elsewhere"}}})
    args = {"namespace": kafkas.space.name, "cluster": "experiment", "wait": False}
    topic = run_module("strimzi_topic", {**args, "topics": [{"name": "a"}]}, check=True)
    assert "watches namespace elsewhere" in str(topic["warnings"])
    user = run_module("strimzi_user", {**args, "users": [{"name": "a"}]}, check=True)
    assert "has no entityOperator.userOperator" in str(user["warnings"])


def test_a_cluster_that_is_not_there(kafkas: Resources) -> None:
    result = info(kafkas, cluster="experiment")
    assert result["rc"] == 1 and "there is no such resource; the namespace has: none" in result["msg"]
    assert info(kafkas)["clusters"] == {}
    assert "version v1beta1 is not served" in info(kafkas, api_version="v1beta1")["msg"]


def test_without_strimzi_the_definitions_are_said_to_be_missing(kafkas: Resources) -> None:
    release = strimzi_crds.installed()
    assert release is not None
    strimzi_crds.remove("kafkatopics")
    try:
        result = run_module("strimzi_topic", {"namespace": kafkas.space.name, "cluster": "experiment", "topics": [{"name": "a"}]})
        assert result["rc"] == 1 and "the cluster has no resource kafkatopics.kafka.strimzi.io" in result["msg"]
        assert "Install Strimzi's resource definitions" in result["msg"]
        told = {"bootstrap_servers": "127.0.0.1:1", "strimzi": {"namespace": kafkas.space.name, "cluster": "experiment"}}
        for module, options in (("kafka_topic", {"name": "a"}), ("kafka_topic_retention_purge", {"topics": ["a"]})):
            refused = run_module(module, {**told, **options})
            assert refused["rc"] == 1 and "Install Strimzi's resource definitions" in refused["msg"], module
    finally:
        strimzi_crds.use(release)
