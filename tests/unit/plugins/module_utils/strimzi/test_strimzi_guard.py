# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator would undo, and what it would not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.guard import Guard, guard_from

KAFKA: dict[str, Any] = {
    "metadata": {"name": "experiment"},
    "spec": {"kafka": {"authorization": {"type": "simple"}}, "entityOperator": {"topicOperator": {}, "userOperator": {}}},
}


def topic(name: str, topic_name: str = "", **annotations: str) -> dict[str, Any]:
    meta = {"name": name, "labels": {"strimzi.io/cluster": "experiment"}, "annotations": annotations}
    return {"metadata": meta, "spec": {"topicName": topic_name} if topic_name else {}}


def guard(kafka: dict[str, Any] | None, topics: tuple[dict[str, Any], ...] = (), ignored: tuple[str, ...] = ()) -> Guard:
    return guard_from("kafka", "experiment", kafka, topics, ignored)


def with_spec(**spec: Any) -> dict[str, Any]:
    return {**KAFKA, "spec": {**KAFKA["spec"], **spec}}


def test_topics_with_a_managed_resource_are_owned() -> None:
    seen = guard(KAFKA, topics=(topic("orders-x", "Orders"), topic("free", **{"strimzi.io/managed": "false"})))
    [problem] = seen.topic_problems(["Orders", "free", "other"])
    assert "topic 'Orders' is made from KafkaTopic kafka/orders-x" in problem


@pytest.mark.parametrize("principal", ["User:anna", "User:CN=anna", "User:CN=anna,O=firm"])
def test_rights_of_every_user_are_owned(principal: str) -> None:
    assert len(guard(KAFKA).acl_problems([principal, principal])) == 1


@pytest.mark.parametrize("principal", ["User:*", "User:ANONYMOUS", "Group:anna"])
def test_what_the_operator_never_touches_is_nobodys(principal: str) -> None:
    assert guard(KAFKA).acl_problems([principal]) == []


def test_ignored_users_come_from_the_caller_or_from_the_kafka_resource() -> None:
    assert guard(KAFKA, ignored=("team-.*",)).user_problems("the credentials of", ["team-a", "anna"])[0].startswith("the credentials of User:anna belong")
    environment = [{"name": "OTHER", "value": "x"}, {"name": "STRIMZI_IGNORED_USERS_PATTERN", "value": "anna|ben"}]
    kafka = with_spec(entityOperator={"userOperator": {}, "template": {"userOperatorContainer": {"env": environment}}})
    assert guard(kafka).acl_problems(["User:CN=anna", "User:ben"]) == [] and len(guard(kafka).acl_problems(["User:annabel"])) == 1
    with pytest.raises(ValueError, match="no regular expression"):
        guard(KAFKA, ignored=("(",))


def test_without_an_operator_nobody_undoes_anything() -> None:
    bare = with_spec(entityOperator={})
    assert guard(bare, topics=(topic("orders"),)).topic_problems(["orders"]) == [] and guard(bare).user_problems("the quotas of", ["anna"]) == []
    assert guard(with_spec(kafka={"authorization": {"type": "opa"}})).acl_problems(["User:anna"]) == []


def test_a_kafka_resource_that_may_not_be_read_is_taken_to_have_operators() -> None:
    unknown = guard(None, topics=(topic("orders"),))
    assert unknown.topic_problems(["orders"]) and unknown.acl_problems(["User:anna"]) and unknown.user_problems("the quotas of", ["anna"])
