# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for becomes exactly those bindings, and the plan touches nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls import (
    VALID_OPERATIONS,
    Acl,
    AclFilter,
    AclPlan,
    WantedAcls,
    canonical_operation,
    filters_for,
    plan_acls,
    wanted_acls,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls_client import _terms, apply_plan, read_acls, require_changes
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import Cluster as ClusterAnswer
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import KafkaClient
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.refusal import Refusal
from confluent_kafka.admin import AclBinding
from hypothesis import given
from hypothesis import strategies as st

READ = Acl("User:app", "topic", "orders", "literal", "read")
WRITE = Acl("User:app", "topic", "orders", "literal", "write")
OTHERS_READ = Acl("User:other", "topic", "orders", "literal", "read")


def entry(**more: Any) -> dict[str, Any]:
    defaults = {"principal": "User:app", "host": "*", "resource_type": "topic", "name": "orders", "pattern_type": "literal",
                "operations": ["read"], "permission": "allow", "state": None}
    return {**defaults, **more}


def wanted(*entries: dict[str, Any], state: str = "present", exclusive: tuple[str, ...] = ()) -> WantedAcls:
    return wanted_acls({"acls": list(entries), "state": state, "exclusive_principals": list(exclusive)})


def problems(*entries: dict[str, Any], state: str = "present", exclusive: tuple[str, ...] = ()) -> str:
    with pytest.raises(InputError) as caught:
        wanted(*entries, state=state, exclusive=exclusive)
    return str(caught.value)


def test_a_list_of_operations_becomes_one_acl_each() -> None:
    assert wanted(entry(operations=["read", "write"])).present == {READ, WRITE}


@pytest.mark.parametrize("spelling", ["describe_configs", "DESCRIBE_CONFIGS", "DescribeConfigs", "describeConfigs", "describe-configs", "Describe Configs"])
def test_an_operation_may_be_spelled_as_any_tool_does(spelling: str) -> None:
    assert canonical_operation(spelling) == "describe_configs"


def test_every_operation_is_its_own_canonical_spelling() -> None:
    for operations in VALID_OPERATIONS.values():
        assert {canonical_operation(operation) for operation in operations} == operations


def test_listing_an_acl_twice_is_listing_it_once() -> None:
    assert wanted(entry(operations=["read", "READ"]), entry()).present == {READ}


@pytest.mark.parametrize("operation", ["any", "unknown", "match", "", "reads", "*"])
def test_an_operation_that_does_not_exist_is_refused(operation: str) -> None:
    assert f"there is no operation '{operation}'" in problems(entry(operations=[operation]))


@pytest.mark.parametrize(("resource_type", "operation"), [
    ("topic", "cluster_action"), ("topic", "idempotent_write"), ("group", "write"), ("group", "create"),
    ("cluster", "read"), ("cluster", "delete"), ("transactional_id", "read"), ("transactional_id", "create"),
])
def test_an_operation_that_means_nothing_on_the_resource_is_refused(resource_type: str, operation: str) -> None:
    name = None if resource_type == "cluster" else "x"
    assert f"'{operation}' means nothing on a {resource_type}" in problems(entry(resource_type=resource_type, name=name, operations=[operation]))


def test_a_meaningless_acl_that_somebody_made_can_be_removed() -> None:
    acls = wanted(entry(operations=["idempotent_write"]), entry(name="orders*"), state="absent")
    assert {acl.operation for acl in acls.absent} == {"idempotent_write", "read"}


@pytest.mark.parametrize(("principal", "advice"), [
    ("app", "write 'User:app'"), ("user:app", "write 'User:app'"), (":app", "form 'User:name'"), ("User:", "form 'User:name'"),
])
def test_a_principal_that_would_match_nobody_is_refused(principal: str, advice: str) -> None:
    assert advice in problems(entry(principal=principal))
    assert advice in problems(exclusive=(principal,))


def test_everybody_is_a_principal() -> None:
    assert {acl.principal for acl in wanted(entry(principal="User:*")).present} == {"User:*"}


def test_the_cluster_needs_no_name() -> None:
    acl, = wanted(entry(resource_type="cluster", name=None, operations=["describe"])).present
    assert (acl.name, acl.pattern_type) == ("kafka-cluster", "literal")


@pytest.mark.parametrize("more", [{"name": "my-cluster"}, {"pattern_type": "prefixed"}])
def test_the_cluster_has_no_other_name(more: dict[str, str]) -> None:
    assert "literal name 'kafka-cluster'" in problems(entry(**{"resource_type": "cluster", "name": None, "operations": ["describe"], **more}))


def test_a_topic_needs_a_name() -> None:
    assert "a topic needs a name" in problems(entry(name=None))


def test_a_star_at_the_end_of_a_name_is_not_taken_for_a_prefix() -> None:
    assert "write 'orders-' with pattern_type prefixed" in problems(entry(name="orders-*"))


def test_a_single_star_is_every_topic() -> None:
    assert {acl.name for acl in wanted(entry(name="*")).present} == {"*"}


def test_all_problems_are_told_at_once() -> None:
    text = problems(entry(principal="app"), entry(operations=["any"]), entry(host=""), exclusive=("x",))
    assert [part in text for part in ("entry 1", "entry 2", "entry 3", "'x' has no type")] == [True] * 4


def test_what_is_wanted_both_present_and_absent_is_refused() -> None:
    assert "both present and absent" in problems(entry(), entry(state="absent"))


def test_what_exists_is_not_added_again() -> None:
    assert plan_acls(frozenset({READ}), WantedAcls(frozenset({READ, WRITE}))) == AclPlan(added=(WRITE,))


def test_absent_removes_exactly_what_is_listed() -> None:
    assert plan_acls(frozenset({READ, WRITE, OTHERS_READ}), WantedAcls(absent=frozenset({READ}))) == AclPlan(removed=(READ,))


def test_removing_what_does_not_exist_changes_nothing() -> None:
    assert not plan_acls(frozenset({WRITE}), WantedAcls(absent=frozenset({READ})))


def test_an_exclusive_principal_keeps_nothing_else_and_others_keep_all() -> None:
    plan = plan_acls(frozenset({WRITE, OTHERS_READ}), WantedAcls(frozenset({READ}), exclusive_principals=frozenset({"User:app"})))
    assert plan == AclPlan(added=(READ,), removed=(WRITE,))


def test_an_exclusive_principal_with_an_acl_that_cannot_be_named_is_refused() -> None:
    odd = Acl("User:app", "unknown", "token", "literal", "describe")
    with pytest.raises(InputError, match="cannot name"):
        plan_acls(frozenset({odd}), WantedAcls(exclusive_principals=frozenset({"User:app"})))
    assert not plan_acls(frozenset({odd}), WantedAcls())


def test_the_diff_has_one_line_for_each_acl() -> None:
    diff = AclPlan(added=(READ,), removed=(WRITE,)).as_result()["diff"]
    assert list(json.loads(diff["after"])) == ["User:app | topic literal orders | read | allow | host *"]
    assert list(json.loads(diff["before"])) == ["User:app | topic literal orders | write | allow | host *"]
    assert len(diff["after"].splitlines()) == 3


def test_what_is_returned_can_be_asked_for_again() -> None:
    returned = AclPlan(removed=(READ,)).as_result()["removed"][0]
    assert wanted({**returned, "operations": [returned.pop("operation")]}).present == {READ}


def test_one_principal_is_read_by_its_name() -> None:
    acls = frozenset(Acl("User:app", "topic", f"t{number}", "literal", "read") for number in range(1000))
    assert filters_for(WantedAcls(acls)) == {AclFilter(principal="User:app")}


def test_one_topic_for_many_principals_is_read_by_the_topic() -> None:
    acls = frozenset(Acl(f"User:{number}", "topic", "orders", "literal", "read") for number in range(1000))
    assert filters_for(WantedAcls(acls)) == {AclFilter("", "topic", "orders", "literal")}


def test_many_principals_and_topics_are_read_by_their_kind_and_never_everything() -> None:
    acls = frozenset(Acl(f"User:{number}", "topic", f"t{number}", "literal", "read") for number in range(1000))
    assert filters_for(WantedAcls(acls, exclusive_principals=frozenset({"User:x"}))) == {AclFilter("", "topic", "", "literal"), AclFilter("User:x")}


def matches(acl: Acl, each: AclFilter) -> bool:
    return all(not term or term == getattr(acl, name) for name, term in vars(each).items())


some_acls = st.frozensets(st.builds(
    Acl, st.sampled_from([f"User:{n}" for n in range(70)]), st.sampled_from(["topic", "group"]), st.sampled_from([f"n{n}" for n in range(70)]),
    st.sampled_from(["literal", "prefixed"]), st.sampled_from(["read", "describe"])), max_size=80)


@given(some_acls, some_acls, some_acls)
def test_the_filters_show_every_acl_that_matters(current: frozenset[Acl], present: frozenset[Acl], absent: frozenset[Acl]) -> None:
    request = WantedAcls(present - absent, absent, frozenset({"User:1", "User:2"}))
    seen = frozenset(acl for acl in current if any(matches(acl, each) for each in filters_for(request)))
    assert plan_acls(seen, request) == plan_acls(current, request)


@given(some_acls, some_acls, some_acls)
def test_after_the_plan_nothing_is_left_to_do(current: frozenset[Acl], present: frozenset[Acl], absent: frozenset[Acl]) -> None:
    request = WantedAcls(present - absent, absent, frozenset({"User:1"}))
    plan = plan_acls(current, request)
    assert not plan_acls((current | frozenset(plan.added)) - frozenset(plan.removed), request)


class Cluster:
    """Stands in for the client and its admin: an answer instead of a future, refusals for the operations it is told to refuse."""

    timeout = 1.0

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.cluster = ClusterAnswer(None, None, ())
        self.bindings: set[Any] = set()
        self.admin = self

    require = KafkaClient.require

    def refusals(self, answers: dict[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Refusal]]:
        refused = {key: answer for key, answer in answers.items() if isinstance(answer, Refusal)}
        return {key: answer for key, answer in answers.items() if key not in refused}, refused

    failure = KafkaClient.failure
    failure_of_many = KafkaClient.failure_of_many

    def describe_acls(self, each: Any, request_timeout: float) -> list[Any]:
        return list(self.bindings)

    def create_acls(self, bindings: list[Any], request_timeout: float) -> dict[Any, Any]:
        return {binding: self._change(binding, self.bindings.add) for binding in bindings}

    def delete_acls(self, filters: list[Any], request_timeout: float) -> dict[Any, Any]:
        by_terms = {binding._to_tuple(): binding for binding in self.bindings}
        return {each: self._change(each, lambda exact: self.bindings.discard(by_terms[exact._to_tuple()])) for each in filters}

    def _change(self, binding: Any, change: Any) -> Refusal | None:
        if binding.operation.name.lower() in self.refused:
            return Refusal("POLICY_VIOLATION", "not this one")
        change(binding)
        return None


def test_a_refused_addition_is_named_and_nothing_is_removed() -> None:
    cluster: Any = Cluster()
    apply_plan(cluster, AclPlan(added=(READ,)), [AclFilter("User:app")])
    cluster.refused = ("write",)
    describe = Acl("User:app", "topic", "orders", "literal", "describe")
    with pytest.raises(OperationError, match=r"orders \| write .*: not this one \(POLICY_VIOLATION\)") as caught:
        apply_plan(cluster, AclPlan(added=(WRITE, describe), removed=(READ,)), [AclFilter("User:app")])
    partial = caught.value.partial
    assert (partial["changed"], partial["added"], partial["removed"]) == (True, [describe.as_result()], [])
    assert partial["failed_acls"] == [{**WRITE.as_result(), "reason": "not this one (POLICY_VIOLATION)"}]
    assert partial["not_attempted"] == [READ.as_result()]


def test_a_refused_removal_is_named_and_the_others_are_made() -> None:
    cluster: Any = Cluster()
    apply_plan(cluster, AclPlan(added=(READ, WRITE)), [AclFilter("User:app")])
    cluster.refused = ("write",)
    with pytest.raises(OperationError) as caught:
        apply_plan(cluster, AclPlan(removed=(READ, WRITE)), [AclFilter("User:app")])
    assert (caught.value.partial["removed"], caught.value.partial["not_attempted"]) == ([READ.as_result()], [])
    assert [binding.operation.name for binding in cluster.bindings] == ["WRITE"]


@pytest.mark.parametrize("operations", [set(), {"create"}])
def test_an_empty_list_is_believed_only_from_a_user_that_may_describe(operations: set[str]) -> None:
    cluster: Any = Cluster()
    cluster.cluster = ClusterAnswer(None, None, (), frozenset(operations))
    with pytest.raises(OperationError, match="may not DESCRIBE"):
        read_acls(cluster, [AclFilter("User:app")])
    cluster.cluster = ClusterAnswer(None, None, (), frozenset({"describe"}))
    assert read_acls(cluster, [AclFilter("User:app")]) == frozenset()


def test_where_the_cluster_does_not_tell_rights_what_is_seen_is_proof() -> None:
    cluster: Any = Cluster()
    cluster.create_acls([AclBinding(*_terms(READ))], 1)
    assert read_acls(cluster, [AclFilter("User:app")]) == {READ}
    require_changes(cluster, AclPlan(added=(WRITE,)))


def test_who_may_only_describe_is_stopped_before_the_first_change() -> None:
    cluster: Any = Cluster()
    cluster.cluster = ClusterAnswer(None, None, (), frozenset({"describe"}))
    require_changes(cluster, AclPlan())
    with pytest.raises(OperationError, match="may not ALTER"):
        require_changes(cluster, AclPlan(added=(WRITE,)))
