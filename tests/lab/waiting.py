# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only way to wait here: a predicate, a deadline, and the last thing seen when time is up."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.errors import LabError

Probe = Callable[[], "str | None"]


def wait_until(goal: str, probe: Probe, seconds: float, pause: float = 0.15) -> None:
    """Call `probe` until it returns None; it returns what it saw instead as long as the goal is not reached."""
    deadline = time.monotonic() + seconds
    while (seen := probe()) is not None:
        if time.monotonic() > deadline:
            raise LabError(f"Timed out after {seconds:.0f} s waiting until {goal}; last seen: {seen}")
        time.sleep(pause)
