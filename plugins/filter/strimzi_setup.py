# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role strimzi_setup: from its variables to resources, and from what its phases did to rows of the report. All are pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils import strimzi_setup, strimzi_setup_rows


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "strimzi_setup_problems": strimzi_setup.problems,
            "strimzi_setup_warnings": strimzi_setup.warnings,
            "strimzi_setup_resources": strimzi_setup.resources,
            "strimzi_setup_operator": strimzi_setup.operator,
            "strimzi_setup_lanes": strimzi_setup.lanes,
            "strimzi_setup_rows": strimzi_setup_rows.tried_rows,
            "strimzi_setup_conclusion": strimzi_setup_rows.conclusion,
        }
