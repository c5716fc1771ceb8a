# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kafka_access_check against a real broker with an authorizer: what it says is what a real client meets, and nothing is left behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from lab.waiting import wait_until
from run_module import run_module

PASSWORD = "correct-horse-battery"
ENDS = (OffsetSpec.earliest(), OffsetSpec.latest())  # type: ignore[no-untyped-call]
Give = Callable[..., None]


@pytest.fixture
def user(admin: AdminClient, unique: str, kafka: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The connection options of a user without any right."""
    credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    for future in admin.alter_user_scram_credentials([UserScramCredentialUpsertion(unique, credential, PASSWORD.encode())]).values():
        future.result(timeout=20)
    yield {**kafka, "sasl_username": unique, "sasl_password": PASSWORD, "request_timeout": 15}
    for future in admin.alter_user_scram_credentials([UserScramCredentialDeletion(unique, ScramMechanism.SCRAM_SHA_512)]).values():
        future.result(timeout=20)


@pytest.fixture
def give(admin: AdminClient, unique: str) -> Iterator[Give]:
    """Gives one right, to the user of this test unless somebody else is named."""

    def give_right(kind: str, name: str, operation: str, principal: str = f"User:{unique}", pattern: str = "LITERAL", permission: str = "ALLOW") -> None:
        acl = AclBinding(ResourceType[kind], name, ResourcePatternType[pattern], principal, "*", AclOperation[operation], AclPermissionType[permission])
        admin.create_acls([acl])[acl].result(timeout=20)
        wait_until("the ACL is to be seen", lambda: None if _of(admin, principal, operation, name) else "not yet", 20)

    yield give_right
    anything: Any = None
    for kind in (ResourceType.TOPIC, ResourceType.GROUP):
        every = AclBindingFilter(kind, anything, ResourcePatternType.ANY, anything, anything, AclOperation.ANY, AclPermissionType.ANY)
        for acl in admin.describe_acls(every).result(timeout=20):
            if acl.name.startswith(unique):
                exact = AclBindingFilter(
                    acl.restype, acl.name, acl.resource_pattern_type, acl.principal, acl.host, acl.operation, acl.permission_type)
                admin.delete_acls([exact])[exact].result(timeout=20)


def _of(admin: AdminClient, principal: str, operation: str, name: str) -> list[AclBinding]:
    anything: Any = None
    exact = AclBindingFilter(ResourceType.ANY, name, ResourcePatternType.ANY, principal, anything, AclOperation[operation], AclPermissionType.ANY)
    return list(admin.describe_acls(exact).result(timeout=20))


@pytest.fixture
def topic(admin: AdminClient, unique: str) -> str:
    """An empty topic with two partitions."""
    return make_topic(admin, f"{unique}-events")


def make_topic(admin: AdminClient, name: str, **config: str) -> str:
    admin.create_topics([NewTopic(name, 2, config=config)])[name].result(timeout=20)
    wait_until(f"topic {name} is to be seen", lambda: None if name in admin.list_topics(timeout=20).topics else "not yet", 20)
    return name


def ends(admin: AdminClient, topic: str) -> list[int]:
    """First and last offsets of both partitions."""
    return [
        future.result(timeout=20).offset
        for spec in ENDS for future in admin.list_offsets({TopicPartition(topic, partition): spec for partition in (0, 1)}).values()
    ]  # fmt: skip


def states(result: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(trial["name"], trial["operation"]): trial["state"] for trial in result["trials"]}


def lacking(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(right["operation"], right["name"]) for right in result["missing"]]


def config_of(options: dict[str, Any]) -> dict[str, Any]:
    return {"bootstrap.servers": options["bootstrap_servers"], "security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": options["sasl_username"], "sasl.password": options["sasl_password"]}  # fmt: skip


def can_produce(options: dict[str, Any], topic: str) -> bool:
    """What a real producer of the user meets."""
    refused: list[str] = []
    producer = Producer({**config_of(options), "delivery.timeout.ms": 10_000})
    producer.produce(topic, b"real", partition=0, on_delivery=lambda error, _message: refused.append(str(error)) if error else None)
    producer.flush(20)
    return not refused


def can_consume(options: dict[str, Any], topic: str, group: str) -> bool:
    """What a real consumer of the user meets, as a member of the group."""
    consumer = Consumer({**config_of(options), "group.id": group, "enable.partition.eof": True, "enable.auto.commit": False, "auto.offset.reset": "latest"})
    consumer.subscribe([topic])
    try:
        for _attempt in range(100):
            message = consumer.poll(0.2)
            if message is not None:
                error = message.error()
                return error is None or error.name() == "_PARTITION_EOF"
        return False
    finally:
        consumer.close()


def test_a_user_with_all_rights_leaves_nothing_behind(admin: AdminClient, user: dict[str, Any], topic: str, unique: str, give: Give) -> None:
    for operation in ("WRITE", "READ"):
        give("TOPIC", topic, operation)
    give("GROUP", f"{unique}-", "READ", pattern="PREFIXED")
    before = ends(admin, topic)
    result = run_module("kafka_access_check", {**user, "topics": [topic], "groups": [f"{unique}-app"]})
    assert result["rc"] == 0, result["output"]
    assert result["state"] == "verified" and result["changed"] is False and result["principal"] == f"User:{unique}"
    assert states(result) == {(topic, "exists"): "verified", (topic, "read"): "verified", (topic, "write"): "verified", (f"{unique}-app", "read"): "verified"}
    assert before == [0, 0, 0, 0] == ends(admin, topic), "the topic stays empty, and its offsets do not grow"
    groups = [group.group_id for group in admin.list_consumer_groups().result(timeout=20).valid]
    assert f"{unique}-app" not in groups and "streamops.kafka-preflight" not in groups
    assert can_produce(user, topic) and can_consume(user, topic, f"{unique}-app")


@pytest.mark.parametrize("config", [{"cleanup.policy": "compact"}, {"message.timestamp.type": "LogAppendTime"}, {"compression.type": "zstd"}], ids=str)
def test_no_kind_of_topic_takes_the_record(admin: AdminClient, user: dict[str, Any], unique: str, give: Give, config: dict[str, str]) -> None:
    topic = make_topic(admin, f"{unique}-kind", **config)
    give("TOPIC", topic, "ALL")
    result = run_module("kafka_access_check", {**user, "topics": [topic]})
    assert result["rc"] == 0 and states(result)[(topic, "write")] == "verified", result["output"]
    assert ends(admin, topic) == [0, 0, 0, 0]


@pytest.mark.parametrize("operation", ["READ", "WRITE"])
def test_one_right_is_told_from_the_other(user: dict[str, Any], topic: str, unique: str, give: Give, operation: str) -> None:
    give("TOPIC", topic, operation)
    result = run_module("kafka_access_check", {**user, "topics": [topic]})
    other = "write" if operation == "READ" else "read"
    assert result["rc"] == 1 and lacking(result) == [(other, topic)]
    assert f"User:{unique} lacks {other.upper()} on topic {topic}" in str(result["msg"])
    assert can_produce(user, topic) is (operation == "WRITE")
    alone = run_module("kafka_access_check", {**user, "topics": [topic], "produce": operation == "WRITE", "consume": operation == "READ"})
    assert alone["rc"] == 0 and states(alone) == {(topic, "exists"): "verified", (topic, operation.lower()): "verified"}


def test_a_missing_right_on_the_group_is_told_from_one_on_the_topic(user: dict[str, Any], topic: str, unique: str, give: Give) -> None:
    give("TOPIC", topic, "ALL")
    give("GROUP", f"{unique}-other", "ALL")
    groups = [f"{unique}-app", f"{unique}-other"]
    result = run_module("kafka_access_check", {**user, "topics": [topic], "groups": groups})
    assert result["rc"] == 1 and lacking(result) == [("read", groups[0])], result["output"]
    assert f"User:{unique} lacks READ on group {unique}-app." in str(result["msg"])
    assert states(result)[(topic, "read")] == "verified" and states(result)[(groups[1], "read")] == "verified"


def test_a_group_right_without_read_is_not_enough(user: dict[str, Any], unique: str, give: Give) -> None:
    give("GROUP", f"{unique}-app", "DESCRIBE")
    result = run_module("kafka_access_check", {**user, "groups": [f"{unique}-app"]})
    assert result["rc"] == 1 and lacking(result) == [("read", f"{unique}-app")]


def test_the_rights_are_with_the_wrong_principal(user: dict[str, Any], kafka: dict[str, Any], topic: str, unique: str, give: Give) -> None:
    """The note's bug: the ACLs were made for ANONYMOUS, and the experiment logs in."""
    give("TOPIC", topic, "ALL", principal="User:ANONYMOUS")
    give("GROUP", f"{unique}-", "ALL", principal="User:ANONYMOUS", pattern="PREFIXED")
    administrator = {name: value for name, value in kafka.items() if name != "bootstrap_servers"}
    result = run_module("kafka_access_check", {**user, "topics": [topic], "groups": [f"{unique}-app"], "administrator": administrator})
    assert result["rc"] == 1 and lacking(result) == [("read", topic), ("write", topic), ("read", f"{unique}-app")]
    assert states(result)[(topic, "exists")] == "verified", "the administrator sees it"
    message = str(result["msg"])
    for lost in (f"WRITE on topic {topic}", f"READ on topic {topic}", f"READ on group {unique}-app"):
        assert f"User:{unique} lacks {lost}, User:ANONYMOUS has it: the ACL is for the wrong principal" in message
    assert f"Give User:{unique} what it lacks (module kafka_acl)." in message
    assert str(kafka["sasl_password"]) not in str(result["output"]) and PASSWORD not in str(result["output"])


def test_a_denial_counts(user: dict[str, Any], topic: str, give: Give) -> None:
    give("TOPIC", topic, "ALL")
    give("TOPIC", topic, "WRITE", permission="DENY")
    result = run_module("kafka_access_check", {**user, "topics": [topic]})
    assert result["rc"] == 1 and lacking(result) == [("write", topic)]


def test_a_hidden_topic_and_an_absent_one(user: dict[str, Any], kafka: dict[str, Any], topic: str, unique: str, give: Give) -> None:
    absent = f"{unique}-absent"
    give("TOPIC", absent, "ALL")
    result = run_module("kafka_access_check", {**user, "topics": [topic, absent]})
    assert result["rc"] == 1
    assert states(result) == {(topic, "exists"): "not_checked", (topic, "read"): "failed", (topic, "write"): "failed", (absent, "exists"): "failed"}
    assert f"topic {absent}: it does not exist" in str(result["msg"])
    hidden = run_module("kafka_access_check", {**user, "topics": [f"{unique}-none"], "administrator": kafka})
    assert states(hidden) == {(f"{unique}-none", "exists"): "failed"} and "does not exist" in str(hidden["msg"])


def test_topics_that_are_yet_to_be_created(admin: AdminClient, user: dict[str, Any], unique: str, give: Give) -> None:
    name = f"{unique}-new"
    refused = run_module("kafka_access_check", {**user, "new_topics": [name]})
    assert refused["rc"] == 1 and lacking(refused) == [("create", name)]
    give("TOPIC", name, "CREATE")
    allowed = run_module("kafka_access_check", {**user, "new_topics": [name]})
    assert allowed["rc"] == 0 and states(allowed) == {(name, "create"): "verified"}
    assert name not in admin.list_topics(timeout=20).topics


def test_a_pattern_means_what_can_be_seen(user: dict[str, Any], kafka: dict[str, Any], topic: str, unique: str, give: Give) -> None:
    unseen = run_module("kafka_access_check", {**user, "pattern": f"{unique}-.*"})
    assert unseen["rc"] == 0 and unseen["state"] == "not_checked", "nothing was tried, and it is not called verified"
    seen = run_module("kafka_access_check", {**user, "pattern": f"{unique}-.*", "administrator": kafka})
    assert seen["rc"] == 1 and lacking(seen) == [("read", topic), ("write", topic)]


def test_a_wrong_password_is_refused_and_not_waited_for(user: dict[str, Any], kafka: dict[str, Any], unique: str) -> None:
    result = run_module("kafka_access_check", {**user, "sasl_password": "wrong-as-can-be", "topics": ["x"]}, timeout=12)
    assert result["rc"] == 1 and f"login refused for user '{unique}'" in str(result["msg"])
    known = run_module("kafka_access_check", {**user, "sasl_password": "wrong-as-can-be", "topics": ["x"], "administrator": kafka})
    assert "the user exists, so the password is wrong" in str(known["msg"])
    nobody = run_module("kafka_access_check", {**user, "sasl_username": f"{unique}-nobody", "topics": ["x"], "administrator": kafka})
    assert f"there is no SCRAM user '{unique}-nobody' on this cluster" in str(nobody["msg"])
    assert "wrong-as-can-be" not in str(result["output"]) + str(known["output"])


def test_without_the_second_library_it_is_not_checked(user: dict[str, Any], topic: str, unique: str, give: Give, tmp_path: Path) -> None:
    """A right that is only promised is no trial; one that is not even promised is lacking all the same."""
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka/__init__.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    give("TOPIC", topic, "READ")
    args = {**user, "topics": [topic], "groups": [f"{unique}-app"]}
    result = run_module("kafka_access_check", args, env={"PYTHONPATH": _before(tmp_path)})
    assert result["rc"] == 1 and lacking(result) == [("write", topic)]
    give("TOPIC", topic, "WRITE")
    result = run_module("kafka_access_check", args, env={"PYTHONPATH": _before(tmp_path)})
    assert result["rc"] == 0 and result["state"] == "not_checked"
    assert states(result) == {
        (topic, "exists"): "verified", (topic, "read"): "verified", (topic, "write"): "not_checked", (f"{unique}-app", "read"): "not_checked",
    }  # fmt: skip
    assert "kafka-python" in result["trials"][-1]["reason"]


def _before(path: Path) -> str:
    return os.pathsep.join([str(path), os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])


def test_all_that_is_wrong_with_the_options_is_said_at_once(user: dict[str, Any]) -> None:
    result = run_module("kafka_access_check", {**user, "topics": ["no topic"], "pattern": ".*", "administrator": {"user": "x"}})
    assert result["rc"] == 1 and "administrator has no option user" in str(result["msg"])
    result = run_module("kafka_access_check", {**user, "topics": ["no topic"], "pattern": ".*"})
    assert "'no topic' has characters other than" in str(result["msg"]) and "'.*' matches everything" in str(result["msg"])
    assert "there is nothing to try" in str(run_module("kafka_access_check", user)["msg"])
