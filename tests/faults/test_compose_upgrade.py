# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook on the worked example: upgraded, raised, rehearsed, killed, refused."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import compose_upgrade
from playbooks import TOP, command_for, play

PLAYBOOK = "streamops.kafka.compose_upgrade"
INVENTORY = TOP / "inventories/confluent"
EXAMPLE = (INVENTORY / "stack.yml.txt").read_text(encoding="utf-8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The example's stack file, to be changed in its place."""
    return Path(shutil.copy(INVENTORY / "stack.yml.txt", tmp_path / "stack.yml"))


def upgrade(file: Path, *arguments: str, **variables: Any) -> Any:
    given = {"compose_upgrade_file": str(file), "compose_upgrade_dest": "", **variables}
    return play(PLAYBOOK, file.parent, "-i", str(INVENTORY), *arguments, variables=given)


def test_the_example_is_upgraded_then_raised_and_going_back_is_refused(file: Path) -> None:
    done = upgrade(file)
    assert done.code == 0 and "changed=1" in done.output, done.output
    assert '+  KAFKA_INTER_BROKER_PROTOCOL_VERSION: \\"3.1\\"' in done.output and "browser: no part of Confluent Platform" in done.output
    upgraded = file.read_text(encoding="utf-8")
    raised = upgrade(file, compose_upgrade_inter_broker_protocol="3.7")
    assert raised.code == 0 and file.read_text(encoding="utf-8") == upgraded.replace('VERSION: "3.1"', 'VERSION: "3.7"'), raised.output
    back = upgrade(file)
    assert back.code != 0 and "There is no way back" in back.output and "changed=0" in back.output
    assert {path.read_text(encoding="utf-8") for path in file.parent.glob("stack.yml.*~")} == {EXAMPLE, upgraded}


def test_a_rehearsal_leaves_the_file_of_production_alone(file: Path) -> None:
    rehearsal = {"brokers": 5, "zookeepers": 1, "nodes": [f"lab-{number}" for number in range(1, 6)]}
    refused = upgrade(file, compose_upgrade_rehearsal=rehearsal)
    assert refused.code != 0 and "A rehearsal needs a compose_upgrade_dest that is another file" in refused.output
    start, dest = file.with_name("start.yml"), file.with_name("rehearsal.yml")
    targets = {"compose_upgrade_rehearsal": rehearsal, "compose_upgrade_dest": str(dest), "compose_upgrade_start_dest": str(start)}
    done, again = upgrade(file, **targets), upgrade(file, **targets)
    assert done.code == 0 and "changed=2" in done.output, done.output
    assert again.code == 0 and "changed=0" in again.output, again.output
    assert file.read_text(encoding="utf-8") == EXAMPLE
    brokers = [[name for name in yaml.safe_load(path.read_text(encoding="utf-8"))["services"] if name.startswith("kafka")] for path in (start, dest)]
    assert brokers == [[f"kafka-0{number}" for number in range(1, 6)]] * 2
    assert "7.1.1" in start.read_text(encoding="utf-8") and "cp-zookeeper:7.7.1" in dest.read_text(encoding="utf-8")


def test_a_killed_run_leaves_the_old_file_or_the_new_one(file: Path) -> None:
    """Killed when it is about to write the stack file: what stands there is one of the two, whole."""
    options = yaml.safe_load((INVENTORY / "group_vars/all.yml").read_text(encoding="utf-8"))
    new = compose_upgrade(EXAMPLE, inter_broker_protocol="3.1", images=options["compose_upgrade_images"])
    command, env = command_for(PLAYBOOK, file.parent, "-i", str(INVENTORY), variables={"compose_upgrade_file": str(file), "compose_upgrade_dest": ""})
    with subprocess.Popen(command, cwd=file.parent, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        assert run.stdout is not None
        assert any("Write the new stack file" in line for line in run.stdout)
        os.killpg(run.pid, signal.SIGKILL)
    assert file.read_text(encoding="utf-8") in (EXAMPLE, new)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"compose_upgrade_file": "stack.yml"}, "must be absolute paths"),
        ({"compose_upgrade_file": "/nowhere/stack.yml"}, "/nowhere/stack.yml is no file"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_written(file: Path, variables: dict[str, Any], words: str) -> None:
    refused = upgrade(file, **variables)
    assert refused.code != 0 and words in " ".join(refused.output.split()) and "changed=0" in refused.output, refused.output
    assert [path.name for path in file.parent.iterdir() if path.suffix != ".json"] == ["stack.yml"]
