# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors as they are and as they are wanted, and the steps between the two. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Union

Config = Union["Mapping[str, str]"]

RUNNING, PAUSED, STOPPED, FAILED = "running", "paused", "stopped", "failed"
STATES = ("present", "absent", RUNNING, PAUSED, STOPPED, "restarted")
# What brings a connector there, by what it is called in results.
REACHED_BY = {RUNNING: "resumed", PAUSED: "paused", STOPPED: "stopped"}
_SHOWN_LINES = 10


@dataclass(frozen=True)
class Task:
    """One task of a connector."""

    number: int
    state: str
    worker: str = ""
    trace: str = ""

    def as_result(self) -> dict[str, object]:
        shown: dict[str, object] = {"id": self.number, "state": self.state, "worker_id": self.worker}
        return {**shown, "trace": first_lines(self.trace)} if self.trace else shown


@dataclass(frozen=True)
class Connector:
    """A connector as the worker knows it. States are in lower case."""

    name: str
    config: Config = field(default_factory=dict)
    state: str = "unassigned"
    tasks: tuple[Task, ...] = ()
    expected_tasks: int = 0
    kind: str = ""
    worker: str = ""
    trace: str = ""

    @property
    def target(self) -> str:
        """The state that somebody asked for; a connector that failed was asked to run."""
        return self.state if self.state in (PAUSED, STOPPED) else RUNNING

    @property
    def tells_target(self) -> bool:
        """Not while no worker has it, as after a restart of workers: it may be paused, and the API does not say so."""
        return self.state in (RUNNING, PAUSED, STOPPED, FAILED)

    @property
    def has_failed(self) -> bool:
        return self.state == FAILED or any(task.state == FAILED for task in self.tasks)


@dataclass(frozen=True)
class Wanted:
    """``config`` is ``None`` where it stays as it is."""

    name: str
    state: str = "present"
    config: Config | None = None


@dataclass(frozen=True)
class Step:
    """What has to be done to one connector, in the order of the fields.

    :param action: ``created``, ``altered``, ``resumed``, ``paused``, ``stopped``, ``restarted``, ``deleted``.
    :param config: to be put; ``None``: it stays.
    :param target: the state to ask for; ``None``: it stays.
    :param restart: ``failed`` or ``all``; empty: nothing is restarted.
    """

    name: str
    action: str
    config: Config | None = None
    target: str | None = None
    restart: str = ""


def as_config(values: Mapping[str, object]) -> dict[str, str]:
    """A configuration as Connect keeps it: texts. ``1`` is ``"1"``, ``true`` is ``"true"``, lists are joined by commas, nulls are left out."""
    return {str(key): _as_text(value) for key, value in values.items() if value is not None}


def input_problems(wanted: Sequence[Wanted], raw: Mapping[str, Mapping[str, object]]) -> list[str]:
    """What is wrong with the request whatever the worker holds.

    :param raw: the configurations as they were given.
    """
    names = [each.name for each in wanted]
    problems = [f"connector {name} is listed twice" for name in sorted({name for name in names if names.count(name) > 1})]
    problems += ["the name of a connector is empty" for name in names if not name.strip()]
    for each in wanted:
        problems += [f"connector {each.name}: the value of {key} is a dictionary; Connect takes texts"
                     for key, value in raw.get(each.name, {}).items() if isinstance(value, Mapping)]
        if each.config is None:
            continue
        if each.state == "absent":
            problems.append(f"connector {each.name}: a config cannot be given for what should be absent")
        elif not each.config.get("connector.class"):
            problems.append(f"connector {each.name}: config has no connector.class")
        if each.config.get("name", each.name) != each.name:
            problems.append(f"connector {each.name}: config calls it {each.config['name']}")
    return problems


def state_problems(wanted: Sequence[Wanted], current: Mapping[str, Connector]) -> list[str]:
    """What cannot be done to the connectors that there are."""
    return [f"connector {each.name} does not exist and there is no config for it"
            for each in wanted if each.state != "absent" and each.config is None and each.name not in current]


def same_config(current: Config, wanted: Config) -> bool:
    """Compared both ways: a key that is no longer wanted is a difference. The name is not part of it."""
    return _nameless(current) == _nameless(wanted)


def plan(wanted: Sequence[Wanted], current: Mapping[str, Connector], restart: str = FAILED, exclusive: bool = False) -> tuple[Step, ...]:
    """The steps to what is wanted.

    :param restart: what ``restarted`` restarts, ``failed`` or ``all``.
    :param exclusive: whether connectors that are not listed are deleted.
    """
    steps = [step for each in wanted if (step := _step(each, current.get(each.name), restart)) is not None]
    listed = {each.name for each in wanted}
    return (*steps, *(Step(name, "deleted") for name in sorted(current) if exclusive and name not in listed))


def target_of(wanted: Wanted, current: Connector | None) -> str:
    """The state that it should have in the end, ``absent`` for none."""
    if wanted.state in (RUNNING, PAUSED, STOPPED, "absent"):
        return wanted.state
    return current.target if current else RUNNING


def first_lines(trace: str, lines: int = _SHOWN_LINES) -> str:
    """The beginning of a stack trace, and its causes, which say most."""
    rows = trace.splitlines()
    causes = [row for row in rows[lines:] if row.startswith("Caused by:")]
    return "\n".join([*rows[:lines], *causes])


def reason_of(trace: str) -> str:
    """A stack trace in one line: what was thrown, and the cause of its causes."""
    rows = trace.splitlines()
    causes = [row.partition(":")[2].strip() for row in rows[1:] if row.startswith("Caused by:")]
    return " because of ".join([row.strip() for row in rows[:1]] + causes[-1:])


def _step(wanted: Wanted, now: Connector | None, restart: str) -> Step | None:
    if wanted.state == "absent":
        return Step(wanted.name, "deleted") if now else None
    target = target_of(wanted, now)
    if now is None:
        return Step(wanted.name, "created", wanted.config or {}, target if target != RUNNING else None)
    config = wanted.config if wanted.config is not None and not same_config(now.config, wanted.config) else None
    asked = wanted.state in (RUNNING, PAUSED, STOPPED)
    move = target if target != now.target or (asked and not now.tells_target) else None
    again = _restarted(wanted, now, restart, config is not None)
    action = "altered" if config is not None else REACHED_BY[move] if move else "restarted" if again else ""
    return Step(wanted.name, action, config, move, again) if action else None


def _restarted(wanted: Wanted, now: Connector, restart: str, altered: bool) -> str:
    if wanted.state == "restarted":
        return restart if restart == "all" or now.has_failed else ""
    # A new configuration restarts a task only when the task's own part of it is another one.
    runs = wanted.state == RUNNING or (wanted.state == "present" and altered and now.target == RUNNING)
    return FAILED if runs and now.has_failed else ""


def _nameless(config: Config) -> dict[str, str]:
    return {key: value for key, value in config.items() if key != "name"}


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(_as_text(each) for each in value)
    return str(value)
