# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a PostgreSQL server through the program ``psql`` inside its pod: one process, one connection, so that locks and settings stay.

``\\gexec`` hands a text to the server as it is: psql neither reads a statement nor cuts it at semicolons, so several of them are one transaction,
as with a driver. What separates fields and rows is random, so it stands in no value.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from ..errors import OperationError
from ..kubernetes.client import Cluster
from ..kubernetes.pods import Choice
from .login import ConnectionLost, Login
from .postgresql_client import connect_error
from .program_exec import Conversation, Program, ProgramEnded
from .sql import SqlError

PROGRAM = Program("psql", ("psql", "/usr/lib/postgresql/*/bin/psql", "/opt/bitnami/postgresql/bin/psql", "/usr/pgsql-*/bin/psql", "/usr/local/pgsql/bin/psql"))
ARGUMENTS = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password"]

_DONE = "00000"
_DETAIL = re.compile(r"^(?:DETAIL|HINT):  (.*)", re.MULTILINE)
_LAST_WORDS = re.compile(r"^(?:psql: )?(?:error: )?(.*)", re.DOTALL)


class PsqlProgram:
    """One connection to one database, in autocommit mode.

    :raises SqlError: when just this database cannot be connected to (``3D000``, ``42501``).
    :raises OperationError: when the server cannot be reached, or refuses the login.
    """

    def __init__(self, cluster: Cluster, choice: Choice, login: Login, database: str) -> None:
        self._login = login
        self._program = Conversation(cluster, choice, PROGRAM, ARGUMENTS, settings(login, database), login)
        mark = self._program.mark
        self._field, self._row, self._null = (f"{name}{mark[::-1]}" for name in "frn")
        try:
            self._say(f"\\pset fieldsep '{self._field}'\n\\pset recordsep '{self._row}'\n\\pset null '{self._null}'\nSET client_min_messages = error;\n")
        except ProgramEnded as ended:
            self.close()
            raise connect_error(login, _LAST_WORDS.sub(r"\1", ended.said)) from ended
        except OperationError:
            self.close()
            raise

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        text = base64.b64encode(statement.encode()).decode()
        query = f"SELECT pg_catalog.convert_from(pg_catalog.decode('{text}', 'base64'), 'UTF8') \\gexec\n"
        try:
            said = self._say(f"\\set LAST_ERROR_SQLSTATE {_DONE}\n{query}")
            code = self._program.line()
            if code != _DONE:
                raise SqlError(code, self._error(said))
        except ProgramEnded as ended:
            raise ConnectionLost("run a statement", self._login, " ".join(ended.said.split()) or "psql ended") from ended
        return rows_in(said, self._field, self._row, self._null)

    def run(self, statement: str) -> None:
        self.rows(statement)

    def close(self) -> None:
        self._program.close()

    def _error(self, said: str) -> str:
        message = self._say("\\echo :LAST_ERROR_MESSAGE\n").strip()
        return ". ".join([message, *_DETAIL.findall(said)[:1]])

    def _say(self, text: str) -> str:
        return self._program.ask(f"{text}\\echo {self._program.mark} :LAST_ERROR_SQLSTATE\n".encode()).decode(errors="replace")


def settings(login: Login, database: str) -> dict[str, str | None]:
    """libpq's environment: passwords are no arguments, and names of databases are never read as connection strings."""
    tls = login.tls
    secured: dict[str, str | None] = {}
    if tls is not None:
        mode = "disable" if not tls.enabled else "require" if not tls.verify else "verify-full" if tls.verify_hostname else "verify-ca"
        roots = (tls.ca or "system") if tls.enabled and tls.verify else None
        secured = {"PGSSLMODE": mode, "PGSSLROOTCERT": roots, "PGSSLCERT": tls.cert, "PGSSLKEY": tls.key}
    return {
        "PGHOST": login.host,
        "PGPORT": str(login.port),
        "PGUSER": login.username,
        "PGPASSWORD": login.password,
        "PGDATABASE": database,
        "PGCONNECT_TIMEOUT": str(login.connect_seconds),
        "PGAPPNAME": "streamops.kafka.db_reset",
        "PGCLIENTENCODING": "UTF8",
        "LC_MESSAGES": "C",
        **secured,
    }


def rows_in(said: str, field: str, row: str, null: str) -> list[tuple[str | None, ...]]:
    """The rows of ``psql --no-align --tuples-only`` with these separators; the last row ends with a line break of its own."""
    if not said:
        return []
    return [tuple(None if value == null else value for value in each.split(field)) for each in said.removesuffix("\n").split(row)]
