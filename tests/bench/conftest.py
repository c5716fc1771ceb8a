# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures of the fault tests, for the benchmarks: the same lab."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the helpers beside the benchmarks
_spec = importlib.util.spec_from_file_location("streamops_fault_fixtures", Path(__file__).parents[1] / "faults" / "conftest.py")
assert _spec is not None and _spec.loader is not None
_fixtures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_fixtures)  # it also makes run_module importable

lab_env = _fixtures.lab_env
kafka = _fixtures.kafka
client_config = _fixtures.client_config
admin = _fixtures.admin
unique = _fixtures.unique
connect_env = _fixtures.connect_env
worker = _fixtures.worker
mine = _fixtures.mine


@pytest.fixture(scope="session")
def every_env() -> dict[str, str]:
    """The LAB_* values of all servers that a reset knows."""
    values: dict[str, str] = _fixtures.exports("kafka mariadb postgresql redis clickhouse minio")
    return values
