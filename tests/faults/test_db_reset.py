# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset: what holds for every engine."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from databases import Endpoint, MariaDbAdmin, PostgreSqlAdmin, closing, endpoint
from freezing_proxy import FreezingProxy
from redis.cluster import RedisCluster
from run_module import run_module

ENGINES = ["mariadb", "postgresql", "redis"]
SQL_ENGINES = ["mariadb", "postgresql"]


@pytest.fixture(params=ENGINES)
def server(request: pytest.FixtureRequest, lab_env: dict[str, str]) -> Endpoint:
    return endpoint(request.param, lab_env)


@pytest.fixture(params=SQL_ENGINES)
def sql_server(request: pytest.FixtureRequest, lab_env: dict[str, str]) -> Endpoint:
    return endpoint(request.param, lab_env)


def refused(options: Mapping[str, Any], **flags: bool) -> str:
    """Why the module fails with these options."""
    result = run_module("db_reset", options, **flags)
    assert result["rc"] != 0, result
    assert not result.get("changed")
    assert str(options["password"]) not in str(result["output"])
    return str(result["msg"])


@pytest.mark.parametrize("pattern", ["*", "**", "?*", "%", ".*", ".+", "[a-z]*", ""])
def test_patterns_that_match_everything_are_refused(server: Endpoint, pattern: str) -> None:
    told = refused(server.options(pattern=pattern))
    assert "nothing was changed" in told
    assert "matches everything" in told or "is empty" in told


@pytest.mark.parametrize("name", ["mysql", "sys", "information_schema", "performance_schema", "postgres", "template1", "system", "defaultdb", "Sys"])
def test_the_servers_own_databases_are_refused(sql_server: Endpoint, name: str) -> None:
    assert f"{name} is one of the server's own databases" in refused(sql_server.options(name=name))


def test_the_engine_is_accepted_in_either_case(server: Endpoint) -> None:
    result = run_module("db_reset", server.options(engine=server.engine.upper(), name="streamops-no-such"))
    assert (result["rc"], result["state"]) == (0, "absent")
    assert server.password not in str(result["output"])


def test_what_does_not_exist_is_absent(server: Endpoint) -> None:
    for selection in ({"name": "streamops-no-such"}, {"pattern": "streamops-no-such*"}):
        for check in (True, False):
            result = run_module("db_reset", server.options(**selection), check=check)
            assert (result["rc"], result["changed"], result["state"], result["removed"]) == (0, False, "absent", {})


def test_what_does_not_exist_is_an_error_when_it_must(server: Endpoint) -> None:
    assert "streamops-no-such does not exist" in refused(server.options(name="streamops-no-such", must_exist=True))
    told = refused(server.options(pattern="streamops-no-such*", must_exist=True))
    assert "matches nothing" in told or "does not exist" in told


def test_a_wrong_password_is_a_refused_login(server: Endpoint) -> None:
    started = time.monotonic()
    told = refused(server.options(name="app", password="not the password 4711"))
    assert f"Failed to log in as {server.user} on {server.engine}" in told
    assert "check username and password" in told
    assert time.monotonic() - started < 10


def test_a_server_that_is_down_is_told_apart(server: Endpoint) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = refused(server.options(name="app", port=port))
    assert f"Failed to reach the server on {server.engine} 127.0.0.1:{port}" in told
    assert "Check host and port" in told


def test_a_server_that_never_answers_is_given_up(server: Endpoint) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        started = time.monotonic()
        told = refused(server.options(name="app", port=silent.getsockname()[1], timeout=3))
    assert "Failed to reach the server" in told
    assert time.monotonic() - started < 12


@pytest.mark.parametrize(
    ("engine", "at"), [("mariadb", b"CREATE OR REPLACE DATABASE"), ("postgresql", b"DROP DATABASE IF EXISTS"), ("redis", b"KEYSLOT")]
)
def test_a_server_that_falls_silent_is_given_up(lab_env: dict[str, str], engine: str, at: bytes) -> None:
    server = endpoint(engine, lab_env)
    name = "streamops-silent"
    fill = {"mariadb": fill_mariadb, "postgresql": fill_postgresql, "redis": fill_redis}[engine]
    with fill(server, name), FreezingProxy(server.host, server.port, at) as proxy:
        started = time.monotonic()
        result = run_module("db_reset", server.options(name=name, port=proxy.port, timeout=2))
        assert time.monotonic() - started < 30
        assert result["rc"] != 0
        assert "no answer within 2 s" in str(result["msg"])
        again = run_module("db_reset", server.options(name=name))
        assert (again["rc"], again["verified"]) == (0, "verified")


@contextmanager
def fill_mariadb(server: Endpoint, name: str) -> Iterator[None]:
    with closing(MariaDbAdmin(server)) as admin:
        admin(f"CREATE OR REPLACE DATABASE `{name}`", f"CREATE TABLE `{name}`.t (id INT)")
        yield
        admin(f"DROP DATABASE `{name}`")


@contextmanager
def fill_postgresql(server: Endpoint, name: str) -> Iterator[None]:
    with closing(PostgreSqlAdmin(server)) as admin:
        admin(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
        with closing(PostgreSqlAdmin(server, name)) as inside:
            inside("CREATE TABLE public.t ()")
        yield
        admin(f'DROP DATABASE "{name}"')


@contextmanager
def fill_redis(server: Endpoint, name: str) -> Iterator[None]:
    with RedisCluster(host=server.host, port=server.port, username=server.user, password=server.password) as cluster:
        cluster.set(name, 1)
        yield
        cluster.delete(name)


def test_tls_towards_a_server_without_it_is_told(server: Endpoint) -> None:
    told = refused(server.options(name="app", tls={"verify": False}))
    assert f"Failed to set up TLS on {server.engine}" in told
    assert "tls.enabled" in told


def test_tls_can_be_switched_off(server: Endpoint) -> None:
    result = run_module("db_reset", server.options(name="streamops-no-such", tls={"enabled": False}))
    assert (result["rc"], result["state"]) == (0, "absent")


def test_name_and_pattern_exclude_each_other(server: Endpoint) -> None:
    assert "mutually exclusive" in refused(server.options(name="a", pattern="a*"))
    assert "one of the following is required" in refused(server.options())
