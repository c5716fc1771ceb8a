# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress: short lines on stderr, because stdout of `make -s env` belongs to the shell that evaluates it."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    sys.stderr.write(text + "\n")  # in one piece: servers start in parallel
    sys.stderr.flush()
