# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a PostgreSQL server through psycopg 3."""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import OperationError
from ..library import Library, require
from .login import ConnectionLost, Login, login_refused, no_answer, tls_mismatch, unreachable
from .sql import SqlError

if TYPE_CHECKING:
    import psycopg
else:
    psycopg = Library("psycopg")

UNKNOWN_DATABASE = "3D000"
NOT_PERMITTED = "42501"

# libpq hands on no SQLSTATE when a connection fails, only the text.
_CONNECT_ERRORS = (
    (re.compile(r'database ".*" does not exist'), UNKNOWN_DATABASE),
    (re.compile(r"permission denied for database|not currently accepting connections|too many connections for"), NOT_PERMITTED),
)
_TLS = re.compile(r"SSL error|SSL connection|support SSL|certificate|no encryption|SSL off", re.IGNORECASE)
_LOGIN = re.compile(r"authentication|password|pg_hba\.conf|role .* (does not exist|is not permitted)", re.IGNORECASE)


class PsycopgSession:
    """One connection to one database, in autocommit mode.

    :raises SqlError: when just this database cannot be connected to (``3D000``, ``42501``).
    :raises OperationError: when the server cannot be reached, or refuses the login.
    """

    def __init__(self, login: Login, database: str) -> None:
        require("psycopg", "psycopg", "to reach PostgreSQL")
        self._login = login
        try:
            self._connection = psycopg.connect(**connect_options(login, database))
        except psycopg.Error as refused:
            raise connect_error(login, str(refused)) from refused

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        is_late = threading.Event()
        try:
            with self._hanging_up(is_late):
                cursor = self._connection.execute(statement.encode())
                return cursor.fetchall() if cursor.description else []
        except psycopg.Error as refused:
            if is_late.is_set():
                raise no_answer(self._login) from refused
            if self._connection.broken or self._connection.closed:
                raise ConnectionLost("run a statement", self._login, str(refused).strip()) from refused
            told = (refused.diag.message_primary or str(refused), refused.diag.message_detail)
            raise SqlError(refused.sqlstate or "", ". ".join(part for part in told if part)) from refused

    @contextmanager
    def _hanging_up(self, is_late: threading.Event) -> Iterator[None]:
        """Ends the connection under a statement that is not answered in time, and says so; psycopg itself would wait for ever."""

        def hang_up() -> None:
            is_late.set()
            with socket.socket(fileno=os.dup(self._connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self._login.answer_seconds, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def run(self, statement: str) -> None:
        self.rows(statement)

    def close(self) -> None:
        self._connection.close()


def connect_options(login: Login, database: str) -> dict[str, Any]:
    """libpq's own options. A server that vanishes is noticed by the kernel within the time limit."""
    options: dict[str, Any] = {
        "host": login.host,
        "port": login.port,
        "user": login.username,
        "password": login.password,
        "dbname": database,
        "autocommit": True,
        "connect_timeout": login.connect_seconds,
        "keepalives_idle": 10,
        "tcp_user_timeout": 1000 * login.timeout,
        "application_name": "streamops.kafka.db_reset",
        "client_encoding": "UTF8",
        "prepare_threshold": None,
    }
    if login.tls is not None:
        options.update(_tls_options(login))
    return {option: value for option, value in options.items() if value is not None or option == "prepare_threshold"}


def _tls_options(login: Login) -> dict[str, str | None]:
    tls = login.tls
    if tls is None or not tls.enabled:
        return {"sslmode": "disable"}
    mode = "require" if not tls.verify else "verify-full" if tls.verify_hostname else "verify-ca"
    # libpq's "system" means the folders of the OpenSSL that it was built with; Python knows where they are on this host.
    # And where nothing is to be verified, it would verify as soon as it finds a ~/.postgresql/root.crt.
    roots = (tls.ca or ssl.get_default_verify_paths().cafile or "system") if tls.verify else "/dev/null/none"
    return {"sslmode": mode, "sslrootcert": roots, "sslcert": tls.cert, "sslkey": tls.key}


def connect_error(login: Login, text: str) -> OperationError | SqlError:
    """Why there is no session: nobody answers, the login or the database is refused, or TLS does not come about."""
    answered = " ".join(text.split())
    for pattern, code in _CONNECT_ERRORS:
        if pattern.search(answered):
            return SqlError(code, answered)
    if _TLS.search(answered):
        return tls_mismatch(login, answered)
    if _LOGIN.search(answered):
        return login_refused(login, answered)
    return unreachable(login, answered)
