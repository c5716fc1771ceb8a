# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module options as wanted resources, and what is wrong with them whatever the cluster holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..kafka.names import is_internal_topic, topic_name_problem
from ..kafka.topics import config_text
from .resources import resource_name_problem, topic_resource_name

LONGEST_CERTIFICATE_NAME = 64  # of the common name in a certificate
OPERATIONS = {
    name.lower(): name
    for name in (
        "All", "Read", "Write", "Create", "Delete", "Alter", "Describe", "ClusterAction", "AlterConfigs", "DescribeConfigs", "IdempotentWrite",
    )
}  # fmt: skip
_RESOURCE_TYPES = {"topic": "topic", "group": "group", "cluster": "cluster", "transactional_id": "transactionalId"}
_PATTERN_TYPES = {"literal": "literal", "prefixed": "prefix"}
_QUOTAS = {
    "producer_byte_rate": "producerByteRate",
    "consumer_byte_rate": "consumerByteRate",
    "request_percentage": "requestPercentage",
    "controller_mutation_rate": "controllerMutationRate",
}


@dataclass(frozen=True)
class Wish:
    """One topic or user as it is wanted.

    :param subject: its name in Kafka; ``name`` is that of a new resource for it.
    :param spec: what of the spec is wanted, the rest stays. None: the resource shall not exist.
    :param removals: keys of ``spec.config`` to take away.
    :param secret: name and key of the Secret with the password.
    :param only_adds_rights: the ACLs of the spec are added to those that are there, of a resource that is there.
    """

    subject: str
    name: str
    spec: Mapping[str, Any] | None
    removals: tuple[str, ...] = ()
    secret: tuple[str, str] | None = field(default=None)
    only_adds_rights: bool = False


def wanted_topics(options: Mapping[str, Any]) -> list[Wish]:
    """The topics that the options of ``strimzi_topic`` ask for."""
    return [_topic(entry, entry["state"] or options["state"]) for entry in options["topics"]]


def _topic(entry: Mapping[str, Any], state: str) -> Wish:
    topic, name = entry["name"], entry["resource_name"] or topic_resource_name(entry["name"])
    if state == "absent":
        return Wish(topic, name, None)
    config = {key: config_text(value) for key, value in (entry["config"] or {}).items()}
    spec: dict[str, Any] = {"topicName": topic} if topic != name else {}
    spec |= {key: value for key, value in (("partitions", entry["partitions"]), ("replicas", entry["replication_factor"])) if value is not None}
    kept = {key: value for key, value in config.items() if value is not None}
    spec |= {"config": kept} if kept else {}
    return Wish(topic, name, spec, tuple(key for key, value in config.items() if value is None))


def wanted_users(options: Mapping[str, Any]) -> list[Wish]:
    """The users that the options of ``strimzi_user`` ask for."""
    return [_user(entry, entry["state"] or options["state"]) for entry in options["users"]]


def _user(entry: Mapping[str, Any], state: str) -> Wish:
    if state == "absent":
        return Wish(entry["name"], entry["name"], None)
    spec: dict[str, Any] = {}
    secret = entry["password_secret"]
    if entry["authentication"]:
        spec["authentication"] = {"type": entry["authentication"]}
        if secret:
            spec["authentication"]["password"] = {"valueFrom": {"secretKeyRef": {"name": secret["name"], "key": secret["key"]}}}
    if entry["acls"] is not None:
        spec["authorization"] = {"type": "simple", "acls": [_acl(each) for each in entry["acls"]]}
    quotas = {_QUOTAS[key]: value for key, value in (entry["quotas"] or {}).items() if value is not None}
    spec |= {"quotas": quotas} if quotas else {}
    return Wish(entry["name"], entry["name"], spec, secret=(secret["name"], secret["key"]) if secret else None,
                only_adds_rights=entry["acls"] is not None and not entry["exclusive_acls"])


def _acl(entry: Mapping[str, Any]) -> dict[str, Any]:
    resource: dict[str, Any] = {"type": _RESOURCE_TYPES[entry["resource_type"]]}
    if entry["resource_type"] != "cluster":
        resource |= {"name": entry["name"], "patternType": _PATTERN_TYPES[entry["pattern_type"]]}
    operations = sorted({OPERATIONS.get(_plain(each), each) for each in entry["operations"]})
    return {"type": entry["permission"], "host": entry["host"], "resource": resource, "operations": operations}


def _plain(operation: str) -> str:
    return operation.replace("_", "").lower()


def topic_problems(wanted: Iterable[Wish], protect_internal: bool) -> list[str]:
    """What is wrong with the wanted topics."""
    problems, seen = [], set()
    for wish in wanted:
        problems += [problem for problem in [topic_name_problem(wish.subject)] if problem]
        if not resource_name_problem(wish.subject) or wish.name != wish.subject:
            problem = resource_name_problem(wish.name)
            problems += [f"topic '{wish.subject}': {problem}"] if problem else []
        if wish.subject in seen:
            problems.append(f"topic '{wish.subject}' is listed twice")
        seen.add(wish.subject)
        if wish.spec is None and protect_internal and is_internal_topic(wish.subject):
            problems.append(f"topic '{wish.subject}' is internal: it is deleted only with protect_internal: false")
        problems += [
            f"topic '{wish.subject}': {option} must be 1 or more, not {wish.spec[key]}"
            for key, option in (("partitions", "partitions"), ("replicas", "replication_factor")) if wish.spec and wish.spec.get(key, 1) < 1
        ]  # fmt: skip
    return problems


def user_problems(wanted: Iterable[Wish], entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the wanted users. A user has no other name than its resource."""
    problems, seen = [], set()
    for wish, entry in zip(wanted, entries):
        problem = resource_name_problem(wish.subject)
        problems += [f"user {problem}"] if problem else []
        if wish.subject in seen:
            problems.append(f"user '{wish.subject}' is listed twice")
        seen.add(wish.subject)
        if wish.spec is None:
            continue
        if entry["authentication"] == "tls" and len(wish.subject) > LONGEST_CERTIFICATE_NAME:
            problems.append(f"user '{wish.subject[:40]}...' has {len(wish.subject)} characters, the name in a certificate may have {LONGEST_CERTIFICATE_NAME}")
        if entry["password_secret"] and entry["authentication"] != "scram-sha-512":
            problems.append(f"user '{wish.subject}': password_secret goes with authentication: scram-sha-512 only")
        for acl in entry["acls"] or []:
            if acl["resource_type"] != "cluster" and not acl["name"]:
                problems.append(f"user '{wish.subject}': an ACL on a {acl['resource_type']} needs a name")
            unknown = [each for each in acl["operations"] if _plain(each) not in OPERATIONS]
            problems += [f"user '{wish.subject}': there is no operation {', '.join(unknown)}"] if unknown else []
    return problems
