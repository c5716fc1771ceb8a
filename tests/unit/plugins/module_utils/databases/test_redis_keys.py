# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import pytest
import redis

from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login, Tls
from ansible_collections.streamops.kafka.plugins.module_utils.databases import redis_client
from ansible_collections.streamops.kafka.plugins.module_utils.databases.redis_client import connect_error, connect_options, refusal
from ansible_collections.streamops.kafka.plugins.module_utils.databases.redis_keys import KeyPattern, OneKey, scan_pattern
from ansible_collections.streamops.kafka.plugins.module_utils.databases.reset import Found
from ansible_collections.streamops.kafka.plugins.module_utils.databases.selection import Selection, glob_regex
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.module import LibraryMissing


class Drawer:
    """A node in memory, with pages of two keys. It fails when it is to remove the key ``b"stuck"``."""

    def __init__(self, *keys: bytes) -> None:
        self.keys = set(keys)
        self.largest_page = 0

    def pages(self, pattern: str) -> Iterator[Sequence[bytes]]:
        matching = sorted(key for key in self.keys if glob_regex(pattern).match(key.decode()))
        for start in range(0, len(matching), 2):
            yield matching[start : start + 2]
        yield []

    def has(self, key: bytes) -> bool:
        return key in self.keys

    def unlink(self, keys: Sequence[bytes]) -> int:
        self.largest_page = max(self.largest_page, len(keys))
        removed = [key for key in keys if key in self.keys and key != b"stuck"]
        self.keys.difference_update(removed)
        if b"stuck" in keys:
            raise OperationError("remove the keys", answered="stuck", partial={"removed": {"keys": len(removed)}})
        return len(removed)


class Cabinet:
    def __init__(self, *nodes: Drawer) -> None:
        self.nodes = nodes

    def home(self, key: bytes) -> Drawer:
        return self.nodes[-1]


def test_keys_are_removed_on_every_node_page_by_page() -> None:
    nodes = Drawer(b"a1", b"a2", b"a3", b"b"), Drawer(b"a4", b"c")
    engine = KeyPattern(Cabinet(*nodes))
    found = engine.read("a*")
    assert found == Found("a*", {"keys": 4})
    assert engine.empty(found) == {"keys": 4}
    assert [node.keys for node in nodes] == [{b"b"}, {b"c"}]
    assert max(node.largest_page for node in nodes) == 2
    assert engine.read("a*") is None


def test_what_was_removed_before_a_failure_is_told() -> None:
    engine = KeyPattern(Cabinet(Drawer(b"s1", b"s2", b"s3", b"stuck"), Drawer(b"s5")))
    with pytest.raises(OperationError) as caught:
        engine.empty(Found("s*", {"keys": 5}))
    assert caught.value.partial == {"removed": {"keys": 3}}


def test_one_key_is_taken_literally() -> None:
    home = Drawer(b"a*", b"ab")
    engine = OneKey(Cabinet(Drawer(b"a*"), home))
    found = engine.read("a*")
    assert found == Found("a*", {"keys": 1})
    assert engine.empty(found) == {"keys": 1}
    assert home.keys == {b"ab"}
    assert engine.targets(Selection(name="a*")) == ["a*"]


@pytest.mark.parametrize(("pattern", "spelled"), [("a[!b]*", "a[^b]*"), ("a[^b]", "a[^b]"), (r"a\[!b", r"a\[!b"), ("a!b", "a!b"), ("a\nb[!c]", "a\nb[^c]")])
def test_negated_classes_are_spelled_as_redis_does(pattern: str, spelled: str) -> None:
    assert scan_pattern(pattern) == spelled


LOGIN = Login("redis", "db", 6379, None, "se cret")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (redis.exceptions.ConnectionError("Error 111 connecting to db:6379. Connection refused."), "Failed to reach the server on redis db:6379"),
        (redis.exceptions.TimeoutError("Timeout connecting to server"), "Failed to reach the server"),
        (redis.exceptions.AuthenticationError("invalid username-password pair or user is disabled."), "Failed to log in as the default user"),
        (redis.exceptions.ConnectionError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), "Failed to set up TLS"),
        (redis.exceptions.BusyLoadingError("Redis is loading the dataset in memory"), "wait for it"),
    ],
)
def test_why_there_is_no_connection(error: Exception, told: str) -> None:
    assert told in str(connect_error(LOGIN, error))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (redis.exceptions.ReadOnlyError("You can't write against a read only replica."), "connect to the primary"),
        (redis.exceptions.NoPermissionError("this user has no permissions to run the 'unlink' command"), "may not do this. It needs the commands SCAN"),
        (redis.exceptions.MovedError("12 127.0.0.1:1"), "Slots are being moved"),
        (redis.exceptions.ConnectionError("Connection closed by server."), "run the reset once more"),
    ],
)
def test_what_a_refusal_means(error: Exception, told: str) -> None:
    assert told in str(refusal(LOGIN, "remove the keys", error))


def test_tls_is_off_unless_asked_for() -> None:
    assert "ssl" not in connect_options(LOGIN)
    assert "ssl" not in connect_options(Login("redis", "db", 1, tls=Tls(enabled=False)))
    assert connect_options(Login("redis", "db", 1, tls=Tls(verify=False)))["ssl_cert_reqs"] == "none"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(LibraryMissing):
        redis_client.RedisCluster(LOGIN)
