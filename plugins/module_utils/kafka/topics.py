# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topics as they are and as they are wanted, and the plan between the two. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..plan import Change, Plan
from .names import is_internal_topic, topic_name_problem


@dataclass(frozen=True)
class Topic:
    """A topic of the cluster. ``config`` holds only what is set on the topic itself, ``known_keys`` all that could be."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str] = field(default_factory=dict)
    known_keys: frozenset[str] = field(default=frozenset(), compare=False)

    def as_side(self) -> dict[str, object]:
        """The topic as one side of a change."""
        return _side(self.partitions, self.replication_factor, self.config)


@dataclass(frozen=True)
class WantedTopic:
    """What the user asks for. None means: as it is, or the cluster's default for a new topic."""

    name: str
    state: str = "present"
    partitions: int | None = None
    replication_factor: int | None = None
    config: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ClusterDefaults:
    """What a new topic gets when nothing is said; None where the cluster does not tell."""

    partitions: int | None = None
    replication_factor: int | None = None


def wanted_topics(options: Mapping[str, Any]) -> list[WantedTopic]:
    """The topics that a module's options ask for, from the list or from the options of one topic."""
    entries = options["topics"] if options.get("topics") is not None else [options]
    return [
        WantedTopic(
            name=entry["name"],
            state=entry.get("state") or options["state"],
            partitions=entry.get("partitions"),
            replication_factor=entry.get("replication_factor"),
            config={key: config_text(value) for key, value in (entry.get("config") or {}).items()},
        )
        for entry in entries
    ]


def config_text(value: object) -> str | None:
    """A YAML value in the spelling that the broker stores; None takes an override away."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)


def input_problems(wanted: Iterable[WantedTopic], protect_internal: bool) -> list[str]:
    """What is wrong with the request whatever the cluster holds."""
    problems, seen = [], set()
    for topic in wanted:
        name_problem = topic_name_problem(topic.name)
        if name_problem:
            problems.append(name_problem)
        if topic.name in seen:
            problems.append(f"topic '{topic.name}' is listed twice")
        seen.add(topic.name)
        if topic.partitions is not None and topic.partitions < 1:
            problems.append(f"topic '{topic.name}': partitions must be 1 or more, not {topic.partitions}")
        if topic.replication_factor is not None and topic.replication_factor < 1:
            problems.append(f"topic '{topic.name}': replication_factor must be 1 or more, not {topic.replication_factor}")
        if topic.state == "absent" and protect_internal and is_internal_topic(topic.name):
            problems.append(f"topic '{topic.name}' is internal: it is deleted only with protect_internal: false")
    return problems


def plan_topics(
    current: Mapping[str, Topic], wanted: Iterable[WantedTopic], defaults: ClusterDefaults = ClusterDefaults()
) -> tuple[Plan, list[str]]:
    """The changes from ``current`` to ``wanted``, and why those that are left out cannot be made."""
    changes: list[Change] = []
    problems: list[str] = []
    for topic in wanted:
        existing = current.get(topic.name)
        if topic.state == "absent":
            if existing is not None:
                changes.append(Change(topic.name, "deleted", before=existing.as_side()))
        elif existing is None:
            changes.append(_creation(topic, defaults))
        else:
            impossible = _impossible(existing, topic)
            problems += impossible
            if not impossible:
                changes += _alteration(existing, topic)
    return Plan(tuple(changes)), problems


def _creation(topic: WantedTopic, defaults: ClusterDefaults) -> Change:
    config = {key: value for key, value in topic.config.items() if value is not None}
    after = _side(topic.partitions or defaults.partitions, topic.replication_factor or defaults.replication_factor, config)
    return Change(topic.name, "created", after=after)


def _impossible(existing: Topic, topic: WantedTopic) -> list[str]:
    problems = []
    if topic.partitions is not None and topic.partitions < existing.partitions:
        problems.append(f"topic '{topic.name}' has {existing.partitions} partitions and Kafka cannot take any away, {topic.partitions} are wanted")
    if topic.replication_factor is not None and topic.replication_factor != existing.replication_factor:
        problems.append(
            f"topic '{topic.name}' has replication factor {existing.replication_factor}, {topic.replication_factor} is wanted: "
            "that is a reassignment of its partitions (kafka-reassign-partitions), which this module does not do")
    # Brokers check what is set; to take away what does not exist is no error for them.
    problems += [f"topic '{topic.name}': there is no configuration key '{key}'" for key, value in topic.config.items()
                 if value is None and existing.known_keys and key not in existing.known_keys]
    return problems


def _alteration(existing: Topic, topic: WantedTopic) -> list[Change]:
    config = dict(existing.config)
    for key, value in topic.config.items():
        if value is None:
            config.pop(key, None)
        else:
            config[key] = value
    partitions = max(existing.partitions, topic.partitions or 0)
    after = Topic(topic.name, partitions, existing.replication_factor, config)
    return [] if after == existing else [Change(topic.name, "altered", existing.as_side(), after.as_side())]


def _side(partitions: int | None, replication_factor: int | None, config: Mapping[str, str]) -> dict[str, object]:
    return {"partitions": partitions, "replication_factor": replication_factor, "config": dict(sorted(config.items()))}
