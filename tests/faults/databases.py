# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's database servers past our code: administrators' connections, and module options to reach them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest
import redis

AWKWARD_PASSWORD = "p' \"q\" $HOME %s \\n`ls`;ä€"


@dataclass(frozen=True)
class Endpoint:
    """Where one server is, and its administrator."""

    engine: str
    host: str
    port: int
    user: str
    password: str

    def options(self, **others: Any) -> dict[str, Any]:
        """Options of db_reset that reach this server."""
        return {"engine": self.engine, "host": self.host, "port": self.port, "username": self.user, "password": self.password, **others}


def endpoint(engine: str, env: Mapping[str, str]) -> Endpoint:
    """The server as `make env` describes it."""
    host, port, user, password = (env[f"LAB_{engine.upper()}_{part}"] for part in ("HOST", "PORT", "USER", "PASSWORD"))
    return Endpoint(engine, host, int(port), user, password)


class MariaDbAdmin:
    """A connection with a MariaDB server; leaves no transaction open unless asked to."""

    def __init__(self, server: Endpoint, user: str | None = None, password: str | None = None, autocommit: bool = True) -> None:
        self.connection = pymysql.connect(
            host=server.host,
            port=server.port,
            user=user or server.user,
            password=(password or server.password).encode(),
            autocommit=autocommit,
        )

    def __call__(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run the statements, return the last one's rows."""
        with self.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def column(self, statement: str) -> list[Any]:
        return [row[0] for row in self(statement)]


class PostgreSqlAdmin:
    """A connection with one PostgreSQL database; each statement its own transaction unless asked otherwise."""

    def __init__(
        self, server: Endpoint, database: str = "postgres", user: str | None = None, password: str | None = None, autocommit: bool = True
    ) -> None:
        self.connection = psycopg.connect(
            host=server.host,
            port=server.port,
            user=user or server.user,
            password=password or server.password,
            dbname=database,
            autocommit=autocommit,
        )

    def __call__(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run the statements, return the last one's rows."""
        cursor = self.connection.cursor()
        for statement in statements:
            cursor.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []

    def column(self, statement: str) -> list[Any]:
        return [row[0] for row in self(statement)]


@contextmanager
def closing(admin: MariaDbAdmin | PostgreSqlAdmin) -> Iterator[Any]:
    """The connection for the ``with`` block; an open transaction is rolled back."""
    try:
        yield admin
    finally:
        admin.connection.close()


def server_fixture(engine: str) -> Any:
    """For a test file: ``server = server_fixture("mariadb")``."""

    @pytest.fixture(scope="module")
    def server(lab_env: dict[str, str]) -> Endpoint:
        return endpoint(engine, lab_env)

    return server


def admin_fixture(connect: type[MariaDbAdmin | PostgreSqlAdmin]) -> Any:
    """For a test file with a ``server``: ``admin = admin_fixture(MariaDbAdmin)``."""

    @pytest.fixture(scope="module")
    def admin(server: Endpoint) -> Iterator[MariaDbAdmin | PostgreSqlAdmin]:
        with closing(connect(server)) as connection:
            yield connection

    return admin


def killed_before(step: int, options: Mapping[str, Any]) -> bool:
    """Run db_reset and kill it before its n-th change; False when it ended well before that."""
    command = [sys.executable, str(Path(__file__).with_name("killed_at_statement.py")), str(step)]
    environment = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    ended = subprocess.run(command, input=json.dumps({"ANSIBLE_MODULE_ARGS": options}), env=environment, text=True, capture_output=True, check=False)
    assert ended.returncode in (0, -signal.SIGKILL), ended.stdout + ended.stderr
    return ended.returncode != 0


def redis_primaries(server: Endpoint) -> list[redis.Redis]:
    """A connection with each primary of the cluster."""
    login = {"username": server.user, "password": server.password}
    first = redis.Redis(server.host, server.port, **login)
    slots = first.execute_command("CLUSTER", "SLOTS")
    return [redis.Redis(*address, **login) for address in sorted({(primary[0].decode(), primary[1]) for _first, _last, primary, *_rest in slots})]


def eventually(what: str, holds: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until ``holds()`` gives something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (seen := holds()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)
    return seen
