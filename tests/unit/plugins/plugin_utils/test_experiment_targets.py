# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.plugin_utils.experiment_problems import problems
from ansible_collections.streamops.kafka.plugins.plugin_utils.experiment_targets import chosen, lanes

LOGIN: dict[str, Any] = {"bootstrap_servers": ["b:9094"], "security_protocol": "sasl_plaintext", "sasl_username": "admin", "sasl_password": "s"}
KAFKA: dict[str, Any] = {"name": "kafka", "type": "kafka", **LOGIN, "topics": ["lab-a"], "topic_pattern": "lab-.*", "group_pattern": "lab-.*",
                         "principal": "User:lab", "acl_prefix": "lab-", "known_listeners": ["b:9092"]}  # fmt: skip
MARIADB: dict[str, Any] = {"name": "mariadb", "type": "mariadb", "host": "db", "username": "root", "password": "s", "database": "lab"}
REDIS: dict[str, Any] = {"name": "redis", "type": "redis", "pattern": "lab:*"}


CLICKHOUSE: dict[str, Any] = {"name": "clickhouse", "type": "clickhouse", "username": "a", "database": "lab", "tables": "run7_*", "cluster": "c",
                              "fallback_username": "default", "fallback_password": ""}  # fmt: skip
COCKROACHDB: dict[str, Any] = {"name": "cockroachdb", "type": "cockroachdb", "username": "root", "database": "lab", "schema": "s", "certs_dir": "/certs"}
MINIO: dict[str, Any] = {"name": "minio", "type": "minio", "username": "a", "bucket": "lab-data", "recreate": True}
POD: dict[str, Any] = {"namespace": "lab", "selector": "app=x"}
INSIDE: dict[str, Any] = {"name": "kafka", "type": "kafka", "transport": "kubernetes_exec", "kubernetes": POD, "credentials_secret": {"name": "admin"},
                          "topics": ["lab-a"], "topic_pattern": "lab-.*", "purge_timeout": 60, "groups": ["g"], "group_pattern": "lab-.*",
                          "principal": "User:lab", "acl_prefix": "lab-"}  # fmt: skip


def texts(*targets: dict[str, Any], only: str | list[str] = "", **more: Any) -> list[str]:
    return [f"{found['target']}: {found['problem']}" for found in problems(targets, only, **more)]


def test_what_can_be_meant_has_no_problems() -> None:
    assert texts(KAFKA, MARIADB, REDIS, CLICKHOUSE, COCKROACHDB, MINIO, checkpoint_dir="/srv/checkpoints") == []
    assert texts(INSIDE, {**MARIADB, "transport": "Kubernetes_Exec", "kubernetes": POD}, {**MINIO, "bucket": None, "prefix": "lab-"}) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"type": "oracle"}, "its type oracle is none of kafka, mariadb, postgresql, redis, clickhouse, cockroachdb, minio."),
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


@pytest.mark.parametrize(
    ("target", "change", "problem"),
    [
        (MARIADB, {"database": None, "pattern": "*"}, "pattern * matches everything: it must contain at least one literal character."),
        (MARIADB, {"database": "mysql"}, "mysql is one of the server's own databases."),
        (MARIADB, {"schema": "x"}, "a target of type mariadb has no option schema."),
        (MARIADB, {"tables": "x*"}, "a target of type mariadb has no option tables."),
        (MARIADB, {"port": "70000"}, "port is 70000, it must be between 1 and 65535."),
        (MARIADB, {"port": "none"}, "port is none, which is no number."),
        (MARIADB, {"timeout": 0}, "timeout is 0, it must be at least 1 second."),
        (MARIADB, {"tls": {"key": "k"}}, "tls.key needs tls.cert."),
        (MARIADB, {"tls": {"certificate": "k"}}, "tls has no option certificate."),
        (MARIADB, {"transport": "ssh"}, "transport is ssh, it must be one of direct, kubernetes_exec, kubernetes_port_forward."),
        (MARIADB, {"transport": "kubernetes_exec"}, "transport kubernetes_exec needs kubernetes.selector or kubernetes.pod."),
        (MARIADB, {"kubernetes": POD}, "kubernetes.selector is an option of the two Kubernetes transports, not of direct."),
        (MARIADB, {"credentials_secret": {"key": "x"}}, "credentials_secret has no option key."),
        (REDIS, {"key": "x"}, "exactly one of key and pattern says what to empty."),
        (CLICKHOUSE, {"tables": "*"}, "tables * matches everything: leave tables out to reset whole databases."),
        (CLICKHOUSE, {"fallback_username": None}, "fallback_password needs fallback_username."),
        (CLICKHOUSE, {"database": "system"}, "system is one of the server's own databases."),
        (COCKROACHDB, {"database": "defaultdb"}, "defaultdb is one of the server's own databases."),
        (COCKROACHDB, {"schema": "crdb_internal"}, "crdb_internal is one of the server's own schemas."),
        (MINIO, {"prefix": "lab-"}, "exactly one of bucket, prefix, pattern says what to empty."),
        (MINIO, {"bucket": None, "prefix": "lab-*"}, "prefix is the beginning of names, lab-* is a pattern."),
        (MINIO, {"certs_dir": "/x"}, "a target of type minio has no option certs_dir."),
        (INSIDE, {"transport": "kubernetes_port_forward"}, "transport kubernetes_port_forward cannot reach Kafka"),
        (INSIDE, {"transport": "ssh"}, "transport is ssh, it must be one of direct, kubernetes_exec."),
        (INSIDE, {"kubernetes": None}, "transport kubernetes_exec needs kubernetes.selector or kubernetes.pod."),
        (INSIDE, {"kubernetes": {"pod": "a", "selector": "b=c"}}, "kubernetes.selector and kubernetes.pod exclude each other."),
        (INSIDE, {"kubernetes": {**POD, "nodes": 1}}, "kubernetes has no option nodes."),
        (INSIDE, {"purge_strategy": "retention"}, "a target of type kafka with transport kubernetes_exec has no option purge_strategy."),
        (INSIDE, {"credentials_secret": {}}, "credentials_secret.name is missing."),
        (KAFKA, {"kubernetes": POD}, "a target of type kafka has no option kubernetes."),
    ],
)
def test_what_a_module_would_refuse_is_said_before_any_server_is_asked(target: dict[str, Any], change: dict[str, Any], problem: str) -> None:
    found = texts({**target, **change})
    assert found and found[0].startswith(f"{target['name']}: {problem}")


@pytest.mark.parametrize(
    ("targets", "directory", "problem"),
    [
        ([MARIADB], "checkpoints", ": experiment_reset_checkpoint_dir: directory 'checkpoints' is not absolute."),
        ([MARIADB], "/", ": experiment_reset_checkpoint_dir: directory / belongs to the machine: what is below it is never wiped."),
        ([{**MARIADB, "checkpoints": "../x"}], "/srv/c", "mariadb: its checkpoints: the name '../x' of a system is not that of one directory"),
        ([{**MARIADB, "checkpoints": ".."}], "/srv/c", "mariadb: its checkpoints: .. is no name of a system."),
        ([MARIADB, {**REDIS, "checkpoints": "mariadb"}], "/srv/c", "mariadb: its checkpoints mariadb are those of redis too."),
    ],
)
def test_checkpoints_that_cannot_be_meant(targets: list[dict[str, Any]], directory: str, problem: str) -> None:
    assert texts(*targets, checkpoint_dir=directory)[0].startswith(problem)
    assert texts(*targets) == []  # nothing is wiped without a directory


def test_a_name_that_is_no_directory_does_no_harm_where_the_checkpoints_are_named_or_off() -> None:
    odd = {**MARIADB, "name": "orders/eu"}
    assert len(texts(odd, checkpoint_dir="/srv/c")) == 1
    assert texts({**odd, "checkpoints": "orders"}, checkpoint_dir="/srv/c") == [] == texts({**odd, "checkpoints": False}, checkpoint_dir="/srv/c")


def test_checkpoints_are_wiped_last_and_looked_at_even_without_a_connection() -> None:
    where = {"checkpoint_dir": "/srv/c", "cross_filesystems": True}
    steps = lanes([{**MARIADB, "checkpoints": "orders"}], "reset", **where)[0]["steps"]
    assert [step["name"] for step in steps] == ["database", "checkpoints"]
    assert steps[1] == {"name": "checkpoints", "module": "streamops.kafka.checkpoint_wipe", "stop_on_failure": True,
                        "args": {"directory": "/srv/c", "systems": ["orders"], "cross_filesystems": True}}  # fmt: skip
    assert [(step["name"], step["stop_on_failure"]) for step in lanes([KAFKA], "preflight", **where)[0]["steps"]] == [
        ("checkpoints", False), ("connection", True), ("topics", False), ("groups", False), ("rights", False),
    ]  # fmt: skip
    assert [step["name"] for step in lanes([KAFKA], "verify", **where)[0]["steps"]] == ["topics", "groups", "rights", "checkpoints"]
    assert [step["name"] for step in lanes([{**MARIADB, "checkpoints": False}], "reset", **where)[0]["steps"]] == ["database"]


def test_the_tools_of_a_pod_do_it_in_three_parts_without_a_check_of_the_connection() -> None:
    place = {"kubernetes": POD, "credentials_secret": {"name": "admin"}}
    for stage in ("preflight", "reset", "verify"):
        steps = lanes([INSIDE], stage)[0]["steps"]
        assert [(step["name"], step["module"]) for step in steps] == [(name, "streamops.kafka.kafka_pod_reset") for name in ("topics", "groups", "rights")]
    assert steps[0]["args"] == {**place, "topics": ["lab-a"], "pattern": "lab-.*", "timeout": 60}
    assert steps[1]["args"] == {**place, "groups": ["g"], "group_pattern": "lab-.*", "group_state": "reset", "group_to": "earliest"}
    assert set(steps[2]["args"]) == {"kubernetes", "credentials_secret", "acls"}
    assert lanes([{**INSIDE, "group_action": "absent"}], "reset")[0]["steps"][1]["args"]["group_state"] == "absent"


def test_options_of_an_engine_reach_db_reset() -> None:
    def args(target: dict[str, Any]) -> Any:
        return lanes([target], "reset")[0]["steps"][0]["args"]

    assert args(CLICKHOUSE) == {"engine": "clickhouse", "username": "a", "name": "lab", "tables": "run7_*", "cluster": "c",
                                "fallback_username": "default", "fallback_password": ""}  # fmt: skip
    assert args(COCKROACHDB) == {"engine": "cockroachdb", "username": "root", "name": "lab", "schema": "s", "certs_dir": "/certs"}
    assert args(MINIO) == {"engine": "minio", "username": "a", "name": "lab-data", "recreate": True}
    assert args({**MINIO, "bucket": None, "prefix": "lab-"}) == {"engine": "minio", "username": "a", "recreate": True, "pattern": "lab-*"}
    assert args({**REDIS, "transport": "kubernetes_exec", "kubernetes": POD}) == {
        "engine": "redis", "pattern": "lab:*", "transport": "kubernetes_exec", "kubernetes": POD,
    }  # fmt: skip


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


def test_the_rights_of_a_user_of_strimzi_are_added_to_its_kafkauser_and_its_purge_is_told_of_the_operator() -> None:
    place = {"namespace": "kafka", "cluster": "experiment"}
    target = {**KAFKA, "principal": "User:CN=lab", "strimzi": {**place, "force_conflicts": True}}
    steps = {step["name"]: step for step in lanes([target], "reset")[0]["steps"]}
    assert steps["topics"]["args"]["strimzi"] == place
    rights = steps["rights"]
    assert rights["module"] == "streamops.kafka.strimzi_user" and rights["args"] == {
        **place, "force_conflicts": True, "users": [{"name": "lab", "exclusive_acls": False, "acls": [
            {"resource_type": "topic", "name": "lab-a", "pattern_type": "literal", "operations": ["all"]},
            {"resource_type": "topic", "name": "lab-", "pattern_type": "prefixed", "operations": ["all"]},
            {"resource_type": "group", "name": "lab-", "pattern_type": "prefixed", "operations": ["all"]},
        ]}],
    }  # fmt: skip
    inside = {step["name"]: step for step in lanes([{**INSIDE, "strimzi": place}], "reset")[0]["steps"]}
    assert "strimzi" not in inside["topics"]["args"] and inside["rights"]["module"] == "streamops.kafka.strimzi_user"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"strimzi": "experiment"}, "strimzi is no dictionary."),
        ({"strimzi": {"namespace": "kafka"}}, "strimzi.cluster, the name of the Kafka resource, is missing."),
        ({"strimzi": {"cluster": "a", "release": "1"}}, "strimzi has no option release."),
        ({"strimzi": {"cluster": "a"}, "principal": "User:Lab_1"}, "principal User:Lab_1 cannot have a KafkaUser: "),
    ],
)
def test_what_cannot_be_meant_of_strimzi_is_said(change: dict[str, Any], problem: str) -> None:
    [found] = texts({**KAFKA, **change})
    assert problem in found
