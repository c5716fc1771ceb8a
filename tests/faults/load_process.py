# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the load generators have in common: each is a process of its own, so that what it does is not slowed down by the test.

It reads its settings from a file, works until SIGTERM, and writes its summary and the log of what it did into a directory.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from confluent_kafka import KafkaError

QUIET = {"log_level": 0, "reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 500}


class LoadProcess:
    """The settings of one process, what it saw, and where it writes."""

    def __init__(self) -> None:
        settings: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
        self.client: dict[str, Any] = {**settings["client"], **QUIET, "error_cb": self.count}
        self.topic: str = settings["topic"]
        self.pause: float = settings.get("pause", 0.02)
        self.options: dict[str, Any] = settings
        self._directory = Path(sys.argv[1]).parent
        self._errors: Counter[str] = Counter()
        self._parent = os.getppid()
        self._stopped = False
        signal.signal(signal.SIGTERM, self._stop)

    def goes_on(self) -> bool:
        """Until it is told to stop, or the test was killed."""
        return not self._stopped and os.getppid() == self._parent

    def count(self, error: KafkaError) -> None:
        """A client error, by its name."""
        self._errors[error.name()] += 1

    def log(self) -> TextIO:
        """One line for everything that is certain, written at once."""
        return (self._directory / "log").open("w", encoding="utf-8", buffering=1)

    def ready(self) -> None:
        """Say that the first piece of work is done."""
        (self._directory / "ready").touch()

    def end(self, **summary: Any) -> None:
        """The summary, whole or not at all."""
        draft = self._directory / "summary.draft"
        draft.write_text(json.dumps({"errors": dict(self._errors), **summary}), encoding="utf-8")
        draft.rename(self._directory / "summary.json")

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopped = True


class Stall:
    """The longest time that a single piece of work took."""

    def __init__(self) -> None:
        self.longest = 0.0

    def ended(self, began: float) -> None:
        self.longest = max(self.longest, time.monotonic() - began)
