# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topics are made as asked, changed key by key, and left alone when anything is wrong."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from run_module import run_module

Options = Mapping[str, object]


@pytest.fixture
def looks_only(kafka: Options, admin: AdminClient, unique: str) -> Iterator[Options]:
    """The connection of a user that may describe the topics of this test, and no more."""
    credential = UserScramCredentialUpsertion(unique, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), b"looks only")
    admin.alter_user_scram_credentials([credential])[unique].result(timeout=20)
    rights = {"principal": f"User:{unique}", "resource_type": "topic", "name": unique, "pattern_type": "prefixed",
              "operations": ["describe", "describe_configs"]}
    run_module("kafka_acl", {**kafka, "acls": [rights]})
    yield {**kafka, "sasl_username": unique, "sasl_password": "looks only"}
    run_module("kafka_acl", {**kafka, "acls": [rights], "state": "absent"})
    admin.alter_user_scram_credentials([UserScramCredentialDeletion(unique, ScramMechanism.SCRAM_SHA_512)])[unique].result(timeout=20)


def topics(kafka: Options, **options: Any) -> dict[str, Any]:
    return run_module("kafka_topic", {**kafka, **options}, diff=True)


def partitions(admin: AdminClient, topic: str) -> int | None:
    found = admin.list_topics(timeout=20).topics.get(topic)
    return len(found.partitions) if found is not None else None


def override(admin: AdminClient, topic: str, key: str) -> str | None:
    future, = admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    entry = future.result(timeout=20)[key]
    return entry.value if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value else None


def set_elsewhere(admin: AdminClient, topic: str, key: str, value: str) -> None:
    entry = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
    future, = admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]).values()
    future.result(timeout=20)


def test_check_mode_predicts_the_first_run_and_makes_nothing(kafka: Options, admin: AdminClient, unique: str) -> None:
    wanted = {"topics": [{"name": unique, "partitions": 3, "config": {"retention.ms": 1000000}}, {"name": f"{unique}-defaults"}]}
    predicted = run_module("kafka_topic", {**kafka, **wanted}, check=True, diff=True)
    assert partitions(admin, unique) is None
    made = run_module("kafka_topic", {**kafka, **wanted}, diff=True)
    for key in ("changed", "topics", "diff"):
        assert predicted[key] == made[key]
    assert made["topics"][unique]["after"] == {"partitions": 3, "replication_factor": 1, "config": {"retention.ms": "1000000"}}
    assert partitions(admin, unique) == 3


def test_second_run_changes_nothing(kafka: Options, unique: str) -> None:
    wanted = {"name": unique, "partitions": 2, "config": {
        "cleanup.policy": ["compact", "delete"], "retention.ms": 5000, "min.cleanable.dirty.ratio": 0.25, "unclean.leader.election.enable": True}}
    assert topics(kafka, **wanted)["changed"]
    second = topics(kafka, **wanted)
    assert (second["changed"], second["topics"][unique]["action"], second["diff"]) == (False, "unchanged", {"before": "", "after": ""})


def test_an_override_set_elsewhere_stays(kafka: Options, admin: AdminClient, unique: str) -> None:
    topics(kafka, name=unique)
    set_elsewhere(admin, unique, "max.message.bytes", "2000000")
    changed = topics(kafka, name=unique, config={"retention.ms": 1000})
    assert changed["topics"][unique]["after"]["config"] == {"max.message.bytes": "2000000", "retention.ms": "1000"}
    assert override(admin, unique, "max.message.bytes") == "2000000"


def test_null_takes_an_override_away(kafka: Options, admin: AdminClient, unique: str) -> None:
    topics(kafka, name=unique, config={"retention.ms": 1000, "max.message.bytes": 2000000})
    assert topics(kafka, name=unique, config={"retention.ms": None})["changed"]
    assert (override(admin, unique, "retention.ms"), override(admin, unique, "max.message.bytes")) == (None, "2000000")
    assert not topics(kafka, name=unique, config={"retention.ms": None})["changed"]


def test_partitions_grow(kafka: Options, admin: AdminClient, unique: str) -> None:
    topics(kafka, name=unique, partitions=2)
    grown = topics(kafka, name=unique, partitions=5, config={"retention.ms": 1000})
    assert (grown["topics"][unique]["action"], partitions(admin, unique), override(admin, unique, "retention.ms")) == ("altered", 5, "1000")


def test_each_topic_may_have_its_own_state(kafka: Options, admin: AdminClient, unique: str) -> None:
    topics(kafka, name=f"{unique}-old")
    result = topics(kafka, topics=[{"name": f"{unique}-old", "state": "ABSENT"}, {"name": f"{unique}-new"}])
    assert [result["topics"][f"{unique}-{which}"]["action"] for which in ("old", "new")] == ["deleted", "created"]
    assert (partitions(admin, f"{unique}-old"), partitions(admin, f"{unique}-new")) == (None, 1)


def test_deleting_what_is_absent_is_ok_and_says_so(kafka: Options, unique: str) -> None:
    result = topics(kafka, name=unique, state="absent")
    assert (result["changed"], result["topics"][unique]["action"]) == (False, "absent")


@pytest.mark.parametrize("check", [False, True])
def test_every_problem_is_told_at_once_and_nothing_is_changed(kafka: Options, admin: AdminClient, unique: str, check: bool) -> None:
    topics(kafka, name=unique, partitions=2)
    failed = run_module("kafka_topic", check=check, args={**kafka, "topics": [
        {"name": f"{unique}-sound"},
        {"name": unique, "partitions": 1},
        {"name": f"{unique}/illegal"},
        {"name": f"{unique}-key", "config": {"retention_ms": 1}},
        {"name": f"{unique}-value", "config": {"retention.ms": "soon"}},
        {"name": f"{unique}-replicas", "replication_factor": 9},
        {"name": f"{unique}-none", "partitions": 0},
        {"name": f"{unique}-twice"}, {"name": f"{unique}-twice"},
        {"name": "__consumer_offsets", "state": "absent"},
    ]})
    message = str(failed["msg"])
    for problem in ("nothing was changed", "cannot take any away", "illegal' has characters", "retention_ms", "Invalid value soon",
                    "fewer brokers than replicas", "must be 1 or more", "listed twice", "'__consumer_offsets' is internal"):
        assert problem in message
    assert partitions(admin, f"{unique}-sound") is None


def test_another_replication_factor_is_refused(kafka: Options, unique: str) -> None:
    topics(kafka, name=unique, replication_factor=1)
    assert "reassignment" in str(topics(kafka, name=unique, replication_factor=2)["msg"])


@pytest.mark.parametrize("value", [1, None])
def test_an_unknown_key_of_an_existing_topic_is_refused(kafka: Options, unique: str, value: int | None) -> None:
    topics(kafka, name=unique)
    assert "retention_ms" in str(topics(kafka, name=unique, config={"retention_ms": value})["msg"])


def test_a_wrong_password_is_a_refused_login_within_seconds(kafka: Options, unique: str) -> None:
    started = time.monotonic()
    failed = topics(kafka, name=unique, sasl_password="not the password")
    assert "login refused for user 'admin' with SCRAM-SHA-512" in str(failed["msg"])
    assert "not the password" not in str(failed)
    assert time.monotonic() - started < 5


def test_a_broker_that_is_down_is_said_to_be_down(kafka: Options, unique: str) -> None:
    started = time.monotonic()
    assert "nothing listens at 127.0.0.1:1 " in str(topics(kafka, name=unique, bootstrap_servers="127.0.0.1:1")["msg"])
    assert time.monotonic() - started < 15


def test_a_login_on_the_plain_listener_is_the_wrong_listener(kafka: Options, kafka_plain: Options, unique: str) -> None:
    message = str(topics(kafka, name=unique, **kafka_plain)["msg"])
    assert "is a plaintext listener. This is the wrong listener, not a broker that is down: set security_protocol to plaintext" in message


@pytest.mark.parametrize("protocol", ["plaintext", "ssl"])
def test_no_login_on_the_scram_listener_is_the_wrong_listener(kafka: Options, unique: str, protocol: str) -> None:
    message = str(topics({"bootstrap_servers": kafka["bootstrap_servers"], "security_protocol": protocol}, name=unique)["msg"])
    assert "is a sasl_plaintext listener with SCRAM-SHA-512. This is the wrong listener" in message
    assert "set security_protocol to sasl_plaintext" in message


def test_another_mechanism_than_the_listener_has_is_named(kafka: Options, unique: str) -> None:
    message = str(topics(kafka, name=unique, sasl_mechanism="SCRAM-SHA-256")["msg"])
    assert "not SCRAM-SHA-256" in message and "Set sasl_mechanism to scram-sha-512" in message


def test_a_login_that_would_never_be_made_is_refused(kafka: Options, kafka_plain: Options, unique: str) -> None:
    assert "would never log in" in str(topics(kafka, name=unique, security_protocol="plaintext")["msg"])


def test_without_permission_the_error_says_what_is_missing(kafka: Options, kafka_plain: Options, admin: AdminClient, unique: str) -> None:
    message = str(topics(kafka_plain, name=unique)["msg"])
    assert "TOPIC_AUTHORIZATION_FAILED" in message and "add an ACL (module kafka_acl)" in message
    assert partitions(admin, unique) is None


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("wanted", "missing"), [
    ({"state": "absent"}, "may not DELETE"), ({"partitions": 2}, "TOPIC_AUTHORIZATION_FAILED"),
    ({"config": {"retention.ms": 1}}, "TOPIC_AUTHORIZATION_FAILED")])
def test_what_the_user_may_not_do_is_known_before_it_is_tried(
    kafka: Options, looks_only: Options, admin: AdminClient, unique: str, wanted: dict[str, object], missing: str, check: bool
) -> None:
    topics(kafka, name=unique, partitions=1)
    failed = run_module("kafka_topic", {**looks_only, "name": unique, **wanted}, check=check)
    assert missing in str(failed["msg"]) and "nothing was changed" in str(failed["msg"])
    assert partitions(admin, unique) == 1


def test_one_call_makes_many_topics(kafka: Options, admin: AdminClient, unique: str) -> None:
    many = [{"name": f"{unique}-{number}", "partitions": 3} for number in range(200)]
    assert topics(kafka, topics=many)["changed"]
    assert not topics(kafka, topics=many)["changed"]
    assert {row["action"] for row in topics(kafka, topics=many, state="absent")["topics"].values()} == {"deleted"}
    assert partitions(admin, f"{unique}-199") is None
