# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call did, for the result and the diff. Pure; every configuration that leaves here is masked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from ..errors import OperationError
from ..plan import Change, Plan
from .connectors import Config, Connector, Step, Wanted, target_of
from .secrets import masked


def changes(wanted: Sequence[Wanted], current: Mapping[str, Connector], steps: Sequence[Step], passwords_of: Callable[[str], Collection[str]]) -> Plan:
    """One change for each step.

    :param passwords_of: by plugin its keys of type PASSWORD.
    """
    by_name = {each.name: each for each in wanted}
    return Plan(tuple(_change(step, by_name.get(step.name), current.get(step.name), passwords_of) for step in steps))


def rows(
    wanted: Sequence[Wanted], plan: Plan, current: Mapping[str, Connector], last: Mapping[str, Connector], reasons: Mapping[str, str],
    without_offsets: Collection[str], passwords_of: Callable[[str], Collection[str]],
) -> list[dict[str, object]]:
    """A row for each connector that was listed or deleted.

    :param current: all connectors as they were before.
    :param last: all connectors as they were seen last.
    :param reasons: by name why it failed.
    """
    same = {name: Change(name, "unchanged", side, side) for name, now in current.items() if (side := _side(now.config, now.target, passwords_of, None))}
    made = {**same, **{change.name: change for change in plan}}
    names = list(dict.fromkeys([each.name for each in wanted] + [change.name for change in plan]))
    return [_row(name, made.get(name), last.get(name), reasons.get(name), name in without_offsets) for name in names]


def failure(reasons: Mapping[str, str], total: int) -> OperationError | None:
    """One error for all of them."""
    if not reasons:
        return None
    return OperationError("bring the connectors into the wanted state", f"{len(reasons)} of {total}", " ".join(reasons[name] for name in sorted(reasons)))


def description(connector: Connector, passwords: Collection[str]) -> dict[str, object]:
    """A connector as information modules show it."""
    return {
        "name": connector.name,
        "type": connector.kind,
        "state": connector.state,
        "worker_id": connector.worker,
        "config": masked(connector.config, passwords),
        "tasks": [task.as_result() for task in connector.tasks],
        "has_failed": connector.has_failed,
        "group": group_of(connector),
    }


def group_of(connector: Connector) -> str | None:
    """The consumer group of a sink."""
    return connector.config.get("consumer.override.group.id", f"connect-{connector.name}") if connector.kind == "sink" else None


def _change(step: Step, wanted: Wanted | None, now: Connector | None, passwords_of: Callable[[str], Collection[str]]) -> Change:
    before = _side(now.config, now.target, passwords_of, None) if now else None
    if step.action == "deleted" or wanted is None:
        return Change(step.name, step.action, before, None)
    old = now.config if now else {}
    config = step.config if step.config is not None else old
    after = _side(config, target_of(wanted, now), passwords_of, old if now else None)
    if before is not None and step.restart:
        before["failed_tasks"] = [task.number for task in now.tasks if task.state == "failed"] if now else []
        after["restarted"] = step.restart
    return Change(step.name, step.action, before, after)


def _side(config: Config, state: str, passwords_of: Callable[[str], Collection[str]], other: Config | None) -> dict[str, object]:
    shown = masked(config, passwords_of(config.get("connector.class", "")), other)
    return {"config": {key: value for key, value in shown.items() if key != "name"}, "state": state}


def _row(name: str, change: Change | None, seen: Connector | None, reason: str | None, without_offsets: bool) -> dict[str, object]:
    action = "failed" if reason else change.action if change else "absent"
    row: dict[str, object] = {
        "name": name,
        "action": action,
        "before": dict(change.before) if change and change.before is not None else None,
        "after": dict(change.after) if change and change.after is not None else None,
        "state": seen.state if seen else None,
        "type": seen.kind if seen else None,
        "tasks": [task.as_result() for task in seen.tasks] if seen else [],
        "offsets_removed": without_offsets,
    }
    return {**row, "reason": reason} if reason else row
