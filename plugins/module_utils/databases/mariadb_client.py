# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a MariaDB server through PyMySQL."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from ..errors import OperationError
from ..library import Library, require
from .login import ConnectionLost, Login, Tls, login_refused, no_answer, tls_mismatch, unreachable
from .sql import SqlError

if TYPE_CHECKING:
    import pymysql
else:
    pymysql = Library("pymysql")

_LOGIN_REFUSED = (1044, 1045, 1130, 1698, 2059, 4151)
_TLS = (2026, 3159)
_CONNECTION_LOST = (0, 1053, 1927, 2006, 2013, 2055)


class PyMySqlSession:
    """One connection in autocommit mode."""

    def __init__(self, login: Login) -> None:
        require("pymysql", "PyMySQL", "to reach MariaDB")
        self._login = login
        try:
            self._connection = pymysql.connect(**connect_options(login))
            if login.tls is not None and login.tls.enabled and not self.rows("SHOW SESSION STATUS LIKE 'Ssl_cipher'")[0][1]:
                self.close()  # PyMySQL before 1.2 went on without TLS
                raise tls_mismatch(login, "the server does not offer TLS")
        except pymysql.err.MySQLError as refused:
            raise connect_error(login, refused) from refused
        except (OSError, ValueError) as unusable:  # certificate files
            raise tls_mismatch(login, str(unusable)) from unusable

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall())
        except pymysql.err.InterfaceError as lost:
            raise ConnectionLost("run a statement", self._login, "the connection is closed") from lost
        except pymysql.err.MySQLError as refused:
            code, text = code_and_text(refused)
            if isinstance(refused.__context__, TimeoutError):
                raise no_answer(self._login) from refused
            if code in _CONNECTION_LOST:
                raise ConnectionLost("run a statement", self._login, text) from refused
            raise SqlError(str(code), text) from refused

    def run(self, statement: str) -> None:
        self.rows(statement)

    def close(self) -> None:
        self._connection.close()


def connect_options(login: Login) -> dict[str, Any]:
    """PyMySQL's own options. The password goes as bytes: PyMySQL would encode text as Latin-1, the server hashes UTF-8."""
    options: dict[str, Any] = {
        "host": login.host,
        "port": login.port,
        "user": login.username,
        "password": (login.password or "").encode(),
        "charset": "utf8mb4",
        "autocommit": True,
        "connect_timeout": login.connect_seconds,
        "read_timeout": login.answer_seconds,
        "write_timeout": login.answer_seconds,
    }
    if login.tls is not None:
        options.update({"ssl": _context(login.tls)} if login.tls.enabled else {"ssl_disabled": True})
    return options


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    context.check_hostname = tls.verify and tls.verify_hostname
    context.verify_mode = ssl.CERT_REQUIRED if tls.verify else ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(tls.cert, tls.key)
    return context


def code_and_text(error: Exception) -> tuple[int, str]:
    """The server's error number (0 when there is none) and its text."""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    return code, str(error.args[-1]) if error.args else type(error).__name__


def connect_error(login: Login, error: Exception) -> OperationError:
    """Why there is no session: nobody answers, the login is refused, or TLS does not come about."""
    code, text = code_and_text(error)
    if code in _TLS or isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return tls_mismatch(login, text)
    if code in _LOGIN_REFUSED:
        return login_refused(login, text)
    return unreachable(login, text)
