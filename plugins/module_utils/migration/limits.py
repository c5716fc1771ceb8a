# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of the destination that a migration would hit. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .destinations import Destination


@dataclass(frozen=True)
class Finding:
    """``blocks``: nothing can be copied before it is solved. Otherwise it is adjusted, or somebody should know."""

    limit: str
    text: str
    blocks: bool = False
    topics: tuple[str, ...] = ()
    source: str = ""

    def as_result(self) -> dict[str, object]:
        return {"limit": self.limit, "text": self.text, "blocks": self.blocks, "topics": list(self.topics), "source": self.source}


@dataclass(frozen=True)
class Sized:
    """What the limits are about: a topic that is to be migrated."""

    name: str
    partitions: int
    settings: Mapping[str, str]
    is_transactional: bool


def limit_findings(
    topics: Sequence[Sized], destination: Destination, there: Mapping[str, int], capacity_units: int = 1, own_partitions: int | None = None, quotas: int = 0
) -> list[Finding]:
    """Everything that would be hit.

    :param there: partitions of the topics that the destination has already.
    :param own_partitions: the limit that the owner of the destination knows; it wins over the documented one.
    :param quotas: how many client quotas the source has.
    """
    found = _partitions(topics, destination, there, capacity_units, own_partitions)
    found += _bounds(topics, destination)
    transactional = tuple(topic.name for topic in topics if topic.is_transactional)
    if transactional and not destination.transactions:
        found.append(Finding("transactions", f"{destination.kind} has no transactions; their applications would fail", True, transactional,
                             destination.sources.get("transactions", "")))
    if quotas and not destination.quotas:
        found.append(Finding("quotas", f"{quotas} client quotas cannot be made: {destination.kind} has none", source=destination.sources.get("quotas", "")))
    return found


def _partitions(topics: Sequence[Sized], destination: Destination, there: Mapping[str, int], units: int, own: int | None) -> list[Finding]:
    allowed, source = own, "given"
    if allowed is None and destination.partitions is not None:
        allowed = destination.partitions * (units if destination.kind == "confluent_cloud_dedicated" else 1)
        source = destination.sources.get("partitions", "")
    needed = sum(there.values()) + sum(topic.partitions for topic in topics if topic.name not in there)
    if allowed is None or needed <= allowed:
        return []
    return [Finding("partitions", f"{needed} partitions are needed (with those that are there), {destination.kind} allows {allowed}", True, source=source)]


def _bounds(topics: Sequence[Sized], destination: Destination) -> list[Finding]:
    """Settings beyond the destination's bounds. Larger records than it takes stop the copying; the others are adjusted."""
    found = []
    for key, bounds in (destination.settings or {}).items():
        for beyond, word in ((bounds.least, "least"), (bounds.most, "most")):
            names = tuple(topic.name for topic in topics if _is_beyond(topic.settings.get(key), beyond, word))
            if names:
                blocks = key == "max.message.bytes"
                more = "larger records cannot be copied" if blocks else "it is adjusted"
                found.append(Finding(key, f"{len(names)} topics have {key} beyond {beyond}, the {word} that {destination.kind} takes; {more}",
                                     False, names, destination.sources.get("settings", "")))
    return found


def _is_beyond(value: str | None, bound: int | None, word: str) -> bool:
    if value is None or bound is None or not value.lstrip("-").isdigit():
        return False
    return int(value) < bound if word == "least" else int(value) > bound
