# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README keeps what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType
from playbooks import TOP, play

README = (TOP / "README.md").read_text(encoding="utf-8")
PLAYBOOK = re.findall(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)[0]


@pytest.fixture
def lab(admin: AdminClient, lab_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shell after `eval "$(make -s env)"`, and the lab cleaned up afterwards."""
    for name, value in lab_env.items():
        monkeypatch.setenv(name, value)
    yield
    for future in admin.delete_topics(["first-steps"]).values():
        future.exception(timeout=30)
    of_anna = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, "User:anna", None, AclOperation.ANY, AclPermissionType.ANY)
    for removed in admin.delete_acls([of_anna]).values():
        removed.result(timeout=30)


@pytest.mark.usefixtures("lab")
def test_the_first_playbook_works_when_pasted_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "first.yml").write_text(PLAYBOOK, encoding="utf-8")
    first, second = play("first.yml", tmp_path, "--diff"), play("first.yml", tmp_path)
    assert first.code == 0 and "changed=2" in first.output, first.output
    assert '"retention.ms": "604800000"' in first.output
    assert second.code == 0 and "changed=0" in second.output, second.output


def test_every_module_and_role_is_named() -> None:
    modules = {path.stem for path in (TOP / "plugins/modules").glob("*.py") if path.stem != "__init__"}
    roles = {path.name for path in (TOP / "roles").iterdir() if path.is_dir()}
    named = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert named == modules | roles


def test_every_link_leads_somewhere() -> None:
    for document in [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            assert "://" in target or (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):", (TOP / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = {name for names in targets for name in names.split()}
    assert set(re.findall(r"make (?:-s )?([a-z-]+)", README)) - {"git"} <= known
