# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that work, and that lose data or stand still on a bad day. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ..module_utils.strimzi.kafka_resource import forbidden_keys, forbidden_warnings
from . import strimzi_listeners, strimzi_storage
from .strimzi_cluster import authorization, configuration
from .strimzi_profiles import Entry, Facts, Settings, controllers, effective, is_zookeeper

_FILE_STORAGE = ("nfs", "efs", "azurefile", "cephfs", "glusterfs")  # in the name of a storage class
_FEWEST_CONTROLLERS = 3


def warnings(settings: Settings, api_version: str, operator_version: str = "", is_openshift: bool | None = None) -> list[str]:
    """Each warning as a sentence. The settings are sound: `strimzi_problems.problems` has nothing to say of them."""
    whole, facts = effective(settings), Facts(api_version, operator_version, is_openshift)
    config = configuration(whole, facts)
    found = forbidden_warnings(str(whole["cluster"]), forbidden_keys({**config, **_overlaid(whole)}))
    found += _replication({**config, **_overlaid(whole)}) + _topics(whole)
    for pool in whole["node_pools"]:
        found += _storage(f"node pool {pool['name']}", pool["storage"])
    found += _storage("ZooKeeper", whole["zookeeper"]["storage"]) if is_zookeeper(whole) else []
    return found + _controllers(whole) + _listeners(whole)


def _overlaid(whole: Settings) -> Mapping[str, object]:
    return dict((whole["kafka_spec"].get("kafka") or {}).get("config") or {})


def _replication(config: Mapping[str, object]) -> list[str]:
    found = []
    factor, least = _number(config.get("default.replication.factor")), _number(config.get("min.insync.replicas"))
    if factor == 1:
        found.append("default.replication.factor is 1: a lost volume is lost data.")
    elif factor is not None and least is not None and least >= factor:
        found.append(f"min.insync.replicas is {least}, as many as there are replicas: nobody can write while one broker is restarted.")
    elif least == 1:
        found.append("min.insync.replicas is 1: what was acknowledged is lost with the one broker that has it.")
    if _is_true(config.get("unclean.leader.election.enable")):
        found.append("unclean.leader.election.enable is true: a replica that lags becomes leader, and what it lacks is lost.")
    for topic in ("offsets.topic", "transaction.state.log"):
        if factor != 1 and _number(config.get(f"{topic}.replication.factor")) == 1:
            found.append(f"{topic}.replication.factor is 1: the cluster's own records are lost with one volume.")
    return found


def _topics(whole: Settings) -> list[str]:
    found = []
    for topic in whole["topics"] or []:
        config: Mapping[str, object] = topic.get("config") or {}
        factor, least = _number(topic.get("replication_factor")), _number(config.get("min.insync.replicas"))
        if factor == 1:
            found.append(f"Topic {topic['name']} has one replica: a lost volume is lost data.")
        elif factor is not None and least is not None and least >= factor:
            found.append(f"Topic {topic['name']} needs all its {factor} replicas (min.insync.replicas): nobody can write while one broker is restarted.")
        if _is_true(config.get("unclean.leader.election.enable")):
            found.append(f"Topic {topic['name']} lets a replica that lags become leader: what it lacks is lost.")
    return found


def _storage(where: str, entry: Entry) -> list[str]:
    found = []
    for volume in strimzi_storage.volumes(entry):
        kind = str(volume.get("class") or "")
        if strimzi_storage.is_ephemeral(volume):
            found.append(f"The storage of {where} is ephemeral: what a pod has is lost when it moves to another node.")
        if any(each in kind.lower() for each in _FILE_STORAGE):
            found.append(f"The storage class {kind} of {where} looks like file storage (NFS): Kafka needs block storage, and loses data on NFS.")
        if volume.get("delete_claim"):
            found.append(f"The storage of {where} has delete_claim: the data is deleted with the cluster.")
    return sorted(set(found))


def _controllers(whole: Settings) -> list[str]:
    there, what = controllers(whole), "ZooKeeper nodes" if is_zookeeper(whole) else "controllers"
    if there < _FEWEST_CONTROLLERS:
        return [f"There are {there} {what}: the cluster stands still when one is lost. {_FEWEST_CONTROLLERS} may lose one."]
    return [f"There are {there} {what}: an even number may lose no more than one less."] if there % 2 == 0 else []


def _listeners(whole: Settings) -> list[str]:
    found, rights = [], authorization(whole)["type"]
    for each in whole["listeners"]:
        login, kind = strimzi_listeners.authentication_of(each), str(each["type"]).lower()
        if login == "none" and rights != "none":
            found.append(f"Listener {each['name']} has no authentication: clients there are User:ANONYMOUS and have only the rights that ACLs give.")
        elif login == "none" and kind not in ("internal", "cluster-ip"):
            found.append(f"Listener {each['name']} is open to the outside without authentication: whoever reaches it may do everything.")
        if not each.get("tls") and kind not in ("internal", "cluster-ip"):
            found.append(f"Listener {each['name']} is open to the outside without TLS: whoever is on the way reads along.")
    return found


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() else None


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
