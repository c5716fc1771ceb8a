# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed is looked at in batches, as soon as it has; everything at each tick."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from confluent_kafka import KafkaException

from .resources import AWAY, Key

BATCH = 100
LINGER_SECONDS = 0.1
QUEUE = 1024  # STRIMZI_MAX_QUEUE_SIZE


class Loop:
    def __init__(self, interval: float, work: Callable[[list[Key]], None], tick: Callable[[], Iterable[Key]]) -> None:
        """``tick`` does what is not about a single resource, and returns which resources to look at again."""
        self._interval, self._work, self._tick = interval, work, tick
        self._waiting: dict[Key, None] = {}
        self._news = threading.Condition()

    def offer(self, key: Key) -> None:
        """The operator of Strimzi is restarted when its queue is full. So is this one."""
        with self._news:
            self._waiting[key] = None
            if len(self._waiting) > QUEUE:
                print(f"The queue is full ({QUEUE} events): restarting.", flush=True)
                os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
            self._news.notify()

    def run(self, is_complete: Callable[[], bool], ready: Path) -> None:
        """Writes the file ``ready`` as soon as it knows every resource."""
        while not is_complete():
            time.sleep(LINGER_SECONDS)
        ready.touch()
        next_tick = time.monotonic()
        while True:
            if time.monotonic() >= next_tick:
                self._try(lambda: self._in_batches(self._tick()))
                next_tick = time.monotonic() + self._interval
            self._try(lambda: self._in_batches(self._taken(next_tick)))

    def _taken(self, until: float) -> list[Key]:
        with self._news:
            self._news.wait_for(lambda: self._waiting, max(0.0, until - time.monotonic()))
        if self._waiting:
            time.sleep(LINGER_SECONDS)
        with self._news:
            taken = list(self._waiting)[:BATCH]
            for key in taken:
                del self._waiting[key]
        return taken

    def _in_batches(self, keys: Iterable[Key]) -> None:
        listed = list(keys)
        for first in range(0, len(listed), BATCH):
            self._work(listed[first:first + BATCH])

    def _try(self, work: Callable[[], None]) -> None:
        """Kafka or Kubernetes may be away for a while: the next tick tries again."""
        try:
            work()
        except (*AWAY, KafkaException, OperatorError) as error:
            print(f"tried in vain, again at the next tick: {' '.join(str(error).split())[:300]}", flush=True)


class OperatorError(Exception):
    """Something that may go by."""
