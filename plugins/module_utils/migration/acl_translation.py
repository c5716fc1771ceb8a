# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ACLs that a destination gets for those of the source. Pure: no request is made here.

What cannot be said at the destination is never left out silently: it is listed, and somebody must accept it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from ..kafka.acls import OPERATIONS, UNKNOWN, VALID_OPERATIONS, Acl
from .selection import TOPIC_RULES, GROUP_RULES

# https://docs.confluent.io/cloud/current/security/access-control/acls/operations.html
CLOUD_OPERATIONS: Mapping[str, frozenset[str]] = {
    "cluster": frozenset({"create", "describe", "idempotent_write", "alter"}),
    "group": frozenset({"delete", "describe", "read"}),
    "topic": frozenset({"alter", "alter_configs", "create", "delete", "describe", "describe_configs", "read", "write"}),
    "transactional_id": frozenset({"describe", "write"}),
}
ANYBODY = "User:*"

# The kinds of what cannot be said; each can be accepted as a whole.
PRINCIPAL, HOST_WIDENED, HOST_DENIED, OPERATION, RESOURCE = "principal", "host_widened", "host_denied", "operation", "resource"
KINDS = (PRINCIPAL, HOST_WIDENED, HOST_DENIED, OPERATION, RESOURCE)


@dataclass(frozen=True, order=True)
class NotExpressed:
    """One ACL that the destination cannot have, or only as another."""

    acl: Acl
    kind: str
    reason: str

    @property
    def id(self) -> str:
        """The same in every run, for whoever accepts it."""
        return hashlib.blake2b(f"{self.kind} {self.acl}".encode(), digest_size=4).hexdigest()

    def as_result(self) -> dict[str, object]:
        return {"id": self.id, "kind": self.kind, "acl": str(self.acl), "reason": self.reason}


@dataclass(frozen=True)
class Translation:
    """``left_out``: ACLs of things that are not migrated, with the reason; nobody has to accept them."""

    acls: tuple[Acl, ...]
    not_expressed: tuple[NotExpressed, ...] = ()
    left_out: tuple[tuple[Acl, str], ...] = ()

    def unaccepted(self, accepted: Collection[str]) -> tuple[NotExpressed, ...]:
        """What nobody has accepted yet, by its kind or its id."""
        return tuple(each for each in self.not_expressed if each.kind not in accepted and each.id not in accepted)


def translate_acls(acls: Iterable[Acl], principals: Mapping[str, str], is_cloud: bool, named: Collection[str] = ()) -> Translation:
    """The ACLs of the destination.

    :param principals: a principal of the destination (``User:sa-123``) for each of the source. On Confluent Cloud everyone needs one; elsewhere
        those without keep their name.
    :param named: topics that are migrated though their name looks like an internal one's.
    """
    wanted: set[Acl] = set()
    problems: set[NotExpressed] = set()
    left_out: list[tuple[Acl, str]] = []
    for acl in sorted(set(acls)):
        reason = _why_left_out(acl, named)
        if reason:
            left_out.append((acl, reason))
            continue
        translated, found = _translated(acl, principals) if not is_cloud else _translated_for_cloud(acl, principals)
        wanted.update(translated)
        problems.update(found)
    return Translation(tuple(sorted(wanted)), tuple(sorted(problems)), tuple(left_out))


def _why_left_out(acl: Acl, named: Collection[str]) -> str:
    rules = {"topic": TOPIC_RULES, "group": GROUP_RULES}.get(acl.resource_type, ())
    if acl.pattern_type != "literal" or acl.name == "*" or acl.name in named:
        return ""
    rule = next((rule for rule in rules if rule.matches(acl.name)), None)
    return rule.reason if rule is not None and rule.name != "streams" else ""


def _translated(acl: Acl, principals: Mapping[str, str]) -> tuple[list[Acl], list[NotExpressed]]:
    """For a Kafka cluster, which has the same language."""
    if not acl.is_nameable or acl.resource_type not in VALID_OPERATIONS:
        return [], [NotExpressed(acl, RESOURCE, "confluent-kafka has no name for a part of it")]
    return [replace(acl, principal=principals.get(acl.principal, acl.principal))], []


def _translated_for_cloud(acl: Acl, principals: Mapping[str, str]) -> tuple[list[Acl], list[NotExpressed]]:
    if acl.resource_type not in CLOUD_OPERATIONS or UNKNOWN in (acl.pattern_type, acl.permission):
        return [], [NotExpressed(acl, RESOURCE, f"Confluent Cloud has no ACLs of resource type {acl.resource_type}, pattern type {acl.pattern_type}")]
    principal = principals.get(acl.principal)
    if principal is None:
        return [], [NotExpressed(acl, PRINCIPAL, _no_account(acl.principal))]
    operations = _cloud_operations(acl)
    if not operations:
        known = ", ".join(sorted(CLOUD_OPERATIONS[acl.resource_type]))
        return [], [NotExpressed(acl, OPERATION, f"Confluent Cloud does not know {acl.operation} on a {acl.resource_type}, only {known}")]
    problems = []
    if acl.host != "*":
        if acl.permission == "deny":
            return [], [NotExpressed(acl, HOST_DENIED, "Confluent Cloud knows no hosts: denied to this host it cannot be, and to all it would deny more")]
        problems.append(NotExpressed(acl, HOST_WIDENED, "Confluent Cloud knows no hosts: what was allowed from one is allowed from all"))
    return [replace(acl, principal=principal, host="*", operation=operation) for operation in operations], problems


def _cloud_operations(acl: Acl) -> list[str]:
    known = CLOUD_OPERATIONS[acl.resource_type]
    if acl.operation == "all":
        return sorted(known)
    return [acl.operation] if acl.operation in known and acl.operation in OPERATIONS else []


def _no_account(principal: str) -> str:
    if principal == ANYBODY:
        return "it is for everyone: name the service accounts that need it, each with ACLs of its own"
    if principal == "User:ANONYMOUS":
        return "nobody is anonymous on Confluent Cloud: give its users a service account"
    return "no service account is given for it"


def readers_without_group(acls: Iterable[Acl]) -> list[str]:
    """Principals that may read topics but not as a member of any group: they could produce, but not consume."""
    allowed = [acl for acl in acls if acl.permission == "allow" and acl.operation in ("read", "all")]
    readers = {acl.principal for acl in allowed if acl.resource_type == "topic"}
    members = {acl.principal for acl in allowed if acl.resource_type == "group"}
    return sorted(readers - members - ({*readers} if ANYBODY in members else set()))
