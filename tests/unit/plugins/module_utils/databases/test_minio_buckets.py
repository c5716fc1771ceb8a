# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.databases.minio_buckets import (
    Buckets,
    ByVersion,
    Upload,
    Version,
    batches,
    parallel,
    record_bucket,
)
from ansible_collections.streamops.kafka.plugins.module_utils.databases.minio_client import connect_error, is_default, is_past
from ansible_collections.streamops.kafka.plugins.module_utils.databases.selection import Selection
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError

from collections.abc import Iterator, Mapping, Sequence

LOGIN = Login("minio", "h", 9000, "admin", "secret")


class Memory(ByVersion):
    """A store in memory. It refuses to remove the key ``stuck``, and dies where ``dies_at`` says."""

    def __init__(self, **contents: list[Version]) -> None:
        self.login = LOGIN
        self.contents: dict[str, list[Version]] = {name.replace("_", "-"): versions for name, versions in contents.items()}
        self.configured: dict[str, dict[str, str]] = {name: {"versioning": "on"} for name in self.contents}
        self.texts: dict[tuple[str, str], str] = {}
        self.locks: dict[str, str] = {}
        self.unreadable: list[str] = []
        self.dies_at = ""
        self.left_uploads = 1

    def step(self, name: str) -> None:
        if name == self.dies_at:
            raise KeyboardInterrupt

    def buckets(self) -> list[str]:
        return list(self.contents)

    def exists(self, bucket: str) -> bool:
        return bucket in self.contents

    def versions(self, bucket: str) -> Iterator[Version]:
        yield from list(self.contents[bucket])

    def uploads(self, bucket: str) -> Iterator[Upload]:
        yield from [Upload("u", str(number)) for number in range(self.left_uploads)]

    def remove(self, bucket: str, versions: Sequence[Version]) -> dict[Version, str]:
        self.step("remove")
        refused = {version: "no" for version in versions if version.key == "stuck"}
        self.contents[bucket] = [version for version in self.contents[bucket] if version not in versions or version in refused]
        self.texts = {place: text for place, text in self.texts.items() if place[0] != bucket}
        return refused

    def abort(self, bucket: str, upload: Upload) -> None:
        self.left_uploads -= 1

    def locked(self, bucket: str, version: Version) -> str:
        return self.locks.get(version.key, "")

    def settings(self, bucket: str) -> dict[str, str]:
        return dict(self.configured[bucket])

    def hidden(self, bucket: str) -> list[str]:
        return self.unreadable

    def create(self, bucket: str, settings: Mapping[str, str]) -> None:
        self.step("create record" if bucket.startswith("streamops-reset-") else "create")
        self.contents.setdefault(bucket, [])
        self.configured[bucket] = dict(settings)

    def drop(self, bucket: str) -> None:
        self.step("drop record" if bucket.startswith("streamops-reset-") else "drop")
        self.contents.pop(bucket, None)
        self.configured.pop(bucket, None)

    def read(self, bucket: str, key: str) -> str | None:
        return self.texts.get((bucket, key))

    def write(self, bucket: str, key: str, text: str) -> None:
        self.step("write")
        self.texts[bucket, key] = text
        self.contents[bucket].append(Version(key))

    def close(self) -> None:
        pass


def full() -> Memory:
    return Memory(app=[Version("a", "2"), Version("a", "1", "versions"), Version("b", "1", "delete_markers")], app_two=[Version("c")])


def test_everything_is_counted_and_removed() -> None:
    store = full()
    engine = Buckets(store)
    assert engine.targets(Selection(pattern="app*")) == ["app", "app-two"]
    found = engine.read("app")
    assert found is not None
    assert found.counts == {"objects": 1, "versions": 1, "delete_markers": 1, "uploads": 1}
    assert found.kept == {"versioning": "on"}
    assert engine.empty(found) == found.counts
    assert store.contents["app"] == []
    assert engine.read("none") is None


def test_what_is_refused_is_told_after_everything_else_is_gone() -> None:
    store = Memory(app=[Version("a"), Version("stuck"), Version("z")])
    engine = Buckets(store)
    found = engine.read("app")
    assert found is not None
    with pytest.raises(OperationError, match="stuck: no") as caught:
        engine.empty(found)
    assert caught.value.partial == {"removed": {"objects": 2, "uploads": 1}}


@pytest.mark.parametrize("death", ["remove", "create record", "write", "drop", "create", "drop record"])
def test_the_settings_survive_a_death_at_any_step(death: str) -> None:
    store = full()
    engine = Buckets(store, recreate=True)
    found = engine.read("app")
    assert found is not None
    store.dies_at = death
    with pytest.raises(KeyboardInterrupt):
        engine.empty(found)
    store.dies_at = ""
    assert engine.targets(Selection(pattern="app")) == ["app"]
    again = engine.read("app")
    assert again is not None
    assert again.kept == {"versioning": "on"}
    if again.counts or again.unfinished:
        engine.empty(again)
    assert (store.contents["app"], store.configured["app"]) == ([], {"versioning": "on"})
    assert store.texts == {}
    assert sorted(store.contents) == ["app", "app-two"]


def test_what_cannot_be_put_back_is_known_before() -> None:
    store = full()
    store.configured["app"]["replication"] = "<xml/>"
    assert Buckets(store).read("app") is not None
    with pytest.raises(OperationError, match="its replication cannot be read by this user, or not be put back"):
        Buckets(store, recreate=True).read("app")
    store.unreadable = ["quota"]
    with pytest.raises(OperationError, match="its quota cannot"):
        Buckets(store, recreate=True).read("app-two")


def test_locked_objects_are_named_before_anything_is_touched() -> None:
    store = Memory(app=[Version(f"o{number}", "1") for number in range(30)])
    store.configured["app"]["object-lock"] = "<xml/>"
    assert Buckets(store).read("app") is not None
    store.locks = {f"o{number}": "legal hold" for number in range(20)}
    with pytest.raises(OperationError, match=r"object lock protects o\d+ \(1\): legal hold; .* and more"):
        Buckets(store).read("app")


def test_records_are_no_targets() -> None:
    store = full()
    store.contents[record_bucket("gone")] = []
    store.texts[record_bucket("gone"), "settings.json"] = '{"name": "gone", "settings": {"policy": "p"}}'
    engine = Buckets(store)
    assert engine.targets(Selection(pattern="s*")) == []
    assert engine.targets(Selection(pattern="g*")) == ["gone"]
    found = engine.read("gone")
    assert found is not None
    assert (found.unfinished, found.kept) == (True, {"policy": "p"})


def test_memory_is_bounded() -> None:
    started, ended, most, lock = 0, 0, 0, threading.Lock()

    def items() -> Iterator[int]:
        nonlocal started, most
        for number in range(500):
            with lock:
                started += 1
                most = max(most, started - ended)
            yield number

    def work(number: int) -> int:
        nonlocal ended
        with lock:
            ended += 1
        return number

    assert sorted(parallel(work, items(), workers=3, waiting=6)) == list(range(500))
    assert most <= 10
    assert [len(batch) for batch in batches(range(2500))] == [1000, 1000, 500]


def test_what_stores_answer_for_nothing_configured() -> None:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    assert is_default("")
    assert is_default('<VersioningConfiguration xmlns="http://s3"></VersioningConfiguration>')
    assert is_default(f'{head}<AccelerateConfiguration xmlns="http://s3"/>')
    assert is_default(f"{head}<BucketLoggingStatus><!--<LoggingEnabled>x</LoggingEnabled>--></BucketLoggingStatus>")
    assert is_default(f"{head}<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>")
    assert not is_default("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
    assert not is_default('{"Version":"2012-10-17"}')


def test_retention_ends() -> None:
    assert is_past("2020-01-01T00:00:00Z")
    assert not is_past("2999-01-01T00:00:00Z")


def test_why_there_is_no_connection() -> None:
    assert "Failed to set up TLS" in str(connect_error(LOGIN, ValueError("Client sent an HTTP request to an HTTPS server.")))
    assert "Is this the port of the S3 protocol" in str(connect_error(Login("minio", "h", 1, tls=Tls()), ValueError("<html>")))
