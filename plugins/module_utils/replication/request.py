# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of kafka_replication_verify, checked before any cluster is asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import InputError
from ..kafka.connection import Connection
from ..kafka.info import pattern_error
from ..kafka.names import is_internal_topic, matching, topic_name_problem
from .record_digest import Compared
from .tasks import Shard
from .two_clusters import SIDES_SPEC, connections_from

LEVELS = ["offsets", "count", "digest"]
FIELDS = ["key", "value", "headers", "timestamp"]
# What Replicator adds to each record when provenance.header.enable is true.
ADDED_HEADERS = ["__replicator_id"]

VERIFY_SPEC: dict[str, dict[str, Any]] = {
    **SIDES_SPEC,
    "topics": {"type": "list", "elements": "str", "default": []},
    "pattern": {"type": "str"},
    "destination_topics": {"type": "dict", "default": {}},
    "level": {"type": "str", "choices": LEVELS, "default": "digest"},
    "fields": {"type": "list", "elements": "str", "choices": FIELDS, "default": FIELDS},
    "headers": {"type": "list", "elements": "str"},
    "ignore_headers": {"type": "list", "elements": "str", "default": ADDED_HEADERS},
    "list_duplicates": {"type": "bool", "default": False},
    "list_limit": {"type": "int", "default": 1000},
    "shard": {"type": "dict", "options": {"index": {"type": "int", "required": True}, "count": {"type": "int", "required": True}}},
    "workers": {"type": "int", "default": 1},
    "timeout": {"type": "float", "default": 14400},
    "spill_directory": {"type": "path"},
    "fail_on_difference": {"type": "bool", "default": True},
}


def check_request(options: Mapping[str, Any]) -> tuple[dict[str, Connection], Shard, Compared]:
    """The two connections, the shard, and what of a record must agree.

    :raises InputError: with every problem at once.
    """
    connections, problems = connections_from(options)
    problems += _selection_problems(options)
    shard = Shard(**options["shard"]) if options["shard"] else Shard()
    if shard.count < 1 or not 0 <= shard.index < shard.count:
        problems.append(f"shard: index must be from 0 to count - 1, not {shard.index} of {shard.count}")
    problems += [f"{option} must be {least} or more" for option, least in (("workers", 1), ("list_limit", 0)) if options[option] < least]
    if options["timeout"] <= 0:
        problems.append("timeout must be more than 0 seconds")
    if not options["fields"]:
        problems.append("fields is empty: nothing would be compared")
    if options["headers"] is not None and "headers" not in options["fields"]:
        problems.append("headers are named, but fields leaves them out")
    if problems:
        raise InputError(problems)
    return connections, shard, compared_from(options)


def compared_from(options: Mapping[str, Any]) -> Compared:
    """What of a record must agree."""
    fields, headers = options["fields"], options["headers"]
    return Compared("key" in fields, "value" in fields, "timestamp" in fields, "headers" in fields,
                    None if headers is None else frozenset(headers), frozenset(options["ignore_headers"]))


def _selection_problems(options: Mapping[str, Any]) -> list[str]:
    problems = []
    if not options["topics"] and options["pattern"] is None:
        problems.append("neither topics nor pattern is given")
    if options["pattern"] is not None and pattern_error(options["pattern"]):
        problems.append(pattern_error(options["pattern"]))
    renamed = {str(old): str(new) for old, new in options["destination_topics"].items()}
    problems += [problem for name in [*options["topics"], *renamed.values()] if (problem := topic_name_problem(name))]
    twice = sorted({name for name in renamed.values() if list(renamed.values()).count(name) > 1})
    if twice:
        problems.append(f"destination_topics: several topics go to {', '.join(twice)}, which cannot be told apart there")
    return problems


def chosen_topics(existing: Iterable[str], topics: Iterable[str], pattern: str | None) -> list[str]:
    """The topics to compare. Internal ones only by name: copies of them mean nothing."""
    matched = [name for name in matching(pattern, existing) if not is_internal_topic(name)] if pattern is not None else []
    return sorted({*topics, *matched})
