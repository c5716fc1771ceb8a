# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about ACLs: read them, add and remove them in batches, see it done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import OperationError
from ..wait import wait_until
from .acls import Acl, AclFilter, AclPlan
from .client import KafkaClient
from .refusal import Refusal

try:
    from confluent_kafka.admin import AclBinding, AclBindingFilter, AclOperation, AclPermissionType, ConfigResource, ResourcePatternType, ResourceType
except ImportError:  # KafkaClient says so
    pass

# A KRaft controller writes at most 10,000 records at once (MAX_RECORDS_PER_USER_OP), one for each ACL.
_ADDITIONS_PER_REQUEST = 5000
# A controller goes through all its ACLs once for each filter of a deletion: with 80,000 ACLs that is some 13 ms each.
_REMOVALS_PER_REQUEST = 100
_RESOURCE_NAMES = {"cluster": "BROKER"}  # librdkafka has one name for Kafka's resource type 4; where it differs from ours


def read_acls(client: KafkaClient, filters: Iterable[AclFilter]) -> frozenset[Acl]:
    """The ACLs that any of the filters matches. One request for each filter, all of them at once.

    :raises OperationError: when the user may not, or the brokers have no authorizer.
    """
    _require(client, "describe", "read the ACLs")
    futures = {each: client.admin.describe_acls(_binding_filter(each), request_timeout=client.timeout) for each in filters}
    done, refused = client.refusals(futures)
    if refused:
        raise client.failure("read the ACLs", next(iter(refused.values())))
    found = frozenset(_acl(binding) for bindings in done.values() for binding in bindings)
    if done and not found:
        client.require("describe", "read the ACLs")
        _require_authorizer(client)
    return found


def require_changes(client: KafkaClient, plan: AclPlan) -> None:
    """Fail before the first change, and in check mode too, when the user may not make any.

    :raises OperationError: when the cluster tells that the user may not.
    """
    if plan:
        _require(client, "alter", "change the ACLs")


def _require(client: KafkaClient, operation: str, attempted: str) -> None:
    if client.cluster.operations:  # not every kind of Kafka tells what one may do; ACLs that are seen are proof enough
        client.require(operation, attempted)


def _require_authorizer(client: KafkaClient) -> None:
    """Brokers without an authorizer refuse to describe ACLs, but librdkafka makes an empty list of that refusal too."""
    if not client.cluster.brokers:
        return
    resource = ConfigResource(ResourceType.BROKER, str(client.cluster.brokers[0].id))
    done, _refused = client.refusals(client.admin.describe_configs([resource], request_timeout=client.timeout))
    authorizers = [entries["authorizer.class.name"].value for entries in done.values() if "authorizer.class.name" in entries]
    if authorizers == [""]:
        raise OperationError("read the ACLs", answered="the brokers have no authorizer", advice="Set authorizer.class.name on the brokers first.")


def apply_plan(client: KafkaClient, plan: AclPlan, filters: Iterable[AclFilter]) -> None:
    """Add, then remove, and wait until ``filters`` show it. Nothing is removed unless everything could be added.

    :raises OperationError: when some are refused; ``partial`` tells of each ACL how it went.
    """
    refused = _add(client, plan.added)
    not_attempted = plan.removed if refused else ()
    if not refused:
        refused = _remove(client, plan.removed)
    done = AclPlan(tuple(acl for acl in plan.added if acl not in refused),
                   tuple(acl for acl in plan.removed if acl not in refused and acl not in not_attempted))
    _wait_until_visible(client, done, frozenset(filters))
    if refused:
        failed = [{**acl.as_result(), "reason": str(refusal)} for acl, refusal in refused.items()]
        raise client.failure_of_many("change the ACLs", {str(acl): refusal for acl, refusal in refused.items()}, partial={
            **done.as_result(), "failed_acls": failed, "not_attempted": [acl.as_result() for acl in not_attempted]})


def _add(client: KafkaClient, acls: tuple[Acl, ...]) -> dict[Acl, Refusal]:
    refused: dict[Acl, Refusal] = {}
    for chunk in _chunks(acls, _ADDITIONS_PER_REQUEST):
        bindings = {AclBinding(*_terms(acl)): acl for acl in chunk}
        _done, not_done = client.refusals(client.admin.create_acls(list(bindings), request_timeout=client.timeout))
        refused |= {bindings[binding]: refusal for binding, refusal in not_done.items()}
    return refused


def _remove(client: KafkaClient, acls: tuple[Acl, ...]) -> dict[Acl, Refusal]:
    refused: dict[Acl, Refusal] = {}
    for chunk in _chunks(acls, _REMOVALS_PER_REQUEST):
        exact = {AclBindingFilter(*_terms(acl)): acl for acl in chunk}  # every field set: each matches one ACL or none
        _done, not_done = client.refusals(client.admin.delete_acls(list(exact), request_timeout=client.timeout))
        refused |= {exact[each]: refusal for each, refusal in not_done.items()}
    return refused


def _wait_until_visible(client: KafkaClient, plan: AclPlan, filters: frozenset[AclFilter]) -> None:
    """KRaft answers a change before the broker has applied it; just after 1,000 additions it may show half of them."""
    if not plan:
        return
    added, removed = frozenset(plan.added), frozenset(plan.removed)

    def unseen() -> list[Acl]:
        seen = read_acls(client, filters)
        return sorted((added - seen) | (removed & seen))

    wait_until("see the changed ACLs in the cluster's metadata", unseen, lambda left: not left, client.timeout,
               describe=lambda left: f"not yet visible: {len(left)} ACLs, the first is {left[0]}")


def _terms(acl: Acl) -> tuple[Any, ...]:
    """The fields of an AclBinding, or of the filter that matches just this one."""
    return (
        ResourceType[_RESOURCE_NAMES.get(acl.resource_type, acl.resource_type.upper())], acl.name, ResourcePatternType[acl.pattern_type.upper()],
        acl.principal, acl.host, AclOperation[acl.operation.upper()], AclPermissionType[acl.permission.upper()],
    )


def _binding_filter(wanted: AclFilter) -> AclBindingFilter:
    kind = _RESOURCE_NAMES.get(wanted.resource_type, wanted.resource_type.upper()) or "ANY"
    pattern = wanted.pattern_type.upper() or "ANY"
    terms: tuple[Any, ...] = (ResourceType[kind], wanted.name or None, ResourcePatternType[pattern], wanted.principal or None, None,
                              AclOperation.ANY, AclPermissionType.ANY)
    return AclBindingFilter(*terms)


def _acl(binding: Any) -> Acl:
    kind = "cluster" if binding.restype is ResourceType.BROKER else binding.restype.name.lower()
    return Acl(binding.principal, kind, binding.name, binding.resource_pattern_type.name.lower(), binding.operation.name.lower(),
               binding.permission_type.name.lower(), binding.host)


def _chunks(acls: tuple[Acl, ...], size: int) -> Iterator[tuple[Acl, ...]]:
    for start in range(0, len(acls), size):
        yield acls[start:start + size]
