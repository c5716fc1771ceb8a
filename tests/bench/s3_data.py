# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A hundred thousand objects in an S3 store. MinIO unpacks archives by itself: one request brings thousands of objects."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from databases import Endpoint
from minio import Minio
from minio.commonconfig import ENABLED, SnowballObject
from minio.deleteobjects import DeleteObject
from minio.versioningconfig import VersioningConfig

_ARCHIVE = 2000
_AT_ONCE = 4


def client_of(server: Endpoint) -> Any:
    return Minio(endpoint=f"{server.host}:{server.port}", access_key=server.user, secret_key=server.password, secure=False)


def keys(count: int) -> list[str]:
    """Names as of an experiment's files, a thousand in a folder."""
    return [f"run/{number // 1000:04}/part-{number:07}.parquet" for number in range(count)]


def fill(client: Any, bucket: str, names: Sequence[str]) -> None:
    """Objects of a few bytes, in archives, several at a time."""

    def put(some: Sequence[str]) -> None:
        objects = [SnowballObject(name, data=io.BytesIO(b"12345678"), length=8) for name in some]
        client.upload_snowball_objects(bucket_name=bucket, object_list=objects)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(put, names[start : start + _ARCHIVE]) for start in range(0, len(names), _ARCHIVE)]:
            done.result()


def fill_versions(client: Any, bucket: str, objects: int) -> dict[str, int]:
    """Each object in two versions, each tenth of them deleted; returns what db_reset has to count."""
    client.set_bucket_versioning(bucket_name=bucket, config=VersioningConfig(ENABLED))
    names = keys(objects)
    fill(client, bucket, names)
    fill(client, bucket, names)
    deleted = names[::10]
    for start in range(0, len(deleted), 1000):
        refused = list(client.remove_objects(bucket_name=bucket, delete_object_list=[DeleteObject(name) for name in deleted[start : start + 1000]]))
        assert not refused, refused
    return {"objects": objects - len(deleted), "versions": objects + len(deleted), "delete_markers": len(deleted)}


def is_empty(client: Any, bucket: str) -> bool:
    """Whether neither objects, nor versions, nor delete markers are left, seen past our code."""
    return next(iter(client.list_objects(bucket_name=bucket, recursive=True, include_version=True)), None) is None
