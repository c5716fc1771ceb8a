# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that the command line turns into a message and an exit code."""

from __future__ import annotations


class LabError(Exception):
    """What was attempted and what to try, in words for the person who typed `make lab`."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
