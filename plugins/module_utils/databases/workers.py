# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in threads, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

WORKERS = 4

Item = TypeVar("Item")
Done = TypeVar("Done")


def parallel(work: Callable[[Item], Done], items: Iterable[Item], workers: int = WORKERS, waiting: int = 2 * WORKERS) -> Iterator[Done]:
    """Do the work in threads, as it comes; never more than ``waiting`` items are in memory. The first error ends it."""
    with ThreadPoolExecutor(workers) as pool:
        pending: set[Future[Done]] = set()
        for item in items:
            if len(pending) >= waiting:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for each in done:
                    yield each.result()
            pending.add(pool.submit(work, item))
        for each in pending:
            yield each.result()
