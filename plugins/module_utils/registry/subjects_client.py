# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads subjects and carries out a plan, subject by subject: what fails is a result, and what needs it is not attempted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import OperationError
from ..kafka.names import matching
from ..plan import Change, Plan
from .api import Registry, at_once
from .schemas import Schema
from .subjects import INHERIT, CurrentSubject, State, WantedSubject, registration_order


def matching_subjects(registry: Registry, pattern: str, deleted: bool) -> list[str]:
    """Names that the pattern matches as a whole; soft-deleted ones only where they are to be deleted permanently."""
    return matching(pattern, registry.subjects(deleted))


def read_state(registry: Registry, wanted: Sequence[WantedSubject]) -> State:
    """The wanted subjects, and those that their schemas refer to."""
    level = registry.compatibility()
    permanent = {subject.name for subject in wanted if subject.permanent}
    names = [subject.name for subject in wanted]
    referred = sorted({each.subject for subject in wanted if subject.schema for each in subject.schema.references} - set(names))
    read = dict(zip([*names, *referred], at_once(lambda name: read_subject(registry, name, name in permanent), [*names, *referred])))
    doomed = [subject.name for subject in wanted if subject.state == "absent"]
    users = dict(zip(doomed, at_once(lambda name: _users(registry, name, read[name]), doomed)))
    read |= {name: replace(read[name], used_by=frozenset(users[name] - {name})) for name in doomed}
    _look_up_schemas(registry, wanted, read)
    return State(read, level)


def read_subject(registry: Registry, name: str, with_deleted: bool = False) -> CurrentSubject:
    """One subject with all of its versions."""
    numbers = registry.versions(name)
    versions = [version for number in numbers if (version := registry.version(name, number)) is not None]
    gone = set(registry.versions(name, deleted=True)) - set(numbers) if with_deleted else set()
    uses = frozenset(each.subject for version in versions for each in version.schema.references)
    latest = max(versions, key=lambda version: version.number).schema if versions else None
    level = registry.compatibility(name) if versions else None
    return CurrentSubject(tuple(version.number for version in versions), tuple(version.id for version in versions), latest, level,
                          tuple(sorted(gone)), uses=uses)


def _users(registry: Registry, name: str, now: CurrentSubject) -> set[str]:
    return {user for number in now.versions for user in registry.references_to(name, number)}


def _look_up_schemas(registry: Registry, wanted: Sequence[WantedSubject], read: dict[str, CurrentSubject]) -> None:
    """Whether the wanted schemas are registered already, and if not, whether they would be taken.

    In the order of their references: where a referred schema is new, this one is, too, and cannot be tested yet.
    """
    by_name = {subject.name: subject for subject in wanted}
    new: set[str] = set()
    for name in registration_order(wanted):
        subject, now = by_name[name], read[name]
        if subject.schema is None:
            continue
        schema = subject.schema.with_versions(newest(read))
        if any(each.subject in new or each.version is None for each in schema.references):
            new.add(name)
            continue
        found = _found(registry, name, schema, now)
        refused = registry.incompatibility(name, schema) if now.exists and found is None else ""
        read[name] = replace(now, found=found, refused=refused or "")
        if found is None:
            new.add(name)


def _found(registry: Registry, name: str, schema: Schema, now: CurrentSubject) -> tuple[int, int] | None:
    if not now.exists:
        return None
    found = registry.find(name, schema)
    if found is None and now.latest is not None and now.latest.is_same_as(schema):  # a registry that does not normalise
        return now.versions[-1], now.ids[-1]
    return found


def newest(read: Mapping[str, CurrentSubject]) -> dict[str, int]:
    """The newest version of each subject that has one."""
    return {name: max(now.versions) for name, now in read.items() if now.versions}


@dataclass
class Outcome:
    """What became of one subject."""

    action: str
    reason: str = ""
    version: int | None = None
    id: int | None = None
    removed: list[int] = field(default_factory=list)


def apply_plan(registry: Registry, plan: Plan, wanted: Sequence[WantedSubject], state: State) -> dict[str, Outcome]:
    """Carry the plan out. What refers to something that failed is not attempted."""
    by_name = {subject.name: subject for subject in wanted}
    versions = newest(state.subjects)
    outcomes: dict[str, Outcome] = {}
    for change in plan:
        needed = _needed(by_name.get(change.name), state, change)
        failed = sorted(name for name in needed if name in outcomes and outcomes[name].reason)
        if failed:
            outcomes[change.name] = Outcome("not_attempted", f"{', '.join(failed)} failed before")
            continue
        try:
            outcomes[change.name] = _carry_out(registry, change, by_name.get(change.name), state, versions)
        except OperationError as error:
            outcomes[change.name] = Outcome("failed", str(error))
    return outcomes


def _needed(subject: WantedSubject | None, state: State, change: Change) -> Collection[str]:
    """What has to have worked before this change: what its schema refers to, or what refers to it when it is deleted."""
    if subject is None:
        return ()
    if change.action in ("deleted", "permanently_deleted"):
        return state.subjects[subject.name].used_by
    return [each.subject for each in subject.schema.references] if subject.schema else ()


def _carry_out(registry: Registry, change: Change, subject: WantedSubject | None, state: State, versions: dict[str, int]) -> Outcome:
    if subject is None:  # the registry itself
        registry.set_compatibility(str((change.after or {})["compatibility"]))
        return Outcome(change.action)
    if change.action in ("deleted", "permanently_deleted"):
        now = state.subjects[subject.name]
        removed = registry.delete(subject.name) if now.exists else []
        if change.action == "permanently_deleted":
            removed = registry.delete(subject.name, permanent=True) or removed
        return Outcome(change.action, removed=removed)
    return _register(registry, change, subject, state.subjects[subject.name], versions)


def _register(registry: Registry, change: Change, subject: WantedSubject, now: CurrentSubject, versions: dict[str, int]) -> Outcome:
    level = (change.after or {}).get("compatibility")
    if subject.compatibility is not None and level != now.compatibility and now.exists:  # the new schema is judged by the new level
        _set_level(registry, subject, str(level))
    version, id_ = (now.found or (None, None))
    if subject.schema is not None and change.action != "altered":
        schema = subject.schema.with_versions(versions)
        id_ = registry.register(subject.name, schema)
        found = registry.find(subject.name, schema)
        version = found[0] if found else None
        if version is not None:
            versions[subject.name] = version
    if subject.compatibility is not None and level != now.compatibility and not now.exists:
        _set_level(registry, subject, str(level))
    return Outcome(change.action, version=version, id=id_)


def _set_level(registry: Registry, subject: WantedSubject, level: str) -> None:
    if level == INHERIT:
        registry.forget_compatibility(subject.name)
    else:
        registry.set_compatibility(level, subject.name)


def as_results(
    wanted: Sequence[WantedSubject], state: State, plan: Plan, outcomes: Mapping[str, Outcome], after: Mapping[str, CurrentSubject]
) -> list[dict[str, object]]:
    """Each subject that was asked for, in the order of the request.

    :param outcomes: empty in check mode.
    :param after: what was changed, read again; empty in check mode.
    """
    planned = {change.name: change for change in plan}
    return [_row(subject, state.subjects[subject.name], planned.get(subject.name), outcomes.get(subject.name), after.get(subject.name)) for subject in wanted]


def _row(
    subject: WantedSubject, now: CurrentSubject, change: Change | None, outcome: Outcome | None, then: CurrentSubject | None
) -> dict[str, object]:
    idle = "unchanged" if subject.state == "present" else "absent"
    became = outcome or Outcome(change.action if change else idle)
    is_gone = subject.state == "absent" and not became.reason
    seen = then or (CurrentSubject() if is_gone else now)
    version, id_ = (became.version, became.id) if became.id is not None else (now.found or (None, None))
    row: dict[str, object] = {
        "name": subject.name, "action": became.action, "version": version, "id": id_, "versions": list(seen.versions), "ids": list(seen.ids),
        "before": now.as_result(), "after": (change.as_result()["after"] if change and not became.reason else now.as_result()),
    }  # fmt: skip
    if subject.state == "absent":
        row["removed_versions"] = became.removed or (list(now.versions + now.soft_deleted) if change and not became.reason else [])
        if became.action == "permanently_deleted":
            row["removed_ids"] = list(now.ids)
    return {**row, "reason": became.reason} if became.reason else row


def read_again(registry: Registry, names: Iterable[str]) -> dict[str, CurrentSubject]:
    """The subjects that were changed, as they are now."""
    listed = list(names)
    return dict(zip(listed, at_once(lambda name: read_subject(registry, name), listed)))


def failure(outcomes: Mapping[str, Outcome]) -> OperationError | None:
    """One error for all subjects that failed."""
    failed = {name or "the registry": outcome for name, outcome in outcomes.items() if outcome.reason}
    if not failed:
        return None
    text = "; ".join(f"{name}: {outcome.reason}" for name, outcome in failed.items())
    return OperationError(f"bring {len(failed)} of {len(outcomes)} subjects into the wanted state", answered=text)
