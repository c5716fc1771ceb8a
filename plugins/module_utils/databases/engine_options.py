# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that only some engines have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .selection import is_match_all

ENGINE_SPEC: dict[str, dict[str, Any]] = {
    "tables": {"type": "str"},
    "cluster": {"type": "str"},
    "fallback_username": {"type": "str"},
    "fallback_password": {"type": "str", "no_log": True},
    "certs_dir": {"type": "path"},
    "recreate": {"type": "bool", "default": False},
}

_ENGINE_OF = {
    "tables": "clickhouse",
    "cluster": "clickhouse",
    "fallback_username": "clickhouse",
    "fallback_password": "clickhouse",
    "certs_dir": "cockroachdb",
    "recreate": "minio",
}


@dataclass(frozen=True)
class EngineOptions:
    """See the module's documentation for each of them."""

    tables: str | None = None
    cluster: str | None = None
    fallback_username: str | None = None
    fallback_password: str | None = field(default=None, repr=False)
    certs_dir: str | None = None
    recreate: bool = False


def engine_options_from(options: Mapping[str, Any]) -> EngineOptions:
    """The engine's own options among a module's (ENGINE_SPEC)."""
    return EngineOptions(**{name: options[name] for name in ENGINE_SPEC})


def engine_options_problems(engine: str, options: EngineOptions) -> list[str]:
    """What is wrong with them, in words, before a server is asked."""
    problems = [f"{name} is an option of {owner}, not of {engine}" for name, owner in _ENGINE_OF.items() if getattr(options, name) and owner != engine]
    for name in ("tables", "cluster", "fallback_username"):
        value = getattr(options, name)
        if value is not None and not value.strip():
            problems.append(f"{name} is empty")
    if options.tables is not None and options.tables.strip() and is_match_all(options.tables):
        problems.append(f"tables {options.tables} matches everything: leave tables out to reset whole databases")
    if options.fallback_password is not None and options.fallback_username is None:
        problems.append("fallback_password needs fallback_username")
    return problems
