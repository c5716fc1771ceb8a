# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of key schemas, and what is expected of them, without a registry."""

from __future__ import annotations

import json

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.registry.drift import Connector, KeySubject, judge
from ansible_collections.streamops.kafka.plugins.module_utils.registry.key_names import (
    KeySettings,
    adjusted,
    differing,
    full_name,
    renamed,
    settings_from,
)
from ansible_collections.streamops.kafka.plugins.module_utils.registry.schemas import Schema


def key(name: str, id_: int = 1, subject: str = "t-key", **more: object) -> KeySubject:
    schema = {"type": "record", "name": "Key", "namespace": name.rpartition(".")[0], "fields": [], "connect.name": name, **more}
    return KeySubject(subject, ((id_, Schema(json.dumps(schema))),))


@pytest.mark.parametrize(("name", "mode", "expected"), [
    ("cdc-a.b_c.d", "avro", "cdc_a.b_c.d"), ("cdc-a.b_c.d", "none", "cdc-a.b_c.d"), ("cdc-a.b_c", "avro_unicode", "cdc_u002da.b_u005fc"),
    ("9a.8b", "avro", "_a.8b"), ("", "avro", ""), ("ä", "avro", "_"), ("ä", "avro_unicode", "_u00e4"),
])  # fmt: skip
def test_names_are_adjusted_as_debezium_does(name: str, mode: str, expected: str) -> None:
    assert adjusted(name, mode) == expected


@pytest.mark.parametrize(("config", "prefix", "mode"), [
    ({"database.server.name": "a-b"}, "a-b", "avro"),
    ({"topic.prefix": "a-b"}, "a-b", "none"),
    ({"mongodb.name": "m"}, "m", "avro"),
    ({"database.server.name": "a", "topic.prefix": "b"}, "b", "none"),
    ({"database.server.name": "a", "schema.name.adjustment.mode": "NONE"}, "a", "none"),
    ({}, "", "avro"),
])  # fmt: skip
def test_defaults_are_those_of_the_version_that_the_keys_are_of(config: dict[str, str], prefix: str, mode: str) -> None:
    assert (settings_from(config).prefix, settings_from(config).mode) == (prefix, mode)


def test_settings_hold_no_secret_and_tell_what_shapes_keys() -> None:
    before = settings_from({"database.server.name": "a", "database.password": "geheim", "transforms": "route", "transforms.route.type": "x.RegexRouter"})
    assert "geheim" not in repr(before)
    assert differing(before, settings_from({"topic.prefix": "a", "decimal.handling.mode": "precise"})) == []
    assert differing(before, settings_from({"topic.prefix": "a", "decimal.handling.mode": "string"})) == ["decimal.handling.mode"]
    moved = settings_from({"topic.prefix": "a", "transforms": "key", "transforms.key.type": "x.ValueToKey", "transforms.key.fields": "id"})
    assert differing(before, moved) == ["transforms.key.fields", "transforms.key.type"]


def test_names_are_read_and_replaced_wherever_they_stand() -> None:
    text = json.dumps({"type": "record", "name": "Key", "namespace": "a.b", "connect.name": "a.b.Key", "fields": [{"name": "a.b", "type": "int"}]})
    assert full_name(text) == "a.b.Key" and full_name('"string"') == full_name("nonsense{") == ""
    assert full_name('{"type":"record","name":"Key","namespace":"x"}') == "x.Key" and full_name('{"title":"x.Key"}') == "x.Key"
    assert json.loads(renamed(text, "a.b.Key", "c.b.Key"))["namespace"] == "c.b"


@pytest.mark.parametrize(("after", "state", "keep"), [
    (KeySettings("cdc-a", "avro"), "verified", {}),
    (KeySettings("cdc-a", "none"), "failed", {"schema.name.adjustment.mode": "avro"}),
    (KeySettings("other", "avro"), "failed", {"topic.prefix": "cdc-a"}),
    (KeySettings("other", "none"), "failed", {"schema.name.adjustment.mode": "avro", "topic.prefix": "cdc-a"}),
])  # fmt: skip
def test_a_name_that_changes_and_what_keeps_it(after: KeySettings, state: str, keep: dict[str, str]) -> None:
    found = judge([Connector("c", KeySettings("cdc-a", "avro"), after)], [key("cdc_a.s.t.Key", subject="cdc-a.s.t-key")])
    assert [(each.state, dict(each.keep)) for each in found] == [(state, keep)]


def test_dashes_of_tables_are_read_off_the_topic() -> None:
    settings = [KeySettings("cdc", "avro"), KeySettings("cdc", "none")]
    routed = judge([Connector("c", *settings)], [key("cdc.s.my_table.Key", subject="anything.s.my-table-key")])
    assert (routed[0].state, routed[0].after and full_name(routed[0].after.text)) == ("failed", "cdc.s.my-table.Key")
    unknown = judge([Connector("c", *settings)], [key("cdc.s.my_table.Key", subject="renamed-key")])
    assert (unknown[0].state, unknown[0].keep) == ("not_checked", {"schema.name.adjustment.mode": "avro"})


def test_each_subject_belongs_to_the_connector_with_the_longest_prefix() -> None:
    connectors = [Connector(name, KeySettings(name, "avro"), KeySettings(name, "avro")) for name in ("cdc", "cdc.eu")]
    found = judge(connectors, [key("cdc.eu.s.t.Key", subject="1-key"), key("cdc.s.t.Key", subject="2-key"), key("elsewhere.s.t.Key", subject="3-key")])
    assert [(each.connector, each.subject) for each in found] == [("cdc", "2-key"), ("cdc.eu", "1-key")]


def test_the_version_that_the_old_connector_wrote_is_the_one_that_counts() -> None:
    both = KeySubject("cdc-a.s.t-key", (*key("cdc_a.s.t.Key", 1).versions, *key("cdc-a.s.t.Key", 2).versions))
    found = judge([Connector("c", KeySettings("cdc-a", "avro"), KeySettings("cdc-a", "none"))], [both])
    assert (found[0].id, found[0].state) == (1, "failed")
