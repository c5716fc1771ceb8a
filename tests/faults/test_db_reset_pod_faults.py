# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset in Kubernetes when something breaks in the middle, or when several pods would do. Nothing half-done is called ok."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from cutting_proxy import CuttingProxy
from databases import eventually
from pod_databases import CREATE, EXEC, FILL, FORWARD, LOGIN, PASSWORDS, REMOVED, SECONDS, PodDatabases, started
from run_module import run_module, start_module

from lab import pods

LOCK = "START TRANSACTION; SELECT * FROM exp.a; SELECT SLEEP(600)"
WAITING = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for%' AND INFO LIKE 'CREATE OR REPLACE%'"
SLEEPING = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(600)%'"
RELEASE = "SELECT CONCAT('KILL ', ID, ';') FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(600)%'"


@pytest.fixture(scope="module")
def databases() -> Iterator[PodDatabases]:
    with pods.namespace() as space:
        spare = [pods.mariadb(f"doomed-{number}", labels={"app": f"doomed-{number}"}) for number in (1, 2)]
        yield started(space, ["mariadb", "postgresql"], pods.postgresql("postgres-2", PASSWORDS["postgresql"], labels={"app": "postgresql"}), *spare)


@contextmanager
def held_up(pod: pods.Pod, options: dict[str, Any]) -> Iterator[Any]:
    """A reset that waits for a lock; the lock is released at the end."""

    def ask(statement: str) -> str:
        done = pod.execute(["bash", "-c", f'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" mariadb --host=127.0.0.1 --user=root -N --execute="{statement}"'])
        assert done.code == 0, done
        return done.output.strip()

    ask("CREATE DATABASE IF NOT EXISTS exp; CREATE TABLE IF NOT EXISTS exp.a (i int) ENGINE=InnoDB")
    holder = f'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" mariadb --host=127.0.0.1 --user=root --execute="{LOCK}" >/dev/null 2>&1 &'
    assert pod.execute(["bash", "-c", holder]).code == 0
    eventually("the lock is held", lambda: ask(SLEEPING) == "1", SECONDS)
    running = start_module("db_reset", options)
    try:
        eventually("the reset waits for the lock", lambda: ask(WAITING) == "1" or not running.is_running(), SECONDS)
        assert running.is_running(), running.result()
        yield running
    finally:
        if pod.space.pods(f"app={pod.labels['app']}"):
            ask(ask(RELEASE) or "SELECT 1")


@pytest.mark.parametrize(("transport", "number"), [(FORWARD, 1), (EXEC, 2)])
def test_a_pod_that_is_deleted_in_the_middle_is_never_called_ok(databases: PodDatabases, transport: str, number: int) -> None:
    name = f"doomed-{number}"
    space = databases.space
    doomed = pods.Pod(space, name, "mariadb", {"app": name}, port=3306)
    options = databases.options("mariadb", transport, {"pod": name}, credentials_secret={"name": f"{name}-login"})
    with held_up(doomed, options) as running:
        started_at = time.monotonic()
        space.core.delete_namespaced_pod(name, space.name, grace_period_seconds=0)
        result = running.result()
        eventually("the pod is gone", lambda: not space.pods(f"app={name}"), SECONDS)
    assert result["rc"] != 0 and result["state"] != "reset" and not result["changed"], result
    assert "pod" in str(result["msg"]) and "ok" not in {target["state"] for target in result["targets"]}
    assert time.monotonic() - started_at < 60


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
def test_a_line_that_is_cut_in_the_middle_is_told_and_the_next_run_completes(databases: PodDatabases, transport: str, tmp_path: Path) -> None:
    """The API server, and the pod with its database, go on; only the way there breaks."""
    configuration = yaml.safe_load(Path(databases.space.kubeconfig).read_text(encoding="utf-8"))
    cluster = configuration["clusters"][0]["cluster"]
    host, _colon, port = cluster["server"].removeprefix("https://").rpartition(":")
    with CuttingProxy(host, int(port)) as proxy:
        cluster["server"] = f"https://127.0.0.1:{proxy.port}"
        (tmp_path / "kubeconfig").write_text(json.dumps(configuration), encoding="utf-8")
        place = {"selector": "app=mariadb", "kubeconfig": str(tmp_path / "kubeconfig")}
        with held_up(databases.by_engine["mariadb"], databases.options("mariadb", transport, place)) as running:
            proxy.cut()
            result = running.result()
    assert result["rc"] != 0 and result["state"] == "failed" and not result["changed"], result
    assert {target["state"] for target in result["targets"]} == {"failed"}
    assert ("the forward to port 3306" if transport == FORWARD else "in pod") in str(result["msg"])
    assert "run the reset once more: it completes what is missing" in str(result["msg"])
    again = run_module("db_reset", databases.options("mariadb", transport))
    assert (again["rc"], again["verified"]) == (0, "verified")


def test_a_secret_that_is_deleted_in_the_middle_changes_nothing_until_the_next_run(databases: PodDatabases) -> None:
    login = databases.by_engine["mariadb"].login
    assert login is not None
    content = {"username": login.username, "password": login.password}
    databases.space.secret("short-lived", content)
    options = databases.options("mariadb", credentials_secret={"name": "short-lived"})
    with held_up(databases.by_engine["mariadb"], options) as running:
        databases.space.core.delete_namespaced_secret("short-lived", databases.space.name)
    result = running.result()
    assert (result["rc"], result["removed"], result["verified"]) == (0, {"tables": 1}, "verified")
    databases.execute("mariadb", FILL["mariadb"])
    assert "there is no such Secret" in databases.refusal("mariadb", credentials_secret={"name": "short-lived"})
    databases.space.secret("short-lived", content)
    assert run_module("db_reset", options)["removed"] == REMOVED["mariadb"]


def test_of_several_pods_the_one_that_takes_writes_is_found_by_asking(databases: PodDatabases) -> None:
    """Two primaries that do not belong together are an error; then one becomes a standby, and the other is meant."""
    standby = pods.Pod(databases.space, "postgres-2", "postgresql", {"app": "postgresql"}, port=5432)
    assert standby.execute(["bash", "-c", LOGIN["postgresql"] + CREATE["postgresql"] + " && " + FILL["postgresql"]]).code == 0
    told = databases.refusal("postgresql")
    assert "these take writes and do not belong together: postgres (a pod of its own), postgres-2 (a pod of its own)" in told
    databases.execute("postgresql", FILL["postgresql"])
    assert standby.execute(["bash", "-c", "touch /data/db/standby.signal; pg_ctl stop --pgdata=/data/db --mode=fast --no-wait"]).code == 0
    recovers = LOGIN["postgresql"] + "ask -At --command='SELECT pg_is_in_recovery()'"
    eventually("it is a standby, and Ready", lambda: _answer(standby, recovers) == "t" and _all_ready(databases.space, "app=postgresql"), 60)
    for transport in (FORWARD, EXEC):
        databases.execute("postgresql", f"ask --dbname=exp --command='CREATE TABLE IF NOT EXISTS {transport} ()'")
        result = run_module("db_reset", databases.options("postgresql", transport))
        assert (result["rc"], result.get("pod")) == (0, f"{databases.space.name}/postgres"), result["msg"]
    told = databases.refusal("postgresql", kubernetes={"pod": "postgres-2"})
    assert "This server is a read-only replica: connect to the primary." in told


def _answer(pod: pods.Pod, command: str) -> str:
    from kubernetes.client.exceptions import ApiException

    from lab import LabError

    try:
        return pod.execute(["bash", "-c", command]).output.strip()
    except (ApiException, LabError, ValueError, KeyError):  # its container starts again
        return ""


def _all_ready(space: pods.Space, selector: str) -> bool:
    return all(status.ready for pod in space.pods(selector) for status in pod.status.container_statuses)
