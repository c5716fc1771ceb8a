# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole reset from inside: topics, then groups, then ACLs, each only if it is wanted. All problems are found before the first change."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...errors import InputError, OperationError
from ...plan import Change, Plan
from ..acls import WantedAcls, wanted_acls
from ..group_request import GroupRequest, request_from
from .acls import PodAcls
from .groups import PodGroups
from .launcher import PodTools
from .purge import PodPurge

_NOT_RECOVERED = "not checked: what killed purges have recorded is not read from inside"
_NO_OTHER_GROUP_OPTIONS: dict[str, None] = dict.fromkeys(("offset", "timestamp", "duration", "shift", "topics"))


@dataclass(frozen=True)
class Wanted:
    """What a call asks for; None for a part that it does not."""

    topics: tuple[list[str], str | None] | None
    groups: GroupRequest | None
    acls: WantedAcls | None


def wanted_from(options: Mapping[str, Any]) -> tuple[Wanted, list[str]]:
    """The parts that the options of the module ask for, and everything that is wrong with them whatever the cluster holds."""
    problems: list[str] = []
    topics = (list(dict.fromkeys(options["topics"])), options["pattern"]) if options["topics"] or options["pattern"] is not None else None
    groups = acls = None
    if options["groups"] or options["group_pattern"] is not None:
        is_reset = options["group_state"] == "reset"
        asked = {"groups": options["groups"], "pattern": options["group_pattern"], "state": options["group_state"], "must_exist": False}
        try:
            groups = request_from({**_NO_OTHER_GROUP_OPTIONS, **asked, "to": options["group_to"] if is_reset else None}, time.time())
        except InputError as error:
            problems += error.problems
    if options["acls"]:
        try:
            acls = wanted_acls({"acls": options["acls"], "state": "present", "exclusive_principals": []})
        except InputError as error:
            problems += error.problems
    if not (options["topics"] or options["pattern"] is not None or options["groups"] or options["group_pattern"] is not None or options["acls"]):
        problems.append("there is nothing to reset: give topics or pattern, groups or group_pattern, or acls")
    texts = [*options["topics"], *options["groups"], *(str(entry.get(key) or "") for entry in options["acls"] for key in ("principal", "host", "name"))]
    problems += [f"a name has a line break in it: {text!r}" for text in texts if "\n" in text]
    return Wanted(topics, groups, acls), problems


@dataclass
class Reset:
    """One run. ``report`` is true at every moment; ``failures`` are those of single topics, groups and ACLs."""

    tools: PodTools
    wanted: Wanted
    failures: list[OperationError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    has_begun: bool = False

    def __post_init__(self) -> None:
        self.purge = PodPurge(self.tools) if self.wanted.topics else None
        self.groups = PodGroups(self.tools, self.wanted.groups) if self.wanted.groups else None
        self.acls = PodAcls(self.tools, self.wanted.acls) if self.wanted.acls else None

    def read(self) -> None:
        """Look at everything.

        :raises OperationError: with all problems of all parts at once, before anything is changed.
        """
        problems: list[str] = []
        if self.purge and self.wanted.topics:
            problems += _problems_of(partial(self.purge.read, *self.wanted.topics))
        if self.groups:
            problems += _problems_of(self.groups.read)
        if self.acls:
            problems += _problems_of(self.acls.read)
        if problems:
            raise InputError(problems)
        if self.groups and not self.groups.groups:
            self.warnings.append(f"No consumer group matches '{self.groups.request.pattern}', or the user may not see it.")

    def foresee(self) -> None:
        """What a run would do."""
        self.has_begun = True
        emptied: dict[tuple[str, int], int] = {}
        if self.purge:
            self.purge.foresee()
            emptied = {(target.topic, number): offset for target in self.purge.targets for number, offset in target.until.items()}
        if self.groups:
            self.groups.decide(emptied)
        if self.acls:
            self.acls.foresee()
        self._conclude()

    def run(self) -> None:
        """Do it. A part that fails as a whole ends the run, a topic or group that fails does not."""
        self.has_begun = True
        if self.purge:
            self.purge.run()
        if self.groups:
            self.groups.decide({})
            self.groups.run()
        if self.acls:
            self.acls.run()
        self._conclude()

    def report(self) -> dict[str, Any]:
        """What was done, or would be, as the modules for each part return it."""
        changes: list[Change] = []
        result: dict[str, Any] = {}
        if self.purge:
            removed = sum(outcome.records_removed for outcome in self.purge.outcomes.values())
            result.update(topics={topic: outcome.as_result() for topic, outcome in self.purge.outcomes.items()}, records_removed=removed,
                          recovered=[], recovery=_NOT_RECOVERED)
            changes += [change for change in self.purge.plan if self.purge.outcomes[change.name].records_removed]
        if self.groups:
            result["groups"] = {outcome.group.name: outcome.as_result() for outcome in self.groups.outcomes}
            changes += self.groups.plan
        if self.acls:
            result.update(self.acls.as_result())
            changes += [Change(str(acl), "added", after={}) for acl in self.acls.added]
        plan = Plan(tuple(changes))
        is_uncertain = any(part.is_uncertain for part in (self.purge, self.groups) if part)
        return {"changed": bool(plan) or is_uncertain, "diff": plan.diff(), **result}

    def _conclude(self) -> None:
        found = [self.purge.failure() if self.purge else None, self.groups.failure() if self.groups else None, self.acls.failure() if self.acls else None]
        self.failures = [failure for failure in found if failure]


def _problems_of(look: Callable[[], None]) -> list[str]:
    try:
        look()
    except InputError as error:
        return error.problems
    return []
