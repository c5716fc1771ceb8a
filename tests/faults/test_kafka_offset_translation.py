# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kafka_offset_translation on two real clusters: real groups go on at the destination, skip nothing, and read again exactly what was said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from conftest import exports
from run_module import run_module
from two_clusters import BEGAN, Clusters, Record, Side

COUNT = 100


@pytest.fixture(scope="module")
def clusters() -> Iterator[Clusters]:
    made = Clusters.of(exports("kafka_three kafka_destination"), "KAFKA_THREE")
    yield made
    made.remove()


def numbered(numbers: Any, every: int = 1) -> list[Record]:
    """Records whose value is their number; ``every`` of them share a millisecond."""
    return [Record(0, f"key {number % 7}", str(number), BEGAN + number // every) for number in numbers]


def commit(side: Side, group: str, topic: str, offset: int) -> None:
    consumer = Consumer({**side.config, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
    consumer.close()


def go_on(side: Side, group: str, topic: str) -> list[int]:
    """The numbers that a member of the group reads from where it was set, to the end. Joining the group would take seconds and show no more."""
    consumer = Consumer({**side.config, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "error", "enable.partition.eof": True,
                         "isolation.level": "read_committed"})  # fmt: skip
    values: list[int] = []
    try:
        (position,) = consumer.committed([TopicPartition(topic, 0)], timeout=30)
        assert position.offset >= 0, f"{group} has committed nothing"
        consumer.assign([position])
        for _attempt in range(600):
            message = consumer.poll(0.1)
            if message is None:
                continue
            if message.error() is not None:
                assert message.error().name() == "_PARTITION_EOF", message.error()
                return values
            values.append(int(message.value()))
        raise AssertionError(f"the end did not come, read {len(values)}")
    finally:
        consumer.close()


def translate(clusters: Clusters, *groups: str, **more: Any) -> dict[str, Any]:
    check = bool(more.pop("check", False))
    return run_module("kafka_offset_translation", {**clusters.options, "groups": list(groups), **more}, check=check, diff=True)


def restarted_copy(clusters: Clusters, name: str, every: int = 1) -> str:
    """A topic of 100 records whose copy repeats 40 to 59, as a copy does whose worker was killed."""
    return clusters.topic(name, numbered(range(COUNT), every), numbered([*range(60), *range(40, COUNT)], every), partitions=1)


def test_groups_go_on_with_the_next_record_and_read_again_what_was_said(clusters: Clusters) -> None:
    told_apart, same_time = restarted_copy(clusters, "told-apart"), restarted_copy(clusters, "same-time", COUNT)
    wanted = {(told_apart, 50): 20, (same_time, 50): 20, (told_apart, 70): 0, (told_apart, 0): 20, (told_apart, COUNT): 0}
    groups = {f"{topic}-at-{committed}": (topic, committed, again) for (topic, committed), again in wanted.items()}
    for group, (topic, committed, _again) in groups.items():
        commit(clusters.source, group, topic, committed)
    foreseen = translate(clusters, *groups, copied=True, check=True)
    moved = translate(clusters, *groups, copied=True)
    assert moved["rc"] == 0 and moved["changed"] and foreseen["diff"] == moved["diff"]
    assert {name: each["partitions"] for name, each in moved["groups"].items()} == {name: each["partitions"] for name, each in foreseen["groups"].items()}
    assert not translate(clusters, *groups, copied=True)["changed"], "a second run changes nothing"
    assert moved["re_reads"] == sum(wanted.values())
    for group, (topic, committed, again) in groups.items():
        read = go_on(clusters.destination, group, topic)
        assert set(range(committed, COUNT)) <= set(read), f"{group} skips nothing"
        assert len(read) - (COUNT - committed) == again == moved["groups"][group]["re_reads"], group


def test_while_copying_goes_on_nothing_is_skipped(clusters: Clusters) -> None:
    topic = clusters.topic("unfinished", numbered(range(COUNT)), numbered(range(60)), partitions=1)
    ahead, end = f"{topic}-ahead", f"{topic}-end"
    commit(clusters.source, ahead, topic, 80)
    commit(clusters.source, end, topic, COUNT)
    moved = translate(clusters, ahead, end)
    assert moved["rc"] == 0 and moved["re_reads"] is None, "what is read again cannot be known yet"
    clusters.destination.write(topic, numbered(range(60, COUNT + 20)))
    assert set(range(80, COUNT + 20)) <= set(go_on(clusters.destination, ahead, topic))
    assert set(range(COUNT, COUNT + 20)) <= set(go_on(clusters.destination, end, topic)), "its end is not the end of what had arrived"


def test_a_group_at_the_end_goes_behind_the_last_record_that_it_consumed(clusters: Clusters) -> None:
    topic = clusters.topic("tail", numbered(range(COUNT)), partitions=1)
    group = f"{topic}-group"
    commit(clusters.source, group, topic, COUNT)
    moved = translate(clusters, group)
    (partition,) = moved["groups"][group]["partitions"]
    assert (partition["rule"], partition["destination_offset"]) == ("after_last", COUNT)


def test_markers_of_transactions_are_no_records_to_wait_for(clusters: Clusters) -> None:
    topic = f"{clusters.prefix}-transactions"
    for side in (clusters.source, clusters.destination):
        side.create(topic, 1)
    producer = Producer({**clusters.source.config, "transactional.id": topic})
    producer.init_transactions(60)
    for first, is_committed in ((0, True), (50, False), (50, True)):
        producer.begin_transaction()
        clusters.source.send(producer, topic, numbered(range(first, first + 50)))
        producer.commit_transaction(60) if is_committed else producer.abort_transaction(60)
    clusters.destination.write(topic, numbered(range(COUNT)))
    half, end = f"{topic}-half", f"{topic}-end"
    commit(clusters.source, half, topic, 60)  # among the records that were aborted
    commit(clusters.source, end, topic, 152)  # before the last marker
    moved = translate(clusters, half, end, copied=True)
    assert moved["rc"] == 0 and moved["re_reads"] == 0
    assert go_on(clusters.destination, half, topic) == list(range(50, COUNT))
    assert go_on(clusters.destination, end, topic) == []


def test_what_would_skip_or_be_refused_is_said_before_anything_is_committed(clusters: Clusters) -> None:
    topic = clusters.topic("refused", numbered(range(COUNT)), partitions=1)
    lonely = f"{clusters.prefix}-lonely"
    clusters.source.create(lonely, 1)
    clusters.source.write(lonely, numbered(range(3)))
    ahead, good, missing, absent = (f"{topic}-{name}" for name in ("ahead", "good", "missing", "absent"))
    commit(clusters.source, ahead, topic, 10)
    commit(clusters.source, good, topic, 10)
    commit(clusters.source, missing, lonely, 1)
    commit(clusters.destination, ahead, topic, 30)
    refused = translate(clusters, ahead, good, copied=True)
    assert refused["rc"] == 1 and "is ahead of 10" in refused["msg"]
    assert translate(clusters, ahead, when_ahead="keep", copied=True)["changed"] is False
    both = translate(clusters, missing, absent, good, copied=True)
    assert both["rc"] == 1 and f"no {lonely}-0" in both["msg"] and f"'{absent}' does not exist" in both["msg"]
    assert translate(clusters, good, copied=True, check=True)["changed"], "nothing was committed for it"
    back = translate(clusters, ahead, when_ahead="move", copied=True)
    assert back["changed"] and back["groups"][ahead]["restore"] == [{"name": topic, "partitions": [0], "offset": 30}]


def test_live_members_at_the_source_would_go_on_committing(clusters: Clusters) -> None:
    topic = clusters.topic("live", numbered(range(COUNT)), partitions=1)
    group = f"{topic}-group"
    commit(clusters.source, group, topic, 10)
    consumer = Consumer({**clusters.source.config, "group.id": group, "enable.auto.commit": False})
    consumer.subscribe([topic])
    try:
        while not consumer.assignment():
            consumer.poll(0.2)
        refused = translate(clusters, group)
        assert refused["rc"] == 1 and "at the source, group" in refused["msg"] and "live member" in refused["msg"]
        assert translate(clusters, group, check=True)["rc"] == 0, "a preview is possible while they run"
    finally:
        consumer.close()


def test_a_wrong_password_on_one_side_names_the_side(clusters: Clusters) -> None:
    wrong = {**clusters.destination.options, "sasl_password": "wrong-Pass9word", "request_timeout": 10}
    refused = run_module("kafka_offset_translation", {"source": clusters.source.options, "destination": wrong, "groups": ["any"]})
    assert refused["rc"] == 1 and "destination" in refused["msg"] and "wrong-Pass9word" not in refused["output"]


def test_a_topic_with_another_name(clusters: Clusters) -> None:
    topic, other = f"{clusters.prefix}-renamed", f"{clusters.prefix}-other"
    clusters.source.create(topic, 1)
    clusters.destination.create(other, 1)
    clusters.source.write(topic, numbered(range(20)))
    clusters.destination.write(other, [replace(record, headers=(("__replicator_id", "x"),)) for record in numbered(range(20))])
    commit(clusters.source, topic, topic, 5)
    moved = translate(clusters, topic, destination_topics={topic: other}, copied=True)
    assert moved["rc"] == 0 and go_on(clusters.destination, topic, other) == list(range(5, 20))
