# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user asks of consumer groups: which groups, which partitions, which position. Pure: no request is made here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .names import pattern_problem, topic_name_problem
from .offsets import Position, TopicPartitionKey, position_from

_VALUES = ("offset", "timestamp", "duration", "shift")  # the positions that need a value, each in the option of its own name


@dataclass(frozen=True)
class Selection:
    """A topic that the user names: all its partitions, or some; with an offset of its own, or without."""

    topic: str
    partitions: tuple[int, ...] | None = None
    offset: int | None = None


@dataclass(frozen=True)
class GroupRequest:
    """The options of one call. ``position`` is None unless groups are reset; no selections: whatever the group has."""

    state: str
    names: tuple[str, ...]
    pattern: str | None
    selections: tuple[Selection, ...]
    position: Position | None
    must_exist: bool

    def position_of(self, selected: int | None) -> Position:
        """Where a partition is set whose own offset is ``selected``."""
        return self.position if selected is None and self.position is not None else Position("offset", selected)


def request_from(options: Mapping[str, Any], now: float) -> GroupRequest:
    """What a module's options ask for; ``now`` is in seconds since the epoch.

    :raises InputError: with everything that is wrong with it whatever the cluster holds.
    """
    names = tuple(dict.fromkeys(options["groups"] or ()))
    selections, problems = selections_from(options["topics"] or ())
    if not names and options["pattern"] is None:
        problems.append("neither groups nor pattern is given")
    if any(not name.strip() for name in names):
        problems.append("groups: a name is empty")
    if options["pattern"] is not None and (pattern_error := pattern_problem(options["pattern"])):
        problems.append(pattern_error)
    if options["topics"] == []:
        problems.append("topics is empty: leave it out to mean every topic of the group")
    problems += _position_problems(options, selections)
    position = None
    if options["state"] == "reset" and not problems:
        try:
            position = position_from(options, now)
        except ValueError as error:
            problems.append(str(error))
    if problems:
        raise InputError(problems)
    return GroupRequest(options["state"], names, options["pattern"], tuple(selections), position, options["must_exist"])


def selections_from(entries: Iterable[object]) -> tuple[list[Selection], list[str]]:
    """The topics that the option ``topics`` names, and what is wrong with it.

    An entry is ``orders``, ``orders:0,1`` as kafka-consumer-groups.sh has it, or a mapping of name, partitions and offset.
    """
    selections: list[Selection] = []
    problems: list[str] = []
    for entry in entries:
        try:
            selection = _selection(entry)
        except (ValueError, TypeError) as error:
            problems.append(f"topics: {error}")
            continue
        name_problem = topic_name_problem(selection.topic)
        problems += [name_problem] if name_problem else []
        selections.append(selection)
    chosen = Counter((s.topic, number) for s in selections for number in s.partitions or [None])
    whole = {s.topic for s in selections if s.partitions is None}
    twice = {topic for (topic, number), times in chosen.items() if times > 1 or (topic in whole and number is not None)}
    return selections, problems + [f"topics: '{topic}' is chosen twice" for topic in sorted(twice)]


def selected_partitions(selections: Iterable[Selection], existing: Mapping[str, Sequence[int]]) -> tuple[dict[TopicPartitionKey, int | None], list[str]]:
    """Every partition that the user names with its own offset if it has one, and what of it the cluster does not have."""
    chosen: dict[TopicPartitionKey, int | None] = {}
    problems = []
    for selection in selections:
        numbers = existing.get(selection.topic)
        if numbers is None:
            problems.append(f"topic '{selection.topic}' does not exist")
            continue
        for number in selection.partitions if selection.partitions is not None else numbers:
            if number in numbers:
                chosen[(selection.topic, number)] = selection.offset
            else:
                problems.append(f"topic '{selection.topic}' has no partition {number}, it has {len(numbers)}")
    return chosen, problems


def _position_problems(options: Mapping[str, Any], selections: Sequence[Selection]) -> list[str]:
    state, to = options["state"], options["to"]
    own = [selection.topic for selection in selections if selection.offset is not None]
    if state != "reset":
        given = [name for name in ("to", *_VALUES) if options[name] is not None]
        problems = [f"{name} says where to reset to, but state is {state}" for name in given]
        return problems + [f"topics: '{topic}' has an offset, but state is {state}" for topic in own]
    problems = [f"{name} is given, but to is {to}" for name in _VALUES if options[name] is not None and name != to]
    if to != "offset":
        problems += [f"topics: '{topic}' has an offset, but to is {to}" for topic in own]
    elif options["offset"] is None and (not selections or len(own) < len(selections)):
        problems.append("to is offset, so offset is needed, or one in each entry of topics")
    elif (options["offset"] or 0) < 0:
        problems.append(f"offset must be 0 or more, not {options['offset']}")
    return problems


def _selection(entry: object) -> Selection:
    if isinstance(entry, str):
        topic, separator, numbers = entry.partition(":")
        return Selection(topic.strip(), _partitions(re.split(r"[,\s]+", numbers.strip())) if separator else None)
    if not isinstance(entry, Mapping):
        raise ValueError(f"{entry!r} is neither text nor a mapping")
    unknown = sorted(str(key) for key in set(entry) - {"name", "partitions", "offset"})
    if unknown or not isinstance(entry.get("name"), str):
        raise ValueError(f"an entry has name, partitions and offset, this one has {', '.join(sorted(map(str, entry))) or 'nothing'}")
    partitions, offset = entry.get("partitions"), entry.get("offset")
    if partitions is not None and not isinstance(partitions, list):
        partitions = re.split(r"[,\s]+", str(partitions).strip())
    return Selection(entry["name"], None if partitions is None else _partitions(partitions), None if offset is None else _number(offset, "offset"))


def _partitions(numbers: Iterable[object]) -> tuple[int, ...]:
    parsed = tuple(_number(number, "partition") for number in numbers)
    if not parsed:
        raise ValueError("an entry has an empty list of partitions")
    return parsed


def _number(value: object, what: str) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"\d+", str(value)):
        raise ValueError(f"'{value}' is no {what}")
    return int(str(value))
