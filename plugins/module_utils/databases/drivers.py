# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections straight from here, by engine. A module resets one engine, so each is only loaded when it is connected to:
a module is compiled anew at each run, and that takes longer than many a reset (tests/bench)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .login import Login
from .sql import Session

if TYPE_CHECKING:
    from .minio_buckets import Store
    from .redis_client import RedisCluster


def mariadb(login: Login) -> Session:
    from .mariadb_client import PyMySqlSession

    return PyMySqlSession(login)


def postgresql(login: Login, database: str) -> Session:
    from .postgresql_client import PsycopgSession

    return PsycopgSession(login, database)


def clickhouse(login: Login) -> Session:
    from .clickhouse_client import HttpSession

    return HttpSession(login)


def redis(login: Login) -> RedisCluster:
    from .redis_client import RedisCluster

    return RedisCluster(login)


def cockroachdb_login(login: Login, certs_dir: str | None) -> Login:
    """With the certificates of the directory."""
    from .cockroachdb_client import secured

    return secured(login, certs_dir)


def minio(login: Login) -> Store:
    from .minio_client import S3Store

    return S3Store(login)
