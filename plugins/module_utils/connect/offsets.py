# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offsets of connectors: source offsets, and those of a sink's group. Pure.

An offset is a pair of a partition (of a source: what the plugin calls so; of a sink: topic and number) and how far it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Union

from . import versions
from .connectors import STOPPED, Connector

Entry = Union["Mapping[str, object]"]
READ, PRESENT, ABSENT = "read", "present", "absent"
STATES = (READ, PRESENT, ABSENT)


@dataclass(frozen=True)
class Wanted:
    """``offsets`` are those to set, for ``present``."""

    name: str
    state: str = READ
    offsets: tuple[Entry, ...] = ()


def input_problems(wanted: Sequence[Wanted]) -> list[str]:
    """What is wrong with the request whatever the worker holds."""
    names = [each.name for each in wanted]
    problems = [f"connector {name} is listed twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for each in wanted:
        if each.state == PRESENT and not each.offsets:
            problems.append(f"connector {each.name}: state=present needs offsets")
        if each.state != PRESENT and each.offsets:
            problems.append(f"connector {each.name}: offsets are for state=present")
        for entry in each.offsets:
            if not isinstance(entry.get("partition"), Mapping) or "offset" not in entry:
                problems.append(f"connector {each.name}: each offset must be {{partition: {{...}}, offset: {{...}} or null}}")
                break
        keys = [key_of(entry) for entry in each.offsets]
        problems += [f"connector {each.name}: the partition {key} is listed twice" for key in sorted({key for key in keys if keys.count(key) > 1})]
    return problems


def state_problems(wanted: Sequence[Wanted], current: Mapping[str, Connector], release: str, has_topic: bool) -> list[str]:
    """What this worker, or the connectors as they are, cannot do."""
    version, problems = versions.kafka_version(release), []
    if version < versions.STOP and not has_topic:
        problems.append(f"reading offsets needs Connect {versions.shown(versions.STOP)}, this worker is {release}. "
                        "Give kafka and offsets_topic: then the topic itself is read and backed up")
    if version < versions.OFFSETS and any(each.state != READ for each in wanted):
        problems.append(f"setting and resetting offsets needs Connect {versions.shown(versions.OFFSETS)}, this worker is {release}. Upgrade the worker first; "
                        "the offsets of a sink can be set on its group with kafka_consumer_group")
    for each in wanted:
        now = current.get(each.name)
        if now is None:
            problems.append(f"connector {each.name} does not exist")
        elif each.state != READ and version >= versions.OFFSETS and now.state != STOPPED:
            problems.append(f"connector {each.name} is {now.state}: its offsets can be changed only while it is stopped (connect_connector with state=stopped)")
    return problems


def to_set(current: Sequence[Entry], wanted: Sequence[Entry]) -> list[Entry]:
    """The entries of ``wanted`` that are not so now; one without an offset (null) is to be removed."""
    now = {key_of(entry): entry.get("offset") for entry in current}
    return [entry for entry in wanted if now.get(key_of(entry)) != _number_in(entry.get("offset"), "kafka_offset")]


def after_setting(current: Sequence[Entry], wanted: Sequence[Entry]) -> list[Entry]:
    """All entries, once those of ``wanted`` are set."""
    after = {key_of(entry): entry for entry in current}
    after.update({key_of(entry): {"partition": entry.get("partition"), "offset": entry.get("offset")} for entry in wanted})
    return in_order(entry for entry in after.values() if entry.get("offset") is not None)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=key_of)


def key_of(entry: Entry) -> str:
    """A partition as a text that is equal for equal partitions."""
    return json.dumps(_number_in(entry.get("partition"), "kafka_partition"), sort_keys=True)


def from_topic(records: Iterable[tuple[str, str | None]], name: str) -> list[Entry]:
    """A connector's source offsets by the records of the offsets topic: key ``["NAME", {partition}]``, the last value of a key counts."""
    found: dict[str, Entry] = {}
    for key, value in records:
        try:
            owner, partition = json.loads(key)
        except (ValueError, TypeError):
            continue
        if owner != name:
            continue
        entry = {"partition": partition, "offset": json.loads(value) if value else None}
        found[key_of(entry)] = entry
    return in_order(entry for entry in found.values() if entry["offset"] is not None)


def _number_in(pairs: object, key: str) -> object:
    """A sink's numbers may be given as text, which is what templates make of them; the worker tells numbers."""
    if isinstance(pairs, Mapping) and isinstance(pairs.get(key), str) and str(pairs[key]).isdigit():
        return {**pairs, key: int(pairs[key])}
    return pairs
