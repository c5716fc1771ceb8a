# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines while the server works on one long statement."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..progress import Progress


@contextmanager
def shown_as_working(progress: Progress, doing: str) -> Iterator[None]:
    """Say every ``progress.interval`` seconds for how long the ``with`` block has been ``doing`` it."""
    started, ended = time.monotonic(), threading.Event()

    def beat() -> None:
        while not ended.wait(progress.interval):
            progress.say(f"{doing}, for {time.monotonic() - started:.0f} s")

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()
