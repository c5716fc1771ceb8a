# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL, a whole database: an empty replacement with the same settings is made beside it, then the two are exchanged.

    1. create the replacement, write every setting to it, read them back and compare;
    2. in one transaction, note on the replacement, as its comment, which database it replaces, and close it, so that no monitor
       connects to it and hinders its renaming: from now on it is complete;
    3. drop the old database, ending its sessions;
    4. in one transaction, rename the replacement, give it the old comment and open it.

Nothing is dropped before all settings are safe in the cluster. A reset that is killed leaves a replacement: before step 3 the
next one throws it away and begins again, after step 3 it carries on with step 4.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..errors import OperationError
from ..progress import Progress
from .heartbeat import shown_as_working
from .login import ConnectionLost
from .postgresql import REPLACEMENT_PREFIX, UNKNOWN_DATABASE, Server, identifier, literal, records
from .postgresql_objects import count_database
from .postgresql_settings import DatabaseRow, DatabaseSettings, creation, inside_statements, outside_statements, read_row, read_settings
from .reset import Counts, Found
from .selection import Selection
from .sql import SqlError

_NOTE = "streamops.kafka db_reset: "
_FORCE_SINCE = 130000

_RIGHTS = """
SELECT pg_has_role(d.datdba, 'USAGE') AS may_drop, r.rolcreatedb OR r.rolsuper AS may_create, d.datistemplate AS is_template
FROM pg_database d, pg_roles r WHERE d.datname = {name} AND r.rolname = current_user"""
_BLOCKERS = """
SELECT 'replication slot ' || slot_name AS what FROM pg_replication_slots WHERE database = {name}
UNION ALL SELECT 'subscription ' || s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = {name}
UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts WHERE database = {name}"""
_SESSIONS = "SELECT pid, usename AS user, state FROM pg_stat_activity WHERE datname = {name} AND pid <> pg_backend_pid() ORDER BY pid"


def replacement_of(name: str) -> str:
    """The name of the replacement: the same for every run, and nobody else's."""
    return REPLACEMENT_PREFIX + hashlib.sha256(name.encode()).hexdigest()[:24]


def note_for(name: str, comment: str) -> str:
    """The comment of a complete replacement."""
    return _NOTE + json.dumps({"replaces": name, "comment": comment}, ensure_ascii=False)


def noted(comment: str | None) -> dict[str, str] | None:
    """What note_for() wrote, None when the replacement is not complete."""
    if comment is None or not comment.startswith(_NOTE):
        return None
    note: dict[str, str] = json.loads(comment[len(_NOTE) :])
    return note


def replaced(name: str, comment: str | None) -> str | None:
    """The database that this replacement stands for, None for a replacement that was never completed."""
    note = noted(comment)
    return note["replaces"] if note and replacement_of(note["replaces"]) == name else None


def is_half_exchanged(database: DatabaseRow | None, replacement: DatabaseRow | None) -> bool:
    """Whether a killed reset got as far as dropping: then the replacement is all that is left of the settings."""
    return replacement is not None and noted(replacement.comment) is not None and (database is None or database.is_invalid)


class Databases:
    """The databases of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._outside = server.outside

    def targets(self, selection: Selection) -> list[str]:
        return self._server.names(selection, replaced)

    def read(self, name: str) -> Found | None:
        try:
            database, replacement = read_row(self._outside, name), read_row(self._outside, replacement_of(name))
            if replacement is not None and is_half_exchanged(database, replacement):
                return Found(name, kept={"owner": replacement.owner}, unfinished=True)
            if database is None:
                return None
            if database.is_invalid:
                advice = "Drop it by hand (DROP DATABASE), and create it again with its settings."
                raise OperationError("read the database", self._on(name), "it is invalid, an earlier DROP DATABASE was interrupted", advice)
            with self._server.inside(name) as session:
                counts = count_database(session)
                settings = read_settings(database, session)
            if counts:
                self._refuse_what_would_fail(name)
        except SqlError as error:
            if error.code == UNKNOWN_DATABASE:
                return None
            raise self._refused(error, "read the database", name) from error
        return Found(name, counts, settings.as_kept(database.comment), unfinished=replacement is not None)

    def empty(self, found: Found) -> Counts:
        name = found.name
        try:
            with shown_as_working(Progress(f"reset of {name}"), "replacing it by an empty database"), self._alone(name):
                database, replacement = read_row(self._outside, name), read_row(self._outside, replacement_of(name))
                if database is not None and not is_half_exchanged(database, replacement):
                    self._discard(replacement_of(name))
                    self._prepare(name, database)
                self._exchange(name)
        except SqlError as error:
            raise self._refused(error, "reset the database", name) from error
        return found.counts

    def _prepare(self, name: str, database: DatabaseRow) -> None:
        """Steps 1 and 2."""
        want, beside = self._settings(name, database), replacement_of(name)
        try:
            self._outside.run(creation(beside, want))
            self._write_settings(beside, want)
            have = self._read_settings(beside)
            different = [key for key, value in vars(want).items() if value != getattr(have, key)]
            if different:
                advice = "Nothing was dropped. Use a superuser, or narrow the reset with schema."
                answered = f"a new database cannot be given the same {', '.join(different)}"
                raise OperationError("keep the settings of the database", self._on(name), answered, advice)
            note = f"COMMENT ON DATABASE {identifier(beside)} IS {literal(note_for(name, database.comment))}"
            self._outside.run(f"{note}; ALTER DATABASE {identifier(beside)} ALLOW_CONNECTIONS false")
        except (SqlError, OperationError):
            with suppress(SqlError, ConnectionLost):  # the next reset throws it away as well
                self._discard(beside)
            raise

    def _write_settings(self, beside: str, want: DatabaseSettings) -> None:
        have = self._read_settings(beside)
        with self._server.inside(beside) as session:
            for statement in inside_statements(have, want):
                session.run(statement)
        for statement in outside_statements(beside, have, want):
            try:
                self._outside.run(statement)
            except SqlError as error:  # the answer may quote the value of a parameter, which may be a secret
                parameter = re.match(r"ALTER .* SET \S+", statement)
                raise SqlError(error.code, f"refused: {parameter[0]}" if parameter else error.text) from error

    def _exchange(self, name: str) -> None:
        """Steps 3 and 4."""
        old, beside = identifier(name), identifier(replacement_of(name))
        replacement = read_row(self._outside, replacement_of(name))
        note = noted(replacement.comment if replacement else None)
        if note is None:
            raise OperationError("exchange the database", self._on(name), "its replacement has disappeared", "Run the reset again.")
        try:
            self._outside.run(f"DROP DATABASE IF EXISTS {old}{self._force()}")
        except SqlError:
            database = read_row(self._outside, name)
            if database is not None and not database.is_invalid:
                self._discard(replacement_of(name))
            raise
        comment = literal(note["comment"]) if note["comment"] else "NULL"
        rename = f"ALTER DATABASE {beside} RENAME TO {old}; COMMENT ON DATABASE {old} IS {comment}"
        self._outside.run(f"{rename}; ALTER DATABASE {old} ALLOW_CONNECTIONS true")

    def _discard(self, beside: str) -> None:
        self._outside.run(f"DROP DATABASE IF EXISTS {identifier(beside)}{self._force()}")

    def _force(self) -> str:
        version = records(self._outside, "SELECT current_setting('server_version_num')::int AS number")[0]["number"]
        return " WITH (FORCE)" if version >= _FORCE_SINCE else ""

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """One reset of a database at a time: a second one would throw away the first one's replacement."""
        key = f"hashtextextended({literal(REPLACEMENT_PREFIX + name)}, 0)"
        try:
            self._outside.run(f"SELECT pg_advisory_lock({key})")
        except SqlError as error:
            raise self._refused(error, "wait for another reset of the database", name) from error
        try:
            yield
        finally:
            with suppress(SqlError, ConnectionLost):  # it ends with the session anyway
                self._outside.run(f"SELECT pg_advisory_unlock({key})")

    def _read_settings(self, name: str) -> DatabaseSettings:
        row = read_row(self._outside, name)
        if row is None:
            raise SqlError(UNKNOWN_DATABASE, f"database {name} does not exist")
        return self._settings(name, row)

    def _settings(self, name: str, row: DatabaseRow) -> DatabaseSettings:
        with self._server.inside(name) as session:
            return read_settings(row, session)

    def _refuse_what_would_fail(self, name: str) -> None:
        rights = records(self._outside, _RIGHTS.format(name=literal(name)))[0]
        problem = (
            "the database is a template" if rights["is_template"]
            else "the user does not own it" if not rights["may_drop"]
            else "the user may not create databases" if not rights["may_create"]
            else ""
        )  # fmt: skip
        if problem:
            raise self._refused(SqlError("42501", problem), "reset the database", name)
        blockers = [row["what"] for row in records(self._outside, _BLOCKERS.format(name=literal(name)))]
        if blockers:
            advice = "Remove them first, or narrow the reset with schema: that leaves the database itself in place."
            raise OperationError("reset the database", self._on(name), f"it is used by {', '.join(blockers)}", advice)

    def _on(self, name: str) -> str:
        return f"{name} ({self._server.login})"

    def _refused(self, error: SqlError, attempted: str, name: str) -> OperationError:
        sessions = [f"session {row['pid']} of {row['user']}, {row['state']}" for row in self._sessions(name)]
        needs = "ownership of the database and CREATEDB, or narrow the reset to a schema that it owns with schema"
        return self._server.refused(error, attempted, name, needs, sessions)

    def _sessions(self, name: str) -> list[dict[str, object]]:
        try:
            return records(self._outside, _SESSIONS.format(name=literal(name)))
        except (SqlError, ConnectionLost):
            return []
