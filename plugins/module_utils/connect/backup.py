# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup of connectors as files: written once, whole, and readable by their owner only, because configurations hold passwords."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..errors import OperationError

_DIRECTORY_MODE, _FILE_MODE = 0o700, 0o600
CONFIGS, OFFSETS, SUBJECTS = "connectors.json", "offsets.json", "subjects.json"


def prepare(directory: Path) -> None:
    """Make the directory, or take the one that is there into our own hands.

    :raises OperationError: when that cannot be done.
    """
    try:
        directory.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        directory.chmod(_DIRECTORY_MODE)
    except OSError as error:
        raise OperationError("make the directory of the backup", str(directory), error.strerror or str(error)) from error


def read(directory: Path, name: str) -> dict[str, object] | None:
    """What was written before; ``None`` when nothing was."""
    path = directory / name
    try:
        found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise OperationError("read the backup", str(path), str(error), "It is not written over. Move it away to begin a new one.") from error
    return found


def write(directory: Path, name: str, content: Mapping[str, object]) -> None:
    """Beside its name, then renamed: a kill leaves a whole file or none."""
    try:
        descriptor, draft = tempfile.mkstemp(dir=directory, prefix=f".{name}.")  # of mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), _FILE_MODE)
            json.dump(content, stream, indent=1, ensure_ascii=False, sort_keys=True)
            stream.write("\n")
        os.replace(draft, directory / name)
    except OSError as error:
        raise OperationError("write the backup", str(directory / name), error.strerror or str(error)) from error
