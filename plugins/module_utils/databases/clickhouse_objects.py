# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ClickHouse database holds, and the statements that drop it. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

_VIEWS = {"View": "views", "MaterializedView": "materialized_views", "LiveView": "views", "WindowView": "views"}
# Views go first: they read tables. A table may read a dictionary, and a dictionary may read a table.
_RANK = {"materialized_views": 0, "views": 1, "tables": 2, "dictionaries": 3}
# Tables that hold the data of a materialized view, a window view or a time series: they come and go with it.
_INNER = re.compile(r"\.(?:tmp\.)?inner(?:_id)?\.(.+)", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """A row of ``system.tables``.

    :param uuid: empty outside of Atomic databases.
    :param is_dictionary: made by ``CREATE DICTIONARY``; a table with the engine Dictionary is none.
    :param dependents: ``database.table`` of what cannot be loaded without it.
    """

    name: str
    engine: str = "MergeTree"
    uuid: str = ""
    is_dictionary: bool = False
    rows: int = 0
    bytes: int = 0
    dependents: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:
        return "dictionaries" if self.is_dictionary else _VIEWS.get(self.engine, "tables")


def literal(text: str) -> str:
    """``text`` as a string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """``name`` as an identifier, whatever is in it."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def droppable(entries: Iterable[Entry], is_meant: Callable[[str], object]) -> list[Entry]:
    """The objects to drop, in order. An inner table is only among them when what it belonged to is gone."""
    entries = list(entries)
    owners = {each.name for each in entries} | {each.uuid for each in entries if each.uuid}
    chosen = [each for each in entries if is_meant(each.name) and not _is_owned(each.name, owners)]
    return sorted(chosen, key=lambda each: (_RANK[each.kind], each.name))


def _is_owned(name: str, owners: set[str]) -> bool:
    inner = _INNER.fullmatch(name)
    return inner is not None and (inner[1] in owners or inner[1].partition(".")[2] in owners)


def outside_dependents(database: str, chosen: Iterable[Entry]) -> list[str]:
    """What is not dropped itself, but needs something that would be."""
    chosen = list(chosen)
    dropped = {(database, each.name) for each in chosen}
    return sorted({".".join(each) for entry in chosen for each in entry.dependents if each not in dropped})


def drop_statement(database: str, entry: Entry, cluster: str | None, version: Sequence[int]) -> str:
    """The statement that drops it, and returns when it is really gone."""
    what = "DICTIONARY" if entry.is_dictionary else "TABLE"
    # Atomic databases would otherwise keep the data, and the path in ZooKeeper, for 8 minutes.
    sync = " SYNC" if tuple(version) >= (21, 4) else ""
    if cluster is None:
        return f"DROP {what} {identifier(database)}.{identifier(entry.name)}{sync}"
    return f"DROP {what} IF EXISTS {identifier(database)}.{identifier(entry.name)} ON CLUSTER {identifier(cluster)}{sync}"
