# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""SCRAM credentials as they are and as they are wanted, and the plan between the two. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..plan import Change, Plan

SCRAM_MECHANISMS = ("scram-sha-256", "scram-sha-512")
DEFAULT_MECHANISM = "scram-sha-512"
# What Kafka accepts (org.apache.kafka.common.security.scram.internals.ScramMechanism); the least is what kafka-configs takes.
LEAST_ITERATIONS, MOST_ITERATIONS = 4096, 16384


@dataclass(frozen=True, order=True)
class CredentialName:
    """A user has at most one credential for each mechanism."""

    user: str
    mechanism: str

    def __str__(self) -> str:
        return f"{self.user} ({self.mechanism})"


@dataclass(frozen=True)
class WantedUser:
    """What the user of the module asks for. No mechanism: every one that the user has, when it should be absent."""

    name: str
    state: str = "present"
    mechanism: str | None = None
    iterations: int | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def credential(self) -> CredentialName:
        return CredentialName(self.name, self.mechanism or DEFAULT_MECHANISM)


def wanted_users(options: Mapping[str, Any]) -> list[WantedUser]:
    """The credentials that a module's options ask for, from the list or from the options of one user."""
    entries = options["users"] if options.get("users") is not None else [options]
    return [
        WantedUser(entry["name"], entry.get("state") or options["state"], entry.get("mechanism"), entry.get("iterations"), entry.get("password"))
        for entry in entries
    ]


def input_problems(wanted: Iterable[WantedUser]) -> list[str]:
    """What is wrong with the request whatever the cluster holds."""
    problems: list[str] = []
    seen: set[CredentialName] = set()
    for user in wanted:
        names = {user.credential} if user.mechanism or user.state == "present" else {CredentialName(user.name, each) for each in SCRAM_MECHANISMS}
        problems += [f"user {name} is listed twice" for name in sorted(names & seen)]
        seen |= names
        if not user.name:
            problems.append("a user name is empty")
        if user.state == "present" and not user.password:
            problems.append(f"user '{user.name}' needs a password" if user.password is None else f"the password of user '{user.name}' is empty")
        if user.iterations is not None and not LEAST_ITERATIONS <= user.iterations <= MOST_ITERATIONS:
            problems.append(f"user '{user.name}': Kafka takes {LEAST_ITERATIONS} to {MOST_ITERATIONS} iterations, not {user.iterations}")
    return problems


def plan_users(
    current: Mapping[CredentialName, int],
    wanted: Iterable[WantedUser],
    accepted: Mapping[CredentialName, bool],
    update_password: str = "always",
) -> dict[CredentialName, Change]:
    """The changes from ``current`` (iterations by credential) to ``wanted``. Credentials that are not listed stay.

    :param accepted: whether a login with the wanted password is accepted, where that could be tried.
    :param update_password: what to do where it could not: ``always`` set it, or ``on_create`` leave what there is.
    """
    changes: dict[CredentialName, Change] = {}
    for user in wanted:
        if user.state == "absent":
            changes |= {name: Change(str(name), "deleted", before=_side(current[name])) for name in _named(user, current) if name in current}
            continue
        name = user.credential
        iterations = user.iterations or current.get(name, LEAST_ITERATIONS)
        if name not in current:
            changes[name] = Change(str(name), "created", after=_side(iterations, "set"))
            continue
        is_same = accepted.get(name)
        leave = is_same or (is_same is None and update_password == "on_create")
        if iterations != current[name] or not leave:
            password = {True: "unchanged", False: "changed", None: "unknown, set again"}[is_same]
            changes[name] = Change(str(name), "altered", _side(current[name]), _side(iterations, password))
    return changes


def report(
    current: Mapping[CredentialName, int],
    wanted: Iterable[WantedUser],
    accepted: Mapping[CredentialName, bool],
    changes: Mapping[CredentialName, Change],
    refused: Mapping[CredentialName, str] | None = None,
) -> dict[str, Any]:
    """What the module returns: every credential that was asked for, whether it changes or not."""
    refused = refused or {}
    rows = []
    for user in wanted:
        for name in _named(user, current):
            side = _side(current[name]) if name in current else None
            change = changes.get(name) or Change(str(name), "unchanged" if side else "absent", side, side)
            row = {**change.as_result(), "name": name.user, "mechanism": name.mechanism}
            if user.state == "present":
                row["password_known"] = change.action == "created" or name in accepted
            if name in refused:
                row |= {"action": "failed", "reason": refused[name]}
            rows.append(row)
    done = Plan(tuple(change for name, change in changes.items() if name not in refused))
    return {"changed": bool(done), "users": rows, "diff": done.diff()}


def _named(user: WantedUser, current: Mapping[CredentialName, int]) -> list[CredentialName]:
    """The credentials that an entry stands for; one that does not exist when there is none."""
    if user.state == "absent" and user.mechanism is None:
        return sorted(name for name in current if name.user == user.name) or [user.credential]
    return [user.credential]


def _side(iterations: int, password: str | None = None) -> dict[str, object]:
    return {"iterations": iterations} if password is None else {"iterations": iterations, "password": password}
