# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a project's active pipelines, cancelling them, and waiting until they are cancelled."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..errors import InputError, OperationError
from ..progress import Progress
from ..rest import Rest, RestError
from ..wait import wait_until
from .api import GitLab, Purpose, api_url, lacks_scope
from .pipelines import ACTIVE_STATUSES, CANCELABLE_JOB_STATUSES, DELETED, Outcome, Pipeline, describe

PURPOSE = Purpose(
    to="cancel pipelines",
    scope="api",
    role="the role Developer or higher in the project (Maintainer where the branch is protected)",
    also="The project may also restrict it: Settings > CI/CD > General pipelines > Minimum role required to cancel a pipeline or job.",
)


def current_pipeline_id(params: Mapping[str, Any], environment: Mapping[str, str]) -> int:
    """The pipeline that must survive: the option, CI_PIPELINE_ID, or the one that the job token belongs to.

    ``GET /job`` is one of the few endpoints that a job token may use ("GitLab CI/CD job token").

    :raises InputError: when it cannot be found out.
    """
    given = params["current_pipeline_id"]
    if given is not None:
        return int(given)
    if environment.get("CI_JOB_TOKEN"):
        rest = Rest.from_params(params, url=api_url(params["url"]), secret_headers={"JOB-TOKEN": environment["CI_JOB_TOKEN"]})
        job = rest.get("job", "find the pipeline of this job's token")
        return int(job["pipeline"]["id"])
    raise InputError([
        "the pipeline that must not be cancelled is unknown: set current_pipeline_id, or run this in a CI job, where CI_PIPELINE_ID holds it"])


def read_current(gitlab: GitLab, number: int) -> Pipeline:
    """The current pipeline; that it is one of the project is made sure of by this."""
    return Pipeline.of(gitlab.get(gitlab.in_project(f"pipelines/{number}"), f"read the current pipeline {number}"))


def read_active(gitlab: GitLab, ref: str | None, child_pipelines: bool) -> list[Pipeline]:
    """Every pipeline that has not ended.

    One listing for each status, because the API filters by one at a time and a whole history may be tens of thousands long;
    in the order in which a pipeline goes through them, so that one which goes on between two listings is in the second.
    Child pipelines are listed only when asked for by their source ("Pipelines API", since GitLab 17.0).
    """
    sources: list[str | None] = [None, "parent_pipeline"] if child_pipelines else [None]
    found: dict[int, Pipeline] = {}
    for source in sources:
        for status in ACTIVE_STATUSES:
            for said in gitlab.items(gitlab.in_project("pipelines"), f"list {status} pipelines", {"status": status, "ref": ref, "source": source}):
                pipeline = Pipeline.of(said)
                found[pipeline.id] = pipeline
    return list(found.values())


def read_own_run(gitlab: GitLab, current: Pipeline, active: Iterable[Pipeline]) -> set[int]:
    """Ids of the current pipeline's children, and of its parent with all of its children when it is a child itself.

    The API says only which pipelines one has triggered (bridges), so the parent is searched among those that it can be.
    """
    candidates = [pipeline for pipeline in active if pipeline.id != current.id and pipeline.is_of_run(current)]
    if not candidates:
        return set()
    own = _descendants(gitlab, current.id)
    if current.is_child:
        for pipeline in candidates:
            below = _descendants(gitlab, pipeline.id)
            if current.id in below:
                own |= {pipeline.id, *below}
    return own


def _descendants(gitlab: GitLab, number: int) -> set[int]:
    found: set[int] = set()
    waiting = [number]
    while waiting:
        try:
            bridges = list(gitlab.items(gitlab.in_project(f"pipelines/{waiting.pop()}/bridges"), "list what a pipeline has triggered"))
        except RestError as error:
            if error.status == 404:  # it runs in another project, where nothing is cancelled
                continue
            raise
        for bridge in bridges:
            triggered = (bridge.get("downstream_pipeline") or {}).get("id")
            if isinstance(triggered, int) and triggered not in found:
                found.add(triggered)
                waiting.append(triggered)
    return found


class Cancellation:
    """Cancels pipelines and keeps asking until each of them has ended.

    Cancelling is asynchronous, and GitLab answers 200 whatever the state ("Pipelines API", cancel all jobs for a pipeline).
    Jobs with ``when: always`` can even start afterwards. So whatever still runs after ``patience`` seconds is cancelled
    again, and its jobs one by one.
    """

    def __init__(self, gitlab: GitLab, pipelines: Sequence[Pipeline], patience: float, force: bool) -> None:
        self.gitlab = gitlab
        self.outcomes = [Outcome(pipeline, pipeline.status) for pipeline in pipelines]
        self.patience = patience
        self.force = force
        self._started = time.monotonic()
        self._next_push = self._started + patience

    def foresee(self) -> None:
        """Fill in what would become of them, without asking GitLab to do it."""
        for outcome in self.outcomes:
            outcome.jobs_cancelled = len(self._jobs(outcome, CANCELABLE_JOB_STATUSES))
            outcome.status_after, outcome.asked = "canceled", True

    def request_all(self) -> None:
        """Ask GitLab to cancel each of them. A refusal of one does not keep the others from being asked."""
        for outcome in self.outcomes:
            number = outcome.pipeline.id
            try:
                outcome.jobs_before = frozenset(self._jobs(outcome, CANCELABLE_JOB_STATUSES))
                outcome.status_after = self._request(number)
                outcome.asked = True
            except RestError as error:
                self._note_refusal(outcome, error)

    def wait(self, timeout: float, progress: Progress) -> OperationError | None:
        """Wait until all have ended; the error of the deadline, with what still runs, is given back.

        :raises RestError: when GitLab does not answer any more.
        """
        try:
            wait_until(
                "see every pipeline cancelled", self._observe, lambda outcomes: all(outcome.has_ended or outcome.reason for outcome in outcomes),
                timeout=timeout, on=f"project {self.gitlab.project}", describe=describe, interval=0.1, longest_interval=5.0, progress=progress,
                advice="A job's after_script may still run, or its runner may be gone. force: true (role Maintainer) does not wait for them.",
            )
        except RestError:
            raise
        except OperationError as error:
            return error
        return None

    def count_jobs(self) -> None:
        """Count the jobs that were cancelled."""
        for outcome in self.outcomes:
            if outcome.asked and outcome.status_after != DELETED:
                outcome.jobs_cancelled = len(outcome.jobs_before & set(self._jobs(outcome, frozenset({"canceled", "canceling"}))))

    def failure(self) -> OperationError | None:
        """One error for all that GitLab refused."""
        refused = [outcome for outcome in self.outcomes if outcome.reason]
        if not refused:
            return None
        text = "; ".join(f"pipeline {outcome.pipeline.id} ({outcome.pipeline.ref}): {outcome.reason}" for outcome in refused)
        return OperationError("cancel pipelines", f"project {self.gitlab.project}", f"{len(refused)} of {len(self.outcomes)} refused: {text}",
                              f"{PURPOSE.token_needed()} {PURPOSE.also}")

    def _observe(self) -> list[Outcome]:
        push = time.monotonic() >= self._next_push
        for outcome in self.outcomes:
            if outcome.reason or outcome.has_ended:
                continue
            outcome.status_after = self._status(outcome.pipeline.id)
            outcome.seconds = time.monotonic() - self._started
            if push and not outcome.has_ended:
                self._push(outcome)
        if push:
            self._next_push = time.monotonic() + max(self.patience, 2.0)
        return self.outcomes

    def _push(self, outcome: Outcome) -> None:
        """Cancel it once more, and each of its jobs by itself ("Jobs API", cancel a job)."""
        try:
            self._request(outcome.pipeline.id)
            for number in self._jobs(outcome, CANCELABLE_JOB_STATUSES):
                outcome.jobs_before |= {number}
                self._cancel_job(number)
            for number in self._jobs(outcome, frozenset({"canceling"})) if self.force else []:
                self._cancel_job(number, {"force": True})
        except RestError as error:
            self._note_refusal(outcome, error)

    def _request(self, number: int) -> str:
        return str(self.gitlab.post(self.gitlab.in_project(f"pipelines/{number}/cancel"), f"cancel pipeline {number}")["status"])

    def _cancel_job(self, number: int, body: Mapping[str, object] | None = None) -> None:
        try:
            self.gitlab.post(self.gitlab.in_project(f"jobs/{number}/cancel"), f"cancel job {number}", body)
        except RestError as error:
            if error.status not in (400, 404):  # it ended in the meantime
                raise

    def _status(self, number: int) -> str:
        try:
            return str(self.gitlab.get(self.gitlab.in_project(f"pipelines/{number}"), f"read pipeline {number}")["status"])
        except RestError as error:
            if error.status == 404:
                return DELETED
            raise

    def _jobs(self, outcome: Outcome, statuses: frozenset[str]) -> list[int]:
        path = self.gitlab.in_project(f"pipelines/{outcome.pipeline.id}/jobs")
        jobs = self.gitlab.items(path, f"list the jobs of pipeline {outcome.pipeline.id}")
        return [int(job["id"]) for job in jobs if job.get("status") in statuses]

    def _note_refusal(self, outcome: Outcome, error: RestError) -> None:
        """One pipeline's refusal is noted; one that is the same for all is raised."""
        if error.status not in (403, 404) or lacks_scope(error):
            raise error
        outcome.reason = error.answered
