# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach a database server, and the words for why it could not be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import OperationError

CONNECT_SECONDS = 10  # a server that does not answer is given up sooner than a slow statement
DEFAULT_PORTS = {"mariadb": 3306, "postgresql": 5432, "clickhouse": 8123, "redis": 6379, "cockroachdb": 26257, "minio": 9000}

LOGIN_SPEC: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "default": "127.0.0.1"},
    "port": {"type": "int"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "tls": {
        "type": "dict",
        "options": {
            "enabled": {"type": "bool", "default": True},
            "ca": {"type": "path"},
            "cert": {"type": "path"},
            "key": {"type": "path", "no_log": False},
            "verify": {"type": "bool", "default": True},
            "verify_hostname": {"type": "bool", "default": True},
        },
    },
    "timeout": {"type": "int", "default": 120},
}


@dataclass(frozen=True)
class Tls:
    """How the connection is encrypted. Files are paths on the host where the module runs."""

    enabled: bool = True
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    verify: bool = True
    verify_hostname: bool = True


class Line(Protocol):
    """What lies between this host and the server, if it is more than the network."""

    def describe(self, host: str, port: int) -> str:
        """Where an address that only this line understands really is."""

    def trouble(self, host: str, port: int) -> str:
        """What is wrong with the line itself, empty while nothing is."""


@dataclass(frozen=True)
class Login:
    """Where the server is and who logs in. ``tls`` None leaves encryption to the client library's default.

    :param timeout: seconds that the server may take for one answer, waits for locks included.
    :param line: what the connection goes through; nothing when it is direct.
    """

    engine: str
    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: Tls | None = None
    timeout: int = 120
    line: Line | None = field(default=None, repr=False, compare=False)

    @property
    def connect_seconds(self) -> int:
        return min(self.timeout, CONNECT_SECONDS)

    @property
    def answer_seconds(self) -> int:
        """When the client gives up: a little later than the server's own time limits, so that its answer is heard."""
        return self.timeout + 5

    @property
    def who(self) -> str:
        return self.username or "the default user"

    def __str__(self) -> str:
        return f"{self.engine} {self.line.describe(self.host, self.port) if self.line else f'{self.host}:{self.port}'}"

    def explained(self, answered: str) -> str:
        """What a client says about a broken connection, with what is known about the line behind it."""
        trouble = self.line.trouble(self.host, self.port) if self.line else ""
        return f"{answered.rstrip('. ')}; {trouble}" if trouble else answered


def login_from(options: Mapping[str, Any]) -> Login:
    """The login that a module's options (LOGIN_SPEC) describe."""
    return Login(
        engine=options["engine"],
        host=options["host"],
        port=options["port"] or DEFAULT_PORTS[options["engine"]],
        username=options["username"],
        password=options["password"],
        tls=None if options["tls"] is None else Tls(**options["tls"]),
        timeout=options["timeout"],
    )


def login_problems(login: Login) -> list[str]:
    """What can never work, in words, before a server is asked."""
    problems = []
    if login.timeout < 1:
        problems.append(f"timeout is {login.timeout}, it must be at least 1 second")
    if not 0 < login.port < 65536:
        problems.append(f"port is {login.port}, it must be between 1 and 65535")
    if login.tls is not None and login.tls.key and not login.tls.cert:
        problems.append("tls.key needs tls.cert")
    if login.engine == "postgresql" and login.tls is not None and login.tls.verify and not login.tls.verify_hostname and not login.tls.ca:
        problems.append("tls.verify_hostname: false needs tls.ca on PostgreSQL")
    return problems


class ConnectionLost(OperationError):
    """The server went away in the middle, or did not answer in time: nothing more can be done over this connection."""

    def __init__(self, attempted: str, login: Login, answered: str) -> None:
        advice = "Look at the server's log. Once it answers again, run the reset once more: it completes what is missing."
        super().__init__(attempted, str(login), login.explained(answered), advice)


def no_answer(login: Login) -> ConnectionLost:
    """The connection stands, and nothing came back in time."""
    return ConnectionLost("run a statement", login, f"no answer within {login.timeout} s (timeout); the server may still be working on it")


def unreachable(login: Login, answered: str) -> OperationError:
    """Nobody answers there."""
    advice = "Check host and port, and that the server runs and can be reached from where this task runs."
    return OperationError("reach the server", str(login), login.explained(answered), advice)


def login_refused(login: Login, answered: str) -> OperationError:
    """The server answers, and does not know this user with this password."""
    advice = "The server is up and refused the login: check username and password, from which hosts this user may connect, and whether it must use tls."
    if login.password is None:
        advice = "No password was given. It may come from the option password, from a Secret (credentials_secret), or from "
        advice += f"{login.engine.upper()}_PASSWORD in the environment of the task."
    return OperationError(f"log in as {login.who}", str(login), answered, advice)


def tls_mismatch(login: Login, answered: str) -> OperationError:
    """One side wants TLS, the other does not, or a certificate is not trusted."""
    if login.tls is None or not login.tls.enabled:
        advice = "The server wants TLS: set tls (an empty dictionary verifies it with the system's certificates)."
    else:
        advice = "Check that this port speaks TLS, and tls.ca, tls.cert and tls.key; to go without TLS, set tls.enabled to false."
    return OperationError("set up TLS", str(login), login.explained(answered), advice)


def not_permitted(login: Login, attempted: str, on: str, answered: str, needs: str) -> OperationError:
    """Logged in, but without the right to do it. ``needs`` completes the sentence 'It needs ...'."""
    return OperationError(attempted, f"{on} ({login})", answered, f"The user {login.who} may not do this. It needs {needs}.")


def locked(login: Login, attempted: str, on: str, answered: str, sessions: list[str]) -> OperationError:
    """Somebody else holds a lock. ``sessions`` describes who that can be, as far as the login may see it."""
    who = f"open in {'; '.join(sessions)}" if sessions else "this login may not see which sessions hold it"
    advice = f"End these sessions, or raise timeout ({login.timeout} s), and run the reset again."
    return OperationError(attempted, f"{on} ({login})", f"{answered}; {who}", advice)
