# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of the role replicator_migration, all at once and before anything is looked at. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils.errors import InputError
from ..module_utils.kafka.connection import CONNECTION_SPEC
from ..module_utils.migration.replicator_plan_request import sizing_from
from ..module_utils.migration.selection import selection_problems
from ..module_utils.replication.two_clusters import SIDES, connections_from
from .migration_plan import SIZING

CLEARS_UP = "cleanup"


def problems(settings: Mapping[str, Any]) -> list[str]:
    """``settings`` are the role's variables without their prefix."""
    found = [] if settings["confirm"] == settings["name"] else [f"confirm is '{settings['confirm']}', which is not the name of this migration"]
    for side in SIDES:
        unknown = sorted(set(settings[side]) - set(CONNECTION_SPEC))
        found += [f"{side} has no option {name}, only {', '.join(CONNECTION_SPEC)}" for name in unknown]
    if "bootstrap_servers" in settings["source"] and "bootstrap_servers" in settings["destination"]:
        found += connections_from({side: _as_given(settings[side]) for side in SIDES})[1]
    found += [f"{side} has no bootstrap_servers" for side in SIDES if "bootstrap_servers" not in settings[side]]
    found += selection_problems(settings["topics"], settings["pattern"], settings["exclude"])
    try:
        sizing_from({name: settings[name] for name in SIZING})
    except InputError as error:
        found += error.problems
    return [f"replicator_migration_{problem}" if problem.split(" ")[0].rstrip(":") in settings else problem for problem in found]


def _as_given(side: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a connection as a module would see them: a list where one address or several in one text are given."""
    servers = side["bootstrap_servers"]
    return {**side, "bootstrap_servers": [servers] if isinstance(servers, str) else list(servers)}
