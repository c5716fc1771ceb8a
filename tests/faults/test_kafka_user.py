# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user can log in with the password that was asked for, and a run that changes nothing says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import connection_from
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.users import CredentialName, WantedUser
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.users_client import login_listener, try_logins
from confluent_kafka.admin import AdminClient, ScramMechanism, UserScramCredentialDeletion
from run_module import run_module

Options = Mapping[str, object]
ODD = "it's \"$HOME\" %s {{ x }} ü=,\\ \t!"


@pytest.fixture
def user(admin: AdminClient, unique: str) -> Iterator[str]:
    """The name of a user of this test alone; its credentials are removed afterwards."""
    yield unique
    for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
        admin.alter_user_scram_credentials([UserScramCredentialDeletion(unique, mechanism)])[unique].exception(timeout=20)


def users(kafka: Options, check: bool = False, **options: object) -> dict[str, Any]:
    return run_module("kafka_user", {**kafka, **options}, check=check, diff=True)


def can_log_in(kafka: Options, user: str, password: str) -> bool:
    answer = run_module("kafka_topic", {**kafka, "sasl_username": user, "sasl_password": password, "topics": []})
    assert not answer["rc"] or "login refused" in str(answer["msg"]), answer
    return not answer["rc"]


def credentials(admin: AdminClient, user: str) -> dict[str, int]:
    future = admin.describe_user_scram_credentials([user])[user]
    return {} if future.exception(timeout=20) else {info.mechanism.name: info.iterations for info in future.result().scram_credential_infos}


def test_check_mode_predicts_the_first_run_and_makes_nobody(kafka: Options, admin: AdminClient, user: str) -> None:
    predicted = users(kafka, name=user, password="first", check=True)
    assert credentials(admin, user) == {}
    made = users(kafka, name=user, password="first")
    assert all(predicted[key] == made[key] for key in ("changed", "users", "diff"))
    assert credentials(admin, user) == {"SCRAM_SHA_512": 4096}


@pytest.mark.parametrize("password", ["first", ODD, "x" * 200])
def test_the_user_logs_in_and_a_second_run_changes_nothing(kafka: Options, user: str, password: str) -> None:
    assert users(kafka, name=user, password=password)["changed"]
    assert can_log_in(kafka, user, password)
    second = users(kafka, name=user, password=password)
    assert (second["changed"], second["users"][0]["action"], second["users"][0]["password_known"]) == (False, "unchanged", True)


def test_a_changed_password_is_applied(kafka: Options, user: str) -> None:
    users(kafka, name=user, password="first")
    predicted = users(kafka, name=user, password="second", check=True)
    assert can_log_in(kafka, user, "first")
    changed = users(kafka, name=user, password="second")
    assert predicted["users"] == changed["users"]
    assert changed["users"][0]["after"] == {"iterations": 4096, "password": "changed"}
    assert (can_log_in(kafka, user, "first"), can_log_in(kafka, user, "second")) == (False, True)


def test_a_password_shows_nowhere(kafka: Options, user: str) -> None:
    secrets = ["Tr0ub4dor-first", "Tr0ub4dor-second"]
    for secret in secrets:
        output = str(run_module("kafka_user", {**kafka, "users": [{"name": user, "password": secret}]}, diff=True))
        assert secret not in output
    failed = str(users(kafka, users=[{"name": user, "password": secrets[0], "iterations": 1}]))
    assert "4096 to 16384" in failed and secrets[0] not in failed


def test_iterations_change_with_the_same_password(kafka: Options, admin: AdminClient, user: str) -> None:
    users(kafka, name=user, password="first")
    changed = users(kafka, name=user, password="first", iterations=8192)
    assert changed["users"][0]["after"] == {"iterations": 8192, "password": "unchanged"}
    assert credentials(admin, user) == {"SCRAM_SHA_512": 8192}
    assert not users(kafka, name=user, password="first")["changed"]


def test_mechanisms_that_are_not_listed_stay(kafka: Options, admin: AdminClient, user: str) -> None:
    users(kafka, users=[{"name": user, "password": "first"}, {"name": user, "password": "other", "mechanism": "SCRAM-SHA-256"}])
    assert not users(kafka, name=user, password="first")["changed"]
    users(kafka, name=user, mechanism="scram-sha-512", state="absent")
    assert credentials(admin, user) == {"SCRAM_SHA_256": 4096}


def test_an_absent_user_has_no_credential_left(kafka: Options, admin: AdminClient, user: str) -> None:
    users(kafka, users=[{"name": user, "password": "first"}, {"name": user, "password": "other", "mechanism": "scram-sha-256"}])
    gone = users(kafka, name=user, state="absent")
    assert ([row["action"] for row in gone["users"]], credentials(admin, user)) == (["deleted", "deleted"], {})
    assert not users(kafka, name=user, state="absent")["changed"]


def test_a_mechanism_that_the_listener_does_not_offer_leaves_the_password_unknown(kafka: Options, user: str) -> None:
    wanted: dict[str, Any] = {"name": user, "password": "first", "mechanism": "scram-sha-256"}
    users(kafka, **wanted)
    again = users(kafka, **wanted)
    assert (again["changed"], again["users"][0]["password_known"], again["users"][0]["after"]["password"]) == (True, False, "unknown, set again")
    kept = users(kafka, **wanted, update_password="on_create")
    assert (kept["changed"], kept["users"][0]["password_known"]) == (False, False)


def test_logins_are_tried_on_another_listener_when_it_is_named(kafka: Options, kafka_plain: Options, user: str) -> None:
    users(kafka, name=user, password="first")
    plain = connection_from({"bootstrap_servers": [kafka_plain["bootstrap_servers"]]})
    name = CredentialName(user, "scram-sha-512")
    listener = login_listener(plain, [str(kafka["bootstrap_servers"])])
    for password, is_accepted in (("first", True), ("second", False)):
        assert try_logins(listener, [WantedUser(user, password=password)], {name: 4096}) == {name: is_accepted}
    assert login_listener(plain, []) is None
    with pytest.raises(OperationError, match="is a plaintext listener"):
        login_listener(plain, list(plain.bootstrap))


@pytest.mark.parametrize("check", [False, True])
def test_without_permission_it_fails_with_a_reason(kafka_plain: Options, user: str, check: bool) -> None:
    """librdkafka ends the process when this refusal reaches it."""
    assert "the user may not DESCRIBE the cluster" in users(kafka_plain, name=user, password="first", check=check)["msg"]


def test_everything_wrong_is_said_at_once(kafka: Options, admin: AdminClient, user: str) -> None:
    failed = users(kafka, users=[{"name": user, "password": "first"}, {"name": user, "password": ""}, {"name": "", "password": "x"}, {"name": f"{user}2"}])
    assert [part in failed["msg"] for part in ("listed twice", "is empty", "a user name is empty", "needs a password")] == [True] * 4
    assert credentials(admin, user) == {}
