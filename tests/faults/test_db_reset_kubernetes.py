# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset inside Kubernetes: real pods, through a port-forward and by the client programs in them.

CockroachDB is PostgreSQL in its place, with a `cockroach` that hands on to psql: wire, login and pod are real, its SQL is not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
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


@dataclass
class Runs:
    """All engines at once: what was foretold, done, and done again; and what was seen in lists of processes meanwhile."""

    foretold: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    again: dict[str, dict[str, Any]] = field(default_factory=dict)
    programs: set[bytes] = field(default_factory=set)
    leaks: list[bytes] = field(default_factory=list)


def all_at_once(databases: PodDatabases, transport: str, check: bool = False, **secure: Any) -> dict[str, dict[str, Any]]:
    options = {engine: databases.options(engine, transport, **(secure if engine == "cockroachdb" else {})) for engine in ENGINES}
    running = {engine: start_module("db_reset", each, check=check) for engine, each in options.items()}
    return {engine: each.result() for engine, each in running.items()}


@pytest.fixture(scope="module")
def forwarded(databases: PodDatabases, certs_dir: str) -> dict[str, dict[str, Any]]:
    for engine in ENGINES:
        databases.execute(engine, FILL[engine])
    return all_at_once(databases, FORWARD, certs_dir=certs_dir)


@pytest.fixture(scope="module")
def executed(databases: PodDatabases, forwarded: object) -> Runs:
    """After the forwarded ones, as the data are the same. The pods run on this machine, so /proc shows their processes as well."""
    for engine in ENGINES:
        databases.execute(engine, FILL[engine])
    runs = Runs(foretold=all_at_once(databases, EXEC, check=True))
    secrets = [pod.login.password.encode() for pod in databases.by_engine.values() if pod.login]
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for line in _argument_lists():
                words = line.split(b"\0")[:2]
                runs.programs.update(name for name in PROGRAMS if any(word.rpartition(b"/")[2] == name for word in words))
                runs.leaks.extend(line for secret in secrets if secret in line)

    watcher = threading.Thread(target=look)
    watcher.start()
    runs.done = all_at_once(databases, EXEC)
    ended.set()
    watcher.join()
    runs.again = all_at_once(databases, EXEC)
    return runs


def assert_reset(databases: PodDatabases, engine: str, result: dict[str, Any]) -> None:
    assert result["rc"] == 0, result["msg"]
    assert (result["removed"], result["verified"]) == (REMOVED[engine], "verified")
    assert result["credentials"] == {"username": "secret", "password": "secret"}
    assert str(result["pod"]).startswith(f"{databases.space.name}/")
    kept = result["targets"][0]["kept"]
    if engine == "mariadb":
        assert (kept["character_set"], kept["comment"]) == ("latin1", "NULL")
    if engine == "minio":
        assert "Enabled" in kept["versioning"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_in_a_pod_is_reset_and_kept_through_a_forward(databases: PodDatabases, forwarded: dict[str, dict[str, Any]], engine: str) -> None:
    assert_reset(databases, engine, forwarded[engine])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_in_a_pod_is_reset_once_and_kept_by_its_client_program(databases: PodDatabases, executed: Runs, engine: str) -> None:
    assert executed.foretold[engine]["removed"] == REMOVED[engine], executed.foretold[engine].get("msg")
    assert_reset(databases, engine, executed.done[engine])
    again = executed.again[engine]
    assert (again["rc"], again["changed"]) == (0, False)


def test_no_password_is_in_the_arguments_of_any_process_nor_left_in_a_file(databases: PodDatabases, executed: Runs) -> None:
    assert executed.programs == PROGRAMS
    assert not executed.leaks
    for engine in ("clickhouse", "minio", "cockroachdb"):
        left = databases.execute(engine, "ls -a /tmp").split()
        assert set(left) <= {".", "..", "probe.xml", ".mc", ".minio"}, left


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
    files = "mkdir /tmp/many && cd /tmp/many && for i in $(seq 600); do echo $i >o$i; done"
    databases.execute("minio", f"{files} && mc cp --quiet --recursive /tmp/many/ t/exp/ >/dev/null; rm -r /tmp/many")
    running = start_module("db_reset", databases.options("minio"))
    eventually("mc removes", lambda: any(b"streamops/exp/" in each and b"--force" in each for each in _argument_lists()) or not running.is_running(), SECONDS)
    running.kill()
    result = run_module("db_reset", databases.options("minio"))
    assert (result["rc"], result["verified"]) == (0, "verified"), result
    eventually("its directory is gone", lambda: "streamops" not in databases.execute("minio", "ls /tmp"), SECONDS)


def _argument_lists() -> Iterator[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except OSError:  # it has ended
            continue
