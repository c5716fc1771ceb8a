# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress lines of long waits.

Nothing that a module prints is seen before it ends. The action plugins of this collection therefore name a file in
the environment of the module (see plugin_utils/live.py) and show what is appended to it while the module runs.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

PROGRESS_FILE_VARIABLE = "STREAMOPS_PROGRESS_FILE"


@dataclass
class Progress:
    """At most one line per ``interval`` seconds; silent when nobody listens."""

    subject: str
    interval: float = 10.0
    path: str | None = field(default_factory=lambda: os.environ.get(PROGRESS_FILE_VARIABLE))
    _next: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._next += self.interval

    def say(self, text: str) -> None:
        """Show ``subject: text`` unless a line was shown less than ``interval`` seconds ago."""
        now = time.monotonic()
        if self.path is None or now < self._next:
            return
        self._next = now + self.interval
        with open(self.path, "a", encoding="utf-8") as stream:
            stream.write(f"{self.subject}: {text}\n")
