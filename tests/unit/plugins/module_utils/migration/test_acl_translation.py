# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every ACL of the source is at the destination, is somebody's to accept, or belongs to what is not migrated: none is lost."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls import OPERATIONS, UNKNOWN, Acl
from ansible_collections.streamops.kafka.plugins.module_utils.migration.acl_translation import CLOUD_OPERATIONS, Translation, translate_acls
from hypothesis import given
from hypothesis import strategies as st

PEOPLE = {"User:billing": "User:sa-1", "User:shop": "User:sa-2"}


def acl(principal: str = "User:billing", kind: str = "topic", name: str = "orders", operation: str = "read", **more: str) -> Acl:
    return Acl(principal, kind, name, more.pop("pattern_type", "literal"), operation, **more)


def cloud(*acls: Acl) -> Translation:
    return translate_acls(acls, PEOPLE, is_cloud=True)


def kinds(translation: Translation) -> list[str]:
    return [each.kind for each in translation.not_expressed]


def test_principals_become_service_accounts_and_patterns_stay() -> None:
    seen = cloud(acl(), acl("User:shop", "group", "shop-", pattern_type="prefixed"), acl("User:shop", "transactional_id", "tx", "write", permission="deny"))
    assert [str(each) for each in seen.acls] == [
        "User:sa-1 | topic literal orders | read | allow | host *", "User:sa-2 | group prefixed shop- | read | allow | host *",
        "User:sa-2 | transactional_id literal tx | write | deny | host *"]  # fmt: skip
    assert not seen.not_expressed and not seen.left_out


def test_all_becomes_each_operation_that_there_is() -> None:
    assert {each.operation for each in cloud(acl(operation="all")).acls} == CLOUD_OPERATIONS["topic"]
    assert {each.operation for each in cloud(acl(kind="cluster", name="kafka-cluster", operation="all")).acls} == CLOUD_OPERATIONS["cluster"]


def test_operations_that_confluent_cloud_does_not_know_are_listed() -> None:
    seen = cloud(acl(kind="cluster", name="kafka-cluster", operation="cluster_action"), acl(kind="group", name="g", operation="alter_configs"))
    assert not seen.acls and kinds(seen) == ["operation", "operation"]


def test_an_allowed_host_is_widened_and_a_denied_one_is_not_expressed() -> None:
    seen = cloud(acl(host="192.0.2.1"), acl(host="192.0.2.2"), acl("User:shop", host="192.0.2.3", permission="deny"))
    assert [str(each) for each in seen.acls] == ["User:sa-1 | topic literal orders | read | allow | host *"]
    assert sorted(kinds(seen)) == ["host_denied", "host_widened", "host_widened"]


def test_people_without_a_service_account_are_listed() -> None:
    seen = cloud(acl("User:*"), acl("User:ANONYMOUS"), acl("User:unknown"))
    assert not seen.acls and kinds(seen) == ["principal"] * 3
    assert len({each.reason for each in seen.not_expressed}) == 3


def test_a_kafka_cluster_takes_everything_and_renames_who_is_named() -> None:
    acls = [acl(host="192.0.2.1", permission="deny"), acl("User:other", operation="all")]
    seen = translate_acls(acls, PEOPLE, is_cloud=False)
    assert [str(each) for each in seen.acls] == [
        "User:other | topic literal orders | all | allow | host *", "User:sa-1 | topic literal orders | read | deny | host 192.0.2.1"]  # fmt: skip
    assert not seen.not_expressed
    assert kinds(translate_acls([acl(kind=UNKNOWN)], {}, is_cloud=False)) == ["resource"]


def test_acls_of_what_is_not_migrated_are_left_out_unless_it_is_named() -> None:
    canary, offsets = acl(name="__amazon_msk_canary"), acl(name="__mine")
    assert [each for each, _reason in cloud(canary, offsets).left_out] == [canary, offsets]
    assert len(translate_acls([offsets], PEOPLE, is_cloud=True, named=["__mine"]).acls) == 1


def test_what_is_accepted_by_kind_or_by_id_is_accepted() -> None:
    seen = cloud(acl(host="192.0.2.1"), acl("User:unknown"))
    assert len(seen.unaccepted([])) == 2 and seen.unaccepted(["principal", "host_widened"]) == ()
    assert [each.kind for each in seen.unaccepted([seen.not_expressed[0].id])] == [seen.not_expressed[1].kind]
    assert [each.id for each in seen.not_expressed] == [each.id for each in cloud(acl("User:unknown"), acl(host="192.0.2.1")).not_expressed]


@given(st.lists(st.builds(
    Acl, st.sampled_from(["User:billing", "User:shop", "User:x", "User:*"]),
    st.sampled_from(["topic", "group", "cluster", "transactional_id", "delegation_token"]),
    st.sampled_from(["orders", "*", "__amazon_msk_canary"]), st.sampled_from(["literal", "prefixed"]), st.sampled_from(sorted(OPERATIONS | {UNKNOWN})),
    st.sampled_from(["allow", "deny"]), st.sampled_from(["*", "192.0.2.1"])), max_size=30))  # fmt: skip
def test_no_acl_is_lost_and_nothing_is_allowed_that_was_not(acls: list[Acl]) -> None:
    seen = cloud(*acls)
    listed, left = {each.acl for each in seen.not_expressed}, {each for each, _reason in seen.left_out}
    for each in acls:
        said = any(new.principal == PEOPLE.get(each.principal) and new.name == each.name and new.resource_type == each.resource_type
                   and new.permission == each.permission and each.operation in (new.operation, "all") for new in seen.acls)  # fmt: skip
        assert said or each in listed or each in left
    for new in seen.acls:
        assert new.host == "*" and new.operation in CLOUD_OPERATIONS[new.resource_type] and new.principal in PEOPLE.values()
