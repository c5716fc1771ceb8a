# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL: what resets of whole databases and of single schemas share."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

from ..errors import InputError, OperationError
from .login import Login, locked, not_permitted
from .selection import Selection, glob_regex, is_system
from .sql import Session, SqlError

UNKNOWN_DATABASE = "3D000"
NOT_PERMITTED = "42501"
LOCKED = "55P03"
READ_ONLY = "25006"

# The databases that every server has, for what is done from outside a database.
_MAINTENANCE = ("postgres", "template1")
# Nothing that a user of the database has made is called by accident; a time limit of the role must not cut a reset in two.
_SETTINGS = """SELECT set_config('search_path', 'pg_catalog', false), set_config('lock_timeout', '{seconds}s', false),
  set_config('statement_timeout', '0', false), set_config('default_transaction_read_only', 'off', false)"""
# Replacements of databases that a reset is about to exchange (postgresql_database.py); never a target themselves.
REPLACEMENT_PREFIX = "streamops~reset~"
_DATABASES = "SELECT datname AS name, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE NOT datistemplate"


def literal(text: str) -> str:
    """``text`` as a string literal, whatever ``standard_conforming_strings`` says."""
    quoted = "'" + text.replace("'", "''").replace("\\", "\\\\") + "'"
    return f"E{quoted}" if "\\" in text else quoted


def identifier(name: str) -> str:
    """``name`` as an identifier, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def records(session: Session, query: str) -> list[dict[str, Any]]:
    """The rows of a query by column name. They travel as JSON, so that types survive a client program's text as well."""
    return [json.loads(row) for (row,) in session.rows(f"SELECT row_to_json(q)::text FROM ({query}) q")]


class Server:
    """Sessions with the databases of one PostgreSQL server.

    :param connect: opens a session with one database; raises SqlError where that one database refuses it.
    """

    def __init__(self, connect: Callable[[Login, str], Session], login: Login) -> None:
        self._connect = connect
        self.login = login
        self.outside = self._open_maintenance()

    def _open_maintenance(self) -> Session:
        for database in _MAINTENANCE:
            try:
                return self._open(database)
            except SqlError as error:
                refusal = error
        raise OperationError("connect to the database postgres", str(self.login), str(refusal), "The user needs CONNECT on postgres or template1.")

    def _open(self, database: str) -> Session:
        session = self._connect(self.login, database)
        session.run(_SETTINGS.format(seconds=self.login.timeout))
        return session

    def inside(self, database: str) -> closing[Session]:
        """A session with this database, closed at the end of the ``with`` block."""
        return closing(self._open(database))

    def names(self, selection: Selection, replaced: Callable[[str, str | None], str | None]) -> list[str]:
        """The names of databases that are meant. ``replaced`` names the database that a replacement stands for.

        :raises InputError: when a pattern covers one of the server's own databases.
        """
        if selection.pattern is None:
            return [selection.name or ""]
        databases = [(row["name"], row["comment"]) for row in records(self.outside, _DATABASES)]
        names = {replaced(name, comment) if name.startswith(REPLACEMENT_PREFIX) else name for name, comment in databases}
        matches = glob_regex(selection.pattern).match
        chosen = sorted(name for name in names if name is not None and matches(name))
        system = [name for name in chosen if is_system(name)]
        if system:
            raise InputError([f"pattern {selection.pattern} matches the server's own {', '.join(system)}"])
        return chosen

    def refused(self, error: SqlError, attempted: str, on: str, needs: str, sessions: list[str]) -> OperationError:
        """The server's answer in the words of a user. ``needs`` and ``sessions`` as in login.py."""
        if error.code == NOT_PERMITTED:
            return not_permitted(self.login, attempted, on, error.text, needs)
        if error.code == LOCKED:
            return locked(self.login, attempted, on, f"a lock was not free within {self.login.timeout} s", sessions)
        advice = "This server is a read-only replica: connect to the primary." if error.code == READ_ONLY else ""
        return OperationError(attempted, f"{on} ({self.login})", str(error), advice)
