# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kafka cluster of Strimzi for tests: one of the lab, where a stand-in plays the operators, or a real one.

The tests that use it hold for both. Set these to run them against a real one, in a namespace that its operators watch:
STRIMZI_TEST_KUBECONFIG, _NAMESPACE, _CLUSTER, _BOOTSTRAP (a SCRAM listener that this machine reaches), _USER and _PASSWORD (a super user), and
_CA (a file) when the listener has TLS, _INTERVAL (seconds, how often the operators look at everything, 120 by default).
"""

from __future__ import annotations

import os
import secrets
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka.admin import AdminClient
from strimzi_resources import Resources

import lab
from lab import pods, strimzi_crds
from lab.waiting import wait_until

REAL = "STRIMZI_TEST_"
READY_SECONDS = 90
SPEC: dict[str, Any] = {
    "kafka": {
        "listeners": [
            {"name": "plain", "port": 9092, "type": "internal", "tls": False},
            {"name": "tls", "port": 9093, "type": "internal", "tls": True, "authentication": {"type": "tls"}},
            {"name": "scram", "port": 9094, "type": "internal", "tls": False, "authentication": {"type": "scram-sha-512"}},
            {"name": "scramtls", "port": 9095, "type": "internal", "tls": True, "authentication": {"type": "scram-sha-512"}},
        ],
        "authorization": {"type": "simple", "superUsers": ["admin"]},
        "config": {"auto.create.topics.enable": False},
    },
    "entityOperator": {"topicOperator": {}, "userOperator": {}},
}
POOL: dict[str, Any] = {"replicas": 1, "roles": ["broker", "controller"], "storage": {"type": "ephemeral"}}
KRAFT = {"strimzi.io/node-pools": "enabled", "strimzi.io/kraft": "enabled"}


@dataclass(frozen=True)
class StrimziCluster:
    """`connection`: the options of a Kafka module, as a super user. `interval`: seconds between two ticks of the operators."""

    namespace: str
    name: str
    kubeconfig: str
    api_version: str
    connection: dict[str, Any]
    interval: float

    @property
    def place(self) -> dict[str, str]:
        """The option strimzi of our modules."""
        return {"namespace": self.namespace, "cluster": self.name, "kubeconfig": self.kubeconfig}

    def resources(self, plural: str) -> Resources:
        return Resources(pods.Space(self.namespace, self.kubeconfig), plural, self.api_version)

    @property
    def topics(self) -> Resources:
        return self.resources("kafkatopics")

    @property
    def users(self) -> Resources:
        return self.resources("kafkausers")

    def client_config(self) -> dict[str, str]:
        config = {"bootstrap.servers": self.connection["bootstrap_servers"], "security.protocol": self.connection["security_protocol"]}
        login = {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": self.connection["sasl_username"], "sasl.password": self.connection["sasl_password"]}
        ca = self.connection.get("ssl_ca_location")
        return {**config, **login, **({"ssl.ca.location": ca} if ca else {})}

    def admin(self) -> AdminClient:
        return AdminClient(self.client_config())

    def secret(self, name: str) -> dict[str, bytes]:
        found = self.topics.space.core.read_namespaced_secret(name, self.namespace)
        return {key: b64decode(value) for key, value in found.data.items()}

    def condition(self, resources: Resources, name: str) -> str | None:
        """None when the operator is done with the resource as it is now; otherwise what it says."""
        resource = resources.get(name)
        status = (resource or {}).get("status") or {}
        if resource is None or status.get("observedGeneration") != resource["metadata"]["generation"]:
            return f"{name}: not looked at yet: {status}"
        done = any(each["type"] in ("Ready", "ReconciliationPaused", "Unmanaged") and each["status"] == "True" for each in status["conditions"])
        return None if done else f"{name}: {status['conditions']}"

    def wait_ready(self, resources: Resources, *names: str, seconds: float = READY_SECONDS) -> None:
        wait_until(f"{', '.join(names)} is Ready", lambda: next((seen for name in names if (seen := self.condition(resources, name))), None), seconds)

    def within_ticks(self, goal: str, probe: Callable[[], str | None], ticks: float = 2) -> None:
        """Wait for what an operator does at its next tick, with time for a busy machine."""
        wait_until(goal, probe, ticks * self.interval + 30)


@contextmanager
def strimzi_cluster(release: str | None = None, name: str = "experiment") -> Iterator[StrimziCluster]:
    """A cluster in a namespace of its own, which goes at the end with all that is in it."""
    if os.environ.get(f"{REAL}KUBECONFIG"):
        yield _real()
        return
    values = lab.start("strimzi_operators")
    with _release(release) as versions:
        connection = {
            "bootstrap_servers": values["LAB_KAFKA_STRIMZI_SCRAM"],
            "security_protocol": "sasl_plaintext",
            "sasl_mechanism": "scram-sha-512",
            "sasl_username": values["LAB_KAFKA_STRIMZI_USER"],
            "sasl_password": values["LAB_KAFKA_STRIMZI_PASSWORD"],
        }
        with pods.namespace(f"strimzi-t-{secrets.token_hex(4)}") as space:
            api_version = "v1" if "v1" in versions else "v1beta2"
            cluster = StrimziCluster(space.name, name, space.kubeconfig, api_version, connection, float(values["LAB_STRIMZI_INTERVAL"]))
            cluster.resources("kafkanodepools").create("KafkaNodePool", "brokers", POOL, cluster=name)
            cluster.resources("kafkas").create("Kafka", name, SPEC, cluster=None, annotations=KRAFT)
            cluster.wait_ready(cluster.resources("kafkas"), name)
            try:
                yield cluster
            finally:
                _empty(cluster)


@contextmanager
def _release(wanted: str | None) -> Iterator[tuple[str, ...]]:
    """The API versions of this release, or of the one that is there. What was there before comes back."""
    before = strimzi_crds.installed() or strimzi_crds.DEFAULT
    if wanted and wanted != before:
        strimzi_crds.use(wanted)
    try:
        yield strimzi_crds.RELEASES[wanted or before].api_versions
    finally:
        if wanted and wanted != before:
            strimzi_crds.use(before)


def _empty(cluster: StrimziCluster) -> None:
    """As long as the Kafka resource is there: with it the operators go, and with them whoever takes the finalizers away."""
    for resources in (cluster.topics, cluster.users):
        resources.delete_all()
        wait_until(f"the {resources.plural} are gone", lambda there=resources: ", ".join(there.names()) or None, READY_SECONDS)  # type: ignore[misc]


def _real() -> StrimziCluster:
    given = {key: os.environ[f"{REAL}{key}"] for key in ("KUBECONFIG", "NAMESPACE", "CLUSTER", "BOOTSTRAP", "USER", "PASSWORD")}
    ca = os.environ.get(f"{REAL}CA")
    connection = {
        "bootstrap_servers": given["BOOTSTRAP"],
        "security_protocol": "sasl_ssl" if ca else "sasl_plaintext",
        "sasl_mechanism": "scram-sha-512",
        "sasl_username": given["USER"],
        "sasl_password": given["PASSWORD"],
        **({"ssl_ca_location": ca} if ca else {}),
    }
    space = pods.Space(given["NAMESPACE"], given["KUBECONFIG"])
    served = {each.version for each in _versions(space)}
    interval = float(os.environ.get(f"{REAL}INTERVAL") or 120)
    return StrimziCluster(space.name, given["CLUSTER"], space.kubeconfig, "v1" if "v1" in served else "v1beta2", connection, interval)


def _versions(space: pods.Space) -> list[Any]:
    from kubernetes import client

    api: Any = client.ApisApi(space.client().api_client)
    return [version for group in api.get_api_versions().groups if group.name == "kafka.strimzi.io" for version in group.versions]
