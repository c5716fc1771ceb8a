# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Kafka resource says about its cluster. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..kubernetes.pods import Pod
from .resources import Resource, cluster_of, name_of, progress_of

# What the cluster operator leaves out of spec.kafka.config (KafkaClusterSpec of Strimzi's api 1.2.0; older ones forbid no more).
FORBIDDEN_PREFIXES = (
    "listeners", "advertised.", "broker.", "listener.", "host.name", "port", "inter.broker.listener.name", "sasl.", "ssl.", "security.", "password.",
    "log.dir", "zookeeper.connect", "zookeeper.set.acl", "zookeeper.ssl", "zookeeper.clientCnxnSocket", "authorizer.", "super.user",
    "cruise.control.metrics.topic", "cruise.control.metrics.reporter.bootstrap.servers", "node.id", "process.roles", "controller.", "metadata.log.dir",
    "zookeeper.metadata.migration.enable", "client.quota.callback.static.kafka.admin.", "client.quota.callback.static.produce",
    "client.quota.callback.static.fetch", "client.quota.callback.static.storage.per.volume.limit.min.available.",
    "client.quota.callback.static.excluded.principal.name.list", "prometheus.metrics.reporter.", "cordoned.log.dirs",
)  # fmt: skip
EXCEPTIONS = frozenset({
    "zookeeper.connection.timeout.ms", "sasl.server.max.receive.size", "ssl.cipher.suites", "ssl.protocol", "ssl.enabled.protocols",
    "ssl.secure.random.implementation", "cruise.control.metrics.topic.num.partitions", "cruise.control.metrics.topic.replication.factor",
    "cruise.control.metrics.topic.retention.ms", "cruise.control.metrics.topic.auto.create.retries", "cruise.control.metrics.topic.auto.create.timeout.ms",
    "cruise.control.metrics.topic.min.insync.replicas", "broker.session.timeout.ms", "broker.heartbeat.interval.ms", "controller.socket.timeout.ms",
    "controller.quorum.election.backoff.max.ms", "controller.quorum.election.timeout.ms", "controller.quorum.fetch.timeout.ms",
})  # fmt: skip
_INSTEAD = {
    "super.user": "spec.kafka.authorization.superUsers (names without 'User:')",
    "authorizer.": "spec.kafka.authorization",
    "listeners": "spec.kafka.listeners",
    "listener.": "spec.kafka.listeners",
    "advertised.": "spec.kafka.listeners[].configuration",
    "sasl.": "spec.kafka.listeners[].authentication",
    "ssl.": "spec.kafka.listeners",
    "log.dir": "the storage of the node pools",
    "node.id": "the node pools",
    "process.roles": "the roles of the node pools",
}
_OPERATORS = ("cluster-operator", "entity-operator", "topic-operator", "user-operator")


def forbidden_keys(config: Iterable[str]) -> dict[str, str]:
    """Keys of ``spec.kafka.config`` that the operator ignores, each with the place where it is meant to be said; empty where there is none."""
    found = {}
    for key in sorted(config):
        prefix = next((each for each in FORBIDDEN_PREFIXES if key.lower().startswith(each.lower())), None)
        if prefix is not None and key.lower() not in EXCEPTIONS:
            found[key] = _INSTEAD.get(prefix, "")
    return found


def forbidden_warnings(name: str, ignored: Mapping[str, str]) -> list[str]:
    """The same as sentences."""
    places = {key: f", its place is {instead}" if instead else "" for key, instead in ignored.items()}
    return [f"Kafka {name}: the operator ignores {key} in spec.kafka.config{place}" for key, place in places.items()]


def described(kafka: Resource, pools: Iterable[Resource]) -> dict[str, Any]:
    """One Kafka resource as a dictionary."""
    spec, status = (kafka.get("spec") or {}).get("kafka") or {}, kafka.get("status") or {}
    progress = progress_of(kafka)
    return {
        "name": name_of(kafka),
        "state": progress.state,
        "listeners": listeners(spec.get("listeners") or [], status.get("listeners") or []),
        "kafka_version": status.get("kafkaVersion"),
        "metadata_version": status.get("kafkaMetadataVersion"),
        "metadata_state": status.get("kafkaMetadataState"),
        "operator_version": status.get("operatorLastSuccessfulVersion"),
        "cluster_id": status.get("clusterId"),
        "generation": kafka["metadata"].get("generation"),
        "observed_generation": status.get("observedGeneration"),
        "conditions": list(status.get("conditions") or []),
        "authorization": (spec.get("authorization") or {}).get("type"),
        "super_users": list((spec.get("authorization") or {}).get("superUsers") or []),
        "entity_operators": sorted(key for key in ((kafka.get("spec") or {}).get("entityOperator") or {}) if key.endswith("Operator")),
        "node_pools": [_pool(each) for each in pools if cluster_of(each) == name_of(kafka)],
        "ignored_config": forbidden_keys(spec.get("config") or {}),
    }


def listeners(wanted: Iterable[Mapping[str, Any]], there: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """By name, what is configured of each listener and the address that the operator has found for it; null as long as there is none."""
    status = {str(each.get("name") or each.get("type")): each for each in there}
    found = {}
    for each in wanted:
        seen = status.pop(each["name"], {})
        found[each["name"]] = {
            "type": each.get("type"),
            "port": each.get("port"),
            "tls": bool(each.get("tls")),
            "authentication": (each.get("authentication") or {}).get("type"),
            "bootstrap_servers": bootstrap(seen),
        }
    # A listener that the operator still reports though it is not configured any more.
    gone = {"type": None, "port": None, "tls": None, "authentication": None}
    return {**found, **{name: {**gone, "bootstrap_servers": bootstrap(each)} for name, each in status.items()}}


def bootstrap(listener: Mapping[str, Any]) -> str | None:
    """The address to give to clients; old operators list only its parts."""
    if listener.get("bootstrapServers"):
        return str(listener["bootstrapServers"])
    pairs = [f"{each['host']}:{each['port']}" for each in listener.get("addresses") or [] if each.get("host") and each.get("port")]
    return ",".join(pairs) or None


def _pool(pool: Resource) -> dict[str, Any]:
    spec, status = pool.get("spec") or {}, pool.get("status") or {}
    return {
        "name": name_of(pool), "roles": list(spec.get("roles") or []), "replicas": spec.get("replicas"),
        "node_ids": list(status.get("nodeIds") or []), "storage": (spec.get("storage") or {}).get("type"),
    }  # fmt: skip


def operators(pods: Iterable[Pod]) -> list[dict[str, Any]]:
    """Pods of Strimzi's operators, with the images that say which release they are."""
    found = []
    for pod in pods:
        names = [pod.labels.get(label, "") for label in ("strimzi.io/kind", "strimzi.io/name", "app.kubernetes.io/name", "name")]
        if any(name.endswith(_OPERATORS) and ("strimzi" in name or "strimzi.io/kind" in pod.labels or name.startswith(_OPERATORS)) for name in names):
            images = {each.name: each.image for each in pod.containers}
            found.append({"pod": pod.name, "cluster": pod.labels.get("strimzi.io/cluster"), "ready": pod.is_ready, "images": images})
    return found
