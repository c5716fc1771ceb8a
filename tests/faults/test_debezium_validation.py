# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the filter debezium_upgrade makes of 1.9 configurations passes the real plugins' validation, family by family.

The plugins of SQL Server, Oracle and MongoDB find no database here, which is the only fault that they may find. A validation ignores
keys that it does not know, so these are looked at one by one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.streamops.kafka.plugins.filter.debezium_upgrade import debezium_upgrade
from connect_workers import Login, ask
from debezium_1_9 import Family, families
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

NAMES = ("mysql", "mariadb", "postgresql", "sqlserver", "oracle", "mongodb")
OLD_PLUGINS = ("mysql", "postgresql")
# Read by the plugins without being among the settings that they define: by prefix, or by name.
UNDEFINED = ("driver.", "producer.override.", "schema.history.internal.", "signal.kafka.")
UNDEFINED_NAMES = {"field.name.adjustment.mode", "topic.heartbeat.prefix", "topic.transaction"}
EXAMPLES = int(os.environ.get("DEBEZIUM_EXAMPLES", "8"))


def as_texts(config: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in config.items()}


def faults(login: Login, plugin: str, config: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the plugin finds wrong, by field."""
    status, said = ask(login, "PUT", f"connector-plugins/{plugin}/config/validate", {**as_texts(config), "name": "validated"})
    assert status == 200, said
    values = [each["value"] for each in said["configs"] if each["value"]]
    return {value["name"]: value["errors"] for value in values if value["errors"]}


@pytest.fixture(scope="module")
def known(connect_env: dict[str, str]) -> dict[str, Family]:
    return {family.name: family for family in families(connect_env)}


@pytest.fixture(scope="module")
def defined(worker: Login, known: dict[str, Family]) -> dict[str, set[str]]:
    """The settings that each plugin defines."""
    return {name: {each["name"] for each in ask(worker, "GET", f"connector-plugins/{family.plugin}/config")[1]} for name, family in known.items()}


def drawn(data: st.DataObject, family: Family) -> dict[str, Any]:
    """What is always there, and some of what may be."""
    keys = data.draw(st.sets(st.sampled_from(sorted(family.optional)), max_size=12))
    return {**family.always, **{key: data.draw(st.sampled_from(family.optional[key])) for key in sorted(keys)}}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_rewritten_passes_the_plugin(worker: Login, known: dict[str, Family], defined: dict[str, set[str]], name: str) -> None:
    family = known[name]

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def passes(data: st.DataObject) -> None:
        config = drawn(data, family)
        upgraded: Any = debezium_upgrade(config, target=family.target, **family.options)
        assert set(faults(worker, family.plugin, upgraded["config"])) <= set(family.unreachable), upgraded
        strange = {key for key in upgraded["config"] if key not in defined[name] | UNDEFINED_NAMES and not key.startswith(UNDEFINED)}
        assert not strange, f"the plugin does not know {strange}"

    passes()
    everything = {**family.always, **{key: values[0] for key, values in family.optional.items()}}
    result: Any = debezium_upgrade(everything, target=family.target, **family.options)
    assert set(faults(worker, family.plugin, result["config"])) <= set(family.unreachable)
    assert result["config"]["topic.prefix"] == "cdc-orders"


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_rewritten_does_not_pass(worker: Login, known: dict[str, Family], name: str) -> None:
    """The test above can fail: topic.prefix is what every plugin misses first."""
    family = known[name]
    assert "topic.prefix" in faults(worker, family.plugin, {**family.always, "connector.class": family.plugin})


@pytest.mark.parametrize("name", OLD_PLUGINS)
def test_the_configurations_are_really_those_of_1_9(old_worker: Login, known: dict[str, Family], name: str) -> None:
    """The plugin of 1.9.8 takes them, without the new names as with them (mode both)."""
    family = known[name]
    plugin = str(family.always["connector.class"])
    for key, values in family.optional.items():
        for value in values:
            config = {**family.always, key: value}
            assert faults(old_worker, plugin, config) == {}, (key, value)
    prepared: Any = debezium_upgrade({**family.always, "sanitize.field.names": True}, target="3.6", mode="both")
    assert faults(old_worker, plugin, prepared["config"]) == {}
    assert faults(old_worker, plugin, debezium_upgrade(dict(family.always), target="3.6")["config"]) != {}


@pytest.mark.parametrize("name", ["mariadb", "postgresql"])
def test_what_is_prepared_with_both_names_passes_the_new_plugin(worker: Login, known: dict[str, Family], name: str) -> None:
    family = known[name]
    prepared: Any = debezium_upgrade(dict(family.always), target=family.target, mode="both", **family.options)["config"]
    assert {"database.server.name", "topic.prefix"} <= prepared.keys()
    assert faults(worker, family.plugin, {**prepared, "connector.class": family.plugin}) == {}
