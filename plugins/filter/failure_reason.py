# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter failure_reason, for the roles that report which of their tasks failed. The work is done in plugin_utils/failure_reason.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils.failure_reason import failure_reason


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"failure_reason": failure_reason}
