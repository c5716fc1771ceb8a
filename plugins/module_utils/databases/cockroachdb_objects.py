# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a CockroachDB database holds, and the statements that drop it.

The queries use the catalogs that CockroachDB shares with PostgreSQL, the statements the grammar of CockroachDB's pages
DROP VIEW, DROP TABLE, DROP SEQUENCE, DROP FUNCTION, DROP PROCEDURE, DROP TYPE and DROP SCHEMA (cockroachlabs.com/docs/stable).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from .postgresql import identifier, literal
from .sql import Session

_BATCH = 50  # each statement is a schema change of its own, which takes a while on a cluster

# In the order in which they can go. DROP TYPE knows no CASCADE, and schemas go when they are empty.
_DROPS = {
    "views": ("DROP VIEW IF EXISTS", " CASCADE"),
    "materialized_views": ("DROP MATERIALIZED VIEW IF EXISTS", " CASCADE"),
    "tables": ("DROP TABLE IF EXISTS", " CASCADE"),
    "sequences": ("DROP SEQUENCE IF EXISTS", " CASCADE"),
    "functions": ("DROP FUNCTION IF EXISTS", ""),
    "procedures": ("DROP PROCEDURE IF EXISTS", ""),
    "types": ("DROP TYPE IF EXISTS", ""),
    "schemas": ("DROP SCHEMA IF EXISTS", ""),
}
_KINDS = list(_DROPS)
_SINGLE = ("functions", "procedures")  # what a function's arguments are is not to be mixed up

_OBJECTS = """
SELECT CASE c.relkind WHEN 'v' THEN 'views' WHEN 'm' THEN 'materialized_views' WHEN 'S' THEN 'sequences' ELSE 'tables' END, n.nspname, c.relname, ''
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND {mine}
UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'procedures' ELSE 'functions' END, n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE {mine}
UNION ALL SELECT 'types', n.nspname, t.typname, ''
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class r ON r.oid = t.typrelid
  WHERE (t.typtype IN ('e', 'd') OR (t.typtype = 'c' AND (r.relkind IS NULL OR r.relkind = 'c'))) AND {mine}"""
_SCHEMAS = "\nUNION ALL SELECT 'schemas', '', n.nspname, '' FROM pg_catalog.pg_namespace n WHERE n.nspname <> 'public' AND {mine}"
_NOT_SYSTEM = "left(n.nspname, 3) <> 'pg_' AND n.nspname NOT IN ('information_schema', 'crdb_internal')"


@dataclass(frozen=True)
class DatabaseObject:
    """One object. ``schema`` is empty for a schema itself; ``arguments`` are a function's."""

    kind: str
    schema: str
    name: str
    arguments: str = ""

    def __str__(self) -> str:
        name = f"{identifier(self.schema)}.{identifier(self.name)}" if self.schema else identifier(self.name)
        return f"{name}({self.arguments})" if self.kind in _SINGLE else name


def list_objects(session: Session, schema: str | None) -> list[DatabaseObject]:
    """What the database of this session holds, or just one of its schemas, in the order in which it can go."""
    query = _OBJECTS.format(mine=f"n.nspname = {literal(schema)}") if schema is not None else (_OBJECTS + _SCHEMAS).format(mine=_NOT_SYSTEM)
    objects = [DatabaseObject(*map(str, row)) for row in session.rows(query)]
    return sorted(objects, key=lambda each: (_KINDS.index(each.kind), each.schema, each.name, each.arguments))


def drops(objects: Sequence[DatabaseObject]) -> Iterator[tuple[list[DatabaseObject], str]]:
    """Batches of objects of one kind, each with the statement that drops it."""
    for kind, same in groupby(objects, key=lambda each: each.kind):
        left = list(same)
        size = 1 if kind in _SINGLE else _BATCH
        for start in range(0, len(left), size):
            batch = left[start : start + size]
            before, after = _DROPS[kind]
            yield batch, f"{before} {', '.join(map(str, batch))}{after}"
