# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cluster is made of when its variables say nothing else: a small one to try things out, and one that may lose a node.

Settings are the variables of the role strimzi_setup by their last words. Facts are what was found in Kubernetes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Settings = Mapping[str, Any]
Entry = Mapping[str, Any]

BROKER, CONTROLLER = "broker", "controller"
ZOOKEEPER = "zookeeper"
USUAL_REPLICAS = 3
NEWER_LOGGING = (0, 46)  # with Kafka 4 came Log4j 2, and ZooKeeper went


@dataclass(frozen=True)
class Facts:
    """:param api_version: the version of Strimzi's API to write.

    :param operator_version: of the cluster operator, as far as it is known.
    :param is_openshift: None when nobody knows.
    """

    api_version: str
    operator_version: str = ""
    is_openshift: bool | None = None

    @property
    def is_since_zookeeper(self) -> bool:
        """Whether the operator knows ZooKeeper and Log4j 1 no more. Where its version is not known, the oldest one that serves this API is meant."""
        parts = self.operator_version.partition("-")[0].split(".")
        if len(parts) > 1 and all(part.isdigit() for part in parts[:2]):
            return (int(parts[0]), int(parts[1])) >= NEWER_LOGGING
        return self.api_version == "v1"


_CONFIG = {"auto.create.topics.enable": False, "unclean.leader.election.enable": False}
PROFILES: dict[str, dict[str, Any]] = {
    "lab": {
        "node_pools": [{"name": "dual", "roles": [CONTROLLER, BROKER], "replicas": 1}],
        "listeners": [
            {"name": "plain", "port": 9092, "type": "internal", "tls": False},
            {"name": "scram", "port": 9094, "type": "internal", "tls": False, "authentication": "scram-sha-512"},
        ],
        "zookeeper": {"replicas": 1},
        "profile_config": _CONFIG,
        "scheduling": {"anti_affinity": "preferred"},
        "metrics": {"enabled": False},
        "cruise_control": {"enabled": False},
        "exporter": {"enabled": False},
    },
    "production": {
        "node_pools": [
            {"name": "controller", "roles": [CONTROLLER], "replicas": USUAL_REPLICAS},
            {"name": "broker", "roles": [BROKER], "replicas": USUAL_REPLICAS},
        ],
        "listeners": [
            {"name": "tls", "port": 9093, "type": "internal", "tls": True, "authentication": "tls"},
            {"name": "scram", "port": 9094, "type": "internal", "tls": True, "authentication": "scram-sha-512"},
        ],
        "zookeeper": {"replicas": USUAL_REPLICAS},
        "profile_config": _CONFIG,
        "scheduling": {"anti_affinity": "required"},
        "metrics": {"enabled": True},
        "cruise_control": {"enabled": True},
        "exporter": {"enabled": True},
    },
}
# By profile, what a pool has when it names none of it. Page cache: brokers get about twice their heap.
_SIZES: dict[str, dict[str, dict[str, Any]]] = {
    "lab": {
        BROKER: {
            "storage": {"type": "persistent", "size": "10Gi", "delete_claim": True},
            "resources": {"requests": {"cpu": "200m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
            "jvm": {"xms": "512m", "xmx": "512m"},
        },
    },
    "production": {
        BROKER: {
            "storage": {"type": "jbod", "volumes": [{"id": 0, "type": "persistent", "size": "100Gi"}]},
            "resources": {"requests": {"cpu": "1", "memory": "8Gi"}, "limits": {"memory": "8Gi"}},
            "jvm": {"xms": "4g", "xmx": "4g"},
        },
        CONTROLLER: {
            "storage": {"type": "persistent", "size": "20Gi"},
            "resources": {"requests": {"cpu": "500m", "memory": "2Gi"}, "limits": {"memory": "2Gi"}},
            "jvm": {"xms": "1g", "xmx": "1g"},
        },
    },
}  # fmt: skip
_BY_KEY = ("scheduling", "metrics", "cruise_control", "exporter", "zookeeper")  # what is given is added to the profile's; lists replace it


def effective(settings: Settings) -> dict[str, Any]:
    """The settings with the profile's in the place of those that are not given. A profile that there is not counts as production."""
    profile = PROFILES.get(str(settings["profile"]), PROFILES["production"])
    whole = dict(settings)
    for part, default in profile.items():
        given = settings.get(part)
        whole[part] = {**default, **(given or {})} if part in _BY_KEY else (given or default)
    if is_zookeeper(settings) and not settings.get("node_pools"):
        whole["node_pools"] = [{**pool, "roles": [BROKER]} for pool in whole["node_pools"] if BROKER in pool["roles"]]
    whole["node_pools"] = [{**size_of(settings, pool), **pool} if isinstance(pool, Mapping) else pool for pool in whole["node_pools"]]
    if isinstance(whole["zookeeper"], Mapping):
        whole["zookeeper"] = {**size_of(settings, {"roles": [CONTROLLER]}), **whole["zookeeper"]}
    return whole


def size_of(settings: Settings, pool: Entry) -> dict[str, Any]:
    sizes = _SIZES.get(str(settings["profile"]), _SIZES["production"])
    return sizes[BROKER] if BROKER in (pool.get("roles") or [BROKER]) else sizes.get(CONTROLLER, sizes[BROKER])


def is_zookeeper(settings: Settings) -> bool:
    return str(settings["mode"]).lower() == ZOOKEEPER


def brokers(whole: Settings) -> int:
    return sum(_number(pool.get("replicas")) for pool in whole["node_pools"] if BROKER in (pool.get("roles") or [BROKER]))


def controllers(whole: Settings) -> int:
    if is_zookeeper(whole):
        return _number(whole["zookeeper"].get("replicas"))
    return sum(_number(pool.get("replicas")) for pool in whole["node_pools"] if CONTROLLER in (pool.get("roles") or [BROKER]))


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def unknown(where: str, entry: Any, known: tuple[str, ...]) -> list[str]:
    """Keys that nobody knows; a typing error must not pass in silence."""
    if not isinstance(entry, Mapping):
        return [f"{where} must be a dictionary"]
    return [f"{where} has no option {key}; there are {', '.join(known)}" for key in sorted(map(str, set(entry) - set(known)))]


def without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Dictionaries are merged key by key, everything else is replaced."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(value, Mapping) and isinstance(under, Mapping) else value
    return result
