# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role's documentation, its playbooks and the AWX surveys say of variables is the same. See also test_variables.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible_collections.streamops.kafka.plugins.plugin_utils.migration_problems import problems

TOP = Path(__file__).resolve().parents[3]
ROLE = TOP / "roles/replicator_migration"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


OPTIONS: dict[str, Any] = read(ROLE / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
DEFAULTS: dict[str, Any] = read(ROLE / "defaults/main.yml")
PHASES: list[str] = DEFAULTS["replicator_migration_phases"]
TEMPLATES: list[dict[str, Any]] = [
    template for template in read(TOP / "playbooks/vars/controller_templates.yml")["controller_templates"] if "/replicator_migration" in template["playbook"]
]  # fmt: skip


def test_each_phase_has_its_tasks_its_playbook_and_its_template() -> None:
    assert read(ROLE / "vars/main.yml")["_replicator_migration_order"] == PHASES == OPTIONS["replicator_migration_phases"]["choices"]
    for phase in PHASES:
        assert (ROLE / f"tasks/{phase}.yml").exists()
        play = read(TOP / f"playbooks/replicator_migration_{phase}.yml")[0]
        assert play["roles"][0]["vars"] == {"replicator_migration_phases": [phase]}
    assert "vars" not in read(TOP / "playbooks/replicator_migration.yml")[0]["roles"][0]
    assert [template["playbook"] for template in TEMPLATES] == [
        *(f"playbooks/replicator_migration_{phase}.yml" for phase in PHASES), "playbooks/replicator_migration.yml"]  # fmt: skip


def test_the_operator_retypes_the_name_and_is_asked_for_variables_that_there_are() -> None:
    for template in TEMPLATES:
        questions = template["survey_spec"]["spec"]
        assert {question["variable"] for question in questions} <= set(DEFAULTS)
        assert questions[0]["variable"] == "replicator_migration_confirm" and "default" not in questions[0]


def test_the_example_is_sound() -> None:
    example = read(TOP / "inventories/migration/group_vars/all.yml")
    assert set(example) <= set(DEFAULTS)
    settings = {name.removeprefix("replicator_migration_"): value for name, value in {**DEFAULTS, **example}.items()}
    assert problems({**settings, "confirm": settings["name"], "duration": None}) == []
