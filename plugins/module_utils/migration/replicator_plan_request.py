# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The input of the filter replicator_plan, checked: every problem is named at once. Pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ..errors import InputError
from ..kafka.names import topic_name_problem
from .replicator_plan import COMPACTED, PLAIN, TRANSACTIONAL, PlannedTopic, Sizing, connector_name

_KEYS = ("name", "partitions", "bytes", "rate", "cleanup_policy")
_POLICIES = {"compact", "delete", ""}
_MOST_SHOWN = 20
_PREFIX = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def topics_from(given: object) -> list[PlannedTopic]:
    """The topics.

    :raises InputError: for what cannot be planned.
    """
    if isinstance(given, (str, bytes)) or not isinstance(given, Sequence):
        raise InputError([f"the input is a list of topics, not {type(given).__name__}"])
    problems: list[str] = []
    topics = [topic for number, entry in enumerate(given) if (topic := _topic(entry, number, problems)) is not None]
    twice = sorted(name for name, count in Counter(topic.name for topic in topics).items() if count > 1)
    problems += [f"topic '{name}' is given more than once" for name in twice]
    if problems:
        more = [f"and {len(problems) - _MOST_SHOWN} more"] if len(problems) > _MOST_SHOWN else []
        raise InputError(problems[:_MOST_SHOWN] + more)
    return topics


def _topic(entry: object, number: int, problems: list[str]) -> PlannedTopic | None:
    if not isinstance(entry, Mapping):
        problems.append(f"entry {number + 1} is no dictionary but {type(entry).__name__}")
        return None
    called = f"topic '{entry['name']}'" if entry.get("name") else f"entry {number + 1}"
    missing = [key for key in _KEYS if entry.get(key) is None]
    if missing:
        problems.append(f"{called} lacks {', '.join(missing)}")
        return None
    name, policy = str(entry["name"]), str(entry["cleanup_policy"])
    if isinstance(entry["cleanup_policy"], (list, tuple)):
        policy = ",".join(str(part) for part in entry["cleanup_policy"])
    found = [f"{called}: {problem}" for problem in [topic_name_problem(name)] if problem]
    partitions, size = (whole_number(entry[key], f"{called}: {key}", found, least) for key, least in (("partitions", 1), ("bytes", 0)))
    rate = plain_number(entry["rate"], f"{called}: rate", found)
    parts = {part.strip().lower() for part in policy.split(",")}
    if parts - _POLICIES:
        found.append(f"{called}: cleanup_policy is '{policy}', not compact, delete or both")
    problems += found
    if found or partitions is None or size is None or rate is None:
        return None
    kind = TRANSACTIONAL if entry.get("transactional") else COMPACTED if "compact" in parts else PLAIN
    return PlannedTopic(name, partitions, size, rate, kind)


def whole_number(value: object, called: str, problems: list[str], least: int) -> int | None:
    """A whole number of at least ``least``, also when it is written as text (a template's result)."""
    number = int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value.strip()) else value
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int):
        problems.append(f"{called} is no whole number: {value!r}")
        return None
    if number < least:
        problems.append(f"{called} is {number}, {least} or more is needed")
        return None
    return number


def plain_number(value: object, called: str, problems: list[str], positive: bool = False) -> float | None:
    """A finite number that is not negative."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        problems.append(f"{called} is no number: {value!r}")
        return None
    if number < 0 or (positive and number == 0):
        problems.append(f"{called} is {value}, it must {'be more than 0' if positive else 'not be negative'}")
        return None
    return int(number) if number.is_integer() else number


def sizing_from(options: Mapping[str, object]) -> Sizing:
    """How many connectors there are and what they can do.

    :raises InputError: for numbers with which nothing can be copied.
    """
    problems: list[str] = []
    connectors, tasks, memory = (whole_number(options[key], key, problems, least) for key, least in
                                 (("connectors", 1), ("max_tasks", 1), ("task_memory", 0)))
    rate = plain_number(options["task_rate"], "task_rate", problems, positive=True)
    duration = None if options["duration"] is None else plain_number(options["duration"], "duration", problems, positive=True)
    prefix = str(options["prefix"])
    if not _PREFIX.fullmatch(prefix):
        problems.append(f"prefix '{prefix}' must be letters, digits, '.', '_' and '-', with a letter or digit at both ends")
    if problems or connectors is None or tasks is None or memory is None or rate is None:
        raise InputError(problems)
    return Sizing(connectors, prefix, tasks, rate, memory, duration)


def current_from(plan: object, sizing: Sizing) -> dict[str, int]:
    """The number of the connector that has each topic in an earlier plan.

    :raises InputError: when it is no plan, or one that these connectors cannot go on with.
    """
    if plan is None:
        return {}
    if isinstance(plan, (str, bytes)) or not isinstance(plan, Sequence) or not all(isinstance(each, Mapping) and "topics" in each for each in plan):
        raise InputError(["current is no plan: a list of connectors with name and topics"])
    found: dict[str, int] = {}
    problems = []
    for connector in plan:
        name = str(connector.get("name"))
        number = int(name.rpartition("-")[2]) if re.fullmatch(r"\d+", name.rpartition("-")[2]) else 0
        if name.rpartition("-")[0] != sizing.prefix or not 1 <= number <= sizing.connectors:
            problems.append(f"current has the connector '{name}', which is not one of "
                            f"{connector_name(sizing, 1)} to {connector_name(sizing, sizing.connectors)}")
        found.update({str(topic): number for topic in connector["topics"]})
    if problems:
        raise InputError(problems, "Its topics would be copied again from the start: keep prefix, and at least as many connectors.")
    return found
