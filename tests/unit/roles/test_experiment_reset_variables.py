# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role's documentation, its code and the AWX survey say of variables is the same. See also test_variables.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.streamops.kafka.plugins.module_utils.databases.engine_options import ENGINE_SPEC
from ansible_collections.streamops.kafka.plugins.module_utils.databases.engines import ENGINES
from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import LOGIN_SPEC
from ansible_collections.streamops.kafka.plugins.module_utils.databases.transports import TRANSPORT_SPEC
from ansible_collections.streamops.kafka.plugins.plugin_utils import experiment_targets

TOP = Path(__file__).resolve().parents[3]
ROLE = TOP / "roles/experiment_reset"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


OPTIONS: dict[str, Any] = read(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
DEFAULTS: dict[str, Any] = read(ROLE / "defaults/main.yml")
SURVEYS: list[dict[str, Any]] = [
    template for template in read(TOP / "playbooks/vars/controller_templates.yml")["controller_templates"]
    if template["playbook"].endswith("/experiment_reset.yml")
]  # fmt: skip


def test_target_options_are_those_that_the_code_knows() -> None:
    of_engines = {option for database in experiment_targets.DATABASES.values() for option in database.options}
    of_kafka = {*experiment_targets.KAFKA_OPTIONS, *experiment_targets.INSIDE_OPTIONS}
    known = {*experiment_targets.COMMON, *of_kafka, *experiment_targets.DATABASE_OPTIONS, *of_engines}
    assert set(OPTIONS["experiment_reset_targets"]["options"]) == known


def test_every_option_of_an_engine_and_a_transport_can_be_given() -> None:
    """What db_reset can do, the role can: nothing is left behind when an engine gets a new option."""
    databases = experiment_targets.DATABASES
    assert set(databases) == set(ENGINES)
    assert {option for database in databases.values() for option in database.own} == {*ENGINE_SPEC, "schema"}
    assert {*LOGIN_SPEC, *TRANSPORT_SPEC} <= set(experiment_targets.DATABASE_OPTIONS)
    suboptions = OPTIONS["experiment_reset_targets"]["options"]
    for name in ("kubernetes", "credentials_secret"):
        assert set(suboptions[name]["options"]) == set(TRANSPORT_SPEC[name]["options"])


def test_passwords_are_marked_as_such() -> None:
    suboptions = OPTIONS["experiment_reset_targets"]["options"]
    assert all(suboptions[name].get("no_log") for name in suboptions if name.endswith("password"))


def test_the_survey_asks_for_variables_that_exist_with_the_defaults_that_they_have() -> None:
    assert len(SURVEYS) == 1
    for question in SURVEYS[0]["survey_spec"]["spec"]:
        option = OPTIONS[question["variable"]]
        if question["type"] == "multiplechoice":
            assert set(question["choices"]) == set(option.get("choices", ["true", "false"]))
            assert question["default"] == (str(option["default"]).lower() if option["type"] == "bool" else option["default"])


def test_the_operator_retypes_the_name_of_what_is_emptied() -> None:
    confirm = next(question for question in SURVEYS[0]["survey_spec"]["spec"] if question["variable"] == "experiment_reset_confirm")
    assert confirm["required"] is True
    assert "default" not in confirm
