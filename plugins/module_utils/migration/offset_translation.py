# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a consumer group goes on at the destination. Pure: no request is made here.

Copies come in the order of the source, also where a restart repeats a stretch. So behind the first copy of the next record to be consumed there
is a copy of every record after it: a group that goes on at or before that copy skips nothing. It may read records again, which are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..kafka.groups import Group, GroupOutcome, Row, member_problems
from ..kafka.offsets import Log, TopicPartitionKey, partition_name

# How an offset was found.
RECORD, TIME, END, AFTER_LAST, START = "record", "time", "end", "after_last", "start"
FAIL, KEEP, MOVE = "fail", "keep", "move"
WHEN_AHEAD = (FAIL, KEEP, MOVE)


@dataclass(frozen=True)
class Place:
    """One partition of a group at the source. ``log`` ends where committed records end."""

    key: TopicPartitionKey
    committed: int
    log: Log
    destination: TopicPartitionKey

    @property
    def is_at_end(self) -> bool:
        return self.committed >= self.log.end


@dataclass(frozen=True)
class Sought:
    """What tells the place at the destination: the next record to be consumed or, with ``is_last``, the last one that was."""

    timestamp: int
    content: int
    is_last: bool = False


@dataclass(frozen=True)
class Translation:
    """The offset at the destination, how it was found, and what is read again (None when it is not known)."""

    place: Place
    offset: int
    rule: str
    re_reads: int | None = None
    is_estimate: bool = False

    def as_result(self, before: int | None) -> dict[str, object]:
        return {
            "topic": self.place.key[0], "partition": self.place.key[1], "source_offset": self.place.committed, "source_end": self.place.log.end,
            "destination_topic": self.place.destination[0], "before": before, "destination_offset": self.offset, "rule": self.rule,
            "re_reads": self.re_reads, "is_estimate": self.is_estimate,
        }  # fmt: skip


def translated(place: Place, destination: Log, sought: Sought | None, at_time: int | None, matched: int | None, copied: bool) -> Translation:
    """The translation of one partition.

    :param destination: its log there, whose end was asked for before the group's offset: what is written behind that end is behind the group, too.
    :param sought: None when no record is left to consume and, with ``is_last``, none was consumed.
    :param at_time: the first offset of the destination whose record is not older than the one that is sought.
    :param matched: the first offset from there on that holds a copy of the sought record.
    :param copied: whether everything is copied.
    """
    if sought is None:
        # Nothing to consume: with everything copied that is the end. Otherwise what was consumed may still be on its way.
        return Translation(place, destination.end, END) if copied else Translation(place, destination.start, START)
    if matched is not None:
        if sought.is_last:
            return Translation(place, destination.clamped(matched + 1), AFTER_LAST)
        return Translation(place, destination.clamped(matched), RECORD)
    return Translation(place, destination.clamped(destination.start if at_time is None else at_time), TIME)


def with_re_reads(found: Translation, left: int | None, to_come: int | None, copied: bool, is_estimate: bool) -> Translation:
    """With the number of records that are read again.

    :param left: records at the destination from the offset on, ``to_come`` those that the group had not consumed at the source.
    """
    if not copied or left is None or to_come is None:
        return found
    return replace(found, re_reads=max(0, left - to_come), is_estimate=is_estimate)


def outcomes_of(
    groups: Mapping[str, Group], translations: Mapping[str, Iterable[Translation]], now: Mapping[str, Mapping[TopicPartitionKey, int]],
    logs: Mapping[TopicPartitionKey, Log], when_ahead: str,
) -> tuple[list[GroupOutcome], list[str]]:
    """What becomes of each group at the destination, and why some cannot be moved there.

    :param groups: as they are at the destination. ``now``: what they have committed there.
    """
    outcomes: list[GroupOutcome] = []
    problems = member_problems(groups.values())
    for name, found in translations.items():
        rows = []
        for each in found:
            key, before = each.place.destination, now.get(name, {}).get(each.place.destination)
            after = each.offset
            if before is not None and before > after and when_ahead != MOVE:
                if when_ahead == FAIL:
                    problems.append(f"group '{name}' has committed {before} of {partition_name(key)} at the destination, which is ahead of {after}: "
                                    "it would skip records that it has not consumed at the source")  # fmt: skip
                after = before
            rows.append(Row(key, before, after, logs.get(key)))
        outcomes.append(GroupOutcome(groups[name], "reset" if any(row.changes for row in rows) else "unchanged", tuple(rows)))
    return outcomes, problems


def source_problems(groups: Mapping[str, Group], committed: Mapping[str, Mapping[TopicPartitionKey, int]]) -> list[str]:
    """Groups of which nothing can be translated, each with the reason."""
    problems = [f"group '{name}' does not exist at the source" for name, group in groups.items() if not group.exists]
    return problems + [f"group '{name}' has committed nothing of these topics at the source"
                       for name, group in groups.items() if group.exists and not committed.get(name)]  # fmt: skip
