# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing two topics by digest, beside bare consume loops that read the same records and throw them away."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from conftest import exports  # type: ignore[import-not-found]
from measuring import Measured, bounded, load, measured, rounds, scaled
from two_clusters import BEGAN, Clusters, Side

RECORDS = scaled(1_000_000, at_least=12_000) // 12 * 12
PARTITIONS = 12
VALUE = b"x" * 180
PROJECTED = 700_000_000


@pytest.fixture(scope="module")
def clusters() -> Iterator[Clusters]:
    made = Clusters.of(exports("kafka kafka_destination"))
    yield made
    made.remove()


def filled(clusters: Clusters, name: str, records: int) -> str:
    topic = f"{clusters.prefix}-{name}"
    for side in (clusters.source, clusters.destination):
        side.create(topic, PARTITIONS)
        producer = Producer({"linger.ms": 50, "batch.num.messages": 10_000, "queue.buffering.max.messages": 500_000, **side.config})
        for number in range(records):
            if number % 10_000 == 0:
                producer.poll(0)
            while True:
                try:
                    producer.produce(topic, b"%d %b" % (number, VALUE), b"%d" % (number % 50_000), partition=number % PARTITIONS, timestamp=BEGAN + number)
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(300) == 0
    return topic


def bare(clusters: Clusters, topic: str, processes: int, **settings: object) -> float:
    """Both clusters, one after the other with one process; with two, one process a cluster."""
    started = time.monotonic()
    running: list[subprocess.Popen[str]] = []
    for side in (clusters.source, clusters.destination):
        running.append(consume(side, topic, settings))
        if processes == 1:
            assert running[-1].wait(600) == 0
    assert all(process.wait(600) == 0 for process in running)
    return time.monotonic() - started


def consume(side: Side, topic: str, settings: Mapping[str, object]) -> subprocess.Popen[str]:
    request = {"config": {**side.config, **settings}, "topic": topic, "partitions": list(range(PARTITIONS)), "records": RECORDS}
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("bare_consumer.py"))], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    process.stdin.write(json.dumps(request))
    process.stdin.close()
    return process


def verified(clusters: Clusters, topic: str, workers: int, records: int = RECORDS) -> Measured:
    options: Mapping[str, Any] = {**clusters.options, "topics": [topic], "level": "digest", "workers": workers}
    run = measured("kafka_replication_verify", options)
    found = run.result["topics"][topic]
    assert (found["state"], found["source_count"], found["destination_count"]) == ("verified", records, records)
    return run


def test_a_digest_beside_bare_consume_loops(clusters: Clusters) -> None:
    topic = filled(clusters, "many", RECORDS)
    print()
    sides: dict[str, Callable[[int], float]] = {
        "ours": lambda processes: verified(clusters, topic, processes).seconds,
        "bare": lambda processes: bare(clusters, topic, processes, **{"fetch.queue.backoff.ms": 5}),
        "bare with librdkafka's defaults": lambda processes: bare(clusters, topic, processes),
    }
    for processes in (1, 2):
        seconds: dict[str, list[float]] = {side: [] for side in sides}
        for number in range(rounds(3)):
            for side in sorted(sides, reverse=bool(number % 2)):
                seconds[side].append(sides[side](processes))
        ours, other, default = (statistics.median(seconds[side]) for side in sides)
        hours = PROJECTED / (RECORDS / ours) / 3600
        print(f"digest of {RECORDS} records on both sides, {processes} process(es): ours {ours:.2f} s, bare {other:.2f} s, ratio {ours / other:.2f}; "
              f"bare with librdkafka's defaults {default:.2f} s "
              f"({RECORDS / ours:.0f} records/s, so {PROJECTED // 1_000_000} million in {hours:.1f} h; {load()})")  # fmt: skip


def test_memory_stays_flat(clusters: Clusters) -> None:
    small = filled(clusters, "tenth", RECORDS // 120 * 12)
    large = f"{clusters.prefix}-many"
    bounded(f"digest of {RECORDS} records, 1 process", verified(clusters, small, 1, RECORDS // 120 * 12), verified(clusters, large, 1))
