# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset inside Kubernetes: real pods, through a port-forward and by the client programs in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from databases import AWKWARD_PASSWORD, eventually
from run_module import run_module, start_module

from lab import pods

EXEC, FORWARD = "kubernetes_exec", "kubernetes_port_forward"
SECONDS = 30

FILL = {
    "mariadb": "mariadb --host=127.0.0.1 --user=root --execute='CREATE TABLE exp.a (i int); CREATE TABLE exp.`b c` (j int)'",
    "postgresql": "psql --quiet --host=127.0.0.1 --username=postgres --dbname=exp --command='CREATE TABLE a (); CREATE TABLE b (); CREATE VIEW v AS SELECT 1'",
    "redis": "for i in $(seq 60); do echo SET exp:$i x; echo SET other:$i x; done | redis-cli -c >/dev/null",
}
CREATE = {
    "mariadb": "mariadb --host=127.0.0.1 --user=root --execute=\"CREATE DATABASE exp CHARACTER SET latin1 COMMENT 'NULL'\"",
    "postgresql": "psql --quiet --host=127.0.0.1 --username=postgres --command='CREATE DATABASE exp'",
}
REMOVED = {"mariadb": {"tables": 2}, "postgresql": {"tables": 2, "views": 1}, "redis": {"keys": 60}}
AS_ADMINISTRATOR = 'export MYSQL_PWD="${MARIADB_ROOT_PASSWORD-}" PGPASSWORD="${POSTGRES_PASSWORD-}" REDISCLI_AUTH="${REDIS_PASSWORD-}"; '


@dataclass
class Databases:
    """The pods of this file."""

    space: pods.Space
    by_engine: dict[str, pods.Pod]

    def options(self, engine: str, transport: str = EXEC, kubernetes: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
        """What resets the experiment of this engine; its credentials come from the pod's Secret."""
        pod = self.by_engine[engine]
        assert pod.login is not None
        place = {"namespace": self.space.name, "kubeconfig": self.space.kubeconfig, **(kubernetes or {"selector": f"app={engine}"})}
        selection = {"pattern": "exp:*"} if engine == "redis" else {"name": "exp"}
        options = {"engine": engine, "transport": transport, "kubernetes": place, "credentials_secret": {"name": pod.login.secret}, "timeout": SECONDS}
        return {**options, **selection, **others}

    def execute(self, engine: str, command: str) -> str:
        done = self.by_engine[engine].execute(["bash", "-c", AS_ADMINISTRATOR + command])
        assert done.code == 0, done
        return done.output

    def refusal(self, engine: str, **others: Any) -> str:
        """Why the module does not do it; nothing was removed, and no password shows."""
        result = run_module("db_reset", self.options(engine, **others))
        assert result["rc"] != 0 and not result.get("changed"), result
        assert self.by_engine[engine].login.password not in str(result["output"])  # type: ignore[union-attr]
        return str(result["msg"])


@pytest.fixture(scope="module")
def databases() -> Iterator[Databases]:
    with pods.namespace() as space:
        maria, postgres, _manager, redis, *_nodes = space.run_all(
            pods.mariadb("maria", password=AWKWARD_PASSWORD, labels={"app": "mariadb", "app.kubernetes.io/part-of": "lab"}, sidecar="metrics"),
            pods.postgresql("postgres", labels={"app": "postgresql"}),
            pods.operator("mariadb-operator", labels={"app": "managers", "app.kubernetes.io/name": "mariadb-operator"}),
            pods.redis_cluster("redis", labels={"app": "redis"}),
        )
        found = Databases(space, {"mariadb": maria, "postgresql": postgres, "redis": redis})
        for engine, command in CREATE.items():
            found.execute(engine, command)
        yield found


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
@pytest.mark.parametrize("engine", ["mariadb", "postgresql", "redis"])
def test_a_database_in_a_pod_is_reset_and_kept_by_either_transport(databases: Databases, engine: str, transport: str) -> None:
    databases.execute(engine, FILL[engine])
    result = run_module("db_reset", databases.options(engine, transport))
    assert result["rc"] == 0, result["msg"]
    assert (result["removed"], result["verified"]) == (REMOVED[engine], "verified")
    assert result["credentials"] == {"username": "secret", "password": "secret"}
    assert str(result["pod"]).startswith(f"{databases.space.name}/")
    if engine == "mariadb":
        kept = result["targets"][0]["kept"]  # type: ignore[index]
        assert (kept["character_set"], kept["comment"]) == ("latin1", "NULL")


@pytest.mark.parametrize("engine", ["mariadb", "redis"])
def test_a_second_run_changes_nothing(databases: Databases, engine: str) -> None:
    run_module("db_reset", databases.options(engine))
    again = run_module("db_reset", databases.options(engine))
    assert (again["rc"], again["changed"]) == (0, False)


def test_a_label_that_no_pod_has_is_answered_with_those_that_are_there(databases: Databases) -> None:
    told = databases.refusal("mariadb", kubernetes={"selector": "app.kubernetes.io/name=mariadb"})
    assert "there is none" in told and "maria [app=mariadb, app.kubernetes.io/part-of=lab]" in told
    assert "The closest selector is app=mariadb." in told


def test_an_operators_pod_is_refused_for_what_it_is(databases: Databases) -> None:
    told = databases.refusal("mariadb", kubernetes={"selector": "app=managers"})
    assert "is no mariadb but an operator or manager (label app.kubernetes.io/name=mariadb-operator)" in told


def test_a_container_that_the_pod_has_not_is_told_with_those_it_has(databases: Databases) -> None:
    told = databases.refusal("mariadb", kubernetes={"pod": "maria", "container": "server"})
    assert "has no container server (it has mariadb, metrics)" in told


def test_a_container_without_the_client_program_is_told_from_one_that_is_not_there(databases: Databases) -> None:
    told = databases.refusal("mariadb", kubernetes={"pod": "maria", "container": "metrics"})
    assert "there is no mariadb, neither on PATH nor at" in told and "kubernetes_port_forward" in told


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
def test_a_missing_password_is_a_refused_login(databases: Databases, transport: str) -> None:
    told = databases.refusal("mariadb", transport=transport, credentials_secret=None, username="root")
    assert "Failed to log in as root on mariadb" in told and "pod" in told


def test_the_password_may_come_from_the_environment_and_options_win(databases: Databases) -> None:
    login = databases.by_engine["postgresql"].login
    assert login is not None
    options = databases.options("postgresql", credentials_secret=None, username="postgres")
    result = run_module("db_reset", options, check=True, env={"POSTGRESQL_PASSWORD": login.password, "POSTGRESQL_USER": "nobody"})
    assert result["credentials"] == {"username": "option", "password": "environment"}


def test_a_secret_or_a_key_that_is_not_there_is_named_with_the_keys_that_are(databases: Databases) -> None:
    databases.space.secret("other", {"user": "root", "secret": "4711"})
    assert "there is no such Secret" in databases.refusal("mariadb", credentials_secret={"name": "deleted"})
    told = databases.refusal("mariadb", credentials_secret={"name": "other"})
    assert "it has no key password: it has secret, user" in told and "4711" not in told


def test_a_service_account_without_the_right_is_told_both_verbs_before_anything_happens(databases: Databases, tmp_path: Path) -> None:
    rules = [pods.rule("pods", "list", "get"), pods.rule("pods/exec", "get"), pods.rule("secrets", "get")]
    kubeconfig = databases.space.account("limited", rules, tmp_path)
    told = databases.refusal("mariadb", kubernetes={"pod": "maria", "kubeconfig": str(kubeconfig), "namespace": databases.space.name})
    assert "create pods/exec maria in namespace" in told and "both create and get" in told


def test_no_password_is_in_the_arguments_of_any_process(databases: Databases) -> None:
    """The pods run on this machine, so /proc shows their processes as well."""
    databases.execute("mariadb", "mariadb --host=127.0.0.1 --user=root --execute='CREATE TABLE IF NOT EXISTS exp.a (i int)'")
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
                seen.update(name for name in (b"mariadb", b"psql", b"redis-cli") if line.split(b"\0")[0].endswith(name))
                leaks.extend(line for secret in secrets if secret in line)

    watcher = threading.Thread(target=look)
    watcher.start()
    running = [start_module("db_reset", databases.options(engine)) for engine in databases.by_engine]
    results = [each.result() for each in running]
    ended.set()
    watcher.join()
    assert [result["rc"] for result in results] == [0, 0, 0]
    assert seen == {b"mariadb", b"psql", b"redis-cli"}
    assert not leaks


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
def test_a_killed_reset_is_completed_by_the_next(databases: Databases, transport: str) -> None:
    databases.execute("postgresql", "psql --quiet -h 127.0.0.1 -U postgres -d exp -c 'CREATE TABLE IF NOT EXISTS k ()'")
    running = start_module("db_reset", databases.options("postgresql", transport))
    replacement = "psql -At -h 127.0.0.1 -U postgres -c \"SELECT count(*) FROM pg_database WHERE datname LIKE 'streamops%'\""
    eventually("the replacement is there", lambda: databases.execute("postgresql", replacement).strip() != "0" or not running.is_running(), SECONDS)
    running.kill()
    result = run_module("db_reset", databases.options("postgresql", transport))
    assert result["rc"] == 0, result["msg"]
    assert (result["state"], databases.execute("postgresql", replacement).strip()) == ("reset", "0")


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
def test_a_pod_that_is_deleted_in_the_middle_is_never_called_ok(databases: Databases, transport: str) -> None:
    doomed = databases.space.run(pods.mariadb(f"doomed-{transport[11:15].strip('_')}", labels={"app": f"doomed-{transport}"}))
    assert doomed.login is not None
    script = "CREATE DATABASE exp; CREATE TABLE exp.a (i int) ENGINE=InnoDB; START TRANSACTION; SELECT * FROM exp.a; SELECT SLEEP(60)"
    holder = ["bash", "-c", f'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" mariadb --host=127.0.0.1 --user=root --execute="{script}" >/dev/null 2>&1 &']
    assert doomed.execute(holder).code == 0
    running = start_module("db_reset", databases.options("mariadb", transport, {"pod": doomed.name}, credentials_secret={"name": doomed.login.secret}))
    waiting = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for%' AND INFO LIKE 'CREATE OR REPLACE%'"
    ask = ["bash", "-c", f'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" mariadb --host=127.0.0.1 --user=root -N --execute="{waiting}"']
    eventually("the reset waits for the lock", lambda: doomed.execute(ask).output.strip() == "1", SECONDS)
    started = time.monotonic()
    databases.space.core.delete_namespaced_pod(doomed.name, databases.space.name, grace_period_seconds=0)
    result = running.result()
    assert result["rc"] != 0 and result["state"] != "reset" and not result["changed"], result
    assert "pod" in str(result["msg"]) and "ok" not in {target["state"] for target in result["targets"]}  # type: ignore[attr-defined]
    assert time.monotonic() - started < 20
