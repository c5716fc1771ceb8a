# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was found in each partition to the three states of each topic. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .differences import KINDS, Differences
from .marks import TopicPair
from .tasks import Pair

VERIFIED, FAILED, NOT_CHECKED = "verified", "failed", "not_checked"

CANNOT_KNOW = {
    "offsets": "Spans of offsets are compared, no record is read. Markers of transactions, aborted records and what compaction removed count like records, "
               "a lost and a doubled record cancel out, and content is not seen.",
    "count": "Records are counted, their content is not compared: a changed record is not seen, and in one partition a lost and a doubled record cancel out.",
    "digest": "The order of records within a partition is not compared, nor what is written after the mark.",
}


@dataclass(frozen=True)
class Ages:
    """Numbers of records: ``old`` are those before the first that the source has kept, where it has removed some."""

    new: int = 0
    old: int = 0

    @property
    def all(self) -> int:
        return self.new + self.old


@dataclass
class PartitionVerdict:
    """One partition: ``reason`` says why it is not verified. Counts of a kind that the level cannot tell are 0."""

    pair: Pair
    source_count: int = 0
    destination_count: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    found: Differences | None = None
    not_checked: str = ""

    @property
    def state(self) -> str:
        if any(self.counts[kind] for kind in ("missing", "extra", "duplicated", "changed")):
            return FAILED
        return NOT_CHECKED if self.not_checked else VERIFIED

    def as_result(self) -> dict[str, object]:
        found = self.found or Differences()
        result: dict[str, object] = {
            "partition": self.pair.number, "state": self.state, "source_count": self.source_count, "destination_count": self.destination_count,
            "counts": dict(self.counts),
            "missing": found.missing, "extra": found.extra, "duplicated": found.duplicated,
            "changed": [{"source_offset": one, "destination_offset": other} for one, other in found.changed],
            "moved": [{"source_offset": one, "destination_partition": partition, "destination_offset": other} for one, partition, other in found.moved],
            "source_offsets": [self.pair.source.start, self.pair.source.end],
            "destination_offsets": [self.pair.destination.start, self.pair.destination.end],
        }
        return {**result, "reason": self.not_checked} if self.not_checked else result


def by_offsets(pair: Pair) -> PartitionVerdict:
    """What the spans of offsets say."""
    here, there, later = pair.source.offsets, pair.destination.offsets, pair.tail.offsets
    verdict = PartitionVerdict(pair, here, there)
    if pair.compacted:
        verdict.not_checked = "offsets say nothing about a compacted topic: use level digest"
    elif there > here + later and pair.source.start > 0:
        verdict.not_checked = f"the source has removed {pair.source.start} offsets that the destination may still have: use level count or digest"
    else:
        verdict.counts["missing"], verdict.counts["extra"] = max(0, here - there), max(0, there - here - later)
    return verdict


def by_count(pair: Pair, source: Ages, destination: Ages, tail: Ages) -> PartitionVerdict:
    """What the numbers of committed records say. Records older than all that the source has kept are only missed where it has them."""
    verdict = PartitionVerdict(pair, source.all, destination.all)
    verdict.counts["missing"] = max(0, source.new - destination.new) + max(0, source.old - destination.old)
    verdict.counts["extra"] = max(0, destination.new - source.new - tail.all)
    verdict.counts["expired"] = max(0, destination.old - source.old)
    return verdict


def by_digest(pair: Pair, source_count: int, destination_count: int, found: Differences | None) -> PartitionVerdict:
    """What comparing records says; ``found`` of None: the sums agree. Of a compacted topic the keys are counted."""
    verdict = PartitionVerdict(pair, source_count, destination_count)
    if found is not None:
        verdict.counts, verdict.found = dict(found.counts), found
        if found.source_keys is not None:
            verdict.source_count, verdict.destination_count = found.source_keys, found.destination_keys or 0
        if pair.compacted and found.source_keys is None:
            verdict.source_count = verdict.destination_count = 0
    return verdict


def limited(verdict: PartitionVerdict) -> PartitionVerdict:
    """Where nothing is left to compare with, finding no difference proves nothing."""
    if verdict.counts["expired"] and not verdict.source_count and not verdict.not_checked:
        verdict.not_checked = "the source has no record left here, only the destination has"
    return verdict


def topic_result(topic: TopicPair, verdicts: Iterable[PartitionVerdict], problems: Mapping[int, str]) -> dict[str, object]:
    """One topic of the module's result. ``problems``: partitions whose offsets are not known, with the reason."""
    partitions = sorted(verdicts, key=lambda verdict: verdict.pair.number)
    totals = {kind: sum(verdict.counts[kind] for verdict in partitions) for kind in KINDS}
    rows: list[dict[str, object]] = [verdict.as_result() for verdict in partitions]
    rows += [_unknown(number, reason) for number, reason in problems.items()]
    states = {str(row["state"]) for row in rows}
    reasons = [text for text in (topic.problem, topic.failure) if text]
    reasons += sorted({str(row["reason"]) for row in rows if row.get("reason")})
    if topic.failure or FAILED in states:
        state = FAILED
    elif topic.problem or NOT_CHECKED in states:
        state = NOT_CHECKED
    else:
        state = VERIFIED
    here, there = (sum(count) for count in (((v.source_count for v in partitions)), (v.destination_count for v in partitions)))
    newer = there - here + totals["missing"] - totals["duplicated"] - totals["extra"] - totals["expired"]
    return {
        "state": state, "destination": topic.destination, "source_count": here, "destination_count": there, **totals, "newer": max(0, newer),
        "compacted": topic.compacted, "reason": "; ".join(reasons), "notes": list(topic.notes), "other_shards": topic.others,
        "partitions": sorted(rows, key=lambda row: int(str(row["partition"]))),
    }


def _unknown(number: int, reason: str) -> dict[str, object]:
    return {"partition": number, "state": NOT_CHECKED, "source_count": 0, "destination_count": 0, "counts": dict.fromkeys(KINDS, 0), "missing": [],
            "extra": [], "duplicated": [], "changed": [], "moved": [], "source_offsets": [], "destination_offsets": [], "reason": reason}  # fmt: skip


def not_checked_topics(names: Iterable[str], reason: str) -> dict[str, object]:
    """The result when nothing could be asked at all."""
    return {name: topic_result(TopicPair(name, name, problem=reason), (), {}) for name in names}


def summary(topics: Mapping[str, Mapping[str, object]]) -> dict[str, int]:
    """Sums over all topics, and how many of them are in each state."""
    kinds = ["source_count", "destination_count", *KINDS, "newer"]
    total = {kind: sum(int(str(topic[kind])) for topic in topics.values()) for kind in kinds}
    return {**{state: sum(topic["state"] == state for topic in topics.values()) for state in (VERIFIED, FAILED, NOT_CHECKED)}, **total}


def complaint(topics: Mapping[str, Mapping[str, object]], most: int = 10) -> str:
    """What is wrong, for people; empty when every topic is verified."""
    wrong = [f"{name}: {_sentence(topic)}" for name, topic in topics.items() if topic["state"] != VERIFIED]
    shown = "; ".join(wrong[:most])
    return shown if len(wrong) <= most else f"{shown}; and {len(wrong) - most} more topics"


def _sentence(topic: Mapping[str, object]) -> str:
    numbers = [f"{topic[kind]} {kind}" for kind in ("missing", "extra", "duplicated", "changed", "moved") if topic[kind]]
    parts = [", ".join(numbers)] if numbers else []
    if topic["state"] == NOT_CHECKED:
        parts.insert(0, "not checked")
    if topic["reason"]:
        parts.append(f"({topic['reason']})")
    return " ".join(parts)
