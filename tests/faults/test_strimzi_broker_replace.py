# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_broker_replace: a real broker of three loses its disk, and copies everything from the other two.

What stands for the broker in Kubernetes is a real pod with a real claim on a volume whose node does not exist. A stand-in for the operator
(lab/strimzi_operators/node_pods.py) replaces both when it sees the annotation, and the broker with them.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from kubernetes.client.exceptions import ApiException
from run_module import run_module, start_module
from strimzi_resources import READY, Resources, definitions

import lab
from lab import places, pods
from lab.kubernetes import images
from lab.strimzi_operators.node_pods import NodePodOperator
from lab.waiting import wait_until

RECORD = "streamops.kafka/broker-replace"
LOST, RECORDS = "experiment-brokers-2", 200
LISTENER = {"name": "scram", "port": 9094, "type": "internal", "tls": False, "authentication": {"type": "scram-sha-512"}}
SPEC = {"kafka": {"listeners": [LISTENER], "authorization": {"type": "simple", "superUsers": ["admin"]}}}
LABELS = {"strimzi.io/cluster": "experiment", "strimzi.io/name": "experiment-kafka", "strimzi.io/broker-role": "true"}


@dataclass(frozen=True)
class Place:
    space: pods.Space
    kafkas: Resources
    config: dict[str, str]
    volumes: tuple[str, str]

    def arguments(self, **options: Any) -> dict[str, Any]:
        there = {"namespace": self.space.name, "cluster": "experiment", "kubeconfig": self.space.kubeconfig}
        return {**there, "pod": LOST, "user": "admin", "wait_timeout": 120, **options}

    def run(self, check: bool = False, **options: Any) -> Any:
        return run_module("strimzi_broker_replace", self.arguments(**options), check=check, diff=True, timeout=300)

    def record(self) -> Any:
        kafka: Any = self.kafkas.get("experiment")
        return json.loads((kafka["metadata"].get("annotations") or {}).get(RECORD, "null"))


def volume(name: str, host: str, path: Path) -> dict[str, Any]:
    terms = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}]}]
    return {"metadata": {"name": name}, "spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "persistentVolumeReclaimPolicy": "Retain", "storageClassName": name[-8:],
        "hostPath": {"path": str(path)}, "nodeAffinity": {"required": {"nodeSelectorTerms": terms}},
    }}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    values = lab.start("kafka_three")
    config = {"bootstrap.servers": values["LAB_KAFKA_THREE_SCRAM"], "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-512",
              "sasl.username": values["LAB_KAFKA_THREE_USER"], "sasl.password": values["LAB_KAFKA_THREE_PASSWORD"]}  # fmt: skip
    mark = uuid.uuid4().hex[:8]
    volumes = (f"lost-{mark}", f"fresh-{mark}")
    with definitions("0.45.0"), pods.namespace() as space:
        kafkas = Resources(space, "kafkas", "v1beta2")
        kafkas.create("Kafka", "experiment", SPEC, cluster=None)
        kafkas.status("experiment", READY, listeners=[{"name": "scram", "bootstrapServers": config["bootstrap.servers"]}])
        space.secret("admin", {"password": config["sasl.password"]})
        for name, host in zip(volumes, ("node-that-is-gone", "127.0.0.1"), strict=True):
            space.core.create_persistent_volume(volume(name, host, tmp_path_factory.mktemp(name)))
        claim = {"accessModes": ["ReadWriteOnce"], "storageClassName": mark, "volumeName": volumes[0], "resources": {"requests": {"storage": "1Gi"}}}
        space.core.create_namespaced_persistent_volume_claim(space.name, {"metadata": {"name": f"data-{LOST}", "labels": LABELS}, "spec": claim})
        container = {"name": "kafka", "image": images.BUSYBOX, "imagePullPolicy": "Never", "command": list(images.FOREVER),
                     "volumeMounts": [{"name": "data", "mountPath": "/data"}]}  # fmt: skip
        spec = {"nodeName": "127.0.0.1", "containers": [container], "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": f"data-{LOST}"}}]}
        space.core.create_namespaced_pod(space.name, {"metadata": {"name": LOST, "labels": LABELS}, "spec": spec})
        space.run_all(*(pods.shell(f"experiment-brokers-{number}", labels=LABELS) for number in (1, 3)))
        try:
            yield Place(space, kafkas, config, volumes)
        finally:
            lab.start("kafka_three")
            space.delete()
            for name in volumes:
                if exists(space, name):
                    space.core.delete_persistent_volume(name)


def exists(space: pods.Space, name: str) -> bool:
    try:
        return bool(space.core.read_persistent_volume(name))
    except ApiException as error:
        if error.status == 404:
            return False
        raise


@pytest.fixture(scope="module")
def topic(place: Place) -> Iterator[str]:
    """A replicated topic with records."""
    name, admin = f"t-{uuid.uuid4().hex[:8]}", AdminClient(dict(place.config))
    admin.create_topics([NewTopic(name, 3, 3)])[name].result(60)
    producer = Producer({**place.config, "acks": "all"})
    for number in range(RECORDS):
        producer.produce(name, f"{number}" * 100)
    assert producer.flush(60) == 0
    yield name
    admin.delete_topics([name])[name].result(60)


def in_sync(place: Place, topic: str) -> list[set[int]]:
    found = AdminClient(dict(place.config)).list_topics(topic, timeout=60).topics[topic].partitions
    return [set(each.isrs) for each in found.values()]


def lose_the_disk(name: str) -> None:
    """The new volume of the pod is empty, and so is the broker's."""
    home = places.home_of(f"kafka_three-{name[-1]}")
    shutil.rmtree(home / "data")
    (home / "formatted").unlink()


def test_what_speaks_against_it_is_said_at_once_and_nothing_is_done(place: Place, topic: str) -> None:
    only, admin = f"{topic}-only", AdminClient(dict(place.config))
    admin.create_topics([NewTopic(only, 1, replica_assignment=[[2]])])[only].result(60)
    try:
        wait_until("the topic is seen", lambda: None if only in admin.list_topics(timeout=30).topics else "not yet", 60)
        wait_until("it is in sync", lambda: None if in_sync(place, only) == [{2}] else "not yet", 60)
        place.kafkas.annotate("experiment", {"strimzi.io/pause-reconciliation": "true"})
        refused = place.run(remove_volumes=["of-somebody-else"])
        assert refused["rc"] == 1 and f"their records would be lost for good: {only}-0" in refused["msg"]
        assert "is no volume of this pod" in refused["msg"] and "is paused" in refused["msg"]
    finally:
        place.kafkas.annotate("experiment", {"strimzi.io/pause-reconciliation": None})
        admin.delete_topics([only])[only].result(60)
    healthy = place.run(pod="experiment-brokers-1")
    assert "is Ready: its volume works" in healthy["msg"] and "has no volume claims" in healthy["msg"]
    assert "there is no pod experiment-brokers-9" in place.run(pod="experiment-brokers-9")["msg"]
    place.space.secret("somebody", {"password": "x"})
    assert "somebody is no super user" in place.run(user="somebody", request_timeout=5)["msg"]
    assert place.record() is None and exists(place.space, place.volumes[0])


def test_killed_in_between_the_next_run_replaces_broker_and_volume(place: Place, topic: str) -> None:
    wait_until("it is in sync", lambda: None if in_sync(place, topic) == [{1, 2, 3}] * 3 else "not yet", 60)
    lab.kill_server("kafka_three-2")
    wait_until("the others have noticed", lambda: None if in_sync(place, topic) == [{1, 3}] * 3 else "not yet", 90)
    tried = place.run(check=True, remove_volumes=[place.volumes[0]])
    assert tried["rc"] == 0 and tried["changed"] is True and place.record() is None, tried
    assert tried["volumes"][0]["reason"] == "its node node-that-is-gone does not exist any more"
    [before] = [pod.metadata.uid for pod in place.space.pods() if pod.metadata.name == LOST]

    killed = start_module("strimzi_broker_replace", place.arguments())
    wait_until("it is recorded", lambda: None if place.record() else "not yet", 60)
    killed.kill()
    operator = NodePodOperator(place.space, "experiment", lose_the_disk, lambda name: lab.start("kafka_three") and None)
    with operator.running():
        done = place.run(remove_volumes=[place.volumes[0]])
    assert done["rc"] == 0 and done["resumed"] is True and done["volumes"][0]["removed"] is True, done
    assert in_sync(place, topic) == [{1, 2, 3}] * 3 and operator.rolled == [LOST]
    assert not exists(place.space, place.volumes[0]) and exists(place.space, place.volumes[1]) and place.record() is None
    [after] = [pod.metadata.uid for pod in place.space.pods() if pod.metadata.name == LOST]
    assert after != before
    again = place.run()
    assert again["rc"] == 1 and "is Ready: its volume works" in again["msg"]
