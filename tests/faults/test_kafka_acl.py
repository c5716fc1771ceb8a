# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rights are given and taken exactly as listed, in one call, and other rights are never touched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from run_module import run_module

Options = Mapping[str, object]


def of(principal: str) -> AclBindingFilter:
    any_value: tuple[Any, ...] = (ResourceType.ANY, None, ResourcePatternType.ANY, principal, None, AclOperation.ANY, AclPermissionType.ANY)
    return AclBindingFilter(*any_value)


@pytest.fixture
def user(admin: AdminClient, unique: str) -> Iterator[str]:
    """A principal of this test alone; its ACLs, and those of the ones that begin with it, are removed afterwards."""
    yield f"User:{unique}"
    principals = {acl.principal for acl in admin.describe_acls(AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)).result(timeout=20)}  # type: ignore[arg-type]
    mine = [of(principal) for principal in principals if principal.startswith(f"User:{unique}")]
    if mine:
        for future in admin.delete_acls(mine).values():
            future.result(timeout=30)


@pytest.fixture
def looks_only(kafka: Options, admin: AdminClient, unique: str, user: str) -> Iterator[Options]:
    """The connection of a user that may DESCRIBE the cluster, and no more."""
    credential = UserScramCredentialUpsertion(unique, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), b"looks only")
    admin.alter_user_scram_credentials([credential])[unique].result(timeout=20)
    acls(kafka, {"principal": user, "resource_type": "cluster", "operations": "describe"})
    yield {**kafka, "sasl_username": unique, "sasl_password": "looks only"}
    admin.alter_user_scram_credentials([UserScramCredentialDeletion(unique, ScramMechanism.SCRAM_SHA_512)])[unique].result(timeout=20)


def rights(admin: AdminClient, principal: str) -> set[tuple[str, ...]]:
    found = admin.describe_acls(of(principal)).result(timeout=20)
    return {(a.restype.name, a.resource_pattern_type.name, a.name, a.operation.name, a.permission_type.name, a.host) for a in found}  # type: ignore[union-attr]


def acls(kafka: Options, *entries: Options, check: bool = False, **options: object) -> dict[str, Any]:
    return run_module("kafka_acl", {**kafka, "acls": list(entries), **options}, check=check, diff=True)


def topic(user: str, **more: object) -> dict[str, object]:
    return {"principal": user, "resource_type": "topic", "name": "orders", "operations": ["read"], **more}


def test_check_mode_predicts_the_first_run_and_gives_nothing(kafka: Options, admin: AdminClient, user: str) -> None:
    entries = [
        topic(user, operations=["READ", "DescribeConfigs"]),
        topic(user, resource_type="GROUP", name="app-", pattern_type="Prefixed", operations="all"),
        topic(user, resource_type="transactional_id", name="app", operations=["write", "describe"], host="10.0.0.1"),
        {"principal": user, "resource_type": "cluster", "operation": "idempotent_write", "permission": "DENY"},
    ]
    predicted = acls(kafka, *entries, check=True)
    assert rights(admin, user) == set()
    made = acls(kafka, *entries)
    assert all(predicted[key] == made[key] for key in ("changed", "added", "removed", "diff"))
    assert rights(admin, user) == {
        ("TOPIC", "LITERAL", "orders", "READ", "ALLOW", "*"),
        ("TOPIC", "LITERAL", "orders", "DESCRIBE_CONFIGS", "ALLOW", "*"),
        ("GROUP", "PREFIXED", "app-", "ALL", "ALLOW", "*"),
        ("TRANSACTIONAL_ID", "LITERAL", "app", "WRITE", "ALLOW", "10.0.0.1"),
        ("TRANSACTIONAL_ID", "LITERAL", "app", "DESCRIBE", "ALLOW", "10.0.0.1"),
        ("BROKER", "LITERAL", "kafka-cluster", "IDEMPOTENT_WRITE", "DENY", "*"),  # librdkafka's name of the cluster
    }


def test_second_run_changes_nothing_in_any_order_and_case(kafka: Options, user: str) -> None:
    acls(kafka, topic(user, operations=["read", "describe_configs"]), topic(user, name="*"))
    second = acls(kafka, topic(user, name="*"), topic(user, operations=["DescribeConfigs", "READ"], resource_type="Topic"))
    assert (second["changed"], second["added"], second["removed"]) == (False, [], [])


def test_absent_removes_exactly_what_is_listed(kafka: Options, admin: AdminClient, user: str) -> None:
    acls(kafka, topic(user, operations=["read", "write"]), topic(user, pattern_type="prefixed"))
    removed = acls(kafka, topic(user), state="absent")
    assert [acl["operation"] for acl in removed["removed"]] == ["read"]
    assert rights(admin, user) == {("TOPIC", "LITERAL", "orders", "WRITE", "ALLOW", "*"), ("TOPIC", "PREFIXED", "orders", "READ", "ALLOW", "*")}
    assert not acls(kafka, topic(user), state="absent")["changed"]


def test_an_entry_may_have_its_own_state(kafka: Options, admin: AdminClient, user: str) -> None:
    acls(kafka, topic(user))
    acls(kafka, topic(user, state="absent"), topic(user, operations="write"))
    assert {right[3] for right in rights(admin, user)} == {"WRITE"}


def test_exclusive_takes_other_rights_from_just_these_principals(kafka: Options, admin: AdminClient, user: str) -> None:
    other = f"{user}-other"
    acls(kafka, topic(user, operations=["read", "write"]), topic(other, operations=["read", "write"]))
    assert not acls(kafka, topic(user))["changed"]
    changed = acls(kafka, topic(user), exclusive_principals=[user])
    assert [(acl["principal"], acl["operation"]) for acl in changed["removed"]] == [(user, "write")]
    assert ({right[3] for right in rights(admin, user)}, {right[3] for right in rights(admin, other)}) == ({"READ"}, {"READ", "WRITE"})


def test_what_was_removed_can_be_given_back(kafka: Options, admin: AdminClient, user: str) -> None:
    acls(kafka, topic(user, operations=["read", "write"]), topic(user, resource_type="group", permission="deny", host="10.0.0.1"))
    before = rights(admin, user)
    removed = acls(kafka, exclusive_principals=user)["removed"]
    assert rights(admin, user) == set()
    acls(kafka, *removed)
    assert rights(admin, user) == before


def test_the_diff_has_one_line_for_each_right(kafka: Options, user: str) -> None:
    acls(kafka, topic(user))
    diff = acls(kafka, topic(user, operations="write"), exclusive_principals=user, check=True)["diff"]
    assert list(json.loads(diff["before"])) == [f"{user} | topic literal orders | read | allow | host *"]
    assert list(json.loads(diff["after"])) == [f"{user} | topic literal orders | write | allow | host *"]


@pytest.mark.parametrize("field", ["resource_type", "pattern_type", "permission"])
@pytest.mark.parametrize("value", ["any", "MATCH"])
def test_any_and_match_are_never_made(kafka: Options, admin: AdminClient, user: str, field: str, value: str) -> None:
    assert f"value of {field} must be one of" in acls(kafka, topic(user), topic(user, **{field: value}))["msg"]
    assert rights(admin, user) == set()


@pytest.mark.parametrize(("more", "problem"), [
    ({"operations": ["any"]}, "there is no operation 'any'"),
    ({"operations": ["cluster_action"]}, "'cluster_action' means nothing on a topic"),
    ({"principal": "app"}, "write 'User:app'"),
    ({"name": "orders*"}, "with pattern_type prefixed"),
    ({"name": None}, "a topic needs a name"),
])
def test_what_is_wrong_is_said_before_anything_is_given(kafka: Options, admin: AdminClient, user: str, more: dict[str, Any], problem: str) -> None:
    failed = acls(kafka, topic(user), topic(user, **more))
    assert problem in failed["msg"] and "nothing was changed" in failed["msg"]
    assert rights(admin, user) == set()


@pytest.mark.parametrize("check", [False, True])
def test_without_permission_it_fails_instead_of_seeing_no_acls(kafka_plain: Options, user: str, check: bool) -> None:
    """librdkafka makes an empty list of the refusal."""
    failed = acls(kafka_plain, topic(user), check=check)
    assert "the user may not DESCRIBE the cluster" in failed["msg"] and not failed.get("changed")


def test_one_who_may_look_but_not_change_is_told_in_check_mode_too(kafka: Options, admin: AdminClient, looks_only: Options, user: str) -> None:
    for check in (True, False):
        failed = acls(looks_only, topic(user), check=check)
        assert "the user may not ALTER the cluster" in failed["msg"] and not failed.get("changed")
    existing = {"principal": user, "resource_type": "cluster", "operations": "describe"}
    assert not acls(looks_only, existing).get("failed")  # nothing to change, so nothing is refused


def test_a_thousand_acls_are_one_call(kafka: Options, admin: AdminClient, user: str) -> None:
    many = [topic(f"{user}-{number % 100}", name=f"orders-{number}") for number in range(1000)]
    assert len(acls(kafka, *many)["added"]) == 1000
    assert not acls(kafka, *many)["changed"]
    assert len(acls(kafka, *many, state="absent")["removed"]) == 1000
    assert rights(admin, f"{user}-99") == set()
