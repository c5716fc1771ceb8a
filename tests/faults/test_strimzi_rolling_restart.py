# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_rolling_restart: real pods that only sleep, restarted by a stand-in for the operator (lab/strimzi_operators/node_pods.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playbooks import TOP, play
from run_module import run_module, start_module
from strimzi_resources import READY, Resources, definitions

from lab import pods
from lab.strimzi_operators.node_pods import ROLL, NodePodOperator
from lab.waiting import wait_until

RECORD = "streamops.kafka/rolling-restart"
NODES = 3
SPEC = {"kafka": {"listeners": [{"name": "plain", "port": 9092, "type": "internal", "tls": False}]}}


def label(role: str = "broker") -> dict[str, str]:
    return {"strimzi.io/cluster": "experiment", "strimzi.io/name": "experiment-kafka", f"strimzi.io/{role}-role": "true"}


@pytest.fixture(scope="module")
def space() -> Iterator[pods.Space]:
    with definitions("0.45.0"), pods.namespace() as made:
        kafkas = Resources(made, "kafkas", "v1beta2")
        kafkas.create("Kafka", "experiment", SPEC, cluster=None)
        kafkas.status("experiment", READY)
        made.run_all(*(pods.shell(f"experiment-brokers-{number}", labels=label()) for number in range(NODES)))
        yield made


def restart(space: pods.Space, check: bool = False, **options: Any) -> Any:
    return run_module("strimzi_rolling_restart", arguments(space, **options), check=check, diff=True)


def arguments(space: pods.Space, **options: Any) -> dict[str, Any]:
    return {"namespace": space.name, "cluster": "experiment", "kubeconfig": space.kubeconfig, "wait_timeout": 90, **options}


def uids(space: pods.Space) -> dict[str, str]:
    return {pod.metadata.name: pod.metadata.uid for pod in space.pods("strimzi.io/name=experiment-kafka")}


def annotated(space: pods.Space) -> list[str]:
    return [pod.metadata.name for pod in space.pods("strimzi.io/name=experiment-kafka") if (pod.metadata.annotations or {}).get(ROLL) == "true"]


def record(space: pods.Space) -> dict[str, str]:
    kafka: Any = Resources(space, "kafkas", "v1beta2").get("experiment")
    return dict(json.loads((kafka["metadata"].get("annotations") or {}).get(RECORD, "{}")))


def test_every_pod_is_another_one_and_they_went_one_after_the_other(space: pods.Space) -> None:
    before = uids(space)
    tried = restart(space, check=True)
    assert tried["rc"] == 0 and tried["changed"] is True and set(tried["pods"]) == set(before) and annotated(space) == [] and record(space) == {}
    with NodePodOperator(space, "experiment").running() as operator:
        done = restart(space)
    assert done["rc"] == 0 and set(done["pods"].values()) == {"restarted"} and done["diff"] == tried["diff"], done
    assert set(operator.rolled) == set(before) and all(uid != before[name] for name, uid in uids(space).items())
    assert done["most_unavailable"] <= 1 and record(space) == {} and annotated(space) == []


def test_one_by_its_number_and_what_the_operator_does_not_do_is_told_and_gone_on_with(space: pods.Space) -> None:
    before = uids(space)
    late = restart(space, pods=["1"], wait_timeout=2)
    assert late["rc"] == 1 and "experiment-brokers-1 (waiting for the operator)" in late["msg"] and late["pods"] == {"experiment-brokers-1": "not_restarted"}
    assert record(space) == {"experiment-brokers-1": before["experiment-brokers-1"]}
    with NodePodOperator(space, "experiment").running():
        done = restart(space, pods=["1"])
    assert done["rc"] == 0 and done["resumed"] is True and record(space) == {}
    assert [name for name, uid in uids(space).items() if uid != before[name]] == ["experiment-brokers-1"]


def test_killed_in_between_the_next_run_restarts_only_what_is_left(space: pods.Space) -> None:
    before = uids(space)
    with NodePodOperator(space, "experiment").running() as operator:
        killed = start_module("strimzi_rolling_restart", arguments(space))
        wait_until("one has been restarted", lambda: None if operator.rolled else "not yet", 90)
        killed.kill()
        first = uids(space)
        done = restart(space)
    assert done["rc"] == 0 and done["resumed"] is True and record(space) == {}
    assert all(uid != before[name] for name, uid in uids(space).items()) and sorted(operator.rolled) == sorted(before), "each of them once"
    assert first[operator.rolled[0]] == uids(space)[operator.rolled[0]]


def test_the_playbook_shows_in_check_mode_what_would_be_restarted(space: pods.Space, tmp_path: Path) -> None:
    place = {"namespace": space.name, "cluster": "experiment", "kubeconfig": space.kubeconfig, "pods": ""}
    variables = {f"strimzi_rolling_restart_{key}": value for key, value in place.items()}
    done = play(TOP / "playbooks/strimzi_rolling_restart.yml", tmp_path, "--check", variables=variables)
    assert done.code == 0 and '"experiment-brokers-2": "not_restarted"' in done.output and annotated(space) == [], done.output
    replaced = {"strimzi_broker_replace_pod": "experiment-brokers-1", "strimzi_broker_replace_confirm": "experiment-brokers-2"}
    refused = play(TOP / "playbooks/strimzi_broker_replace.yml", tmp_path, variables={**replaced, "strimzi_broker_replace_cluster": "experiment"})
    assert refused.code != 0 and "Nothing was changed" in refused.output, refused.output


def test_the_entity_operator_is_made_anew(space: pods.Space) -> None:
    labels = {"strimzi.io/cluster": "experiment", "strimzi.io/name": "experiment-entity-operator"}
    space.run(pods.shell("experiment-entity-operator", labels=labels, kind="Deployment"))
    [before] = space.pods("strimzi.io/name=experiment-entity-operator")
    assert restart(space, component="entity_operator", check=True)["pods"] == {before.metadata.name: "not_restarted"}
    done = restart(space, component="entity_operator")
    assert done["rc"] == 0 and done["pods"][before.metadata.name] == "restarted" and "new" in done["pods"].values(), done
    alive = [pod for pod in space.pods("strimzi.io/name=experiment-entity-operator") if not pod.metadata.deletion_timestamp]
    assert alive and before.metadata.uid not in [pod.metadata.uid for pod in alive]


def test_what_cannot_work_is_said_first(space: pods.Space) -> None:
    kafkas = Resources(space, "kafkas", "v1beta2")
    kafkas.annotate("experiment", {"strimzi.io/pause-reconciliation": "true"}, manager="anna")
    refused = restart(space, pods=["experiment-brokers-9"])
    assert "there is no experiment-brokers-9, the cluster has experiment-brokers-0" in refused["msg"] and "paused (set by anna" in refused["msg"]
    kafkas.annotate("experiment", {"strimzi.io/pause-reconciliation": None})
    assert "pods goes with component: kafka" in restart(space, component="entity_operator", pods=["0"])["msg"]
    assert annotated(space) == []
