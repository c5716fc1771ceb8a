# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_resource and strimzi_operator_info against a real API server with Strimzi's real definitions.

No operator runs here: where a status is needed, the test itself writes it, and says so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from run_module import run_module
from strimzi_resources import READY, Resources, definitions, not_ready

from lab import pods, strimzi_crds
from lab.waiting import wait_until

LABEL = {"strimzi.io/cluster": "experiment"}
POOL = {
    "apiVersion": "kafka.strimzi.io/v1", "kind": "KafkaNodePool", "metadata": {"name": "dual", "labels": LABEL},
    "spec": {"replicas": 1, "roles": ["controller", "broker"], "storage": {"type": "persistent-claim", "size": "1Gi"}},
}  # fmt: skip
KAFKA: dict[str, Any] = {
    "apiVersion": "kafka.strimzi.io/v1", "kind": "Kafka", "metadata": {"name": "experiment"},
    "spec": {"kafka": {"listeners": [{"name": "plain", "port": 9092, "type": "internal", "tls": False}], "config": {"num.partitions": 3}}},
}  # fmt: skip
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "metrics"}, "data": {"a": "1"}}
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "stringData": {"password": "AtLeast16Letters"}}


@pytest.fixture(scope="module")
def definitions_of_1() -> Iterator[str]:
    with definitions("1.2.0") as version:
        yield version


@pytest.fixture
def space(definitions_of_1: str) -> Iterator[pods.Space]:
    with pods.namespace() as space:
        yield space


def call(space: pods.Space, *resources: dict[str, Any], check: bool = False, **options: Any) -> Any:
    args = {"namespace": space.name, "resources": list(resources), "wait": False, **options}
    return run_module("strimzi_resource", args, check=check, diff=True)


def kafkas(space: pods.Space) -> Resources:
    return Resources(space, "kafkas", "v1")


def actions(result: Any) -> dict[str, str]:
    return {each["kind"]: each["action"] for each in result["resources"]}


@contextmanager
def operator_says(space: pods.Space, condition: dict[str, str]) -> Iterator[None]:
    """The test writes what an operator would: this condition on each new generation of a Kafka, and that it has seen the node pools."""
    everything = (kafkas(space), Resources(space, "kafkanodepools", "v1"))
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.05):
            for resources in everything:
                for each in resources.all():
                    if (each.get("status") or {}).get("observedGeneration") != each["metadata"]["generation"]:
                        conditions = [condition] if resources.plural == "kafkas" else []
                        resources.status(each["metadata"]["name"], *conditions, observed=each["metadata"]["generation"])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_created_altered_and_what_check_mode_says_of_it(space: pods.Space) -> None:
    whole = (KAFKA, POOL, CONFIG_MAP, SECRET)
    predicted = call(space, *whole, check=True)
    assert predicted["rc"] == 0 and kafkas(space).names() == []
    made = call(space, *whole)
    assert made["resources"] == predicted["resources"] and made["diff"] == predicted["diff"] and made["changed"] is predicted["changed"] is True
    assert [each["kind"] for each in made["resources"]] == ["Secret", "ConfigMap", "KafkaNodePool", "Kafka"], "in the order in which they need each other"
    assert "AtLeast16Letters" not in str(made["diff"]) and "AtLeast16Letters" not in str(made["resources"])
    again = call(space, *whole)
    assert again["changed"] is False and set(actions(again).values()) == {"unchanged"} and again["diff"] == {"before": "", "after": ""}

    altered = {**KAFKA, "spec": {"kafka": {"listeners": KAFKA["spec"]["kafka"]["listeners"], "config": {"num.partitions": 6}}, "kafkaExporter": {}}}
    predicted, made = call(space, altered, POOL, check=True), call(space, altered, POOL)
    assert made["resources"] == predicted["resources"] and actions(made) == {"KafkaNodePool": "unchanged", "Kafka": "altered"}
    assert "num.partitions" in made["diff"]["after"]
    back = call(space, KAFKA)
    stored: Any = kafkas(space).get("experiment")
    assert actions(back) == {"Kafka": "altered"} and stored["spec"] == KAFKA["spec"], "what is not named any more is taken away"


def test_every_problem_at_once_and_nothing_is_changed(space: pods.Space) -> None:
    wrong = {**KAFKA, "metadata": {"name": "wrong"}, "spec": {"kafka": {"listeners": [{"name": "x", "port": 1, "type": "carrier-pigeon", "tls": False}]}}}
    odd = {**POOL, "metadata": {"name": "odd", "labels": LABEL}, "spec": {**POOL["spec"], "colour": "blue"}}  # type: ignore[dict-item]
    monitor = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PodMonitor", "metadata": {"name": "m"}, "spec": {}}
    result = call(space, CONFIG_MAP, wrong, odd, monitor, POOL, POOL)
    assert result["rc"] == 1 and kafkas(space).names() == []
    for part in (
        '"carrier-pigeon": supported values', "Kafka", ".spec.colour: field not declared in schema", "does not serve PodMonitor as monitoring.coreos.com/v1",
        "is listed twice",
    ):
        assert part in result["msg"], f"{part} in {result['msg']}"
    with pytest.raises(ApiException):
        space.core.read_namespaced_config_map("metrics", space.name)
    assert "resource 1 has no apiVersion, no metadata.name" in call(space, {"kind": "Kafka"})["msg"]


def test_a_definition_that_is_missing_is_named(space: pods.Space) -> None:
    strimzi_crds.remove("kafkanodepools")
    try:
        result = call(space, POOL)
        found: Any = run_module("strimzi_operator_info", {"namespace": space.name})
    finally:
        strimzi_crds.use("1.2.0")
    assert result["rc"] == 1 and "the cluster does not serve KafkaNodePool as kafka.strimzi.io/v1: install Strimzi's resource definitions" in result["msg"]
    assert found["api_version"] == "v1" and "kafkanodepools" not in found["served_versions"]


def test_what_others_hold_and_what_is_paused(space: pods.Space) -> None:
    kafkas(space).create("Kafka", "experiment", {"kafka": {**KAFKA["spec"]["kafka"], "config": {"num.partitions": 1}}}, manager="argocd")
    refused = call(space, KAFKA)
    assert refused["rc"] == 1 and "argocd" in refused["msg"] and "force_conflicts: true" in refused["msg"]
    kafkas(space).annotate("experiment", {"strimzi.io/pause-reconciliation": "true"}, manager="anna")
    paused = call(space, KAFKA, force_conflicts=True)
    assert paused["rc"] == 1 and "its reconciliation is paused (set by anna" in paused["msg"]
    kafkas(space).annotate("experiment", {"strimzi.io/pause-reconciliation": None})
    assert actions(call(space, KAFKA, force_conflicts=True)) == {"Kafka": "altered"}


def test_waits_until_it_is_ready_in_its_present_generation(space: pods.Space) -> None:
    """The status is the test's own."""
    late = call(space, KAFKA, POOL, wait=True, wait_timeout=1)
    assert late["rc"] == 1 and late["changed"] is True and "not ready after 1 s, last seen: the operator has not looked at generation 1 yet" in late["msg"]
    assert "Look whether the cluster operator runs" in late["msg"] and actions(late)["Kafka"] == "created"
    with operator_says(space, not_ready("Creating", "Kafka cluster is being deployed")):
        slow = call(space, KAFKA, wait=True, wait_timeout=2)
    assert slow["rc"] == 1 and "last seen: Ready=False (Creating: Kafka cluster is being deployed)" in slow["msg"] and slow["changed"] is False
    kafkas(space).status("experiment", READY)
    with operator_says(space, READY):
        done = call(space, KAFKA, POOL, wait=True, wait_timeout=60)
    assert done["rc"] == 0 and done["changed"] is False and {each["ready"] for each in done["resources"]} == {"verified"}


def test_a_resource_that_the_operator_refuses_is_not_waited_for(space: pods.Space) -> None:
    """The status is the test's own."""
    refusal = {**not_ready("InvalidResourceException", "two listeners on port 9092"), "type": "NotReady", "status": "True"}
    with operator_says(space, refusal):
        result = call(space, KAFKA, wait=True, wait_timeout=100)
    assert result["rc"] == 1 and "the operator refuses it: NotReady=True (InvalidResourceException: two listeners on port 9092)" in result["msg"]


def test_a_namespace_and_a_definition_that_come_with_the_same_call(space: pods.Space) -> None:
    """The operator's manifests bring what they need: nothing can be tried before that."""
    group, new = f"{space.name}.example.com", f"{space.name}-new"
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"things.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"},
                 "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]},
    }  # fmt: skip
    thing = {"apiVersion": f"{group}/v1", "kind": "Thing", "metadata": {"name": "one", "namespace": new}, "spec": {"size": 1}}
    wrong = {**thing, "metadata": {"name": "two", "namespace": new}, "spec": {"size": "large"}}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": new}}
    try:
        predicted = call(space, thing, definition, namespace, check=True)
        assert predicted["rc"] == 0 and {each["kind"]: each["tried"] for each in predicted["resources"]} == {
            "Namespace": True, "CustomResourceDefinition": True, "Thing": False}
        refused = call(space, thing, wrong, definition, namespace, wait=True)
        assert refused["rc"] == 1 and "expected numeric" in refused["msg"] and actions(refused)["Namespace"] == "created"
        made = call(space, thing, definition, namespace, wait=True, wait_timeout=30)
        assert made["rc"] == 0 and actions(made) == {"Namespace": "unchanged", "CustomResourceDefinition": "unchanged", "Thing": "created"}
    finally:
        client.ApiextensionsV1Api(space.client().api_client).delete_custom_resource_definition(f"things.{group}")
        space.core.delete_namespace(new)


def operator_deployment(namespace: str, watches: str | None = None) -> dict[str, Any]:
    """A Deployment that looks like the operator's, with a program that does nothing in it."""
    watched = {"value": watches} if watches else {"valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}
    container = {"name": "strimzi-cluster-operator", "image": "localhost/lab/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "100000"],
                 "env": [{"name": "STRIMZI_NAMESPACE", **watched}]}  # fmt: skip
    template = {"metadata": {"labels": {"name": "strimzi-cluster-operator"}},
                "spec": {"nodeName": "127.0.0.1", "terminationGracePeriodSeconds": 0, "containers": [container]}}  # fmt: skip
    return {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "strimzi-cluster-operator", "namespace": namespace},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"name": "strimzi-cluster-operator"}}, "template": template},
    }  # fmt: skip


def test_the_operator_is_found_by_its_deployment(space: pods.Space, tmp_path: Path) -> None:
    """What runs there is no operator: the name of its container and its environment are."""
    info = {"namespace": space.name}
    nothing: Any = run_module("strimzi_operator_info", {**info, "namespaces": ["there-is-none"]})
    assert nothing["problem"].startswith(f"no operator watches namespace {space.name}") and nothing["missing_namespaces"] == ["there-is-none"]
    assert nothing["is_openshift"] is False and nothing["api_version"] == "v1"
    made = call(space, operator_deployment(space.name), wait=True, wait_timeout=60)
    assert made["rc"] == 0 and made["resources"][0]["ready"] == "verified", made
    wait_until("its pod counts as ready", lambda: None if run_module("strimzi_operator_info", info)["problem"] == "" else "no", 30)
    assert call(space, operator_deployment(space.name), wait=True)["changed"] is False
    found: Any = run_module("strimzi_operator_info", info)
    mine = [each for each in found["operators"] if each["namespace"] == space.name]
    assert mine == [{"namespace": space.name, "name": "strimzi-cluster-operator", "image": "localhost/lab/busybox:1", "version": "",
                     "watches": [space.name], "replicas": 1, "ready_replicas": 1}]  # fmt: skip
    nobody = space.account("nobody", [], tmp_path)
    hidden: Any = run_module("strimzi_operator_info", {**info, "kubeconfig": str(nobody)})
    assert hidden["operators"] is None and hidden["problem"] == "" and hidden["missing_namespaces"] == [], "what may not be seen is not said to be missing"
