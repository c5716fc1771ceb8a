# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, looks at, or removes a bucket, as the JSON on stdin says; prints what it saw as JSON."""

from __future__ import annotations

import io
import json
import sys

from minio import Minio
from minio.commonconfig import ENABLED, Tags
from minio.versioningconfig import VersioningConfig


def make(client: Minio, bucket: str) -> None:
    """Versions, a delete marker and a tag."""
    if not client.bucket_exists(bucket_name=bucket):
        client.make_bucket(bucket_name=bucket)
    client.set_bucket_versioning(bucket_name=bucket, config=VersioningConfig(ENABLED))
    tags = Tags.new_bucket_tags()
    tags["team"] = "streams"
    client.set_bucket_tags(bucket_name=bucket, tags=tags)
    for key in ("a", "a", "gone"):
        client.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(b"x"), length=1)
    client.remove_object(bucket_name=bucket, object_name="gone")


def seen(client: Minio, bucket: str) -> dict[str, object]:
    """What is in it, and what it is."""
    versions = sum(1 for each in client.list_objects(bucket_name=bucket, recursive=True, include_version=True))
    status = client.get_bucket_versioning(bucket_name=bucket).status
    return {"versions": versions, "status": status, "tags": dict(client.get_bucket_tags(bucket_name=bucket) or {})}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    store = Minio(endpoint=given["endpoint"], access_key=given["user"], secret_key=given["password"], secure=False)
    if given["do"] == "make":
        make(store, given["bucket"])
    if given["do"] == "remove":
        if store.bucket_exists(bucket_name=given["bucket"]):
            store.remove_bucket(bucket_name=given["bucket"])
        print("{}")
    else:
        print(json.dumps(seen(store, given["bucket"])))
