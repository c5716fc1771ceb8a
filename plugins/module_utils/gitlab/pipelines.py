# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pipelines are to be cancelled: pure decisions, no requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from ..plan import Change, Plan

# "Pipelines API", list project pipelines, attribute status: those of its values that are not an end and wait for nobody's click.
ACTIVE_STATUSES = ("created", "waiting_for_resource", "preparing", "pending", "running", "scheduled")
# "CI/CD Jobs", available job statuses: what can be cancelled. A job that is "canceling" runs its after_script.
CANCELABLE_JOB_STATUSES = frozenset(ACTIVE_STATUSES)
# GitLab also has an undocumented "canceling" for pipelines, so what has ended is listed here, not what has not.
ENDED_STATUSES = frozenset({"canceled", "success", "failed", "skipped", "manual"})
DELETED = "deleted"  # not GitLab's: the pipeline was deleted while it was waited for


@dataclass(frozen=True)
class Pipeline:
    """A pipeline as the API describes it."""

    id: int
    ref: str
    sha: str
    status: str
    source: str = ""
    web_url: str = ""

    @classmethod
    def of(cls, said: Mapping[str, object]) -> Pipeline:
        return cls(int(str(said["id"])), *(str(said.get(name) or "") for name in ("ref", "sha", "status", "source", "web_url")))

    @property
    def is_child(self) -> bool:
        return self.source == "parent_pipeline"

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED_STATUSES or self.status == DELETED

    def is_of_run(self, other: Pipeline) -> bool:
        """Whether both may be parent and child ("Downstream pipelines": a child has its parent's project, ref and SHA)."""
        return (self.ref, self.sha) == (other.ref, other.sha)


@dataclass(frozen=True)
class Choice:
    """The pipelines to cancel, and why the other active ones are left alone."""

    cancel: tuple[Pipeline, ...] = ()
    left: tuple[tuple[Pipeline, str], ...] = ()

    def plan(self) -> Plan:
        return Plan(tuple(
            Change(str(pipeline.id), "cancel", {"status": pipeline.status, "ref": pipeline.ref}, {"status": "canceled", "ref": pipeline.ref})
            for pipeline in self.cancel))


def choose(active: Iterable[Pipeline], current: Pipeline, own_run: Collection[int], only_older: bool, ref: str | None) -> Choice:
    """Sort the active pipelines into those to cancel and those to leave.

    Ids are unique across a server and grow ("REST API", id vs iid), so a smaller one is an older pipeline.

    :param own_run: ids of the current pipeline's parent and children. Cancelling a parent cancels its children too.
    :param ref: only pipelines of this branch or tag; ``None`` means of any.
    """
    cancel, left = [], []
    for pipeline in sorted({pipeline.id: pipeline for pipeline in active}.values(), key=lambda pipeline: pipeline.id):
        if pipeline.id == current.id:
            continue
        reason = _reason_to_leave(pipeline, current, own_run, only_older, ref)
        if reason:
            left.append((pipeline, reason))
        else:
            cancel.append(pipeline)
    return Choice(tuple(cancel), tuple(left))


def _reason_to_leave(pipeline: Pipeline, current: Pipeline, own_run: Collection[int], only_older: bool, ref: str | None) -> str:
    if pipeline.id in own_run:
        return "same run"
    if ref is not None and pipeline.ref != ref:
        return "other ref"
    return "newer" if only_older and pipeline.id > current.id else ""


@dataclass
class Outcome:
    """What became of one pipeline."""

    pipeline: Pipeline
    status_after: str
    jobs_before: frozenset[int] = frozenset()
    jobs_cancelled: int = 0
    seconds: float = 0.0
    reason: str = ""
    asked: bool = False

    @property
    def has_ended(self) -> bool:
        return self.status_after in ENDED_STATUSES or self.status_after == DELETED

    @property
    def action(self) -> str:
        if self.reason:
            return "failed"
        if not self.asked:
            return "not_attempted"
        if not self.has_ended:
            return "canceling"
        return "canceled" if self.status_after == "canceled" else "ended"

    @property
    def has_changed(self) -> bool:
        return self.action in ("canceled", "canceling") or self.jobs_cancelled > 0

    def as_result(self) -> dict[str, object]:
        pipeline = self.pipeline
        result: dict[str, object] = {
            "id": pipeline.id, "ref": pipeline.ref, "sha": pipeline.sha, "source": pipeline.source, "web_url": pipeline.web_url, "action": self.action,
            "status_before": pipeline.status, "status_after": self.status_after, "jobs_cancelled": self.jobs_cancelled, "seconds": round(self.seconds, 1),
        }
        return {**result, "reason": self.reason} if self.reason else result


def describe(outcomes: Iterable[Outcome]) -> str:
    """What is still waited for, for people: ``"2 pipelines still run: 41 (running), 44 (pending)"``."""
    running = [f"{outcome.pipeline.id} ({outcome.status_after})" for outcome in outcomes if not outcome.has_ended and not outcome.reason]
    more = f" and {len(running) - 5} more" if len(running) > 5 else ""
    count = "1 pipeline still runs" if len(running) == 1 else f"{len(running)} pipelines still run"
    return f"{count}: {', '.join(running[:5])}{more}"
