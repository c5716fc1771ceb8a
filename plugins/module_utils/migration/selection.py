# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which topics and groups are migrated, and why others are not. Pure: no request is made here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..kafka.names import topic_name_problem


@dataclass(frozen=True)
class Rule:
    """Names that are left out. ``always``: also when they are named one by one, because no engine copies them or a copy would do harm."""

    name: str
    pattern: str
    reason: str
    always: bool = False

    def matches(self, name: str) -> bool:
        return re.fullmatch(self.pattern, name) is not None


# The first rule that matches is the one that is told. Sources: Amazon MSK developer guide (canary, Connect offsets), defaults of MirrorMaker 2
# (topics.exclude), documentation of Replicator (topics that it never copies).
TOPIC_RULES = (
    Rule("kafka", "__consumer_offsets|__transaction_state|__share_group_state|__cluster_metadata",
         "Kafka's own: offsets are translated at the cutover, transactions end with their cluster", always=True),
    Rule("replicator", "__consumer_timestamps|_confluent-command|__replicator.*", "Replicator's own", always=True),
    Rule("msk", "__amazon_msk_.*|__msk_connect_.*|__msk_.*", "Amazon MSK's own: its canary and the state of MSK Connect"),
    Rule("confluent", "_confluent.*|__confluent.*", "Confluent's own: metrics, licence, ksqlDB and Control Center keep their state here"),
    Rule("registry", "_schemas.*|__schemas.*", "the Schema Registry's own: schemas are migrated through its API, so that ids stay"),
    Rule("mirrormaker", r"mm2-.*|.*\.checkpoints\.internal|(.*\.)?heartbeats|.*[.-]offset-syncs(\..*)?\.internal|__mm2.*", "MirrorMaker's own"),
    Rule("cruise_control", "__KafkaCruiseControl.*|__CruiseControl.*|__strimzi.*|strimzi\\..*", "Cruise Control's or Strimzi's own"),
    Rule("debezium", "__debezium-heartbeat.*", "heartbeats of Debezium, which each connector writes anew"),
    Rule("connect", r"(.*[-_.])?connect(-[A-Za-z0-9._-]+)?[-_.](configs|offsets|status(es)?)|__connect_(offsets|status|configs?).*",
         "state of a Connect cluster: connectors are made anew at the destination"),
    Rule("streams", r".*-(changelog|repartition)|.*-subscription-(registration|response)-topic",
         "state of a Kafka Streams application: decide for each whether it is copied (name it) or built anew"),
    Rule("internal", "__.*", "begins with two underscores, as internal topics do: name it if it is yours"),
)
GROUP_RULES = (
    Rule("msk", r"amazon\.msk\.canary\.group\..*|__amazon_msk.*", "Amazon MSK's canary"),
    Rule("kafka", r"streamops\.kafka", "this collection's reader"),
    Rule("mirrormaker", r"mm2-.*|.*-mm2", "MirrorMaker's own"),
    Rule("confluent", r"_confluent.*|__confluent.*", "Confluent's own"),
)


@dataclass(frozen=True)
class LeftOut:
    """One name that is not migrated."""

    name: str
    rule: str
    reason: str


@dataclass(frozen=True)
class Selection:
    """What is migrated, what is left out, and what was named but does not exist; each sorted."""

    chosen: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[str, ...] = ()


def select_topics(existing: Iterable[str], topics: Sequence[str], pattern: str, exclude: Sequence[str]) -> Selection:
    """Excluding expressions win over names, names over the rules, the rules over the pattern. Without names and pattern all are meant."""
    names = sorted(set(existing))
    named = set(topics)
    wanted = re.compile(pattern or ("(?!)" if named else ".*"))
    chosen, left_out = [], []
    for name in names:
        reason = _left_out(name, name in named, wanted.fullmatch(name) is not None, exclude)
        if reason is None:
            chosen.append(name)
        else:
            left_out.append(reason)
    return Selection(tuple(chosen), tuple(left_out), tuple(sorted(named - set(names))))


def select_groups(existing: Iterable[str]) -> Selection:
    """Every group but those of the platform."""
    names = sorted(set(existing))
    found = {name: rule for name in names if (rule := _rule(GROUP_RULES, name)) is not None}
    return Selection(tuple(name for name in names if name not in found),
                     tuple(LeftOut(name, rule.name, rule.reason) for name, rule in found.items()))


def selection_problems(topics: Iterable[str], pattern: str, exclude: Iterable[str]) -> list[str]:
    """What is wrong with the names and expressions, whatever the cluster holds."""
    problems = [problem for name in topics if (problem := topic_name_problem(name))]
    for option, text in [("pattern", pattern), *(("exclude", each) for each in exclude)]:
        try:
            re.compile(text)
        except re.error as error:
            problems.append(f"{option}: '{text}' is no regular expression: {error}")
    return problems


def _left_out(name: str, is_named: bool, is_matched: bool, exclude: Sequence[str]) -> LeftOut | None:
    rule = _rule(TOPIC_RULES, name)
    if rule is not None and rule.always:
        return LeftOut(name, rule.name, rule.reason)
    matched = next((each for each in exclude if re.fullmatch(each, name)), None)
    if matched is not None:
        return LeftOut(name, "exclude", f"excluded by '{matched}'")
    if is_named:
        return None
    if rule is not None:
        return LeftOut(name, rule.name, rule.reason)
    return None if is_matched else LeftOut(name, "not_selected", "neither named nor matched by the pattern")


def _rule(rules: Iterable[Rule], name: str) -> Rule | None:
    return next((rule for rule in rules if rule.matches(name)), None)
