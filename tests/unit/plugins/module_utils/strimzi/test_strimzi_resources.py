# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names, progress, versions and ownership of Strimzi's resources, and what a Kafka resource says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.pods import Container, Pod
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.kafka_resource import bootstrap, forbidden_keys, listeners, operators
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.ownership import is_owned_by_others, owned_spec
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import (
    TOPIC,
    USER,
    choose_version,
    operator_warning,
    progress_of,
    resource_name_problem,
    subject_of,
    topic_resource_name,
)
from hypothesis import given
from hypothesis import strategies as st

READY = {"type": "Ready", "status": "True"}


def resource(conditions: list[dict[str, str]] | None = None, observed: int | None = 2, **meta: Any) -> dict[str, Any]:
    status = {} if conditions is None else {"status": {"conditions": conditions, "observedGeneration": observed}}
    return {"metadata": {"name": "orders", "generation": 2, **meta}, "spec": {}, **status}


def field(manager: str, fields: dict[str, Any], operation: str = "Apply", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "fieldsV1": {"f:spec": fields}, **more}


@pytest.mark.parametrize("name", ["orders", "orders.in-1", "0"])
def test_a_legal_name_is_the_name_of_the_resource(name: str) -> None:
    assert topic_resource_name(name) == name


def test_other_names_become_legal_and_stay_apart() -> None:
    assert topic_resource_name("__consumer_offsets") == "consumer-offsets---84e7a678d08f4bd226872e5cdd4eb527fadc1c6a", "as Strimzi's old topic operator"
    assert topic_resource_name("Orders") != topic_resource_name("ORDERS")


@given(st.text("abcXYZ019._-", min_size=1, max_size=249))
def test_every_topic_has_a_legal_resource_name(topic: str) -> None:
    assert resource_name_problem(topic_resource_name(topic)) == ""


@pytest.mark.parametrize("name", ["", "Orders", "a_b", "-a", "a.", "a..b", "a" * 254])
def test_names_that_no_resource_can_have(name: str) -> None:
    assert resource_name_problem(name)


def test_a_topic_resource_stands_for_its_topic_name() -> None:
    named = {"metadata": {"name": "orders"}, "spec": {"topicName": "Orders"}}
    assert subject_of(TOPIC, named) == "Orders" and subject_of(USER, named) == "orders"


@pytest.mark.parametrize(
    ("given_resource", "state"),
    [
        (None, "gone"),
        (resource(None), "pending"),
        (resource([READY], observed=1), "pending"),
        (resource([READY], observed=None), "pending"),
        (resource([READY]), "ready"),
        (resource([{"type": "Unmanaged", "status": "True"}]), "ready"),
        (resource([{"type": "Ready", "status": "False", "reason": "KafkaError", "message": "no"}]), "not_ready"),
        (resource([{"type": "Warning", "status": "True"}]), "pending"),
        (resource([READY], deletionTimestamp="now", finalizers=["strimzi.io/topic-operator"]), "pending"),
        (resource([READY], annotations={"strimzi.io/pause-reconciliation": "true"}), "paused"),
        (resource([READY], annotations={"strimzi.io/pause-reconciliation": "false"}), "ready"),
    ],
)
def test_how_far_the_operator_is(given_resource: dict[str, Any] | None, state: str) -> None:
    assert progress_of(given_resource).state == state


def test_the_version_is_the_best_that_is_served_and_known() -> None:
    assert choose_version(TOPIC, {"kafkatopics": ("v1beta2", "v1")}, None) == "v1"
    assert choose_version(TOPIC, {"kafkatopics": ("v1beta2", "v1")}, "v1beta2") == "v1beta2"
    for served, wanted, words in (
        ({}, None, "the cluster has no resource kafkatopics"), ({"kafkatopics": ("v1",)}, "v1beta2", "version v1beta2 is not served, v1 is"),
        ({"kafkatopics": ("v2",)}, None, "it is served as v2 only"),
    ):  # fmt: skip
        with pytest.raises(OperationError, match=words):
            choose_version(TOPIC, served, wanted)


def test_who_works_on_the_topics() -> None:
    def kafka(**operator: str) -> dict[str, Any]:
        return {"metadata": {"name": "experiment"}, "spec": {"entityOperator": {"topicOperator": operator}}}

    assert operator_warning(TOPIC, "experiment", "kafka", [kafka()]) == ""
    assert "no entityOperator.userOperator" in operator_warning(USER, "experiment", "kafka", [kafka()])
    assert "watches namespace apps" in operator_warning(TOPIC, "experiment", "kafka", [kafka(watchedNamespace="apps")])
    assert "no Kafka resource" in operator_warning(TOPIC, "other", "kafka", [kafka()])


def test_what_we_own_is_what_we_applied() -> None:
    applied = {"f:partitions": {}, "f:config": {".": {}, "f:a": {}, "f:gone": {}}, "f:acls": {}}
    managed = [field("streamops.kafka", applied), field("kubectl", {"f:config": {"f:b": {}}})]
    there = {"metadata": {"managedFields": managed}, "spec": {"partitions": 3, "replicas": 1, "config": {"a": 1, "b": 2}, "acls": [{"c": 1}]}}
    assert owned_spec(there) == {"partitions": 3, "config": {"a": 1}, "acls": [{"c": 1}]}
    assert not is_owned_by_others(there, "config", "a") and is_owned_by_others(there, "config", "b") and is_owned_by_others(there, "config", "unknown")
    status = {"metadata": {"managedFields": [field("streamops.kafka", {"f:partitions": {}}, "Update")]}, "spec": {"partitions": 3}}
    assert owned_spec(status) == {} and is_owned_by_others(status, "partitions")


def test_keys_that_the_operator_ignores() -> None:
    keys = ["super.users", "log.dirs", "Advertised.listeners", "ssl.protocol", "min.insync.replicas", "broker.rack", "broker.session.timeout.ms"]
    assert sorted(forbidden_keys(keys)) == ["Advertised.listeners", "broker.rack", "log.dirs", "super.users"]
    assert forbidden_keys(["super.users"])["super.users"].startswith("spec.kafka.authorization.superUsers")


def test_addresses_by_listener() -> None:
    wanted = [{"name": "tls", "port": 9093, "type": "route", "tls": True, "authentication": {"type": "tls"}}]
    assert bootstrap({}) is None and bootstrap({"addresses": [{"host": "a", "port": 1}, {"host": "b", "port": 2}]}) == "a:1,b:2"
    found = listeners(wanted, [{"name": "tls", "bootstrapServers": "x:443"}, {"type": "old", "bootstrapServers": "y:1"}])
    assert found["tls"] == {"type": "route", "port": 9093, "tls": True, "authentication": "tls", "bootstrap_servers": "x:443"}
    assert found["old"]["bootstrap_servers"] == "y:1"


def test_pods_of_operators() -> None:
    image = Container("topic-operator", "registry.example.com/strimzi/operator:0.49.1")
    entity = {"strimzi.io/name": "experiment-entity-operator", "strimzi.io/cluster": "experiment", "strimzi.io/kind": "Kafka"}
    pods = [
        Pod("kafka", "e", entity, (image,)), Pod("kafka", "c", {"name": "strimzi-cluster-operator", "strimzi.io/kind": "cluster-operator"}),
        Pod("kafka", "b", {"strimzi.io/name": "experiment-kafka", "strimzi.io/kind": "Kafka"}), Pod("kafka", "o", {"name": "postgres-operator"}),
    ]  # fmt: skip
    found = operators(pods)
    assert [each["pod"] for each in found] == ["e", "c"] and found[0]["images"] == {"topic-operator": "registry.example.com/strimzi/operator:0.49.1"}
