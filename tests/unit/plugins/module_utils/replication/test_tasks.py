# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every offset is read once by somebody, and hosts share partitions without asking each other."""

from __future__ import annotations

from collections import Counter

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.range_reader import Span
from ansible_collections.streamops.kafka.plugins.module_utils.replication.tasks import Pair, Part, Shard, Side, tasks_for
from hypothesis import given, settings
from hypothesis import strategies as st

SPANS = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 50), st.one_of(st.just(0), st.integers(0, 400), st.just(5_000_000)))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(SPANS, SPANS), max_size=30), st.integers(1, 8))
def test_tasks_cover_every_range_once(spans: list[tuple[Span, Span]], workers: int) -> None:
    pairs = [Pair(number, f"t{number % 3}", number, f"d{number % 3}", source, destination) for number, (source, destination) in enumerate(spans)]
    sides: tuple[Side, ...] = ("source", "destination", "tail")
    tasks = tasks_for([(side, Part(pair, pair.span(side))) for pair in pairs for side in sides], workers)
    covered: dict[tuple[int, Side], list[Span]] = {}
    for task in tasks:
        assert len({part.pair.key for part in task.parts}) == len(task.parts) <= 200
        for part in task.parts:
            covered.setdefault((part.pair.id, task.side), []).append(part.span)
    for pair in pairs:
        for side in sides:
            pieces = sorted(covered.get((pair.id, side), []), key=lambda span: span.start)
            whole = pair.span(side)
            assert sum(piece.offsets for piece in pieces) == whole.offsets
            if pieces:
                assert (pieces[0].start, pieces[-1].end) == (whole.start, whole.end)
                assert all(one.end == other.start for one, other in zip(pieces, pieces[1:]))


def test_a_large_partition_is_shared_by_all_processes() -> None:
    pair = Pair(0, "t", 0, "t", Span(0, 1_000_000), Span(0, 0))
    assert len(tasks_for([("source", Part(pair, pair.source))], 4)) == 16
    assert len(tasks_for([("source", Part(pair, pair.source))], 1)) == 1


@given(st.integers(1, 9))
def test_every_partition_is_in_one_shard_and_shards_are_even(count: int) -> None:
    keys = [(f"topic-{topic}", number) for topic in range(20) for number in range(9)]
    owners = {key: [index for index in range(count) if Shard(index, count).has(key)] for key in keys}
    assert all(len(each) == 1 for each in owners.values())
    sizes = Counter(each[0] for each in owners.values())
    assert max(sizes.values()) - min(sizes.values()) <= 20
