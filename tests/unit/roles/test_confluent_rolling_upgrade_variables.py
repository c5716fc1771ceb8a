# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role's documentation, its code and the AWX survey say of variables is the same. See also test_variables.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.streamops.kafka.plugins.plugin_utils import rolling_plans

TOP = Path(__file__).resolve().parents[3]
ROLE = TOP / "roles/confluent_rolling_upgrade"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


OPTIONS: dict[str, Any] = read(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
DEFAULTS: dict[str, Any] = read(ROLE / "defaults/main.yml")


def test_options_of_entries_are_those_that_the_code_knows() -> None:
    for name, options in (("brokers", rolling_plans.BROKER_OPTIONS), ("zookeepers", rolling_plans.ZOOKEEPER_OPTIONS),
                          ("workers", rolling_plans.WORKER_OPTIONS), ("services", rolling_plans.SERVICE_OPTIONS)):  # fmt: skip
        assert set(OPTIONS[f"confluent_rolling_upgrade_{name}"]["options"]) == set(options)
    assert set(OPTIONS["confluent_rolling_upgrade_driver"]["choices"]) == set(rolling_plans.DRIVERS)


def test_the_surveys_ask_for_variables_that_there_are() -> None:
    templates = read(TOP / "playbooks/vars/controller_templates.yml")["controller_templates"]
    questions = [question for each in templates if "/confluent_rolling_upgrade" in each["playbook"] for question in each["survey_spec"]["spec"]]
    assert questions
    for question in questions:
        default = DEFAULTS[question["variable"]]
        if question["type"] == "multiplechoice":
            assert question["default"] == str(default).lower() and set(question["choices"]) == {"true", "false"}
        else:
            assert question["variable"] == "confluent_rolling_upgrade_confirm" or question["default"] == default


@pytest.mark.parametrize(("working_on", "brokers", "is_down"), [
    ({"broker": 2}, {"1": {"release": "3.7"}}, True),  # it is not even registered
    ({"broker": 2}, {"2": {"release": None}}, True),
    ({"broker": 2}, {"2": {"release": "3.7"}}, False),
    ({}, {"1": {"release": "3.7"}}, False),
])  # fmt: skip
def test_a_broker_that_does_not_answer_is_down(working_on: dict[str, int], brokers: dict[str, Any], is_down: bool) -> None:
    known = {"_confluent_rolling_upgrade_state": {"working_on": working_on}, "_confluent_rolling_upgrade_outlook": {"brokers": brokers}}
    template = trust_as_template(read(ROLE / "vars/main.yml")["_confluent_rolling_upgrade_is_down"])
    assert Templar(loader=DataLoader(), variables=known).template(template) is is_down
