# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_topic against a real API server with Strimzi's real definitions, of each of its API versions.

No operator runs here: tests with `wait: false` need none, and in the others the test itself writes the status.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cutting_proxy import CuttingProxy
from run_module import run_module, start_module
from strimzi_resources import READY, Resources, definitions, not_ready

import lab
from lab import pods
from lab.waiting import wait_until

Module = dict[str, Any]


@pytest.fixture(scope="module", params=["0.45.0", "0.49.1", "1.2.0"])
def api_version(request: pytest.FixtureRequest) -> Iterator[str]:
    with definitions(request.param) as version:
        yield version


@pytest.fixture
def topics(api_version: str) -> Iterator[Resources]:
    with pods.namespace() as space:
        yield Resources(space, "kafkatopics", api_version)


def call(topics: Resources, *wanted: Module, check: bool = False, diff: bool = False, timeout: float = 120, **options: Any) -> Any:
    args = {"namespace": topics.space.name, "cluster": "experiment", "topics": list(wanted), "wait": False, **options}
    return run_module("strimzi_topic", args, check=check, diff=diff, timeout=timeout)


def test_created_altered_deleted_and_what_check_mode_says_of_it(topics: Resources, api_version: str) -> None:
    wanted = {"name": "Orders_In", "partitions": 3, "config": {"retention.ms": 1000, "cleanup.policy": ["compact", "delete"]}}
    predicted = call(topics, wanted, check=True, diff=True)
    assert predicted["rc"] == 0 and topics.names() == []
    made = call(topics, wanted, diff=True)
    assert made["topics"] == predicted["topics"] and made["diff"] == predicted["diff"] and made["changed"] is predicted["changed"] is True
    assert made["api_version"] == api_version
    item = made["topics"]["Orders_In"]
    assert item["action"] == "created" and item["before"] is None and item["ready"] == "not_checked"
    assert item["after"]["spec"] == {
        "topicName": "Orders_In", "partitions": 3, "config": {"retention.ms": "1000", "cleanup.policy": "compact,delete"}}
    stored = topics.get(item["resource"])
    assert stored is not None and stored["spec"] == item["after"]["spec"] and stored["metadata"]["labels"]["strimzi.io/cluster"] == "experiment"
    assert {each["manager"] for each in stored["metadata"]["managedFields"]} == {"streamops.kafka"}
    assert call(topics, wanted)["changed"] is False

    altered = {"name": "Orders_In", "partitions": 5, "config": {"retention.ms": None}}
    predicted = call(topics, altered, check=True)
    made = call(topics, altered)
    assert made["topics"] == predicted["topics"] and made["topics"]["Orders_In"]["action"] == "altered"
    assert made["topics"]["Orders_In"]["after"]["spec"] == {"topicName": "Orders_In", "partitions": 5, "config": {"cleanup.policy": "compact,delete"}}
    assert topics.get(item["resource"])["spec"] == made["topics"]["Orders_In"]["after"]["spec"]  # type: ignore[index]
    assert call(topics, altered)["changed"] is False

    assert call(topics, {"name": "Orders_In"}, state="absent", check=True)["topics"]["Orders_In"]["action"] == "deleted"
    assert topics.names() == [item["resource"]]
    assert call(topics, {"name": "Orders_In"}, state="absent")["changed"] is True
    assert topics.names() == [] and call(topics, {"name": "Orders_In"}, state="absent")["topics"]["Orders_In"]["action"] == "absent"


def test_what_others_wrote_stays_or_is_a_conflict(topics: Resources) -> None:
    topics.create("KafkaTopic", "orders", {"partitions": 3, "config": {"retention.ms": 1000, "segment.ms": 5000}}, manager="argocd")
    assert call(topics, {"name": "orders", "partitions": 3, "config": {"retention.ms": "1000"}})["changed"] is False, "the same in another spelling"
    added = call(topics, {"name": "orders", "config": {"max.message.bytes": 2000}})
    assert added["topics"]["orders"]["after"]["spec"]["config"] == {"retention.ms": 1000, "segment.ms": 5000, "max.message.bytes": "2000"}

    refused = call(topics, {"name": "orders", "partitions": 6})
    assert refused["rc"] == 1 and "argocd" in refused["msg"] and "force_conflicts: true" in refused["msg"]
    assert topics.get("orders")["spec"]["partitions"] == 3  # type: ignore[index]
    forced = call(topics, {"name": "orders", "partitions": 6}, force_conflicts=True)
    assert forced["topics"]["orders"]["after"]["spec"] == {
        "partitions": 6, "config": {"retention.ms": 1000, "segment.ms": 5000, "max.message.bytes": "2000"}}

    predicted = call(topics, {"name": "orders", "config": {"segment.ms": None, "max.message.bytes": 3000}}, check=True)
    removed = call(topics, {"name": "orders", "config": {"segment.ms": None, "max.message.bytes": 3000}})
    assert removed["topics"] == predicted["topics"]
    assert topics.get("orders")["spec"]["config"] == {"retention.ms": 1000, "max.message.bytes": "3000"}  # type: ignore[index]


def test_every_problem_at_once_and_nothing_is_changed(topics: Resources) -> None:
    topics.create("KafkaTopic", "shrunk", {"partitions": 6})
    topics.create("KafkaTopic", "first", {"topicName": "Twice"})
    topics.create("KafkaTopic", "second", {"topicName": "Twice"})
    topics.create("KafkaTopic", "foreign", {"partitions": 1}, cluster="another")
    topics.create("KafkaTopic", "halted", {"partitions": 1})
    topics.annotate("halted", {"strimzi.io/pause-reconciliation": "true"}, manager="anna")
    topics.create("KafkaTopic", "adrift", {"partitions": 1}, annotations={"strimzi.io/managed": "false"})
    result = call(
        topics,
        {"name": "fine", "partitions": 1},
        {"name": "shrunk", "partitions": 3}, {"name": "Twice", "partitions": 2}, {"name": "foreign", "partitions": 2}, {"name": "halted", "partitions": 2},
        {"name": "adrift", "partitions": 2}, {"name": "x" * 250}, {"name": "with space"}, {"name": "none", "partitions": 0},
        {"name": "twins"}, {"name": "twins"}, {"name": "__consumer_offsets", "state": "absent"}, {"name": "named", "resource_name": "Not_Legal"},
        {"name": "many", "replication_factor": 40000},
    )  # fmt: skip
    assert result["rc"] == 1 and "fine" not in topics.names()
    for part in (
        "'shrunk': it has 6 partitions and Kafka cannot take any away", "'Twice': the resources first, second all stand for it",
        "'foreign': a resource named foreign belongs to cluster another", "'halted': the reconciliation of its resource halted is paused (set by anna,",
        "'adrift': its resource adrift is not managed", "has 250 characters, 249 are allowed", "'with space' has characters other than",
        "'none': partitions must be 1 or more", "'twins' is listed twice", "'__consumer_offsets' is internal", "'Not_Legal' is no name of a resource",
        "spec.replicas", "32767",
    ):
        assert part in result["msg"], f"{part} in {result['msg']}"


def test_waits_until_the_operator_is_done_and_gives_its_words(topics: Resources) -> None:
    """The status is the test's own."""
    verdicts = {"bad": not_ready("KafkaError", "Unknown topic config name: no.such.key")}
    wanted = [{"name": "good", "partitions": 1}, {"name": "bad", "config": {"no.such.key": 1}}]
    with topics.marking(lambda name: verdicts.get(name, READY)):
        result = call(topics, *wanted, wait=True, wait_timeout=60)
    assert result["rc"] == 1 and result["changed"] is True
    assert "'bad': Ready=False (KafkaError: Unknown topic config name: no.such.key)" in result["msg"] and "'good'" not in result["msg"]
    assert result["topics"]["good"]["ready"] == "verified" and result["topics"]["bad"]["ready"] == "failed"
    again = call(topics, *wanted, wait=True, wait_timeout=60)
    assert again["rc"] == 1 and again["changed"] is False and again["topics"]["bad"]["ready"] == "failed", "an old failure is not forgotten"


def test_an_operator_that_is_down_is_told_with_the_last_conditions(topics: Resources) -> None:
    topics.create("KafkaTopic", "old", {"partitions": 1})
    topics.status("old", READY)
    began = time.monotonic()
    result = call(topics, {"name": "old", "partitions": 2}, {"name": "new"}, wait=True, wait_timeout=2, force_conflicts=True)
    assert result["rc"] == 1 and 2 <= time.monotonic() - began < 60
    assert "'old': not done after 2 s, last seen: the operator has not looked at generation 2 yet; Ready=True" in result["msg"]
    assert "'new': not done after 2 s, last seen: the operator has not looked at generation 1 yet; no condition yet" in result["msg"]
    assert "whether the entity operator of this cluster runs" in result["msg"]
    assert "There is no Kafka resource experiment" in str(result["warnings"])
    with topics.marking():
        done = call(topics, {"name": "old", "partitions": 2}, {"name": "new"}, wait=True, wait_timeout=60)
    assert done["rc"] == 0 and done["changed"] is False and {each["ready"] for each in done["topics"].values()} == {"verified"}


def test_an_api_server_that_goes_away_while_waiting(topics: Resources, tmp_path: Path) -> None:
    """What has been changed is reported all the same."""
    host, port = lab.endpoints("kubernetes")["LAB_KUBERNETES_API"].split(":")
    args = {"namespace": topics.space.name, "cluster": "experiment", "topics": [{"name": "orders"}], "wait_timeout": 10}
    with CuttingProxy(host, int(port)) as proxy:
        through = tmp_path / "kubeconfig"
        through.write_text(Path(os.environ["KUBECONFIG"]).read_text().replace(f"{host}:{port}", f"{host}:{proxy.port}"))
        running = start_module("strimzi_topic", {**args, "kubeconfig": str(through)})
        wait_until("the topic is there", lambda: None if topics.names() else "not yet", 60)
        proxy.cut()
        result: Any = running.result()
    assert result["rc"] == 1 and result["changed"] is True and result["topics"]["orders"]["action"] == "created"
    assert result["topics"]["orders"]["ready"] == "failed" and "list the KafkaTopic resources: gave up after" in result["msg"]


def test_deleting_waits_for_the_finalizer(topics: Resources) -> None:
    topics.create("KafkaTopic", "kept", {"partitions": 1}, finalizers=["strimzi.io/topic-operator"])
    result = call(topics, {"name": "kept"}, state="absent", wait=True, wait_timeout=2)
    assert result["rc"] == 1 and "its finalizers are strimzi.io/topic-operator" in result["msg"]
    running = start_module("strimzi_topic", {
        "namespace": topics.space.name, "cluster": "experiment", "topics": [{"name": "kept"}], "state": "absent", "wait_timeout": 60})
    topics.patch("kept", {"metadata": {"finalizers": None}})
    report = running.result()
    assert report["rc"] == 0 and topics.names() == []


def test_a_paused_resource_that_needs_no_change_is_a_warning(topics: Resources) -> None:
    topics.create("KafkaTopic", "halted", {"partitions": 1})
    topics.annotate("halted", {"strimzi.io/pause-reconciliation": "true"})
    result = call(topics, {"name": "halted", "partitions": 1}, wait=True, wait_timeout=2)
    assert result["rc"] == 0 and result["topics"]["halted"]["ready"] == "not_checked"
    assert "reconciliation is paused" in str(result["warnings"])


def test_batches_stay_below_the_queue_of_the_operator(topics: Resources) -> None:
    wanted = [{"name": f"many-{number}"} for number in range(25)]
    refused = call(topics, *wanted, batch_size=10)
    assert refused["rc"] == 1 and "25 changes at once could overflow the operator's queue" in refused["msg"] and topics.names() == []
    assert "batch_size must be from 1 to 1000" in call(topics, *wanted, batch_size=5000)["msg"]
    with topics.marking() as looks:
        made = call(topics, *wanted, wait=True, batch_size=10, wait_timeout=60)
    assert made["rc"] == 0 and len(topics.names()) == 25 and max(looks) <= 10
    stuck = call(topics, *[{"name": f"stuck-{number}"} for number in range(5)], wait=True, batch_size=2, wait_timeout=1)
    actions = [each["action"] for each in stuck["topics"].values()]
    assert stuck["rc"] == 1 and actions == ["created", "created", "not_attempted", "not_attempted", "not_attempted"]


def test_killed_half_way_and_finished_by_the_next_run(topics: Resources) -> None:
    args = {"namespace": topics.space.name, "cluster": "experiment", "topics": [{"name": f"k-{n}"} for n in range(200)], "wait": False}
    running = start_module("strimzi_topic", args)
    wait_until("some topics are there", lambda: None if len(topics.names()) > 5 else "fewer", 60)
    running.kill()
    assert len(topics.names()) < 200, "it was killed too late to prove anything"
    assert run_module("strimzi_topic", args)["rc"] == 0 and len(topics.names()) == 200
    assert run_module("strimzi_topic", args)["changed"] is False


def test_what_is_not_served_and_what_is_not_allowed(topics: Resources, api_version: str, tmp_path: Path) -> None:
    result = call(topics, {"name": "a"}, api_version="v1alpha1")
    assert result["rc"] == 1 and "version v1alpha1 is not served" in result["msg"] and api_version in result["msg"]
    nobody = topics.space.account("nobody", [], tmp_path)
    result = call(topics, {"name": "a"}, kubeconfig=str(nobody))
    assert result["rc"] == 1 and "list the KafkaTopic resources" in result["msg"] and "Give this user or service account the right" in result["msg"]
    writer = topics.space.account("writer", [pods.rule("kafkatopics", "list", "patch", "create", group="kafka.strimzi.io")], tmp_path)
    assert call(topics, {"name": "a"}, kubeconfig=str(writer))["rc"] == 0, "it needs no more than that"
