# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One variable, one name, one default: in the role's documentation, in its defaults, in what its code knows and in the AWX survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.streamops.kafka.plugins.modules.strimzi_topic import TOPIC_SPEC
from ansible_collections.streamops.kafka.plugins.modules.strimzi_user import USER_SPEC
from ansible_collections.streamops.kafka.plugins.plugin_utils import (
    strimzi_components,
    strimzi_listeners,
    strimzi_metrics,
    strimzi_problems,
    strimzi_scheduling,
    strimzi_setup,
    strimzi_storage,
)

TOP = Path(__file__).resolve().parents[3]
ROLE = TOP / "roles/strimzi_setup"
NOT_SETTINGS = {"wait_timeout", "report_dir"}  # they say how, not what
KNOWN: dict[str, tuple[str, ...]] = {
    "operator": strimzi_setup.OPERATOR, "operator.chart": strimzi_setup.CHART,
    "node_pools": strimzi_problems.POOL, "node_pools.storage": strimzi_storage.KNOWN, "node_pools.jvm": strimzi_components.JVM,
    "zookeeper": strimzi_problems.ZOOKEEPER_OPTIONS, "listeners": strimzi_listeners.KNOWN, "authorization": strimzi_problems.AUTHORIZATION,
    "replication": strimzi_problems.REPLICATION, "rack": strimzi_problems.RACK, "scheduling": strimzi_scheduling.KNOWN, "metrics": strimzi_metrics.KNOWN,
    "cruise_control": strimzi_components.CRUISE_CONTROL, "exporter": strimzi_components.EXPORTER, "entity_operator": tuple(strimzi_components.OPERATORS),
    "entity_operator.topic_operator": strimzi_components.OPERATORS["topic_operator"],
    "entity_operator.user_operator": strimzi_components.OPERATORS["user_operator"],
    "certificate_authorities": tuple(strimzi_components.AUTHORITIES), "certificate_authorities.cluster": strimzi_components.AUTHORITY,
    "client_files": strimzi_problems.CLIENT_FILES, "topics": tuple(TOPIC_SPEC["topics"]["options"]), "users": tuple(USER_SPEC["users"]["options"]),
}  # fmt: skip


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


OPTIONS: dict[str, Any] = read(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
DEFAULTS: dict[str, Any] = read(ROLE / "defaults/main.yml")
EXAMPLE: dict[str, Any] = read(TOP / "inventories/strimzi/group_vars/all.yml")


def test_every_documented_variable_has_the_default_that_is_documented() -> None:
    assert {name: option["default"] for name, option in OPTIONS.items()} == DEFAULTS


def test_variables_begin_with_the_name_of_the_role() -> None:
    assert all(name.startswith("strimzi_setup_") for name in {**DEFAULTS, **EXAMPLE})
    assert all(name.startswith("_strimzi_setup_") for name in read(ROLE / "vars/main.yml"))


@pytest.mark.parametrize("path", KNOWN)
def test_options_of_entries_are_those_that_the_code_knows(path: str) -> None:
    first, *rest = path.split(".")
    options = OPTIONS[f"strimzi_setup_{first}"]["options"]
    for key in rest:
        options = options[key]["options"]
    assert set(options) == set(KNOWN[path])


def test_the_code_gets_every_setting() -> None:
    assert set(read(ROLE / "vars/main.yml")["_strimzi_setup_settings"]) == {name.removeprefix("strimzi_setup_") for name in DEFAULTS} - NOT_SETTINGS


def test_the_example_is_sound_and_shows_nearly_everything() -> None:
    assert set(EXAMPLE) <= set(DEFAULTS)
    left_out = {"create_namespace", "kubeconfig", "context", "api_version", "mode", "zookeeper", "exporter", "labels", "kafka_spec", "force_conflicts"}
    assert {name.removeprefix("strimzi_setup_") for name in set(DEFAULTS) - set(EXAMPLE)} <= left_out | NOT_SETTINGS | {"operator"}
    settings = {name.removeprefix("strimzi_setup_"): value for name, value in {**DEFAULTS, **EXAMPLE}.items()}
    assert strimzi_problems.problems(settings, "v1") == strimzi_problems.problems(settings, "v1beta2") == []


def test_the_survey_asks_for_variables_that_there_are() -> None:
    templates = read(TOP / "playbooks/vars/controller_templates.yml")["controller_templates"]
    questions = [question for each in templates if each["playbook"].endswith("/strimzi_setup.yml") for question in each["survey_spec"]["spec"]]
    assert {question["variable"] for question in questions} == {"strimzi_setup_cluster", "strimzi_setup_force_conflicts", "strimzi_setup_wait_timeout"}
    for question in questions:
        option = OPTIONS[question["variable"]]
        if question["type"] == "multiplechoice":
            assert question["choices"] == ["false", "true"] and question["default"] == str(option["default"]).lower()
