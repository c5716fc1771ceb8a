# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are kept. Nothing that runs depends on a checkout: another clone may take the lab over, and this
one may be deleted while the servers go on."""

from __future__ import annotations

import os
from pathlib import Path


def is_root() -> bool:
    return os.geteuid() == 0


def state() -> Path:
    """Machine-wide, so that there is one lab per machine. Not below /root: the database users must get in."""
    chosen = os.environ.get("STREAMOPS_LAB_STATE")
    if chosen:
        return Path(chosen).absolute()
    if is_root():
        return Path("/var/lib/streamops-lab")
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "streamops-lab"


def cache() -> Path:
    """Downloads; survives `make lab-down` and is shared by all checkouts."""
    chosen = os.environ.get("STREAMOPS_CACHE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "streamops-kafka"


def logs() -> Path:
    return state() / "logs"


def programs() -> Path:
    """One supervisor file per process."""
    return state() / "programs"


def home_of(process: str) -> Path:
    """Configuration and data of one process."""
    return state() / "servers" / process


def create() -> None:
    for directory in (state(), logs(), programs(), state() / "servers"):
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o755)
