# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL, one schema: its objects are dropped, the schema itself is never touched.

So its owner, grants, default privileges and comment need no keeping, and a killed reset leaves fewer objects for the next one.
``DROP SCHEMA CASCADE`` locks every table at once and fails with "out of shared memory" on some thousands of them; here they go
in batches, each its own transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..errors import OperationError
from ..progress import Progress
from .login import ConnectionLost
from .postgresql import NOT_PERMITTED, UNKNOWN_DATABASE, Server, literal, records
from .postgresql_objects import SchemaObject, list_schema, outside_dependents
from .reset import Counts, Found, telling_removed
from .selection import Selection
from .sql import Session, SqlError

_BATCH = 200
_OUT_OF_LOCKS = "53200"

_SCHEMA = """
SELECT pg_get_userbyid(n.nspowner) AS owner, coalesce(n.nspacl, acldefault('n', n.nspowner))::text[] AS grants,
  coalesce(obj_description(n.oid, 'pg_namespace'), '') AS comment,
  ARRAY(SELECT pg_get_userbyid(d.defaclrole) || ' ' || d.defaclobjtype::text || ' ' || d.defaclacl::text
    FROM pg_default_acl d WHERE d.defaclnamespace = n.oid ORDER BY 1) AS default_privileges,
  ARRAY(SELECT e.extname::text FROM pg_extension e WHERE e.extnamespace = n.oid ORDER BY 1) AS extensions,
  pg_has_role(n.nspowner, 'USAGE') AS is_mine
FROM pg_namespace n WHERE n.nspname = {schema}"""
_SESSIONS = """
SELECT DISTINCT a.pid, a.usename AS user, host(a.client_addr) AS address, a.state, floor(extract(epoch FROM now() - a.xact_start))::int AS age
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_activity a ON a.pid = l.pid
WHERE n.nspname = {schema} AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND a.pid <> pg_backend_pid() ORDER BY 1"""


class Schemas:
    """The schema of one name in each of the chosen databases. A target is named by its database."""

    def __init__(self, server: Server, schema: str) -> None:
        self._server = server
        self._schema = schema

    def targets(self, selection: Selection) -> list[str]:
        return self._server.names(selection, replaced=lambda _name, _comment: None)

    def read(self, name: str) -> Found | None:
        try:
            with self._server.inside(name) as session:
                rows = records(session, _SCHEMA.format(schema=literal(self._schema)))
                if not rows:
                    return None
                objects = list_schema(session, self._schema)
                outside = outside_dependents(session, self._schema) if objects else []
        except SqlError as error:
            if error.code == UNKNOWN_DATABASE:
                return None
            raise self._refused(error, "read the schema", name, []) from error
        if outside:
            raise self._depended_on(name, outside)
        kept = rows[0]
        is_mine = kept.pop("is_mine")
        if not is_mine and not all(each.is_mine for each in objects):
            raise self._refused(SqlError(NOT_PERMITTED, f"it belongs to {kept['owner']}"), "reset the schema", name, [])
        return Found(name, dict(Counter(each.kind for each in objects)), kept)

    def empty(self, found: Found) -> Counts:
        removed: Counter[str] = Counter()
        progress = Progress(f"reset of {found.name}, schema {self._schema}")
        attempted = "reset the schema"
        with telling_removed(removed):
            try:
                with self._server.inside(found.name) as session:
                    objects = list_schema(session, self._schema)
                    try:
                        for batch in dropped(session, objects):
                            removed.update(each.kind for each in batch)
                            progress.say(f"{sum(removed.values())} of {len(objects)} objects dropped")
                    except SqlError as error:
                        raise self._refused(error, attempted, found.name, self._sessions(session)) from error
            except SqlError as error:
                raise self._refused(error, attempted, found.name, []) from error
        return removed

    def _sessions(self, session: Session) -> list[str]:
        try:
            rows = records(session, _SESSIONS.format(schema=literal(self._schema)))
        except (SqlError, ConnectionLost):
            return []
        return ["session {pid} of {user}@{address}, {state}, transaction of {age} s".format(**row) for row in rows]

    def _refused(self, error: SqlError, attempted: str, name: str, sessions: list[str]) -> OperationError:
        needs = "ownership of the schema, or of everything in it"
        return self._server.refused(error, attempted, f"{self._schema} of {name}", needs, sessions)

    def _depended_on(self, name: str, outside: list[str]) -> OperationError:
        return OperationError(
            "reset the schema",
            f"{self._schema} of {name} ({self._server.login})",
            f"objects outside the schema depend on it and would be dropped too: {', '.join(outside)}",
            "Drop them first, or reset the whole database.",
        )


def dropped(session: Session, objects: list[SchemaObject]) -> Iterator[list[SchemaObject]]:
    """Drop all objects and yield each batch when it is gone. The batches shrink where the server runs out of locks."""
    size, done = _BATCH, 0
    while done < len(objects):
        batch = objects[done : done + size]
        try:
            session.run("; ".join(each.drop for each in batch))
        except SqlError as error:
            if error.code != _OUT_OF_LOCKS or size == 1:
                raise
            size = max(1, size // 4)
            continue
        done += len(batch)
        yield batch
