# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every record is accounted for, what is not known is never zero, and limits are found before they are hit."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.offsets import Log
from ansible_collections.streamops.kafka.plugins.module_utils.migration.assessment import (
    Reading,
    SourceTopic,
    Wanted,
    assess,
    seen_rates,
    seen_transactions,
)
from ansible_collections.streamops.kafka.plugins.module_utils.migration.destinations import DESTINATIONS


def topic(name: str, partitions: int = 3, records: int | None = 100, size: int | None = 1000, **more: Any) -> SourceTopic:
    settings, is_transactional = more.pop("settings", {"retention.ms": "1000"}), more.pop("transactional", False)
    return SourceTopic(name, partitions, 3, records, size, more.pop("rate", 0.0), settings, is_transactional)


def reading(*topics: SourceTopic, **more: Any) -> Reading:
    return Reading("cluster", 3, {each.name: each for each in topics}, **more)


def assessed(source: Reading, destination: Reading | None = None, **wanted: Any) -> dict[str, Any]:
    kind = wanted.pop("kind", "kafka")
    return assess(source, destination or reading(), Wanted(destination=DESTINATIONS[kind], **wanted))


def limits(seen: dict[str, Any]) -> dict[str, bool]:
    return {each["limit"]: each["blocks"] for each in seen["limits"]}


def test_the_sum_is_closed() -> None:
    """The figure that nobody could explain: most records were offsets of groups."""
    seen = assessed(reading(topic("orders", records=40), topic("__consumer_offsets", records=660), topic("temp", records=1)), exclude=["temp"])
    totals = seen["totals"]
    assert totals["records"] == 40 and totals["excluded_records"] == 661 and totals["source_records"] == 701
    assert {each["name"]: each["rule"] for each in seen["excluded"]} == {"__consumer_offsets": "kafka", "temp": "exclude"}


def test_what_is_not_known_is_none_also_in_sums() -> None:
    seen = assessed(reading(topic("a", size=None), topic("b", records=None)))
    assert seen["totals"]["bytes"] is None and seen["totals"]["records"] is None
    assert [each["bytes"] for each in seen["topics"]] == [None, 1000]
    source = reading(topic("a"))
    source.not_checked.append("log_dirs: no")
    assert assessed(source)["not_checked"] == ["source: log_dirs: no"] and assessed(source)["acls"] is None


def test_rates_are_bytes_by_the_mean_size_of_a_record() -> None:
    assert topic("a", records=100, size=1000, rate=5.0).byte_rate == 50.0
    assert topic("a", records=0, size=0, rate=5.0).byte_rate is None and topic("a", rate=0.0).byte_rate == 0.0
    assert seen_rates({("a", 0): 10, ("a", 1): 0, ("b", 0): 5}, {("a", 0): 20, ("a", 1): 10}, 4.0) == {"a": 5.0}


def test_transactions_show_in_the_last_offset() -> None:
    logs = {("marker", 0): Log(0, 5), ("open", 0): Log(0, 5), ("plain", 0): Log(0, 5), ("empty", 0): Log(5, 5), ("unread", 0): Log(0, 5)}
    seen = seen_transactions(logs, {("open", 0): 3}, {("plain", 0)}, {("unread", 0)})
    assert seen == {"marker": True, "open": True, "plain": False, "empty": None, "unread": None}


def test_limits_are_found_before_they_are_hit() -> None:
    source = reading(topic("a", 3000), topic("b", 2000, settings={"max.message.bytes": "9000000"}, transactional=True), quotas=[{"user": "x"}])
    basic = assessed(source, kind="confluent_cloud_basic")
    assert limits(basic) == {"partitions": True, "max.message.bytes": False, "quotas": False}
    assert basic["limits"][0]["source"].startswith("https://")
    assert limits(assessed(source, kind="confluent_cloud_basic", partition_limit=6000)) == {"max.message.bytes": False, "quotas": False}
    assert limits(assessed(source, kind="confluent_cloud_dedicated", capacity_units=2)) == {}
    assert limits(assessed(source, kind="confluent_cloud_freight"))["transactions"] is True
    assert limits(assessed(source)) == {}


def test_topics_that_are_there_already_are_told() -> None:
    source = reading(topic("other", 3), topic("filled", 3), topic("empty", 3))
    there = reading(topic("other", 4), topic("filled", 3), topic("empty", 3, records=0))
    seen = assessed(source, there, topics=["other", "filled", "empty", "gone"])
    assert limits(seen) == {"missing": True, "partitions_differ": True, "has_records": False}
    assert {each["limit"]: each["topics"] for each in seen["limits"]} == {"missing": ["gone"], "partitions_differ": ["other"], "has_records": ["filled"]}


def test_three_thousand_topics_take_no_time() -> None:
    source = reading(*(topic(f"team-{number % 9}.topic-{number}") for number in range(3000)))
    began = time.monotonic()
    assert assessed(source, kind="confluent_cloud_dedicated", convention="x")["totals"]["topics"] == 3000
    assert time.monotonic() - began < 20
