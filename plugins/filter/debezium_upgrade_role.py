# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role debezium_upgrade: from its backup and settings to plans, from what was seen to verdicts and rows of the report. All are pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils import debezium_plans, debezium_verdicts


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "debezium_upgrade_problems": debezium_plans.problems,
            "debezium_upgrade_plan": debezium_plans.plan,
            "debezium_upgrade_rollback": debezium_plans.rollback,
            "debezium_upgrade_verdicts": debezium_verdicts.verdicts,
            "debezium_upgrade_conclusion": debezium_verdicts.conclusion,
        }
