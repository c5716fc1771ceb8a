# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files whole and private, and owning them as the user that the server runs as."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from pathlib import Path

from lab import places


def account(name: str) -> str | None:
    """The OS user to drop to: only root can, and only root must."""
    if not places.is_root():
        return None
    try:
        return pwd.getpwnam(name).pw_name
    except KeyError:
        return None


def give(path: Path, user: str | None) -> None:
    if user is not None:
        shutil.chown(path, user, pwd.getpwnam(user).pw_gid)


def private_directory(path: Path, user: str | None = None) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    give(path, user)
    return path


def write(path: Path, text: str, user: str | None = None, mode: int = 0o600) -> Path:
    """Replace a file at once; it never exists with wider rights than `mode`."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft = Path(name)
    draft.chmod(mode)
    give(draft, user)
    draft.rename(path)
    return path
