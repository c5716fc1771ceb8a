# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumer groups with Kafka's tools: set to the start or the end of what they read, or deleted. Five calls, however many groups there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ...errors import InputError, OperationError
from ...plan import Plan
from ...wait import wait_until
from ..group_request import GroupRequest
from ..groups import Committed, Group, GroupOutcome, Member, member_problems, plan_absent, plan_of, plan_resets, with_read_back
from ..names import matching
from ..offsets import Log, TopicPartitionKey, partition_name
from .launcher import Answer, PodTools
from .outputs import (
    CommittedOffset,
    ToolError,
    Unparsable,
    assignments_in,
    cause_in,
    group_offsets_in,
    group_states_in,
    members_in,
    not_deleted_in,
    said_errors,
)
from .purge import read_offsets

_TOOL = "kafka-consumer-groups"
_TIMEOUT = ("--timeout", "30000")  # 5 s by default, which a JVM on a busy machine needs for itself
_EARLIEST = "-2"
_IDLE = ("empty", "dead")
_LONGEST_WAIT = 30.0
_GAVE_UP = "Executing consumer group command failed"
_MOST_CALLS = 16
_Seen = Mapping[str, Mapping[TopicPartitionKey, CommittedOffset]]


@dataclass
class PodGroups:
    """The groups of one request. ``outcomes`` is true at every moment."""

    tools: PodTools
    request: GroupRequest
    groups: dict[str, Group] = field(default_factory=dict)
    outcomes: list[GroupOutcome] = field(default_factory=list)
    is_uncertain: bool = False  # something may have been changed that nobody read back

    def read(self) -> None:
        """Find the groups: one call, two more when some of them have live members.

        :raises InputError: names the live members of all groups, before anything is changed.
        """
        states = read_states(self.tools)
        names = sorted({*self.request.names, *(matching(self.request.pattern, states) if self.request.pattern else ())})
        busy = [name for name in names if states.get(name, "dead") not in _IDLE]
        members = read_members(self.tools, busy) if busy else {}
        self.groups = {name: Group(name, states.get(name, "dead"), members=members.get(name, ())) for name in names}
        problems = member_problems(self.groups.values())
        problems += [f"group '{name}' is {states[name]}: wait until its consumers are gone" for name in busy if not self.groups[name].members]
        if problems:
            raise InputError(problems)

    def decide(self, emptied: Mapping[TopicPartitionKey, int]) -> None:
        """What becomes of each group: two calls, one when groups are deleted, none when there are none.

        :param emptied: where partitions will begin that are going to be emptied first.
        """
        there = [name for name, group in self.groups.items() if group.exists]
        seen = read_committed(self.tools, there)
        committed: dict[str, Committed] = {name: _offsets(seen.get(name, {})) for name in self.groups}
        if self.request.state == "absent":
            self.outcomes = [plan_absent(group, committed[name], ()) for name, group in self.groups.items()]
            return
        logs = self._logs(seen, emptied)
        self.outcomes, problems = plan_resets(self.request, self.groups, committed, {}, logs, {})
        if problems:
            raise InputError(problems)

    @property
    def plan(self) -> Plan:
        return plan_of(self.outcomes)

    def run(self) -> None:
        """Make the change in one call, and read back in another."""
        reset = [outcome.group.name for outcome in self.outcomes if outcome.action == "reset"]
        deleted = [outcome.group.name for outcome in self.outcomes if outcome.action == "deleted"]
        planned, unknown = self.outcomes, "it is not known whether it was changed; run this again, it completes what is missing"
        if not reset and not deleted:
            return
        self.is_uncertain = True
        self.outcomes = [replace(each, action="failed", rows=(), reason=unknown) if each.changes else each for each in planned]
        self.outcomes = self._reset(planned, reset) if reset else self._delete(planned, deleted)
        self.is_uncertain = False

    def failure(self) -> OperationError | None:
        """The error for the groups that failed, None when none did."""
        failed = [outcome for outcome in self.outcomes if outcome.action == "failed"]
        if not failed:
            return None
        reasons = "; ".join(f"group '{each.group.name}': {each.reason}" for each in failed)
        return OperationError("change the consumer groups", self.tools.place, reasons)

    def _logs(self, seen: _Seen, emptied: Mapping[TopicPartitionKey, int]) -> dict[TopicPartitionKey, Log]:
        ends = {key: each.end for offsets in seen.values() for key, each in offsets.items() if each.end is not None}
        starts = read_offsets(self.tools, {topic for topic, _number in ends}, _EARLIEST)
        missing = sorted(partition_name(key) for key in ends if key not in starts)
        if missing:
            answered = f"no offset for {', '.join(missing[:10])}"
            raise OperationError("read where the partitions begin", self.tools.place, answered, "Look at the brokers' health.")
        starts.update({key: offset for key, offset in emptied.items() if key in starts})
        return {key: Log(starts[key], max(end, starts[key])) for key, end in ends.items()}

    def _reset(self, planned: list[GroupOutcome], names: list[str]) -> list[GroupOutcome]:
        to = "--to-latest" if self.request.position is not None and self.request.position.to == "latest" else "--to-earliest"
        said = self._reset_or_halve(names, to, self.tools.calls + _MOST_CALLS)
        seen = read_committed(self.tools, names)
        return [
            self._as_read(each, _offsets(seen.get(each.group.name, {})), said[each.group.name]) if each.group.name in names else each
            for each in planned
        ]

    def _reset_or_halve(self, names: list[str], to: str, most: int) -> dict[str, str]:
        """What the tool called an error, for each group. It gives up at the first group that is refused, so the others are tried without it.

        :param most: until how many calls of tools it is tried.
        """
        answer = self.tools.ask("reset the consumer groups", _TOOL, "--reset-offsets", "--all-topics", to, "--execute", *_TIMEOUT, *_named(names))
        said = "; ".join(text for text in (said_errors(answer.output), cause_in(answer.errors)) if text)
        if _GAVE_UP not in said or len(names) == 1 or self.tools.calls >= most:
            return dict.fromkeys(names, said)
        half = len(names) // 2
        return {**self._reset_or_halve(names[:half], to, most), **self._reset_or_halve(names[half:], to, most)}

    def _delete(self, planned: list[GroupOutcome], names: list[str]) -> list[GroupOutcome]:
        answer = self.tools.ask("delete the consumer groups", _TOOL, "--delete", *_TIMEOUT, *_named(names))
        refused = not_deleted_in(answer.output)
        if said_errors(answer.output) and not refused:
            raise self.tools.misunderstood("delete the consumer groups", _TOOL, answer, ToolError(said_errors(answer.output)))
        refused = {name: reason for name, reason in refused.items() if not reason.startswith("GroupIdNotFound")}  # gone is gone
        left = self._left(set(names) - set(refused)) | (set(refused) & set(names))
        reasons = {name: refused.get(name, "it is still there") for name in left}
        return [
            with_read_back(each, None if each.group.name in left else {}, reasons.get(each.group.name, "")) if each.group.name in names else each
            for each in planned
        ]

    def _left(self, gone: set[str]) -> set[str]:
        """Which of the deleted groups are still listed; coordinators take a moment."""
        seen: set[str] = set()

        def still_there() -> set[str]:
            nonlocal seen
            seen = gone & set(read_states(self.tools))
            return seen

        try:
            wait_until("see the groups gone", still_there, lambda left: not left, min(_LONGEST_WAIT, self.tools.left))
        except OperationError:
            return seen
        return set()

    def _as_read(self, outcome: GroupOutcome, committed: Committed, said: str) -> GroupOutcome:
        """As read back. What the tool called an error is the reason of a group that is not where it was to be."""
        result = with_read_back(outcome, committed, "")
        return replace(result, reason=said) if result.action == "failed" and said else result


def read_states(tools: PodTools) -> dict[str, str]:
    """The state of every consumer group that the user may see. One call."""
    attempted = "list the consumer groups"
    answer = tools.ask(attempted, _TOOL, "--list", "--state", *_TIMEOUT)
    try:
        return group_states_in(answer.output)
    except (Unparsable, ToolError) as error:
        raise tools.misunderstood(attempted, _TOOL, answer, error) from error


def read_members(tools: PodTools, names: Iterable[str]) -> dict[str, tuple[Member, ...]]:
    """The live consumers of these groups and what they read. Two calls."""
    attempted, named = "describe the members of the consumer groups", _named(names)
    offsets = tools.ask(attempted, _TOOL, "--describe", "--offsets", *_TIMEOUT, *named)
    answer = tools.ask(attempted, _TOOL, "--describe", "--members", *_TIMEOUT, *named)
    try:
        return members_in(answer.output, assignments_in(offsets.output))
    except (Unparsable, ToolError) as error:
        raise tools.misunderstood(attempted, _TOOL, answer, error) from error


def read_committed(tools: PodTools, names: Iterable[str]) -> dict[str, dict[TopicPartitionKey, CommittedOffset]]:
    """What these groups, which exist, have committed. One call, none for no groups."""
    named = _named(names)
    if not named:
        return {}
    attempted = "read the committed offsets"
    answer: Answer = tools.ask(attempted, _TOOL, "--describe", "--offsets", *_TIMEOUT, *named)
    try:
        return group_offsets_in(answer.output)
    except (Unparsable, ToolError) as error:
        raise tools.misunderstood(attempted, _TOOL, answer, error) from error


def _named(names: Iterable[str]) -> list[str]:
    return [word for name in sorted(names) for word in ("--group", name)]


def _offsets(seen: Mapping[TopicPartitionKey, CommittedOffset]) -> dict[TopicPartitionKey, int]:
    return {key: each.offset for key, each in seen.items() if each.offset is not None}
