# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three states, and what was not looked at is never the first."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.range_reader import Span
from ansible_collections.streamops.kafka.plugins.module_utils.replication.differences import KINDS, Differences
from ansible_collections.streamops.kafka.plugins.module_utils.replication.marks import TopicPair
from ansible_collections.streamops.kafka.plugins.module_utils.replication.tasks import Pair
from ansible_collections.streamops.kafka.plugins.module_utils.replication.verdict import (
    Ages,
    PartitionVerdict,
    by_count,
    by_digest,
    by_offsets,
    complaint,
    limited,
    summary,
    topic_result,
)

TOPIC = TopicPair("orders", "orders", 1, 1)


def pair(source: tuple[int, int] = (0, 10), destination: tuple[int, int] = (0, 10), tail: int = 0, **more: Any) -> Pair:
    return Pair(0, "orders", 0, "orders", Span(*source), Span(*destination), Span(source[1], source[1] + tail), **more)


@pytest.mark.parametrize(("compared", "state", "numbers"), [
    (pair(), "verified", {}),
    (pair(destination=(40, 50)), "verified", {}),
    (pair(destination=(0, 8)), "failed", {"missing": 2}),
    (pair(destination=(0, 12)), "failed", {"extra": 2}),
    (pair(destination=(0, 12), tail=2), "verified", {}),
    (pair(source=(5, 10)), "not_checked", {}),
    (pair(source=(5, 10), destination=(0, 3)), "failed", {"missing": 2}),
    (pair(compacted=True), "not_checked", {}),
])  # fmt: skip
def test_spans_of_offsets(compared: Pair, state: str, numbers: dict[str, int]) -> None:
    verdict = by_offsets(compared)
    assert (verdict.state, {kind: number for kind, number in verdict.counts.items() if number}) == (state, numbers)


@pytest.mark.parametrize(("source", "destination", "tail", "numbers"), [
    (Ages(10), Ages(10), Ages(), {}),
    (Ages(10), Ages(7), Ages(), {"missing": 3}),
    (Ages(10), Ages(12), Ages(2), {}),
    (Ages(10), Ages(13), Ages(2), {"extra": 1}),
    (Ages(10, 2), Ages(10, 50), Ages(), {"expired": 48}),
    (Ages(10, 2), Ages(11, 1), Ages(), {"missing": 1, "extra": 1}),
])  # fmt: skip
def test_numbers_of_records(source: Ages, destination: Ages, tail: Ages, numbers: dict[str, int]) -> None:
    verdict = by_count(pair(), source, destination, tail)
    assert {kind: number for kind, number in verdict.counts.items() if number} == numbers
    assert (verdict.source_count, verdict.destination_count) == (source.all, destination.all)


def test_a_topic_is_verified_when_every_partition_is() -> None:
    fine = by_digest(pair(), 10, 10, None)
    unread = PartitionVerdict(pair(), not_checked="nothing came for 30 s")
    faulty = by_digest(pair(), 10, 10, Differences({**dict.fromkeys(KINDS, 0), "missing": 1, "duplicated": 1}, missing=[4]))
    assert topic_result(TOPIC, [fine], {})["state"] == "verified"
    assert topic_result(TOPIC, [], {})["state"] == "verified"
    assert topic_result(TOPIC, [fine, unread], {})["state"] == "not_checked"
    assert topic_result(TOPIC, [fine], {1: "no leader"})["state"] == "not_checked"
    assert topic_result(TOPIC, [fine, unread, faulty], {})["state"] == "failed"
    assert topic_result(TopicPair("orders", "orders", failure="2 partitions, not 1"), [fine], {})["state"] == "failed"
    assert topic_result(TopicPair("orders", "orders", problem="may not see it"), [], {})["state"] == "not_checked"


def test_the_sum_is_closed() -> None:
    found = Differences({"missing": 3, "extra": 2, "duplicated": 5, "changed": 4, "moved": 1, "expired": 6})
    result = topic_result(TOPIC, [by_digest(pair(), 100, 117, found)], {})
    copied = 100 - 3 - 4
    assert result["newer"] == 117 - (copied + 4 + 5 + 2 + 6)


def test_where_the_source_has_nothing_left_nothing_is_proved() -> None:
    found = Differences({**dict.fromkeys(KINDS, 0), "expired": 7})
    assert limited(by_digest(pair(), 0, 7, found)).state == "not_checked"
    assert limited(by_digest(pair(), 1, 8, found)).state == "verified"


def test_the_complaint_names_what_is_wrong() -> None:
    faulty = topic_result(TOPIC, [by_digest(pair(), 10, 9, Differences({**dict.fromkeys(KINDS, 0), "missing": 1}))], {})
    unseen = topic_result(TopicPair("hidden", "hidden", problem="may not see it"), [], {})
    assert complaint({"orders": faulty, "hidden": unseen}) == "orders: 1 missing; hidden: not checked (may not see it)"
    assert complaint({"orders": topic_result(TOPIC, [], {})}) == ""
    expected = {**summary({}), "failed": 1, "not_checked": 1, "source_count": 10, "destination_count": 9, "missing": 1}
    assert summary({"orders": faulty, "hidden": unseen}) == expected
