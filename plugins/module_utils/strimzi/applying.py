# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole resources: read, tried by the API server, applied in order, waited for, reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import InputError, OperationError
from ..kubernetes.client import Cluster, NotPermitted
from ..plan import Change, Plan
from ..progress import Progress as ProgressLines
from ..wait import wait_until
from .kinds import Kinds
from .manifests import FOUNDATIONS, Manifest, content, defines, in_order, incomplete, is_same, manifest, repeated, unmovable
from .readiness import readiness, warnings
from .resources import GROUP, Progress, Resource

_REQUESTS_AT_ONCE = 8
_FOUNDATION_SECONDS = 60.0


@dataclass(frozen=True)
class Manner:
    """How the changes are made. ``timeout``: seconds."""

    check: bool
    wait: bool
    timeout: float
    force: bool


@dataclass
class Item:
    """One resource on its way. ``foreseen``: what the API server would make of it, None as long as it could not be asked."""

    wanted: Manifest
    before: Resource | None = None
    foreseen: Resource | None = None
    after: Resource | None = None
    failed: str = ""
    progress: Progress | None = None

    @property
    def is_change(self) -> bool:
        return self.foreseen is None or not is_same(self.before, self.foreseen)


@dataclass
class Work:
    """All of them."""

    kinds: Kinds
    items: list[Item] = field(default_factory=list)
    new: set[tuple[str, str]] = field(default_factory=set)

    def can_be_tried(self, item: Item) -> bool:
        return self.kinds.is_served(item.wanted.api_version, item.wanted.kind) and item.wanted.namespace not in self._new_namespaces()

    def _new_namespaces(self) -> set[str]:
        return {each.wanted.name for each in self.items if each.wanted.kind == "Namespace" and each.before is None and each.after is None}


def apply_all(cluster: Cluster, namespace: str, resources: Sequence[Mapping[str, Any]], manner: Manner) -> dict[str, Any]:
    """Bring all resources to what their manifests say, and wait until they are ready.

    :param namespace: of those that name none.
    :returns: the module's result; ``failures`` and ``warnings`` are for people.
    :raises InputError: with everything that is wrong, before anything is changed.
    """
    problems = incomplete(resources)
    if problems:
        raise InputError(problems)
    work = _read(cluster, [manifest(each, namespace) for each in resources])
    problems = [*repeated(each.wanted for each in work.items), *_unserved(work), *_try(work, work.items, manner)]
    if problems:
        raise InputError(problems)
    if not manner.check:
        _apply(work, manner)
    return _report(work.items, manner)


def _read(cluster: Cluster, manifests: Sequence[Manifest]) -> Work:
    work = Work(Kinds(cluster), new=defines(manifests))
    work.items += [Item(_placed(work.kinds, each)) for each in in_order(manifests)]

    def read(item: Item) -> None:
        if work.kinds.is_served(item.wanted.api_version, item.wanted.kind):
            item.before = work.kinds.read(item.wanted)

    _in_parallel(work.items, read)
    return work


def _unserved(work: Work) -> list[str]:
    problems = set()
    for item in work.items:
        wanted = item.wanted
        if not work.kinds.is_served(wanted.api_version, wanted.kind) and (wanted.group, wanted.kind) not in work.new:
            advice = "install Strimzi's resource definitions (CRDs) and its operator" if wanted.group == GROUP else "install what defines it, or leave it out"
            problems.add(f"the cluster does not serve {wanted.kind} as {wanted.api_version}: {advice}")
    return sorted(problems)


def _try(work: Work, items: Iterable[Item], manner: Manner) -> list[str]:
    """Have the API server foresee what each will be; everything that it refuses."""
    problems: list[str] = []

    def attempt(item: Item) -> None:
        try:
            item.foreseen = work.kinds.apply(item.wanted, dry_run=True, force=manner.force)
        except OperationError as error:
            problems.append(f"{item.wanted.title}: {error.answered or error}{f'. {error.advice}' if error.advice else ''}".rstrip("."))

    _in_parallel([each for each in items if work.can_be_tried(each)], attempt)
    for item in items:
        if item.before is not None and item.foreseen is not None and item.is_change and unmovable(item.before):
            problems.append(f"{item.wanted.title}: {unmovable(item.before)}")
    return sorted(problems)


def _apply(work: Work, manner: Manner) -> None:
    """In order; the first that is refused is the last one, and so is a foundation that does not come about."""
    foundations = [each for each in work.items if each.wanted.kind in FOUNDATIONS]
    rest = [each for each in work.items if each.wanted.kind not in FOUNDATIONS]
    if not _write(work, foundations, manner):
        return
    _await(work, foundations, _FOUNDATION_SECONDS)
    if any(each.failed for each in foundations):
        return
    late = [each for each in rest if each.foreseen is None]
    if late:
        _await_kinds(work, late)
        problems = _try(work, late, manner)
        if problems:
            raise OperationError("have the API server try the rest", "", "; ".join(problems), "", _partial(_report(work.items, manner)))
    if _write(work, rest, manner) and manner.wait:
        _await(work, rest, manner.timeout)


def _await_kinds(work: Work, items: Sequence[Item]) -> None:
    """A new definition is Established some moments before it is served."""

    def unserved() -> list[str]:
        work.kinds.forget()
        return sorted({each.wanted.kind for each in items if not work.kinds.is_served(each.wanted.api_version, each.wanted.kind)})

    wait_until("see the new kinds served", unserved, lambda left: not left, _FOUNDATION_SECONDS, describe=", ".join)
    for item in items:
        item.wanted = _placed(work.kinds, item.wanted)


def _placed(kinds: Kinds, wanted: Manifest) -> Manifest:
    """Without a namespace where its kind has none."""
    is_global = kinds.is_served(wanted.api_version, wanted.kind) and not kinds.has_namespace(wanted.api_version, wanted.kind)
    return replace(wanted, namespace="") if is_global else wanted


def _write(work: Work, items: Iterable[Item], manner: Manner) -> bool:
    """Whether all went well."""
    for item in items:
        if not item.is_change:
            item.after = item.before
            continue
        try:
            item.after = work.kinds.apply(item.wanted, dry_run=False, force=manner.force)
        except OperationError as error:
            item.failed = str(error)
            return False
    return True


def _await(work: Work, items: Sequence[Item], timeout: float) -> None:
    """Look until each is ready. An API server that is away for a while is waited for too."""
    unsettled = list(items)

    def look() -> list[str]:
        for item in list(unsettled):
            try:
                item.after = work.kinds.read(item.wanted)
                item.progress = readiness(item.after)
            except NotPermitted:
                raise
            except OperationError as error:
                item.progress = Progress("pending", str(error))
            if item.progress.is_settled:
                unsettled.remove(item)
        return [f"{each.wanted.title}: {each.progress.says}" for each in unsettled if each.progress]

    lines = ProgressLines("waiting for")
    try:
        wait_until("wait", look, lambda pending: not pending, timeout, describe="; ".join, progress=lines)
    except OperationError as error:
        for item in unsettled:
            seen = item.progress.says if item.progress else "nothing"
            item.failed = str(error) if isinstance(error, NotPermitted) else f"not ready after {timeout:.0f} s, last seen: {seen}"
    for item in items:
        if item.progress is not None and item.progress.state == "not_ready":
            item.failed = f"the operator refuses it: {item.progress.says}"


def _in_parallel(items: Sequence[Item], work: Callable[[Item], None]) -> None:
    with ThreadPoolExecutor(max_workers=_REQUESTS_AT_ONCE) as pool:
        for future in [pool.submit(work, each) for each in items]:
            future.result()


def _report(items: Sequence[Item], manner: Manner) -> dict[str, Any]:
    rows = [_row(each, manner) for each in items]
    changes = [
        Change(each.wanted.title, row["action"], row["before"], row["after"]) for each, row in zip(items, rows) if row["action"] in ("created", "altered")
    ]
    failures = {each.wanted.title: row["reason"] for each, row in zip(items, rows) if row.get("reason")}
    said = [f"{each.wanted.title}: {warning}" for each in items if each.after is not None for warning in warnings(each.after)]
    said += [f"{each.wanted.title}: {each.progress.says}" for each in items if each.progress is not None and each.progress.state == "paused"]
    done = Plan(tuple(changes))
    return {"changed": bool(done), "resources": rows, "diff": done.diff(), "failures": failures, "warnings": said}


def _row(item: Item, manner: Manner) -> dict[str, Any]:
    """``ready`` has three states: verified, failed, not_checked."""
    wanted = item.wanted
    row: dict[str, Any] = {
        "kind": wanted.kind, "name": wanted.name, "namespace": wanted.namespace or None, "api_version": wanted.api_version,
        "tried": item.foreseen is not None, "before": content(item.before), "after": content(item.before), "ready": "not_checked",
    }  # fmt: skip
    if not manner.check and item.after is None:
        return {**row, "action": "failed" if item.failed else "not_attempted", "ready": "failed" if item.failed else "not_checked",
                "reason": item.failed or "not attempted, because something before it failed"}
    if item.is_change or (item.foreseen is None and manner.check):
        written = item.foreseen if item.foreseen is not None else wanted.body
        row |= {"action": "created" if item.before is None else "altered", "after": content(written)}
    else:
        row["action"] = "unchanged"
    if item.failed:
        return {**row, "ready": "failed", "reason": item.failed}
    return {**row, "ready": "verified"} if item.progress is not None and item.progress.state == "ready" else row


def failure(where: str, result: Mapping[str, Any]) -> OperationError:
    """One error for all that failed."""
    failures: Mapping[str, str] = result["failures"]
    shown = "; ".join(f"{title}: {reason}" for title, reason in failures.items())
    advice = "Look whether the cluster operator runs and watches this namespace, and at its log." if "has not looked at" in shown else ""
    attempted = f"bring {len(failures)} of {len(result['resources'])} resources into the wanted state"
    return OperationError(attempted, where, shown, advice, _partial(result))


def _partial(result: Mapping[str, Any]) -> dict[str, Any]:
    return {key: result[key] for key in ("changed", "resources", "diff")}
