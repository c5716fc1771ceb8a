# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example for Kubernetes can be meant as it stands, and shows all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.streamops.kafka.plugins.plugin_utils.experiment_problems import problems
from ansible_collections.streamops.kafka.plugins.plugin_utils.experiment_targets import DATABASES, lanes

TOP = Path(__file__).resolve().parents[3]
EXAMPLE: dict[str, Any] = yaml.safe_load((TOP / "inventories/experiment_reset_kubernetes/group_vars/all.yml").read_text(encoding="utf-8"))
TARGETS = EXAMPLE["experiment_reset_targets"]
DIRECTORY = EXAMPLE["experiment_reset_checkpoint_dir"]


def test_nothing_is_wrong_with_it() -> None:
    assert problems(TARGETS, checkpoint_dir=DIRECTORY) == []


def test_it_shows_every_system_every_transport_and_no_password() -> None:
    assert {target["type"] for target in TARGETS} == {"kafka", *DATABASES}
    assert {target["transport"] for target in TARGETS} == {"kubernetes_exec", "kubernetes_port_forward"}
    assert not [name for target in TARGETS for name, value in target.items() if name.endswith("password") and value]


def test_what_it_runs_is_what_the_modules_know() -> None:
    """Every option of every step is an option of its module."""
    for stage in ("preflight", "reset", "verify"):
        for lane in lanes(TARGETS, stage, checkpoint_dir=DIRECTORY):
            for step in lane["steps"]:
                assert set(step["args"]) <= _options_of(step["module"].rpartition(".")[2]), step


def _options_of(module: str) -> set[str]:
    """By its documentation, fragments included."""
    text = (TOP / f"plugins/modules/{module}.py").read_text(encoding="utf-8")
    documentation = yaml.safe_load(text.partition('DOCUMENTATION = r"""')[2].partition('"""')[0])
    options = set(documentation["options"])
    for fragment in documentation.get("extends_documentation_fragment", []):
        name = fragment.rpartition(".")[2]
        source = (TOP / f"plugins/doc_fragments/{name}.py").read_text(encoding="utf-8")
        options |= set(yaml.safe_load(source.partition('DOCUMENTATION = r"""')[2].partition('"""')[0]).get("options") or {})
    return options
