# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with a CockroachDB through ``cockroach sql`` inside its pod, as its page "cockroach sql" describes it.

Each statement is a process of its own, which reads it from its stdin; so what ``SET`` says is repeated before each. Not run against
a real CockroachDB: a stand-in hands the statements to psql (see docs/engines/cockroachdb.md).
"""

from __future__ import annotations

import csv
import io
import re
import shlex
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import OperationError
from ..kubernetes.client import Cluster
from ..kubernetes.pods import Choice
from .login import ConnectionLost, Login, login_refused, tls_mismatch, unreachable
from .postgresql_client import UNKNOWN_DATABASE
from .program_exec import Program, Shell
from .sql import SqlError

PROGRAM = Program("cockroach", ("cockroach", "/cockroach/cockroach", "/cockroach/cockroach.sh", "/usr/local/bin/cockroach", "/opt/cockroach/cockroach"))
# Where CockroachDB's own manifests, its operator, its Helm chart and its documentation put certificates.
_CERTIFICATES = ("/cockroach/cockroach-certs", "/cockroach/cockroach-client-certs", "/cockroach-certs", "/cockroach/certs", "/certs")

_TLS = re.compile(r"secure mode|SSL|TLS|x509|certificate|insecure", re.IGNORECASE)
_LOGIN = re.compile(r"authentication failed|password", re.IGNORECASE)
_LOGIN_CODES = ("28000", "28P01")
_LOST = re.compile(r"cannot dial|connection refused|server closed the connection|connection reset|broken pipe|timeout", re.IGNORECASE)
_ERROR = re.compile(r"^ERROR: +(.*?)(?=^SQLSTATE: |\Z)(?:SQLSTATE: (\w{5}))?", re.DOTALL | re.MULTILINE)
_DETAIL = re.compile(r"^(?:DETAIL|HINT): +(.*)", re.MULTILINE)

_LOOK = """
for each in {places}; do
  if [ -r "$each/ca.crt" ]; then
    echo "$each"
    [ -r "$each"/client.{user}.crt ] && [ -r "$each"/client.{user}.key ] && echo pair
    break
  fi
done
"""


class CockroachProgram:
    """One database of the cluster.

    :param certs_dir: directory in the pod; without it, the usual places are looked at.
    :raises SqlError: when just this database cannot be connected to.
    :raises OperationError: when the server cannot be reached or refuses the login, or when there is nothing to log in with.
    """

    def __init__(self, cluster: Cluster, choice: Choice, certs_dir: str | None, login: Login, database: str) -> None:
        self._login = login
        self._set: list[str] = []
        self._is_new = True
        self._shell = Shell(cluster, choice, PROGRAM, [], {}, login)
        try:
            self._command = self._found_command(certs_dir, database)
            self.rows("SELECT 1")
        except (OperationError, SqlError):
            self.close()
            raise
        self._is_new = False

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        text = "".join(f"{each};\n" for each in (*self._set, statement))
        said = self._shell.run(f"printf '%s' {shlex.quote(text)} | {self._command}").decode(errors="replace")
        if self._shell.code != 0:
            raise refusal(self._login, said, self._is_new)
        return rows_in(said, len(self._set))

    def run(self, statement: str) -> None:
        if statement.startswith("SET "):
            self._set.append(statement)
        else:
            self.rows(statement)

    def close(self) -> None:
        self._shell.close()

    def _found_command(self, certs_dir: str | None, database: str) -> str:
        login = self._login
        if login.tls is not None and not login.tls.enabled:
            return command(login, database, None, False)
        places = shlex.quote(certs_dir) if certs_dir else f'"$COCKROACH_CERTS_DIR" {" ".join(_CERTIFICATES)} "$HOME/.cockroach-certs"'
        found = self._shell.run(_LOOK.format(places=places, user=shlex.quote(login.username or ""))).decode(errors="replace").splitlines()
        directory, has_pair = (found[0] if found else None), "pair" in found[1:]
        if certs_dir and directory is None:
            raise OperationError("log in", str(login), f"certs_dir {certs_dir} holds no ca.crt that can be read", "certs_dir is a directory in the pod.")
        if not has_pair and login.password is None:
            where = directory or f"none of {', '.join(_CERTIFICATES)}"
            answered = f"there is no password, and no client.{login.username}.crt with its key in {where}"
            raise OperationError("log in", str(login), answered, "Set certs_dir to the directory of the certificates in the pod, or give a password.")
        return command(login, database, directory, has_pair)


def command(login: Login, database: str, directory: str | None, has_pair: bool) -> str:
    """The order that starts it, its flags as CockroachDB publishes them; a password stands in its environment only."""
    if login.tls is not None and not login.tls.enabled or has_pair:
        secured = f"--certs-dir={directory}" if has_pair else "--insecure"
        flags = [secured, f"--host={login.host}:{login.port}", f"--user={login.username}", f"--database={database}"]
        before = ""
    else:
        tls = login.tls
        verify = "require" if tls is not None and not tls.verify else "verify-ca" if tls is not None and not tls.verify_hostname else "verify-full"
        ca = (tls.ca if tls is not None else None) or (f"{directory}/ca.crt" if directory else None)
        options = {"sslmode": verify, **({"sslrootcert": ca} if ca else {})}
        who = f"{quote(login.username or '', safe='')}:{quote(login.password or '', safe='')}"
        url = f"postgresql://{who}@{login.host}:{login.port}/{quote(database, safe='')}?{urlencode(options)}"
        flags, before = [], f"COCKROACH_URL={shlex.quote(url)} "
    return " ".join([f'{before}"$program" sql --format=csv', *map(shlex.quote, flags)])


def rows_in(said: str, settings: int) -> list[tuple[str, ...]]:
    """The rows of ``--format=csv``, without the line that says what they are, and without the ``SET`` that each setting prints."""
    lines = said.split("\n")
    for _number in range(settings):
        if lines and lines[0] == "SET":
            del lines[0]
    return [tuple(row) for row in list(csv.reader(io.StringIO("\n".join(lines), newline="")))[1:] if row]


def refusal(login: Login, said: str, is_new: bool) -> SqlError | OperationError:
    """What it said before it ended with an error. ``is_new``: there was no answer of this server yet."""
    told = _ERROR.search(said)
    text, code = (told[1], told[2] or "") if told else (said, "")
    text = ". ".join([" ".join(_DETAIL.sub("", text).split()), *_DETAIL.findall(said)[:1]])
    if code in _LOGIN_CODES or (is_new and not code and _LOGIN.search(text)):
        return login_refused(login, text)
    if _LOST.search(text) and not code:
        return unreachable(login, text) if is_new else ConnectionLost("run a statement", login, text)
    if not code and _TLS.search(text):
        return tls_mismatch(login, text)
    if not code and "does not exist" in text:
        return SqlError(UNKNOWN_DATABASE, text)
    return SqlError(code, text)
