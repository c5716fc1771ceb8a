# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that brokers tell clients outside: production's become the rehearsal's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .draft import Draft
from .edits import Edit
from .stack import KAFKA, names_of, written_variables

_ADVERTISED = re.compile(r"://(?P<host>\[[^\]]*\]|[^:,/\s]+)")


def replace_addresses(draft: Draft, addresses: Mapping[str, str]) -> None:
    """Replaces whole addresses in the values of the environment, and names those that brokers still tell and nobody replaced."""
    old = sorted(addresses, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, old))})(?![\w.-])") if old else None
    done: set[int] = set()
    for variable in written_variables(draft.stack.services):
        at = variable.value_at
        if at is None or pattern is None:
            continue
        found = [match for match in pattern.finditer(draft.document.text, at.start, at.end) if match.start() not in done]
        for match in found:
            done.add(match.start())
            draft.edits.append(Edit(match.start(), match.end(), addresses[match[0]]))
        if found:
            replaced = ", ".join(dict.fromkeys(f"{match[0]} becomes {addresses[match[0]]}" for match in found))
            draft.record(at.start, draft.where(variable.holder), f"{variable.name}: {replaced}", "an address of the rehearsal")
    _tell_of_the_rest(draft, addresses)


def _tell_of_the_rest(draft: Draft, addresses: Mapping[str, str]) -> None:
    known = {*addresses, *addresses.values(), *(service.name for service in draft.stack.services)}
    left = [
        broker
        for broker in draft.stack.of_kind(KAFKA)
        if any(match["host"] not in known for match in _ADVERTISED.finditer(broker.value("KAFKA_ADVERTISED_LISTENERS")))
    ]
    if left:
        draft.ask(f"{names_of(left)}: KAFKA_ADVERTISED_LISTENERS still tells clients addresses of production. Give the rehearsal's in `rehearsal.addresses`.")
