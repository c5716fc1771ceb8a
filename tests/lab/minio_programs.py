# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MinIO server and its client `mc`. Their release tags are no versions that Go understands, hence the long ones."""

from __future__ import annotations

from pathlib import Path

from lab.go import Build
from lab.lock import locked

SERVER = Build.of_module("minio", "github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c")
CLIENT = Build.of_module("mc", "github.com/minio/mc", "v0.0.0-20250313080218-cf909e1063a9")


def server() -> Path:
    return _built(SERVER)


def client() -> Path:
    """`mc` for tests and benches that compare with it; the server itself does without."""
    return _built(CLIENT)


def _built(program: Build) -> Path:
    if not program.is_built():
        with locked():
            program.ensure()
    return program.path
