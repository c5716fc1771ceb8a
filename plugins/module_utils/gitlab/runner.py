# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runner as GitLab sees it: does it poll, does it work on jobs?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from ..errors import OperationError
from ..progress import Progress
from ..rest import RestError
from ..wait import wait_until
from .api import GitLab, Purpose

PURPOSE = Purpose(
    to="read a runner",
    scope="read_api",
    role="the role Maintainer in a project of the runner (Owner of its group, administrator for an instance runner)",
    also="From GitLab 17.1 on, the scope manage_runner may be needed as well.",
)


@dataclass(frozen=True)
class Contact:
    """When GitLab last heard of a runner, on GitLab's own clock.

    :param at: seconds since 1970; ``None`` when it never did.
    :param now: the server's time when it said so.
    """

    at: float | None
    now: float
    description: str
    status: str
    paused: bool

    @property
    def silent_for(self) -> float | None:
        return None if self.at is None else max(0.0, self.now - self.at)

    def as_result(self) -> dict[str, object]:
        contacted = None if self.at is None else datetime.fromtimestamp(self.at, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        silent = None if self.silent_for is None else round(self.silent_for, 1)
        return {"contacted_at": contacted, "silent_seconds": silent, "status": self.status, "paused": self.paused, "description": self.description}

    def describe(self) -> str:
        heard = "GitLab never heard of it" if self.silent_for is None else f"GitLab heard of it {self.silent_for:.0f} s ago"
        return f"{heard}, status {self.status}" + (", and it is paused" if self.paused else "")


def seconds_of(text: object) -> float | None:
    """Seconds since 1970 of a time as the API writes it: ``2016-01-25T16:39:48.066Z``."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if isinstance(text, str) and text else None


def latest(times: Iterable[object]) -> float | None:
    """The latest of some times as the API writes them."""
    known = [seconds for seconds in map(seconds_of, times) if seconds is not None]
    return max(known) if known else None


def read_contact(gitlab: GitLab, runner_id: int) -> Contact:
    """When the runner last polled ("Runners API", get runner's details, contacted_at).

    Newer servers know each process of a runner (list all runner's managers, since GitLab 17): the latest of all counts.
    """
    runner, now = gitlab.get_with_time(f"runners/{runner_id}", f"read runner {runner_id}")
    managers: list[Mapping[str, object]] = []
    try:
        managers = list(gitlab.items(f"runners/{runner_id}/managers", f"list the processes of runner {runner_id}"))
    except RestError as error:
        if error.status not in (403, 404):
            raise
    at = latest([runner.get("contacted_at"), *(manager.get("contacted_at") for manager in managers)])
    return Contact(at, now, str(runner.get("description") or ""), str(runner.get("status") or "unknown"), bool(runner.get("paused")))


def wait_until_idle(gitlab: GitLab, runner_id: int, timeout: float) -> None:
    """Wait until the runner works on no job ("Runners API", list jobs processed by a runner).

    :raises OperationError: at the deadline, with the jobs.
    """
    def running() -> list[str]:
        jobs = gitlab.items(f"runners/{runner_id}/jobs", f"list the jobs of runner {runner_id}", {"status": "running"})
        return [f"{job['id']} ({job.get('name')})" for job in jobs]

    wait_until(
        "see the runner without jobs", running, lambda jobs: not jobs, timeout=timeout, on=f"runner {runner_id}",
        describe=lambda jobs: f"it runs the jobs {', '.join(jobs)}", interval=0.1, longest_interval=5.0, progress=Progress(f"runner {runner_id}"),
        advice="Nothing was restarted. wait_for_jobs: false restarts it all the same, and its jobs fail.",
    )


def wait_until_polling(gitlab: GitLab, runner_id: int, since: float, timeout: float) -> Contact:
    """Wait until the runner has polled after ``since``, a time on GitLab's clock that is exact to a second.

    :raises OperationError: at the deadline, with the last contact.
    """
    try:
        return wait_until(
            "see the runner poll again", lambda: read_contact(gitlab, runner_id), lambda contact: contact.at is not None and contact.at >= since + 1,
            timeout=timeout, on=f"runner {runner_id}", describe=Contact.describe, interval=0.1, longest_interval=5.0, progress=Progress(f"runner {runner_id}"),
            advice="Look at the log of the new pod: its token or the address of GitLab may be wrong.",
        )
    except OperationError as error:
        error.partial["changed"] = True
        raise
