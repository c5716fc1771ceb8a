# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the log of a job while it grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import OperationError
from ..progress import Progress
from ..wait import wait_until
from .api import GitLab, Purpose
from .job_log import LogCheck

# A job token reaches neither a job by its id nor its log ("Fine-grained permissions for CI/CD job tokens", available API endpoints).
PURPOSE = Purpose(
    to="read the log of a job",
    scope="read_api",
    role="the role Reporter or higher in the project (Developer when the job logs are not public)",
)

# "CI/CD Jobs", available job statuses
_ENDED = frozenset({"success", "failed", "canceled", "skipped"})


@dataclass(frozen=True)
class Job:
    """A job as the API describes it."""

    id: int
    name: str
    status: str
    ref: str
    web_url: str

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Job:
        return cls(int(said["id"]), *(str(said.get(name) or "") for name in ("name", "status", "ref", "web_url")))

    @property
    def has_ended(self) -> bool:
        return self.status in _ENDED

    def as_result(self) -> dict[str, object]:
        return {"id": self.id, "name": self.name, "status": self.status, "ref": self.ref, "web_url": self.web_url}


def find_job(gitlab: GitLab, name: str, pipeline_id: int) -> int:
    """The id of a pipeline's job, by its name. Of a job that was retried, it is the newest.

    :raises OperationError: when the pipeline has no job of this name; its jobs are listed.
    """
    path = gitlab.in_project(f"pipelines/{pipeline_id}/jobs")
    found = {str(job["name"]): int(job["id"]) for job in sorted(gitlab.items(path, f"list the jobs of pipeline {pipeline_id}"), key=lambda job: int(job["id"]))}
    if name not in found:
        raise OperationError("find the job", f"pipeline {pipeline_id} of project {gitlab.project}", f"it has no job '{name}'", f"Its jobs: {', '.join(found)}.")
    return found[name]


@dataclass
class LogReader:
    """The log of one job, as far as it has been read."""

    gitlab: GitLab
    job_id: int
    check: LogCheck
    job: Job | None = None

    def look(self) -> LogReader:
        """Read what is new. The job is asked first, so that a log read after its end is a whole one."""
        path = self.gitlab.in_project(f"jobs/{self.job_id}")
        self.job = Job.of(self.gitlab.get(path, f"read job {self.job_id}"))
        for piece in self.gitlab.download(f"{path}/trace", f"read the log of job {self.job_id}", self.check.bytes_read):
            self.check.feed(piece)
            if self.check.state == "forbidden":
                return self
        if self.job.has_ended:
            self.check.finish()
        return self

    def is_settled(self, wait_for: str) -> bool:
        """Whether there is nothing left to wait for."""
        if self.check.state == "forbidden" or (self.job is not None and self.job.has_ended):
            return True
        return wait_for == "lines" and self.check.wants_lines and self.check.state == "found"

    def wait(self, wait_for: str, timeout: float) -> None:
        """Read until the answer is known.

        :raises OperationError: at the deadline, with what is missing.
        """
        wait_until(
            "see the expected lines" if self.check.missing() else "see the end of the job", self.look, lambda reader: reader.is_settled(wait_for),
            timeout=timeout, on=f"the log of job {self.job_id}", describe=LogReader.describe, interval=0.1, longest_interval=5.0,
            progress=Progress(f"log of job {self.job_id}"),
        )

    def describe(self) -> str:
        missing = self.check.missing()
        status = self.job.status if self.job else "unknown"
        return f"the job is {status}, {self.check.lines_read} lines read, " + (f"missing: {', '.join(missing)}" if missing else "nothing missing")

    def as_result(self) -> dict[str, object]:
        ended = self.job is not None and self.job.has_ended
        return {
            "changed": False,
            "state": self.check.state,
            "job": self.job.as_result() if self.job else None,
            "complete": ended and self.check.state != "forbidden",
            "lines_read": self.check.lines_read,
            "lines": [expected.as_result() for expected in self.check.expectations],
        }

    def failure(self) -> OperationError | None:
        """The error that the log gives reason for; its partial result is the whole one."""
        on = f"the log of job {self.job_id}" + (f" ({self.job.name})" if self.job else "")
        if self.check.state == "forbidden":
            return OperationError("see only lines that may appear", on, f"forbidden: {'; '.join(self.check.forbidden())}", partial=self.as_result())
        if self.check.state == "not_found" and self.job is not None and self.job.has_ended:
            said = f"the job ended ({self.job.status}) after {self.check.lines_read} lines without: {', '.join(self.check.missing())}"
            return OperationError("see the expected lines", on, said, partial=self.as_result())
        return None
