# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry as a dictionary, and a backup of its subjects."""

from __future__ import annotations

from ..kafka.names import matching
from .api import Registry, Version, at_once


def describe(registry: Registry, names: list[str], latest_only: bool) -> dict[str, dict[str, object]]:
    """Each of these subjects with its versions; those that do not exist are left out."""
    found = at_once(lambda name: _subject(registry, name, latest_only), names)
    return {name: subject for name, subject in zip(names, found) if subject["versions"]}


def chosen(registry: Registry, names: list[str] | None, pattern: str | None) -> list[str]:
    """The subjects that are asked for: the named ones and those of the pattern, or all."""
    if names is None and pattern is None:
        return registry.subjects()
    matched = matching(pattern, registry.subjects()) if pattern is not None else []
    return list(dict.fromkeys([*(names or []), *matched]))


def _subject(registry: Registry, name: str, latest_only: bool) -> dict[str, object]:
    numbers = registry.versions(name)
    wanted = numbers[-1:] if latest_only else numbers
    versions = [version for number in wanted if (version := registry.version(name, number)) is not None]
    return {"versions": [_version(version) for version in versions], "compatibility": registry.compatibility(name) if versions else None}


def _version(version: Version) -> dict[str, object]:
    schema = version.schema
    references = [{"name": each.name, "subject": each.subject, "version": each.version} for each in schema.references]
    return {"version": version.number, "id": version.id, "schema_type": schema.type, "schema": schema.text, "references": references}
