# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules for Strimzi's resources have in common: options, and how they end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InputError
from ..options import EnumModule
from .client import StrimziClient, open_strimzi
from .guard import Guard, guard_from
from .pause_client import Pauses
from .planning import Place
from .reconcile import failure
from .resources import CLUSTER_LABEL, TOPIC, Kind, choose_version, name_of

READING_SPEC: dict[str, dict[str, Any]] = {
    "namespace": {"type": "str"},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "api_version": {"type": "str"},
}
# The option strimzi of modules that work on Kafka itself: which cluster of Strimzi this Kafka is.
CLUSTER_SPEC: dict[str, dict[str, Any]] = {
    "namespace": {"type": "str"},
    "cluster": {"type": "str", "required": True},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
}
# The same of modules that change what belongs to users.
CLUSTER_OF_USERS_SPEC: dict[str, dict[str, Any]] = {**CLUSTER_SPEC, "ignored_users_pattern": {"type": "str"}}
WRITING_SPEC: dict[str, dict[str, Any]] = {
    **READING_SPEC,
    "cluster": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 300},
    "batch_size": {"type": "int", "default": 500},
    "force_conflicts": {"type": "bool", "default": False},
}


def open_pauses(strimzi: Mapping[str, Any] | None) -> Pauses | None:
    """The KafkaTopics of the cluster that the option strimzi names; None when it is not given.

    :raises OperationError: when there is no KafkaTopic to be had there.
    """
    if strimzi is None:
        return None
    client = open_strimzi(strimzi)
    return Pauses(client, Place(TOPIC, choose_version(TOPIC, client.served(), None), client.namespace, strimzi["cluster"]))


def read_guard(strimzi: Mapping[str, Any] | None, kind: Kind) -> Guard | None:
    """What the operator of this kind, of the cluster that the option strimzi names, would undo; None when the option is not given.

    :raises OperationError: when there is no such cluster, or Kubernetes does not tell.
    """
    if strimzi is None:
        return None
    client = open_strimzi(strimzi)
    served = client.served()
    version = choose_version(kind, served, None)
    kafkas = client.kafkas(served, version)
    kafka = next((each for each in kafkas or [] if name_of(each) == strimzi["cluster"]), None)
    if kafkas is not None and kafka is None:
        there = ", ".join(sorted(map(name_of, kafkas))) or "none"
        raise InputError([f"namespace {client.namespace} has no Kafka resource {strimzi['cluster']}, it has: {there}"])
    topics = client.resources(TOPIC, version, f"{CLUSTER_LABEL}={strimzi['cluster']}")[0] if kind is TOPIC else []
    ignored = [strimzi["ignored_users_pattern"]] if strimzi.get("ignored_users_pattern") else []
    try:
        return guard_from(client.namespace, strimzi["cluster"], kafka, topics, ignored)
    except ValueError as error:
        raise InputError([str(error)]) from error


def finish(module: EnumModule, kind: Kind, client: StrimziClient, result: Mapping[str, Any]) -> None:
    """End the module with its result.

    :raises OperationError: when some of it failed.
    """
    for warning in result["warnings"]:
        module.warn(warning)
    if result["failures"]:
        raise failure(kind, client, result)
    module.exit_json(**{key: value for key, value in result.items() if key not in ("failures", "warnings")})
