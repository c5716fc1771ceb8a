# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A password is set when it changed, or when nobody can know; it never shows."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.users import (
    CredentialName,
    WantedUser,
    input_problems,
    plan_users,
    report,
    wanted_users,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.users_client import _rounds

APP = CredentialName("app", "scram-sha-512")
APP_256 = CredentialName("app", "scram-sha-256")
WANTED = WantedUser("app", password="secret")


def test_a_new_user_is_created_with_the_least_iterations() -> None:
    change = plan_users({}, [WANTED], {})[APP]
    assert (change.action, change.before, change.after) == ("created", None, {"iterations": 4096, "password": "set"})


def test_an_accepted_password_changes_nothing() -> None:
    assert plan_users({APP: 8192}, [WANTED], {APP: True}) == {}


def test_a_password_that_is_not_accepted_is_set() -> None:
    change = plan_users({APP: 8192}, [WANTED], {APP: False})[APP]
    assert (change.action, change.after) == ("altered", {"iterations": 8192, "password": "changed"})


def test_an_unknown_password_is_set_again_unless_only_new_ones_are_wanted() -> None:
    assert plan_users({APP: 4096}, [WANTED], {})[APP].after == {"iterations": 4096, "password": "unknown, set again"}
    assert plan_users({APP: 4096}, [WANTED], {}, update_password="on_create") == {}


def test_a_wrong_password_is_set_even_if_only_new_ones_are_wanted() -> None:
    assert plan_users({APP: 4096}, [WANTED], {APP: False}, update_password="on_create")[APP].action == "altered"


def test_other_iterations_are_a_change_with_the_same_password() -> None:
    change = plan_users({APP: 4096}, [WantedUser("app", iterations=8192, password="secret")], {APP: True})[APP]
    assert change.after == {"iterations": 8192, "password": "unchanged"}


def test_mechanisms_that_are_not_listed_stay() -> None:
    assert plan_users({APP_256: 4096, APP: 4096}, [WANTED], {APP: True}) == {}
    assert list(plan_users({APP_256: 4096, APP: 4096}, [WantedUser("app", "absent", "scram-sha-256")], {})) == [APP_256]


def test_an_absent_user_loses_every_credential() -> None:
    assert list(plan_users({APP_256: 4096, APP: 4096}, [WantedUser("app", "absent")], {})) == [APP_256, APP]


def test_a_user_that_is_gone_stays_gone() -> None:
    assert plan_users({}, [WantedUser("app", "absent")], {}) == {}
    row, = report({}, [WantedUser("app", "absent")], {}, {})["users"]
    assert row["action"] == "absent"


def test_the_report_tells_whether_the_password_is_known() -> None:
    for accepted, known in (({APP: True}, True), ({APP: False}, True), ({}, False)):
        row, = report({APP: 4096}, [WANTED], accepted, plan_users({APP: 4096}, [WANTED], accepted))["users"]
        assert row["password_known"] is known
    assert report({}, [WANTED], {}, plan_users({}, [WANTED], {}))["users"][0]["password_known"]


def test_what_was_refused_is_failed_and_no_change() -> None:
    result = report({}, [WANTED], {}, plan_users({}, [WANTED], {}), {APP: "no"})
    assert (result["changed"], result["users"][0]["action"], result["users"][0]["reason"]) == (False, "failed", "no")


def test_the_password_shows_nowhere() -> None:
    changes = plan_users({APP: 4096}, [WANTED], {APP: False})
    assert "secret" not in f"{WANTED} {changes} {report({APP: 4096}, [WANTED], {APP: False}, changes)}"


@pytest.mark.parametrize(("user", "problem"), [
    (WantedUser("app"), "needs a password"),
    (WantedUser("app", password=""), "is empty"),
    (WantedUser("", password="x"), "a user name is empty"),
    (WantedUser("app", password="x", iterations=4095), "4096 to 16384 iterations, not 4095"),
    (WantedUser("app", password="x", iterations=16385), "not 16385"),
])
def test_what_kafka_would_refuse_is_refused_first(user: WantedUser, problem: str) -> None:
    assert problem in "; ".join(input_problems([user]))


def test_a_credential_is_listed_once() -> None:
    both = [WANTED, WantedUser("app", mechanism="scram-sha-256", password="x")]
    assert not input_problems(both)
    assert input_problems([*both, WANTED]) == ["user app (scram-sha-512) is listed twice"]
    assert input_problems([WANTED, WantedUser("app", "absent")]) == ["user app (scram-sha-512) is listed twice"]


def test_one_user_is_a_list_of_one() -> None:
    options = {"users": None, "name": "app", "password": "p", "mechanism": None, "iterations": None, "state": "present"}
    assert wanted_users(options) == [WantedUser("app", password="p")]


def test_no_request_holds_one_user_twice() -> None:
    """Kafka 4.3 answers DUPLICATE_RESOURCE to two credentials of one user in a request."""
    other = CredentialName("other", "scram-sha-512")
    assert _rounds([APP, APP_256, other]) == [{"app": APP, "other": other}, {"app": APP_256}]
