# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a registry for its key schemas. Nothing is registered."""

from __future__ import annotations

from ..kafka.names import matching
from .api import Registry, at_once
from .drift import KeySubject


def read_key_subjects(registry: Registry, pattern: str) -> list[KeySubject]:
    """The subjects whose names the pattern matches, with all versions."""
    found = at_once(lambda name: _read(registry, name), matching(pattern, registry.subjects()))
    return [subject for subject in found if subject.versions]


def _read(registry: Registry, name: str) -> KeySubject:
    versions = [version for number in registry.versions(name) if (version := registry.version(name, number)) is not None]
    return KeySubject(name, tuple((version.id, version.schema) for version in versions))
