# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told about a real cluster, and what is said about the parts that it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AclOperation, AdminClient, ResourceType
from kafka_cluster import Cluster, allow, user_without_rights
from run_module import run_module

EVERYTHING = ["cluster", "brokers", "topics", "configs", "acls", "groups", "lag", "log_dirs", "users", "offsets", "quotas", "api_versions"]


@pytest.fixture
def cluster(admin: AdminClient, client_config: dict[str, str], unique: str) -> Cluster:
    return Cluster(admin, client_config, unique)


@pytest.fixture
def ask(kafka: dict[str, object], unique: str) -> Callable[..., dict]:
    def ask_for(*gather: str, **options: object) -> dict:
        result = run_module("kafka_info", {**kafka, "pattern": f"{unique}.*", "gather": list(gather), **options})
        assert result["rc"] == 0 and not result["changed"], result
        return result

    return ask_for


@pytest.fixture
def limited(kafka: dict[str, object], admin: AdminClient, unique: str) -> Iterator[dict[str, object]]:
    with user_without_rights(kafka, admin, unique) as connection:
        yield connection


def test_a_super_user_is_told_everything(ask, cluster: Cluster, lab_env: dict[str, str]) -> None:
    topic = cluster.topic()
    cluster.commit("app", topic, 1)
    told = ask(*EVERYTHING)
    assert told["errors"] == {}
    assert all(told[subset] is not None for subset in EVERYTHING)
    assert told["users"][lab_env["LAB_KAFKA_USER"]][0]["mechanism"] == "scram-sha-512"
    assert told["cluster"]["brokers"] == len(told["brokers"]) > 0


def test_only_what_is_asked_for_is_told(kafka: dict[str, object]) -> None:
    told = run_module("kafka_info", dict(kafka))
    assert {"cluster", "brokers", "topics"} == set(told) & set(EVERYTHING)


def test_topics_are_told_by_name_with_what_is_set_on_them(ask, cluster: Cluster) -> None:
    topic = cluster.topic()
    told = ask("topics", "configs")
    assert set(told["topics"]) == set(told["configs"]["topics"]) == {topic}
    assert (told["topics"][topic]["partitions"], told["topics"][topic]["under_replicated"], told["topics"][topic]["offline"]) == (3, 0, 0)
    assert told["configs"]["topics"][topic] == {"retention.ms": "-1"}
    every = ask("configs", every_config=True)["configs"]["topics"][topic]
    assert every["retention.ms"] == "-1" and every["cleanup.policy"] == "delete"


def test_offsets_are_where_each_partition_starts_and_ends(ask, cluster: Cluster) -> None:
    topic = cluster.topic()
    cluster.admin.delete_records([TopicPartition(topic, 0, 4)])[TopicPartition(topic, 0, 4)].result(timeout=30)
    assert ask("offsets")["offsets"][topic] == {
        "records": 26,
        "partitions": [{"partition": 0, "start": 4, "end": 10}, {"partition": 1, "start": 0, "end": 10}, {"partition": 2, "start": 0, "end": 10}],
    }


def test_lag_is_told_for_each_partition_that_a_group_has_committed(ask, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 10, 4)
    lag = ask("lag")["lag"][group]
    assert lag["lag"] == 6
    assert lag["partitions"][1] == {"topic": topic, "partition": 1, "committed": 4, "start": 0, "end": 10, "lag": 6}
    assert len(lag["partitions"]) == 2


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_groups_are_told_with_their_live_members(ask, cluster: Cluster, protocol: str) -> None:
    topic, group = cluster.topic(), f"{cluster.prefix}-app"
    with cluster.consumer(group, topic, protocol=protocol, client_id="billing-7"):
        told = ask("groups")["groups"][group]
    assert (told["state"], told["type"]) == ("stable", protocol)
    (member,) = told["members"]
    assert (member["client_id"], member["host"], member["partitions"]) == ("billing-7", "127.0.0.1", [f"{topic}-{n}" for n in range(3)])


def test_log_dirs_show_the_bytes_of_each_partition(ask, cluster: Cluster) -> None:
    topic = cluster.topic()
    directories = [directory for broker in ask("log_dirs")["log_dirs"].values() for directory in broker]
    sizes = {(row["topic"], row["partition"]): row["bytes"] for directory in directories for row in directory["partitions"]}
    assert set(sizes) == {(topic, number) for number in range(3)} and all(size > 0 for size in sizes.values())
    assert all(directory["partition_bytes"] >= sum(sizes.values()) for directory in directories)


@pytest.mark.parametrize("listener", ["kafka", "kafka_plain"])
def test_every_broker_tells_which_requests_it_understands(request: pytest.FixtureRequest, listener: str) -> None:
    told = run_module("kafka_info", {**request.getfixturevalue(listener), "gather": ["brokers", "api_versions"]})
    assert told["rc"] == 0 and set(told["api_versions"]) == set(told["brokers"]), told
    for broker in told["api_versions"].values():
        assert broker["apis"]["ApiVersions"]["min"] == 0 < broker["apis"]["ApiVersions"]["max"]
        assert broker["newest"] in broker["apis"]
        assert "ShareGroupHeartbeat" in broker["apis"]  # Kafka 4


def test_what_a_user_may_not_see_is_said_and_never_shown_as_empty(limited: dict[str, object], cluster: Cluster) -> None:
    cluster.commit("app", cluster.topic(), 1)
    told = run_module("kafka_info", {**limited, "gather": EVERYTHING})
    assert told["rc"] == 0, told
    for subset in ("acls", "users", "quotas", "log_dirs"):
        assert told[subset] is None and any(word in told["errors"][subset][0] for word in ("AUTHORIZATION_FAILED", "DESCRIBE"))
    assert "CLUSTER_AUTHORIZATION_FAILED" in told["errors"]["configs"][0]
    assert "Not everything about acls is known" in str(told["warnings"])
    assert "groups that it may not describe by name are left out" in told["errors"]["groups"][0]
    assert told["cluster"]["authorized_operations"] == []
    assert told["topics"] == told["offsets"] == {}  # Kafka hides these without a word


def test_a_topic_that_may_be_seen_but_not_read_in_full_is_named(limited: dict[str, object], admin: AdminClient, cluster: Cluster) -> None:
    topic = cluster.topic()
    allow(admin, str(limited["sasl_username"]), ResourceType.TOPIC, topic, AclOperation.DESCRIBE)
    told = run_module("kafka_info", {**limited, "gather": ["topics", "configs", "offsets"]})
    assert set(told["topics"]) == set(told["offsets"]) == {topic}
    assert any(f"topic '{topic}'" in text and "TOPIC_AUTHORIZATION_FAILED" in text for text in told["errors"]["configs"])
    assert topic not in told["configs"]["topics"]


def test_a_missing_second_library_is_named_only_when_it_is_needed(kafka: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kafka.py").write_text("raise ImportError('no kafka-python here')\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert run_module("kafka_info", {**kafka, "gather": ["cluster", "topics"]})["rc"] == 0
    for subset in ("log_dirs", "quotas"):
        refused = run_module("kafka_info", {**kafka, "gather": [subset]})
        assert refused["rc"] == 1 and "kafka-python" in refused["msg"]


def test_a_broken_pattern_is_refused(kafka: dict[str, object]) -> None:
    refused = run_module("kafka_info", {**kafka, "pattern": "orders["})
    assert refused["rc"] == 1 and "'orders[' is no regular expression" in refused["msg"]
