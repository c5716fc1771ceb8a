# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kafka's own tools print, read strictly: a line that is not understood is an error, never "nothing there".

The tools have changed their tables between 3.x and 4.x (further columns, further padding, further values of columns), so tables are
read by their header. Lines of the tools' own logging, which some images send to stdout, are passed over. Pure: no tool is run here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..acls import Acl
from ..groups import Member
from ..offsets import TopicPartitionKey

_LOG_LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d{3}\]\s+(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\s")
_OFFSET = re.compile(r"([a-zA-Z0-9._-]+):(\d+):(\d+)")
_TOPIC = re.compile(r"Topic: ([a-zA-Z0-9._-]+)\s(?:.*\s)?PartitionCount: (\d+)\s.*Configs:(.*)")
_PARTITION = re.compile(r"\s+Topic: ([a-zA-Z0-9._-]+)\s+Partition: (\d+)\s+Leader: (-?\d+|none)\s.*")
_NEXT_CONFIG = re.compile(r",(?=[a-z][a-z.]*=)")
_LOW_WATERMARK = re.compile(r"partition: ([a-zA-Z0-9._-]+)-(\d+)\s+(low_watermark|error): (.*)")
_DELETE_BEGAN = ("Executing records delete operation", "Records delete operation completed:")
_NOT_DELETED = re.compile(r"\* Group '(.*)' could not be deleted due to: (.*)")
_RESOURCE = re.compile(r"Current ACLs for resource `(?:ResourcePattern)?\(resourceType=(\w+), name=(.*), patternType=(\w+)\)`:\s*")
_BINDING = re.compile(r"\s*\(principal=(.*), host=(.*), operation=(\w+), permissionType=(\w+)\)\s*")
_CAUSE = re.compile(r"(?:Caused by: )?((?:\w+\.)+\w*(?:Exception|Error): .*)")
_MISSING = "-"


class Unparsable(Exception):
    """A tool printed something that nobody here understands."""

    def __init__(self, line: str, expected: str) -> None:
        super().__init__(f"printed what is not understood where {expected} was expected: {line.strip()[:200]!r}")


class ToolError(Exception):
    """A tool said that it could not do it, though it may have ended as if all was well."""


@dataclass(frozen=True)
class TopicSeen:
    """A topic as ``kafka-topics --describe`` shows it. ``leaderless``: partitions that nobody leads just now."""

    policy: str
    partitions: tuple[int, ...]
    leaderless: tuple[int, ...] = ()


@dataclass(frozen=True)
class CommittedOffset:
    """One partition of a group. ``end`` is None when the topic is gone."""

    offset: int | None
    end: int | None


def topics_in(text: str) -> dict[str, TopicSeen]:
    """``kafka-topics --describe``: policy and partitions of each topic. What is not shown as configured is Kafka's default.

    :raises Unparsable: for other lines, and when a topic shows fewer partitions than it says it has.
    """
    counts: dict[str, int] = {}
    policies: dict[str, str] = {}
    leaders: dict[str, dict[int, str]] = {}
    for line in _lines(text):
        topic, partition = _TOPIC.fullmatch(line), _PARTITION.fullmatch(line)
        if topic:
            counts[topic[1]] = int(topic[2])
            configs = dict(pair.split("=", 1) for pair in _NEXT_CONFIG.split(topic[3].strip()) if "=" in pair)
            policies[topic[1]] = configs.get("cleanup.policy", "delete").strip("[] ")
        elif partition and partition[1] in counts:
            leaders.setdefault(partition[1], {})[int(partition[2])] = partition[3]
        else:
            raise Unparsable(line, "a topic or a partition")
    for name, count in counts.items():
        if len(leaders.get(name, {})) != count:
            raise Unparsable(f"{len(leaders.get(name, {}))} of {count} partitions of topic {name}", "all partitions")
    return {
        name: TopicSeen(policies[name], tuple(sorted(found)), tuple(number for number, leader in sorted(found.items()) if leader in ("none", "-1")))
        for name, found in leaders.items()
    }


def offsets_in(text: str) -> dict[TopicPartitionKey, int]:
    """``kafka-get-offsets``: one offset a line.

    :raises Unparsable: for other lines.
    """
    found = {}
    for line in _lines(text):
        match = _OFFSET.fullmatch(line.strip())
        if match is None:
            raise Unparsable(line, "topic:partition:offset")
        found[match[1], int(match[2])] = int(match[3])
    return found


def low_watermarks_in(text: str) -> tuple[dict[TopicPartitionKey, int], dict[TopicPartitionKey, str]]:
    """``kafka-delete-records``: where each partition begins now, and why others still begin where they did.

    :raises Unparsable: for other lines, and when the tool did not get as far as to ask the brokers.
    """
    done: dict[TopicPartitionKey, int] = {}
    refused: dict[TopicPartitionKey, str] = {}
    lines = list(_lines(text))
    for line in lines:
        match = _LOW_WATERMARK.fullmatch(line.strip())
        if match and match[3] == "error":
            refused[match[1], int(match[2])] = _plain(match[4])
        elif match and match[4].strip().isdigit():
            done[match[1], int(match[2])] = int(match[4])
        elif line.strip() not in _DELETE_BEGAN:
            raise Unparsable(line, "partition and low watermark")
    if not lines:
        raise Unparsable("(nothing)", "partition and low watermark")
    return done, refused


def group_states_in(text: str) -> dict[str, str]:
    """``kafka-consumer-groups --list --state``: the state of each consumer group, in lower case.

    :raises Unparsable: for other output. A list without any group still has its header.
    """
    _fail_on_error(text)
    return {row["GROUP"]: row["STATE"].lower() for row in _table(text, ("GROUP", "STATE"))}


def group_offsets_in(text: str) -> dict[str, dict[TopicPartitionKey, CommittedOffset]]:
    """``kafka-consumer-groups --describe --offsets``: what each group has committed, and the ends of these partitions.

    :raises Unparsable: for other output.
    """
    _fail_on_error(text)
    found: dict[str, dict[TopicPartitionKey, CommittedOffset]] = {}
    if not list(_lines(text)):  # groups without members and without offsets are mentioned on stderr only
        return found
    for row in _table(text, ("GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET")):
        if row["TOPIC"] == _MISSING:
            continue
        key = (row["TOPIC"], _whole(row, "PARTITION"))
        found.setdefault(row["GROUP"], {})[key] = CommittedOffset(_optional(row, "CURRENT-OFFSET"), _optional(row, "LOG-END-OFFSET"))
    return found


def assignments_in(text: str) -> dict[tuple[str, str], tuple[TopicPartitionKey, ...]]:
    """``kafka-consumer-groups --describe --offsets``: which partitions each member has, by group and member id.

    ``--members --verbose`` does not tell: 3.9 leaves out the names of the topics.

    :raises Unparsable: for other output.
    """
    _fail_on_error(text)
    found: dict[tuple[str, str], tuple[TopicPartitionKey, ...]] = {}
    for row in _table(text, ("GROUP", "TOPIC", "PARTITION", "CONSUMER-ID")) if list(_lines(text)) else ():
        if _MISSING not in (row["TOPIC"], row["CONSUMER-ID"]):
            member = (row["GROUP"], row["CONSUMER-ID"])
            found[member] = tuple(sorted((*found.get(member, ()), (row["TOPIC"], _whole(row, "PARTITION")))))
    return found


def members_in(text: str, assigned: Mapping[tuple[str, str], tuple[TopicPartitionKey, ...]]) -> dict[str, tuple[Member, ...]]:
    """``kafka-consumer-groups --describe --members``: the live consumers of each group.

    :param assigned: as ``assignments_in`` has it.
    :raises Unparsable: for other output.
    """
    _fail_on_error(text)
    found: dict[str, tuple[Member, ...]] = {}
    for row in _table(text, ("GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID")) if list(_lines(text)) else ():
        group, member = row["GROUP"], row["CONSUMER-ID"]
        found[group] = (*found.get(group, ()), Member(member, row["CLIENT-ID"], row["HOST"].lstrip("/"), assigned.get((group, member), ())))
    return found


def not_deleted_in(text: str) -> dict[str, str]:
    """``kafka-consumer-groups --delete``: why some groups were not deleted."""
    return {match[1]: _plain(match[2]) for line in _lines(text) if (match := _NOT_DELETED.fullmatch(line.strip()))}


def said_errors(text: str) -> str:
    """What ``kafka-consumer-groups`` calls an error; it ends with 0 all the same."""
    return "; ".join(_plain(line.strip().removeprefix("Error:").strip()) for line in _lines(text) if line.strip().startswith("Error:"))


def cause_in(errors: str) -> str:
    """The innermost cause in a stack trace of Java, empty without one."""
    causes = [match[1] for line in errors.split("\n") if (match := _CAUSE.fullmatch(line.rstrip()))]
    return _plain(causes[-1]) if causes else ""


def acls_in(text: str) -> frozenset[Acl]:
    """``kafka-acls --list``: every binding.

    :raises Unparsable: for other lines.
    """
    found = set()
    kind = name = pattern = ""
    for line in _lines(text):
        head, binding = _RESOURCE.fullmatch(line), _BINDING.fullmatch(line)
        if head:
            kind, name, pattern = head[1].lower(), head[2], head[3].lower()
        elif binding and kind:
            found.add(Acl(binding[1], kind, name, pattern, binding[3].lower(), binding[4].lower(), binding[2]))
        else:
            raise Unparsable(line, "a resource or an ACL")
    return frozenset(found)


def _lines(text: str) -> Iterator[str]:
    return (line.rstrip() for line in text.split("\n") if line.strip() and not _LOG_LINE.match(line))


def _table(text: str, needed: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Rows of fixed-width tables. Each group has a table of its own, whose columns may stand elsewhere."""
    columns: dict[str, slice] = {}
    for line in _lines(text):
        words = line.split()
        if words[0] == needed[0] and set(needed) <= set(words):
            columns = _columns(line)
            continue
        if not columns:
            raise Unparsable(line, f"a table with {', '.join(needed)}")
        row = {name: line[place].strip() for name, place in columns.items()}
        is_misplaced = any(place.start and line[place.start - 1 : place.start].strip() for place in columns.values())
        if is_misplaced or not all(row[name] for name in needed):
            raise Unparsable(line, f"a row of {', '.join(columns)}")
        yield row
    if not columns:
        raise Unparsable("(nothing)", f"a table with {', '.join(needed)}")


def _columns(header: str) -> dict[str, slice]:
    """Where each column stands: from its name to the next one."""
    found = list(re.finditer(r"\S+", header))
    ends = [match.start() for match in found[1:]]
    return {match[0]: slice(match.start(), end) for match, end in zip(found, [*ends, None])}


def _whole(row: Mapping[str, str], column: str) -> int:
    if not row[column].isdigit():
        raise Unparsable(row[column], f"the number in column {column}")
    return int(row[column])


def _optional(row: Mapping[str, str], column: str) -> int | None:
    """Nothing committed is ``-``, in some releases ``-1``."""
    return None if row[column] in (_MISSING, "-1") else _whole(row, column)


def _fail_on_error(text: str) -> None:
    said = said_errors(text)
    if said:
        raise ToolError(said)


def _plain(text: str) -> str:
    """Java's exceptions in the words that they carry."""
    text = re.sub(r"\bjava\.util\.concurrent\.\w+Exception: ", "", text)
    return re.sub(r"\borg\.apache\.kafka\.common\.errors\.(\w+?)Exception: ", r"\1: ", text).strip()
