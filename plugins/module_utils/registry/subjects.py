# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subjects as they are and as they are wanted, and the plan between the two. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..kafka.names import pattern_problem
from ..plan import Change, Plan
from .schemas import Reference, Schema, in_order, syntax_problem, text_from

LEVELS = ("none", "backward", "backward_transitive", "forward", "forward_transitive", "full", "full_transitive")
INHERIT = "inherit"


@dataclass(frozen=True)
class WantedSubject:
    """What the user of the module asks for. No schema: the versions stay as they are."""

    name: str
    state: str = "present"
    schema: Schema | None = None
    compatibility: str | None = None
    permanent: bool = False


@dataclass(frozen=True)
class CurrentSubject:
    """What the registry holds.

    :param compatibility: its level; where the registry does not tell its own from the registry's, that.
    :param found: version and id of the wanted schema, when it is registered already.
    :param refused: why the registry would not take the wanted schema; empty when it would or when that cannot be told.
    :param uses: subjects that its schemas refer to.
    :param used_by: subjects whose schemas refer to it.
    """

    versions: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    latest: Schema | None = None
    compatibility: str | None = None
    soft_deleted: tuple[int, ...] = ()
    found: tuple[int, int] | None = None
    refused: str = ""
    uses: frozenset[str] = frozenset()
    used_by: frozenset[str] = frozenset()

    @property
    def exists(self) -> bool:
        return bool(self.versions)

    def as_result(self) -> dict[str, object] | None:
        if not self.versions and not self.soft_deleted:
            return None
        result: dict[str, object] = {"versions": list(self.versions), "ids": list(self.ids), "compatibility": self.compatibility}
        if self.soft_deleted:
            result["soft_deleted"] = list(self.soft_deleted)
        if self.latest is not None:
            result |= {"schema": self.latest.shown(), "schema_text": self.latest.text}
        return result


@dataclass(frozen=True)
class State:
    """The whole of what was read: the subjects by name, and the level of the registry."""

    subjects: Mapping[str, CurrentSubject]
    global_compatibility: str | None = None


def wanted_subjects(options: Mapping[str, Any], matched: Iterable[str] = ()) -> list[WantedSubject]:
    """The subjects that a module's options ask for: the listed ones, and those that the pattern matched."""
    listed = [
        WantedSubject(
            entry["name"], entry.get("state") or options["state"], _schema_from(entry), entry.get("compatibility") or options.get("compatibility"),
            bool(options["permanent"] if entry.get("permanent") is None else entry["permanent"]),
        )
        for entry in options.get("subjects") or []
    ]  # fmt: skip
    names = {subject.name for subject in listed}
    by_pattern = [WantedSubject(name, options["state"], None, options.get("compatibility"), bool(options["permanent"])) for name in matched]
    return listed + [subject for subject in by_pattern if subject.name not in names]


def _schema_from(entry: Mapping[str, Any]) -> Schema | None:
    if entry.get("schema") is None:
        return None
    references = tuple(Reference(each["name"], each["subject"], each.get("version")) for each in entry.get("references") or [])
    return Schema(text_from(entry["schema"]), entry.get("schema_type") or "avro", references)


def input_problems(wanted: Sequence[WantedSubject], pattern: str | None) -> list[str]:
    """What is wrong with the request whatever the registry holds."""
    problems = [pattern_problem(pattern)] if pattern is not None else []
    names = [subject.name for subject in wanted]
    problems += [f"subject {name} is listed twice" for name in sorted({name for name in names if names.count(name) > 1})]
    for subject in wanted:
        if not subject.name.strip():
            problems.append("the name of a subject is empty")
        if subject.state == "absent" and subject.schema is not None:
            problems.append(f"subject {subject.name}: a schema cannot be given for what should be absent")
        if subject.permanent and subject.state == "present":
            problems.append(f"subject {subject.name}: permanent is for what should be absent")
        if subject.schema is not None and (problem := syntax_problem(subject.schema)):
            problems.append(f"subject {subject.name}: {problem}")
    circle = in_order({subject.name: [each.subject for each in subject.schema.references] for subject in wanted if subject.schema})[1]
    if circle:
        problems.append(f"the schemas of {', '.join(circle)} refer to each other in a circle")
    return [problem for problem in problems if problem]


def state_problems(wanted: Sequence[WantedSubject], current: Mapping[str, CurrentSubject]) -> list[str]:
    """What the registry would refuse, found before anything is touched.

    :param current: the wanted subjects and those that their schemas refer to.
    """
    problems: list[str] = []
    registered = {subject.name for subject in wanted if subject.schema is not None}
    removed = {subject.name for subject in wanted if subject.state == "absent"}
    for subject in wanted:
        now = current.get(subject.name, CurrentSubject())
        for each in subject.schema.references if subject.schema else ():
            there = current.get(each.subject, CurrentSubject())
            if each.subject in removed or (not there.exists and each.subject not in registered):
                problems.append(f"subject {subject.name} refers to {each.subject}, which is neither registered nor listed with a schema")
            elif each.version is not None and each.version not in there.versions and each.subject not in registered:
                problems.append(f"subject {subject.name} refers to version {each.version} of {each.subject}, which has {list(there.versions)}")
        if subject.schema is not None and now.refused and not subject.compatibility:
            problems.append(f"subject {subject.name} would refuse the schema (compatibility {now.compatibility}): {now.refused}")
        if subject.state == "absent" and (others := sorted(now.used_by - removed)):
            problems.append(f"subject {subject.name} cannot be deleted: {', '.join(others)} refers to it and is not listed")
        if subject.state == "present" and subject.schema is None and subject.compatibility is None and not now.exists:
            problems.append(f"subject {subject.name} does not exist and there is no schema for it")
    return problems


def plan_subjects(wanted: Sequence[WantedSubject], state: State, global_compatibility: str | None = None) -> Plan:
    """What has to be done, in the order in which it can be done.

    What is referred to is registered before what refers to it, and deleted after it.
    """
    changes: list[Change] = []
    if global_compatibility is not None and global_compatibility != state.global_compatibility:
        changes.append(Change("", "altered", {"compatibility": state.global_compatibility}, {"compatibility": global_compatibility}))
    by_name = {subject.name: subject for subject in wanted}
    new: set[str] = set()
    for name in registration_order(wanted):
        change = _present(by_name[name], state, new)
        if change is not None:
            changes.append(change)
            if change.action in ("created", "registered"):
                new.add(name)
    current = state.subjects
    absent = {name: current.get(name, CurrentSubject()).used_by for name, subject in by_name.items() if subject.state == "absent"}
    ordered, circle = in_order(absent)
    changes += [change for name in [*ordered, *circle] if (change := _absent(by_name[name], current.get(name, CurrentSubject()))) is not None]
    return Plan(tuple(changes))


def registration_order(wanted: Sequence[WantedSubject]) -> list[str]:
    """The subjects that should be present, each after those that its schema refers to."""
    return in_order({subject.name: [each.subject for each in subject.schema.references] if subject.schema else []
                     for subject in wanted if subject.state == "present"})[0]


def _present(subject: WantedSubject, state: State, new: set[str]) -> Change | None:
    now = state.subjects.get(subject.name, CurrentSubject())
    # A reference to the newest version of a subject that gets a new one makes this another schema as well.
    moved = subject.schema is not None and any(each.version is None and each.subject in new for each in subject.schema.references)
    register = subject.schema is not None and (now.found is None or moved)
    level = _new_level(subject, now, state)
    if not register and level is None:
        return None
    after: dict[str, object] = {"compatibility": level if level is not None else now.compatibility}
    if register and subject.schema is not None:
        after["schema"] = subject.schema.shown()
    elif now.latest is not None:
        after["schema"] = now.latest.shown()
    return Change(subject.name, ("registered" if now.exists else "created") if register else "altered", _shown(now), after)


def _new_level(subject: WantedSubject, now: CurrentSubject, state: State) -> str | None:
    """The level that has to be set, \"inherit\" to have none of its own; ``None`` when it is as wanted."""
    if subject.compatibility is None:
        return None
    if subject.compatibility == INHERIT:
        return INHERIT if now.compatibility not in (None, state.global_compatibility) else None
    return subject.compatibility if subject.compatibility != now.compatibility else None


def _absent(subject: WantedSubject, now: CurrentSubject) -> Change | None:
    if subject.permanent and (now.exists or now.soft_deleted):
        return Change(subject.name, "permanently_deleted", _shown(now) or {"soft_deleted": list(now.soft_deleted)}, None)
    return Change(subject.name, "deleted", _shown(now), None) if now.exists else None


def _shown(now: CurrentSubject) -> dict[str, object] | None:
    if not now.exists:
        return None
    shown: dict[str, object] = {"compatibility": now.compatibility}
    return {**shown, "schema": now.latest.shown()} if now.latest is not None else shown
