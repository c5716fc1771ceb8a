# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.configuration.keys import WantedKey, compare, ports, wanted_keys
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError

NAMES = ("a.json", "b.yaml")


def one(key: WantedKey | str, first: Any, second: Any) -> Any:
    wanted = key if isinstance(key, WantedKey) else WantedKey(key, key)
    return compare([wanted], first, second, NAMES)[0]


@pytest.mark.parametrize(("first", "second"), [
    ({"k": "9094"}, {"k": " 9094 "}),
    ({"k": True}, {"k": "True"}),
    ({"k": None}, {"k": ""}),
    ({"k": ["a:1", "b:2"]}, {"k": "a:1, b:2"}),
    ({"k": {"x": ["1"], "y": True}}, {"k": {"y": "true", "x": "1"}}),
    ({"k": [{"a": "1"}]}, {"k": [{"a": "1"}]}),
])
def test_the_same_in_another_spelling(first: Any, second: Any) -> None:
    assert one("k", first, second).state == "verified"


@pytest.mark.parametrize(("first", "second"), [("9092", "9094"), (["a:1", "b:2"], "b:2,a:1"), ({"a": "1"}, {"a": "1", "b": "2"}), ("True", "yes")])
def test_what_differs(first: Any, second: Any) -> None:
    assert one("k", {"k": first}, {"k": second}).state == "failed"


def test_both_values_are_shown() -> None:
    seen = one("kafka.bootstrap", {"kafka": {"bootstrap": "k:9092"}}, {"kafka.bootstrap": "k:9094"})
    assert (seen.first_value, seen.second_value) == ("k:9092", "k:9094")
    assert seen.reason == "kafka.bootstrap: k:9092 in a.json, k:9094 in b.yaml"


def test_keys_are_found_nested_dotted_and_in_lists() -> None:
    tree = {"a": {"b.c": [{"d": "1"}, {"d": "2"}]}}
    for path in ("a.b.c[1].d", "a.b.c.1.d"):
        assert one(path, tree, tree).first_value == "2"
    assert one("a.b.c[2].d", tree, tree).state == "failed"
    assert "in 2 ways" in one("a.b", {"a": {"b": "1"}, "a.b": "2"}, {"a.b": "1"}).reason


def test_a_missing_key_is_told_with_its_side_and_the_closest() -> None:
    seen = one("metrics.kafka_bootstrap", {"metrics": {"kafka_bootstrp": "x"}}, {"metrics": {}})
    assert seen.reason == "a.json has no key metrics.kafka_bootstrap, the closest is metrics.kafka_bootstrp; b.yaml has no key metrics.kafka_bootstrap"
    assert (seen.first_value, seen.second_value) == (None, None)


@pytest.mark.parametrize(("value", "found"), [
    ("kafka:9094", [9094]), ("9094", [9094]), (["a:1", "b:2", "c:1"], [1, 2]), ("SASL_SSL://[::1]:9094,h:9095", [9094, 9095]),
    ("http://u:123@h:8081/path:99x", [8081]), ("kafka", []), (None, []), ("h:99999", []), ("1.2.3.4:5", [5]),
])
def test_ports(value: Any, found: list[int]) -> None:
    assert ports(value) == found


def test_only_the_port_when_only_the_port_is_asked() -> None:
    key = WantedKey("k", "k", "port")
    assert one(key, {"k": "outside:9094"}, {"k": "inside.lab.svc:9094"}).state == "verified"
    assert one(key, {"k": "outside:9092"}, {"k": "inside:9094"}).reason == "k (port): outside:9092 in a.json, inside:9094 in b.yaml"
    assert "b.yaml has no port in k" in one(key, {"k": "x:1"}, {"k": "x"}).reason


@pytest.mark.parametrize(("key", "value"), [
    ("db.password", "hunter2"), ("sasl.jaas.config", "hunter2"), ("api-key", "hunter2"), ("kafka.config", 'Login required password="hunter2";'),
    ("url", "amqp://me:hunter2@host/x"), ("db", {"password": "hunter2", "port": "1"}), ("list", [{"token": "hunter2"}]),
])
def test_secrets_are_masked(key: str, value: Any) -> None:
    tree: dict[str, Any] = {}
    tree[key] = value
    seen = one(key, tree, {key: "other"})
    assert seen.state == "failed" and "hunter2" not in str(seen.as_result())
    assert "hunter2" not in str(one(key, tree, tree).as_result())


def test_secret_by_wish() -> None:
    seen = one(WantedKey("k", "k", secret=True), {"k": "hunter2"}, {"k": "x"})
    assert seen.reason == "k: the values differ, they are not shown" and "hunter2" not in str(seen)


def test_entries() -> None:
    assert wanted_keys(["a", {"first": "a", "second": "b", "compare": "PORT", "secret": "true"}]) == [WantedKey("a", "a"), WantedKey("a", "b", "port", True)]
    with pytest.raises(InputError) as error:
        wanted_keys([{"first": "a"}, {"key": "a", "kez": 1}, {"key": "a", "compare": "host"}, 7])
    assert len(error.value.problems) == 4
    with pytest.raises(InputError):
        wanted_keys([])
