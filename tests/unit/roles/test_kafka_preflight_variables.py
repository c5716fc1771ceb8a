# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role's documentation, its code and the AWX survey say of variables is the same. See also test_variables.py."""

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
