# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset against the lab's ClickHouse 18.16, and against a server of the test's own: TLS, a read-only user, a cluster."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import exports
from databases import AWKWARD_PASSWORD, Endpoint, endpoint, eventually, killed_before
from run_module import run_module

Query = Callable[..., list[list[Any]]]
AWKWARD_NAME = "t' \"q\" `b` \\n %s ü*?"


def asking(server: Endpoint) -> Query:
    """Runs statements past our code, and returns the last one's rows."""

    def ask(*statements: str) -> list[list[Any]]:
        credentials = base64.b64encode(f"{server.user}:{server.password}".encode()).decode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for statement in statements:
            url = f"http://{server.host}:{server.port}/?default_format=JSONCompact"
            request = urllib.request.Request(url, statement.encode(), {"Authorization": f"Basic {credentials}"})
            with opener.open(request, timeout=20) as answer:
                text = answer.read().decode()
        return list(json.loads(text)["data"]) if text.strip() else []

    return ask


def quoted(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


@pytest.fixture(scope="module")
def env() -> dict[str, str]:
    return exports("clickhouse")


@pytest.fixture(scope="module")
def server(env: dict[str, str]) -> Endpoint:
    return endpoint("clickhouse", env)


@pytest.fixture(scope="module")
def ask(server: Endpoint) -> Query:
    return asking(server)


@pytest.fixture
def database(ask: Query) -> Iterator[str]:
    name = f"t-{uuid.uuid4().hex[:8]}"
    ask(f"CREATE DATABASE {quoted(name)}")
    yield name
    ask(f"DROP DATABASE IF EXISTS {quoted(name)}")


def fill(ask: Query, database: str, tables: int = 2) -> None:
    """That many tables with a row each, a view and a materialized view (with its inner table)."""
    on = quoted(database)
    for number in range(tables):
        ask(f"CREATE TABLE {on}.t{number} (d Date, i Int32) ENGINE = MergeTree(d, i, 8192)", f"INSERT INTO {on}.t{number} VALUES (today(), 1)")
    ask(f"CREATE VIEW {on}.v AS SELECT i FROM {on}.t0")
    ask(f"CREATE MATERIALIZED VIEW {on}.m ENGINE = MergeTree(d, i, 8192) AS SELECT d, i FROM {on}.t0")


def left(ask: Query, database: str) -> set[str]:
    return {str(name) for (name,) in ask(f"SELECT name FROM system.tables WHERE database = '{database}'")}


def test_the_database_is_emptied_and_stays(server: Endpoint, ask: Query, database: str) -> None:
    fill(ask, database)
    counts = {"tables": 2, "views": 1, "materialized_views": 1}
    foretold = run_module("db_reset", server.options(name=database), check=True, diff=True)
    assert (foretold["rc"], foretold["changed"], foretold["removed"]) == (0, True, counts)
    assert len(left(ask, database)) == 5

    done = run_module("db_reset", server.options(name=database), diff=True)
    assert (done["rc"], done["changed"], done["removed"], done["verified"]) == (0, True, counts, "verified")
    assert done["diff"] == foretold["diff"]
    assert done["targets"][0]["kept"] == {"engine": "Ordinary", "comment": ""}
    assert done["targets"][0]["held"]["rows"] == 2
    assert done["login"] == {"user": server.user, "fallback": False}
    assert left(ask, database) == set()
    assert ask(f"SELECT engine FROM system.databases WHERE name = '{database}'") == [["Ordinary"]]

    again = run_module("db_reset", server.options(name=database))
    assert (again["rc"], again["changed"], again["state"], again["removed"]) == (0, False, "reset", {})


def test_awkward_names_are_literal(server: Endpoint, ask: Query) -> None:
    name = f"{uuid.uuid4().hex[:6]}{AWKWARD_NAME}"
    ask(f"CREATE DATABASE {quoted(name)}", f"CREATE TABLE {quoted(name)}.{quoted(AWKWARD_NAME)} (i Int32) ENGINE = Log")
    try:
        done = run_module("db_reset", server.options(name=name))
        assert (done["rc"], done["removed"], done["verified"]) == (0, {"tables": 1}, "verified")
    finally:
        ask(f"DROP DATABASE {quoted(name)}")


def test_tables_narrows_the_reset(server: Endpoint, ask: Query, database: str) -> None:
    fill(ask, database, tables=4)
    done = run_module("db_reset", server.options(name=database, tables="t[123]"))
    assert (done["removed"], done["verified"]) == ({"tables": 3}, "verified")
    assert left(ask, database) == {"t0", "v", "m", ".inner.m"}
    # An inner table is never dropped from under its view.
    assert run_module("db_reset", server.options(name=database, tables=".inner*"))["changed"] is False


def test_a_pattern_selects_databases(server: Endpoint, ask: Query, database: str) -> None:
    other = f"{database}-2"
    ask(f"CREATE DATABASE {quoted(other)}")
    fill(ask, database)
    fill(ask, other)
    done = run_module("db_reset", server.options(pattern=f"{database}-?"))
    assert [target["name"] for target in done["targets"]] == [other]
    assert (left(ask, other), len(left(ask, database))) == (set(), 5)
    ask(f"DROP DATABASE {quoted(other)}")


def test_the_fallback_user_is_used_when_the_first_is_refused(server: Endpoint, env: dict[str, str], ask: Query, database: str) -> None:
    fill(ask, database)
    spare = {"fallback_username": env["LAB_CLICKHOUSE_ORDINARY_USER"], "fallback_password": env["LAB_CLICKHOUSE_ORDINARY_PASSWORD"]}
    for wrong in ({"password": "wrong 4711"}, {"username": "nobody"}):
        result = run_module("db_reset", server.options(name=database, **wrong, **spare), check=True)
        assert result["login"] == {"user": env["LAB_CLICKHOUSE_ORDINARY_USER"], "fallback": True}
        assert "wrong 4711" not in str(result["output"])
        assert spare["fallback_password"] not in str(result["output"])
    assert run_module("db_reset", server.options(name=database, **spare))["login"] == {"user": server.user, "fallback": False}
    both = run_module("db_reset", server.options(name=database, password="wrong 4711", fallback_username="nobody", fallback_password="wrong 4712"))
    assert f"Failed to log in as nobody on clickhouse {server.host}:{server.port}" in str(both["msg"])
    assert f"{server.user} was refused too" in str(both["msg"])
    assert "wrong 471" not in str(both["output"])


def refused(options: dict[str, Any], **flags: bool) -> str:
    result = run_module("db_reset", options, **flags)
    assert result["rc"] != 0, result
    assert not result.get("changed")
    assert str(options["password"]) not in str(result["output"])
    return str(result["msg"])


def test_what_must_not_be_reset_is_refused(server: Endpoint) -> None:
    for name in ("system", "information_schema", "INFORMATION_SCHEMA"):
        assert f"{name} is one of the server's own databases" in refused(server.options(name=name))
    for pattern in ("*", "?*", "%", ".*"):
        assert "matches everything" in refused(server.options(pattern=pattern))
        assert "matches everything" in refused(server.options(name="app", tables=pattern))
    assert "matches the server's own system" in refused(server.options(pattern="s*"))
    assert "Give it as name" in refused(server.options(pattern="d?fault"))
    assert "pattern is empty" in refused(server.options(pattern=""))
    assert "tables is empty" in refused(server.options(name="app", tables=""))
    assert "only none" in refused(server.options(name="app", cluster="lab"))


def test_what_does_not_exist(server: Endpoint) -> None:
    for check in (True, False):
        result = run_module("db_reset", server.options(name="streamops-no-such"), check=check)
        assert (result["rc"], result["changed"], result["state"]) == (0, False, "absent")
    assert "streamops-no-such does not exist" in refused(server.options(name="streamops-no-such", must_exist=True))


def test_the_server_cannot_be_used(server: Endpoint, env: dict[str, str]) -> None:
    assert f"Failed to log in as {server.user} on clickhouse" in refused(server.options(name="app", password="wrong 4711"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "Failed to reach the server" in refused(server.options(name="app", port=port))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        assert "Failed to reach the server" in refused(server.options(name="app", port=silent.getsockname()[1], timeout=2))
    assert "Failed to set up TLS" in refused(server.options(name="app", tls={"verify": False}, timeout=3))
    assert "the port of ClickHouse's HTTP interface" in refused(server.options(name="app", port=int(env["LAB_CLICKHOUSE_NATIVE_PORT"])))


def test_killed_before_every_statement_the_next_run_completes(server: Endpoint, ask: Query, database: str) -> None:
    fill(ask, database)
    steps = 0
    while killed_before(steps, server.options(name=database)):
        steps += 1
        assert ask(f"SELECT engine FROM system.databases WHERE name = '{database}'") == [["Ordinary"]]
    assert steps > 1
    assert left(ask, database) == set()
    assert run_module("db_reset", server.options(name=database))["changed"] is False


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Endpoint, int, Path]]:
    """A server with a TLS port, a cluster of itself, a read-only user, and passwords that are hard to transmit."""
    home = tmp_path_factory.mktemp("clickhouse")
    binary = shutil.which("clickhouse-server") or "/usr/sbin/clickhouse-server"
    ports = free_ports(4)
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "cert.pem", *subject]
    subprocess.run(command, cwd=home, check=True, capture_output=True)
    escaped = AWKWARD_PASSWORD.replace("&", "&amp;").replace("<", "&lt;")
    users = "".join(
        f"<{name}><password>{escaped}</password><networks><ip>127.0.0.1</ip></networks><profile>{profile}</profile><quota>default</quota></{name}>"
        for name, profile in (("admin", "default"), ("reader", "readonly"))
    )
    (home / "users.xml").write_text(
        f"<yandex><profiles><default/><readonly><readonly>1</readonly></readonly></profiles><users>{users}</users><quotas><default/></quotas></yandex>",
        encoding="utf-8",
    )
    replica = f"<replica><host>127.0.0.1</host><port>{ports[1]}</port><user>admin</user><password>{escaped}</password></replica>"
    (home / "config.xml").write_text(
        f"<yandex><logger><level>warning</level><console>1</console></logger><listen_host>127.0.0.1</listen_host><http_port>{ports[0]}</http_port>"
        f"<tcp_port>{ports[1]}</tcp_port><https_port>{ports[2]}</https_port><path>{home}/data/</path><tmp_path>{home}/tmp/</tmp_path>"
        f"<users_config>{home}/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>"
        f"<remote_servers><lab><shard>{replica}</shard></lab></remote_servers><mark_cache_size>67108864</mark_cache_size>"
        f"<openSSL><server><certificateFile>{home}/cert.pem</certificateFile><privateKeyFile>{home}/key.pem</privateKeyFile>"
        "<verificationMode>none</verificationMode></server></openSSL></yandex>",
        encoding="utf-8",
    )
    with subprocess.Popen([binary, f"--config-file={home}/config.xml"], cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually("an own ClickHouse", lambda: is_open(ports[2]))
            yield Endpoint("clickhouse", "127.0.0.1", ports[0], "admin", AWKWARD_PASSWORD), ports[2], home / "cert.pem"
        finally:
            process.kill()


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _each in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_over_tls(own_server: tuple[Endpoint, int, Path]) -> None:
    server, port, certificate = own_server
    asking(server)("CREATE DATABASE IF NOT EXISTS encrypted", "CREATE TABLE IF NOT EXISTS encrypted.t (i Int32) ENGINE = Log")
    encrypted = replace(server, port=port)
    done = run_module("db_reset", encrypted.options(name="encrypted", host="localhost", tls={"ca": str(certificate)}))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"tables": 1}, "verified")
    told = refused(encrypted.options(name="encrypted", tls={"ca": str(certificate)}))
    assert "Failed to set up TLS" in told
    assert "IP address mismatch" in told
    assert run_module("db_reset", encrypted.options(name="encrypted", tls={"ca": str(certificate), "verify_hostname": False}))["rc"] == 0
    assert "certificate verify failed" in refused(encrypted.options(name="encrypted", host="localhost", tls={}))
    assert "Failed to set up TLS" in refused(encrypted.options(name="encrypted"))


def test_a_read_only_user_is_refused_in_check_mode_too(own_server: tuple[Endpoint, int, Path]) -> None:
    server, _port, _certificate = own_server
    asking(server)("CREATE DATABASE IF NOT EXISTS guarded", "CREATE TABLE IF NOT EXISTS guarded.t (i Int32) ENGINE = Log")
    for check in (True, False):
        told = refused(server.options(name="guarded", username="reader"), check=check)
        assert "The user reader may not do this. It needs the right to drop" in told


def test_a_cluster_is_counted_and_its_refusal_is_told(own_server: tuple[Endpoint, int, Path]) -> None:
    """Without ZooKeeper the server refuses ON CLUSTER: the statement reaches it, and nothing is dropped or called so."""
    server, _port, _certificate = own_server
    asking(server)("CREATE DATABASE IF NOT EXISTS spread", "CREATE TABLE IF NOT EXISTS spread.t (i Int32) ENGINE = Log")
    foretold = run_module("db_reset", server.options(name="spread", cluster="lab"), check=True)
    assert (foretold["rc"], foretold["removed"]) == (0, {"tables": 1})
    failed = run_module("db_reset", server.options(name="spread", cluster="lab"))
    assert (failed["rc"], failed["removed"], failed["changed"]) == (1, {}, False)
    assert "ON CLUSTER needs ZooKeeper" in str(failed["msg"])
