# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the schemas that copied bytes name mean the same at the destination. Pure but for the reader that is given.

Serialisers of a schema registry begin keys and values with a zero byte and the schema's id, four bytes
(https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format). A copy keeps that id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..registry.schemas import Schema

_FRAME = 5
Found = Callable[[int], "Schema | None"]


@dataclass
class TopicIds:
    """The ids that records of a topic begin with. ``unread`` says what could not be looked at."""

    ids: set[int] = field(default_factory=set)
    records: int = 0
    unread: list[str] = field(default_factory=list)

    def add(self, *parts: bytes | None) -> None:
        self.records += 1
        self.ids |= {number for part in parts if (number := id_in(part)) is not None}


def id_in(part: bytes | None) -> int | None:
    """The id that a key or a value begins with."""
    if part is None or len(part) < _FRAME or part[0] != 0:
        return None
    return int.from_bytes(part[1:_FRAME], "big")


def verdicts(topics: Mapping[str, TopicIds], source: Found | None, destination: Found) -> dict[str, dict[str, object]]:
    """The state of each topic. An id that the source's registry does not have is no id, but bytes that look like one."""
    known: dict[int, str | None] = {}
    for number in sorted({number for topic in topics.values() for number in topic.ids}):
        known[number] = _problem(number, source, destination)
    return {name: _verdict(topic, known) for name, topic in topics.items()}


def _problem(number: int, source: Found | None, destination: Found) -> str | None:
    """Why the id does not mean the same there; None when it is no id."""
    meant: Schema | None = source(number) if source is not None else None
    if source is not None and meant is None:
        return None
    there = destination(number)
    if there is None:
        return f"the destination's registry has no schema {number}"
    if meant is not None and not meant.is_same_as(there):
        return f"schema {number} is another one in the destination's registry"
    return ""


def _verdict(topic: TopicIds, known: Mapping[int, str | None]) -> dict[str, object]:
    ids = sorted(number for number in topic.ids if known[number] is not None)
    problems = [text for number in ids if (text := known[number])]
    state = "failed" if problems else "not_checked" if topic.unread else "verified"
    return {"state": state, "ids": ids, "records": topic.records, "reason": "; ".join([*problems, *topic.unread])}


def failures(topics: Mapping[str, Mapping[str, object]]) -> list[str]:
    """What is not verified, a clause for each topic."""
    return [f"{name}: {'not checked, ' if each['state'] == 'not_checked' else ''}{each['reason']}"
            for name, each in _in_order(topics) if each["state"] != "verified"]  # fmt: skip


def _in_order(topics: Mapping[str, Mapping[str, object]]) -> Iterable[tuple[str, Mapping[str, object]]]:
    return sorted(topics.items())
