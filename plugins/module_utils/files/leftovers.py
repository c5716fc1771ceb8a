# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Temporary directories that say whose they are, so that those of killed processes can be told and removed."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_directory(prefix: str, parent: str | None) -> Iterator[Path]:
    """A temporary directory of this process, removed at the end. Those that killed processes of this host have left beside it are removed first."""
    place = parent or tempfile.gettempdir()
    sweep_leftovers(prefix, place)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{_host()}-{os.getpid()}-", dir=place) as folder:
        yield Path(folder)


def sweep_leftovers(prefix: str, parent: str) -> list[str]:
    """Names of the directories that were removed: ours, of this host, and of a process that does not run any more.

    Where a process has the number of one that is gone, its directory stays until later.
    """
    pattern = re.compile(re.escape(f"{prefix}{_host()}-") + r"(\d+)-.+")
    found = []
    for name in os.listdir(parent) if os.path.isdir(parent) else []:
        match = pattern.fullmatch(name)
        path = os.path.join(parent, name)
        if match is None or os.path.islink(path) or os.lstat(path).st_uid != os.getuid() or _runs(int(match.group(1))):
            continue
        shutil.rmtree(path, ignore_errors=True)
        found.append(name)
    return sorted(found)


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9]", "", socket.gethostname())[:20] or "host"


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
