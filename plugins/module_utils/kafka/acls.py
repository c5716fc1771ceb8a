# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ACLs as they are and as they are wanted, and the plan between the two. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from ..plan import Change, Plan
from .names import topic_name_problem

CLUSTER_NAME = "kafka-cluster"  # the one name that a cluster resource has (org.apache.kafka.common.resource.Resource)
UNKNOWN = "unknown"  # what the client library makes of a resource type or operation that it has no name for

# Which operations mean something on which resource (https://kafka.apache.org/documentation/#operations_in_kafka),
# as far as librdkafka can name them.
VALID_OPERATIONS: Mapping[str, frozenset[str]] = {
    "topic": frozenset({"all", "read", "write", "create", "delete", "alter", "describe", "describe_configs", "alter_configs"}),
    "group": frozenset({"all", "read", "delete", "describe", "describe_configs", "alter_configs"}),
    "cluster": frozenset({"all", "create", "alter", "describe", "cluster_action", "describe_configs", "alter_configs", "idempotent_write"}),
    "transactional_id": frozenset({"all", "describe", "write"}),
}
OPERATIONS = frozenset().union(*VALID_OPERATIONS.values())
_BY_LETTERS = {operation.replace("_", ""): operation for operation in OPERATIONS}
_MOST_FILTERS = 50  # a broker goes through all its ACLs once for each filter


@dataclass(frozen=True, order=True)
class Acl:
    """One binding: a principal may, or may not, do one operation on one resource pattern from one host."""

    principal: str
    resource_type: str
    name: str
    pattern_type: str
    operation: str
    permission: str = "allow"
    host: str = "*"

    def as_result(self) -> dict[str, str]:
        """The binding as it is returned, in the words of the option ``acls``."""
        return {
            "principal": self.principal, "host": self.host, "resource_type": self.resource_type, "name": self.name,
            "pattern_type": self.pattern_type, "operation": self.operation, "permission": self.permission,
        }

    @property
    def is_nameable(self) -> bool:
        """Whether the client library can name each part of it, so that it can be removed."""
        return UNKNOWN not in (self.resource_type, self.pattern_type, self.operation, self.permission)

    def __str__(self) -> str:
        return f"{self.principal} | {self.resource_type} {self.pattern_type} {self.name} | {self.operation} | {self.permission} | host {self.host}"


@dataclass(frozen=True, order=True)
class AclFilter:
    """Which ACLs to read. An empty field matches every value."""

    principal: str = ""
    resource_type: str = ""
    name: str = ""
    pattern_type: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.principal, self.resource_type, self.pattern_type, self.name) if part)


@dataclass(frozen=True)
class WantedAcls:
    """What the user asks for. Of the exclusive principals no other ACLs than the present ones are wanted."""

    present: frozenset[Acl] = field(default_factory=frozenset)
    absent: frozenset[Acl] = field(default_factory=frozenset)
    exclusive_principals: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class AclPlan:
    """The bindings to add and to remove, each sorted."""

    added: tuple[Acl, ...] = ()
    removed: tuple[Acl, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    def as_result(self) -> dict[str, Any]:
        """What the module returns: one line of diff for each ACL."""
        added = [Change(str(acl), "added", after={}) for acl in self.added]
        removed = [Change(str(acl), "removed", before={}) for acl in self.removed]
        return {
            "changed": bool(self),
            "added": [acl.as_result() for acl in self.added],
            "removed": [acl.as_result() for acl in self.removed],
            "diff": Plan((*removed, *added)).diff(),
        }


def wanted_acls(options: Mapping[str, Any]) -> WantedAcls:
    """The bindings that a module's options ask for, one for each operation.

    :raises InputError: with everything that is wrong with the request whatever the cluster holds.
    """
    wanted: dict[str, set[Acl]] = {"present": set(), "absent": set()}
    problems = [problem for principal in options["exclusive_principals"] if (problem := _principal_problem(principal))]
    for number, entry in enumerate(options["acls"], start=1):
        state = entry.get("state") or options["state"]
        acls, entry_problems = _expanded(entry, is_present=state == "present")
        wanted[state] |= acls
        problems += [f"acls, entry {number}: {problem}" for problem in entry_problems]
    problems += [f"'{acl}' is wanted both present and absent" for acl in sorted(wanted["present"] & wanted["absent"])]
    if problems:
        raise InputError(problems)
    return WantedAcls(frozenset(wanted["present"]), frozenset(wanted["absent"]), frozenset(options["exclusive_principals"]))


def plan_acls(current: frozenset[Acl], wanted: WantedAcls) -> AclPlan:
    """The changes from ``current`` to ``wanted``. What is not listed stays, except other ACLs of exclusive principals.

    :raises InputError: when an exclusive principal has an ACL that the client library cannot name.
    """
    others = {acl for acl in current if acl.principal in wanted.exclusive_principals} - wanted.present
    unnameable = sorted(acl for acl in others if not acl.is_nameable)
    if unnameable:
        raise InputError([f"the exclusive principal has an ACL of a kind that confluent-kafka cannot name: {acl}" for acl in unnameable],
                         "Remove it with kafka-acls, or leave this principal out of exclusive_principals.")
    return AclPlan(tuple(sorted(wanted.present - current)), tuple(sorted((wanted.absent & current) | others)))


def filters_for(wanted: WantedAcls) -> frozenset[AclFilter]:
    """The filters that together show every ACL that matters, and as few others as possible.

    Clusters with 80,000 ACLs exist, and confluent-kafka has crashed on answers above 55,000
    (https://github.com/confluentinc/confluent-kafka-python/issues/2031): everything is never asked for.
    """
    acls = wanted.present | wanted.absent
    exclusive = frozenset(AclFilter(principal=principal) for principal in wanted.exclusive_principals)
    by_principal = frozenset(AclFilter(principal=acl.principal) for acl in acls)
    by_resource = frozenset(AclFilter("", acl.resource_type, acl.name, acl.pattern_type) for acl in acls)
    by_type = frozenset(AclFilter("", acl.resource_type, "", acl.pattern_type) for acl in acls)
    few = [filters | exclusive for filters in (by_principal, by_resource) if len(filters) <= _MOST_FILTERS]
    return min(few, key=len) if few else by_type | exclusive


def canonical_operation(text: str) -> str | None:
    """``describe_configs`` for DescribeConfigs, DESCRIBE_CONFIGS, describe-configs and the like; None when there is no such operation."""
    return _BY_LETTERS.get("".join(letter for letter in text.lower() if letter not in "_- "))


def _expanded(entry: Mapping[str, Any], is_present: bool) -> tuple[set[Acl], list[str]]:
    resource_type, pattern_type = entry["resource_type"], entry["pattern_type"]
    name = entry.get("name") or (CLUSTER_NAME if resource_type == "cluster" else "")
    problems = [problem for problem in (_principal_problem(entry["principal"]), _name_problem(resource_type, pattern_type, name, is_present)) if problem]
    if not entry["host"]:
        problems.append("the host is empty, '*' means every host")
    if not entry["operations"]:
        problems.append("there is no operation")
    acls = set()
    for text in entry["operations"]:
        operation = canonical_operation(text)
        if operation is None:
            problems.append(f"there is no operation '{text}' to give: {', '.join(sorted(VALID_OPERATIONS[resource_type]))}")
        elif is_present and operation not in VALID_OPERATIONS[resource_type]:
            problems.append(f"operation '{operation}' means nothing on a {resource_type}: {', '.join(sorted(VALID_OPERATIONS[resource_type]))}")
        else:
            acls.add(Acl(entry["principal"], resource_type, name, pattern_type, operation, entry["permission"], entry["host"]))
    return acls, problems


def _principal_problem(principal: str) -> str:
    kind, separator, name = principal.partition(":")
    if not separator:
        return f"principal '{principal}' has no type, write 'User:{principal}'"
    if not kind or not name:
        return f"principal '{principal}' is not of the form 'User:name'"
    if kind != "User" and kind.lower() == "user":
        return f"principal '{principal}' would match nobody, Kafka tells cases apart: write 'User:{name}'"
    return ""


def _name_problem(resource_type: str, pattern_type: str, name: str, is_present: bool) -> str:
    if not name:
        return f"a {resource_type} needs a name"
    if resource_type == "cluster":
        is_right = (name, pattern_type) == (CLUSTER_NAME, "literal")
        return "" if is_right else f"the cluster has the literal name '{CLUSTER_NAME}', leave name and pattern_type out"
    if not is_present or (name, pattern_type) == ("*", "literal"):
        return ""
    if resource_type == "topic" and topic_name_problem(name):
        if name.endswith("*"):
            return f"no topic can have the name '{name}': for all that begin so, write '{name.rstrip('*')}' with pattern_type prefixed"
        return topic_name_problem(name)
    return ""
