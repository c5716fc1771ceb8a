# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines by name, and how each is opened, whatever the way to the server. Each is loaded when it is opened, see drivers.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from . import drivers
from .engine_options import EngineOptions
from .login import Login
from .redis_keys import KeyPattern, OneKey
from .reset import Engine
from .selection import Selection
from .transports import Connectors

ENGINES = ["mariadb", "postgresql", "clickhouse", "redis", "cockroachdb", "minio"]
SQL_ENGINES = ("mariadb", "postgresql", "clickhouse", "cockroachdb")
ENGINES_WITH_SCHEMAS = ("postgresql", "cockroachdb")
DIRECTLY = Connectors()


@contextmanager
def open_engine(login: Login, selection: Selection, options: EngineOptions, connect: Connectors = DIRECTLY) -> Iterator[Engine]:
    """The engine that resets what ``selection`` names, connected; closed at the end of the ``with`` block.

    :raises OperationError: when the server cannot be reached or refuses the login.
    :raises LibraryMissing: when the engine's client library is not installed.
    """
    by_name = {"mariadb": _mariadb, "postgresql": _postgresql, "clickhouse": _clickhouse, "redis": _redis, "cockroachdb": _cockroachdb, "minio": _minio}
    with by_name[login.engine](login, selection, options, connect) as engine:
        yield engine


def login_used(engine: Engine, login: Login) -> dict[str, object]:
    """As whom the engine logged in, for the module's return value; only ClickHouse has a second user to fall back to."""
    used: Login = getattr(engine, "login", login)
    return {"user": used.username, "fallback": used != login}


@contextmanager
def _mariadb(login: Login, _selection: Selection, _options: EngineOptions, connect: Connectors) -> Iterator[Engine]:
    from .mariadb import MariaDb

    session = connect.mariadb(login)
    try:
        yield MariaDb(session, login)
    finally:
        session.close()


@contextmanager
def _postgresql(login: Login, selection: Selection, _options: EngineOptions, connect: Connectors) -> Iterator[Engine]:
    from .postgresql import Server
    from .postgresql_database import Databases
    from .postgresql_schema import Schemas

    server = Server(connect.postgresql, login)
    try:
        yield Databases(server) if selection.schema is None else Schemas(server, selection.schema)
    finally:
        server.outside.close()


@contextmanager
def _clickhouse(login: Login, _selection: Selection, options: EngineOptions, connect: Connectors) -> Iterator[Engine]:
    from .clickhouse import ClickHouse, log_in

    has_fallback = options.fallback_username is not None
    fallback = replace(login, username=options.fallback_username, password=options.fallback_password) if has_fallback else None
    session, used = log_in(connect.clickhouse, login, fallback)
    try:
        more = partial(connect.clickhouse, used) if connect.clickhouse is drivers.clickhouse else None  # a program in a pod would be a heavy one
        yield ClickHouse(session, used, options.tables, options.cluster, more)
    finally:
        session.close()


@contextmanager
def _redis(login: Login, selection: Selection, _options: EngineOptions, connect: Connectors) -> Iterator[Engine]:
    cluster = connect.redis(login)
    try:
        yield OneKey(cluster) if selection.pattern is None else KeyPattern(cluster)
    finally:
        cluster.close()


@contextmanager
def _cockroachdb(login: Login, selection: Selection, options: EngineOptions, connect: Connectors) -> Iterator[Engine]:
    from .cockroachdb import CockroachDb

    engine = CockroachDb(connect.cockroachdb, connect.cockroachdb_login(login, options.certs_dir), selection.schema)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _minio(login: Login, _selection: Selection, options: EngineOptions, connect: Connectors) -> Iterator[Engine]:
    from .minio_buckets import Buckets

    store = connect.minio(login)
    try:
        yield Buckets(store, options.recreate)
    finally:
        store.close()
