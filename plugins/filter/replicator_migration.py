# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role replicator_migration: from its variables to what is wrong with them, from an assessment to a plan and to what is made. All are pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils import migration_cleanup, migration_plan, migration_prepare, migration_problems


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "replicator_migration_problems": migration_problems.problems,
            "replicator_migration_plan": migration_plan.plan,
            "replicator_migration_topics": migration_prepare.topics,
            "replicator_migration_acls": migration_prepare.acls,
            "replicator_migration_obstacles": migration_prepare.obstacles,
            "replicator_migration_doomed": migration_cleanup.doomed,
            "replicator_migration_properties": migration_prepare.secrets_text,
        }
