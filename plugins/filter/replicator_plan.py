# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter replicator_plan: options in, errors in Ansible's terms out. The work is done in module_utils/migration/replicator_plan.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import OperationError
from ..module_utils.migration.replicator_plan import Sizing, plan_connectors
from ..module_utils.migration.replicator_plan_request import current_from, sizing_from, topics_from

DEFAULTS: dict[str, object] = {
    "connectors": None,
    "prefix": Sizing.prefix,
    "max_tasks": Sizing.max_tasks,
    "task_rate": Sizing.task_rate,
    "task_memory": Sizing.task_memory,
    "duration": Sizing.duration,
    "current": None,
}


def replicator_plan(topics: Any, connectors: Any = None, **options: Any) -> list[dict[str, object]]:
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise AnsibleFilterError(f"replicator_plan has no option {', '.join(unknown)}. Its options are {', '.join(DEFAULTS)}.")
    try:
        wanted = {**DEFAULTS, **options, "connectors": connectors}
        sizing = sizing_from(wanted)
        return plan_connectors(topics_from(topics), sizing, current_from(wanted["current"], sizing))
    except OperationError as error:
        raise AnsibleFilterError(f"replicator_plan: {error}") from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"replicator_plan": replicator_plan}
