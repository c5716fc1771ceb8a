# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two calls of `make lab` at once take turns."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from lab import places
from lab.say import say
from lab.waiting import wait_until

LONGEST_START_SECONDS = 1800  # a first start downloads and installs


@contextmanager
def locked() -> Iterator[None]:
    places.create()
    with (places.state() / "lock").open("w", encoding="utf-8") as stream:
        if not _take(stream):
            say("Another call is working on the lab: waiting for it ...")
            wait_until("the lab is free", lambda: None if _take(stream) else "still locked", LONGEST_START_SECONDS)
        yield


def _take(stream: TextIO) -> bool:
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
