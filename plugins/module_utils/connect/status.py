# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a connector is where it should be. Pure.

The REST API has no generation of a status: right after a change it still tells the old one. What was changed must therefore
be seen unchanged for a moment before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .connectors import FAILED, PAUSED, STOPPED, Connector, reason_of

# Seconds that a state must last after a change.
SETTLED, SETTLED_FAILURE, SETTLED_WITHOUT_TASKS = 2.0, 5.0, 10.0
READY, BROKEN, WAITING = "ready", "broken", "waiting"


def verdict(seen: Connector | None, target: str, changed: bool, lasted: float) -> str:
    """``ready``, ``broken`` or ``waiting``.

    :param target: the state that it should have, ``absent`` for none.
    :param changed: whether something was just done to it.
    :param lasted: seconds for which it was seen as it is now.
    """
    if target == "absent":
        return READY if seen is None else WAITING
    if seen is None:
        return WAITING
    if target == STOPPED:
        return READY if seen.state == STOPPED and not seen.tasks else WAITING
    if seen.has_failed:
        return BROKEN if not changed or lasted >= SETTLED_FAILURE else WAITING
    if seen.state != target or len(seen.tasks) != seen.expected_tasks or any(task.state != target for task in seen.tasks):
        return WAITING
    # One that was created paused has no tasks before it is resumed.
    needed = 0.0 if not changed else SETTLED if seen.tasks or target == PAUSED else SETTLED_WITHOUT_TASKS
    return READY if lasted >= needed else WAITING


def describe(seen: Connector | None) -> str:
    """``connector running, tasks 0 running, 1 failed``."""
    if seen is None:
        return "it is not there"
    tasks = ", ".join(f"{task.number} {task.state}" for task in seen.tasks) or "none"
    return f"connector {seen.state}, tasks {tasks}"


def failure_of(seen: Connector) -> str:
    """Why it does not run, in one line."""
    said = [f"the connector has failed: {reason_of(seen.trace) or 'the worker gives no reason'}"] if seen.state == FAILED else []
    said += [f"task {task.number} has failed: {reason_of(task.trace) or 'the worker gives no reason'}" for task in seen.tasks if task.state == FAILED]
    return "; ".join(said)


def progress_line(seen: Mapping[str, Connector], pending: Iterable[str]) -> str:
    """What is still waited for, the first three by name."""
    names = sorted(pending)
    shown = "; ".join(f"{name}: {describe(seen.get(name))}" for name in names[:3])
    return f"waiting for {len(names)}: {shown}" + (" ..." if len(names) > 3 else "")
