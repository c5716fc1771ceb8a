# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's directory of reports. Each run has its own; the link ``latest`` beside them leads to the newest.

Every file is written beside its name and renamed, so that whoever reads, and whoever comes after a kill, finds a
whole one. Files are 0640 and directories 0750: for the user who runs this and a group that collects reports.
"""

from __future__ import annotations

import json
import os
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from .report_record import Record
from .report_render import render

RECORD = "report.json"
_DIRECTORY_MODE, _FILE_MODE = 0o750, 0o640


def new_directory(base: Path, now: datetime) -> Path:
    """Create ``base/20261121T033713Z`` (``-2`` for a second one in the same second) and lead ``base/latest`` there."""
    base.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
    name = now.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    for number in range(1, 1000):
        directory = base / (name if number == 1 else f"{name}-{number}")
        try:
            directory.mkdir()
        except FileExistsError:
            continue
        directory.chmod(_DIRECTORY_MODE)
        _lead(base / "latest", directory.name)
        return directory
    raise FileExistsError(f"{base} holds a thousand reports of one second")


def load(directory: Path) -> Record:
    """The record as it was last saved."""
    record: Record = json.loads((directory / RECORD).read_text(encoding="utf-8"))
    return record


def save(directory: Path, record: Record) -> None:
    """Write the record, then everything that is rendered from it."""
    _write(directory / RECORD, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    for name, text in render(record).items():
        _write(directory / name, text)


def _write(path: Path, text: str) -> None:
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), _FILE_MODE)
            stream.write(text)
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def _lead(link: Path, to: str) -> None:
    """Point the link elsewhere in one step. Something else of this name is left alone."""
    if link.exists() and not link.is_symlink():
        return
    draft = link.with_name(f".latest-{to}")
    draft.symlink_to(to)
    os.replace(draft, link)
