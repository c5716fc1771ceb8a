# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a module that another action runs: ``module_defaults`` count for it as for a task of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.plugins.action import ActionBase


def defaults_for(
    module: str, groups: Iterable[str], module_defaults: Iterable[Mapping[str, Any]], resolved: Callable[[Any], Mapping[str, Any]] = dict
) -> dict[str, Any]:
    """What ``module_defaults`` say for a module, as Ansible reads them.

    :param groups: the action groups that the module belongs to, by their full names.
    :param module_defaults: from the outermost (the play's) to the innermost (the task's). The last entry of a key counts as a whole,
        and what is said for the module itself wins over what is said for its groups.
    :param resolved: makes options of what was written: all of them may be one variable.
    """
    entries: dict[str, Any] = {}
    for each in module_defaults:
        entries.update(each)
    found: dict[str, Any] = {}
    for key, options in entries.items():
        if key.startswith("group/") and key.removeprefix("group/") in groups:
            found.update(resolved(options))
    found.update(resolved(entries.get(module) or {}))
    return found


def with_defaults(action: ActionBase, module: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """The module's options: ``args``, and what the ``module_defaults`` of the action's task say beyond them."""
    task = action._task
    found = action._shared_loader_obj.module_loader.find_plugin_with_context(module, collection_list=task.collections)
    groups = task._parent._play._action_groups or {}
    defaults = defaults_for(found.resolved_fqcn or module, groups.get(found.resolved_fqcn, []), task.module_defaults or [],
                            action._templar.template)  # fmt: skip
    return {**{option: value for option, value in defaults.items() if option not in args}, **args}
