# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the variables of the role strimzi_setup to the resources that its cluster is made of. Pure."""

from __future__ import annotations

from typing import Any

from ..module_utils.strimzi.resources import CLUSTER_LABEL, GROUP
from . import strimzi_components, strimzi_listeners, strimzi_logging, strimzi_metrics, strimzi_oauth, strimzi_storage
from .strimzi_profiles import BROKER, Entry, Facts, Settings, brokers, effective, is_zookeeper, merged, without_none
from .strimzi_scheduling import pod_template

_MOST_REPLICAS = 3
_CLOSEST = "org.apache.kafka.common.replica.RackAwareReplicaSelector"


def resources(settings: Settings, api_version: str, operator_version: str = "", is_openshift: bool | None = None) -> list[dict[str, Any]]:
    """Kafka, its node pools, and what goes with them. The settings are sound: `strimzi_problems.problems` has nothing to say of them."""
    whole, facts = effective(settings), Facts(api_version, operator_version, is_openshift)
    pools = [] if is_zookeeper(whole) else [_pool(whole, facts, each) for each in whole["node_pools"]]
    return [*strimzi_metrics.resources(whole), *pools, _kafka(whole, facts)]


def _kafka(whole: Settings, facts: Facts) -> dict[str, Any]:
    spec = without_none({
        "kafka": _brokers(whole, facts),
        "zookeeper": _zookeeper(whole, facts) if is_zookeeper(whole) else None,
        "entityOperator": strimzi_components.entity_operator(whole),
        "cruiseControl": strimzi_components.cruise_control(whole),
        "kafkaExporter": strimzi_components.exporter(whole),
        "maintenanceTimeWindows": list(whole["maintenance_windows"]) or None,
        **strimzi_components.authorities(whole),
    })  # fmt: skip
    meta: dict[str, Any] = {"name": whole["cluster"], **({"labels": dict(whole["labels"])} if whole["labels"] else {})}
    if facts.api_version == "v1beta2":  # operators before 0.46 make a cluster with ZooKeeper unless they are told
        state = "disabled" if is_zookeeper(whole) else "enabled"
        meta["annotations"] = {"strimzi.io/node-pools": state, "strimzi.io/kraft": state}
    return _resource(facts, "Kafka", meta, merged(spec, whole["kafka_spec"]))


def _brokers(whole: Settings, facts: Facts) -> dict[str, Any]:
    rack: Entry = whole["rack"]
    kafka: dict[str, Any] = {
        "version": str(whole["kafka_version"]) if whole["kafka_version"] else None,
        "metadataVersion": str(whole["metadata_version"]) if whole["metadata_version"] and not is_zookeeper(whole) else None,
        "listeners": strimzi_listeners.listeners(whole, facts),
        "authorization": _authorization(whole),
        "config": configuration(whole, facts),
        "rack": {"topologyKey": rack["topology_key"]} if rack else None,
        "logging": strimzi_logging.inline(whole["logging"], facts.is_since_zookeeper) if whole["logging"] else None,
        "metricsConfig": strimzi_metrics.metrics_config(whole),
    }  # fmt: skip
    if is_zookeeper(whole):
        [pool] = whole["node_pools"]
        kafka |= _nodes(whole, pool, {CLUSTER_LABEL: whole["cluster"], "strimzi.io/name": f"{whole['cluster']}-kafka"})
    return without_none(kafka)


def _pool(whole: Settings, facts: Facts, pool: Entry) -> dict[str, Any]:
    name = str(pool["name"])
    labels = {CLUSTER_LABEL: whole["cluster"], "strimzi.io/pool-name": name}
    spec = {"roles": [str(each).lower() for each in pool["roles"]], **_nodes(whole, pool, labels)}
    meta = {"name": name, "labels": {**whole["labels"], CLUSTER_LABEL: whole["cluster"]}}
    return _resource(facts, "KafkaNodePool", meta, merged(spec, pool.get("spec") or {}))


def _nodes(whole: Settings, pool: Entry, labels: dict[str, str]) -> dict[str, Any]:
    """What a node pool says of its nodes, or the Kafka itself where there are no pools."""
    rack = whole["rack"].get("topology_key") if BROKER in pool.get("roles", [BROKER]) else None
    template = pod_template({**whole["scheduling"], **(pool.get("scheduling") or {})}, labels, rack)
    return without_none({
        "replicas": int(pool["replicas"]),
        "storage": strimzi_storage.storage(pool["storage"], is_zookeeper(whole)),
        "resources": pool.get("resources"),
        "jvmOptions": strimzi_components.jvm_options(pool.get("jvm")),
        "template": {"pod": template} if template else None,
    })  # fmt: skip


def _zookeeper(whole: Settings, facts: Facts) -> dict[str, Any]:
    options: Entry = {**whole["zookeeper"], "roles": ["zookeeper"]}
    spec = _nodes(whole, options, {CLUSTER_LABEL: whole["cluster"], "strimzi.io/name": f"{whole['cluster']}-zookeeper"})
    if options.get("logging"):
        spec["logging"] = strimzi_logging.inline(options["logging"], facts.is_since_zookeeper, old_root="zookeeper.root.logger")
    return spec


def _authorization(whole: Settings) -> dict[str, Any] | None:
    options = authorization(whole)
    if options["type"] == "none":
        return None
    super_users = [str(each) for each in options.get("super_users") or []]
    return {"type": options["type"], **(options.get("options") or {}), **({"superUsers": super_users} if super_users else {})}


def authorization(whole: Settings) -> dict[str, Any]:
    """Where clients log in, they get rights one by one."""
    logins = any(strimzi_listeners.authentication_of(each) != "none" for each in whole["listeners"])
    given: Entry = whole["authorization"] or {}
    return {**given, "type": str(given.get("type") or ("simple" if logins else "none")).lower()}


def replication(whole: Settings) -> dict[str, int]:
    """Replicas of each partition, and how many of them must have a record before it counts as written."""
    given: Entry = whole["replication"] or {}
    factor = int(given.get("factor") or min(_MOST_REPLICAS, max(1, brokers(whole))))
    return {"factor": factor, "min_insync": int(given.get("min_insync") or max(1, factor - 1))}


def configuration(whole: Settings, facts: Facts) -> dict[str, Any]:
    """``spec.kafka.config``. A key with null is taken away from what the profile says."""
    replicas = replication(whole)
    config: dict[str, Any] = {
        **whole["profile_config"],
        "default.replication.factor": replicas["factor"],
        "min.insync.replicas": replicas["min_insync"],
        "offsets.topic.replication.factor": replicas["factor"],
        "transaction.state.log.replication.factor": replicas["factor"],
        "transaction.state.log.min.isr": replicas["min_insync"],
    }
    if whole["rack"] and whole["rack"].get("read_from_closest", True):
        config["replica.selector.class"] = _CLOSEST
    if facts.api_version == "v1" and strimzi_listeners.uses_oauth(whole):
        config = strimzi_oauth.with_principal_builder(config)
    config |= whole["config"]
    return {key: ",".join(map(str, value)) if isinstance(value, list) else value for key, value in config.items() if value is not None}


def _resource(facts: Facts, kind: str, meta: dict[str, Any], spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/{facts.api_version}", "kind": kind, "metadata": meta, "spec": spec}
