# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call asks for, in which pod, and in how few calls of tools."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls import Acl
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.acls import additions
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.place import preferred
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.pods import Choice, Container, Pod
from ansible_collections.streamops.kafka.plugins.modules.kafka_pod_reset import RESET_SPEC, checked

DEFAULTS: dict[str, Any] = {option: spec.get("default") for option, spec in RESET_SPEC.items()}
POD = {"kubernetes": {"pod": "kafka-0"}}


def acl(kind: str, name: str, operation: str, principal: str = "User:e") -> Acl:
    return Acl(principal, kind, name, "prefixed", operation)


def choice(name: str, owner: str = "", labels: dict[str, str] | None = None) -> Choice:
    return Choice(Pod("lab", name, labels or {}, (Container("kafka"),), owner), "kafka")


def test_what_can_be_added_together_takes_one_call() -> None:
    wanted = [acl("topic", "exp-", "read"), acl("topic", "exp-", "write"), acl("topic", "other-", "write"), acl("topic", "other-", "read"),
              acl("group", "exp-", "read"), acl("topic", "exp-", "read", "User:other")]  # fmt: skip
    calls = additions(wanted)
    assert sorted((call.principal, call.operations, call.resources) for call in calls) == [
        ("User:e", ("read",), (("group", "exp-"),)),
        ("User:e", ("read", "write"), (("topic", "exp-"), ("topic", "other-"))),
        ("User:other", ("read",), (("topic", "exp-"),)),
    ]
    assert sorted(each for call in calls for each in call.acls) == sorted(wanted)


def test_the_arguments_of_a_call() -> None:
    cluster = additions([Acl("User:e", "cluster", "kafka-cluster", "literal", "idempotent_write", "deny", "10.0.0.1")])[0]
    assert cluster.arguments == ["--add", "--deny-principal", "User:e", "--deny-host", "10.0.0.1", "--resource-pattern-type", "literal",
                                 "--operation", "IdempotentWrite", "--cluster"]  # fmt: skip


def test_of_several_pods_a_brokers_is_taken_for_its_own_loopback_and_else_an_admin_pod() -> None:
    control = choice("lab-cruise-control-1", labels={"app.kubernetes.io/name": "cruise-control"})
    pods = [control, choice("admin"), choice("lab-kafka-0", "StrimziPodSet/lab-kafka"), choice("lab-kafka-1", "StrimziPodSet/lab-kafka")]
    assert preferred(pods, ["localhost:9092"]).pod.name == "lab-kafka-0"
    assert preferred(pods, ["lab-kafka-bootstrap:9092"]).pod.name == "admin"
    assert preferred([control], ["localhost:9092"]) is control
    controller = choice("lab-controller-0", "StrimziPodSet/lab-controller", {"strimzi.io/broker-role": "false"})
    assert preferred([controller, *pods], ["127.0.0.1:9092"]).pod.name == "lab-kafka-0"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "there is nothing to reset"),
        ({"topics": ["a"], "kubernetes": {}}, "kubernetes.selector or kubernetes.pod is needed"),
        ({"topics": ["a"], "kubernetes": {"pod": "a", "selector": "b"}}, "exclude each other"),
        ({"topics": ["a"], "kubernetes": {"selector": "a b"}}, "is no label selector"),
        ({"group_pattern": ".*"}, "matches everything"),
        ({"groups": [""]}, "a name is empty"),
        ({"groups": ["a\n--delete"]}, "line break"),
        ({"topics": ["a"], "heap": "128m -XX:OnError=x"}, "is no size of the form 128m"),
        ({"topics": ["a"], "timeout": 0}, "timeout must be 1 second or more"),
        ({"topics": ["a"], "sasl_password": "x"}, "sasl_password is given but security_protocol is plaintext"),
    ],
)
def test_wrong_options_are_refused_before_anybody_is_asked(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        checked({**DEFAULTS, **POD, **given})
    assert problem in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        checked({**DEFAULTS, **POD, "group_pattern": "", "timeout": 0, "heap": "", "bootstrap_servers": []})
    assert len(caught.value.problems) == 4
