# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""100,000 S3 objects, and a bucket with versions: one db_reset call beside ``mc rm --recursive --force [--versions]``."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import s3_data
from databases import Endpoint, endpoint
from lab import minio_programs
from measuring import bounded, reset, scaled, side_by_side, tool

OBJECTS = scaled(100_000)
WITH_VERSIONS = scaled(20_000)
ROUNDS = 1  # filling takes minutes


@pytest.fixture(scope="module")
def server(every_env: Mapping[str, str]) -> Endpoint:
    return endpoint("minio", every_env)


@pytest.fixture(scope="module")
def client(server: Endpoint) -> Any:
    return s3_data.client_of(server)


@pytest.fixture
def bucket(server: Endpoint, client: Any) -> Iterator[str]:
    name = f"bench-{uuid.uuid4().hex[:8]}"
    client.make_bucket(bucket_name=name)
    yield name
    reset(server.options(name=name))
    client.remove_bucket(bucket_name=name)


def by_mc(server: Endpoint, bucket: str, folder: Path, *more: str) -> float:
    login = f"http://{server.user}:{server.password}@{server.host}:{server.port}"
    command = f"{minio_programs.client()} --config-dir {folder} --quiet rm --recursive --force {' '.join(more)} lab/{bucket}"
    return tool(command, {"MC_HOST_lab": login})[0]


def test_objects(server: Endpoint, client: Any, bucket: str, tmp_path: Path) -> None:
    options = server.options(name=bucket)
    few = max(20, OBJECTS // 10)
    s3_data.fill(client, bucket, s3_data.keys(few))
    foretold, small = reset(options, check=True), reset(options)
    assert foretold.result["removed"] == small.result["removed"] == {"objects": few}
    runs = side_by_side(
        f"{OBJECTS} objects", {"objects": OBJECTS}, lambda: s3_data.fill(client, bucket, s3_data.keys(OBJECTS)), options,
        "mc rm --recursive --force", lambda: by_mc(server, bucket, tmp_path), ROUNDS,
    )  # fmt: skip
    bounded(f"{OBJECTS} objects", small, runs[0])
    assert s3_data.is_empty(client, bucket)


def test_versions_and_delete_markers(server: Endpoint, client: Any, bucket: str, tmp_path: Path) -> None:
    counts: dict[str, int] = {}
    side_by_side(
        f"{WITH_VERSIONS} objects with versions", counts, lambda: counts.update(s3_data.fill_versions(client, bucket, WITH_VERSIONS)),
        server.options(name=bucket), "mc rm --recursive --force --versions", lambda: by_mc(server, bucket, tmp_path, "--versions"), 1,
    )  # fmt: skip
    assert s3_data.is_empty(client, bucket)
