# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user can do with topics and groups, judged from what was tried. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .acls import Acl
from .connection import Connection
from .names import pattern_problem, topic_name_problem

VERIFIED, FAILED, NOT_CHECKED = "verified", "failed", "not_checked"
ANONYMOUS = "User:ANONYMOUS"

# What brokers answer after they have found that the user may: the record or the member is what they refuse.
_MAY_WRITE = frozenset({"CORRUPT_MESSAGE", "INVALID_RECORD", "MESSAGE_SIZE_TOO_LARGE", "RECORD_LIST_TOO_LARGE", "INVALID_TIMESTAMP", "NO_ERROR"})
_MAY_JOIN = frozenset({"UNKNOWN_MEMBER_ID", "ILLEGAL_GENERATION", "GROUP_ID_NOT_FOUND", "REBALANCE_IN_PROGRESS", "NO_ERROR"})
_MAY_NOT = frozenset({"TOPIC_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED", "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"})
_SHOWN = 10


@dataclass(frozen=True)
class Answer:
    """What the cluster said to one attempt: Kafka's name of the error, and its text. ``NO_ERROR`` when it did what it was asked."""

    code: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.text or 'refused'} ({self.code})"


@dataclass(frozen=True)
class WantedAccess:
    """What the user must be able to do."""

    topics: tuple[str, ...] = ()
    pattern: str | None = None
    groups: tuple[str, ...] = ()
    new_topics: tuple[str, ...] = ()
    produce: bool = True
    consume: bool = True
    transactional_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One attempt, and what it showed. ``lacks`` says that it failed for want of the right itself."""

    resource_type: str
    name: str
    operation: str
    state: str
    reason: str = ""
    lacks: bool = False

    def as_result(self) -> dict[str, Any]:
        return {"resource_type": self.resource_type, "name": self.name, "operation": self.operation, "state": self.state, "reason": self.reason}


def wanted_from(options: Mapping[str, Any]) -> WantedAccess:
    """What a module's options ask for.

    :raises InputError: with everything that cannot be meant.
    """
    wanted = WantedAccess(_unique(options["topics"]), options["pattern"], _unique(options["groups"]), _unique(options["new_topics"]),
                          options["produce"], options["consume"], _unique(options.get("transactional_ids")))
    problems = [problem for name in (*wanted.topics, *wanted.new_topics) if (problem := topic_name_problem(name))]
    if wanted.pattern is not None and (problem := pattern_problem(wanted.pattern)):
        problems.append(problem)
    problems += ["groups: a name is empty" for name in wanted.groups if not name.strip()]
    if not (wanted.topics or wanted.pattern or wanted.groups or wanted.new_topics or wanted.transactional_ids):
        problems.append("none of topics, pattern, groups, new_topics and transactional_ids is given: there is nothing to try")
    if (wanted.topics or wanted.pattern) and not (wanted.produce or wanted.consume):
        problems.append("topics are given, but both produce and consume are off: there is nothing to try with them")
    if problems:
        raise InputError(problems)
    return wanted


def principal_of(connection: Connection) -> str:
    """Who the brokers take this connection for, as far as its settings tell."""
    user = connection.config.get("sasl.username")
    if user is not None:
        return f"User:{user}"
    return ANONYMOUS if connection.protocol == "plaintext" else "the user of this connection"


def existence(name: str, answer: Answer | None, is_there: bool | None) -> Trial:
    """Whether a topic is there.

    :param answer: why it was not described to the user, None when it was.
    :param is_there: what the administrator sees, None without one.
    """
    if answer is None:
        return Trial("topic", name, "exists", VERIFIED)
    if answer.code not in _MAY_NOT:
        absent = answer.code.startswith("UNKNOWN_TOPIC")
        return Trial("topic", name, "exists", FAILED, "it does not exist" if absent else str(answer))
    if is_there is None:
        return Trial("topic", name, "exists", NOT_CHECKED, "the user may not see whether it exists, and no administrator is given")
    return Trial("topic", name, "exists", VERIFIED if is_there else FAILED, "" if is_there else "it does not exist, and the user could not see it")


def write_trial(name: str, answers: Mapping[int, Answer]) -> Trial:
    """What producing to each partition showed."""
    return _topic_trial(name, "write", answers, _MAY_WRITE)


def read_trial(name: str, answers: Mapping[int, Answer]) -> Trial:
    """What fetching from each partition showed."""
    return _topic_trial(name, "read", answers, frozenset({"NO_ERROR"}))


def group_trial(name: str, answer: Answer) -> Trial:
    """What asking the group's coordinator as one of its members showed."""
    if answer.code in _MAY_JOIN:
        return Trial("group", name, "read", VERIFIED)
    return Trial("group", name, "read", FAILED, "" if answer.code in _MAY_NOT else str(answer), answer.code in _MAY_NOT)


def transactional_trial(name: str, answer: Answer) -> Trial:
    """What beginning to produce with a transactional id showed."""
    if answer.code == "NO_ERROR":
        return Trial("transactional_id", name, "write", VERIFIED)
    return Trial("transactional_id", name, "write", FAILED, "" if answer.code in _MAY_NOT else str(answer), answer.code in _MAY_NOT)


def create_trial(name: str, answer: Answer) -> Trial:
    """What the request to create a topic showed, which the brokers only checked."""
    if answer.code in ("NO_ERROR", "TOPIC_ALREADY_EXISTS"):  # they ask for the right first
        return Trial("topic", name, "create", VERIFIED)
    return Trial("topic", name, "create", FAILED, "" if answer.code in _MAY_NOT else str(answer), answer.code in _MAY_NOT)


def untried(resource_type: str, name: str, operation: str, why: str) -> Trial:
    """What could not be tried."""
    return Trial(resource_type, name, operation, NOT_CHECKED, why)


def told(trial: Trial, operations: frozenset[str] | None) -> Trial:
    """The same trial, which could not be made, in the light of what the broker says that the user may do. A promise is no proof."""
    if operations is None:
        return trial
    if trial.operation not in operations:
        return Trial(trial.resource_type, trial.name, trial.operation, FAILED, "", True)
    return Trial(trial.resource_type, trial.name, trial.operation, NOT_CHECKED, f"the broker says that the user may, but it was not tried: {trial.reason}")


def state_of(trials: Iterable[Trial]) -> str:
    """The worst of all states."""
    states = {trial.state for trial in trials}
    return FAILED if FAILED in states else NOT_CHECKED if NOT_CHECKED in states else VERIFIED


def problems(trials: Sequence[Trial], principal: str, acls: frozenset[Acl] | None) -> list[str]:
    """Everything that failed, a clause each; rights that are lacking are put together by what is lacking and who has them instead.

    :param acls: those of the cluster, None when they are not known.
    """
    lacking: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    other: dict[tuple[str, str], list[str]] = {}
    for trial in trials:
        if trial.lacks:
            holders = tuple(holders_of(trial, acls or frozenset(), principal))
            lacking.setdefault((trial.operation, trial.resource_type, holders), []).append(trial.name)
        elif trial.state == FAILED:
            # What is not there cannot be read or written either: once is enough.
            other.setdefault((trial.resource_type, trial.reason), []).append(trial.name)
    found = [f"{kind} {_listed(names)}: {reason}" for (kind, reason), names in other.items()]
    for (operation, kind, holders), names in lacking.items():
        found.append(f"{principal} lacks {operation.upper()} on {kind} {_listed(names)}{_instead(holders, principal)}")
    return found


def holders_of(trial: Trial, acls: Iterable[Acl], principal: str) -> list[str]:
    """The other principals to whom ACLs give what the trial lacked."""
    return sorted({acl.principal for acl in acls if acl.principal != principal and _gives(acl, trial)})


def _gives(acl: Acl, trial: Trial) -> bool:
    if acl.permission != "allow" or acl.resource_type != trial.resource_type or acl.operation not in ("all", trial.operation):
        return False
    return trial.name.startswith(acl.name) if acl.pattern_type == "prefixed" else acl.name in (trial.name, "*")


def _instead(holders: Sequence[str], principal: str) -> str:
    if ANONYMOUS in holders and principal != ANONYMOUS:
        return f", {ANONYMOUS} has it: the ACL is for the wrong principal, it serves only those who do not log in"
    return f", {_listed(holders)} has it" if len(holders) == 1 else f", {_listed(holders)} have it" if holders else ""


def _topic_trial(name: str, operation: str, answers: Mapping[int, Answer], good: frozenset[str]) -> Trial:
    bad = {partition: answer for partition, answer in answers.items() if answer.code not in good}
    if not bad:
        return Trial("topic", name, operation, VERIFIED)
    first = next(iter(bad.values()))
    if first.code in _MAY_NOT:
        return Trial("topic", name, operation, FAILED, "", True)
    partitions = [partition for partition, answer in bad.items() if answer == first]
    verb = "produced to" if operation == "write" else "fetched from"
    return Trial("topic", name, operation, FAILED, f"partition {_listed(map(str, partitions))} cannot be {verb}: {first}")


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:_SHOWN]) + (f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else "")


def _unique(names: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names or ()))
