# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration of the tests: two clusters, a Connect worker near the destination, the role's variables, and what it left in its state directory."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lab
from confluent_kafka import Consumer, TopicPartition
from conftest import exports
from connect_workers import Login, ask, until
from playbooks import TOP, Played, kill_when, play, start
from two_clusters import Clusters, Side

PLAYBOOK = TOP / "playbooks/replicator_migration.yml"
SERVERS = "kafka_three kafka_destination connect_destination"
WORKER = "connect_destination"


@dataclass
class Migration:
    """Topics begin with the prefix of ``clusters``, and so do the connectors."""

    clusters: Clusters
    worker: Login
    directory: Path
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return self.clusters.prefix

    def variables(self, *phases: str, **more: Any) -> dict[str, Any]:
        own = {
            "name": self.prefix, "phases": list(phases), "source": self.clusters.source.options, "destination": self.clusters.destination.options,
            "engine": "mirrormaker2", "connect_url": self.worker.url, "pattern": f"{self.prefix}.*", "prefix": f"{self.prefix}-m",
            "connectors": 3, "max_tasks": 2,
            "timeout": 240, "rate_seconds": 1, "connector_settings": {"refresh.topics.interval.seconds": 2},
        }  # fmt: skip
        return {f"replicator_migration_{key}": value for key, value in {**own, **self.more, **more}.items()}

    def run(self, *phases: str, arguments: Iterable[str] = (), **more: Any) -> Played:
        return play(PLAYBOOK, self.directory, *arguments, variables=self.variables(*phases, **more))

    def start(self, *phases: str, **more: Any) -> subprocess.Popen[bytes]:
        """As run, but returns at once; the output goes to ``directory/output``."""
        return start(PLAYBOOK, self.directory, variables=self.variables(*phases, **more))

    def kill_when(self, seen: Callable[[], bool], *phases: str, **more: Any) -> None:
        """SIGKILL for such a run as soon as ``seen``."""
        kill_when(seen, PLAYBOOK, self.directory, variables=self.variables(*phases, **more))

    def state(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.directory / "migrations" / self.prefix / f"{name}.json").read_text(encoding="utf-8")))

    def results(self) -> dict[str, dict[str, Any]]:
        report = json.loads((self.directory / "reports/replicator_migration/latest/report.json").read_text(encoding="utf-8"))
        return {row["target"]: row for row in report["results"]}

    def kill_worker(self) -> None:
        lab.kill_server(WORKER)

    def start_worker(self) -> None:
        lab.start(WORKER)

    def wait_for_copies(self, topic: str, more_than: int) -> None:
        until(lambda: span(self.clusters.destination, topic) > more_than, 120)

    def remove(self) -> None:
        lab.start(WORKER)
        for name in ask(self.worker, "GET", "connectors")[1]:
            if name.startswith(self.prefix):
                ask(self.worker, "DELETE", f"connectors/{name}")
        self.clusters.remove()


@contextmanager
def own_migration(directory: Path) -> Iterator[Migration]:
    """A migration between two clusters of the lab, with a prefix of its own; what it made is removed afterwards."""
    env = exports(SERVERS)
    made = Migration(Clusters.of(env, "KAFKA_THREE"), Login(env["LAB_CONNECT_DESTINATION_URL"]), directory)
    try:
        yield made
    finally:
        made.remove()


def partitions(side: Side, topic: str) -> list[int]:
    return sorted(side.admin.list_topics(topic, timeout=30).topics[topic].partitions)


def span(side: Side, topic: str) -> int:
    """The offsets of all partitions of a topic."""
    consumer = Consumer({**side.config, "group.id": "look", "enable.auto.commit": False})
    try:
        marks = [consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=30) for number in partitions(side, topic)]
    finally:
        consumer.close()
    return sum(high - low for low, high in marks)


def surplus(side: Side, topic: str) -> set[tuple[int, int]]:
    """Partition and offset of each record that is there already, read past our code."""
    consumer = Consumer({**side.config, "group.id": "look", "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest",
                         "isolation.level": "read_committed"})  # fmt: skip
    numbers = partitions(side, topic)
    consumer.assign([TopicPartition(topic, number, 0) for number in numbers])
    seen: Counter[tuple[Any, ...]] = Counter()
    found, ended = set(), set()
    while len(ended) < len(numbers):
        message = consumer.poll(10)
        assert message is not None, "nothing comes any more"
        if message.error() is not None:
            ended.add(message.partition())
            continue
        record = (message.partition(), message.key(), message.value(), message.timestamp()[1])
        seen[record] += 1
        if seen[record] > 1:
            found.add((int(message.partition()), int(message.offset())))
    consumer.close()
    return found
