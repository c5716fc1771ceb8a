# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The little of Strimzi's cluster operator that somebody waits for: the Secrets of the CAs, and statuses. It starts and changes no broker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from .certificates import trust_secret
from .loop import Loop
from .resources import CLUSTER_LABEL, Api, Key, Resource, Watched, cluster_key, condition, is_news, is_paused

SECONDS = 30
KAFKA_VERSION = "4.3.1"
METADATA_VERSION = "4.3-IV0"
# Which of the broker's listeners stands for one with TLS or without, and with this authentication.
KINDS = {
    (False, None): "plain",
    (False, "scram-sha-512"): "scram",
    (True, None): "tls",
    (True, "tls"): "mutual_tls",
    (True, "scram-sha-512"): "scram_tls",
}
EPHEMERAL = "A Kafka cluster with a single broker node and ephemeral storage will lose topic messages after any restart or rolling update."


class InvalidResource(Exception):
    """What is wrong with a Kafka resource."""


class ClusterOperator:
    def __init__(self, api: Api, admin: AdminClient, interval: float, listeners: Mapping[str, str], certificates: Path) -> None:
        """`listeners`: the addresses of the lab's broker, by kind of listener."""
        self._api, self._admin, self._listeners, self._certificates = api, admin, listeners, certificates
        self._loop = Loop(interval, self._reconcile, lambda: list(self._kafkas.items))
        self._kafkas = Watched(api, "kafkas", lambda key, resource: self._loop.offer(key))
        self._pools = Watched(api, "kafkanodepools", lambda key, resource: self._loop.offer(cluster_key(resource)))

    def run(self, ready: Path) -> None:
        self._kafkas.start()
        self._pools.start()
        self._loop.run(lambda: self._kafkas.is_complete and self._pools.is_complete, ready)

    def _reconcile(self, keys: list[Key]) -> None:
        for key in keys:
            kafka = self._kafkas.items.get(key)
            if kafka is not None and not kafka["metadata"].get("deletionTimestamp"):
                self._reconcile_one(kafka)

    def _reconcile_one(self, kafka: Resource) -> None:
        if is_paused(kafka):
            self._write("kafkas", kafka, {"conditions": [condition("ReconciliationPaused")]})
            return
        pools = [each for each in list(self._pools.items.values()) if cluster_key(each) == (kafka["metadata"]["namespace"], kafka["metadata"]["name"])]
        cluster_id = str(self._admin.list_topics(timeout=SECONDS).cluster_id)
        try:
            self._validate(kafka, pools)
        except InvalidResource as error:
            self._write("kafkas", kafka, {"conditions": [condition("NotReady", "True", "InvalidResourceException", str(error))]})
            return
        for name in ("cluster-ca", "clients-ca"):
            self._ensure_authority(kafka, name)
        numbers = self._write_pools(pools, cluster_id)
        warnings = [condition("Warning", "True", reason, message) for reason, message in warnings_of(kafka, pools)]
        self._write("kafkas", kafka, {
            "conditions": [*warnings, condition("Ready")],
            "listeners": [self._listener(each) for each in kafka["spec"]["kafka"].get("listeners") or []],
            "kafkaNodePools": [{"name": each["metadata"]["name"]} for each in pools],
            "registeredNodeIds": numbers,
            "clusterId": cluster_id,
            "operatorLastSuccessfulVersion": self._kafkas.release,
            "kafkaVersion": kafka["spec"]["kafka"].get("version") or KAFKA_VERSION,
            "kafkaMetadataVersion": kafka["spec"]["kafka"].get("metadataVersion") or METADATA_VERSION,
        })  # fmt: skip

    def _validate(self, kafka: Resource, pools: list[Resource]) -> None:
        name = kafka["metadata"]["name"]
        if not pools and "zookeeper" not in kafka["spec"]:
            raise InvalidResource(f"KafkaNodePools are enabled, but no KafkaNodePools found for Kafka cluster {name}.")
        seen = set()
        for each in kafka["spec"]["kafka"].get("listeners") or []:
            if each["port"] in seen:
                raise InvalidResource("every listener needs to have a unique port number")
            seen.add(each["port"])

    def _ensure_authority(self, kafka: Resource, authority: str) -> None:
        namespace, name = kafka["metadata"]["namespace"], f"{kafka['metadata']['name']}-{authority}-cert"
        certificate = (self._certificates / f"{authority}.crt").read_text(encoding="utf-8")
        if (self._api.secret(namespace, name) or {}).get("ca.crt", b"").decode() != certificate:
            labels = {CLUSTER_LABEL: kafka["metadata"]["name"], "strimzi.io/kind": "Kafka", "strimzi.io/component-type": "certificate-authority"}
            self._api.write_secret(kafka, name, trust_secret(certificate), labels)

    def _listener(self, listener: Mapping[str, Any]) -> dict[str, Any]:
        """A listener of a kind that the lab's broker lacks is reported without an address."""
        login = (listener.get("authentication") or {}).get("type")
        address = self._listeners.get(KINDS.get((bool(listener.get("tls")), login), ""))
        status: dict[str, Any] = {"name": listener["name"]}
        if address:
            host, dummy, port = address.rpartition(":")
            status |= {"addresses": [{"host": host, "port": int(port)}], "bootstrapServers": address}
        if listener.get("tls"):
            status["certificates"] = [(self._certificates / "cluster-ca.crt").read_text(encoding="utf-8")]
        return status

    def _write_pools(self, pools: Iterable[Resource], cluster_id: str) -> list[int]:
        numbers: list[int] = []
        for pool in sorted(pools, key=lambda each: str(each["metadata"]["name"])):
            replicas = int(pool["spec"].get("replicas") or 0)
            own = list(range(len(numbers), len(numbers) + replicas))
            numbers += own
            roles = list(pool["spec"].get("roles") or [])
            self._write("kafkanodepools", pool, {"conditions": [], "nodeIds": own, "clusterId": cluster_id, "replicas": replicas, "roles": roles})
        return numbers

    def _write(self, plural: str, resource: Resource, said: Mapping[str, Any]) -> None:
        status = {**said, "observedGeneration": resource["metadata"]["generation"]}
        if is_news(resource, status):
            self._api.patch_status(plural, resource, status)


def warnings_of(kafka: Resource, pools: Iterable[Resource]) -> list[tuple[str, str]]:
    """Reason and message of some of the warnings that the cluster operator writes into the status."""
    config = kafka["spec"]["kafka"].get("config") or {}
    found = []
    brokers = [each for each in pools if "broker" in (each["spec"].get("roles") or [])]
    replicas = sum(int(each["spec"].get("replicas") or 0) for each in brokers)
    if brokers and replicas == 1 and brokers[0]["spec"].get("storage", {}).get("type") == "ephemeral":
        found.append(("KafkaStorage", EPHEMERAL))
    for key, reason in (("default.replication.factor", "KafkaDefaultReplicationFactor"), ("min.insync.replicas", "KafkaMinInsyncReplicas")):
        if replicas > 1 and key not in config:
            text = f"{key} option is not configured. It defaults to 1 which does not guarantee reliability and availability."
            found.append((reason, f"{text} You should configure this option in .spec.kafka.config."))
    return found
