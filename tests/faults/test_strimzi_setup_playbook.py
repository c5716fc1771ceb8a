# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_setup.yml from an empty namespace to topics and users that are really there, twice, and foreseen by check mode.

What reconciles is the lab's stand-in for Strimzi's operators. The "operator" that the playbook installs is a program that does nothing:
its manifests are those that matter here.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from confluent_kafka.admin import AdminClient
from playbooks import TOP, Played, play
from strimzi_clients import librdkafka_client
from strimzi_resources import Resources

import lab
from lab import pods, strimzi_crds

PLAYBOOK = TOP / "playbooks/strimzi_setup.yml"
TOPICS, USERS = 50, 10
SUBJECTS = [{"kind": "ServiceAccount", "name": "strimzi-cluster-operator", "namespace": "myproject"}]


@pytest.fixture(scope="module")
def values() -> Iterator[dict[str, str]]:
    """The stand-in, and definitions of the release that serves both versions."""
    values = lab.start("strimzi_operators")
    before = strimzi_crds.installed()
    strimzi_crds.use("0.49.1")
    yield values
    strimzi_crds.use(before or strimzi_crds.DEFAULT)


@pytest.fixture(scope="module")
def space(values: dict[str, str]) -> Iterator[pods.Space]:
    """The stand-in works where a name begins so."""
    with pods.namespace(f"strimzi-t-{secrets.token_hex(4)}") as space:
        yield space
        for plural in ("kafkatopics", "kafkausers"):  # as long as there is somebody who takes the finalizers away
            Resources(space, plural, "v1").delete_all()


def manifests(directory: Path) -> list[str]:
    """Files as Strimzi's release has them: its definitions; account, bindings and Deployment in the namespace of the release."""
    container = {
        "name": "strimzi-cluster-operator", "image": "localhost/lab/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "100000"],
        "env": [{"name": "STRIMZI_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}],
    }  # fmt: skip
    pod = {"nodeName": "127.0.0.1", "serviceAccountName": "strimzi-cluster-operator", "terminationGracePeriodSeconds": 0, "containers": [container]}
    labels = {"name": "strimzi-cluster-operator"}
    meta = {"name": "strimzi-cluster-operator", "namespace": "myproject"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    files = {
        "definitions.yaml": list(strimzi_crds.release("0.49.1").definitions().values()),
        "operator.yaml": [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": meta, "subjects": SUBJECTS, "roleRef": role},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
             "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}}},
        ],
    }  # fmt: skip
    for name, documents in files.items():
        (directory / name).write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    return [str(directory / name) for name in files]


def variables(space: pods.Space, directory: Path) -> dict[str, Any]:
    unique = space.name.removeprefix("strimzi-")
    acl = {"resource_type": "topic", "name": unique, "pattern_type": "prefixed", "operations": ["read", "write"]}
    scram = {"authentication": "scram-sha-512", "acls": [acl]}
    return {
        "strimzi_setup_namespace": space.name,
        "strimzi_setup_cluster": "experiment",
        "strimzi_setup_kubeconfig": space.kubeconfig,
        "strimzi_setup_operator": {"manifests": manifests(directory)},
        "strimzi_setup_profile": "lab",
        "strimzi_setup_listeners": [
            {"name": "scram", "port": 9094, "type": "internal", "tls": True, "authentication": "scram-sha-512"},
            {"name": "mutual", "port": 9093, "type": "internal", "tls": True, "authentication": "tls"},
        ],
        "strimzi_setup_topics": [{"name": f"{unique}-{number}", "partitions": 1, "replication_factor": 1} for number in range(TOPICS - 1)]
        + [{"name": f"{unique}_With_Capitals", "partitions": 1, "config": {"cleanup.policy": "compact"}}],
        "strimzi_setup_users": [{"name": f"{unique}-{number}", **scram} for number in range(USERS - 1)] + [{"name": f"{unique}-tls", "authentication": "tls"}],
        "strimzi_setup_client_files": [
            {"listener": "scram", "user": f"{unique}-0", "directory": str(directory / "client")},
            {"listener": "mutual", "user": f"{unique}-tls", "directory": str(directory / "mutual")},
        ],
        "strimzi_setup_wait_timeout": 120,
    }  # fmt: skip


def rows(played: Played) -> dict[str, dict[str, Any]]:
    text = (played.directory / "reports/strimzi_setup/latest/report.json").read_text(encoding="utf-8")
    return {row["target"]: row for row in json.loads(text)["results"]}


def diffs(played: Played) -> list[str]:
    """All lines of diffs, in their order."""
    return [line for line in played.output.splitlines() if line.startswith(("+", "-")) and not line.startswith(("+++", "---"))]


def changed(played: Played) -> int:
    return int(played.output.rpartition("changed=")[2].split()[0])


def test_from_an_empty_namespace_and_again(space: pods.Space, values: dict[str, str], tmp_path: Path) -> None:
    asked = variables(space, tmp_path)
    foreseen = play(PLAYBOOK, tmp_path, "--check", "--diff", variables=asked)
    assert foreseen.code == 0, foreseen.output
    predicted = rows(foreseen)
    assert [predicted[part]["what"] for part in ("cluster", "topics", "users")] == ["2 to create", f"{TOPICS} to create", f"{USERS} to create"]
    assert Resources(space, "kafkas", "v1").names() == []

    made = play(PLAYBOOK, tmp_path, "--diff", variables=asked)
    assert made.code == 0, made.output
    assert changed(made) == changed(foreseen) == 5
    assert diffs(foreseen) and diffs(made)[: len(diffs(foreseen))] == diffs(foreseen), "check mode foresees each line but those of the clients' files"
    done = rows(made)
    parts = ("operator", "cluster", "topics", "users", "client files", "login")
    assert {part: done[part]["verified"] for part in parts} == dict.fromkeys(parts, "verified")
    unique = space.name.removeprefix("strimzi-")
    assert done["login"]["what"] == f"{unique}-0 logged in on scram, {unique}-tls logged in on mutual"
    for directory in ("client", "mutual"):
        assert librdkafka_client(tmp_path / directory)
    admin = AdminClient({
        "bootstrap.servers": values["LAB_KAFKA_STRIMZI_SCRAM"], "security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": values["LAB_KAFKA_STRIMZI_USER"], "sasl.password": values["LAB_KAFKA_STRIMZI_PASSWORD"],
    })  # fmt: skip
    there = set(admin.list_topics(timeout=20).topics)
    assert {each["name"] for each in asked["strimzi_setup_topics"]} <= there, "in Kafka itself"

    again = play(PLAYBOOK, tmp_path, "--diff", variables=asked)
    assert again.code == 0 and changed(again) == 0 and diffs(again) == [], again.output
    assert rows(again)["topics"]["what"] == f"{TOPICS} topics as they should be"


def test_everything_that_is_wrong_is_said_before_anything_is_touched(space: pods.Space, tmp_path: Path) -> None:
    asked = variables(space, tmp_path)
    wrong = {**asked, "strimzi_setup_cluster": "other", "strimzi_setup_listeners": [{"name": "a", "port": 9092, "type": "carrier-pigeon"}],
             "strimzi_setup_replication": {"factor": 3}, "strimzi_setup_users": [{"name": "u", "acls": [], "authentication": "tls"}],
             "strimzi_setup_client_files": [{"listener": "b", "user": "u", "directory": "x"}]}  # fmt: skip
    played = play(PLAYBOOK, tmp_path, variables=wrong)
    assert played.code == 2 and "other" not in Resources(space, "kafkas", "v1").names()
    [row] = rows(played).values()
    for part in (
        "there is no type carrier-pigeon", "replication.factor is 3, and there are 1 brokers", "user u logs in by tls", "there is no listener b; there are a",
    ):
        assert part in played.output and part in row["reason"]

    refused = {**asked, "strimzi_setup_client_files": [], "strimzi_setup_cluster": "other", "strimzi_setup_kafka_spec": {"colour": "blue"},
               "strimzi_setup_topics": [{"name": "x" * 250}],
               "strimzi_setup_users": [{"name": "u", "authentication": "scram-sha-512", "password_secret": {"name": "nowhere"}}]}  # fmt: skip
    played = play(PLAYBOOK, tmp_path, variables=refused)
    assert played.code == 2 and "other" not in Resources(space, "kafkas", "v1").names()
    said = rows(played)
    assert ".spec.colour: field not declared" in said["cluster"]["reason"] and "has 250 characters" in said["topics"]["reason"]
    assert "there is no Secret nowhere" in said["users"]["reason"] and said["operator"]["state"] == "not_attempted"
