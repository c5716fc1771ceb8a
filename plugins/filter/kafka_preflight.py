# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role kafka_preflight: from its settings to lanes, and from what the lanes found to rows of the report. All are pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils import preflight_checks, preflight_rows


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "kafka_preflight_problems": preflight_checks.problems,
            "kafka_preflight_lanes": preflight_checks.lanes,
            "kafka_preflight_conclusion": preflight_rows.conclusion,
        }
