# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a tool to its end: output goes to a log, and its tail into the error."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.errors import LabError


def tail(log: Path, lines: int = 20) -> str:
    if not log.exists():
        return f"(there is no {log})"
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - 16384))
        text = stream.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def run(
    attempt: str,
    argv: Sequence[str | Path],
    log: Path,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    seconds: float = 900,
) -> None:
    """Fails with "Failed to {attempt}". The working directory is one that every user may enter."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        try:
            done = subprocess.run(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=user,
                group=user,
                extra_groups=[] if user else None,
                env=dict(env) if env is not None else None,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LabError(f"Failed to {attempt}: no end after {seconds:.0f} s. {log} ends with:\n{tail(log)}") from None
    if done.returncode:
        raise LabError(f"Failed to {attempt}: exit code {done.returncode}. {log} ends with:\n{tail(log)}")
