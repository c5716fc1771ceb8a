# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worked example is one: its variables have no problem, and each of its services is in its stack file, before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import compose_upgrade
from ansible_collections.streamops.kafka.plugins.plugin_utils.rolling_plans import problems
from ansible_collections.streamops.kafka.plugins.plugin_utils.rolling_stack import services_of

TOP = Path(__file__).resolve().parents[3]
PREFIX = "confluent_rolling_upgrade_"
DEFAULTS: dict[str, Any] = yaml.safe_load((TOP / "roles/confluent_rolling_upgrade/defaults/main.yml").read_text(encoding="utf-8"))
EXAMPLE: dict[str, Any] = yaml.safe_load((TOP / "inventories/confluent/group_vars/all.yml").read_text(encoding="utf-8"))
GIVEN = {name: value for name, value in {**DEFAULTS, **EXAMPLE}.items() if name.startswith(PREFIX)}
STACK = (TOP / "inventories/confluent/stack.yml.txt").read_text(encoding="utf-8")


def test_it_sets_variables_that_there_are_and_has_no_problem() -> None:
    assert set(GIVEN) == set(DEFAULTS)
    settings = {name.removeprefix(PREFIX): value for name, value in GIVEN.items()}
    assert problems({**settings, "confirm": settings["name"], "target": "7.7.1", "moves_zookeeper": True}) == []


def test_each_service_is_in_the_stack_file_and_gets_its_new_image_and_the_protocol() -> None:
    variables = GIVEN[f"{PREFIX}stack_variables"]
    new = compose_upgrade(STACK, "7.7.1", inter_broker_protocol="3.1-IV0", images=EXAMPLE["compose_upgrade_images"])
    before, after = services_of(STACK, variables), services_of(new, variables)
    for name in ("brokers", "zookeepers", "workers", "services"):
        assert {each["service"] for each in GIVEN[PREFIX + name]} <= set(before)
    for broker in GIVEN[f"{PREFIX}brokers"]:
        old, now = before[broker["service"]], after[broker["service"]]
        assert (old["image"], now["image"]) == ("registry.example.com/streams/kafka:7.1.1", "registry.example.com/streams/kafka:7.7.1")
        assert now["env"] == {**old["env"], "KAFKA_INTER_BROKER_PROTOCOL_VERSION": "3.1-IV0"} and now["env"]["KAFKA_BROKER_ID"] == str(broker["id"])
    assert after["connect-1"]["image"].endswith(":7.7.1-3.0.8") and after["connect-1"]["hostname"] == "connect-1"
