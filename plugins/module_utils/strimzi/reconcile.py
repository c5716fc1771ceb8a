# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The four steps of both modules: read, plan, apply in batches and wait for the operator, report.

The operator takes changes into a queue (STRIMZI_MAX_QUEUE_SIZE, 1024), and restarts when it overflows. So at most
``batch_size`` changes are on their way at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError, OperationError
from ..plan import Change, Plan
from .client import StrimziClient
from .planning import Found, Place, Step, plan, spec_side
from .resources import Kind, Progress, Resource, choose_version, is_paused, name_of, operator_warning, progress_of
from .wishes import Wish

_REQUESTS_AT_ONCE = 8
_SHOWN = 20
QUEUE = 1000  # of the operator's 1024


@dataclass(frozen=True)
class Manner:
    """How the changes are made."""

    check: bool
    wait: bool
    timeout: float
    batch_size: int
    force: bool


@dataclass
class Outcome:
    """What came of it, by subject."""

    after: dict[str, Resource | None] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    progress: dict[str, Progress] = field(default_factory=dict)
    attempted: set[str] = field(default_factory=set)


def reconcile(client: StrimziClient, kind: Kind, params: Mapping[str, Any], wanted: Sequence[Wish], problems: list[str], check: bool) -> dict[str, Any]:
    """Bring the resources to what is wanted.

    :param problems: what was found wrong before; the error lists it as well.
    :returns: the module's result; the key ``failures`` holds what did not succeed, by subject, and ``warnings`` is for people.
    :raises InputError: with every problem, before anything is changed.
    """
    served = client.served()
    place = Place(kind, choose_version(kind, served, params["api_version"]), client.namespace, params["cluster"])
    found, impossible = plan(place, client.resources(kind, place.api_version)[0], wanted)
    manner = Manner(check, params["wait"], params["wait_timeout"], params["batch_size"], params["force_conflicts"])
    steps = [each.step for each in found if each.step is not None]
    problems = [*problems, *impossible, *_queue_problems(steps, manner)]
    tried = _in_parallel(steps, lambda step: client.carry_out(place, step, dry_run=True, force=manner.force))
    problems += [f"{kind.what} '{subject}': {error}" for subject, error in tried.failed.items()]
    if problems:
        raise InputError(problems)
    kafkas = client.kafkas(served, place.api_version)
    warning = operator_warning(kind, place.cluster, place.namespace, kafkas) if kafkas is not None else ""
    outcome = tried if check else _apply(client, place, found, manner)
    return _report(place, found, outcome, manner, [warning] if warning else [])


def _queue_problems(steps: Sequence[Step], manner: Manner) -> list[str]:
    problems = []
    if not 1 <= manner.batch_size <= QUEUE:
        problems.append(f"batch_size must be from 1 to {QUEUE}, because the operator's queue holds little more, not {manner.batch_size}")
    elif not manner.wait and len(steps) > manner.batch_size:
        problems.append(f"{len(steps)} changes at once could overflow the operator's queue: wait for them (wait: true), "
                        f"or send at most batch_size ({manner.batch_size}) in a call")
    return problems


def _apply(client: StrimziClient, place: Place, found: Sequence[Found], manner: Manner) -> Outcome:
    """Batch by batch; a batch that the operator does not get done is the last one."""
    whole = Outcome()
    steps = [each.step for each in found if each.step is not None]
    for first in range(0, len(steps), manner.batch_size):
        batch = steps[first:first + manner.batch_size]
        done = _in_parallel(batch, lambda step: client.carry_out(place, step, dry_run=False, force=manner.force))
        whole.after |= done.after
        whole.failed |= done.failed
        whole.attempted |= done.attempted
        if manner.wait and not _wait_for(client, place, [step for step in batch if step.subject not in done.failed], manner.timeout, whole):
            return whole
    if manner.wait:
        _wait_for_unchanged(client, place, found, manner.timeout, whole)
    return whole


def _wait_for(client: StrimziClient, place: Place, steps: Sequence[Step], timeout: float, whole: Outcome) -> bool:
    """Whether the operator was done with all of them in time."""
    subjects = {step.name: step.subject for step in steps}
    gone = [step.name for step in steps if step.action == "deleted"]
    seen = client.wait(place, [name for name in subjects if name not in gone], timeout, gone) if steps else {}
    whole.progress |= {subjects[name]: progress for name, progress in seen.items()}
    return all(progress.is_settled for progress in seen.values())


def _wait_for_unchanged(client: StrimziClient, place: Place, found: Sequence[Found], timeout: float, whole: Outcome) -> None:
    """Those that an earlier run, or somebody else, has written and the operator is not done with."""
    idle = [each for each in found if each.step is None and each.resource is not None]
    subjects = {name_of(each.resource): each.wish.subject for each in idle if each.resource is not None}
    going = [name_of(each.resource) for each in idle if each.resource is not None and each.wish.spec is None]
    open_ones = [name_of(each.resource) for each in idle if each.resource is not None and progress_of(each.resource).state == "pending"]
    if open_ones:
        seen = client.wait(place, [name for name in open_ones if name not in going], timeout, going)
        whole.progress |= {subjects[name]: progress for name, progress in seen.items()}


def _in_parallel(steps: Iterable[Step], work: Callable[[Step], Resource | None]) -> Outcome:
    outcome = Outcome()
    listed = list(steps)

    def attempt(step: Step) -> None:
        outcome.attempted.add(step.subject)
        try:
            outcome.after[step.subject] = work(step)
        except OperationError as error:
            outcome.failed[step.subject] = str(error)

    with ThreadPoolExecutor(max_workers=_REQUESTS_AT_ONCE) as pool:
        for future in [pool.submit(attempt, step) for step in listed]:
            future.result()
    return outcome


def _report(place: Place, found: Sequence[Found], outcome: Outcome, manner: Manner, warnings: list[str]) -> dict[str, Any]:
    items: dict[str, dict[str, Any]] = {}
    changes: list[Change] = []
    for each in found:
        item = _item(each, outcome, manner)
        items[each.wish.subject] = item
        if item["action"] in ("created", "altered", "deleted"):
            changes.append(Change(each.wish.subject, item["action"], item["before"], item["after"]))
        if each.resource is not None and is_paused(each.resource):
            warnings.append(f"{place.kind.what} '{each.wish.subject}': {progress_of(each.resource).says}")
    failures = {subject: item["reason"] for subject, item in items.items() if item.get("reason")}
    done = Plan(tuple(changes))
    result = {"changed": bool(done), f"{place.kind.what}s": items, "diff": done.diff(), "api_version": place.api_version}
    return {**result, "warnings": warnings, "failures": failures}


def _item(each: Found, outcome: Outcome, manner: Manner) -> dict[str, Any]:
    """One topic or user of the result. ``ready`` has three states: verified, failed, not_checked."""
    subject, step = each.wish.subject, each.step
    before = spec_side(each.resource)
    name = step.name if step else name_of(each.resource) if each.resource is not None else each.wish.name
    item: dict[str, Any] = {"resource": name, "before": before, "after": before, "ready": "not_checked"}
    if step is None:
        item["action"] = "unchanged" if each.resource is not None else "absent"
    elif subject in outcome.failed:
        return {**item, "action": "failed", "ready": "failed", "reason": outcome.failed[subject]}
    elif subject not in outcome.attempted:
        return {**item, "action": "not_attempted", "reason": "not attempted, because the operator did not get an earlier batch done"}
    else:
        item |= {"action": step.action, "after": spec_side(outcome.after.get(subject))}
    progress = outcome.progress.get(subject) or (progress_of(each.resource) if step is None else None)
    if step is None and each.resource is None or progress is None or not manner.wait or manner.check:
        return item
    return {**item, **_readiness(each, progress, manner.timeout)}


def _readiness(each: Found, progress: Progress, timeout: float) -> dict[str, Any]:
    if progress.state == ("ready" if each.wish.spec is not None else "gone"):
        return {"ready": "verified"}
    if progress.state == "paused" and each.step is None:
        return {}  # as wanted, and nobody looks at it: a warning says so
    if progress.state == "gone":
        return {"ready": "failed", "reason": "somebody deleted its resource meanwhile"}
    late = f"not done after {timeout:.0f} s, last seen: " if progress.state == "pending" else ""
    return {"ready": "failed", "reason": f"{late}{progress.says}"}


def failure(kind: Kind, client: StrimziClient, result: Mapping[str, Any]) -> OperationError:
    """One error for all that failed."""
    failures: Mapping[str, str] = result["failures"]
    shown = "; ".join(f"'{subject}': {reason}" for subject, reason in list(failures.items())[:_SHOWN])
    more = f"; and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
    advice = "What waits too long: look whether the entity operator of this cluster runs, and at its log." if "not done after" in shown else ""
    partial = {key: value for key, value in result.items() if key not in ("failures", "warnings")}
    total = len(result[f"{kind.what}s"])
    on = f"namespace {client.namespace}"
    return OperationError(f"bring {len(failures)} of {total} {kind.what}s into the wanted state", on, f"{shown}{more}", advice, partial)
