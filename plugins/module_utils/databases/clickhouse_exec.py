# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a ClickHouse server through the program ``clickhouse-client`` inside its pod, over the native protocol.

It reads its input to the end before it does anything, so it is started once for each statement. Passwords reach it in two ways,
as old releases do not know the second: a configuration that the shell hands over on descriptor 4 (a pipe, or a file that is
removed before it is read, so nothing is ever left behind), and the environment.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any
from xml.sax.saxutils import escape

from ..errors import OperationError
from ..kubernetes.client import Cluster
from ..kubernetes.pods import Choice
from .login import ConnectionLost, Login, Tls, tls_mismatch, unreachable
from .program_exec import Program, Shell
from .sql import SqlError

PROGRAM = Program("clickhouse-client", ("clickhouse-client", "/usr/local/bin/clickhouse-client", "/opt/bitnami/clickhouse/bin/clickhouse-client"))
NATIVE_PORT, NATIVE_TLS_PORT = 9000, 9440

# https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp: what the client says without an answer of the server.
_NO_CONNECTION = ("32", "198", "209", "210", "279", "735", "1000")
_TLS = re.compile(r"SSL|TLS|certificate", re.IGNORECASE)
_ERROR = re.compile(r"Code: (\d+)[.,] (?:e\.displayText\(\) = )?(.*)", re.DOTALL)
_FROM_SERVER = re.compile(r"\ADB::Exception: Received from [^ ]+( [^ ]+)?\. ")
_ERROR_TAIL = re.compile(r"(?:\n\(query: |,? (?:e\.what\(\) = |\(version )|\n\nIf you (?:have installed|use)).*\Z", re.DOTALL)
_CONFIGURATION = "STREAMOPS_CONFIGURATION"
_ORDER = """printf '%s' {statement} | "$program" "$@" 4<<END
${configuration}
END"""


class ClickHouseProgram:
    """Statements with the user's name and password, each a connection of its own.

    :raises SqlError: when the login is refused.
    :raises OperationError: when the server cannot be reached.
    """

    def __init__(self, cluster: Cluster, choice: Choice, login: Login) -> None:
        self._login = login
        self._is_new = True
        self._shell = Shell(cluster, choice, PROGRAM, arguments(login), settings(login), login)
        try:
            self._answer("SELECT 1")
        except (OperationError, SqlError):
            self.close()
            raise
        self._is_new = False

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        said = self._answer(statement)
        start, end = said.find("{\n"), said.rfind("}")
        return [tuple(row) for row in json.loads(said[start : end + 1])["data"]] if 0 <= start < end else []

    def run(self, statement: str) -> None:
        self._answer(statement)

    def close(self) -> None:
        self._shell.close()

    def _answer(self, statement: str) -> str:
        said = self._shell.run(_ORDER.format(statement=shlex.quote(statement), configuration=_CONFIGURATION)).decode(errors="replace")
        if self._shell.code == 0:
            return said
        raise refusal(self._login, said, self._is_new)


def refusal(login: Login, said: str, is_new: bool) -> SqlError | OperationError:
    """What the client said before it ended with an error. ``is_new``: there was no answer of this server yet."""
    told = _ERROR.search(said)
    if told is None:
        return OperationError("run clickhouse-client", str(login), " ".join(said.split()) or "it failed without a word")
    code, text = told[1], " ".join(_ERROR_TAIL.sub("", told[2].strip()).split())
    from_server = _FROM_SERVER.match(text)
    text = _FROM_SERVER.sub("", text).replace("DB::Exception: ", "").strip()
    if from_server or code not in _NO_CONNECTION:
        return SqlError(code, text)
    if _TLS.search(text) or (login.tls is not None and login.tls.enabled and code in ("32", "1000")):
        return tls_mismatch(login, text)
    return unreachable(login, text) if is_new else ConnectionLost("run a statement", login, text)


def arguments(login: Login) -> list[str]:
    """Nothing secret. The limits are those of the client; the statement goes on when it gives up."""
    given = ["--config-file=/dev/fd/4", f"--host={login.host}", f"--port={login.port}", f"--user={login.username}", "--format=JSONCompact"]
    given += [f"--connect_timeout={login.connect_seconds}", f"--receive_timeout={login.answer_seconds}"]
    return [*given, *(["--secure"] if login.tls is not None and login.tls.enabled else [])]


def settings(login: Login) -> dict[str, str | None]:
    """The environment. In it the image's own user may stand, so it is set even where there is no password."""
    return {_CONFIGURATION: configuration(login), "CLICKHOUSE_USER": login.username, "CLICKHOUSE_PASSWORD": login.password or ""}


def configuration(login: Login) -> str:
    """What clickhouse-client reads as its configuration file."""
    secure = _tls_configuration(login.tls) if login.tls is not None and login.tls.enabled else ""
    return f"<config><user>{escape(login.username or '')}</user><password>{escape(login.password or '')}</password>{secure}</config>"


def _tls_configuration(tls: Tls) -> str:
    handler = "RejectCertificateHandler" if tls.verify else "AcceptCertificateHandler"
    files = {"caConfig": tls.ca, "certificateFile": tls.cert, "privateKeyFile": tls.key}
    named = "".join(f"<{name}>{escape(path)}</{name}>" for name, path in files.items() if path)
    checks = f"<verificationMode>{'relaxed' if tls.verify else 'none'}</verificationMode><loadDefaultCAFile>{'false' if tls.ca else 'true'}</loadDefaultCAFile>"
    return f"<openSSL><client>{named}{checks}<invalidCertificateHandler><name>{handler}</name></invalidCertificateHandler></client></openSSL>"
