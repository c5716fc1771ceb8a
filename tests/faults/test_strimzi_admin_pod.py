# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_admin_pod: real pods with Kafka's real tools, on the real broker beside the stand-in for Strimzi's operators.

The brokers of the lab are no pods: one that only sleeps has their labels and their image, and the pods get the host's network to reach the broker.
"""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from run_module import run_module, start_module
from strimzi_cluster import StrimziCluster, strimzi_cluster

from lab import pods
from lab.kubernetes import images
from lab.waiting import wait_until

OURS = "streamops.kafka/purpose=admin-pod"


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def space(cluster: StrimziCluster) -> pods.Space:
    return pods.Space(cluster.namespace, cluster.kubeconfig)


@pytest.fixture(scope="module")
def place(cluster: StrimziCluster, space: pods.Space) -> dict[str, Any]:
    """Options of the module: the lab's way to the image's programs and to the broker."""
    labels = {"strimzi.io/cluster": cluster.name, "strimzi.io/name": f"{cluster.name}-kafka", "strimzi.io/broker-role": "true"}
    name = f"{cluster.name}-brokers-0"
    space.run(pods.kafka(name, kind="Pod", labels=labels, command=images.FOREVER, probe=None))
    broker = space.client().api_client.sanitize_for_serialization(space.core.read_namespaced_pod(name, space.name))["spec"]
    mounts = [each for each in broker["containers"][0]["volumeMounts"] if not each["mountPath"].startswith(("/data", "/var/run"))]
    used = {each["name"] for each in mounts}
    network = {"nodeName": broker["nodeName"], "hostNetwork": True, "securityContext": {"runAsUser": 65534}}
    return {**cluster.place, "listener": "scram", "container": {"volumeMounts": mounts, "imagePullPolicy": "Never"},
            "pod": {**network, "volumes": [each for each in broker["volumes"] if each["name"] in used]}}  # fmt: skip


@pytest.fixture(scope="module")
def user(cluster: StrimziCluster) -> str:
    """A user that may describe everything, and write to topics of its own."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    acls = [
        {"resource": {"type": "topic", "name": name, "patternType": "prefix"}, "operations": ["All"]},
        {"resource": {"type": "cluster"}, "operations": ["Describe", "DescribeConfigs"]},
    ]
    spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": acls}}
    cluster.users.create("KafkaUser", name, spec, cluster=cluster.name)
    cluster.topics.create("KafkaTopic", name, {"partitions": 2}, cluster=cluster.name)
    cluster.wait_ready(cluster.users, name)
    cluster.wait_ready(cluster.topics, name)
    return name


def test_tools_run_one_after_the_other_and_the_pod_is_gone(cluster: StrimziCluster, space: pods.Space, place: dict[str, Any], user: str) -> None:
    commands = [
        {"tool": "kafka-topics", "arguments": ["--describe", "--topic", user], "changes": False},
        {"tool": "kafka-console-producer", "arguments": ["--topic", user], "input": "first\nsecond\n"},
        {"tool": "kafka-log-dirs.sh", "arguments": ["--describe", "--topic-list", user], "changes": False},
        {"tool": "kafka-configs", "arguments": ["--describe", "--entity-type", "brokers"], "changes": False},
    ]
    password = cluster.secret(user)["password"].decode()
    tried = run_module("strimzi_admin_pod", {**place, "user": user, "commands": commands}, check=True)
    assert tried["rc"] == 0 and tried["changed"] is True and tried["pod"] is None and space.pods(OURS) == [], tried
    running = start_module("strimzi_admin_pod", {**place, "user": user, "commands": commands})
    wait_until("the pod is there", lambda: None if space.pods(OURS) else "not yet", 60)
    [pod] = space.pods(OURS)
    done: Any = running.result(240)
    assert done["rc"] == 0 and done["changed"] is True, done
    assert [each["state"] for each in done["commands"]] == ["ok"] * 4 and done["image"] == images.HOST
    described, dummy, sizes, dynamic = (each["stdout"] for each in done["commands"])
    assert "PartitionCount: 2" in described and '"partition":"' in sizes and "Dynamic configs for broker" in dynamic
    ends = cluster.admin().list_topics(user, timeout=30).topics[user].partitions
    assert len(ends) == 2 and '"size":0,' in sizes, "one partition holds both records, the other none"
    assert password not in str(done["output"]) and password not in str(pod.to_dict())
    assert pod.spec.automount_service_account_token is False and pod.metadata.owner_references[0].kind == "Kafka"
    assert pod.spec.containers[0].security_context.read_only_root_filesystem is True and pod.spec.security_context.run_as_non_root is True
    wait_until("the pod is gone", lambda: "still there" if space.pods(OURS) else None, 60)


def test_a_tool_that_fails_is_told_and_the_rest_is_not_attempted(space: pods.Space, place: dict[str, Any], user: str) -> None:
    commands = [{"tool": "kafka-topics", "arguments": ["--delete", "--topic", f"{user}-none"]}, {"tool": "kafka-topics", "arguments": ["--list"]}]
    done: Any = run_module("strimzi_admin_pod", {**place, "user": user, "commands": commands})
    assert done["rc"] == 1 and "does not exist" in done["msg"]
    assert [each["state"] for each in done["commands"]] == ["failed", "not_attempted"] and done["commands"][0]["code"] == 1
    missing: Any = run_module("strimzi_admin_pod", {**place, "user": user, "commands": [{"tool": "kafka-nothing", "arguments": []}]})
    assert missing["rc"] == 1 and "there is no kafka-nothing.sh" in missing["msg"]
    wait_until("the pods are gone", lambda: "still there" if space.pods(OURS) else None, 60)


def test_what_killed_runs_leave_ends_by_itself_and_is_removed(space: pods.Space, place: dict[str, Any], user: str) -> None:
    commands = [{"tool": "kafka-console-consumer", "arguments": ["--topic", user, "--timeout-ms", "90000"], "changes": False}]
    killed = start_module("strimzi_admin_pod", {**place, "user": user, "commands": commands, "timeout": 100})
    wait_until("the pod runs", lambda: None if [each for each in space.pods(OURS) if each.status.phase == "Running"] else "not yet", 90)
    killed.kill()
    [left] = space.pods(OURS)
    assert left.spec.active_deadline_seconds == 160 and left.spec.restart_policy == "Never"
    listing = [{"tool": "kafka-topics", "arguments": ["--list"], "changes": False}]
    alive: Any = run_module("strimzi_admin_pod", {**place, "user": user, "commands": listing}, check=True)
    assert alive["removed"] == [], "it may be somebody's who still waits"
    space.core.patch_namespaced_pod(left.metadata.name, space.name, {"spec": {"activeDeadlineSeconds": 1}})
    wait_until("it has ended", lambda: None if space.pods(OURS)[0].status.phase == "Failed" else "not yet", 60)
    done: Any = run_module("strimzi_admin_pod", {**place, "user": user, "commands": listing})
    assert done["rc"] == 0 and done["removed"] == [left.metadata.name] and done["changed"] is True, done
    wait_until("all are gone", lambda: "still there" if space.pods(OURS) else None, 60)

    stopped = start_module("strimzi_admin_pod", {**place, "user": user, "commands": commands, "timeout": 100})
    wait_until("the pod runs", lambda: None if [each for each in space.pods(OURS) if each.status.phase == "Running"] else "not yet", 90)
    stopped.process.send_signal(signal.SIGTERM)
    assert stopped.result(60)["rc"] == 1
    wait_until("a polite kill removes it at once", lambda: "still there" if space.pods(OURS) else None, 60)


def test_what_cannot_work_is_said_before_a_pod_is_made(space: pods.Space, place: dict[str, Any], user: str) -> None:
    wrong = [{"tool": "bin/kafka-topics", "arguments": ["--list", "--bootstrap-server", "x:1"]}]
    said: Any = run_module("strimzi_admin_pod", {**place, "user": user, "commands": wrong})
    assert "is a name such as kafka-topics" in said["msg"] and "--bootstrap-server is added by the module" in said["msg"]
    listing = [{"tool": "kafka-topics", "arguments": ["--list"]}]
    assert "wants a login (scram-sha-512): say whose with user" in run_module("strimzi_admin_pod", {**place, "commands": listing})["msg"]
    invalid: Any = run_module("strimzi_admin_pod", {**place, "user": user, "commands": listing, "pod": {"nodeNames": "x"}})
    assert invalid["rc"] == 1 and 'unknown field "spec.nodeNames"' in invalid["msg"]
    started: Any = run_module("strimzi_admin_pod", {**place, "user": user, "commands": listing, "image": "localhost/lab/none:1"})
    assert started["rc"] == 1 and "ErrImageNeverPull" in started["msg"], started
    wait_until("all are gone", lambda: "still there" if space.pods(OURS) else None, 60)
