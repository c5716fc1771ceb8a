# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One variable, one name, one default: in the role's documentation, in its defaults, in what its code knows and in the AWX survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.streamops.kafka.plugins.plugin_utils import preflight_checks

TOP = Path(__file__).resolve().parents[3]
ROLE = TOP / "roles/kafka_preflight"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


OPTIONS: dict[str, Any] = read(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
DEFAULTS: dict[str, Any] = read(ROLE / "defaults/main.yml")


def test_every_documented_variable_has_a_default_and_no_other_has() -> None:
    assert set(DEFAULTS) == set(OPTIONS)


def test_documented_defaults_are_the_real_ones() -> None:
    assert {name: option["default"] for name, option in OPTIONS.items() if "default" in option} == {
        name: value for name, value in DEFAULTS.items() if "default" in OPTIONS[name]
    }


def test_variables_begin_with_the_name_of_the_role() -> None:
    assert all(name.startswith("kafka_preflight_") for name in DEFAULTS)
    assert all(name.startswith("_kafka_preflight_") for name in read(ROLE / "vars/main.yml"))


@pytest.mark.parametrize("part", sorted(preflight_checks.KNOWN))
def test_options_of_entries_are_those_that_the_code_knows(part: str) -> None:
    assert set(OPTIONS[f"kafka_preflight_{part}"]["options"]) == set(preflight_checks.KNOWN[part])


def test_the_code_gets_every_setting() -> None:
    settings = read(ROLE / "vars/main.yml")["_kafka_preflight_settings"]
    assert set(settings) == {"targets", *preflight_checks.KNOWN}


def test_the_survey_asks_for_variables_that_there_are() -> None:
    templates = read(TOP / "playbooks/vars/controller_templates.yml")["controller_templates"]
    questions = [question for each in templates if each["playbook"].endswith("/kafka_preflight.yml") for question in each["survey_spec"]["spec"]]
    assert questions
    for question in questions:
        assert question["default"] == DEFAULTS[question["variable"]] and question["choices"] == OPTIONS[question["variable"]]["choices"]
