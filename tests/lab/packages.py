# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages that servers need: root gets them installed, anyone else is told all of them in one message."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import commands, places
from lab.errors import LabError
from lab.say import say

OURS = "# Put here by the streamops lab while it installs packages."
POLICY = Path("/usr/sbin/policy-rc.d")
NO_DEFAULT_CLUSTER = Path("/etc/postgresql-common/createcluster.d/streamops-lab.conf")


@dataclass(frozen=True)
class Requirement:
    package: str
    is_met: Callable[[], bool]


def ensure(requirements: Iterable[Requirement]) -> None:
    wanted = list(requirements)
    missing = _missing(wanted)
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if not places.is_root() or shutil.which("apt-get") is None:
        raise LabError(
            f"The lab lacks these packages: {', '.join(missing)}. Nothing was started. Install them as root:\n    {line}"
        )
    say(f"Installing {', '.join(missing)} ...")
    log = places.logs() / "apt.log"
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    with daemons_held_back():
        commands.run("read the package lists", [*apt, "update"], log, env=env)
        commands.run(f"install {', '.join(missing)}", [*apt, *line.split()[1:]], log, env=env, seconds=1800)
    if still := _missing(wanted):
        raise LabError(f"{', '.join(still)} was installed, but what the lab needs of it is still not found. See {log}.")


def _missing(requirements: Iterable[Requirement]) -> list[str]:
    return sorted({needed.package for needed in requirements if not needed.is_met()})


@contextmanager
def daemons_held_back() -> Iterator[None]:
    """Debian starts a server on its default port as soon as it is installed, unless a policy forbids it.

    A policy that is there already stays. One of ours that an earlier, killed run left behind is taken away.
    """
    temporary = [path for path in (POLICY, NO_DEFAULT_CLUSTER) if not path.exists() or OURS in path.read_text()]
    made = [parent for parent in (NO_DEFAULT_CLUSTER.parent, NO_DEFAULT_CLUSTER.parent.parent) if not parent.exists()]
    try:
        if POLICY in temporary:
            POLICY.write_text(f"#!/bin/sh\n{OURS}\nexit 101\n", encoding="utf-8")
            POLICY.chmod(0o755)
        if NO_DEFAULT_CLUSTER in temporary:
            NO_DEFAULT_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
            NO_DEFAULT_CLUSTER.write_text(f"{OURS}\ncreate_main_cluster = false\n", encoding="utf-8")
        yield
    finally:
        for path in temporary:
            path.unlink(missing_ok=True)
        for parent in made:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
