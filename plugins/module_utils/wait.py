# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting with a deadline, a predicate and a last observation."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import OperationError
from .progress import Progress

Seen = TypeVar("Seen")


def wait_until(
    what: str,
    observe: Callable[[], Seen],
    is_ready: Callable[[Seen], bool],
    timeout: float,
    on: str = "",
    describe: Callable[[Seen], str] = str,
    advice: str = "",
    interval: float = 0.05,
    longest_interval: float = 2.0,
    progress: Progress | None = None,
) -> Seen:
    """Observe until ready; the pause between observations grows from ``interval`` to ``longest_interval`` seconds.

    :param what: what is waited for, as an infinitive: ``"see every topic empty"``.
    :param timeout: seconds until it gives up. The first observation is always made.
    :returns: the observation that was ready.
    :raises OperationError: at the deadline, with the last observation in its text.
    """
    started = time.monotonic()
    pause = interval
    while True:
        seen = observe()
        if is_ready(seen):
            return seen
        waited = time.monotonic() - started
        if waited >= timeout:
            raise OperationError(what, on, f"gave up after {waited:.0f} s; last seen: {describe(seen)}", advice)
        if progress is not None:
            progress.say(f"{describe(seen)} ({waited:.0f} s of at most {timeout:.0f} s)")
        time.sleep(min(pause, max(0.0, timeout - waited)))
        pause = min(pause * 1.5, longest_interval)
