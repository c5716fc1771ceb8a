# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits are set and removed one by one; whom they limit is said without guessing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import Connection
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.quotas import (
    DEFAULT,
    Entity,
    WantedQuota,
    altered_limits,
    input_problems,
    plan_quotas,
    report,
    wanted_quotas,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.second_client import _entity, _wire_names, second_options

APP = Entity(user="app")
RATE = {"producer_byte_rate": 1048576.0}


def test_a_new_quota_is_created() -> None:
    change = plan_quotas({}, [WantedQuota(APP, limits=RATE)])[APP]
    assert (change.action, change.before, change.after) == ("created", None, {"producer_byte_rate": 1048576})


def test_the_same_limit_changes_nothing() -> None:
    assert plan_quotas({APP: RATE}, [WantedQuota(APP, limits={"producer_byte_rate": 1048576})]) == {}


def test_limits_that_are_not_named_stay() -> None:
    change = plan_quotas({APP: RATE}, [WantedQuota(APP, limits={"request_percentage": 12.5})])[APP]
    assert change.after == {"producer_byte_rate": 1048576, "request_percentage": 12.5}
    assert altered_limits(change) == {"request_percentage": 12.5}


def test_a_limit_is_removed_by_name() -> None:
    change = plan_quotas({APP: {**RATE, "request_percentage": 5}}, [WantedQuota(APP, removed=frozenset(RATE))])[APP]
    assert (change.action, altered_limits(change)) == ("altered", {"producer_byte_rate": None})


def test_removing_the_last_limit_deletes_the_quota() -> None:
    assert plan_quotas({APP: RATE}, [WantedQuota(APP, removed=frozenset(RATE))])[APP].action == "deleted"


def test_absent_removes_every_limit_of_this_entity_only() -> None:
    both = Entity("app", "loader")
    changes = plan_quotas({APP: {**RATE, "request_percentage": 5}, both: RATE}, [WantedQuota(APP, "absent", limits=RATE)])
    assert {entity: altered_limits(change) for entity, change in changes.items()} == {APP: {"producer_byte_rate": None, "request_percentage": None}}


def test_what_is_absent_stays_absent() -> None:
    assert plan_quotas({}, [WantedQuota(APP, "absent")]) == {}
    assert report({}, [WantedQuota(APP, "absent")], {})["quotas"][0]["action"] == "absent"


def test_a_user_with_a_client_id_is_somebody_else_than_the_user() -> None:
    assert plan_quotas({APP: RATE}, [WantedQuota(Entity("app", "loader"), limits=RATE)])[Entity("app", "loader")].action == "created"


def test_the_report_shows_unchanged_quotas_too() -> None:
    result = report({APP: RATE}, [WantedQuota(APP, limits=RATE)], {})
    side = {"producer_byte_rate": 1048576}
    assert result["quotas"] == [{"user": "app", "client_id": None, "action": "unchanged", "before": side, "after": side}]
    assert not result["changed"]


def test_the_diff_names_the_entity() -> None:
    wanted = [WantedQuota(Entity("app", DEFAULT), limits=RATE)]
    assert json.loads(report({}, wanted, plan_quotas({}, wanted))["diff"]["after"]) == {"user app, client_id <default>": {"producer_byte_rate": 1048576}}


def test_what_was_refused_is_failed_and_no_change() -> None:
    wanted = [WantedQuota(APP, limits=RATE)]
    result = report({}, wanted, plan_quotas({}, wanted), {APP: "no"})
    assert (result["changed"], result["quotas"][0]["action"], result["quotas"][0]["reason"]) == (False, "failed", "no")


@pytest.mark.parametrize(("quota", "problem"), [
    (WantedQuota(Entity(), limits=RATE), "neither a user nor a client_id"),
    (WantedQuota(Entity(user=""), limits=RATE), "a name is empty"),
    (WantedQuota(APP), "has no limit"),
    (WantedQuota(APP, limits={"producer_byte_rate": 0}), "greater than 0, not 0"),
    (WantedQuota(APP, limits={"request_percentage": -0.5}), "greater than 0, not -0.5"),
    (WantedQuota(APP, limits=RATE, removed=frozenset(RATE)), "both set and removed"),
])
def test_what_cannot_be_meant_is_refused(quota: WantedQuota, problem: str) -> None:
    assert problem in "; ".join(input_problems([quota]))


def test_an_entity_is_listed_once() -> None:
    quota = WantedQuota(APP, limits=RATE)
    assert input_problems([quota, quota]) == ["user app is listed twice"]


def test_zero_is_a_limit_that_was_given() -> None:
    options: dict[str, Any] = {"quotas": [{"user": "app", "producer_byte_rate": 0}], "state": "present"}
    assert wanted_quotas(options)[0].limits == {"producer_byte_rate": 0}


@pytest.mark.parametrize("entity", [APP, Entity(DEFAULT), Entity("app", DEFAULT), Entity(client_id="loader"), Entity(ip="10.0.0.1")])
def test_an_entity_survives_the_wire(entity: Entity) -> None:
    class Component:
        def __init__(self, kind: str, name: str | None) -> None:
            self.entity_type, self.entity_name = kind, name

    names = _wire_names(entity)
    assert (("user", None) in names) == (entity.user == DEFAULT)
    assert _entity([Component(kind, name) for kind, name in names]) == entity


def test_the_second_client_gets_the_same_connection() -> None:
    config = {"bootstrap.servers": "a:1,b:2", "security.protocol": "sasl_plaintext", "sasl.mechanism": "SCRAM-SHA-512",
              "sasl.username": "a=b,c", "sasl.password": "secret"}
    options = second_options(Connection(config, 12))
    assert options == {
        "bootstrap_servers": ["a:1", "b:2"], "client_id": "streamops.kafka", "security_protocol": "SASL_PLAINTEXT",
        "request_timeout_ms": 12000, "bootstrap_timeout_ms": 10000, "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "a=3Db=2Cc", "sasl_plain_password": "secret",
    }


def test_a_login_that_the_second_client_cannot_make_is_named() -> None:
    with pytest.raises(Exception, match="not set up for a login with oauthbearer"):
        second_options(Connection({"bootstrap.servers": "a:1", "security.protocol": "sasl_ssl", "sasl.mechanism": "OAUTHBEARER"}, 12))
