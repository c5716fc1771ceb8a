# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The experiment reset on a Strimzi cluster: nothing of it is undone by the operators, and nothing of theirs is left changed."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType
from playbooks import TOP, Played, kill_tree, play, start
from run_module import run_module
from strimzi_cluster import StrimziCluster, strimzi_cluster
from strimzi_topics import COMPACT, PAUSED, annotations, fill, filled_topic, overrides, records_in, resource_of

from lab.waiting import wait_until

PLAYBOOK = TOP / "playbooks/experiment_reset.yml"
OWN_RIGHT = {"resource_type": "group", "name": "reports", "operations": "read"}


@dataclass(frozen=True)
class Experiment:
    """A compact-only topic, a plain one, a group that has read the second, and a user that has one right of its own."""

    cluster: StrimziCluster
    admin: AdminClient
    state: str
    metrics: str
    user: str

    def target(self, **more: Any) -> dict[str, Any]:
        names = {"topics": [self.state, self.metrics], "groups": [self.user], "principal": f"User:{self.user}", "acl_prefix": f"{self.user}-"}
        return {"name": "kafka", "type": "kafka", **self.cluster.connection, **names, "strimzi": self.cluster.place, **more}

    def rights(self) -> set[str]:
        user = f"User:{self.user}"
        wanted = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, user, None, AclOperation.ANY, AclPermissionType.ANY)
        return {f"{each.operation.name} {each.restype.name} {each.name}" for each in self.admin.describe_acls(wanted).result()}

    def specs(self) -> list[Any]:
        return [self.cluster.topics.get(resource_of(topic))["spec"] for topic in (self.state, self.metrics)]  # type: ignore[index]

    def read_by_the_group(self) -> None:
        reader = Consumer({**self.cluster.client_config(), "group.id": self.user, "enable.auto.commit": False})
        reader.commit(offsets=[TopicPartition(self.metrics, 0, 3)], asynchronous=False)
        reader.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def admin(cluster: StrimziCluster) -> AdminClient:
    return cluster.admin()


@pytest.fixture
def experiment(cluster: StrimziCluster, admin: AdminClient) -> Iterator[Experiment]:
    made = Experiment(cluster, admin, filled_topic(cluster, COMPACT), filled_topic(cluster, {"retention.ms": "3600000"}), f"t-{uuid.uuid4().hex[:8]}")
    user = {"name": made.user, "authentication": "scram-sha-512", "acls": [OWN_RIGHT]}
    assert run_module("strimzi_user", {**cluster.place, "users": [user]})["rc"] == 0
    made.read_by_the_group()
    yield made
    admin.delete_consumer_groups([made.user])[made.user].exception(timeout=30)


def reset(tmp_path: Path, target: dict[str, Any], *arguments: str) -> Played:
    return play(PLAYBOOK, tmp_path, *arguments, variables={"experiment_reset_targets": [target]})


def test_a_reset_holds_over_the_operators_next_ticks(tmp_path: Path, experiment: Experiment) -> None:
    specs = experiment.specs()
    foretold = reset(tmp_path, experiment.target(), "--check")
    assert foretold.code == 0, foretold.output
    predicted = foretold.results()["kafka"]["what"].replace("to remove", "removed").replace("to reset", "reset").replace("to add", "added")
    assert experiment.rights() == {"READ GROUP reports"}

    done = reset(tmp_path, experiment.target())
    assert done.code == 0, done.output
    row = done.results()["kafka"]
    assert row["what"] == predicted == "100 records of 2 topics removed; 1 group reset; 4 ACLs added" and row["verified"] == "verified"
    names = (experiment.state, experiment.metrics, f"{experiment.user}-")
    expected = {"READ GROUP reports", f"ALL GROUP {experiment.user}-", *(f"ALL TOPIC {name}" for name in names)}
    assert experiment.rights() == expected
    time.sleep(2.5 * experiment.cluster.interval)  # nothing to wait for: nothing happens
    assert experiment.rights() == expected and experiment.specs() == specs
    assert [overrides(experiment.admin, topic) for topic in names[:2]] == [COMPACT, {"retention.ms": "3600000"}]
    assert [annotations(experiment.cluster, topic) for topic in names[:2]] == [{}, {}]

    again = reset(tmp_path, experiment.target())
    assert again.code == 0 and again.results()["kafka"]["changed"] is False, again.output


def test_what_a_killed_reset_has_paused_is_resumed_by_the_next_one(tmp_path: Path, experiment: Experiment) -> None:
    cluster, specs = experiment.cluster, experiment.specs()
    fill(cluster, experiment.state, records=5, timestamp=int(time.time() * 1000) + 3_000_000)  # which retention cannot remove
    process = start(PLAYBOOK, tmp_path, variables={"experiment_reset_targets": [experiment.target(purge_strategy="retention")]})
    wait_until("it is at work", lambda: None if overrides(experiment.admin, experiment.state).get("retention.ms") == "1" else "not yet", 120)
    kill_tree(process.pid)
    process.wait(60)
    assert PAUSED in annotations(cluster, experiment.state)
    time.sleep(1.5 * cluster.interval)
    assert overrides(experiment.admin, experiment.state)["retention.ms"] == "1", "the operator stays away as long as nobody resumes it"

    repaired = reset(tmp_path, experiment.target())
    assert repaired.code == 0, repaired.output
    assert "that a killed run had left put back" in repaired.results()["kafka"]["what"]
    assert experiment.specs() == specs and records_in(experiment.admin, experiment.state) == 0
    assert overrides(experiment.admin, experiment.state) == COMPACT and not annotations(cluster, experiment.state)


def test_what_cannot_be_done_is_said_before_anything_is_touched(tmp_path: Path, experiment: Experiment) -> None:
    cluster, kept_in_shape = experiment.cluster, f"{experiment.user}-y"
    spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": []}}
    cluster.users.create("KafkaUser", kept_in_shape, spec, cluster=cluster.name, manager="argocd")
    cluster.topics.annotate(resource_of(experiment.state), {PAUSED: "true"}, manager="anna")
    refused = play(PLAYBOOK, tmp_path, variables={"experiment_reset_targets": [
        experiment.target(principal=f"User:{experiment.user}-x"),
        experiment.target(name="second", topics=[experiment.metrics], groups=[], principal=f"User:{kept_in_shape}"),
    ]})  # fmt: skip
    assert refused.code == 2
    reasons = {name: row["reason"] for name, row in refused.results().items()}
    assert "(set by anna," in reasons["kafka"] and f"user '{experiment.user}-x': it has no KafkaUser" in reasons["kafka"]
    assert "argocd" in reasons["second"] and "force_conflicts: true" in reasons["second"]
    assert records_in(experiment.admin, experiment.state) == records_in(experiment.admin, experiment.metrics) == 50
