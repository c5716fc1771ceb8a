# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy is verified when it is one, and every planted fault is found where it is, and nothing else."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import lab
import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.range_reader import RangeReader, Span
from conftest import exports  # type: ignore[import-not-found]
from confluent_kafka import Producer
from confluent_kafka.admin import AclOperation, ResourceType
from kafka_cluster import allow, user_without_rights
from run_module import run_module, start_module
from two_clusters import BEGAN, Clusters, Record, records_of

VERIFY = "kafka_replication_verify"
KINDS = ("missing", "extra", "duplicated", "changed", "moved", "expired")


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    return exports("kafka kafka_destination")


@pytest.fixture
def clusters(environment: dict[str, str]) -> Iterator[Clusters]:
    made = Clusters.of(environment)
    yield made
    made.remove()


def verify(clusters: Clusters, *topics: str, **more: Any) -> dict[str, Any]:
    result: dict[str, Any] = run_module(VERIFY, {**clusters.options, "topics": list(topics), "list_duplicates": True, **more}, timeout=180)
    return result


def faults(topic: dict[str, Any]) -> dict[str, int]:
    return {kind: topic[kind] for kind in KINDS if topic[kind]}


def test_a_copy_is_verified_at_every_level(clusters: Clusters) -> None:
    records = records_of(3000)
    topic = clusters.topic("orders", records, [*records[1500:], *records[:1500]])  # order does not matter
    empty = clusters.topic("empty", [])
    for level in ("offsets", "count", "digest"):
        result = verify(clusters, topic, empty, level=level)
        assert (result["rc"], result["changed"]) == (0, False), result.get("msg")
        assert [result["topics"][name]["state"] for name in (topic, empty)] == ["verified", "verified"]
        assert result["topics"][topic]["source_count"] == result["topics"][topic]["destination_count"] == 3000
        assert result["cannot_know"]
    assert result["totals"]["verified"] == 2 and result["totals"]["source_count"] == 3000


@pytest.mark.parametrize("workers", [1, 3])
def test_every_planted_fault_is_found_where_it_is_and_nothing_else(clusters: Clusters, workers: int) -> None:
    """Partition 0: one dropped, and the last one doubled. Partition 1: one changed. Partition 2: one moved to partition 0."""
    records = records_of(3000)
    copies: list[Record] = []
    for number, record in enumerate(records):
        if number == 300:          # offset 100 of partition 0
            continue
        if number == 601:          # offset 200 of partition 1
            copies.append(replace(record, value="changed"))
        elif number == 902:        # offset 300 of partition 2 goes to partition 0, where 299 stand by then
            copies.append(replace(record, partition=0))
        else:
            copies.append(record)
    copies.append(records[2997])
    topic, fine = clusters.topic("orders", records, copies), clusters.topic("fine", records)
    result = verify(clusters, topic, fine, workers=workers)
    assert result["rc"] == 1 and "1 missing" not in result["msg"] and "2 missing, 1 extra, 1 duplicated, 1 changed, 1 moved" in result["msg"]
    found = result["topics"][topic]
    assert (found["state"], result["topics"][fine]["state"]) == ("failed", "verified")
    assert faults(found) == {"missing": 2, "extra": 1, "duplicated": 1, "changed": 1, "moved": 1}
    first, second, third = found["partitions"]
    moved_to = 300  # offsets 0 to 99 and, without offset 100, 101 to 300 of the source came before
    assert (first["missing"], first["duplicated"], first["extra"], first["changed"]) == ([100], [1000], [moved_to], [])
    assert (second["missing"], second["changed"]) == ([], [{"source_offset": 200, "destination_offset": 200}])
    assert (third["missing"], third["moved"]) == ([300], [{"source_offset": 300, "destination_partition": 0, "destination_offset": moved_to}])
    assert (second["extra"], second["duplicated"], third["extra"], third["duplicated"], third["changed"]) == ([], [], [], [], [])
    reported = verify(clusters, topic, fail_on_difference=False, level="count", workers=workers)
    assert reported["rc"] == 0 and faults(reported["topics"][topic]) == {"missing": 1, "extra": 1}


def test_a_topic_that_arrived_six_times(clusters: Clusters) -> None:
    records = records_of(300)
    topic = clusters.topic("six", records, records * 6)
    found = verify(clusters, topic)["topics"][topic]
    assert faults(found) == {"duplicated": 1500}
    assert found["partitions"][0]["duplicated"] == list(range(100, 600))
    silent = verify(clusters, topic, list_duplicates=False)["topics"][topic]
    assert faults(silent) == {"duplicated": 1500} and silent["partitions"][0]["duplicated"] == []


def test_headers_tombstones_and_absent_keys_count(clusters: Clusters) -> None:
    source = [Record(0, "a", "1", headers=(("trace", "x"),)), Record(0, None, "2"), Record(0, "c", None), Record(0, "d", "")]
    added = [replace(record, headers=(*record.headers, ("__replicator_id", "r"))) for record in source]
    assert verify(clusters, clusters.topic("added", source, added))["rc"] == 0
    turned = [replace(added[0], headers=(("trace", "y"),)), replace(added[1], key=""), replace(added[2], value=""), replace(added[3], value=None)]
    topic = clusters.topic("turned", source, turned)
    found = verify(clusters, topic)["topics"][topic]
    assert faults(found) == {"missing": 1, "extra": 1, "changed": 3}, "no key and an empty one are not the same key"
    values_only = verify(clusters, topic, fields=["value"], fail_on_difference=False)["topics"][topic]
    assert faults(values_only) == {}, "as multisets, the values are the same"
    chosen = verify(clusters, topic, headers=["other"], fields=["key", "headers", "timestamp"])
    assert faults(chosen["topics"][topic]) == {"missing": 1, "extra": 1}


def test_aborted_records_and_markers_are_no_records(clusters: Clusters) -> None:
    records = records_of(60)
    topic = clusters.topic("ledger", [], [*records])
    for number, aborted in enumerate([False, True, False]):
        producer = Producer({**clusters.source.config, "transactional.id": f"{clusters.prefix}-{number}"})
        producer.init_transactions(60)
        producer.begin_transaction()
        clusters.source.send(producer, topic, records[:30] if number == 0 else records[30:])
        producer.abort_transaction(60) if aborted else producer.commit_transaction(60)
    result = verify(clusters, topic)
    assert (result["rc"], result["topics"][topic]["source_count"]) == (0, 60), result.get("msg")
    assert verify(clusters, topic, level="count")["rc"] == 0
    estimate = verify(clusters, topic, level="offsets")
    assert estimate["rc"] == 1 and "markers of transactions" in estimate["cannot_know"].lower()


def test_what_an_open_transaction_hides_is_not_verified(clusters: Clusters) -> None:
    records = records_of(60)
    topic = clusters.topic("open", records)
    producer = Producer({**clusters.source.config, "transactional.id": f"{clusters.prefix}-open"})
    producer.init_transactions(60)
    producer.begin_transaction()
    clusters.source.send(producer, topic, records[:3])
    found = verify(clusters, topic)
    assert found["rc"] == 1 and found["topics"][topic]["state"] == "not_checked" and "a transaction is open" in found["topics"][topic]["reason"]
    producer.abort_transaction(60)
    assert verify(clusters, topic)["topics"][topic]["state"] == "verified"


def test_of_compacted_topics_the_last_record_of_each_key_is_compared(clusters: Clusters) -> None:
    records = [Record(number % 3, f"key {number}", f"value {turn}", BEGAN + turn) for turn in range(5) for number in range(30)]
    latest = records[-30:]
    same = clusters.topic("state", [*records, Record(0, "key 0", None, BEGAN + 9)], [*latest[1:], *records[:1], Record(0, "key 0", None, BEGAN + 9)],
                          config={"cleanup.policy": "compact"})
    stale = clusters.topic("stale", records, [*latest[:7], records[7], *latest[8:]], config={"cleanup.policy": "compact"})
    result = verify(clusters, same, stale)
    assert result["topics"][same]["state"] == "verified" and result["topics"][same]["source_count"] == 29
    found = result["topics"][stale]
    assert found["compacted"] and faults(found) == {"changed": 1} and found["source_count"] == 30
    assert found["partitions"][7 % 3]["changed"] == [{"source_offset": 42, "destination_offset": 2}]
    assert verify(clusters, same, level="count")["topics"][same]["state"] == "verified"
    assert verify(clusters, same, level="offsets")["topics"][same]["state"] == "not_checked"


def test_retention_at_the_source_is_accounted_for(clusters: Clusters) -> None:
    from confluent_kafka import TopicPartition

    records = records_of(3000)
    topic = clusters.topic("aged", records)
    for future in clusters.source.admin.delete_records([TopicPartition(topic, number, 500) for number in range(3)]).values():
        future.result(timeout=60)
    for level in ("count", "digest"):
        result = verify(clusters, topic, level=level)
        found = result["topics"][topic]
        assert result["rc"] == 0 and found["source_count"] == 1500, result.get("msg")
        # the 20 records of a millisecond are on both sides of the cut, and those of the first millisecond that is left are not older
        assert found["expired"] + found["extra"] == 1500 and found["extra"] == 0
    assert verify(clusters, topic, level="offsets")["topics"][topic]["state"] == "not_checked"


def test_the_source_is_still_being_written(clusters: Clusters) -> None:
    """A writer that sends each record to the source first and then to the destination; verified up to the mark all the same."""
    topic = clusters.topic("live", records_of(3000))
    script = f"""
import json, sys, time
from confluent_kafka import Producer
source, destination = (Producer({{**json.loads(line), "linger.ms": 0}}) for line in sys.stdin)
print("begun", flush=True)
for number in range(10**9):
    for producer in (source, destination):
        producer.produce({topic!r}, f"later {{number}}", "k", partition=number % 3, timestamp={BEGAN} + 10**6 + number)
        assert producer.flush(30) == 0
"""
    writer = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdin is not None and writer.stdout is not None
    try:
        writer.stdin.write("".join(json.dumps(side.config) + "\n" for side in (clusters.source, clusters.destination)))
        writer.stdin.close()
        assert writer.stdout.readline() == "begun\n"
        time.sleep(1)
        for level in ("count", "digest"):
            found = verify(clusters, topic, level=level)["topics"][topic]
            assert found["missing"] <= 1 and not found["extra"] and not found["duplicated"], "only the record between the two writes may be missing"
            assert found["source_count"] > 3000
    finally:
        writer.kill()
        writer.wait()


def test_what_cannot_be_compared_is_said(clusters: Clusters) -> None:
    records = records_of(30)
    fine, wider = clusters.topic("fine", records), f"{clusters.prefix}-wider"
    clusters.source.create(wider, 3)
    clusters.source.write(wider, records)
    clusters.destination.create(wider, 4)
    clusters.destination.write(wider, records)
    lacking, absent = f"{clusters.prefix}-lacking", f"{clusters.prefix}-absent"
    clusters.source.create(lacking, 1)
    clusters.source.write(lacking, [replace(record, partition=0) for record in records])
    result = verify(clusters, fine, wider, lacking, absent)
    assert result["rc"] == 1
    states = {name.removeprefix(f"{clusters.prefix}-"): topic["state"] for name, topic in result["topics"].items()}
    assert states == {"fine": "verified", "wider": "failed", "lacking": "failed", "absent": "not_checked"}
    assert "3 partitions at the source, 4 at the destination" in result["topics"][wider]["reason"]
    assert result["topics"][lacking]["missing"] == 30 and "has no topic" in result["topics"][lacking]["reason"]
    assert result["totals"] == {**result["totals"], "verified": 1, "failed": 2, "not_checked": 1}


def test_a_topic_with_another_name_there(clusters: Clusters) -> None:
    records = records_of(90)
    there = f"{clusters.prefix}-there"
    here = clusters.topic("here", records, [])
    clusters.destination.create(there)
    clusters.destination.write(there, records)
    result = verify(clusters, here, destination_topics={here: there})
    assert result["rc"] == 0 and result["topics"][here]["destination"] == there
    refused = run_module(VERIFY, {"source": clusters.source.options, "destination": clusters.source.options, "topics": [here]})
    assert refused["rc"] == 1 and "same cluster" in str(refused["msg"])


def test_large_records(clusters: Clusters) -> None:
    large = [Record(0, str(number), bytes([number]) * 1_500_000) for number in range(20)]
    copies = [*large[:7], replace(large[7], value=bytes([7]) * 1_499_999 + b"x"), *large[8:]]
    topic = clusters.topic("large", large, copies, config={"max.message.bytes": "3000000"})
    assert verify(clusters, topic)["topics"][topic]["partitions"][0]["changed"] == [{"source_offset": 7, "destination_offset": 7}]


def test_shards_together_cover_every_partition_once(clusters: Clusters) -> None:
    records = records_of(600, partitions=6)
    topic = clusters.topic("shared", records, records[1:], partitions=6)
    seen: list[int] = []
    missing = 0
    for index in range(2):
        found = verify(clusters, topic, shard={"index": index, "count": 2})["topics"][topic]
        seen += [partition["partition"] for partition in found["partitions"]]
        missing += found["missing"]
        assert found["other_shards"] == 3
    assert sorted(seen) == list(range(6)) and missing == 1


def test_a_side_that_is_down_or_refuses_the_login(clusters: Clusters) -> None:
    topic = clusters.topic("orders", records_of(3))
    wrong = secrets.token_hex(12)
    for side, change, said in (("destination", {"bootstrap_servers": "127.0.0.1:9"}, "127.0.0.1:9"), ("source", {"sasl_password": wrong}, "login refused")):
        options = {**clusters.options, side: {**clusters.options[side], **change}}
        result: Any = run_module(VERIFY, {**options, "topics": [topic]})
        assert result["rc"] == 1 and f"connect to the {side}" in result["msg"] and said in result["msg"], result["msg"]
        assert result["topics"][topic]["state"] == "not_checked"
        assert wrong not in result["output"] and str(clusters.source.options["sasl_password"]) not in result["output"]


def test_without_the_right_to_read_a_topic_is_not_checked(clusters: Clusters) -> None:
    records = records_of(30)
    allowed, forbidden, hidden = (clusters.topic(name, records) for name in ("allowed", "forbidden", "hidden"))
    with user_without_rights(clusters.destination.options, clusters.destination.admin, f"{clusters.prefix}-user") as options:
        user = f"{clusters.prefix}-user"
        allow(clusters.destination.admin, user, ResourceType.TOPIC, allowed, AclOperation.READ, AclOperation.DESCRIBE_CONFIGS)
        allow(clusters.destination.admin, user, ResourceType.TOPIC, forbidden, AclOperation.DESCRIBE)
        result: Any = run_module(VERIFY, {"source": clusters.source.options, "destination": options, "topics": [allowed, forbidden, hidden]}, timeout=180)
    states = [result["topics"][name]["state"] for name in (allowed, forbidden, hidden)]
    assert result["rc"] == 1 and states == ["verified", "not_checked", "not_checked"], (states, result["msg"])
    assert "TOPIC_AUTHORIZATION_FAILED" in result["topics"][forbidden]["reason"]
    assert "configuration at the destination cannot be read" in str(result["topics"][forbidden]["notes"])


def test_the_deadline_leaves_the_rest_unchecked(clusters: Clusters) -> None:
    records = records_of(50_000, keys=50_000)
    topic = clusters.topic("long", records)
    found = verify(clusters, topic, timeout=0.05)  # less than any machine needs
    assert found["rc"] == 1 and found["topics"][topic]["state"] == "not_checked" and "time-out" in found["topics"][topic]["reason"]
    killed = start_module(VERIFY, {**clusters.options, "topics": [topic], "workers": 2})
    time.sleep(0.8)
    killed.kill()
    assert verify(clusters, topic, workers=2)["rc"] == 0, "a killed run leaves nothing that would disturb the next"


def test_a_broker_that_falls_silent_and_a_topic_that_goes_are_not_read_to_the_end(clusters: Clusters) -> None:
    topic = clusters.topic("silent", records_of(30))
    spans = {(topic, number): Span(0, 10) for number in range(3)}
    with KafkaClient(connection_from({**clusters.destination.options, "bootstrap_servers": [clusters.destination.options["bootstrap_servers"]],
                                      "request_timeout": 4})) as client:  # fmt: skip
        assert len(list(RangeReader(client, spans, time.monotonic() + 60))) == 30
        try:
            lab.kill_server("kafka_destination-1", "STOP")
            silent = RangeReader(client, spans, time.monotonic() + 60)
            assert not list(silent)
        finally:
            lab.kill_server("kafka_destination-1", "CONT")
        assert set(silent.unread) == set(spans) and all("nothing came for 4 s" in reason for reason in silent.unread.values())
        clusters.destination.admin.delete_topics([topic])[topic].result(timeout=60)
        gone = RangeReader(client, spans, time.monotonic() + 60)
        assert len(list(gone)) < 30 and gone.unread, "what is left unread is said"


def test_all_wrong_options_are_named_at_once(clusters: Clusters) -> None:
    result: Any = run_module(VERIFY, {**clusters.options, "source": {"bootstrap_servers": "nowhere", "sasl_username": "a"}, "shard": {"index": 2, "count": 2},
                                      "workers": 0, "topics": ["a b"], "pattern": "(", "fields": [], "headers": ["h"]})
    assert result["rc"] == 1
    for part in ("source: ", "index must be from 0", "workers must be 1", "characters other than", "no regular expression", "fields is empty",
                 "headers are named"):  # fmt: skip
        assert part in result["msg"], (part, result["msg"])
