# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Empties the directories of systems right below one configured directory: read, plan, apply, count again."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Optional

from ..errors import InputError, OperationError
from ..plan import Change, Plan
from ..progress import Progress
from .names import directory_problem, system_problem
from .sweep import Swept, count, file_system_of, open_directory, remove

OK, ABSENT, FAILED = "ok", "absent", "failed"
VERIFIED, NOT_VERIFIED, NOT_CHECKED = "verified", "failed", "not_checked"
Handles = Mapping[str, Optional[int]]


@dataclass
class Outcome:
    """What became of one system's directory."""

    name: str
    state: str
    removed: dict[str, int] = field(default_factory=dict)
    verified: str = NOT_CHECKED
    error: str = ""
    stayed: list[dict[str, str]] = field(default_factory=list)
    stayed_count: int = 0

    def as_result(self) -> dict[str, object]:
        return {
            "name": self.name,
            "state": self.state,
            "removed": self.removed,
            "verified": self.verified,
            "stayed": self.stayed,
            "stayed_count": self.stayed_count,
            **({"error": self.error} if self.error else {}),
        }


@contextmanager
def opened(directory: str, systems: Sequence[str], crosses: bool) -> Iterator[Handles]:
    """The directories of the systems, open for the ``with`` block; None for one that does not exist.

    :param crosses: whether one may be on another file system than ``directory``.
    :raises InputError: with everything that rules out one of them.
    """
    problems = [problem for problem in [directory_problem(directory), *map(system_problem, systems)] if problem]
    resolved = os.path.realpath(directory)
    if not problems and directory_problem(resolved):
        problems = [f"{directory} leads to {resolved}: {directory_problem(resolved)}"]
    problems += [f"{system} is named twice" for system in dict.fromkeys(systems) if systems.count(system) > 1]
    if problems:
        raise InputError(problems)
    with ExitStack() as stack:
        top = _opened_top(directory, stack)
        handles = {system: None if top is None else _opened_system(directory, top, system, stack, problems) for system in systems}
        home = None if crosses or top is None else file_system_of(top)
        for system, handle in handles.items():
            if home is not None and handle is not None and file_system_of(handle) != home:
                problems.append(f"{directory}/{system} is on another file system than {directory}, or mounted there (cross_filesystems allows it)")
        if problems:
            raise InputError(problems)
        yield handles


def survey(directory: str, handles: Handles, crosses: bool) -> dict[str, Swept | None]:
    """Count what there is, and see whether it may be removed.

    :raises InputError: when something may not be. Nothing has been removed then.
    """
    _allow_depth()
    found = {system: None if handle is None else _attempted(directory, system, handle, crosses, removes=False) for system, handle in handles.items()}
    problems = [f"{directory}/{system}: {_staying(swept)}" for system, swept in found.items() if swept and swept.stays]
    if problems:
        partial = {"systems": [_refused(system, swept).as_result() for system, swept in found.items() if swept and swept.stays]}
        error = InputError(problems, "Give the user of this task the right to remove it, or remove it by hand.")
        error.partial.update(partial)
        raise error
    return found


def plan(found: Mapping[str, Swept | None]) -> Plan:
    """What is to be wiped: every system that has something."""
    return Plan(tuple(Change(system, "wiped", dict(swept.counts()), {}) for system, swept in found.items() if swept and swept.entries))


def foreseen(found: Mapping[str, Swept | None]) -> list[Outcome]:
    """What a run would do."""
    return [Outcome(system, ABSENT if swept is None else OK, swept.counts() if swept else {}) for system, swept in found.items()]


def apply(directory: str, handles: Handles, found: Mapping[str, Swept | None], planned: Plan, crosses: bool) -> list[Outcome]:
    """Wipe them one after another, and count again. One that fails does not stop the others."""
    wanted = {change.name for change in planned}
    return [_outcome(directory, system, handles[system], swept, system in wanted, crosses) for system, swept in found.items()]


def state_of(outcomes: Sequence[Outcome]) -> str:
    """All of them in one word."""
    states = {outcome.state for outcome in outcomes}
    return FAILED if FAILED in states else ABSENT if states <= {ABSENT} else "reset"


def verification_of(outcomes: Sequence[Outcome]) -> str:
    """The third state is never reported as the first."""
    seen = {outcome.verified for outcome in outcomes if outcome.state != ABSENT}
    return next((state for state in (NOT_VERIFIED, NOT_CHECKED) if state in seen), VERIFIED if seen else NOT_CHECKED)


def failure(directory: str, outcomes: Sequence[Outcome]) -> str:
    """Why it failed, with all systems that did."""
    failed = [outcome for outcome in outcomes if outcome.state == FAILED]
    told = "; ".join(outcome.error if outcome.error.startswith("Failed") else f"{directory}/{outcome.name}: {outcome.error}" for outcome in failed)
    return f"Failed to wipe {len(failed)} of {len(outcomes)} systems: {told.rstrip('.')}. Run it again once that is mended: it removes what is left."


def _outcome(directory: str, system: str, handle: int | None, swept: Swept | None, is_wanted: bool, crosses: bool) -> Outcome:
    if handle is None or swept is None:
        return Outcome(system, ABSENT)
    if not is_wanted:
        return Outcome(system, OK, verified=VERIFIED)  # it has just been read
    outcome = Outcome(system, OK)
    try:
        gone = _attempted(directory, system, handle, crosses, removes=True)
        outcome.removed, outcome.stayed, outcome.stayed_count = gone.counts(), gone.listed, gone.stays
        left = _attempted(directory, system, handle, crosses, removes=False)
    except OperationError as error:
        outcome.state, outcome.error = FAILED, str(error)
        return outcome
    if gone.stays or left.entries:
        outcome.state, outcome.verified = FAILED, NOT_VERIFIED
        outcome.error = _staying(gone) if gone.stays else f"{_entries(left.entries)} left, written into it in the meantime: stop what writes there"
    elif left.stays:
        outcome.state, outcome.error = FAILED, f"it could not be counted again: {left.listed[0]['reason']}"
    else:
        outcome.verified = VERIFIED
    return outcome


def _attempted(directory: str, system: str, handle: int, crosses: bool, removes: bool) -> Swept:
    progress = Progress(f"wipe of {directory}/{system}")
    try:
        return (remove if removes else count)(handle, crosses, progress)
    except OSError as error:
        attempted = "remove what is there" if removes else "read the directory"
        raise OperationError(attempted, f"{directory}/{system}", error.strerror or str(error)) from error


def _opened_top(directory: str, stack: ExitStack) -> int | None:
    """The configured directory; a link may lead to it, from there on none is followed."""
    try:
        top = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OperationError("open the checkpoint directory", directory, error.strerror or str(error), "Check directory.") from error
    stack.callback(os.close, top)
    return top


def _opened_system(directory: str, top: int, system: str, stack: ExitStack, problems: list[str]) -> int | None:
    try:
        handle = open_directory(system, top)
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append(f"{directory}/{system} {_why_not(top, system, error)}")
        return None
    stack.callback(os.close, handle)
    return handle


def _why_not(top: int, system: str, error: OSError) -> str:
    with suppress(OSError):
        kind = os.stat(system, dir_fd=top, follow_symlinks=False).st_mode
        if stat.S_ISLNK(kind):
            return "is a symbolic link, and links are not followed"
        if not stat.S_ISDIR(kind):
            return "is no directory"
    return f"cannot be opened: {error.strerror or error}"


def _refused(system: str, swept: Swept) -> Outcome:
    return Outcome(system, FAILED, error=_staying(swept), stayed=swept.listed, stayed_count=swept.stays)


def _staying(swept: Swept) -> str:
    """What cannot be removed, the first few by name."""
    first = "; ".join(f"{each['path']} ({each['reason']})" for each in swept.listed[:5])
    more = f" and {swept.stays - 5:,} more" if swept.stays > 5 else ""
    return f"{_entries(swept.stays)} cannot be removed: {first}{more}"


def _entries(number: int) -> str:
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


def _allow_depth() -> None:
    """Two open files for each directory on the way down."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
