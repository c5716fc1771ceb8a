# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a cluster was not whole while something was done to it: a broker was away, or a replica was behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ClusterMetadata

PAUSE = 0.2
REQUEST_SECONDS = 2


class BrokerWatch:
    """Looks at the cluster several times a second as long as the block lasts."""

    def __init__(self, client: Mapping[str, Any], brokers: int) -> None:
        self._client, self._brokers = client, brokers
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self.seconds = 0.0  # not whole
        self.all_seconds = 0.0

    def __enter__(self) -> BrokerWatch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def line(self) -> str:
        """For people: the share of the time in which no broker had to be waited for."""
        other = self.all_seconds - self.seconds
        share = other / self.all_seconds
        return f"{self.all_seconds:.1f} s, a broker was away or behind for {self.seconds:.1f} s, everything else {other:.1f} s, share {share:.2f}"

    def _look_on(self) -> None:
        with AdminClient({**self._client, "log_level": 0, "reconnect.backoff.max.ms": 200}) as admin:
            before = time.monotonic()
            while not self._ended.wait(PAUSE):
                whole = self._is_whole(admin)
                now = time.monotonic()
                self.all_seconds += now - before
                self.seconds += 0.0 if whole else now - before
                before = now

    def _is_whole(self, admin: AdminClient) -> bool:
        try:
            return is_whole(admin.list_topics(timeout=REQUEST_SECONDS), self._brokers)
        except KafkaException:
            return False


def is_whole(seen: ClusterMetadata, brokers: int) -> bool:
    """Whether all brokers are there, and every replica is in sync."""
    partitions = [partition for topic in seen.topics.values() for partition in topic.partitions.values()]
    return len(seen.brokers) == brokers and all(each.leader >= 0 and len(each.isrs) == len(each.replicas) for each in partitions)
