# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts, keys and clusters are made once, secrets go into files only, and a human's key is told. Against a stand-in, not the real thing."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_cloud_standin import PASSWORD, USER, State, confluent_cloud
from run_module import run_module


@pytest.fixture
def cloud() -> Iterator[State]:
    with confluent_cloud() as state:
        yield state


def access(cloud: State, check: bool = False, **more: Any) -> dict[str, Any]:
    login = {"url": cloud.url, "url_username": USER, "url_password": PASSWORD, "timeout": 20}
    result: dict[str, Any] = run_module("confluent_cloud_access", {**login, **more}, check=check, diff=True)
    return result


def test_accounts_and_keys_are_made_once_and_secrets_are_in_files_only(cloud: State, tmp_path: Path) -> None:
    for number in range(7):  # more than a page
        cloud.account(f"other-{number}")
    there = cloud.account("shop", "kept as it is")
    cloud.busy = 1
    keys = tmp_path / "keys"
    accounts_wanted = [{"name": "billing", "description": "bills", "api_key": True}, {"name": "shop", "api_key": True}, {"name": "idle"}]
    wanted = {"cluster_id": "lkc-1", "secrets_directory": str(keys), "service_accounts": accounts_wanted}
    predicted = access(cloud, check=True, **wanted)
    assert predicted["rc"] == 0 and predicted["changed"] and len(cloud.accounts) == 8 and not keys.exists(), predicted.get("msg")
    made = access(cloud, **wanted)
    assert made["rc"] == 0 and made["diff"] == predicted["diff"], made.get("msg")
    accounts = {name: each["principal"] for name, each in made["service_accounts"].items()}
    assert accounts["shop"] == f"User:{there['id']}" and there["description"] == "kept as it is"
    assert {each["display_name"] for each in cloud.accounts} >= {"billing", "shop", "idle"} and len(cloud.accounts) == 10
    assert {each["spec"]["owner"]["id"] for each in cloud.keys} == {accounts[name].removeprefix("User:") for name in ("billing", "shop")}
    content = json.loads((keys / "billing.json").read_text(encoding="utf-8"))
    assert content["secret"] in cloud.secrets and content["key"] == made["service_accounts"]["billing"]["key"]
    assert stat.S_IMODE(os.stat(keys).st_mode) == 0o700 and stat.S_IMODE(os.stat(keys / "billing.json").st_mode) == 0o600

    again = access(cloud, **wanted)
    assert again["rc"] == 0 and not again["changed"] and len(cloud.keys) == 2
    assert not any(secret in each["output"] for secret in [*cloud.secrets, PASSWORD] for each in (predicted, made, again))
    (keys / "billing.json").unlink()  # as when it was killed before the file was there
    lost = access(cloud, **wanted)
    assert lost["changed"] and lost["service_accounts"]["billing"]["other_keys"] == [content["key"]] and len(cloud.keys) == 3


def test_a_cluster_is_made_once_and_waited_for(cloud: State) -> None:
    wanted = {"environment": "env-1", "cluster": {"name": "march", "type": "dedicated", "capacity_units": 2, "cloud": "aws", "region": "eu-central-1"}}
    assert access(cloud, check=True, **wanted)["cluster"]["id"] == "" and not cloud.clusters
    made = access(cloud, **wanted)
    assert made["rc"] == 0 and made["cluster"]["phase"] == "PROVISIONED" and made["cluster"]["bootstrap"].startswith("SASL_SSL://"), made.get("msg")
    assert cloud.clusters[0]["spec"]["config"] == {"kind": "Dedicated", "cku": 2} and cloud.clusters[0]["spec"]["availability"] == "SINGLE_ZONE"
    again = access(cloud, **wanted)
    assert not again["changed"] and again["cluster"] == made["cluster"] and len(cloud.clusters) == 1


def test_a_key_of_a_human_is_told(cloud: State) -> None:
    mine, service = cloud.key("u-1", "lkc-1", "User")["id"], cloud.key("sa-1", "lkc-1")["id"]
    result = access(cloud, check_keys=[mine, service, "GONE"])
    assert {name: each["is_of_a_user"] for name, each in result["keys"].items()} == {mine: True, service: False, "GONE": None}
    assert len(result["warnings"]) == 1 and mine in str(result["warnings"][0])


def test_refusals_say_what_to_do_and_nothing_is_made_twice(cloud: State, tmp_path: Path) -> None:
    wrong = access(cloud, url_password="wrong", service_accounts=[{"name": "a"}])
    assert wrong["rc"] != 0 and "Cloud API key" in wrong["msg"] and not cloud.accounts
    cloud.most_accounts = 1
    full = access(cloud, service_accounts=[{"name": "a"}, {"name": "b"}])
    assert "create the service account 'b'" in full["msg"] and "quota" in full["msg"] and len(cloud.accounts) == 1
    requests = len(cloud.requests)
    unsound = access(cloud, service_accounts=[{"name": "a", "api_key": True}, {"name": ""}, {"name": "x" * 65}])
    assert "which cluster" in unsound["msg"] and "secrets_directory" in unsound["msg"] and len(cloud.requests) == requests
    twice = access(cloud, service_accounts=[{"name": "a"}, {"name": "a"}, {"name": ""}])
    assert "more than once" in twice["msg"] and "64" in twice["msg"] and len(cloud.requests) == requests
