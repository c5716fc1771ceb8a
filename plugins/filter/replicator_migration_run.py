# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the phases replicate, verify and cutover of the role replicator_migration. All are pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..plugin_utils import migration_applications, migration_sum


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "replicator_migration_workers": migration_sum.by_worker,
            "replicator_migration_sum": migration_sum.closed_sum,
            "replicator_migration_applications": migration_applications.applications,
        }
