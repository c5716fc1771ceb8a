# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_topic and strimzi_user with operators behind them: what is Ready is so in Kafka, and what fails is told in the operator's words."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka.admin import AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ConfigResource, ResourcePatternType, ResourceType
from run_module import run_module
from strimzi_cluster import StrimziCluster, strimzi_cluster

import lab
from lab.waiting import wait_until

IS_REAL = bool(os.environ.get("STRIMZI_TEST_KUBECONFIG"))


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    """The newest API; the other tests with operators use the oldest."""
    with strimzi_cluster("1.2.0") as made:
        yield made


@pytest.fixture(scope="module")
def admin(cluster: StrimziCluster) -> AdminClient:
    return cluster.admin()


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex[:8]}"


def topics(cluster: StrimziCluster, *wanted: dict[str, Any], **options: Any) -> Any:
    return run_module("strimzi_topic", {**cluster.place, "topics": list(wanted), "wait_timeout": 60, **options})


def users(cluster: StrimziCluster, *wanted: dict[str, Any], **options: Any) -> Any:
    return run_module("strimzi_user", {**cluster.place, "users": list(wanted), "wait_timeout": 60, **options})


def config(admin: AdminClient, topic: str) -> dict[str, str]:
    entries = next(iter(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values())).result(timeout=20)
    return {key: entry.value for key, entry in entries.items() if entry.source == 1}


def unlisted(admin: AdminClient, *names: str) -> str | None:
    """How many a broker does not list (yet); it applies what the controller has decided a moment later."""
    left = set(names) - set(admin.list_topics(timeout=20).topics)
    return str(len(left)) if left else None


def test_topics_in_several_batches_are_in_kafka_when_they_are_ready(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    wanted = [{"name": f"{name.upper()}_{number}", "partitions": 1, "config": {"retention.ms": 60000}} for number in range(30)]
    made = topics(cluster, *wanted, batch_size=12)
    assert made["rc"] == 0 and {each["ready"] for each in made["topics"].values()} == {"verified"}, made.get("msg")
    wait_until("the broker lists them", lambda: unlisted(admin, *[each["name"] for each in wanted]), 60)
    again = topics(cluster, *wanted)
    assert again["changed"] is False and {each["ready"] for each in again["topics"].values()} == {"verified"}
    altered = topics(cluster, {"name": wanted[0]["name"], "partitions": 2, "config": {"retention.ms": 70000, "segment.ms": 80000}})
    assert altered["rc"] == 0 and config(admin, wanted[0]["name"]) == {"retention.ms": "70000", "segment.ms": "80000"}
    gone = topics(cluster, *[{"name": each["name"]} for each in wanted], state="absent")
    assert gone["rc"] == 0
    wait_until("the broker lists none", lambda: None if unlisted(admin, *[each["name"] for each in wanted]) == str(len(wanted)) else "it lists some", 60)


def test_what_kafka_refuses_is_told_in_the_operators_words_and_the_others_are_made(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    result = topics(cluster, {"name": f"{name}-bad", "config": {"cleanup.policy": "compost"}}, {"name": f"{name}-good", "partitions": 1})
    assert result["rc"] == 1 and "1 of 2 topics" in result["msg"] and "Ready=False (KafkaError: " in result["msg"] and "compost" in result["msg"]
    assert result["topics"][f"{name}-good"]["ready"] == "verified"
    wait_until("the broker lists it", lambda: unlisted(admin, f"{name}-good"), 60)


def test_a_second_resource_for_a_topic_is_found_before_the_operator_refuses_it(cluster: StrimziCluster, name: str) -> None:
    assert topics(cluster, {"name": name, "partitions": 1})["rc"] == 0
    cluster.topics.create("KafkaTopic", f"{name}-two", {"topicName": name, "partitions": 1}, cluster=cluster.name)
    refused = topics(cluster, {"name": name, "partitions": 2})
    assert refused["rc"] == 1 and f"the resources {name}, {name}-two all stand for it" in refused["msg"] and "nothing was changed" in refused["msg"]


@pytest.mark.skipif(IS_REAL, reason="a real operator is not stopped")
def test_an_operator_that_is_down_times_out_with_what_was_seen_last(cluster: StrimziCluster, name: str) -> None:
    assert topics(cluster, {"name": name, "partitions": 1})["rc"] == 0
    processes = ("strimzi_operators-topic", "strimzi_operators-user")
    for process in processes:
        lab.kill_server(process, "STOP")
    try:
        late = topics(cluster, {"name": name, "partitions": 2}, wait_timeout=2)
        unknown = users(cluster, {"name": name, "authentication": "tls"}, wait_timeout=2)
    finally:
        for process in processes:
            lab.kill_server(process, "CONT")
    assert late["rc"] == 1 and "not done after 2 s, last seen: the operator has not looked at generation 2 yet; Ready=True" in late["msg"]
    assert unknown["rc"] == 1 and "has not looked at generation 1 yet; no condition yet" in unknown["msg"]
    assert topics(cluster, {"name": name, "partitions": 2})["topics"][name]["ready"] == "verified", "the next run waits for what the first has left"
    assert users(cluster, {"name": name, "authentication": "tls"})["users"][name]["ready"] == "verified"


def test_users_have_what_they_need_when_they_are_ready(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    acls = [{"resource_type": "topic", "name": "t-", "pattern_type": "prefixed", "operations": ["read", "describe_configs"]},
            {"resource_type": "cluster", "operations": "idempotent_write"}]  # fmt: skip
    quotas = {"producer_byte_rate": 1000000}
    made = users(cluster, {"name": name, "authentication": "scram-sha-512", "acls": acls, "quotas": quotas}, {"name": f"{name}-tls", "authentication": "tls"})
    assert made["rc"] == 0 and {each["ready"] for each in made["users"].values()} == {"verified"}, made.get("msg")
    assert cluster.secret(name)["password"] and cluster.secret(f"{name}-tls")["user.crt"]
    wanted = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{name}", None, AclOperation.ANY, AclPermissionType.ANY)
    assert {each.operation.name for each in admin.describe_acls(wanted).result()} == {"READ", "DESCRIBE_CONFIGS", "IDEMPOTENT_WRITE"}
    quota = run_module("kafka_quota", {**cluster.connection, "user": name, **quotas}, check=True)
    assert quota["changed"] is False, "the operator has set it"
    gone = users(cluster, {"name": name}, {"name": f"{name}-tls"}, state="absent")
    assert gone["rc"] == 0
    cluster.within_ticks("its rights are gone", lambda: None if not admin.describe_acls(wanted).result() else "there")


def test_a_password_that_is_nowhere_is_said_before_and_by_the_operator(cluster: StrimziCluster, name: str) -> None:
    secret = {"name": f"{name}-login", "key": "pass"}
    missing = users(cluster, {"name": name, "authentication": "scram-sha-512", "password_secret": secret})
    assert missing["rc"] == 1 and f"there is no Secret {name}-login" in missing["msg"] and cluster.users.get(name) is None
    cluster.users.space.secret(f"{name}-login", {"other": "p-0123456789abcdef"})
    wrong_key = users(cluster, {"name": name, "authentication": "scram-sha-512", "password_secret": secret})
    assert wrong_key["rc"] == 1 and f"Secret {name}-login has no key pass, it has other" in wrong_key["msg"]
    cluster.users.space.core.delete_namespaced_secret(f"{name}-login", cluster.namespace)
    password = {"valueFrom": {"secretKeyRef": secret}}
    cluster.users.create("KafkaUser", name, {"authentication": {"type": "scram-sha-512", "password": password}}, cluster=cluster.name)
    told = users(cluster, {"name": name})
    assert told["rc"] == 1 and f"NotReady=True (InvalidResourceException: Secret {name}-login with requested user password does not exist.)" in told["msg"]
