# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Offsets of connectors: what is set, what is left alone."""

from __future__ import annotations

import json

from ansible_collections.streamops.kafka.plugins.module_utils.connect.offsets import Wanted, after_setting, from_topic, input_problems, key_of, to_set
from hypothesis import given
from hypothesis import strategies as st


def entry(partition: int, value: int | None) -> dict[str, object]:
    return {"partition": {"kafka_topic": "t", "kafka_partition": partition}, "offset": None if value is None else {"kafka_offset": value}}


ENTRIES = st.dictionaries(st.integers(0, 4), st.one_of(st.none(), st.integers(0, 9)), max_size=5).map(
    lambda found: [entry(partition, value) for partition, value in found.items()])
PRESENT = ENTRIES.map(lambda entries: [each for each in entries if each["offset"] is not None])


@given(PRESENT, ENTRIES)
def test_after_setting_nothing_is_left_to_set(current: list[dict[str, object]], wanted: list[dict[str, object]]) -> None:
    after = after_setting(current, wanted)
    assert to_set(after, wanted) == []
    named = {key_of(each) for each in wanted}
    assert {key_of(each) for each in current} - named == {key_of(each) for each in after} - named


def test_numbers_that_came_as_text_are_the_same_offset() -> None:
    now = [{"partition": {"kafka_topic": "t", "kafka_partition": 0}, "offset": {"kafka_offset": 3}}]
    assert to_set(now, [{"partition": {"kafka_partition": "0", "kafka_topic": "t"}, "offset": {"kafka_offset": "3"}}]) == []


def test_of_the_topic_the_last_value_of_a_key_counts_and_other_connectors_do_not() -> None:
    key, other = json.dumps(["a", {"server": "x"}]), json.dumps(["b", {"server": "x"}])
    ended = '["a",{"server":"y"}]'
    records = [(key, '{"pos":1}'), (other, '{"pos":9}'), (key, '{"pos":2}'), ("no json", "1"), (ended, '{"pos":5}'), (ended, None)]
    assert from_topic(records, "a") == [{"partition": {"server": "x"}, "offset": {"pos": 2}}]


def test_wrong_requests_are_all_told() -> None:
    wrong = [Wanted("a", "present"), Wanted("b", "absent", ({"partition": {}, "offset": {}},)), Wanted("c", "present", ({"offset": {}},)),
             Wanted("d", "present", ({"partition": {"x": 1}, "offset": {}}, {"partition": {"x": 1}, "offset": None}))]
    assert [problem.split(":")[0] for problem in input_problems(wrong)] == ["connector a", "connector b", "connector c", "connector d"]
