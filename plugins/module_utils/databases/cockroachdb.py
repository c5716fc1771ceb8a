# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CockroachDB: what a database or a schema holds is dropped, the database itself is not touched.

So its owner, grants, default privileges, zone configuration, regions, comment and parameters are never in danger, and a
killed reset leaves fewer objects for the next one. Not run against a real CockroachDB: its wire, login and catalogs are
tested on PostgreSQL, the rest against the grammar in CockroachDB's documentation (see docs/engines/cockroachdb.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

from ..errors import InputError, OperationError
from ..progress import Progress
from .cockroachdb_objects import DatabaseObject, drops, list_objects
from .login import Login, locked, not_permitted
from .postgresql import identifier, literal
from .reset import Counts, Found, telling_removed
from .selection import Selection, glob_regex, is_system
from .sql import Session, SqlError

_MAINTENANCE = ("defaultdb", "postgres", "system")  # databases that every cluster begins with
_UNKNOWN_DATABASE = "3D000"
_NOT_PERMITTED = "42501"
_LOCKED = "55P03"
_NEEDED = "2BP01"
_READ_ONLY = "25006"

_DATABASES = "SELECT datname FROM pg_catalog.pg_database"
_DATABASE = """
SELECT pg_catalog.pg_get_userbyid(datdba), coalesce(pg_catalog.shobj_description(oid, 'pg_database'), '')
FROM pg_catalog.pg_database WHERE datname = {name}"""
_SCHEMA = "SELECT pg_catalog.pg_get_userbyid(nspowner), '' FROM pg_catalog.pg_namespace WHERE nspname = {name}"
# What only CockroachDB knows (its pages SHOW GRANTS and SHOW ZONE CONFIGURATIONS).
_GRANTS = "SELECT grantee, privilege_type FROM [SHOW GRANTS ON {what} {name}] ORDER BY 1, 2"
_ZONE = "SELECT raw_config_sql FROM [SHOW ZONE CONFIGURATION FROM DATABASE {name}]"


class CockroachDb:
    """The databases of one cluster, or one schema in each of them.

    :param connect: opens a session with one database; raises SqlError where that one database refuses it.
    """

    def __init__(self, connect: Callable[[Login, str], Session], login: Login, schema: str | None = None) -> None:
        self._connect = connect
        self._login = login
        self._schema = schema
        self._outside = self._open_maintenance()
        version = str(self._outside.rows("SELECT version()")[0][0])
        if "CockroachDB" not in version:
            self.close()
            raise OperationError("reset a database", str(login), f"this server is not CockroachDB, it calls itself {version}")

    def close(self) -> None:
        self._outside.close()

    def targets(self, selection: Selection) -> list[str]:
        if selection.pattern is None:
            return [selection.name or ""]
        matches = glob_regex(selection.pattern).match
        try:
            names = sorted(str(name) for (name,) in self._outside.rows(_DATABASES) if matches(str(name)))
        except SqlError as error:
            raise self._refused(error, "list the databases", str(selection)) from error
        system = [name for name in names if is_system(name)]
        if system:
            raise InputError([f"pattern {selection.pattern} matches the server's own {', '.join(system)}"])
        return names

    def read(self, name: str) -> Found | None:
        try:
            database = self._outside.rows(_DATABASE.format(name=literal(name)))
            if not database:
                return None
            with closing(self._open(name)) as session:
                rows = database if self._schema is None else session.rows(_SCHEMA.format(name=literal(self._schema)))
                if not rows:
                    return None
                objects = list_objects(session, self._schema)
                kept = {"owner": str(rows[0][0]), "comment": str(rows[0][1]), **self._kept(session, name)}
        except SqlError as error:
            if error.code == _UNKNOWN_DATABASE:
                return None
            raise self._refused(error, "read the database", name) from error
        return Found(name, dict(Counter(each.kind for each in objects)), kept)

    def empty(self, found: Found) -> Counts:
        removed: Counter[str] = Counter()
        progress = Progress(f"reset of {self._called(found.name)}")
        with telling_removed(removed):
            try:
                with closing(self._open(found.name)) as session:
                    objects = list_objects(session, self._schema)
                    for batch in _dropped(session, objects):
                        removed.update(each.kind for each in batch)
                        progress.say(f"{sum(removed.values())} of {len(objects)} objects dropped")
            except SqlError as error:
                raise self._refused(error, "reset the database", found.name) from error
        return removed

    def _kept(self, session: Session, name: str) -> dict[str, object]:
        kept: dict[str, object] = {}
        what, on = ("DATABASE", name) if self._schema is None else ("SCHEMA", self._schema)
        with suppress(SqlError):  # not everybody may see them
            kept["grants"] = [f"{who}: {right}" for who, right in session.rows(_GRANTS.format(what=what, name=identifier(on)))]
        if self._schema is None:
            with suppress(SqlError):
                kept["zone"] = str(session.rows(_ZONE.format(name=identifier(name)))[0][0])
        return kept

    def _open_maintenance(self) -> Session:
        for database in _MAINTENANCE:
            try:
                return self._open(database)
            except SqlError as error:
                refusal = error
        advice = f"The user needs CONNECT on one of {', '.join(_MAINTENANCE)}."
        raise OperationError("connect to a maintenance database", str(self._login), str(refusal), advice)

    def _open(self, database: str) -> Session:
        session = self._connect(self._login, database)
        session.run("SET statement_timeout = 0")
        session.run(f"SET lock_timeout = '{self._login.timeout}s'")
        return session

    def _called(self, name: str) -> str:
        return name if self._schema is None else f"{name}, schema {self._schema}"

    def _refused(self, error: SqlError, attempted: str, name: str) -> OperationError:
        on = self._called(name)
        if error.code == _NOT_PERMITTED:
            needs = "the privilege DROP on everything in it, or ownership (types always need ownership), or the role admin"
            return not_permitted(self._login, attempted, on, error.text, needs)
        if error.code == _LOCKED:
            return locked(self._login, attempted, on, f"a lock was not free within {self._login.timeout} s", [])
        advice = {
            _NEEDED: "Something outside of it needs it: drop that first, or reset the whole database.",
            _READ_ONLY: "This cluster is read-only: connect to the primary.",
        }.get(error.code, "")
        return OperationError(attempted, f"{on} ({self._login})", str(error), advice)


def _dropped(session: Session, objects: list[DatabaseObject]) -> Iterator[list[DatabaseObject]]:
    """Drop all of them and yield each batch that is gone; what others need waits for the next round."""
    left = objects
    while left:
        needed: list[tuple[DatabaseObject, SqlError]] = []
        for batch, statement in drops(left):
            try:
                session.run(statement)
            except SqlError as error:
                if error.code != _NEEDED:
                    raise
                needed += [(each, error) for each in batch]
            else:
                yield batch
        if len(needed) == len(left):
            raise needed[0][1]
        left = [each for each, _error in needed]
