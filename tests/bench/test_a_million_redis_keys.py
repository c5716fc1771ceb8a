# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000,000 keys among others: one db_reset call beside ``redis-cli --scan --pattern | ... redis-cli``.

On a single server that is ``| xargs redis-cli unlink``, hundreds of keys a command. On a cluster a command may only have
keys of one slot, so a user loops over the masters, and either pipes single commands into one redis-cli, or lets xargs
start a redis-cli a key, which takes so long that few keys have to do.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import redis
import redis_data
from databases import Endpoint, endpoint, eventually
from measuring import bounded, reset, rounds, scaled, side_by_side, tool

KEYS = scaled(1_000_000)
OTHERS = scaled(100_000)
ROUNDS = rounds(2)


@pytest.fixture(scope="module")
def cluster(every_env: Mapping[str, str]) -> Endpoint:
    return endpoint("redis", every_env)


@pytest.fixture
def single(tmp_path: Path) -> Iterator[Endpoint]:
    """A server of its own that is no cluster."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    password = uuid.uuid4().hex
    settings = f"bind 127.0.0.1\nport {port}\nsave \"\"\ndir {tmp_path}\nappendonly yes\nrequirepass {password}\n"
    process = subprocess.Popen([shutil.which("redis-server") or "redis-server", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        assert process.stdin is not None
        process.stdin.write(settings)
        process.stdin.close()
        with redis.Redis("127.0.0.1", port, password=password) as client:
            eventually("the server answers", lambda: _answers(client))
        yield Endpoint("redis", "127.0.0.1", port, "default", password)
    finally:
        process.kill()
        process.wait()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture
def prefix(cluster: Endpoint) -> Iterator[str]:
    name = f"bench-{uuid.uuid4().hex[:8]}"
    yield name
    reset(cluster.options(pattern=f"{name}*"))


def on_each_primary(server: Endpoint, pipeline: str) -> float:
    """The seconds of a pipeline of a user's, master after master. ``CLI`` is redis-cli with the master's address."""
    total = 0.0
    for host, port in redis_data.primaries(server):
        client = f"redis-cli -h {host} -p {port} --no-auth-warning"
        total += tool(pipeline.replace("CLI", client), {"REDISCLI_AUTH": server.password})[0]
    return total


def test_on_a_cluster(cluster: Endpoint, prefix: str) -> None:
    mine = f"{prefix}:mine"
    redis_data.fill(cluster, f"{prefix}:other", OTHERS)
    tenth = max(20, KEYS // 10)
    redis_data.fill(cluster, mine, tenth)
    foretold, small = reset(cluster.options(pattern=f"{mine}:*"), check=True), reset(cluster.options(pattern=f"{mine}:*"))
    assert foretold.result["removed"] == small.result["removed"] == {"keys": tenth}
    runs = side_by_side(
        f"{KEYS} keys on three masters", {"keys": KEYS}, lambda: redis_data.fill(cluster, mine, KEYS), cluster.options(pattern=f"{mine}:*"),
        "redis-cli --scan | sed | redis-cli",
        lambda: on_each_primary(cluster, f"CLI --scan --pattern '{mine}:*' | sed 's/^/UNLINK /' | CLI"), ROUNDS,
    )  # fmt: skip
    bounded(f"{KEYS} keys", small, runs[0])

    few = max(20, KEYS // 500)
    side_by_side(
        f"{few} keys on three masters", {"keys": few}, lambda: redis_data.fill(cluster, mine, few), cluster.options(pattern=f"{mine}:*"),
        "redis-cli --scan | xargs -n 1 redis-cli unlink",
        lambda: on_each_primary(cluster, f"CLI --scan --pattern '{mine}:*' | xargs -r -n 1 CLI unlink"), 1,
    )  # fmt: skip
    assert (redis_data.count(cluster, mine), redis_data.count(cluster, f"{prefix}:other")) == (0, OTHERS)


def test_on_a_single_server(single: Endpoint) -> None:
    redis_data.fill(single, "other", OTHERS)
    side_by_side(
        f"{KEYS} keys on a single server", {"keys": KEYS}, lambda: redis_data.fill(single, "mine", KEYS), single.options(pattern="mine:*"),
        "redis-cli --scan | xargs redis-cli unlink",
        lambda: on_each_primary(single, "CLI --scan --pattern 'mine:*' | xargs -r CLI unlink"), ROUNDS,
    )  # fmt: skip
    assert (redis_data.count(single, "mine"), redis_data.count(single, "other")) == (0, OTHERS)
