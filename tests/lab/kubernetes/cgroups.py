# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""All pods of a lab live below one control group of its own, so that they are told from those of anything else; so do
the containers of its swarm."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lab import places
from lab.errors import LabError
from lab.waiting import wait_until

TREE = Path("/sys/fs/cgroup")


def name(of: str = "") -> str:
    """Another lab on the machine has another state directory and so another name; `of` tells them apart within a lab."""
    return f"streamops-lab-{hashlib.sha256(str(places.state()).encode()).hexdigest()[:8]}{of}"


def renew() -> None:
    """Those of containers which were killed with their node would keep the next kubelet busy for seconds each."""
    remove()
    for hierarchy in _hierarchies():
        group = hierarchy / name()
        group.mkdir()
        if (hierarchy / "cgroup.controllers").exists():
            _delegate(hierarchy)
            _delegate(group)
        for inherited in ("cpuset.cpus", "cpuset.mems"):  # empty in a new group of cgroup v1, and useless so
            if (group / inherited).exists() and not (group / inherited).read_text().strip():
                (group / inherited).write_text((hierarchy / inherited).read_text())


def remove(of: str = "") -> None:
    """The processes in them have ended; the kernel takes a moment to notice."""
    groups = [hierarchy / name(of) for hierarchy in _hierarchies()]
    wait_until("the control groups of the pods are gone", lambda: _remove(groups), 30)


def _remove(groups: list[Path]) -> str | None:
    for group in groups:
        below = sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True) if group.is_dir() else []
        for path in [*below, group]:
            try:
                path.rmdir()
            except FileNotFoundError:
                pass
            except OSError as error:
                return f"{path}: {error.strerror}"
    return None


def _hierarchies() -> list[Path]:
    """One with cgroup v2; with v1 one per controller, some of them under several names."""
    if (TREE / "cgroup.controllers").exists():
        return [TREE]
    return sorted({path.resolve() for path in TREE.glob("*") if (path / "cgroup.procs").exists()})


def _delegate(group: Path) -> None:
    """Pods may be limited by whatever the kernel offers here (cgroup v2)."""
    offered = (group / "cgroup.controllers").read_text().split()
    if not offered:
        return
    try:
        (group / "cgroup.subtree_control").write_text(" ".join(f"+{controller}" for controller in offered))
    except OSError as error:
        raise LabError(f"Failed to pass {', '.join(offered)} on to the control groups below {group}: {error.strerror}.") from None
