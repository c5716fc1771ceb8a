# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_super_user: the resource is real and so is the login; that brokers roll is the stand-in's word, which only says Ready."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from run_module import run_module, start_module
from strimzi_cluster import StrimziCluster, strimzi_cluster

from lab.waiting import wait_until

RECORD = "streamops.kafka/super-users"


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def user(cluster: StrimziCluster) -> str:
    name = f"t-{uuid.uuid4().hex[:8]}"
    cluster.users.create("KafkaUser", name, {"authentication": {"type": "scram-sha-512"}}, cluster=cluster.name)
    cluster.wait_ready(cluster.users, name)
    return name


@pytest.fixture
def good(cluster: StrimziCluster, tmp_path: Path) -> str:
    path = tmp_path / "good.json"
    path.write_text(json.dumps({"metrics": {"kafka_bootstrap": cluster.connection["bootstrap_servers"]}}), encoding="utf-8")
    return str(path)


def module(cluster: StrimziCluster, check: bool = False, **options: Any) -> Any:
    return run_module("strimzi_super_user", {**cluster.place, **options}, check=check, diff=True)


def seen(cluster: StrimziCluster) -> tuple[list[str], str | None]:
    kafka: Any = cluster.resources("kafkas").get(cluster.name)
    return kafka["spec"]["kafka"]["authorization"]["superUsers"], (kafka["metadata"].get("annotations") or {}).get(RECORD)


def test_added_with_a_reason_and_taken_back_when_nobody_needs_it(cluster: StrimziCluster, user: str, good: str) -> None:
    added = {"names": ["ANONYMOUS"], "reason": "metrics still use the plain listener"}
    predicted = module(cluster, check=True, **added)
    assert predicted["changed"] is True and seen(cluster) == (["admin"], None)
    done = module(cluster, **added)
    assert done["rc"] == 0 and done["ready"] == "verified" and done["diff"] == predicted["diff"] and done["super_users"] == ["admin", "ANONYMOUS"]
    users, record = seen(cluster)
    assert users == ["admin", "ANONYMOUS"] and "metrics still use" in str(record)
    assert module(cluster, **added)["changed"] is False

    back = {"state": "absent", "user": user, "listener": "scram", "configuration_files": [{"path": good}]}
    tried = module(cluster, check=True, **back)
    assert tried["rc"] == 0 and tried["changed"] is True and tried["login"] == "verified" and seen(cluster)[0] == users, tried
    gone = module(cluster, **back)
    assert gone["rc"] == 0 and gone["changed"] is True and gone["endpoints"][0]["state"] == "verified" and gone["diff"] == tried["diff"]
    assert seen(cluster) == (["admin"], None), "exactly what was added"
    again = module(cluster, **back, names=["admin"])
    assert again["changed"] is False and seen(cluster)[0] == ["admin"] and "was not added by this module" in str(again["warnings"])
    password = cluster.secret(user)["password"].decode()
    assert password not in str([done["output"], tried["output"], gone["output"]])


def test_nothing_is_taken_back_as_long_as_one_client_needs_it(cluster: StrimziCluster, user: str, good: str, tmp_path: Path) -> None:
    plain = cluster.resources("kafkas").get(cluster.name)["status"]["listeners"][0]["addresses"][0]  # type: ignore[index]
    database, empty = tmp_path / "database.yaml", tmp_path / "empty.properties"
    database.write_text(f"databases: {{kafka: {{host: {plain['host']}, port: {plain['port']}}}}}\n", encoding="utf-8")
    empty.write_text("a=b\n", encoding="utf-8")
    cluster.resources("kafkas").space.core.create_namespaced_config_map(
        cluster.namespace, {"metadata": {"name": "settings"}, "data": {"app.properties": "bootstrap.servers=nowhere.invalid:9094\n"}})
    assert module(cluster, names=["ANONYMOUS", "reader"], reason="r", wait=False)["changed"] is True
    back = {"state": "absent", "user": user, "listener": "scram"}
    files = [{"path": good}, {"path": str(database)}, {"path": str(empty)}, {"config_map": "settings", "data_key": "app.properties"}, {"path": "/nowhere"}]
    refused = module(cluster, **back, configuration_files=files)
    assert refused["rc"] == 1 and "Nothing was changed" in refused["msg"] and seen(cluster)[0] == ["admin", "ANONYMOUS", "reader"]
    assert [each["state"] for each in refused["endpoints"]] == ["verified", "failed", "not_checked", "not_checked"] and refused["login"] == "verified"
    assert all(words in refused["msg"] for words in ("listener plain has no SASL login", "no address of Kafka was found", "nowhere.invalid", "/nowhere"))

    nobody = module(cluster, **{**back, "user": "t-nobody"}, configuration_files=[{"path": good}])
    assert nobody["rc"] == 1 and "there is none; the user operator writes it" in nobody["msg"] and nobody["login"] == "failed"
    without = module(cluster, state="absent")
    assert "user is needed" in without["msg"] and "configuration_files is empty" in without["msg"]
    one = module(cluster, **back, configuration_files=[{"path": good}], names=["reader"])
    assert one["changed"] is True and seen(cluster)[0] == ["admin", "ANONYMOUS"] and one["recorded"]["added"] == ["ANONYMOUS"]
    assert module(cluster, **back, configuration_files=[{"path": good}])["super_users"] == ["admin"]


def test_a_wrong_password_is_no_login(cluster: StrimziCluster, user: str, good: str) -> None:
    secrets = cluster.resources("kafkas").space
    secrets.secret("t-wrong", {"password": "not-the-password"})
    module(cluster, names=["ANONYMOUS"], reason="r", wait=False)
    back = {"state": "absent", "user": "t-wrong", "listener": "scram", "configuration_files": [{"path": good}], "request_timeout": 8}
    refused = module(cluster, **back)
    assert refused["rc"] == 1 and "the login" in refused["msg"] and refused["login"] == "failed" and seen(cluster)[0] == ["admin", "ANONYMOUS"]
    assert module(cluster, **{**back, "user": user})["changed"] is True


def test_killed_after_the_change_it_is_taken_back_by_the_next_run(cluster: StrimziCluster, user: str, good: str) -> None:
    running = start_module("strimzi_super_user", {**cluster.place, "names": ["ANONYMOUS"], "reason": "r"})
    wait_until("the change is there", lambda: None if "ANONYMOUS" in seen(cluster)[0] else "not yet", 60)
    running.kill()
    assert seen(cluster)[1] is not None, "the record came with the change"
    back = {"state": "absent", "user": user, "listener": "scram", "configuration_files": [{"path": good}]}
    assert module(cluster, **back)["changed"] is True and seen(cluster) == (["admin"], None)


def test_wrong_input(cluster: StrimziCluster) -> None:
    wrong = module(cluster, names=["User:anna"])
    assert "without it: anna" in wrong["msg"] and "reason is needed" in wrong["msg"]
    kafkas = cluster.resources("kafkas")
    kafkas.create("Kafka", "open", {"kafka": {"listeners": [{"name": "plain", "port": 9092, "type": "internal", "tls": False}]}}, cluster=None)
    of_open = run_module("strimzi_super_user", {**cluster.place, "cluster": "open", "names": ["a"], "reason": "r"})
    assert "has no spec.kafka.authorization" in str(of_open["msg"])
