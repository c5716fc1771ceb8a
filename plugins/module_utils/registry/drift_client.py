# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a registry for its key schemas, and which id it would give to a new one. Nothing is registered."""

from __future__ import annotations

from collections.abc import Sequence

from ..kafka.names import matching
from .api import Registry, at_once
from .drift import Finding, KeySubject


def read_key_subjects(registry: Registry, pattern: str) -> list[KeySubject]:
    """The subjects whose names the pattern matches, with all versions."""
    found = at_once(lambda name: _read(registry, name), matching(pattern, registry.subjects()))
    return [subject for subject in found if subject.versions]


def _read(registry: Registry, name: str) -> KeySubject:
    versions = [version for number in registry.versions(name) if (version := registry.version(name, number)) is not None]
    return KeySubject(name, tuple((version.id, version.schema) for version in versions))


def with_ids(registry: Registry, findings: Sequence[Finding]) -> list[dict[str, object]]:
    """The findings as results, each with the id that the registry has for the new schema already."""
    return [finding.as_result(id_) for finding, id_ in zip(findings, at_once(lambda finding: _id_of(registry, finding), findings))]


def _id_of(registry: Registry, finding: Finding) -> int | None:
    if finding.after is None:
        return None
    if finding.before is not None and finding.after.is_same_as(finding.before):
        return finding.id
    found = registry.find(finding.subject, finding.after)
    return found[1] if found else None
