# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset against the lab's MinIO."""

from __future__ import annotations

import io
import json
import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import exports
from databases import Endpoint, endpoint, eventually, killed_before
from minio import Minio, MinioAdmin
from minio.commonconfig import ENABLED, GOVERNANCE, Filter, Tags
from minio.credentials.providers import StaticProvider
from minio.deleteobjects import DeleteObject
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig
from run_module import run_module, start_module

from ansible_collections.streamops.kafka.plugins.module_utils.databases.minio_buckets import record_bucket

POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::%s/*"]}]}'
AWKWARD_KEYS = ["a b/ü&<'\"", "control\x01", "dir/", "100%+?#", "o" * 200]
COUNTS = {"objects": 4, "versions": 6, "delete_markers": 1, "uploads": 1}


@pytest.fixture(scope="module")
def server() -> Endpoint:
    return endpoint("minio", exports("minio"))


@pytest.fixture(scope="module")
def client(server: Endpoint) -> Any:
    return Minio(endpoint=f"{server.host}:{server.port}", access_key=server.user, secret_key=server.password, secure=False)


@pytest.fixture(scope="module")
def admin(server: Endpoint) -> Any:
    return MinioAdmin(endpoint=f"{server.host}:{server.port}", credentials=StaticProvider(server.user, server.password), secure=False)


@pytest.fixture
def bucket(server: Endpoint, client: Any) -> Iterator[str]:
    name = f"t-{uuid.uuid4().hex[:8]}"
    client.make_bucket(bucket_name=name)
    yield name
    for each in client.list_buckets():
        if each.name.startswith(name):
            assert run_module("db_reset", server.options(name=each.name))["rc"] == 0
            client.remove_bucket(bucket_name=each.name)


def put(client: Any, bucket: str, *keys: str) -> None:
    for key in keys:
        client.put_object(bucket_name=bucket, object_name=key, data=io.BytesIO(b"x"), length=1)


def fill(client: Any, bucket: str) -> None:
    """What COUNTS says."""
    client.set_bucket_versioning(bucket_name=bucket, config=VersioningConfig(ENABLED))
    for number in range(5):
        put(client, bucket, *[f"d/o{number}"] * 2)
    client.remove_object(bucket_name=bucket, object_name="d/o0")
    upload = client._create_multipart_upload(bucket, "big/file", {})
    client._upload_part(bucket, "big/file", b"x" * 100, {}, upload, 1)


def left(client: Any, bucket: str) -> int:
    return sum(1 for _each in client.list_objects(bucket_name=bucket, recursive=True, include_version=True))


def test_all_versions_markers_and_uploads_go_and_the_bucket_stays(server: Endpoint, client: Any, bucket: str) -> None:
    fill(client, bucket)
    client.set_bucket_policy(bucket_name=bucket, policy=POLICY % bucket)
    foretold = run_module("db_reset", server.options(name=bucket), check=True, diff=True)
    assert (foretold["rc"], foretold["changed"], foretold["removed"]) == (0, True, {**COUNTS, "versions": 6})
    assert left(client, bucket) == 11
    done = run_module("db_reset", server.options(name=bucket), diff=True)
    assert (done["rc"], done["changed"], done["removed"], done["verified"]) == (0, True, foretold["removed"], "verified")
    assert done["diff"] == foretold["diff"]
    assert left(client, bucket) == 0
    assert client.get_bucket_versioning(bucket_name=bucket).status == "Enabled"
    assert "s3:GetObject" in client.get_bucket_policy(bucket_name=bucket)
    again = run_module("db_reset", server.options(name=bucket))
    assert (again["rc"], again["changed"], again["state"], again["removed"]) == (0, False, "reset", {})


def test_awkward_keys(server: Endpoint, client: Any, bucket: str) -> None:
    put(client, bucket, *AWKWARD_KEYS)
    done = run_module("db_reset", server.options(name=bucket))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"objects": len(AWKWARD_KEYS)}, "verified")


def test_a_pattern_selects_buckets(server: Endpoint, client: Any, bucket: str) -> None:
    others = [f"{bucket}-{number}" for number in (1, 2)]
    for each in others:
        client.make_bucket(bucket_name=each)
    for each in (bucket, *others):
        put(client, each, "o")
    done = run_module("db_reset", server.options(pattern=f"{bucket}-*"))
    assert [target["name"] for target in done["targets"]] == others
    assert done["removed"] == {"objects": 2}
    assert left(client, bucket) == 1


def configure(client: Any, admin: Any, bucket: str) -> None:
    client.set_bucket_policy(bucket_name=bucket, policy=POLICY % bucket)
    tags = Tags.new_bucket_tags()
    tags["team"] = "streams and more"
    client.set_bucket_tags(bucket_name=bucket, tags=tags)
    rule = Rule(ENABLED, rule_filter=Filter(prefix="logs/"), rule_id="r1", expiration=Expiration(days=7))
    client.set_bucket_lifecycle(bucket_name=bucket, config=LifecycleConfig([rule]))
    admin.bucket_quota_set(bucket, 10**9)


def configured(client: Any, admin: Any, bucket: str) -> tuple[Any, ...]:
    return (
        client.get_bucket_versioning(bucket_name=bucket).status,
        json.loads(client.get_bucket_policy(bucket_name=bucket)),
        dict(client.get_bucket_tags(bucket_name=bucket)),
        [(rule.rule_id, rule.expiration.days) for rule in client.get_bucket_lifecycle(bucket_name=bucket).rules],
        json.loads(admin.bucket_quota_get(bucket))["quota"],
    )


def created(client: Any, bucket: str) -> Any:
    return next(each.creation_date for each in client.list_buckets() if each.name == bucket)


def test_a_bucket_is_created_again_with_its_settings(server: Endpoint, client: Any, admin: Any, bucket: str) -> None:
    fill(client, bucket)
    configure(client, admin, bucket)
    settings, born = configured(client, admin, bucket), created(client, bucket)
    done = run_module("db_reset", server.options(name=bucket, recreate=True))
    assert (done["rc"], done["removed"], done["verified"]) == (0, COUNTS, "verified")
    assert configured(client, admin, bucket) == settings
    assert created(client, bucket) > born
    assert not client.bucket_exists(bucket_name=record_bucket(bucket))
    assert run_module("db_reset", server.options(name=bucket, recreate=True))["changed"] is False


def test_killed_anywhere_the_next_run_completes(server: Endpoint, client: Any, admin: Any, bucket: str) -> None:
    """Each run is killed one step later; the settings are never lost, though the bucket may be gone for a while."""
    fill(client, bucket)
    configure(client, admin, bucket)
    settings = configured(client, admin, bucket)
    steps = 0
    while killed_before(steps, server.options(pattern=f"{bucket}*", recreate=True)):
        steps += 1
        if client.bucket_exists(bucket_name=bucket):
            put(client, bucket, "one more")
    assert steps > 4
    assert run_module("db_reset", server.options(pattern=f"{bucket}*"))["changed"] is False
    assert configured(client, admin, bucket) == settings
    assert left(client, bucket) == 0
    assert not client.bucket_exists(bucket_name=record_bucket(bucket))


def test_killed_between_drop_and_creation_the_bucket_is_found_again(server: Endpoint, client: Any, admin: Any, bucket: str) -> None:
    """What such a kill leaves: no bucket, and a record of it. Check mode says that it will be finished."""
    fill(client, bucket)
    configure(client, admin, bucket)
    settings = configured(client, admin, bucket)
    # settings, remove, abort, create and write the record, drop: killed before the seventh of them, the creation.
    assert killed_before(6, server.options(name=bucket, recreate=True))
    assert not client.bucket_exists(bucket_name=bucket)
    foretold = run_module("db_reset", server.options(name=bucket), check=True)
    assert (foretold["rc"], foretold["changed"], foretold["state"]) == (0, True, "reset")
    assert run_module("db_reset", server.options(name=bucket))["verified"] == "verified"
    assert configured(client, admin, bucket) == settings


def test_object_lock_is_told_before_anything_is_touched(server: Endpoint, client: Any, bucket: str) -> None:
    name = f"{bucket}-locked"
    client.make_bucket(bucket_name=name, object_lock=True)
    put(client, name, "free", "held", "retained")
    client.enable_object_legal_hold(bucket_name=name, object_name="held")
    until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    client.set_object_retention(bucket_name=name, object_name="retained", config=Retention(GOVERNANCE, until))
    try:
        for check in (True, False):
            told = refused(server.options(name=name), check=check)
            assert "object lock protects" in told
            assert "held (" in told
            assert "legal hold" in told
            assert "retained (" in told
            assert "governance retention until" in told
            assert "free" not in told
        assert left(client, name) == 3
    finally:
        client.disable_object_legal_hold(bucket_name=name, object_name="held")
        retained = [DeleteObject(each.object_name, each.version_id) for each in client.list_objects(name, "retained", include_version=True)]
        assert list(client.remove_objects(name, retained, bypass_governance_mode=True)) == []
    done = run_module("db_reset", server.options(name=name, recreate=True))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"objects": 2}, "verified")
    assert client.get_object_lock_config(bucket_name=name) is not None


def test_many_versions_in_batches_and_a_kill_among_them(server: Endpoint, client: Any, bucket: str) -> None:
    body = b"x"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: client.put_object(bucket, f"o{number}", io.BytesIO(body), 1), range(2500)))
    running = start_module("db_reset", server.options(name=bucket))
    eventually("a batch is gone", lambda: left(client, bucket) < 2500)
    running.kill()
    done = run_module("db_reset", server.options(name=bucket))
    assert (done["rc"], left(client, bucket)) == (0, 0)  # the store goes on with the batches that it has, so the rest may be nothing


def refused(options: dict[str, Any], **flags: bool) -> str:
    result = run_module("db_reset", options, **flags)
    assert result["rc"] != 0, result
    assert not result.get("changed")
    assert str(options["password"]) not in str(result["output"])
    return str(result["msg"])


def test_refusals(server: Endpoint) -> None:
    for pattern in ("*", "%"):
        assert "matches everything" in refused(server.options(pattern=pattern))
    assert "pattern is empty" in refused(server.options(pattern=""))
    assert f"Failed to log in as {server.user} on minio" in refused(server.options(name="app", password="wrong 4711"))
    assert "Failed to log in as nobody" in refused(server.options(name="app", username="nobody"))
    assert "Failed to set up TLS" in refused(server.options(name="app", tls={"verify": False}))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        assert "Failed to reach the server" in refused(server.options(name="app", port=silent.getsockname()[1]))
        silent.listen()
        assert "Failed to reach the server" in refused(server.options(name="app", port=silent.getsockname()[1], timeout=2))
    assert "no-such-bucket does not exist" in refused(server.options(name="no-such-bucket", must_exist=True))
    for name in ("no-such-bucket", "No_Legal Name"):
        assert run_module("db_reset", server.options(name=name))["state"] == "absent"


def test_a_missing_right_is_told(server: Endpoint, client: Any, admin: Any, bucket: str) -> None:
    put(client, bucket, "o")
    user, password, policy = f"u-{bucket}", "p'\"&%s \\n1234", f"p-{bucket}"
    actions = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads", "s3:GetBucketLocation", "s3:GetBucketVersioning"]
    rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": ["arn:aws:s3:::*"]}]}
    admin.user_add(user, password)
    admin.policy_add(policy, policy=rights)
    admin.policy_set(policy, user=user)
    try:
        result = run_module("db_reset", server.options(name=bucket, username=user, password=password))
        assert result["rc"] != 0
        assert f"The user {user} may not do this. It needs" in str(result["msg"])
        assert password not in str(result["output"])
        assert left(client, bucket) == 1
    finally:
        admin.user_remove(user)
        admin.policy_remove(policy)
