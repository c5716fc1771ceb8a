# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_user against a real API server with Strimzi's real definitions. No operator runs here, see strimzi_resources.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from run_module import run_module
from strimzi_resources import READY, Resources, definitions, not_ready

from lab import pods

Module = dict[str, Any]
ACLS = [
    {"resource_type": "topic", "name": "orders-", "pattern_type": "Prefixed", "operations": ["read", "DESCRIBE_CONFIGS"]},
    {"resource_type": "cluster", "operations": "idempotent_write"},
    {"resource_type": "transactional_id", "name": "t", "operations": ["all"], "permission": "deny", "host": "127.0.0.1"},
]


@pytest.fixture(scope="module", params=["0.45.0", "1.2.0"])
def api_version(request: pytest.FixtureRequest) -> Iterator[str]:
    with definitions(request.param) as version:
        yield version


@pytest.fixture
def users(api_version: str) -> Iterator[Resources]:
    with pods.namespace() as space:
        yield Resources(space, "kafkausers", api_version)


def call(users: Resources, *wanted: Module, check: bool = False, **options: Any) -> Any:
    args = {"namespace": users.space.name, "cluster": "experiment", "users": list(wanted), "wait": False, **options}
    return run_module("strimzi_user", args, check=check, diff=True)


def test_created_altered_deleted_and_what_check_mode_says_of_it(users: Resources) -> None:
    users.space.secret("anna-login", {"secret": "AtLeast16Letters"})
    wanted = {
        "name": "anna", "authentication": "SCRAM-SHA-512", "password_secret": {"name": "anna-login", "key": "secret"},
        "acls": ACLS, "quotas": {"producer_byte_rate": 1000, "controller_mutation_rate": 1.5},
    }  # fmt: skip
    predicted = call(users, wanted, check=True)
    assert predicted["rc"] == 0 and users.names() == []
    made = call(users, wanted)
    assert made["users"] == predicted["users"] and made["diff"] == predicted["diff"] and made["changed"] is True
    assert "AtLeast16Letters" not in made["output"]
    spec = users.get("anna")["spec"]  # type: ignore[index]
    assert spec == made["users"]["anna"]["after"]["spec"]
    assert spec["authentication"] == {"type": "scram-sha-512", "password": {"valueFrom": {"secretKeyRef": {"name": "anna-login", "key": "secret"}}}}
    assert spec["quotas"] == {"producerByteRate": 1000, "controllerMutationRate": 1.5}
    assert spec["authorization"] == {"type": "simple", "acls": [
        {"type": "allow", "host": "*", "operations": ["DescribeConfigs", "Read"],
         "resource": {"type": "topic", "name": "orders-", "patternType": "prefix"}},
        {"type": "allow", "host": "*", "operations": ["IdempotentWrite"], "resource": {"type": "cluster"}},
        {"type": "deny", "host": "127.0.0.1", "operations": ["All"], "resource": {"type": "transactionalId", "name": "t", "patternType": "literal"}},
    ]}  # fmt: skip
    assert call(users, wanted)["changed"] is False
    assert call(users, {**wanted, "acls": ACLS[::-1]})["changed"] is False, "the order of ACLs means nothing"
    assert call(users, {"name": "anna"})["changed"] is False, "what is not given stays"

    altered = {"name": "anna", "acls": ACLS[:1], "quotas": {"producer_byte_rate": 2000}}
    predicted = call(users, altered, check=True)
    made = call(users, altered)
    assert made["users"] == predicted["users"] and made["users"]["anna"]["action"] == "altered"
    after = users.get("anna")["spec"]  # type: ignore[index]
    assert after["authentication"] == spec["authentication"] and after["authorization"]["acls"] == spec["authorization"]["acls"][:1]
    assert after["quotas"] == {"producerByteRate": 2000, "controllerMutationRate": 1.5}

    tls = call(users, {"name": "anna", "authentication": "tls"})
    assert tls["users"]["anna"]["after"]["spec"]["authentication"] == {"type": "tls"}, "nothing of the old login is left"
    assert call(users, {"name": "anna"}, state="absent")["users"]["anna"]["action"] == "deleted" and users.names() == []


def test_an_old_spelling_of_the_same_rights_is_no_change(users: Resources) -> None:
    if users.api_version == "v1beta2":
        acl = {"resource": {"type": "topic", "name": "orders"}, "operation": "Read"}
    else:
        acl = {"resource": {"type": "topic", "name": "orders"}, "operations": ["Read"]}
    users.create("KafkaUser", "ben", {"authorization": {"type": "simple", "acls": [acl]}})
    assert call(users, {"name": "ben", "acls": [{"resource_type": "topic", "name": "orders", "operations": "read"}]})["changed"] is False


def test_every_problem_at_once_and_nothing_is_changed(users: Resources, tmp_path: Path) -> None:
    users.space.secret("login", {"user": "a"})
    scram = {"authentication": "scram-sha-512"}
    wanted = [
        {"name": "fine", **scram},
        {"name": "Not_Legal"}, {"name": "x" * 65, "authentication": "tls"}, {"name": "y" * 254}, {"name": "twin"}, {"name": "twin"},
        {"name": "keyless", **scram, "password_secret": {"name": "login"}}, {"name": "lost", **scram, "password_secret": {"name": "nowhere"}},
        {"name": "mixed", "authentication": "tls", "password_secret": {"name": "login"}},
        {"name": "nameless", "acls": [{"resource_type": "group", "operations": "read"}]},
        {"name": "odd", "acls": [{"resource_type": "cluster", "operations": ["fly"]}]},
        {"name": "over", "quotas": {"request_percentage": -1}},
    ]  # fmt: skip
    result = call(users, *wanted)
    assert result["rc"] == 1 and users.names() == []
    for part in (
        "'Not_Legal' is no name of a resource", "has 65 characters, the name in a certificate may have 64", "has 254 characters", "'twin' is listed twice",
        "'keyless': Secret login has no key password, it has user", "'lost': there is no Secret nowhere", "'mixed': password_secret goes with",
        "'nameless': an ACL on a group needs a name", "'odd': there is no operation fly", "spec.quotas.requestPercentage",
    ):
        assert part in result["msg"], f"{part} in {result['msg']}"
    verbs = ["list", "patch", "create"]
    writer = users.space.account("writer", [pods.rule("kafkausers", *verbs, group="kafka.strimzi.io")], tmp_path)
    unseen = call(users, {"name": "keyless", **scram, "password_secret": {"name": "login"}}, kubeconfig=str(writer))
    assert unseen["rc"] == 0, "a Secret that may not be read is left to the operator"


def test_waits_for_the_operator_and_gives_its_words(users: Resources) -> None:
    """The status is the test's own."""
    bad = not_ready("InvalidResourceException", "Secret anna-login with requested user password does not exist.")
    with users.marking(lambda name: bad if name == "anna" else READY):
        result = call(users, {"name": "anna", "authentication": "scram-sha-512"}, {"name": "ben", "authentication": "tls"}, wait=True, wait_timeout=60)
    assert result["rc"] == 1 and "1 of 2 users" in result["msg"]
    assert "'anna': Ready=False (InvalidResourceException: Secret anna-login with requested user password does not exist.)" in result["msg"]
    assert result["users"]["ben"]["ready"] == "verified"
