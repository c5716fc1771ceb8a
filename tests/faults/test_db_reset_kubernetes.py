# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset inside Kubernetes: real pods, through a port-forward and by the client programs in them.

CockroachDB is PostgreSQL in its place, with a `cockroach` that hands on to psql: wire, login and pod are real, its SQL is not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import eventually
from pod_databases import ENGINES, EXEC, FILL, FORWARD, REMOVED, SECONDS, PodDatabases, started
from run_module import run_module, start_module

from lab import pods

PROGRAMS = {b"mariadb", b"psql", b"redis-cli", b"clickhouse-client", b"cockroach", b"mc"}
LOCKED = """mc mb --with-lock t/locked; for each in free held retained; do echo x | mc pipe t/locked/$each; done
mc legalhold set t/locked/held; mc retention set governance 1d t/locked/retained"""
CONFIGURED = """mc anonymous set download t/exp; mc tag set t/exp team=streams; mc ilm rule add --expire-days 7 --prefix logs/ t/exp
mc quota set t/exp --size 1GB"""


@pytest.fixture(scope="module")
def databases() -> Iterator[PodDatabases]:
    with pods.namespace() as space:
        yield started(space, ENGINES)


@pytest.fixture(scope="module")
def certs_dir(databases: PodDatabases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """CockroachDB's certificates of root, on this side."""
    directory = tmp_path_factory.mktemp("certs")
    for name in ("ca.crt", "client.root.crt", "client.root.key"):
        (directory / name).write_text(databases.execute("cockroachdb", f"cat /cockroach/cockroach-certs/{name}"), encoding="utf-8")
        (directory / name).chmod(0o600)
    return str(directory)


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_in_a_pod_is_reset_once_and_kept_by_either_transport(databases: PodDatabases, engine: str, transport: str, certs_dir: str) -> None:
    databases.execute(engine, FILL[engine])
    secure = {"certs_dir": certs_dir} if engine == "cockroachdb" and transport == FORWARD else {}
    options = databases.options(engine, transport, **secure)
    if transport == EXEC:
        assert run_module("db_reset", options, check=True)["removed"] == REMOVED[engine]
    result = run_module("db_reset", options)
    assert result["rc"] == 0, result["msg"]
    assert (result["removed"], result["verified"]) == (REMOVED[engine], "verified")
    assert result["credentials"] == {"username": "secret", "password": "secret"}
    assert str(result["pod"]).startswith(f"{databases.space.name}/")
    kept: dict[str, Any] = result["targets"][0]["kept"]  # type: ignore[index]
    if engine == "mariadb":
        assert (kept["character_set"], kept["comment"]) == ("latin1", "NULL")
    if engine == "minio":
        assert "Enabled" in kept["versioning"]
    if transport == EXEC:
        again = run_module("db_reset", options)
        assert (again["rc"], again["changed"]) == (0, False)


def test_clickhouse_client_falls_back_to_another_user(databases: PodDatabases) -> None:
    login = databases.by_engine["clickhouse"].login
    assert login is not None
    options = databases.options("clickhouse", credentials_secret=None, username="gone", password="x")
    refused = run_module("db_reset", options)
    assert refused["rc"] != 0 and "Failed to log in as gone on clickhouse" in str(refused["msg"])
    result = run_module("db_reset", {**options, "fallback_username": login.username, "fallback_password": login.password})
    assert result["login"] == {"user": login.username, "fallback": True}


def test_cockroach_sql_by_a_password_and_never_without_certificates(databases: PodDatabases) -> None:
    """Insecure against secure is one of the note's bugs; its words are the stand-in's, which has them from CockroachDB."""
    databases.execute("cockroachdb", "ask --execute=\"CREATE ROLE app SUPERUSER LOGIN PASSWORD 'p:w@ %41/''x'\"")
    databases.execute("cockroachdb", "ask --execute='ALTER ROLE app SET search_path = crdb_internal, pg_catalog, public'; " + FILL["cockroachdb"])
    without = {"credentials_secret": None, "username": "app"}
    assert "there is no password, and no client.app.crt with its key in /cockroach/cockroach-certs" in databases.refusal("cockroachdb", **without)
    assert "Failed to log in as app" in databases.refusal("cockroachdb", password="wrong", **without)
    told = databases.refusal("cockroachdb", tls={"enabled": False})
    assert "node is running secure mode" in told and "set tls" in told
    assert "certs_dir /nowhere holds no ca.crt" in databases.refusal("cockroachdb", certs_dir="/nowhere")
    assert "Failed to reach the server" in databases.refusal("cockroachdb", port=1)
    result = run_module("db_reset", databases.options("cockroachdb", password="p:w@ %41/'x", certs_dir="/cockroach/cockroach-certs", **without))
    assert (result["rc"], result["removed"]) == (0, REMOVED["cockroachdb"]), result.get("msg")


def test_mc_recreates_a_bucket_with_its_settings_and_touches_nothing_that_is_locked(databases: PodDatabases) -> None:
    databases.execute("minio", f"{FILL['minio']}; {CONFIGURED}; {LOCKED}")
    told = databases.refusal("minio", name="locked")
    assert "object lock protects held (" in told and "legal hold; retained (" in told and "governance retention until" in told and "free" not in told
    born = "mc --json ls t | grep '\"exp/\"'"
    before = databases.execute("minio", born)
    done = run_module("db_reset", databases.options("minio", recreate=True))
    assert (done["rc"], done["removed"], done["verified"]) == (0, REMOVED["minio"], "verified"), done
    assert databases.execute("minio", born) != before
    settings = databases.execute("minio", "mc anonymous get t/exp; mc tag list t/exp; mc ilm rule ls t/exp; mc quota info t/exp; mc version info t/exp")
    assert all(word in settings for word in ("download", "streams", "logs/", "quota of 954 MiB", "versioning is enabled")), settings
    assert "streamops-reset" not in databases.execute("minio", "mc ls t; ls /tmp")


def test_mc_tells_what_went_wrong_in_the_words_of_a_login(databases: PodDatabases) -> None:
    by_option = {"credentials_secret": None, "username": "admin"}
    assert "Failed to log in as admin on minio" in databases.refusal("minio", password="wrong 4711", **by_option)
    assert "Failed to set up TLS on minio" in databases.refusal("minio", tls={})
    assert "Failed to reach the server on minio 127.0.0.1:1" in databases.refusal("minio", port=1)
    assert run_module("db_reset", databases.options("minio", name="no-such"))["state"] == "absent"


def test_no_password_is_in_the_arguments_of_any_process_nor_left_in_a_file(databases: PodDatabases) -> None:
    """The pods run on this machine, so /proc shows their processes as well."""
    for engine in ENGINES:
        databases.execute(engine, FILL[engine])
    secrets = [pod.login.password.encode() for pod in databases.by_engine.values() if pod.login]
    leaks: list[bytes] = []
    seen: set[bytes] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = path.read_bytes()
                except OSError:
                    continue
                seen.update(name for name in PROGRAMS if any(word.endswith(b"/" + name) or word == name for word in line.split(b"\0")[:2]))
                leaks.extend(line for secret in secrets if secret in line)

    watcher = threading.Thread(target=look)
    watcher.start()
    running = [start_module("db_reset", databases.options(engine)) for engine in ENGINES]
    results = [each.result() for each in running]
    ended.set()
    watcher.join()
    assert [result["rc"] for result in results] == [0] * len(ENGINES)
    assert [result["removed"] for result in results] == [REMOVED[engine] for engine in ENGINES]
    assert seen == PROGRAMS
    assert not leaks
    for engine in ("clickhouse", "minio", "cockroachdb"):
        left = databases.execute(engine, "ls -a /tmp").split()
        assert set(left) <= {".", "..", "probe.xml", ".mc", ".minio"}, left


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
def test_a_killed_reset_is_completed_by_the_next(databases: PodDatabases, transport: str) -> None:
    databases.execute("postgresql", "ask -d exp -c 'CREATE TABLE IF NOT EXISTS k ()'")
    running = start_module("db_reset", databases.options("postgresql", transport))
    replacement = "ask -At -c \"SELECT count(*) FROM pg_database WHERE datname LIKE 'streamops%'\""
    eventually("the replacement is there", lambda: databases.execute("postgresql", replacement).strip() != "0" or not running.is_running(), SECONDS)
    running.kill()
    result = run_module("db_reset", databases.options("postgresql", transport))
    assert result["rc"] == 0, result["msg"]
    assert (result["state"], databases.execute("postgresql", replacement).strip()) == ("reset", "0")


def test_a_killed_client_program_leaves_no_directory_and_no_objects_after_the_next_run(databases: PodDatabases) -> None:
    many = 'mkdir /tmp/many && cd /tmp/many && for i in $(seq 1200); do echo $i >o$i; done && mc cp --quiet --recursive /tmp/many/ t/exp/ >/dev/null; rm -r /tmp/many'
    databases.execute("minio", many)
    running = start_module("db_reset", databases.options("minio"))
    eventually("mc removes", lambda: b"--force" in _arguments(b"mc") or not running.is_running(), SECONDS)
    running.kill()
    result = run_module("db_reset", databases.options("minio"))
    assert (result["rc"], result["verified"]) == (0, "verified"), result
    eventually("its directory is gone", lambda: "streamops" not in databases.execute("minio", "ls /tmp"), SECONDS)


def _arguments(program: bytes) -> bytes:
    """The arguments of all processes of this name."""
    found = b""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        found += line if line.split(b"\0")[0].endswith(program) else b""
    return found
