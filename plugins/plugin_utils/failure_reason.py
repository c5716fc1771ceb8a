# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a task failed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def failure_reason(result: Mapping[str, Any]) -> str:
    """See plugins/filter/failure_reason.yml."""
    items = [item for item in result.get("results") or () if item.get("failed")]
    said = [str(each.get("stderr") or each.get("msg") or "").strip() for each in items or [result]]
    return " ".join(dict.fromkeys(filter(None, said))) or "see the log"
