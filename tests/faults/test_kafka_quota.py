# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quotas are what was asked for, limit by limit, for exactly whom they were asked."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.quotas import DEFAULT, Entity
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.second_client import SecondClient
from run_module import run_module

Options = Mapping[str, Any]


@pytest.fixture
def second(kafka: Options) -> Iterator[SecondClient]:
    """The second client, to look at the quotas past the module."""
    with SecondClient(connection_from({**kafka, "bootstrap_servers": [kafka["bootstrap_servers"]]})) as client:
        yield client


@pytest.fixture
def name(second: SecondClient, unique: str) -> Iterator[str]:
    """A name of this test alone; quotas in which it occurs are removed afterwards."""
    yield unique
    mine = {quota.entity: {limit: None for limit in quota.limits} for quota in second.describe_quotas() if unique in str(quota.entity)}
    assert second.alter_quotas(mine) == {}


def quotas(kafka: Options, check: bool = False, **options: object) -> dict[str, Any]:
    return run_module("kafka_quota", {**kafka, **options}, check=check, diff=True)


def limits(second: SecondClient, entity: Entity) -> Mapping[str, float] | None:
    return {quota.entity: quota.limits for quota in second.describe_quotas()}.get(entity)


def test_check_mode_predicts_the_first_run_and_sets_nothing(kafka: Options, second: SecondClient, name: str) -> None:
    wanted = {"user": name, "producer_byte_rate": 1048576, "request_percentage": 12.5}
    predicted = quotas(kafka, **wanted, check=True)
    assert limits(second, Entity(name)) is None
    made = quotas(kafka, **wanted)
    assert all(predicted[key] == made[key] for key in ("changed", "quotas", "diff"))
    assert limits(second, Entity(name)) == {"producer_byte_rate": 1048576, "request_percentage": 12.5}


def test_second_run_changes_nothing(kafka: Options, name: str) -> None:
    wanted = [{"user": name, "consumer_byte_rate": 1}, {"user": name, "client_id": DEFAULT, "controller_mutation_rate": 0.5},
              {"client_id": name, "request_percentage": 200}, {"user": DEFAULT, "client_id": name, "producer_byte_rate": 5}]
    assert [row["action"] for row in quotas(kafka, quotas=wanted)["quotas"]] == ["created"] * 4
    again = quotas(kafka, quotas=wanted)
    assert (again["changed"], {row["action"] for row in again["quotas"]}) == (False, {"unchanged"})


def test_limits_that_are_not_named_stay(kafka: Options, second: SecondClient, name: str) -> None:
    quotas(kafka, user=name, producer_byte_rate=5)
    quotas(kafka, user=name, consumer_byte_rate=6)
    assert limits(second, Entity(name)) == {"producer_byte_rate": 5, "consumer_byte_rate": 6}
    removed = quotas(kafka, user=name, remove=["producer_byte_rate"])
    assert removed["quotas"][0]["after"] == {"consumer_byte_rate": 6}
    assert limits(second, Entity(name)) == {"consumer_byte_rate": 6}


def test_absent_takes_all_limits_of_just_this_one(kafka: Options, second: SecondClient, name: str) -> None:
    quotas(kafka, quotas=[{"user": name, "producer_byte_rate": 5, "consumer_byte_rate": 6}, {"user": name, "client_id": name, "producer_byte_rate": 7}])
    assert quotas(kafka, user=name, state="absent")["quotas"][0]["action"] == "deleted"
    assert (limits(second, Entity(name)), limits(second, Entity(name, name))) == (None, {"producer_byte_rate": 7})
    assert not quotas(kafka, user=name, state="absent")["changed"]


def test_everything_wrong_is_said_at_once(kafka: Options, second: SecondClient, name: str) -> None:
    failed = quotas(kafka, quotas=[{"user": name, "producer_byte_rate": 5}, {"user": name, "producer_byte_rate": 5}, {"producer_byte_rate": 1},
                                   {"client_id": name, "producer_byte_rate": 0}, {"user": name, "client_id": name}])
    problems = ("listed twice", "neither a user nor a client_id", "greater than 0", "has no limit", "nothing was changed")
    assert [part in failed["msg"] for part in problems] == [True] * 5
    assert limits(second, Entity(name)) is None


@pytest.mark.parametrize("check", [False, True])
def test_without_permission_it_fails_with_a_reason(kafka_plain: Options, name: str, check: bool) -> None:
    failed = quotas(kafka_plain, user=name, producer_byte_rate=5, check=check)
    assert "CLUSTER_AUTHORIZATION_FAILED" in failed["msg"] and "use a super user" in failed["msg"]


def test_a_wrong_password_is_a_refused_login(kafka: Options, name: str) -> None:
    assert "login refused" in quotas(kafka, user=name, producer_byte_rate=5, sasl_password="not the password")["msg"]


def test_without_the_second_library_it_says_which_one_is_missing(kafka: Options, name: str, tmp_path: Path) -> None:
    (tmp_path / "kafka.py").write_text("raise ImportError('No module named kafka')\n", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), os.environ["ANSIBLE_COLLECTIONS_PATH"]])
    failed = run_module("kafka_quota", {**kafka, "user": name, "producer_byte_rate": 5}, env={"PYTHONPATH": path})
    assert "kafka-python" in str(failed["msg"]) and "3.0 or newer" in str(failed["msg"])


def test_what_the_cluster_refuses_is_told_for_each(second: SecondClient, name: str) -> None:
    refused = second.alter_quotas({Entity(name): {"no_such_limit": 5}, Entity(name, name): {"producer_byte_rate": 5}}, validate_only=True)
    assert {entity: refusal.code for entity, refusal in refused.items()} == {Entity(name): "INVALID_REQUEST"}


def test_every_log_directory_is_shown_with_sizes(second: SecondClient) -> None:
    directories = second.describe_log_dirs()
    assert all(directory.path and not directory.problem and (directory.total_bytes or 0) >= (directory.usable_bytes or 0) > 0 for directory in directories)
    assert any(("__consumer_offsets", 0) in directory.partitions for directory in directories) or not any(d.partitions for d in directories)


def test_deleting_offsets_of_a_group_that_does_not_exist_says_so(second: SecondClient, unique: str) -> None:
    with pytest.raises(OperationError, match=f"group '{unique}': The group id does not exist"):
        second.delete_group_offsets(unique, [("orders", 0)])
