# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client quotas as they are and as they are wanted, and the plan between the two. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..plan import Change, Plan

DEFAULT = "<default>"  # how Kafka's documentation and tools write the entity that stands for all without a quota of their own
LIMITS = ("producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate")


@dataclass(frozen=True)
class Entity:
    """Whom a quota limits. None: this kind of name has no part in it; ``<default>``: all that have no quota of their own."""

    user: str | None = None
    client_id: str | None = None
    ip: str | None = None

    def __str__(self) -> str:
        names = (("user", self.user), ("client_id", self.client_id), ("ip", self.ip))
        return ", ".join(f"{kind} {name}" for kind, name in names if name is not None)


@dataclass(frozen=True)
class Quota:
    """The limits of one entity, by Kafka's name of the limit (``producer_byte_rate``)."""

    entity: Entity
    limits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class WantedQuota:
    """What the user asks for. Limits that are neither set nor removed stay as they are."""

    entity: Entity
    state: str = "present"
    limits: Mapping[str, float] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()


def wanted_quotas(options: Mapping[str, Any]) -> list[WantedQuota]:
    """The quotas that a module's options ask for, from the list or from the options of one quota."""
    entries = options["quotas"] if options.get("quotas") is not None else [options]
    return [
        WantedQuota(
            Entity(entry.get("user"), entry.get("client_id")),
            entry.get("state") or options["state"],
            {limit: entry[limit] for limit in LIMITS if entry.get(limit) is not None},
            frozenset(entry.get("remove") or ()),
        )
        for entry in entries
    ]


def input_problems(wanted: Iterable[WantedQuota]) -> list[str]:
    """What is wrong with the request whatever the cluster holds."""
    problems: list[str] = []
    seen: set[Entity] = set()
    for quota in wanted:
        name = str(quota.entity) or "a quota"
        if quota.entity in seen:
            problems.append(f"{name} is listed twice")
        seen.add(quota.entity)
        if quota.entity == Entity():
            problems.append(f"{name} names neither a user nor a client_id, '{DEFAULT}' stands for all that have no quota of their own")
        if "" in (quota.entity.user, quota.entity.client_id):
            problems.append(f"{name}: a name is empty, '{DEFAULT}' stands for all that have no quota of their own")
        if quota.state == "present" and not quota.limits and not quota.removed:
            problems.append(f"{name} has no limit, name one of {', '.join(LIMITS)}")
        problems += [f"{name}: {limit} must be greater than 0, not {value:g}; to take a limit away list it in remove"
                     for limit, value in quota.limits.items() if value <= 0]
        problems += [f"{name}: {limit} is both set and removed" for limit in sorted(quota.removed & quota.limits.keys())]
    return problems


def plan_quotas(current: Mapping[Entity, Mapping[str, float]], wanted: Iterable[WantedQuota]) -> dict[Entity, Change]:
    """The changes from ``current`` to ``wanted``. Quotas of other entities stay."""
    changes = {}
    for quota in wanted:
        before = current.get(quota.entity, {})
        kept = {} if quota.state == "absent" else {limit: value for limit, value in before.items() if limit not in quota.removed}
        after = kept if quota.state == "absent" else {**kept, **quota.limits}
        if after != before:
            action = "created" if not before else "altered" if after else "deleted"
            changes[quota.entity] = Change(str(quota.entity), action, _side(before), _side(after))
    return changes


def altered_limits(change: Change) -> dict[str, float | None]:
    """The limits that a change sets, and (None) those that it removes."""
    before, after = _limits(change.before), _limits(change.after)
    removed: dict[str, float | None] = {limit: None for limit in before if limit not in after}
    return removed | {limit: value for limit, value in after.items() if before.get(limit) != value}


def report(
    current: Mapping[Entity, Mapping[str, float]],
    wanted: Iterable[WantedQuota],
    changes: Mapping[Entity, Change],
    refused: Mapping[Entity, str] | None = None,
) -> dict[str, Any]:
    """What the module returns: every quota that was asked for, whether it changes or not."""
    refused = refused or {}
    rows = []
    for quota in wanted:
        side = _side(current.get(quota.entity, {}))
        change = changes.get(quota.entity) or Change(str(quota.entity), "unchanged" if side else "absent", side, side)
        row = {"user": quota.entity.user, "client_id": quota.entity.client_id, **change.as_result()}
        del row["name"]
        if quota.entity in refused:
            row |= {"action": "failed", "reason": refused[quota.entity]}
        rows.append(row)
    done = Plan(tuple(change for entity, change in changes.items() if entity not in refused))
    return {"changed": bool(done), "quotas": rows, "diff": done.diff()}


def _side(limits: Mapping[str, float]) -> dict[str, object] | None:
    """Limits as one side of a change; whole numbers are shown as such."""
    return {limit: int(value) if value == int(value) else value for limit, value in sorted(limits.items())} or None


def _limits(side: Mapping[str, object] | None) -> dict[str, float]:
    return {limit: value for limit, value in (side or {}).items() if isinstance(value, (int, float))}
