# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that differ in anything that is compared have different hashes; sums forget the order and nothing else."""

from __future__ import annotations

import random

from ansible_collections.streamops.kafka.plugins.module_utils.replication.record_digest import NO_KEY, ONE_RECORD, Compared, counted, key_hash, record_hash
from hypothesis import given
from hypothesis import strategies as st

BYTES = st.one_of(st.none(), st.binary(max_size=3))
HEADERS = st.lists(st.tuples(st.sampled_from(["a", "ab", ""]), BYTES), max_size=2)
RECORD = st.tuples(BYTES, BYTES, st.integers(0, 2), HEADERS)


@given(RECORD, RECORD)
def test_hashes_agree_when_records_do(one: tuple, other: tuple) -> None:
    hash_of = record_hash(Compared())
    assert (hash_of(*one) == hash_of(*other)) == (one == other)


@given(RECORD, BYTES, BYTES, st.integers(), HEADERS)
def test_what_is_not_compared_does_not_matter(record: tuple, key: bytes | None, value: bytes | None, timestamp: int, headers: list) -> None:
    here, there = record_hash(Compared(value=False, timestamp=False)), record_hash(Compared(key=False, with_headers=False))
    assert here(*record) == here(record[0], value, 7, record[3])
    assert there(*record) == there(key, record[1], record[2], headers)


def test_headers_are_chosen_or_left_out_by_name() -> None:
    added = [("trace", b"1"), ("__replicator_id", b"r")]
    ignoring = record_hash(Compared(ignored_headers=frozenset({"__replicator_id"})))
    assert ignoring(b"k", b"v", 1, added) == ignoring(b"k", b"v", 1, added[:1]) != ignoring(b"k", b"v", 1, [("trace", b"2")])
    only = record_hash(Compared(headers=frozenset({"trace"})))
    assert only(b"k", b"v", 1, added) == only(b"k", b"v", 1, [*added, ("more", b"x")])
    assert ignoring(b"k", b"v", 1, None) == ignoring(b"k", b"v", 1, added[1:]), "no header left is as good as none"


@given(st.lists(st.integers(0, 2**128 - 1), max_size=50), st.randoms())
def test_a_bucket_counts_and_does_not_depend_on_the_order(hashes: list[int], chance: random.Random) -> None:
    bucket = sum(ONE_RECORD + each for each in hashes)
    shuffled = list(hashes)
    chance.shuffle(shuffled)
    assert counted(bucket) == len(hashes) and bucket == sum(ONE_RECORD + each for each in shuffled)


def test_no_key_is_not_an_empty_key() -> None:
    assert key_hash(None) == NO_KEY != key_hash(b"") != key_hash(b"a")
