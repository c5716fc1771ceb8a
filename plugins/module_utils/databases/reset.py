# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reset, whatever the engine: read everything, decide, empty one target after the other, count again, report."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import InputError, OperationError
from ..plan import Change, Plan
from .login import ConnectionLost
from .selection import Selection

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Found:
    """One target as it is on the server.

    :param counts: what a reset removes, by kind (``tables``); kinds without objects are left out.
    :param kept: what a reset keeps (``owner``); the same before and after, or the reset has failed.
    :param held: how much it holds, for the reader: ``rows``, ``bytes``. Not every engine can tell.
    :param unfinished: an earlier reset was killed between two of its steps, and this one completes it.
    """

    name: str
    counts: Counts = field(default_factory=dict)
    kept: Mapping[str, object] = field(default_factory=dict)
    unfinished: bool = False
    held: Counts = field(default_factory=dict)


class Engine(Protocol):
    """What every engine offers. A target is named by text: a database, a schema, a key, a key pattern."""

    def targets(self, selection: Selection) -> list[str]:
        """The names that ``selection`` means on this server; a literal name is returned whether it exists or not.

        :raises InputError: when a pattern covers one of the server's own databases.
        """

    def read(self, name: str) -> Found | None:
        """The target as it is, None when it does not exist.

        :raises OperationError: when it cannot be read, or when it is known that a reset would be refused.
        """

    def empty(self, found: Found) -> Counts:
        """Remove what was found, keep the rest, and return what was removed.

        :raises OperationError: with what had been removed until then as ``partial["removed"]``.
        """


@dataclass(frozen=True)
class Outcome:
    """What became of one target. ``verified``: counted again afterwards, and found empty with everything kept."""

    name: str
    state: str
    removed: Counts = field(default_factory=dict)
    kept: Mapping[str, object] = field(default_factory=dict)
    verified: str = "not_checked"
    error: str = ""
    held: Counts = field(default_factory=dict)

    def as_result(self) -> dict[str, object]:
        """The outcome as a plain dictionary, for the module's return value."""
        result: dict[str, object] = {"name": self.name, "state": self.state, "removed": dict(self.removed), "kept": dict(self.kept)}
        result.update({"held": dict(self.held)} if self.held else {})
        return {**result, "verified": self.verified, **({"error": self.error} if self.error else {})}


def read_targets(engine: Engine, names: Iterable[str]) -> dict[str, Found | None]:
    """Every target as it is.

    :raises OperationError: with the problems of all targets at once, before anything is touched.
    """
    found: dict[str, Found | None] = {}
    problems: list[OperationError] = []
    for name in names:
        try:
            found[name] = engine.read(name)
        except ConnectionLost:
            raise
        except OperationError as error:
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise InputError([str(problem) for problem in problems])
    return found


def plan_resets(found: Mapping[str, Found | None]) -> Plan:
    """What is about to change: targets that hold something, or that a killed reset left half-way. The rest stays untouched."""
    return Plan(tuple(_change(target) for target in found.values() if target is not None and (target.counts or target.unfinished)))


def _change(target: Found) -> Change:
    return Change(target.name, "finish" if target.unfinished else "reset", dict(target.counts), dict.fromkeys(target.counts, 0))


def absence_problems(selection: Selection, found: Mapping[str, Found | None]) -> list[str]:
    """What does not exist although ``must_exist`` asks for it."""
    missing = [name for name, target in found.items() if target is None]
    return [f"{name} does not exist" for name in missing] if found else [f"{selection} matches nothing"]


def apply_resets(engine: Engine, found: Mapping[str, Found | None], plan: Plan) -> list[Outcome]:
    """Empty what the plan names, one target after the other. A failure does not stop the others, a lost server does."""
    outcomes: list[Outcome] = []
    planned = {change.name for change in plan}
    lost = ""
    for name, target in found.items():
        if target is None or name not in planned:
            outcomes.append(_untouched(name, target))
        elif lost:
            outcomes.append(Outcome(name, "not attempted", kept=target.kept, error=f"The connection was lost before: {lost}"))
        else:
            try:
                outcomes.append(_emptied(engine, target))
            except OperationError as error:
                outcomes.append(Outcome(name, "failed", _removed_until(error), target.kept, error=str(error)))
                lost = str(error) if isinstance(error, ConnectionLost) else ""
    return outcomes


def foreseen(found: Mapping[str, Found | None], plan: Plan) -> list[Outcome]:
    """What the plan would give: the outcomes of check mode."""
    planned = {change.name for change in plan}
    return [
        Outcome(name, "ok", target.counts, target.kept, held=target.held) if target is not None and name in planned else _untouched(name, target)
        for name, target in found.items()
    ]


def _untouched(name: str, target: Found | None) -> Outcome:
    return Outcome(name, "absent") if target is None else Outcome(name, "ok", kept=target.kept, verified="verified")


def _emptied(engine: Engine, target: Found) -> Outcome:
    removed = engine.empty(target)
    try:
        left = engine.read(target.name)
    except OperationError as error:
        return Outcome(target.name, "ok", removed, target.kept, "not_checked", f"Emptied, but not counted again: {error}", target.held)
    problem = _left_over(target, left)
    return Outcome(target.name, "failed" if problem else "ok", removed, target.kept, "failed" if problem else "verified", problem, target.held)


def _left_over(before: Found, after: Found | None) -> str:
    """What is not as it should be after a reset, empty when all is well."""
    if after is None:
        return "" if not before.kept else "It is gone after the reset. Create it again."
    if after.counts:
        return f"After the reset it holds {in_words(after.counts)}: something writes to it. Stop that first, then run the reset again."
    changed = sorted(key for key in before.kept if before.kept[key] != after.kept.get(key))
    return f"After the reset these settings are not as before: {', '.join(changed)}." if changed else ""


@contextmanager
def telling_removed(removed: Counter[str]) -> Iterator[None]:
    """An error that ends the ``with`` block tells what ``removed`` counts until then (see ``Engine.empty``)."""
    try:
        yield
    except OperationError as error:
        error.partial["removed"] = dict(+removed)
        raise


def _removed_until(error: OperationError) -> Counts:
    removed = error.partial.get("removed", {})
    return {str(kind): int(count) for kind, count in removed.items()} if isinstance(removed, Mapping) else {}


def in_words(counts: Counts) -> str:
    """``3 tables, 1 views`` for people."""
    return ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in sorted(counts.items())) or "nothing"


def total(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """What was removed over all targets, by kind."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        counts.update(outcome.removed)
    return dict(counts)


def report(outcomes: list[Outcome], started: float, plan: Plan) -> dict[str, object]:
    """The module's return value, apart from ``msg`` of a failure. ``started``: time.monotonic() at the start."""
    removed = total(outcomes)
    finished = {change.name for change in plan.with_action("finish")}
    return {
        "changed": bool(removed) or any(outcome.name in finished and outcome.state == "ok" for outcome in outcomes),
        "state": _state({outcome.state for outcome in outcomes}),
        "removed": removed,
        "targets": [outcome.as_result() for outcome in outcomes],
        "verified": _verified(outcomes),
        "seconds": round(time.monotonic() - started, 3),
    }


def _state(states: Set[str]) -> str:
    if states & {"failed", "not attempted"}:
        return "failed"
    return "absent" if states <= {"absent"} else "reset"


def _verified(outcomes: Iterable[Outcome]) -> str:
    seen = {outcome.verified for outcome in outcomes if outcome.state != "absent"}
    return next((state for state in ("failed", "not_checked") if state in seen), "verified" if seen else "not_checked")


def failure(outcomes: Iterable[Outcome]) -> str:
    """What to tell when targets are not ok, empty when all are."""
    outcomes = list(outcomes)
    bad = [outcome for outcome in outcomes if outcome.state in ("failed", "not attempted")]
    if len(outcomes) == 1:
        return bad[0].error if bad else ""
    told = "\n".join(f"{outcome.name}: {outcome.error}" for outcome in bad)
    return f"{len(bad)} of {len(outcomes)} were not reset.\n{told}" if bad else ""
