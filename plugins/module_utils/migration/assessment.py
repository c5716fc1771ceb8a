# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration has to do, from what both clusters told. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..kafka.acls import Acl
from ..kafka.offsets import Log, TopicPartitionKey
from .destinations import Destination
from .limits import Finding, Sized, limit_findings
from .naming import naming_remarks
from .selection import Selection, select_groups, select_topics
from .topic_settings import map_settings

# These hold at the destination only when they are set there, as its own defaults may be others.
ALWAYS_CARRIED = frozenset({"cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes"})
CARRIED_FROM_BROKERS = frozenset({"message.timestamp.type", "min.compaction.lag.ms", "max.compaction.lag.ms", "delete.retention.ms", "min.insync.replicas"})


@dataclass(frozen=True)
class SourceTopic:
    """One topic of the source. None: not known. ``rate`` is in records per second, ``bytes`` the size of one copy."""

    name: str
    partitions: int
    replication_factor: int
    records: int | None = None
    bytes: int | None = None
    rate: float | None = None
    settings: Mapping[str, str] | None = None
    transactional: bool | None = None

    @property
    def policy(self) -> str:
        return (self.settings or {}).get("cleanup.policy", "delete")

    @property
    def byte_rate(self) -> float | None:
        """Bytes per second, by the mean size of its records."""
        if self.rate is None or not self.rate:
            return self.rate
        return round(self.rate * self.bytes / self.records, 1) if self.bytes and self.records else None


@dataclass
class Reading:
    """What was read of a cluster. ``not_checked``: what could not be, and why."""

    cluster: str | None
    brokers: int
    topics: Mapping[str, SourceTopic] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    acls: Sequence[Acl] | None = None
    quotas: Sequence[Mapping[str, object]] | None = None
    not_checked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """What the user wants to migrate, and where to."""

    topics: Sequence[str] = ()
    pattern: str = ""
    exclude: Sequence[str] = ()
    transactional: Sequence[str] = ()
    destination: Destination = Destination("kafka")
    capacity_units: int = 1
    partition_limit: int | None = None
    convention: str = ""


def assess(source: Reading, destination: Reading, wanted: Wanted) -> dict[str, object]:
    """The assessment, as it is written and rendered."""
    selection = select_topics(source.topics, wanted.topics, wanted.pattern, wanted.exclude)
    chosen = [source.topics[name] for name in selection.chosen]
    groups = select_groups(source.groups)
    findings = _findings(chosen, selection, destination, wanted, len(source.quotas or ()))
    return {
        "source_cluster": source.cluster, "destination_cluster": destination.cluster, "destination_type": wanted.destination.kind,
        "topics": [topic_result(topic) for topic in chosen],
        "excluded": [{"name": each.name, "rule": each.rule, "reason": each.reason, "partitions": source.topics[each.name].partitions,
                      "records": source.topics[each.name].records} for each in selection.left_out],
        "groups": [{"name": name, **source.groups[name]} for name in groups.chosen],
        "excluded_groups": [{"name": each.name, "rule": each.rule, "reason": each.reason} for each in groups.left_out],
        "acls": None if source.acls is None else [acl.as_result() for acl in source.acls],
        "quotas": None if source.quotas is None else [dict(quota) for quota in source.quotas],
        "limits": [finding.as_result() for finding in findings],
        "naming": [{"name": each.name, "problem": each.problem, "serious": each.is_serious} for each in naming_remarks(selection.chosen, wanted.convention)],
        "settings": _settings(chosen, wanted.destination),
        "not_checked": [*(f"source: {text}" for text in source.not_checked), *(f"destination: {text}" for text in destination.not_checked)],
        "totals": totals(chosen, selection, source),
    }


def topic_result(topic: SourceTopic) -> dict[str, object]:
    """One topic, with the keys that the filter replicator_plan takes."""
    return {
        "name": topic.name, "partitions": topic.partitions, "replication_factor": topic.replication_factor, "records": topic.records, "bytes": topic.bytes,
        "rate": topic.byte_rate, "records_per_second": topic.rate, "cleanup_policy": topic.policy, "transactional": topic.transactional,
        "config": None if topic.settings is None else dict(sorted(topic.settings.items())),
    }


def totals(chosen: Sequence[SourceTopic], selection: Selection, source: Reading) -> dict[str, object]:
    """The sums, so that every record of the source is accounted for: it is migrated or in a topic that is left out."""
    left = [source.topics[each.name] for each in selection.left_out]
    return {
        "topics": len(chosen), "partitions": sum(topic.partitions for topic in chosen), "records": _sum([topic.records for topic in chosen]),
        "bytes": _sum([topic.bytes for topic in chosen]), "compacted": sum("compact" in topic.policy for topic in chosen),
        "transactional": sum(bool(topic.transactional) for topic in chosen), "rate": _sum([topic.byte_rate for topic in chosen]),
        "excluded_topics": len(left), "excluded_partitions": sum(topic.partitions for topic in left),
        "excluded_records": _sum([topic.records for topic in left]),
        "source_records": _sum([topic.records for topic in source.topics.values()]),
    }


def seen_rates(before: Mapping[TopicPartitionKey, int], after: Mapping[TopicPartitionKey, int], seconds: float) -> dict[str, float]:
    """Records per second by topic, from the ends of its partitions at two times. A topic that has lost a reading has no rate."""
    grown: dict[str, float] = {}
    lost = {topic for topic, number in before if (topic, number) not in after}
    for key, end in before.items():
        if key[0] not in lost:
            grown[key[0]] = grown.get(key[0], 0) + max(0, after[key] - end)
    return {topic: round(records / seconds, 2) for topic, records in grown.items()}


def seen_transactions(
    logs: Mapping[TopicPartitionKey, Log], stable: Mapping[TopicPartitionKey, int], last_read: Collection[TopicPartitionKey],
    unread: Collection[TopicPartitionKey],
) -> dict[str, bool | None]:
    """Whether transactions are written to a topic, as far as its last offsets show it.

    A partition whose last offset holds no record ends with the marker of a transaction, and one whose stable end is before its end has an open one.
    Nothing is known of empty partitions; a topic of which nothing else is known is None.
    """
    seen: dict[str, bool | None] = {}
    for key, log in logs.items():
        topic = key[0]
        seen.setdefault(topic, None)
        if log.end <= log.start or seen[topic]:
            continue
        if stable.get(key, log.end) < log.end:
            seen[topic] = True
        elif key not in unread:
            seen[topic] = key not in last_read
    return seen


def _findings(chosen: Sequence[SourceTopic], selection: Selection, destination: Reading, wanted: Wanted, quotas: int) -> list[Finding]:
    there = {name: topic.partitions for name, topic in destination.topics.items()}
    sized = [Sized(topic.name, topic.partitions, topic.settings or {}, bool(topic.transactional)) for topic in chosen]
    findings = limit_findings(sized, wanted.destination, there, wanted.capacity_units, wanted.partition_limit, quotas)
    if selection.missing:
        findings.append(Finding("missing", f"{len(selection.missing)} topics that are named do not exist at the source, or its user may not see them", True,
                                selection.missing))
    other = tuple(topic.name for topic in chosen if topic.name in there and there[topic.name] != topic.partitions)
    if other:
        findings.append(Finding("partitions_differ", f"{len(other)} topics exist at the destination with another number of partitions", True, other))
    filled = tuple(topic.name for topic in chosen if topic.name in there and topic.name not in other and destination.topics[topic.name].records)
    if filled:
        findings.append(Finding("has_records", f"{len(filled)} topics have records at the destination already; without an earlier run of this migration, "
                                               "they would be mixed with the copies", False, filled))
    unknown = tuple(topic.name for topic in chosen if topic.transactional is None)
    if unknown:
        text = f"whether transactions are written to {len(unknown)} topics is not known, as they are empty or were not read; name those that are"
        findings.append(Finding("transactions_unknown", text, False, unknown))
    return findings


def _settings(chosen: Sequence[SourceTopic], destination: Destination) -> list[dict[str, object]]:
    """What becomes of settings that cannot be given as they are, by topic."""
    rows: list[dict[str, object]] = []
    for topic in chosen:
        mapped = map_settings(topic.settings or {}, destination, None)
        if mapped.dropped or mapped.adjusted:
            rows.append({"name": topic.name, "dropped": dict(mapped.dropped),
                         "adjusted": {key: {"from": old, "to": new, "why": why} for key, (old, new, why) in mapped.adjusted.items()}})
    return rows


def _sum(values: Sequence[int | float | None]) -> int | float | None:
    """None when any is not known: a sum with a hole is no sum."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
