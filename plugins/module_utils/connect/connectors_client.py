# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries the steps of a plan out on a worker, all connectors at the same time, and waits for all of them together."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import OperationError
from ..progress import Progress
from ..rest import RestError
from ..wait import wait_until
from . import versions
from .connectors import PAUSED, STOPPED, Connector, Step, Wanted, target_of
from .status import BROKEN, READY, WAITING, describe, failure_of, progress_line, verdict
from .validation import class_problems, field_problems
from .worker import Worker, at_once, repeated

_INTERVAL = 0.5


@dataclass
class Outcome:
    """What became of one connector; an empty ``reason`` is success."""

    reason: str = ""
    offsets_removed: bool = False
    done: list[str] = field(default_factory=list)


def version_problems(worker: Worker, wanted: Sequence[Wanted], remove_offsets: bool) -> list[str]:
    """What this worker is too old for."""
    release, problems = f"this worker is {worker.release}", []
    for each in wanted:
        if each.state == STOPPED and worker.version < versions.STOP:
            problems.append(f"connector {each.name}: state=stopped needs Connect {versions.shown(versions.STOP)}, {release}. "
                            "Use state=paused: the tasks stay assigned and do nothing")
        if each.state == "restarted" and worker.version < versions.RESTART_TASKS:
            problems.append(f"connector {each.name}: state=restarted needs Connect {versions.shown(versions.RESTART_TASKS)}, {release}")
        if each.state == "absent" and remove_offsets and worker.version < versions.OFFSETS:
            problems.append(f"connector {each.name}: remove_offsets needs Connect {versions.shown(versions.OFFSETS)}, {release}. "
                            f"Delete the group connect-{each.name} of a sink with kafka_consumer_group (state=absent) afterwards")
    return problems


def plugin_problems(worker: Worker, steps: Sequence[Step], ask_plugin: bool) -> list[str]:
    """Everything that the plugins say is wrong with the configurations that are about to be put."""
    put = [step for step in steps if step.config is not None]
    if not put or not ask_plugin:
        return []
    known = [str(plugin["class"]) for plugin in worker.plugins()]
    problems = {step.name: class_problems(step, known) for step in put}

    def ask(step: Step) -> list[str]:
        config = {**(step.config or {}), "name": step.name}
        return field_problems(step.name, worker.validate(config["connector.class"], config))

    asked = [step for step in put if not problems[step.name]]
    return [problem for step in put for problem in problems[step.name]] + [problem for said in at_once(ask, asked) for problem in said]


def carry_out(worker: Worker, steps: Sequence[Step], remove_offsets: bool) -> dict[str, Outcome]:
    """Each step; that one fails keeps no other back."""

    def one(step: Step) -> Outcome:
        outcome = Outcome()
        try:
            _do(worker, step, remove_offsets, outcome)
        except OperationError as error:
            outcome.reason = str(error)
        return outcome

    return dict(zip((step.name for step in steps), at_once(one, steps)))


def wait_for_all(
    worker: Worker, targets: Mapping[str, str], changed: Mapping[str, bool], timeout: float, progress: Progress
) -> tuple[dict[str, Connector], dict[str, str]]:
    """One wait for all of them, whatever their number.

    :param targets: by name the state that each should have.
    :param changed: whether something was just done to it.
    :returns: all connectors as they were seen last, and why some are not where they should be.
    """
    pending = dict(targets)
    reasons: dict[str, str] = {}
    since: dict[str, tuple[object, float]] = {}
    last: dict[str, Connector] = {}

    def look() -> dict[str, Connector]:
        try:
            found_now = worker.connectors()
        except RestError as error:
            if error.status == 404:  # a worker that was restarted listens before it knows any path: no answer about connectors yet
                return last
            raise
        last.clear()
        last.update(found_now)
        now = time.monotonic()
        for name, target in list(pending.items()):
            seen = last.get(name)
            if name not in since or since[name][0] != seen:
                since[name] = (seen, now)
            found = verdict(seen, target, changed.get(name, False), now - since[name][1])
            if found == BROKEN and seen is not None:
                reasons[name] = f"Failed to get {name} {target}: {failure_of(seen)}."
            if found != WAITING:
                pending.pop(name)
        return last

    try:
        wait_until("wait for the connectors", look, lambda dummy: not pending, timeout, describe=lambda seen: progress_line(seen, pending),
                   interval=_INTERVAL / 5, longest_interval=_INTERVAL, progress=progress)
    except RestError:
        raise
    except OperationError:
        for name, target in pending.items():
            reasons[name] = f"Failed to get {name} {target} within {timeout:g} s; last seen: {describe(last.get(name))}."
    return last, reasons


def targets_of(wanted: Sequence[Wanted], current: Mapping[str, Connector], steps: Sequence[Step], outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """What to wait for: not for what failed."""
    targets = {each.name: target_of(each, current.get(each.name)) for each in wanted}
    targets.update({step.name: "absent" for step in steps if step.action == "deleted"})
    return {name: target for name, target in targets.items() if not (name in outcomes and outcomes[name].reason)}


def _do(worker: Worker, step: Step, remove_offsets: bool, outcome: Outcome) -> None:
    if step.action == "deleted":
        if remove_offsets:
            _remove_offsets(worker, step.name)
            outcome.offsets_removed = True
        worker.delete(step.name)
        return
    if step.config is not None:
        _put(worker, step, outcome)
    target = step.target
    if target is not None:
        repeated(lambda: worker.move(step.name, target), (404,), worker.rest.timeout)
        outcome.done.append(target)
    if step.restart:
        worker.restart(step.name, only_failed=step.restart != "all")
        outcome.done.append("restarted")


def _put(worker: Worker, step: Step, outcome: Outcome) -> None:
    config = step.config or {}
    if step.action == "created" and step.target in (PAUSED, STOPPED) and worker.version >= versions.INITIAL_STATE:
        try:
            worker.create(step.name, config, step.target)
        except RestError as error:
            # Either somebody else was quicker, or our own request was answered after it had been given up.
            if error.status != 409 or "already exists" not in error.answered:
                raise
            worker.put_config(step.name, config)
    else:
        worker.put_config(step.name, config)
    outcome.done.append(step.action)


def _remove_offsets(worker: Worker, name: str) -> None:
    """Only of a stopped connector, and a sink's group is empty a moment after that only."""
    worker.move(name, STOPPED)
    wait_until(f"stop {name}", lambda: worker.connectors().get(name), lambda seen: verdict(seen, STOPPED, False, 0) == READY or seen is None,
               worker.rest.timeout, describe=describe)
    repeated(lambda: worker.reset_offsets(name), (400, 500), worker.rest.timeout)
