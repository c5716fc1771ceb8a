# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a MariaDB server through the program ``mariadb`` inside its pod.

Its XML is the only output that tells NULL from the text NULL and keeps every character; ``--binary-mode`` leaves the statements alone.
"""

from __future__ import annotations

import html
import re
from typing import Any

from ..errors import OperationError
from ..kubernetes.client import Cluster
from ..kubernetes.pods import Choice
from .login import ConnectionLost, Login, login_refused, tls_mismatch, unreachable
from .program_exec import Conversation, Program, ProgramEnded
from .sql import SqlError

PROGRAM = Program("mariadb", ("mariadb", "mysql", "/opt/bitnami/mariadb/bin/mariadb", "/opt/bitnami/mariadb/bin/mysql", "/usr/local/mysql/bin/mysql"))

# As in mariadb_client.py.
_LOGIN_REFUSED = (1044, 1045, 1130, 1698, 2059, 4151)
_TLS = (2026, 3159)
_CONNECTION_LOST = (1053, 1927, 2006, 2013, 2055)

_RESULT = re.compile(rb"<resultset .*?(?:</resultset>|/>)\n?", re.DOTALL)
_ROW = re.compile(rb"  <row>\n(.*?)  </row>\n", re.DOTALL)
_FIELD = re.compile(rb'\t<field name="[^"]*"(?: xsi:nil="true" />|>(.*?)</field>)\n', re.DOTALL)
_AFTER_STATEMENT = "\n--------------\n\n"
_ERROR = re.compile(r"^ERROR (\d+) \(\w+\)(?: at line \d+)?: (.*)", re.DOTALL | re.MULTILINE)


class MariaDbProgram:
    """One connection in autocommit mode."""

    def __init__(self, cluster: Cluster, choice: Choice, login: Login) -> None:
        self._login = login
        self._program = Conversation(cluster, choice, PROGRAM, arguments(login), {"MYSQL_PWD": login.password or "", "TERM": "dumb"}, login)
        try:
            self.rows("SELECT 1")
        except (OperationError, SqlError):
            self.close()
            raise

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        mark = self._program.mark  # in two halves, as the XML repeats the statements
        try:
            said = self._program.ask(f"{statement};\nSELECT CONCAT('{mark[:16]}', '{mark[16:]}') AS mark;\n".encode())
        except ProgramEnded as ended:
            raise ended_error(self._login, ended.said) from ended
        code, message = error_in(said)
        if not code:
            return rows_in(said)
        if int(code) in _CONNECTION_LOST:
            raise ConnectionLost("run a statement", self._login, message)
        raise SqlError(code, message)

    def run(self, statement: str) -> None:
        self.rows(statement)

    def close(self) -> None:
        self._program.close()


def arguments(login: Login) -> list[str]:
    """Nothing secret. ``localhost`` means the server's socket, as for every client of MariaDB."""
    given = ["--no-defaults", "--xml", "--unbuffered", "--force", "--binary-mode", "--skip-reconnect", "--no-beep"]
    given += ["--default-character-set=utf8mb4", f"--connect-timeout={login.connect_seconds}", f"--user={login.username or ''}"]
    given += [f"--host={login.host}"] + ([] if login.host == "localhost" else ["--protocol=tcp", f"--port={login.port}"])
    tls = login.tls
    if tls is None:
        return given
    if not tls.enabled:
        return [*given, "--skip-ssl"]
    files = [f"--ssl-{name}={value}" for name, value in (("ca", tls.ca), ("cert", tls.cert), ("key", tls.key)) if value]
    return [*given, "--ssl", *files, *(["--ssl-verify-server-cert"] if tls.verify else [])]


def rows_in(said: bytes) -> list[tuple[str | None, ...]]:
    """The rows of ``mariadb --xml``; every value is text."""
    return [tuple(_value(field[1]) for field in _FIELD.finditer(row)) for row in _ROW.findall(said)]


def _value(escaped: bytes | None) -> str | None:
    return None if escaped is None else html.unescape(escaped.decode(errors="replace"))


def error_in(said: bytes) -> tuple[str, str]:
    """Code and text of the error that was printed outside of every result, after the statement; empty when there is none."""
    outside = _RESULT.sub(b"", said).decode(errors="replace").rpartition(_AFTER_STATEMENT)[2]
    found = _ERROR.search(outside)
    return (found[1], " ".join(found[2].split("<?xml")[0].split())) if found else ("", "")


def ended_error(login: Login, said: str) -> OperationError:
    """Why the program ended: as a rule because it could not connect."""
    code, message = error_in(said.encode())
    if not code:
        return ConnectionLost("run a statement", login, said or "the client program ended")
    if int(code) in _TLS:
        return tls_mismatch(login, message)
    if int(code) in _LOGIN_REFUSED:
        return login_refused(login, message)
    return ConnectionLost("run a statement", login, message) if int(code) in _CONNECTION_LOST else unreachable(login, message)
