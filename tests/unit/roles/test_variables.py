# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One variable, one name, one default: what holds for every role. What each role's code knows has a file of its own beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted(path for path in (Path(__file__).resolve().parents[3] / "roles").iterdir() if path.is_dir())


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def entry_points(role: Path) -> dict[str, dict[str, Any]]:
    """The documented variables of each way into the role."""
    return {name: spec["options"] for name, spec in read(role / "meta/argument_specs.yml")["argument_specs"].items()}


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_documented_variable_has_a_default_and_no_other_has(role: Path) -> None:
    ways = entry_points(role)
    assert set(read(role / "defaults/main.yml")) == set(ways["main"])
    for options in ways.values():
        assert {name: option for name, option in ways["main"].items() if name in options} == options


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_documented_defaults_are_the_real_ones(role: Path) -> None:
    options, defaults = entry_points(role)["main"], read(role / "defaults/main.yml")
    assert {name: option["default"] for name, option in options.items() if "default" in option} == {
        name: value for name, value in defaults.items() if "default" in options[name]
    }


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_variables_begin_with_the_name_of_the_role(role: Path) -> None:
    assert all(name.startswith(f"{role.name}_") for name in read(role / "defaults/main.yml"))
    assert all(name.startswith(f"_{role.name}_") for name in read(role / "vars/main.yml"))
