# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and patterns of topics and groups: what is legal, what is internal, what is too wide to be meant."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Iterable

LONGEST_TOPIC_NAME = 249  # org.apache.kafka.common.internals.Topic.MAX_NAME_LENGTH
_LEGAL_TOPIC = re.compile(r"[a-zA-Z0-9._-]+")
_INTERNAL = re.compile(
    r"__.*"  # Kafka's own, Strimzi's, Cruise Control's, Debezium's heartbeats
    r"|_schemas|_confluent.*"
    r"|(.*[-_.])?connect(-[A-Za-z0-9._-]+)?[-_.](configs|offsets|status(es)?)"
    r"|mm2-(configs|offsets|status|offset-syncs)\..*\.internal|.*\.checkpoints\.internal"
)


def topic_name_problem(name: str) -> str:
    """Why ``name`` is no legal topic name; empty when it is one."""
    if not name:
        return "a topic name is empty"
    if name in (".", ".."):
        return f"'{name}' is no legal topic name"
    if len(name) > LONGEST_TOPIC_NAME:
        return f"the topic name '{name[:40]}...' has {len(name)} characters, {LONGEST_TOPIC_NAME} are allowed"
    if not _LEGAL_TOPIC.fullmatch(name):
        return f"the topic name '{name}' has characters other than letters, digits, '.', '_' and '-'"
    return ""


def is_internal_topic(name: str) -> bool:
    """Whether losing this topic breaks more than the data in it: Kafka's, the registry's and Connect's own."""
    return _INTERNAL.fullmatch(name) is not None


def pattern_problem(pattern: str) -> str:
    """Why ``pattern`` cannot be used to select what is destroyed; empty when it can.

    Match-all is found by trying: an expression that matches random names of several lengths was not written
    with particular topics in mind.
    """
    if not pattern.strip():
        return "the pattern is empty"
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return f"the pattern '{pattern}' is no regular expression: {error}"
    if not re.sub(r"[\s.*+?%^$|()\[\]{}\\]", "", pattern):
        return f"the pattern '{pattern}' matches everything"
    for length in (3, 8, 20):
        if all(compiled.fullmatch(_random_name(length)) for _attempt in range(3)):
            return f"the pattern '{pattern}' matches everything"
    return ""


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that ``pattern`` matches as a whole, sorted."""
    compiled = re.compile(pattern)
    return sorted(name for name in names if compiled.fullmatch(name))


def _random_name(length: int) -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _position in range(length))
