# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a variable that several services need is put: into what they have in common, where the file has such a place."""

from __future__ import annotations

from collections.abc import Callable

from .document import Mapping, Sequence
from .draft import Draft
from .stack import Service, names_of


def add_variable(draft: Draft, services: list[Service], name: str, value_for: Callable[[Service], str], why: str, behind: str = "") -> None:
    """Sets a variable for these services, once for all that share a place which no other service uses."""
    left = list(services)
    while left:
        service = left[0]
        holder = _widest(draft, service, left, value_for)
        if holder is None:
            left.remove(service)
            _add_of_its_own(draft, service, name, value_for(service), why)
            continue
        users = draft.stack.users(holder)
        draft.add_variable(holder, name, value_for(service), draft.where(holder), why, behind)
        left = [other for other in left if other not in users]


def _widest(draft: Draft, service: Service, group: list[Service], value_for: Callable[[Service], str]) -> Mapping | Sequence | None:
    """The place that most of the group share, and nobody else; the service's own one when none is shared."""
    best: Mapping | Sequence | None = None
    most = 0
    for holder in service.holders:
        users = draft.stack.users(holder)
        if all(user in group and value_for(user) == value_for(service) for user in users) and len(users) > most and _can_hold(holder):
            best, most = holder, len(users)
    return best


def _can_hold(holder: Mapping | Sequence) -> bool:
    return holder.flow or bool(holder.entries if isinstance(holder, Mapping) else holder.items)


def _add_of_its_own(draft: Draft, service: Service, name: str, value: str, why: str) -> None:
    if "environment" in service.keys:
        others = [user for holder in service.holders for user in draft.stack.users(holder) if user is not service]
        also = f"; it shares its environment with {names_of(dict.fromkeys(others))}" if others else ""
        draft.ask(f"{service.name}: add {name}: {value} to its environment by hand{also}.")
        return
    if service.has_env_file:
        draft.ask(f"{service.name}: it takes its environment from env_file: set {name}={value.strip(chr(34))} there.")
        return
    draft.add_key(service, "environment", "", why, [f"  {name}: {value}"])
