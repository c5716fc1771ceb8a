# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which lost and which extra records are the two ends of one: moved to another partition, or changed on the way. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """One record that only one side has: ``position`` is its offset there."""

    partition: int
    position: int
    timestamp: int
    record: int
    key: int | None


@dataclass
class Paired:
    """``moved`` are also in ``missing`` and ``extra``, ``changed`` are not."""

    moved: list[tuple[Place, Place]] = field(default_factory=list)
    changed: list[tuple[Place, Place]] = field(default_factory=list)
    missing: list[Place] = field(default_factory=list)
    extra: list[Place] = field(default_factory=list)


def paired(lost: Sequence[Place], new: Sequence[Place], starts: Mapping[int, tuple[int, int]]) -> Paired:
    """The pairs of one topic.

    A record that is lost in one partition and extra in another has moved. Of the rest of a partition, a lost and an extra record
    of the same key and timestamp (no key counts as a key here) are one that was changed, and then those of the same key.
    Where several could be meant, those are taken that stand nearest to each other, counted from the start of their partition.

    :param starts: for each partition, its first offset at the source and at the destination.
    """
    result = Paired()
    moved_from, moved_to = _moved(lost, new, result)
    left, right = set(range(len(lost))) - moved_from, set(range(len(new))) - moved_to

    def distance(one: Place, other: Place) -> int:
        source, destination = starts[one.partition]
        return abs((one.position - source) - (other.position - destination))

    rules: list[Callable[[Place], Hashable | None]] = [
        lambda place: (place.partition, place.key, place.timestamp),
        lambda place: None if place.key is None else (place.partition, place.key),
    ]
    for rule in rules:
        for one, other in _nearest(_grouped(lost, left, rule), _grouped(new, right, rule), lost, new, distance):
            left.discard(one)
            right.discard(other)
            result.changed.append((lost[one], new[other]))
    result.missing = [lost[number] for number in sorted(left | moved_from)]
    result.extra = [new[number] for number in sorted(right | moved_to)]
    return result


def _moved(lost: Sequence[Place], new: Sequence[Place], result: Paired) -> tuple[set[int], set[int]]:
    by_record: dict[int, list[int]] = defaultdict(list)
    for number, place in sorted(enumerate(new), key=lambda item: (item[1].partition, item[1].position), reverse=True):
        by_record[place.record].append(number)
    moved_from, moved_to = set(), set()
    for number, place in sorted(enumerate(lost), key=lambda item: (item[1].partition, item[1].position)):
        if by_record.get(place.record):
            other = by_record[place.record].pop()
            moved_from.add(number)
            moved_to.add(other)
            result.moved.append((place, new[other]))
    return moved_from, moved_to


def _grouped(places: Sequence[Place], numbers: Iterable[int], rule: Callable[[Place], Hashable | None]) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number in sorted(numbers):
        name = rule(places[number])
        if name is not None:
            groups[name].append(number)
    return groups


def _nearest(
    lost: Mapping[Hashable, list[int]], new: Mapping[Hashable, list[int]], left: Sequence[Place], right: Sequence[Place],
    distance: Callable[[Place, Place], int],
) -> list[tuple[int, int]]:
    pairs = []
    for name in lost.keys() & new.keys():
        ones, others = lost[name], new[name]
        if len(ones) * len(others) > 10_000:  # as many as that have no telling distances
            ones, others = sorted(ones, key=lambda n: left[n].position), sorted(others, key=lambda n: right[n].position)
            pairs += list(zip(ones, others))
            continue
        candidates = sorted((distance(left[one], right[other]), one, other) for one in ones for other in others)
        taken: set[tuple[str, int]] = set()
        for _distance, one, other in candidates:
            if ("lost", one) not in taken and ("new", other) not in taken:
                taken |= {("lost", one), ("new", other)}
                pairs.append((one, other))
    return pairs
