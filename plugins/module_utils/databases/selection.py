# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reset is asked for, and what is refused before a server is asked at all. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Never reset, on no SQL engine: the servers' own databases and those that a provider keeps beside them.
SYSTEM_DATABASES = (
    "mysql", "sys", "*_schema", "postgres", "template*", "system", "defaultdb", "crdb_internal", "pg_*",
    "rdsadmin", "azure_maintenance", "azure_sys", "cloudsqladmin", "alloydbadmin",
)  # fmt: skip
SYSTEM_SCHEMAS = ("pg_*", "information_schema", "crdb_internal")

_CLASS = re.compile(r"\[[!^]?\]?[^\]]*\]")
_MATCHES_ANYTHING = re.compile(r"[\s*?%_.+^$|()\\\[\]{}]")


@dataclass(frozen=True)
class Selection:
    """Either one literal ``name`` or a glob ``pattern``; ``schema`` narrows each database to one schema."""

    name: str | None = None
    pattern: str | None = None
    schema: str | None = None

    def __str__(self) -> str:
        return f"pattern {self.pattern}" if self.name is None else self.name


def glob_regex(pattern: str) -> re.Pattern[str]:
    """A glob as Redis reads it: ``*``, ``?``, ``[ab]``, ``[a-z]``, ``[^a]`` or ``[!a]``, and a backslash before a literal character."""
    pieces = re.finditer(r"\\(.)|(\[[!^]?\]?[^\]]*\])|(.)", pattern, re.DOTALL)
    return re.compile("".join(_regex_of(*piece.groups()) for piece in pieces) + r"\Z", re.DOTALL)


def _regex_of(escaped: str | None, members: str | None, single: str | None) -> str:
    if escaped is not None:
        return re.escape(escaped)
    if members is not None:
        is_negated = members[1] in "!^"
        inner = re.sub(r"([^0-9A-Za-z-])", r"\\\1", members[2 if is_negated else 1 : -1])
        return f"[^{inner}]" if is_negated else f"[{inner}]"
    return {"*": ".*", "?": "."}.get(single or "", re.escape(single or ""))


def is_match_all(pattern: str) -> bool:
    """Whether nothing in the pattern is literal: such a pattern matches every name, or means to in some other pattern language."""
    return not _MATCHES_ANYTHING.sub("", _CLASS.sub("", pattern))


def is_system(name: str, system: Iterable[str] = SYSTEM_DATABASES) -> bool:
    """Whether the name is one of the server's own. Case does not count, as some servers ignore it."""
    return any(glob_regex(each).match(name.lower()) for each in system)


def selection_problems(selection: Selection, has_system_databases: bool) -> list[str]:
    """Everything that is wrong with what was asked for, in words; empty when it can be tried."""
    problems = []
    for option, value in (("name", selection.name), ("pattern", selection.pattern), ("schema", selection.schema)):
        if value is not None and not value.strip():
            problems.append(f"{option} is empty")
        elif value is not None and "\0" in value:
            problems.append(f"{option} contains a NUL character")
    if problems:
        return problems
    if selection.pattern is not None and is_match_all(selection.pattern):
        problems.append(f"pattern {selection.pattern} matches everything: it must contain at least one literal character")
    if selection.name is not None and has_system_databases and is_system(selection.name):
        problems.append(f"{selection.name} is one of the server's own databases")
    if selection.schema is not None and is_system(selection.schema, SYSTEM_SCHEMAS):
        problems.append(f"{selection.schema} is one of the server's own schemas")
    return problems
