# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials come from, and which rights are asked for."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.access import Right, demand, missing_rights, rights_for
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import NotPermitted, NotThere
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.secrets import SecretReference, resolve

REFERENCE = SecretReference("lab", "login")
NOTHING = {"username": None, "password": None}


def read(content: Mapping[str, str]) -> Mapping[str, str]:
    return {key: base64.b64encode(value.encode()).decode() for key, value in content.items()}


def test_options_win_over_the_secret_and_the_secret_over_the_environment() -> None:
    environment = {"REDIS_USER": "e", "REDIS_PASSWORD": "e"}
    found = resolve({"username": "o", "password": None}, REFERENCE, lambda *_path: read({"password": "s", "username": "s"}), environment, "redis")
    assert (found.username, found.password, found.sources) == ("o", "s", {"username": "option", "password": "secret"})
    found = resolve(NOTHING, None, lambda *_path: {}, environment, "redis")
    assert found.sources == {"username": "environment", "password": "environment"}
    assert resolve(NOTHING, None, lambda *_path: {}, {}, "redis").sources == {"username": "none", "password": "none"}


def test_a_secret_with_a_password_alone_will_do_where_no_user_is_needed() -> None:
    found = resolve(NOTHING, REFERENCE, lambda *_path: read({"password": "p"}), {}, "redis", needs_username=False)
    assert (found.username, found.sources) == (None, {"username": "none", "password": "secret"})


def test_a_missing_key_is_told_with_the_keys_that_are_there_and_no_value() -> None:
    with pytest.raises(OperationError) as caught:
        resolve(NOTHING, REFERENCE, lambda *_path: read({"pass": "hidden4711"}), {}, "mariadb")
    assert "has no key password: it has pass" in str(caught.value) and "hidden4711" not in str(caught.value)


def test_a_missing_secret_is_told() -> None:
    def missing(_namespace: str, _name: str) -> Mapping[str, str]:
        raise NotThere("read it", "", "404")

    with pytest.raises(OperationError, match="Secret lab/login: there is no such Secret"):
        resolve(NOTHING, REFERENCE, missing, {}, "mariadb")


def test_a_password_never_shows_in_the_object_that_holds_it() -> None:
    assert "hidden" not in repr(resolve({"username": "u", "password": "hidden"}, None, lambda *_path: {}, {}, "redis"))


def test_both_verbs_are_asked_for() -> None:
    exec_rights = {(right.verb, right.resource) for right in rights_for("kubernetes_exec", "lab", ("lab", "login"))}
    assert exec_rights == {("list", "pods"), ("create", "pods/exec"), ("get", "pods/exec"), ("get", "secrets")}
    assert Right("lab", "create", "pods/portforward", "db-0") in rights_for("kubernetes_port_forward", "lab", pod="db-0")
    assert rights_for("direct", "lab") == []


class Cluster:
    def is_allowed(self, _namespace: str, verb: str, resource: str, name: str | None = None) -> bool:
        if name == "unasked":
            raise NotPermitted("ask", "", "no")
        return (verb, resource) != ("create", "pods/exec")


def test_all_missing_rights_are_in_one_error() -> None:
    with pytest.raises(NotPermitted, match="create pods/exec in namespace lab"):
        demand(Cluster(), rights_for("kubernetes_exec", "lab"))
    demand(Cluster(), rights_for("kubernetes_port_forward", "lab"))


def test_who_may_not_even_ask_is_not_called_refused() -> None:
    assert missing_rights(Cluster(), [Right("lab", "get", "pods", "unasked")]) is None
