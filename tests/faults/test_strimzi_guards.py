# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Told of Strimzi, the modules that change Kafka itself refuse what an operator would undo, and only that."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from run_module import run_module
from strimzi_cluster import SPEC, StrimziCluster, strimzi_cluster

RIGHT = {"resource_type": "topic", "name": "t-", "pattern_type": "prefixed", "operations": ["read"]}


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex[:8]}"


def call(cluster: StrimziCluster, module: str, check: bool = False, strimzi: dict[str, str] | None = None, **options: Any) -> Any:
    return run_module(module, {**cluster.connection, "strimzi": {**cluster.place, **(strimzi or {})}, **options}, check=check)


def test_a_topic_with_a_resource_is_left_to_it(cluster: StrimziCluster, name: str) -> None:
    cluster.topics.create("KafkaTopic", f"{name}-x", {"topicName": name, "partitions": 2, "config": {"retention.ms": 60000}}, cluster=cluster.name)
    cluster.wait_ready(cluster.topics, f"{name}-x")
    for changes in ({"config": {"retention.ms": 1}}, {"partitions": 3}, {"state": "absent"}):
        for check in (True, False):
            refused = call(cluster, "kafka_topic", name=name, check=check, **changes)
            assert refused["rc"] == 1 and "nothing was changed" in refused["msg"], changes
            assert f"topic '{name}' is made from KafkaTopic {cluster.namespace}/{name}-x" in refused["msg"]
            assert "streamops.kafka.strimzi_topic" in refused["msg"]
    same = call(cluster, "kafka_topic", name=name, partitions=2, config={"retention.ms": 60000})
    assert same["rc"] == 0 and same["changed"] is False
    cluster.topics.annotate(f"{name}-x", {"strimzi.io/managed": "false"})
    cluster.wait_ready(cluster.topics, f"{name}-x")
    assert call(cluster, "kafka_topic", name=name, state="absent")["changed"] is True, "an unmanaged topic is nobody's"


def test_a_topic_without_a_resource_is_changed_and_stays_so(cluster: StrimziCluster, name: str) -> None:
    assert call(cluster, "kafka_topic", name=name, config={"retention.ms": 60000})["changed"] is True
    assert call(cluster, "kafka_topic", name=name, config={"retention.ms": 70000})["changed"] is True
    assert call(cluster, "kafka_topic", name=name, config={"retention.ms": 70000})["changed"] is False
    assert call(cluster, "kafka_topic", name=name, state="absent")["changed"] is True


def test_rights_belong_to_the_user_operator_whether_the_user_has_a_resource_or_not(cluster: StrimziCluster, name: str) -> None:
    refused = call(cluster, "kafka_acl", acls=[{"principal": f"User:{name}", **RIGHT}, {"principal": f"User:CN={name}", **RIGHT}])
    assert refused["rc"] == 1 and "nothing was changed" in refused["msg"] and "streamops.kafka.strimzi_user" in refused["msg"]
    assert f"the ACLs of User:{name} belong to the user operator of cluster {cluster.namespace}/{cluster.name}" in refused["msg"]
    assert f"User:CN={name} belong" in refused["msg"]
    anybody = {"principal": "User:ANONYMOUS", **RIGHT, "name": name}
    assert call(cluster, "kafka_acl", acls=[anybody])["changed"] is True, "the operator leaves these alone"
    assert call(cluster, "kafka_acl", acls=[anybody], state="absent")["changed"] is True
    assert call(cluster, "kafka_acl", acls=[{"principal": f"User:{name}", **RIGHT}], state="absent")["changed"] is False, "nothing to undo"
    allowed = call(cluster, "kafka_acl", acls=[{"principal": f"User:{name}", **RIGHT}], check=True, strimzi={"ignored_users_pattern": "t-.*"})
    assert allowed["rc"] == 0 and allowed["changed"] is True
    assert "is no regular expression" in call(cluster, "kafka_acl", acls=[], strimzi={"ignored_users_pattern": "("})["msg"]


def test_credentials_and_quotas_belong_to_the_user_operator(cluster: StrimziCluster, name: str) -> None:
    refused = call(cluster, "kafka_user", name=name, password="p-0123456789abcdef")
    assert refused["rc"] == 1 and f"the credentials of User:{name} belong to the user operator" in refused["msg"]
    assert call(cluster, "kafka_user", name=name, state="absent")["changed"] is False
    refused = call(cluster, "kafka_quota", user=name, producer_byte_rate=1000000)
    assert refused["rc"] == 1 and f"the quotas of User:{name} belong to the user operator" in refused["msg"]
    assert call(cluster, "kafka_quota", client_id=name, producer_byte_rate=1000000, check=True)["changed"] is True, "no operator knows client ids"


def test_a_cluster_that_has_no_operators_owns_nothing(cluster: StrimziCluster, name: str) -> None:
    bare = {key: value for key, value in SPEC.items() if key != "entityOperator"}
    cluster.resources("kafkas").create("Kafka", "bare", bare, cluster=None)
    cluster.topics.create("KafkaTopic", name, {"partitions": 1}, cluster="bare")
    try:
        assert call(cluster, "kafka_topic", name=name, check=True, strimzi={"cluster": "bare"})["changed"] is True
        assert call(cluster, "kafka_acl", acls=[{"principal": f"User:{name}", **RIGHT}], check=True, strimzi={"cluster": "bare"})["changed"] is True
    finally:
        cluster.topics.delete(name)
        cluster.resources("kafkas").delete("bare")


def test_no_such_cluster(cluster: StrimziCluster, name: str) -> None:
    missing = call(cluster, "kafka_topic", name=name, strimzi={"cluster": "other"})
    assert missing["rc"] == 1 and f"namespace {cluster.namespace} has no Kafka resource other, it has: {cluster.name}" in missing["msg"]
