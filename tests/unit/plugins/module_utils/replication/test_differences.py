# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What DuckDB finds in two listings is what comparing them record by record finds."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.range_reader import Span
from ansible_collections.streamops.kafka.plugins.module_utils.replication.differences import Differences, find_differences
from ansible_collections.streamops.kafka.plugins.module_utils.replication.tasks import Pair
from hypothesis import given, settings
from hypothesis import strategies as st


class Row(NamedTuple):
    pair: int
    key: int | None
    value: int
    ts: int = 5
    dead: bool = False

    @property
    def record(self) -> int:
        return 2**100 + hash((self.key, self.value, self.ts, self.dead)) % 2**60


def differences(
    source: Sequence[Row], destination: Sequence[Row], tail: Sequence[Row] = (), compacted: bool = False, first: int | None = None, limit: int = 0
) -> dict[int, Differences]:
    """Offsets are positions in the lists, so those of a partition have gaps, as after compaction."""
    pairs = [Pair(number, "orders", number, "orders", Span(0, 100), Span(0, 100), first_timestamp=first, compacted=compacted) for number in range(3)]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "listing-0.csv"
        with path.open("w", encoding="ascii") as stream:
            for side, rows in (("s", source), ("d", destination), ("t", tail)):
                for position, row in enumerate(rows):
                    key = "" if row.key is None else row.key
                    stream.write(f"{row.pair},{side},{position},{row.ts},{int(row.dead)},{row.record},{key}\n")
        return find_differences([path], pairs, Path(name), limit, with_duplicates=True)


def nonzero(found: Differences) -> dict[str, int]:
    return {kind: number for kind, number in found.counts.items() if number}


def test_each_kind_of_fault_is_found_where_it_is_and_nothing_else() -> None:
    source = [Row(number % 3, number % 5, number) for number in range(30)]
    destination = list(source)
    destination[7] = Row(1, 2, 1000)                     # changed: offset 7 on both sides
    destination[10] = Row(2, *source[10][1:])            # moved from partition 1 to 2
    destination += [source[9], Row(0, 77, 77)]           # doubled, and one that the source does not have
    del destination[3]                                   # lost; everything behind it is one offset lower
    found = differences(source, destination)
    assert nonzero(found[0]) == {"missing": 1, "extra": 1, "duplicated": 1}
    assert nonzero(found[1]) == {"missing": 1, "changed": 1, "moved": 1}
    assert nonzero(found[2]) == {"extra": 1}
    assert (found[0].missing, found[0].duplicated, found[0].extra) == ([3], [29], [30])
    assert (found[1].changed, found[1].missing, found[1].moved) == ([(7, 6)], [10], [(10, 2, 9)])
    assert found[2].extra == [9]


def test_records_of_one_key_and_time_are_told_apart_by_their_place() -> None:
    source = [Row(0, 1, number) for number in range(40)]
    destination = [Row(0, 1, 999) if number == 30 else row for number, row in enumerate(source) if number != 8]
    found = differences(source, destination)[0]
    assert (found.missing, found.changed, found.extra) == ([8], [(30, 29)], [])


def test_copies_of_what_was_written_after_the_mark_are_not_extra() -> None:
    source, later = [Row(0, 1, 1), Row(0, 1, 2)], [Row(0, 1, 3), Row(0, 1, 1)]
    assert nonzero(differences(source, [*source, *later], later)[0]) == {}
    assert nonzero(differences(source, [*source, later[0], later[0]], later)[0]) == {"duplicated": 1}
    assert nonzero(differences(source, source[:1], later)[0]) == {"missing": 1}


def test_what_is_older_than_all_that_the_source_kept_is_expired() -> None:
    source, old = [Row(0, 1, 1, ts=50)], [Row(0, 1, 9, ts=49), Row(0, None, 8, ts=3)]
    assert nonzero(differences(source, [*old, *source], first=50)[0]) == {"expired": 2}
    assert nonzero(differences(source, [*old, *source, Row(0, None, 2, ts=51)], first=50)[0]) == {"expired": 2, "extra": 1}
    assert nonzero(differences(source, [*old, *source])[0]) == {"extra": 2}


def test_of_a_compacted_topic_only_the_last_value_of_a_key_counts() -> None:
    source = [Row(0, 1, 1), Row(0, 1, 2), Row(0, 2, 1), Row(0, 3, 1), Row(0, 3, 0, dead=True)]
    same = [Row(0, 2, 1), Row(0, 1, 1), Row(0, 1, 1), Row(0, 1, 2)]  # older values doubled, the tombstone gone
    found = differences(source, same, compacted=True)[0]
    assert (nonzero(found), found.source_keys, found.destination_keys) == ({}, 2, 2)
    turned = differences(source, [Row(0, 1, 2), Row(0, 1, 1), Row(0, 2, 1)], compacted=True)[0]
    assert (nonzero(turned), turned.changed) == ({"changed": 1}, [(1, 1)])
    revived = differences(source, [*same[:1], Row(0, 3, 1)], compacted=True)[0]
    assert (nonzero(revived), revived.missing, revived.extra) == ({"missing": 1, "extra": 1}, [1], [1])


def test_a_compacted_topic_that_is_still_written() -> None:
    source, later = [Row(0, 1, 1), Row(0, 2, 1)], [Row(0, 1, 2), Row(0, 2, 0, dead=True), Row(0, 3, 1)]
    for arrived in range(4):
        assert nonzero(differences(source, [*source, *later[:arrived]], later, compacted=True)[0]) == {}
    assert nonzero(differences(source, [*source, Row(0, 1, 7)], later, compacted=True)[0]) == {"changed": 1}


def test_a_limit_shortens_lists_and_no_number() -> None:
    found = differences([Row(0, None, number) for number in range(50)], [], limit=5)[0]
    assert (nonzero(found), found.missing) == ({"missing": 50}, [0, 1, 2, 3, 4])


ROWS = st.builds(Row, st.integers(0, 2), st.one_of(st.none(), st.integers(0, 2)), st.integers(0, 3), st.integers(1, 2))


@settings(max_examples=25, deadline=None)
@given(st.lists(ROWS, max_size=25), st.lists(ROWS, max_size=25), st.lists(ROWS, max_size=5))
def test_numbers_are_those_of_a_comparison_record_by_record(source: list[Row], destination: list[Row], tail: list[Row]) -> None:
    found = differences(source, destination, tail)
    a, d, t = Counter(source), Counter(destination), Counter(tail)
    for pair in range(3):
        lost = sum(max(0, a[row] - d[row]) for row in a if row.pair == pair)
        surplus = {row: max(0, d[row] - a[row] - t[row]) for row in d if row.pair == pair}
        counts = found[pair].counts
        assert counts["duplicated"] == sum(number for row, number in surplus.items() if a[row] + t[row])
        assert counts["missing"] + counts["changed"] == lost
        assert counts["extra"] + counts["changed"] == sum(number for row, number in surplus.items() if not a[row] + t[row])
        lists = found[pair]
        listed = {"missing": lists.missing, "extra": lists.extra, "duplicated": lists.duplicated, "changed": lists.changed, "moved": lists.moved}
        assert {kind: len(entries) for kind, entries in listed.items()} == {kind: counts[kind] for kind in listed}
        assert all(source[position].pair == pair for position in lists.missing)
        assert all(destination[position].pair == pair for position in [*lists.extra, *lists.duplicated])
