# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.plugin_utils.experiment_targets import chosen, lanes, problems

LOGIN: dict[str, Any] = {"bootstrap_servers": ["b:9094"], "security_protocol": "sasl_plaintext", "sasl_username": "admin", "sasl_password": "s"}
KAFKA: dict[str, Any] = {"name": "kafka", "type": "kafka", **LOGIN, "topics": ["lab-a"], "topic_pattern": "lab-.*", "group_pattern": "lab-.*",
                         "principal": "User:lab", "acl_prefix": "lab-", "known_listeners": ["b:9092"]}  # fmt: skip
MARIADB: dict[str, Any] = {"name": "mariadb", "type": "mariadb", "host": "db", "username": "root", "password": "s", "database": "lab"}
REDIS: dict[str, Any] = {"name": "redis", "type": "redis", "pattern": "lab:*"}


def texts(*targets: dict[str, Any], only: str | list[str] = "") -> list[str]:
    return [f"{found['target']}: {found['problem']}" for found in problems(targets, only)]


def test_what_can_be_meant_has_no_problems() -> None:
    assert texts(KAFKA, MARIADB, REDIS) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"type": "oracle"}, "its type oracle is none of kafka, mariadb, postgresql, redis."),
        ({"bootstrap_servers": None}, "bootstrap_servers is missing."),
        ({"principal": "User:ANONYMOUS"}, "principal User:ANONYMOUS would give the experiment's rights to everybody who reaches a listener without login."),
        ({"principal": "User:*"}, "principal User:* would give the experiment's rights to everybody."),
        ({"principal": "lab"}, "principal lab is not of the form User:name."),
        ({"principal": None}, "acl_prefix is given without principal"),
        ({"acl_prefix": None, "topics": None}, "principal is given, but neither topics nor acl_prefix"),
        ({"acl_prefix": "*"}, "acl_prefix is the beginning of names"),
        ({"group_action": "delete"}, "group_action is delete, it must be one of reset, absent, keep."),
        ({"group_to": "middle"}, "group_to is middle, it must be one of earliest, latest."),
        ({"database": "lab"}, "a target of type kafka has no option database."),
        ({"topics": [], "topic_pattern": "", "group_pattern": None, "principal": None, "acl_prefix": None}, "there is nothing to reset."),
    ],
)
def test_what_cannot_be_meant_is_said(change: dict[str, Any], problem: str) -> None:
    found = texts({**KAFKA, **change})
    assert len(found) == 1 and found[0].startswith("kafka: ") and problem in found[0]


@pytest.mark.parametrize("change", [{"database": None}, {"pattern": "lab*"}, {"database": ""}])
def test_a_database_target_says_once_what_to_empty(change: dict[str, Any]) -> None:
    assert texts({**MARIADB, **change}) == ["mariadb: exactly one of database and pattern says what to empty."]


def test_all_problems_are_found_at_once() -> None:
    found = texts(KAFKA, {**KAFKA, "bootstrap_servers": []}, {**MARIADB, "schema": "x"}, {**REDIS, "topics": ["a"]}, only="kafka, nobody, mariadb, redis")
    assert [text.split(": ")[0] for text in found] == ["", "kafka", "kafka", "mariadb", "redis"]


def test_no_target_at_all_is_a_problem() -> None:
    assert texts() == [": experiment_reset_targets is empty: there is nothing to reset."]


def test_only_the_chosen_are_judged_and_reset() -> None:
    broken = {**MARIADB, "database": None}
    assert texts(KAFKA, broken, only=["kafka"]) == []
    assert [lane["name"] for lane in lanes([KAFKA, broken], "reset", only="kafka")] == ["kafka"]


def test_enums_are_read_in_either_case() -> None:
    assert chosen([{**KAFKA, "type": "Kafka", "group_action": "ABSENT"}], "")[0]["group_action"] == "absent"
    assert texts({**KAFKA, "type": "KAFKA", "group_to": "Latest"}) == []


def test_the_preflight_checks_the_connection_first_and_then_finds_all_problems() -> None:
    steps = lanes([KAFKA], "preflight")[0]["steps"]
    assert [(step["name"], step["stop_on_failure"]) for step in steps] == [("connection", True), ("topics", False), ("groups", False), ("rights", False)]
    assert steps[0]["args"] == {**LOGIN, "known_listeners": ["b:9092"]}


def test_the_reset_stops_at_the_first_failure() -> None:
    steps = lanes([KAFKA], "reset")[0]["steps"]
    assert [(step["module"], step["stop_on_failure"]) for step in steps] == [
        ("streamops.kafka.kafka_topic_retention_purge", True),
        ("streamops.kafka.kafka_consumer_group", True),
        ("streamops.kafka.kafka_acl", True),
    ]
    assert steps[0]["args"] == {**LOGIN, "topics": ["lab-a"], "pattern": "lab-.*"}
    assert steps[1]["args"] == {**LOGIN, "pattern": "lab-.*", "state": "reset", "to": "earliest"}


def test_what_is_not_asked_for_has_no_step() -> None:
    assert [step["name"] for step in lanes([{"name": "k", "type": "kafka", **LOGIN, "groups": ["g"]}], "reset")[0]["steps"]] == ["groups"]
    assert [step["name"] for step in lanes([{**KAFKA, "group_action": "keep", "principal": None}], "verify")[0]["steps"]] == ["topics"]


def test_groups_can_be_removed() -> None:
    assert lanes([{**KAFKA, "group_action": "absent"}], "reset")[0]["steps"][1]["args"] == {**LOGIN, "pattern": "lab-.*", "state": "absent"}


def test_the_principal_gets_its_topics_by_name_and_prefix_and_its_groups_by_prefix() -> None:
    acls = lanes([{**KAFKA, "acl_operations": ["read", "write"]}], "reset")[0]["steps"][2]["args"]["acls"]
    assert [(acl["principal"], acl["resource_type"], acl["name"], acl["pattern_type"], acl["operations"]) for acl in acls] == [
        ("User:lab", "topic", "lab-a", "literal", ["read", "write"]),
        ("User:lab", "topic", "lab-", "prefixed", ["read", "write"]),
        ("User:lab", "group", "lab-", "prefixed", ["all"]),
    ]


def test_a_database_is_one_step_of_db_reset() -> None:
    assert lanes([MARIADB], "reset")[0]["steps"] == [{
        "name": "database", "module": "streamops.kafka.db_reset", "stop_on_failure": True,
        "args": {"engine": "mariadb", "host": "db", "username": "root", "password": "s", "name": "lab"},
    }]  # fmt: skip
    assert lanes([REDIS], "verify")[0]["steps"][0]["args"] == {"engine": "redis", "pattern": "lab:*"}


def test_targets_that_are_left_out_have_no_lane() -> None:
    assert [lane["name"] for lane in lanes([KAFKA, MARIADB, REDIS], "reset", leave_out=["mariadb"])] == ["kafka", "redis"]
