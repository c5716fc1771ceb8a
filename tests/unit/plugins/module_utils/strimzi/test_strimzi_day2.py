# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Day 2 of a Strimzi cluster: what speaks against replacing a broker, which pods are left to restart, what levels are put back to."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi import log_levels, replacement
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.admin_commands import command_problems, commands_from, login_of
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.admin_pod import broker_of, is_over, laid_over, manifest
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.client_access import Access, Login
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.node_pods import NodePod
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.replacement import Partition, pod_problems
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.rolling import chosen, open_ones
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.volumes import LOST, THERE, Volume, hosts_of

GONE = Volume("data-b-2", "u", "pv", LOST, "its node is gone")
AWAY = Volume("data-b-2", "u", "pv", THERE, "its node n exists, and is not Ready")


def pod(number: int, ready: bool = True, uid: str = "old", controller: bool = False, broker: bool = True) -> NodePod:
    return NodePod(f"b-{number}", uid, ready, False, number, controller, broker, (f"data-b-{number}",))


def three(ready: bool = False, controller: bool = False, others: bool = True) -> dict[str, NodePod]:
    return {each.name: each for each in (pod(0, others, controller=controller), pod(1, True, controller=controller), pod(2, ready, controller=controller))}


def kafka(**annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": "experiment", "annotations": annotations, "resourceVersion": "7"}, "spec": {"kafka": {}}}


@pytest.mark.parametrize("pods, volumes, assume, said", [
    (three(), [GONE], False, ""),
    (three(ready=True), [GONE], False, "is Ready"),
    (three(), [AWAY], False, "nothing shows that the volumes"),
    (three(), [AWAY], True, ""),
    (three(), [], False, "no volume claims"),
    (three(controller=True), [GONE], False, ""),
    (three(controller=True, others=False), [GONE], False, "no majority without it"),
    ({"b-1": pod(1)}, [], False, "there is no pod b-2"),
    ({"b-2": pod(2, False, broker=False)}, [GONE], False, "is no broker's"),
])  # fmt: skip
def test_what_speaks_against_replacing_a_broker(pods: dict[str, NodePod], volumes: list[Volume], assume: bool, said: str) -> None:
    problems = pod_problems(pods, "b-2", volumes, assume)
    assert (problems == []) if not said else any(said in each for each in problems)


def test_records_are_lost_where_nobody_else_is_in_sync() -> None:
    partitions = [Partition("a", 0, (1, 2), (1,)), Partition("b", 0, (2,), (2,)), Partition("c", 0, (1, 2), ()), Partition("d", 0, (1, 3), (1,))]
    assert replacement.only_replica_there(partitions, 2) == ["b-0", "c-0"] and replacement.not_in_sync(partitions, 2) == ["a-0", "c-0"]
    assert "2 partitions" in replacement.loss_problem(["b-0", "c-0"], False) and replacement.loss_problem(["b-0"], True) == ""
    assert "no volume of this pod" in replacement.volume_problems([GONE], ["other"])[0] and replacement.volume_problems([GONE], ["pv"]) == []


def test_a_record_is_read_back_and_a_broken_one_is_said_to_be() -> None:
    record = replacement.Record("b-2", "u", 2, (GONE,), ("pv",))
    assert replacement.record_of(kafka(**{replacement.RECORD: record.as_text()})) == record and replacement.record_of(kafka()) is None
    with pytest.raises(OperationError, match="the record is broken"):
        replacement.record_of(kafka(**{replacement.RECORD: '{"pod": "b-2"}'}))


def test_the_node_of_a_volume() -> None:
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}]}]
    assert hosts_of({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": terms}}}}) == {"n1"} and hosts_of({"spec": {}}) == set()


def test_pods_are_named_by_name_or_number_and_left_until_they_are_others_and_ready() -> None:
    pods = three(ready=True)
    assert chosen(pods, ["2", "b-0"]) == ({"b-2": "old", "b-0": "old"}, []) and set(chosen(pods, [])[0]) == set(pods)
    assert "there is no b-9" in chosen(pods, ["b-9"])[1][0]
    now = {"b-0": pod(0, uid="new"), "b-1": pod(1, False, uid="new")}
    assert open_ones(now, {"b-0": "old", "b-1": "old", "b-2": "old"}) == ["b-1", "b-2"]


def test_levels_go_back_to_what_they_were() -> None:
    there = kafka()
    there["spec"]["kafka"]["logging"] = {"type": "inline", "loggers": {"root": "INFO"}}
    step = log_levels.plan_present(there, "kafka", {"root": "DEBUG", "a": "TRACE"}, "why", "now")
    assert step is not None
    record = json.loads(step.patch["metadata"]["annotations"][log_levels.RECORD])
    assert record["kafka"]["loggers"] == {"root": {"was": "INFO", "set": "DEBUG"}, "a": {"was": None, "set": "TRACE"}}
    changed = kafka(**{log_levels.RECORD: json.dumps(record)})
    changed["spec"]["kafka"]["logging"] = {"type": "inline", "loggers": dict(step.after)}
    back = log_levels.plan_absent(changed, "kafka")
    assert back is not None and back.after == {"root": "INFO"} and back.patch["spec"]["kafka"]["logging"]["loggers"] == {"root": "INFO", "a": None}
    there["spec"]["kafka"]["logging"] = {"type": "external"}
    assert "is external" in log_levels.problems(there, "kafka", {"root": "INFO"})[0]


def entry(tool: str, *arguments: str, **more: Any) -> dict[str, Any]:
    usual = {"input": None, "changes": True, "exit_codes": [0], "connects": None, "config_option": None}
    return {"tool": tool, "arguments": list(arguments), **usual, **more}


def test_tools_get_the_address_and_the_login_before_their_own_arguments() -> None:
    usual, consumer, storage = commands_from([entry("kafka-topics.sh", "--list"), entry("kafka-console-consumer"), entry("kafka-storage", "info")])
    assert usual.words(["b:1"]) == ["--bootstrap-server", "b:1", "--command-config", "/dev/fd/3", "--list"]
    assert "--consumer.config" in consumer.words(["b:1"]) and storage.words(["b:1"]) == ["info"]
    assert command_problems([usual, consumer, storage]) == []
    wrong = command_problems(commands_from([entry("/bin/sh", "--command-config=x", "")]))
    assert len(wrong) == 3 and "commands is empty" in command_problems([])[0]


def test_the_login_of_a_tool_needs_no_file() -> None:
    login = login_of(Access("b:1", True, (), Login("anna", key=b"-----BEGIN PRIVATE KEY-----\nx\n")))
    assert login.properties["ssl.keystore.type"] == "PEM" and "\\n" in login.as_file() and not any(key.endswith(".location") for key in login.properties)
    assert login_of(Access("b:1", False, (), Login("anna", "secret"))).masked("x secret") == "x ********"


def test_the_pod_is_restricted_and_options_are_laid_over_it() -> None:
    broker = {"metadata": {"name": "b-0", "labels": {"strimzi.io/cluster": "c", "strimzi.io/broker-role": "true"}},
              "spec": {"containers": [{"name": "kafka", "image": "i"}], "imagePullSecrets": [{"name": "p"}]}}  # fmt: skip
    assert broker_of([broker], "c") == broker and broker_of([broker], "other") is None
    owner = {"metadata": {"name": "c", "uid": "u"}}
    made = manifest(owner, "i", 100, broker, {"nodeSelector": {"a": "b"}, "volumes": [{"name": "more"}]}, {"resources": {"limits": {"memory": "1Gi"}}})
    spec, container = made["spec"], made["spec"]["containers"][0]
    assert spec["securityContext"]["runAsNonRoot"] and container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert spec["activeDeadlineSeconds"] == 160 and [each["name"] for each in spec["volumes"]] == ["tmp", "more"] and spec["imagePullSecrets"]
    assert container["resources"]["limits"] == {"memory": "1Gi"} and container["resources"]["requests"] and made["metadata"]["ownerReferences"][0]["uid"] == "u"
    assert laid_over({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}}) == {"a": {"b": 1, "c": [2]}}


def test_a_pod_of_a_killed_run_is_over_when_its_time_is() -> None:
    made = {"metadata": {"creationTimestamp": "2026-02-23T10:00:00Z"}, "spec": {"activeDeadlineSeconds": 100}, "status": {"phase": "Running"}}
    moment = datetime.datetime(2026, 2, 23, 10, 1, tzinfo=datetime.timezone.utc)
    assert not is_over(made, moment) and is_over(made, moment + datetime.timedelta(minutes=1)) and is_over({**made, "status": {"phase": "Failed"}}, moment)
