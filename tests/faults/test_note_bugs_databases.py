# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What went wrong when databases were reset by hand, one test each: it is found, told, and nothing is removed.

Insecure against secure needs a CockroachDB: test_db_reset_cockroachdb.py and test_db_reset_kubernetes.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import endpoint, redis_primaries
from pod_databases import EXEC, FORWARD, PodDatabases, started
from run_module import run_module

from lab import pods


@pytest.fixture(scope="module")
def databases() -> Iterator[PodDatabases]:
    with pods.namespace() as space:
        operator = pods.operator("mariadb-operator", labels={"app": "managers", "app.kubernetes.io/name": "mariadb-operator"})
        yield started(space, ["mariadb"], operator)


def test_a_label_that_no_pod_has_is_answered_with_those_that_are_there(databases: PodDatabases) -> None:
    told = databases.refusal("mariadb", kubernetes={"selector": "app.kubernetes.io/name=mariadb"})
    assert "there is none" in told and "maria [app=mariadb, app.kubernetes.io/part-of=lab]" in told
    assert "The closest selector is app=mariadb." in told


def test_an_operators_pod_is_refused_for_what_it_is(databases: PodDatabases) -> None:
    told = databases.refusal("mariadb", kubernetes={"selector": "app=managers"})
    assert "is no mariadb but an operator or manager (label app.kubernetes.io/name=mariadb-operator)" in told


def test_a_wrong_container_is_told_from_a_missing_program(databases: PodDatabases) -> None:
    told = databases.refusal("mariadb", kubernetes={"pod": "maria", "container": "server"})
    assert "has no container server (it has mariadb, metrics)" in told
    told = databases.refusal("mariadb", kubernetes={"pod": "maria", "container": "metrics"})
    assert "there is no mariadb, neither on PATH nor at" in told and "kubernetes_port_forward" in told


@pytest.mark.parametrize("transport", [FORWARD, EXEC])
def test_a_missing_password_is_told_with_where_it_may_come_from(databases: PodDatabases, transport: str) -> None:
    told = databases.refusal("mariadb", transport=transport, credentials_secret=None, username="root")
    assert "Failed to log in as root on mariadb" in told and "pod" in told
    assert "No password was given" in told and "credentials_secret" in told and "MARIADB_PASSWORD" in told


def test_the_password_comes_from_the_secret_or_the_environment_and_options_win(databases: PodDatabases) -> None:
    login = databases.by_engine["mariadb"].login
    assert login is not None
    by_secret = run_module("db_reset", databases.options("mariadb"), check=True)
    assert (by_secret["rc"], by_secret["credentials"]) == (0, {"username": "secret", "password": "secret"})
    options = databases.options("mariadb", credentials_secret=None, username="root")
    result = run_module("db_reset", options, check=True, env={"MARIADB_PASSWORD": login.password, "MARIADB_USER": "nobody"})
    assert (result["rc"], result["credentials"]) == (0, {"username": "option", "password": "environment"})


def test_a_secret_or_a_key_that_is_not_there_is_named_with_the_keys_that_are(databases: PodDatabases) -> None:
    databases.space.secret("other", {"user": "root", "secret": "4711"})
    assert "there is no such Secret" in databases.refusal("mariadb", credentials_secret={"name": "deleted"})
    told = databases.refusal("mariadb", credentials_secret={"name": "other"})
    assert "it has no key password: it has secret, user" in told and "4711" not in told


def test_a_service_account_without_the_right_is_told_both_verbs_before_anything_happens(databases: PodDatabases, tmp_path: Path) -> None:
    rules = [pods.rule("pods", "list", "get"), pods.rule("pods/exec", "get"), pods.rule("secrets", "get")]
    kubeconfig = databases.space.account("limited", rules, tmp_path)
    told = databases.refusal("mariadb", kubernetes={"pod": "maria", "kubeconfig": str(kubeconfig), "namespace": databases.space.name})
    assert "create pods/exec maria in namespace" in told and "both create and get" in told


def test_a_wrong_key_pattern_is_absent_and_an_error_where_keys_must_be(lab_env: dict[str, str]) -> None:
    """The keys were lab-x:1, the pattern was lab:*; "deleted 0 keys" looked like success."""
    server = endpoint("redis", lab_env)
    name = f"lab{uuid.uuid4().hex[:6]}"
    keys = [f"{name}-x:{number}" for number in range(9)]
    primaries = redis_primaries(server)
    wrong = server.options(pattern=f"{name}:*")
    try:
        for key in keys:
            assert any(_is_set(primary, key) for primary in primaries)
        result = run_module("db_reset", wrong)
        assert (result["rc"], result["changed"], result["state"], result["removed"]) == (0, False, "absent", {})
        told = run_module("db_reset", {**wrong, "must_exist": True})
        assert told["rc"] != 0 and f"{name}:* does not exist" in str(told["msg"])
        assert run_module("db_reset", server.options(pattern=f"{name}-x:*"))["removed"] == {"keys": 9}
    finally:
        for primary in primaries:
            primary.close()


def _is_set(primary: object, key: str) -> bool:
    """False where the key belongs to another primary."""
    from redis.exceptions import ResponseError

    try:
        return bool(primary.set(key, 1))  # type: ignore[attr-defined]
    except ResponseError:
        return False
