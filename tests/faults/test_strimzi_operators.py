# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators do: facts that were seen on Strimzi 0.49.1, and that the lab's stand-in must share. They hold against the real ones too."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from strimzi_cluster import StrimziCluster, strimzi_cluster

from lab.waiting import wait_until

PROMPT_SECONDS = 15  # what takes 0.4 s on an idle machine


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def admin(cluster: StrimziCluster) -> AdminClient:
    return cluster.admin()


@pytest.fixture
def name() -> str:
    return f"t-{uuid.uuid4().hex[:8]}"


def topic(cluster: StrimziCluster, name: str, spec: dict[str, Any] | None = None) -> None:
    cluster.topics.create("KafkaTopic", name, spec if spec is not None else {"partitions": 2, "config": {"retention.ms": 60000}}, cluster=cluster.name)


def own_config(admin: AdminClient, name: str) -> dict[str, str]:
    found = next(iter(admin.describe_configs([ConfigResource(ResourceType.TOPIC, name)]).values())).result()
    return {key: entry.value for key, entry in found.items() if entry.source == 1}


def set_config(admin: AdminClient, name: str, **values: str) -> None:
    entries = [ConfigEntry(key.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET) for key, value in values.items()]
    next(iter(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)]).values())).result()


def becomes(admin: AdminClient, name: str, wanted: dict[str, str]) -> Any:
    return lambda: None if (seen := own_config(admin, name)) == wanted else str(seen)


def says(cluster: StrimziCluster, name: str, text: str) -> str | None:
    """None when the status of the topic's resource holds this."""
    status = str((cluster.topics.get(name) or {}).get("status"))
    return None if text in status else status


def exists(admin: AdminClient, name: str) -> bool:
    return name in admin.list_topics(timeout=20).topics


def test_a_kafka_resource_gets_its_addresses_and_authorities(cluster: StrimziCluster) -> None:
    status = cluster.resources("kafkas").get(cluster.name)["status"]  # type: ignore[index]
    assert status["clusterId"] and status["kafkaVersion"] and status["operatorLastSuccessfulVersion"]
    listeners = {each["name"]: each for each in status["listeners"]}
    assert all(each["bootstrapServers"] for each in listeners.values())
    secrets = cluster.topics.space.core.list_namespaced_secret(cluster.namespace).items
    keys = {each.metadata.name: set(each.data) for each in secrets}
    for authority in ("cluster-ca", "clients-ca"):
        assert {"ca.crt", "ca.p12", "ca.password"} <= keys[f"{cluster.name}-{authority}-cert"]


def test_a_topic_follows_its_resource(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    topic(cluster, name, {"topicName": f"{name}_A", "partitions": 2, "config": {"retention.ms": 60000, "compression.type": "lz4"}})
    cluster.wait_ready(cluster.topics, name, seconds=PROMPT_SECONDS)
    assert own_config(admin, f"{name}_A") == {"retention.ms": "60000", "compression.type": "lz4"}
    made = cluster.topics.get(name)
    assert made is not None and made["status"]["topicName"] == f"{name}_A" and made["metadata"]["finalizers"] == ["strimzi.io/topic-operator"]

    cluster.topics.patch(name, {"spec": {"partitions": 3, "config": {"retention.ms": 70000, "compression.type": None}}})
    cluster.wait_ready(cluster.topics, name, seconds=PROMPT_SECONDS)
    assert own_config(admin, f"{name}_A") == {"retention.ms": "70000"}
    described = admin.describe_topics(TopicCollection([f"{name}_A"]))[f"{name}_A"].result()
    assert len(described.partitions) == 3

    cluster.topics.patch(name, {"spec": {"partitions": 1}})
    wait_until("it says why not", lambda: says(cluster, name, "Decreasing partitions not supported"), PROMPT_SECONDS)
    cluster.topics.delete(name)
    wait_until("both are gone", lambda: None if cluster.topics.get(name) is None and not exists(admin, f"{name}_A") else "there", PROMPT_SECONDS)


def test_what_others_do_to_a_topic_is_taken_back_at_a_tick(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    topic(cluster, name)
    cluster.wait_ready(cluster.topics, name)
    set_config(admin, name, retention_ms="1", segment_ms="5000")
    cluster.within_ticks("both keys are as the resource says", becomes(admin, name, {"retention.ms": "60000"}))
    admin.delete_topics([name])[name].result()
    cluster.within_ticks("it is there again", lambda: None if exists(admin, name) else "not there", ticks=3)


def test_a_paused_topic_is_left_alone_until_it_is_resumed(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    topic(cluster, name)
    cluster.wait_ready(cluster.topics, name)
    cluster.topics.annotate(name, {"strimzi.io/pause-reconciliation": "true"})
    wait_until("it says so", lambda: says(cluster, name, "ReconciliationPaused"), PROMPT_SECONDS)
    set_config(admin, name, retention_ms="1")
    time.sleep(1.5 * cluster.interval)  # nothing to wait for: nothing happens
    assert own_config(admin, name) == {"retention.ms": "1"}
    cluster.topics.annotate(name, {"strimzi.io/pause-reconciliation": None})
    wait_until("it is taken back at once", becomes(admin, name, {"retention.ms": "60000"}), PROMPT_SECONDS)
    cluster.wait_ready(cluster.topics, name)


def test_the_oldest_of_two_resources_for_one_topic_is_heeded(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    topic(cluster, name)
    cluster.wait_ready(cluster.topics, name)
    time.sleep(1.1)  # Kubernetes' times have seconds only
    topic(cluster, f"{name}-two", {"topicName": name, "config": {"retention.ms": 1}})
    wait_until("the second is refused", lambda: says(cluster, f"{name}-two", "ResourceConflict"), PROMPT_SECONDS)
    assert own_config(admin, name) == {"retention.ms": "60000"}
    cluster.topics.delete(f"{name}-two")
    wait_until("it is gone", lambda: "there" if cluster.topics.get(f"{name}-two") else None, PROMPT_SECONDS)
    assert exists(admin, name)


def test_an_unmanaged_topic_survives_its_resource(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    topic(cluster, name)
    cluster.wait_ready(cluster.topics, name)
    cluster.topics.annotate(name, {"strimzi.io/managed": "false"})
    wait_until("it says so", lambda: says(cluster, name, "Unmanaged"), PROMPT_SECONDS)
    cluster.topics.delete(name)
    wait_until("the resource is gone", lambda: "there" if cluster.topics.get(name) else None, PROMPT_SECONDS)
    assert exists(admin, name)
    admin.delete_topics([name])[name].result()


RIGHTS = {
    "type": "simple",
    "acls": [{"resource": {"type": "topic", "name": "t-", "patternType": "prefix"}, "operations": ["Read", "DescribeConfigs"], "host": "*"}],
}


def acls_of(admin: AdminClient, principal: str) -> set[str]:
    wanted = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{principal}", None, AclOperation.ANY, AclPermissionType.ANY)
    return {f"{each.operation.name} {each.name}" for each in admin.describe_acls(wanted).result()}


def add_acl(admin: AdminClient, principal: str) -> None:
    binding = AclBinding(ResourceType.TOPIC, "t-more", ResourcePatternType.LITERAL, f"User:{principal}", "*", AclOperation.WRITE, AclPermissionType.ALLOW)
    admin.create_acls([binding])[binding].result()


def can_log_in(config: dict[str, str]) -> str | None:
    try:
        AdminClient({**config, "socket.timeout.ms": 4000, "log_level": 0}).list_topics(timeout=4)
    except KafkaException as error:
        return str(error)
    return None


def test_a_scram_user_gets_secret_login_and_rights_and_loses_what_others_gave_it(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    cluster.users.create("KafkaUser", name, {"authentication": {"type": "scram-sha-512"}, "authorization": RIGHTS}, cluster=cluster.name)
    cluster.wait_ready(cluster.users, name, seconds=PROMPT_SECONDS)
    rights = {"READ t-", "DESCRIBE_CONFIGS t-"}
    assert acls_of(admin, name) == rights and cluster.users.get(name)["status"]["secret"] == name  # type: ignore[index]
    content = cluster.secret(name)
    assert f'username="{name}"' in content["sasl.jaas.config"].decode() and content["password"].decode() in content["sasl.jaas.config"].decode()
    login = {**cluster.client_config(), "sasl.username": name, "sasl.password": content["password"].decode()}
    wait_until("the login works", lambda: can_log_in(login), PROMPT_SECONDS)

    add_acl(admin, name)
    cluster.within_ticks("the ACL that others gave is gone", lambda: None if acls_of(admin, name) == rights else "there")
    cluster.users.delete(name)
    wait_until("nothing is left", lambda: None if not acls_of(admin, name) and can_log_in(login) else "there", PROMPT_SECONDS)


def test_a_password_comes_from_the_secret_that_the_user_names(cluster: StrimziCluster, name: str) -> None:
    password = {"valueFrom": {"secretKeyRef": {"name": f"{name}-login", "key": "pass"}}}
    cluster.users.create("KafkaUser", name, {"authentication": {"type": "scram-sha-512", "password": password}}, cluster=cluster.name)
    missing = f"Secret {name}-login with requested user password does not exist."
    wait_until("it says what is missing", lambda: None if missing in str(cluster.condition(cluster.users, name)) else "not yet", PROMPT_SECONDS)
    assert "'type': 'NotReady', 'status': 'True'" in str(sorted_condition(cluster, name))
    cluster.users.space.secret(f"{name}-login", {"pass": "p-0123456789abcdef"})
    cluster.within_ticks("it is Ready", lambda: cluster.condition(cluster.users, name))
    assert cluster.secret(name)["password"] == b"p-0123456789abcdef"


def sorted_condition(cluster: StrimziCluster, name: str) -> dict[str, str]:
    found = cluster.users.get(name)["status"]["conditions"][0]  # type: ignore[index]
    return {key: found[key] for key in ("type", "status", "reason")}


def test_users_without_a_resource_lose_rights_and_credentials(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    add_acl(admin, name)
    made = UserScramCredentialUpsertion(name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), b"p-0123456789abcdef")
    admin.alter_user_scram_credentials([made])[name].result()
    login = {**cluster.client_config(), "sasl.username": name, "sasl.password": "p-0123456789abcdef"}
    cluster.within_ticks("nothing is left", lambda: None if not acls_of(admin, name) and can_log_in(login) else "there")


@pytest.mark.skipif(bool(os.environ.get("STRIMZI_TEST_KUBECONFIG")), reason="only the lab says where a TLS listener can be reached")
def test_a_tls_user_logs_in_with_the_certificate_of_its_secret(cluster: StrimziCluster, admin: AdminClient, name: str) -> None:
    cluster.users.create("KafkaUser", name, {"authentication": {"type": "tls"}, "authorization": RIGHTS}, cluster=cluster.name)
    cluster.wait_ready(cluster.users, name, seconds=PROMPT_SECONDS)
    assert acls_of(admin, f"CN={name}") and cluster.users.get(name)["status"]["username"] == f"CN={name}"  # type: ignore[index]
    content, trusted = cluster.secret(name), cluster.secret(f"{cluster.name}-cluster-ca-cert")
    assert set(content) == {"ca.crt", "user.crt", "user.key", "user.p12", "user.password"}
    listeners = {each["name"]: each["bootstrapServers"] for each in cluster.resources("kafkas").get(cluster.name)["status"]["listeners"]}  # type: ignore[index]
    base = {"bootstrap.servers": listeners["tls"], "security.protocol": "SSL", "ssl.ca.pem": trusted["ca.crt"].decode()}
    login = {**base, "ssl.certificate.pem": content["user.crt"].decode(), "ssl.key.pem": content["user.key"].decode()}
    assert can_log_in(login) is None
    assert can_log_in(base) is not None, "nobody without a certificate"
