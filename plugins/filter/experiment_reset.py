# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role experiment_reset: from targets to lanes, and from what the lanes did to rows of the report. All are pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils import experiment_problems, experiment_rows, experiment_targets


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "experiment_reset_problems": experiment_problems.problems,
            "experiment_reset_lanes": experiment_targets.lanes,
            "experiment_reset_rows": experiment_rows.stage_rows,
            "experiment_reset_conclusion": experiment_rows.conclusion,
        }
