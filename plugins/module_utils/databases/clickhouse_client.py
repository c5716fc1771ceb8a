# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a ClickHouse server through its HTTP interface, over one connection that is kept open.

Neither urls.open_url nor the collection's REST client fit: a statement must never be sent twice, ten thousand drops
need no ten thousand connections, and a forwarded port needs TLS that verifies the certificate but not the host's name.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import time
from typing import Any

from ..errors import OperationError
from .login import ConnectionLost, Login, no_answer, tls_mismatch, unreachable
from .sql import SqlError
from .tls_context import tls_context

AUTHENTICATION_FAILED = "516"

_PATH = "/?default_format=JSONCompact&wait_end_of_query=1"  # so that a late error is not the end of half an answer
_IDLE_SECONDS = 1.0  # the server hangs up on idle connections after 3 seconds or more
_ERROR = re.compile(r"Code: (\d+)[.,] (?:e\.displayText\(\) = )?(.*)", re.DOTALL)
_ERROR_TAIL = re.compile(r",? (?:e\.what\(\) = .*|\(version .*)\Z", re.DOTALL)


class HttpSession:
    """Statements over HTTP, each with the user's name and password.

    :raises SqlError: when the login is refused.
    :raises OperationError: when the server cannot be reached, or when no ClickHouse answers there.
    """

    def __init__(self, login: Login) -> None:
        self._login = login
        self._tls = tls_context(login)
        credentials = base64.b64encode(f"{login.username}:{login.password or ''}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}", "User-Agent": "streamops.kafka.db_reset"}
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0
        self._log_in()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        text = self._answer(statement)
        return [tuple(row) for row in json.loads(text)["data"]] if text.strip() else []

    def run(self, statement: str) -> None:
        self._answer(statement)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _log_in(self) -> None:
        try:
            self._connection = self._connected()
            status, text = self._sent("SELECT 1")
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise connect_error(self._login, error) from error
        if status != 200:
            self.close()
            raise refusal(self._login, status, text)
        self._wait_longer()

    def _answer(self, statement: str) -> str:
        try:
            if time.monotonic() - self._used > _IDLE_SECONDS:
                self.close()
            if self._connection is None:
                self._connection = self._connected()
                self._wait_longer()
            status, text = self._sent(statement)
        except TimeoutError as error:
            self.close()
            raise no_answer(self._login) from error
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise ConnectionLost("run a statement", self._login, str(error) or type(error).__name__) from error
        if status != 200:
            raise refusal(self._login, status, text)
        return text

    def _connected(self) -> http.client.HTTPConnection:
        host, port, seconds = self._login.host, self._login.port, self._login.connect_seconds
        connection = (
            http.client.HTTPConnection(host, port, timeout=seconds)
            if self._tls is None
            else http.client.HTTPSConnection(host, port, timeout=seconds, context=self._tls)
        )
        connection.connect()
        return connection

    def _wait_longer(self) -> None:
        """From the limit for connecting to the limit for an answer."""
        if self._connection is not None:
            self._connection.timeout = self._login.answer_seconds
            if self._connection.sock is not None:
                self._connection.sock.settimeout(self._login.answer_seconds)

    def _sent(self, statement: str) -> tuple[int, str]:
        connection = self._connection
        if connection is None:
            raise http.client.NotConnected("the connection is closed")
        connection.request("POST", _PATH, statement.encode(), self._headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        self._used = time.monotonic()
        return response.status, text


def refusal(login: Login, status: int, text: str) -> SqlError | OperationError:
    """What the server answered instead, by ClickHouse's own error codes."""
    told = _ERROR.search(text)
    if told:
        return SqlError(told[1], _ERROR_TAIL.sub("", told[2].strip()).replace("DB::Exception: ", "").strip())
    answered = " ".join(text.split())[:200] or "no text"
    if status in (401, 403):
        return SqlError(AUTHENTICATION_FAILED, answered)
    advice = "Is this the port of ClickHouse's HTTP interface (8123, with TLS 8443), and not the one of its native protocol (9000)?"
    return OperationError("talk to ClickHouse", str(login), f"HTTP {status}, {answered}", advice)


def connect_error(login: Login, error: Exception) -> OperationError:
    """Why there is no session: nobody answers, or TLS does not come about."""
    text = str(error) or type(error).__name__
    if isinstance(error, ssl.SSLError) or "handshake" in text:  # a plain HTTP port waits for the end of a line, which TLS never sends
        return tls_mismatch(login, text)
    if isinstance(error, (http.client.BadStatusLine, ConnectionResetError)):  # a TLS port hangs up on plain HTTP
        return tls_mismatch(login, f"it hung up instead of answering: {text}")
    return unreachable(login, text)
