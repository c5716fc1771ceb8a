# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be removed after a migration: only what its own files say that it has made. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Json = dict[str, Any]
PARTS = ("connectors", "topics", "acls", "files")


def doomed(made: Mapping[str, Mapping[str, Any]], wanted: Collection[str]) -> Json:
    """Each part's list, a ``text`` for people, what is ``kept``, and what is ``left`` of ``prepared.json`` afterwards.

    :param made: what ``prepared`` and ``replicate`` hold; empty where a phase was not run.
    :param wanted: the parts that are to be removed.
    """
    prepared = made["prepared"]
    every: dict[str, list[Any]] = {
        "connectors": _names(made["replicate"].get("connectors")),
        "topics": list(prepared.get("topics_created", [])),
        "acls": [_as_entry(acl) for acl in prepared.get("acls_added", [])],
        "files": list(prepared.get("files", [])),
    }
    chosen = {part: every[part] if part in wanted else [] for part in PARTS}
    left = {key: [] for key, part in (("topics_created", "topics"), ("acls_added", "acls"), ("files", "files")) if part in wanted}
    text = ", ".join(f"{len(chosen[part])} {part}" for part in PARTS if part in wanted)
    kept = [f"{len(every[part])} {part}, as '{part}' is not in replicator_migration_cleanup" for part in PARTS if part not in wanted and every[part]]
    return {**chosen, "left": left, "text": text, "kept": kept}


def _as_entry(acl: Mapping[str, Any]) -> Json:
    return {**{key: value for key, value in acl.items() if key != "operation"}, "operations": [acl["operation"]]}


def _names(connectors: object) -> list[str]:
    """Names of connectors, from names, dictionaries with a name, or a dictionary by name."""
    if isinstance(connectors, Mapping):
        return sorted(str(name) for name in connectors)
    entries = connectors if isinstance(connectors, list) else []
    return sorted(str(each["name"]) if isinstance(each, Mapping) else str(each) for each in entries)
