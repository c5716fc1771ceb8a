# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role's documentation, its code and the AWX survey say of variables is the same. See also test_variables.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.streamops.kafka.plugins.plugin_utils import debezium_plans

TOP = Path(__file__).resolve().parents[3]
ROLE = TOP / "roles/debezium_upgrade"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


OPTIONS: dict[str, Any] = read(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
DEFAULTS: dict[str, Any] = read(ROLE / "defaults/main.yml")


def test_options_of_connectors_are_those_that_the_code_knows() -> None:
    assert set(OPTIONS["debezium_upgrade_connectors"]["options"]) == set(debezium_plans.CONNECTOR_OPTIONS)


def test_the_surveys_ask_for_variables_that_there_are() -> None:
    templates = read(TOP / "playbooks/vars/controller_templates.yml")["controller_templates"]
    questions = [question for each in templates if "/debezium_upgrade" in each["playbook"] for question in each["survey_spec"]["spec"]]
    assert len(questions) == 5
    for question in questions:
        default = DEFAULTS[question["variable"]]
        if question["type"] == "multiplechoice":
            assert question["default"] == str(default).lower() and set(question["choices"]) == {"true", "false"}
        else:
            assert question["variable"] == "debezium_upgrade_confirm" or question["default"] == default
