# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumer groups: who is in them, how far they are, where they are to be set. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..plan import Change, Plan
from .group_request import GroupRequest, Selection
from .offsets import Log, Position, TopicPartitionKey, partition_name

Committed = Mapping[TopicPartitionKey, int]
_MOST_SHOWN = 10


@dataclass(frozen=True)
class Member:
    """One live consumer of a group."""

    id: str
    client_id: str
    host: str
    partitions: tuple[TopicPartitionKey, ...] = ()

    def as_result(self) -> dict[str, object]:
        """The member as it is returned."""
        return {"id": self.id, "client_id": self.client_id, "host": self.host, "partitions": [partition_name(key) for key in self.partitions]}

    def __str__(self) -> str:
        return f"{self.client_id} at {self.host} ({shortened([partition_name(key) for key in self.partitions]) or 'no partition assigned'})"


@dataclass(frozen=True)
class Group:
    """A group as its coordinator describes it. ``type`` is classic or consumer (KIP-848), or what a newer broker calls it."""

    name: str
    state: str
    type: str = "unknown"
    members: tuple[Member, ...] = ()

    @property
    def exists(self) -> bool:
        return self.state != "dead"  # coordinators describe a group that they never heard of as dead


@dataclass(frozen=True)
class Row:
    """One partition of a group: what is committed before and after. ``log`` is None when the topic is gone, or nobody asked."""

    key: TopicPartitionKey
    before: int | None
    after: int | None
    log: Log | None
    is_clamped: bool = False

    @property
    def changes(self) -> bool:
        return self.before != self.after

    @property
    def lag(self) -> int | None:
        return None if self.log is None else self.log.lag(self.after)

    def as_result(self) -> dict[str, object]:
        """The partition as it is returned."""
        start, end = (None, None) if self.log is None else (self.log.start, self.log.end)
        return {"topic": self.key[0], "partition": self.key[1], "before": self.before, "after": self.after, "lag": self.lag,
                "start": start, "end": end, "clamped": self.is_clamped}


@dataclass(frozen=True)
class GroupOutcome:
    """What becomes of one group. ``reason`` says why when the action is ``failed``."""

    group: Group
    action: str
    rows: tuple[Row, ...] = ()
    reason: str = ""

    @property
    def changes(self) -> bool:
        return self.action in ("reset", "deleted", "offsets_deleted") or (self.action == "failed" and any(row.changes for row in self.rows))

    def as_result(self) -> dict[str, object]:
        """The group as it is returned."""
        result: dict[str, object] = {
            "action": self.action,
            "members": [member.as_result() for member in self.group.members],
            "partitions": [row.as_result() for row in self.rows],
            "restore": _restore(self.rows) if self.changes else [],
        }
        return {**result, "reason": self.reason} if self.reason else result

    def as_change(self) -> Change:
        """The group as one entry of a plan: only the partitions that change."""
        rows = [row for row in self.rows if row.changes]
        before = {partition_name(row.key): row.before for row in rows}
        after = {partition_name(row.key): row.after for row in rows}
        return Change(self.group.name, self.action, before, None if self.action == "deleted" else after)


def plan_of(outcomes: Iterable[GroupOutcome]) -> Plan:
    """What changes, for ``changed`` and the diff."""
    return Plan(tuple(outcome.as_change() for outcome in outcomes if outcome.changes))


def absence_problems(groups: Iterable[Group], foreign: Iterable[str], must_exist: bool, pattern: str | None) -> list[str]:
    """Why these groups are not what the user can mean: of another kind, or missing though they must exist."""
    groups, foreign = list(groups), set(foreign)
    problems = [f"group '{name}' is no consumer group but one of another type (share or streams)" for name in sorted(foreign)]
    if must_exist:
        problems += [f"group '{group.name}' does not exist" for group in groups if not group.exists and group.name not in foreign]
        problems += [] if groups else [f"no consumer group matches '{pattern}', or the user may not see it"]
    return problems


def member_problems(groups: Iterable[Group], selections: Iterable[Selection] = ()) -> list[str]:
    """One text for each group with live members, which it names. With selections, only members count that read these topics."""
    topics = {selection.topic for selection in selections}
    problems = []
    for group in groups:
        members = [str(m) for m in group.members if not topics or topics & {topic for topic, _number in m.partitions}]
        if members:
            problems.append(f"group '{group.name}' has {_counted(len(members), 'live member')}, stop its consumers first: {shortened(members, '; ')}")
    return problems


def plan_resets(
    request: GroupRequest,
    groups: Mapping[str, Group],
    committed: Mapping[str, Committed],
    selected: Mapping[TopicPartitionKey, int | None],
    logs: Mapping[TopicPartitionKey, Log],
    at_time: Mapping[TopicPartitionKey, int],
) -> tuple[list[GroupOutcome], list[str]]:
    """Where the partitions of each group are set, and why some cannot be.

    :param selected: the partitions that the user names, each with its own offset or None; empty means all that a group has committed.
    :param at_time: the offset at the wanted point in time, where one is wanted.
    """
    outcomes, problems = [], []
    for name, group in groups.items():
        keys = selected if request.selections else dict.fromkeys(committed[name])
        wanted = {key: request.position_of(own) for key, own in keys.items()}
        outcome, impossible = _plan_reset(group, committed[name], wanted, logs, at_time)
        outcomes.append(outcome)
        problems += impossible
    return outcomes, problems


def plan_absent(group: Group, committed: Committed, selections: Iterable[Selection]) -> GroupOutcome:
    """The group with everything that it has committed, or with selections what it has committed for these."""
    chosen = {(s.topic, number) for s in selections for number in s.partitions or [None]}
    rows = tuple(Row(key, offset, None, None) for key, offset in sorted(committed.items())
                 if not chosen or key in chosen or (key[0], None) in chosen)
    if not group.exists:
        return GroupOutcome(group, "absent")
    if not chosen:
        return GroupOutcome(group, "deleted", rows)
    return GroupOutcome(group, "offsets_deleted" if rows else "unchanged", rows)


def clamped_warning(outcomes: Iterable[GroupOutcome]) -> str:
    """Which partitions got another offset than the wanted one; empty when none did."""
    clamped = [f"{o.group.name} {partition_name(row.key)}: {row.after}" for o in outcomes for row in o.rows if row.is_clamped]
    return f"The wanted offset does not exist in {_counted(len(clamped), 'partition')}, the nearest was taken: {shortened(clamped)}" if clamped else ""


def with_read_back(outcome: GroupOutcome, committed: Committed | None, refusal: str) -> GroupOutcome:
    """The outcome as the cluster shows it after the change; failed when it was refused or shows something else.

    :param committed: what the group has committed now; None when it cannot be read.
    :param refusal: why the change, or the reading, was refused; empty when it was not.
    """
    rows = outcome.rows if committed is None else tuple(replace(row, after=committed.get(row.key)) for row in outcome.rows)
    others = [f"{partition_name(row.key)} is at {row.after}, not {meant.after}" for row, meant in zip(rows, outcome.rows) if row.after != meant.after]
    if not refusal and others:
        refusal = f"something else commits for this group: {shortened(others)}"
    return replace(outcome, rows=rows, action="failed", reason=refusal) if refusal else replace(outcome, rows=rows)


@dataclass(frozen=True)
class Lag:
    """How far groups are from the ends of their partitions, at one moment."""

    outcomes: tuple[GroupOutcome, ...] = field(default_factory=tuple)

    @property
    def behind(self) -> list[tuple[GroupOutcome, Row]]:
        """Every partition with records left, the longest lag first."""
        rows = [(outcome, row) for outcome in self.outcomes for row in outcome.rows if row.lag]
        return sorted(rows, key=lambda pair: -(pair[1].lag or 0))

    @property
    def is_drained(self) -> bool:
        """Nothing is left to read, and something was looked at: a group without any partition has proved nothing."""
        return not self.behind and all(outcome.rows for outcome in self.outcomes)

    def __str__(self) -> str:
        behind = self.behind
        texts = [f"{o.group.name} {partition_name(r.key)}: {r.lag}{'' if r.after is not None else ' (never committed)'}" for o, r in behind[:_MOST_SHOWN]]
        more = [f"{len(behind) - _MOST_SHOWN} more partitions"] if len(behind) > _MOST_SHOWN else []
        idle = [f"{o.group.name} has no live members" for o in self.outcomes if not o.group.members and any(row.lag for row in o.rows)]
        empty = [f"{o.group.name} has committed nothing and has no partition assigned" for o in self.outcomes if not o.rows]
        total = sum(row.lag or 0 for _outcome, row in behind)
        return "; ".join([f"lag {total} in {_counted(len(behind), 'partition')}", *texts, *more, *idle, *empty])


def drain_scope(group: Group, committed: Committed, existing: Mapping[str, Sequence[int]]) -> list[TopicPartitionKey]:
    """Every partition of every topic that the group has committed or is assigned.

    A partition that it never committed belongs to it: a consumer that died before its first commit has left records behind.
    """
    topics = {topic for topic, _number in committed} | {topic for member in group.members for topic, _number in member.partitions}
    return sorted((topic, number) for topic in topics for number in existing.get(topic, ()))


def _plan_reset(
    group: Group,
    committed: Committed,
    wanted: Mapping[TopicPartitionKey, Position],
    logs: Mapping[TopicPartitionKey, Log],
    at_time: Mapping[TopicPartitionKey, int],
) -> tuple[GroupOutcome, list[str]]:
    rows, problems = [], []
    for key, position in sorted(wanted.items()):
        before, log = committed.get(key), logs.get(key)
        if log is None:  # the topic is gone
            rows.append(Row(key, before, before, None))
            continue
        target = _target(position, before, log, at_time.get(key))
        if target is None:
            problems.append(f"group '{group.name}' has no committed offset of {partition_name(key)} to shift")
        else:
            after = log.clamped(target)
            rows.append(Row(key, before, after, log, is_clamped=after != target))
    action = "reset" if any(row.changes for row in rows) else ("unchanged" if group.exists else "absent")
    return GroupOutcome(group, action, tuple(rows)), problems


def _target(position: Position, committed: int | None, log: Log, at_time: int | None) -> int | None:
    if position.to == "shift":
        return None if committed is None else committed + (position.value or 0)
    return {"earliest": log.start, "latest": log.end, "offset": position.value, "time": at_time}[position.to]


def _restore(rows: Iterable[Row]) -> list[dict[str, object]]:
    """What the option ``topics`` takes to put the earlier offsets back."""
    return [{"name": row.key[0], "partitions": [row.key[1]], "offset": row.before} for row in rows if row.changes and row.before is not None]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def shortened(texts: Sequence[str], separator: str = ", ") -> str:
    """The first few of the texts, and how many more there are."""
    more = [f"{len(texts) - _MOST_SHOWN} more"] if len(texts) > _MOST_SHOWN else []
    return separator.join([*texts[:_MOST_SHOWN], *more])
