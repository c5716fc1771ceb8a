# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What plugins say about configurations. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .connectors import Step


def class_problems(step: Step, known: Sequence[str]) -> list[str]:
    """A plugin that the worker does not have; Connect's own text lists all others with their paths."""
    wanted = (step.config or {}).get("connector.class", "")
    if not known or any(is_called(plugin, wanted) for plugin in known):
        return []
    return [f"connector {step.name}: this worker has no plugin {wanted}. It has {', '.join(known)}"]


def is_called(plugin: str, name: str) -> bool:
    """Connect accepts a class, its simple name, and that without ``Connector`` at its end."""
    simple = plugin.rpartition(".")[2]
    short = simple[: -len("Connector")] if simple.endswith("Connector") else simple
    return name in (plugin, simple, short)


def field_problems(name: str, said: Mapping[str, object]) -> list[str]:
    """Every error of every field; some values are null there, and a field may have several."""
    problems = []
    configs = said.get("configs")
    for each in configs if isinstance(configs, list) else []:
        value = each.get("value") or {}
        problems += [f"connector {name}: {value.get('name')}: {' '.join(str(error).split())}" for error in value.get("errors") or []]
    return problems
