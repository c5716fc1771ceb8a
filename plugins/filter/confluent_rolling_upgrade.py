# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role confluent_rolling_upgrade: from its variables and what was seen to plans, commands and rows of the report. All are pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils import rolling_plans, rolling_report, rolling_stack


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "confluent_rolling_upgrade_problems": rolling_plans.problems,
            "confluent_rolling_upgrade_command": rolling_plans.command,
            "confluent_rolling_upgrade_plan": rolling_plans.plan_lines,
            "confluent_rolling_upgrade_rows": lambda steps: [rolling_report.step_row(step) for step in steps],
            "confluent_rolling_upgrade_stack": rolling_stack.services_of,
            "confluent_rolling_upgrade_states": rolling_report.connector_states,
            "confluent_rolling_upgrade_connectors": rolling_report.connector_rows,
            "confluent_rolling_upgrade_clients": rolling_report.client_rows,
            "confluent_rolling_upgrade_conclusion": rolling_report.conclusion,
        }
