# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ids in copied bytes, compared in both registries."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.module_utils.migration.schema_ids import TopicIds, failures, id_in, verdicts
from ansible_collections.streamops.kafka.plugins.module_utils.registry.schemas import Schema

ORDER, OTHER = Schema('{"type": "string"}'), Schema('{"type": "int"}')


def framed(number: int) -> bytes:
    return b"\0" + number.to_bytes(4, "big") + b"content"


def test_only_framed_bytes_have_an_id() -> None:
    assert [id_in(part) for part in (framed(7), b"\0\0\0\0", b"text", None, b"")] == [7, None, None, None, None]


def test_ids_that_mean_something_else_or_nothing_are_failures() -> None:
    topics = {"good": TopicIds(), "missing": TopicIds(), "other": TopicIds(), "plain": TopicIds(), "unread": TopicIds(unread=["partition 0: no answer"])}
    for name, number in (("good", 1), ("missing", 2), ("other", 3), ("plain", 99)):
        topics[name].add(b"key", framed(number))
    there = {1: Schema('{ "type":"string" }'), 3: OTHER}
    found = verdicts(topics, {1: ORDER, 2: ORDER, 3: ORDER}.get, there.get)
    assert {name: each["state"] for name, each in found.items()} == {
        "good": "verified", "missing": "failed", "other": "failed", "plain": "verified", "unread": "not_checked"}
    assert found["plain"]["ids"] == [], "bytes that only look like an id: the source's registry has no such schema"
    assert failures(found) == ["missing: the destination's registry has no schema 2", "other: schema 3 is another one in the destination's registry",
                               "unread: not checked, partition 0: no answer"]  # fmt: skip


def test_without_the_source_s_registry_every_id_must_be_there() -> None:
    topic = TopicIds()
    topic.add(None, framed(99))
    assert verdicts({"t": topic}, None, {}.get)["t"]["state"] == "failed"
