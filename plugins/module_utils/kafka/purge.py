# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a purge takes from each topic and by which route. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..plan import Change, Plan
from .ledger import LEDGER_PREFIX, Overrides
from .names import is_internal_topic, matching, pattern_problem, topic_name_problem

# A route is a way to empty a topic. The first needs no change of configuration.
DELETE_RECORDS, POLICY_FLIP, RETENTION = "delete_records", "policy_flip", "retention"

# DeleteRecords is refused on compact-only topics (POLICY_VIOLATION) and accepted on compact,delete. While delete is
# in the policy, retention must not take anything by itself.
_FLIPPED: Overrides = {"cleanup.policy": "compact,delete", "retention.ms": "-1", "retention.bytes": "-1"}


@dataclass
class Outcome:
    """How the purge of one topic went."""

    strategy: str
    state: str = "not attempted"
    records_removed: int = 0
    seconds: float = 0.0
    config_restored: bool | None = None  # None: the configuration was not touched
    resumed: bool | None = None  # None: no operator was paused
    reason: str = ""

    def as_result(self) -> dict[str, object]:
        result = dict(vars(self), seconds=round(self.seconds, 3))
        if not self.reason:
            del result["reason"]
        return result


@dataclass(frozen=True)
class Span:
    """The offsets of a partition: ``start`` is the first that can be read, ``end`` the next to be written."""

    start: int
    end: int


@dataclass(frozen=True)
class Target:
    """One topic to purge: ``until`` is, for each partition, the offset below which every record goes."""

    topic: str
    policy: str
    spans: Mapping[int, Span]
    until: Mapping[int, int]

    @property
    def removable(self) -> dict[int, int]:
        """For each partition that has something to lose: the offset until which it is purged."""
        return {partition: self.until[partition] for partition, span in self.spans.items() if span.start < self.until[partition]}

    @property
    def records(self) -> int:
        """Offsets between start and ``until``: the records, where nothing was compacted or aborted; else at most that many."""
        return sum(until - self.spans[partition].start for partition, until in self.removable.items())


def is_compact_only(policy: str) -> bool:
    """Whether a topic with this ``cleanup.policy`` never deletes by time, size or DeleteRecords."""
    return {part.strip() for part in policy.split(",")} == {"compact"}


def route_of(strategy: str, policy: str) -> str:
    """The route that ``strategy`` takes for a topic with this ``cleanup.policy``."""
    if strategy == RETENTION:
        return RETENTION
    return POLICY_FLIP if strategy == "auto" and is_compact_only(policy) else DELETE_RECORDS


def needs_change(strategy: str, policy: str) -> bool:
    """Whether the configuration of a topic with this ``cleanup.policy`` has to change for a while."""
    return route_of(strategy, policy) != DELETE_RECORDS


def overrides_during(route: str, policy: str) -> Overrides:
    """The configuration that a route needs while it works."""
    if route == POLICY_FLIP:
        return dict(_FLIPPED)
    if route == RETENTION:
        # With compact in the policy, the log cleaner does the deleting: not at all, or only every 15 s.
        return {"retention.ms": "1", **({"cleanup.policy": "delete"} if "compact" in policy else {})}
    return {}


def select_topics(existing: Iterable[str], topics: list[str], pattern: str | None) -> tuple[list[str], list[str]]:
    """The topics that were asked for, and every reason not to begin.

    Names may be internal, a pattern may not: what is dangerous must be named one by one.
    """
    known = set(existing)
    problems = [problem for name in topics if (problem := topic_name_problem(name))]
    problems += [f"topic '{name}' does not exist, or this user may not see it" for name in topics if not topic_name_problem(name) and name not in known]
    problems += [f"topic '{name}' records interrupted purges and cannot be purged itself" for name in topics if name.startswith(LEDGER_PREFIX)]
    selected = set(topics)
    if pattern is not None:
        too_wide = pattern_problem(pattern)
        matched = [] if too_wide else matching(pattern, known)
        internal = [name for name in matched if is_internal_topic(name) and name not in selected]
        if too_wide:
            problems.append(f"{too_wide}; name the topics one by one, or narrow the pattern")
        if internal:
            problems.append(f"the pattern '{pattern}' matches internal topics: {', '.join(internal)}; narrow it, or name them one by one in topics")
        selected.update(matched)
    return sorted(selected), problems


def strategy_problems(strategy: str, policies: Mapping[str, str], has_before: bool) -> list[str]:
    """Combinations that the brokers would refuse or that would remove more than was asked for."""
    problems = []
    if strategy == RETENTION and has_before:
        problems.append("before_timestamp cannot be kept to with strategy retention, which removes whole segments: use auto or delete_records")
    if strategy == DELETE_RECORDS:
        problems += [f"topic '{topic}' is compact-only, where brokers refuse to delete records: use strategy auto"
                     for topic, policy in sorted(policies.items()) if is_compact_only(policy)]
    return problems


def plan_purge(targets: Iterable[Target], strategy: str) -> Plan:
    """What goes from each topic, as changes."""
    return Plan(tuple(
        Change(target.topic, route_of(strategy, target.policy), {"records": _total(target)}, {"records": _total(target) - target.records})
        for target in targets if target.records))


def _total(target: Target) -> int:
    return sum(span.end - span.start for span in target.spans.values())
