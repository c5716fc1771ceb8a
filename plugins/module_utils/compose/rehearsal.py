# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts a stack down to the size of a rehearsal: fewer brokers, ZooKeepers and workers, on other hosts, and all that counts or names them."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass

from ..errors import InputError
from .addresses import replace_addresses
from .document import parse
from .draft import Change, Draft
from .lists import names_only, without
from .placement import place_on_nodes
from .rehearsal_request import Rehearsal
from .removal import drop_dependencies, remove_services, removed_services
from .replication import lower_factors
from .stack import KAFKA, ZOOKEEPER, Service, Stack, stack_of, written_variables

_WHY = "it names a service that the rehearsal does without"
_LIST_NAMES = ("BOOTSTRAP_SERVERS", "BROKERCONNECT", "ZOOKEEPER_CONNECT", "ZOOKEEPER_SERVERS", "ZOO_SERVERS")


@dataclass(frozen=True)
class Cut:
    text: str
    changes: list[Change]
    decide: list[str]


def cut(text: str, kinds: Dictionary[str, str], request: Rehearsal) -> Cut:
    """The stack file of the rehearsal, its versions as they were.

    :raises InputError: when nothing would be left, or something of production would be used.
    """
    smaller = _remove(stack_of(parse(text), kinds), request)
    adapted = _adapt(stack_of(parse(smaller.text()), kinds), request)
    return Cut(adapted.text(), [*smaller.in_order(), *adapted.in_order()], [*smaller.decide, *adapted.decide])


def _remove(stack: Stack, request: Rehearsal) -> Draft:
    draft = Draft(stack)
    gone = removed_services(draft, request)
    kept = [service for service in stack.services if service not in gone]
    remaining = {service.kind for service in kept}
    lost = [kind for kind in (KAFKA, ZOOKEEPER) if stack.of_kind(kind) and kind not in remaining]
    if lost or not stack.of_kind(KAFKA):
        raise InputError([f"rehearsal: no service of the kind {kind} would be left" for kind in lost or [KAFKA]])
    remove_services(draft, gone)
    drop_dependencies(draft, kept, {service.name for service in gone})
    names: set[str] = set()
    for service in gone:
        given = [service.scalar("hostname"), service.scalar("container_name")]
        names |= {service.name, f"tasks.{service.name}", *(scalar.value for scalar in given if scalar)}
    _shorten_lists(draft, kept, names)
    return draft


def _adapt(stack: Stack, request: Rehearsal) -> Draft:
    draft = Draft(stack)
    lower_factors(draft)
    place_on_nodes(draft, request)
    replace_addresses(draft, request.addresses)
    draft.ask("Rehearsal: external networks, secrets, configs, volumes and published ports are production's by name. Make them anew on the rehearsal's hosts.")
    return draft


def _shorten_lists(draft: Draft, kept: list[Service], gone: set[str]) -> None:
    seen: list[object] = []
    for variable in written_variables(draft.stack.services):
        at = variable.value_at
        if at is None or not variable.value or any(at is other for other in seen) or not _is_kept(draft, variable.holder, kept):
            continue
        seen.append(at)
        where = draft.where(variable.holder)
        if names_only(variable.value, gone, variable.name):
            draft.ask(f"{variable.name} of {where}: all servers that it names are gone from the rehearsal. Set it by hand.")
            continue
        body = variable.written(draft.document)
        shorter = without(body, gone, variable.name)
        if shorter is not None:
            draft.replace(at, body, shorter, where, f"{variable.name} loses the servers that are gone", _WHY)
        elif "$" in body and any(name in variable.name for name in _LIST_NAMES):
            draft.ask(f"{variable.name} of {where} comes from {body}: take the servers that are gone out of it where it is defined.")


def _is_kept(draft: Draft, holder: object, kept: list[Service]) -> bool:
    return any(found is holder for service in draft.stack.services if service in kept for found in service.holders)
