# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""db_reset against the lab's Redis cluster, and against single servers of its own, with and without TLS."""

from __future__ import annotations

import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from databases import AWKWARD_PASSWORD, Endpoint, endpoint, eventually, redis_primaries
from redis.cluster import RedisCluster
from run_module import run_module, start_module


@pytest.fixture(scope="module")
def server(lab_env: dict[str, str]) -> Endpoint:
    return endpoint("redis", lab_env)


@pytest.fixture(scope="module")
def cluster(server: Endpoint) -> Iterator[RedisCluster]:
    with RedisCluster(host=server.host, port=server.port, username=server.user, password=server.password) as client:
        yield client


@pytest.fixture
def prefix(cluster: RedisCluster) -> Iterator[str]:
    """A prefix of keys of this test alone; they are removed afterwards."""
    name = f"t-{uuid.uuid4().hex[:8]}"
    yield name
    for key in cluster.scan_iter(match=f"{name}*", count=5000):
        cluster.unlink(key)


def fill(cluster: RedisCluster, prefix: str, keys: int) -> None:
    for start in range(0, keys, 5000):
        pipeline = cluster.pipeline()
        for number in range(start, min(start + 5000, keys)):
            pipeline.set(f"{prefix}:{number}", number)
        pipeline.execute()


def left(cluster: RedisCluster, pattern: str) -> int:
    return sum(1 for _key in cluster.scan_iter(match=pattern, count=5000))


def test_keys_are_removed_on_all_primaries_and_nothing_else(server: Endpoint, cluster: RedisCluster, prefix: str) -> None:
    fill(cluster, f"{prefix}:a", 3000)
    fill(cluster, f"{prefix}:b", 100)
    holding = [node for node in redis_primaries(server) if next(node.scan_iter(match=f"{prefix}:a*", count=100000), None)]
    assert len(holding) == 3

    foretold = run_module("db_reset", server.options(pattern=f"{prefix}:a:*"), check=True, diff=True)
    assert (foretold["rc"], foretold["changed"], foretold["removed"]) == (0, True, {"keys": 3000})
    assert left(cluster, f"{prefix}:a*") == 3000

    done = run_module("db_reset", server.options(pattern=f"{prefix}:a:*"), diff=True)
    assert (done["rc"], done["changed"], done["removed"], done["verified"]) == (0, True, {"keys": 3000}, "verified")
    assert done["diff"] == foretold["diff"]
    assert (left(cluster, f"{prefix}:a*"), left(cluster, f"{prefix}:b*")) == (0, 100)

    again = run_module("db_reset", server.options(pattern=f"{prefix}:a:*"))
    assert (again["rc"], again["changed"], again["state"], again["removed"]) == (0, False, "absent", {})


def test_a_name_is_one_literal_key(server: Endpoint, cluster: RedisCluster, prefix: str) -> None:
    names = [f"{prefix}:*", f"{prefix}:[a]", f"{prefix}:\\?", f"{prefix}: ü\n'\"", f"{prefix}:{{tag}}:x"]
    for name in [*names, f"{prefix}:a"]:
        cluster.set(name, 1)
    for name in names:
        foretold = run_module("db_reset", server.options(name=name), check=True)
        done = run_module("db_reset", server.options(name=name))
        assert (foretold["removed"], done["removed"], done["verified"]) == ({"keys": 1}, {"keys": 1}, "verified")
    assert left(cluster, f"{prefix}*") == 1


def test_globs_mean_the_same_as_everywhere(server: Endpoint, cluster: RedisCluster, prefix: str) -> None:
    for name in ("a1", "a2", "a3", "b1", "a*"):
        cluster.set(f"{prefix}:{name}", 1)
    assert run_module("db_reset", server.options(pattern=f"{prefix}:a[!12*]"))["removed"] == {"keys": 1}
    assert run_module("db_reset", server.options(pattern=f"{prefix}:a\\*"))["removed"] == {"keys": 1}
    assert run_module("db_reset", server.options(pattern=f"{prefix}:?1"))["removed"] == {"keys": 2}


@pytest.fixture
def without_scripts(server: Endpoint, prefix: str) -> Iterator[str]:
    """A user who may remove the keys of PREFIX:a and no others, and may not run scripts."""
    yield from user_of(server, prefix, f"~{prefix}:a*", "+unlink")


@pytest.fixture
def with_scripts(server: Endpoint, prefix: str) -> Iterator[str]:
    """The same, and scripts are allowed: a page is then removed by one."""
    yield from user_of(server, prefix, f"~{prefix}:a*", "+unlink", "+eval")


def user_of(server: Endpoint, name: str, *rights: str) -> Iterator[str]:
    rules = ("reset", "on", f">{AWKWARD_PASSWORD}", "+ping", "+hello", "+client", "+scan", "+exists", "+cluster", *rights)
    for node in redis_primaries(server):
        node.execute_command("ACL", "SETUSER", name, *rules)
    yield name
    for node in redis_primaries(server):
        node.execute_command("ACL", "DELUSER", name)


@pytest.mark.parametrize("user", ["without_scripts", "with_scripts"])
def test_what_a_user_may_remove_is_removed_and_counted_exactly(server: Endpoint, cluster: RedisCluster, user: str, request: pytest.FixtureRequest) -> None:
    name = request.getfixturevalue(user)
    fill(cluster, f"{name}:a", 3000)
    done = run_module("db_reset", server.options(pattern=f"{name}:a:*", username=name, password=AWKWARD_PASSWORD))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"keys": 3000}, "verified")

    fill(cluster, f"{name}:a", 300)
    fill(cluster, f"{name}:b", 300)
    refused = run_module("db_reset", server.options(pattern=f"{name}:*", username=name, password=AWKWARD_PASSWORD))
    assert refused["rc"] != 0 and "It needs the commands SCAN" in str(refused["msg"])
    assert left(cluster, f"{name}:b*") == 300
    assert refused["removed"] == {"keys": 300 - left(cluster, f"{name}:a*")}


@pytest.fixture
def limited(server: Endpoint, prefix: str) -> Iterator[str]:
    """A user who may list and count keys, and remove none of them."""
    yield from user_of(server, prefix, "~*")


def test_a_missing_right_is_told(server: Endpoint, cluster: RedisCluster, limited: str) -> None:
    fill(cluster, limited, 10)
    refused = run_module("db_reset", server.options(pattern=f"{limited}:*", username=limited, password=AWKWARD_PASSWORD))
    assert refused["rc"] != 0
    assert f"The user {limited} may not do this. It needs the commands SCAN" in str(refused["msg"])
    assert AWKWARD_PASSWORD not in str(refused["output"])
    assert left(cluster, f"{limited}:*") == 10


def test_passwords_may_contain_anything(server: Endpoint, cluster: RedisCluster, limited: str) -> None:
    for node in redis_primaries(server):
        node.execute_command("ACL", "SETUSER", limited, "+unlink")
    fill(cluster, limited, 10)
    done = run_module("db_reset", server.options(pattern=f"{limited}:*", username=limited, password=AWKWARD_PASSWORD))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"keys": 10}, "verified")


def test_killed_in_the_middle_the_next_run_completes(server: Endpoint, cluster: RedisCluster, prefix: str) -> None:
    fill(cluster, prefix, 60000)
    before = sum(node.dbsize() for node in redis_primaries(server))
    running = start_module("db_reset", server.options(pattern=f"{prefix}:*"))
    eventually("keys are removed", lambda: sum(node.dbsize() for node in redis_primaries(server)) < before - 1000)
    running.kill()
    remaining = left(cluster, f"{prefix}:*")
    assert 0 < remaining < 60000
    done = run_module("db_reset", server.options(pattern=f"{prefix}:*"))
    assert (done["rc"], done["removed"], done["verified"]) == (0, {"keys": remaining}, "verified")


def test_keys_that_come_back_are_a_failure(server: Endpoint, cluster: RedisCluster, prefix: str) -> None:
    """An application that still writes: the reset says so instead of calling it done."""
    fill(cluster, prefix, 20000)
    running = start_module("db_reset", server.options(pattern=f"{prefix}:*"))
    number = 0
    while running.is_running():
        cluster.set(f"{prefix}:{{live}}:{number}", 1)
        number += 1
    failed = running.result()
    assert failed["rc"] != 0
    assert "something writes to it" in str(failed["msg"])
    assert (failed["verified"], failed["changed"]) == ("failed", True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(folder: Path, *options: str) -> tuple[subprocess.Popen[bytes], int]:
    """A redis-server of its own that is no cluster."""
    port = free_port()
    command = [shutil.which("redis-server") or "redis-server", "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--requirepass", "secret-4711"]
    ports = ["--port", "0", "--tls-port", str(port)] if options else ["--port", str(port)]
    return subprocess.Popen([*command, *ports, *options], stdout=subprocess.DEVNULL), port


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    process, port = start_server(tmp_path_factory.mktemp("redis"))
    with redis.Redis("127.0.0.1", port, password="secret-4711") as client:
        eventually("the server answers", lambda: answers(client))
    yield Endpoint("redis", "127.0.0.1", port, "default", "secret-4711")
    process.kill()
    process.wait()


def test_a_single_server_is_reset_too(single: Endpoint) -> None:
    with redis.Redis(single.host, single.port, password=single.password) as client:
        client.mset({f"app:{number}": 1 for number in range(5000)} | {"other": 1})
        done = run_module("db_reset", {"engine": "redis", "host": single.host, "port": single.port, "password": single.password, "pattern": "app:*"})
        assert (done["rc"], done["removed"], done["verified"]) == (0, {"keys": 5000}, "verified")
        assert client.keys() == [b"other"]
        assert run_module("db_reset", single.options(name="other"))["removed"] == {"keys": 1}


def test_a_replica_says_to_go_to_its_primary(single: Endpoint) -> None:
    with redis.Redis(single.host, single.port, password=single.password) as client:
        client.set("app:1", 1)
        client.replicaof("127.0.0.1", free_port())
        try:
            refused = run_module("db_reset", single.options(pattern="app:*"))
        finally:
            client.replicaof("NO", "ONE")
        assert refused["rc"] != 0
        assert "connect to the primary" in str(refused["msg"])
        assert client.get("app:1") == b"1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=lab", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Endpoint]:
    files = ["--tls-cert-file", f"{certificate}/cert.pem", "--tls-key-file", f"{certificate}/key.pem", "--tls-ca-cert-file", f"{certificate}/cert.pem"]
    process, port = start_server(tmp_path_factory.mktemp("redis-tls"), *files)
    with redis.Redis("127.0.0.1", port, password="secret-4711", ssl=True, ssl_cert_reqs="none", ssl_certfile=files[1], ssl_keyfile=files[3]) as client:
        eventually("the server answers", lambda: answers(client))
    yield Endpoint("redis", "127.0.0.1", port, "default", "secret-4711")
    process.kill()
    process.wait()


def test_tls_with_a_client_certificate_works(encrypted: Endpoint, certificate: Path) -> None:
    tls = {"ca": f"{certificate}/cert.pem", "cert": f"{certificate}/cert.pem", "key": f"{certificate}/key.pem"}
    done = run_module("db_reset", encrypted.options(name="app", tls=tls))
    assert (done["rc"], done["state"]) == (0, "absent")


def test_a_certificate_of_an_unknown_authority_is_refused(encrypted: Endpoint) -> None:
    refused = run_module("db_reset", encrypted.options(name="app", tls={}))
    assert refused["rc"] != 0
    assert "Failed to set up TLS" in str(refused["msg"])


def test_a_certificate_of_another_name_is_refused_unless_told_otherwise(encrypted: Endpoint, certificate: Path) -> None:
    tls = {"ca": f"{certificate}/cert.pem", "cert": f"{certificate}/cert.pem", "key": f"{certificate}/key.pem"}
    elsewhere = replace(encrypted, host="localhost")
    refused = run_module("db_reset", elsewhere.options(name="app", tls=tls))
    assert refused["rc"] != 0
    assert "Failed to set up TLS" in str(refused["msg"])
    assert run_module("db_reset", elsewhere.options(name="app", tls={**tls, "verify_hostname": False}))["rc"] == 0


def test_a_server_that_wants_tls_says_so(encrypted: Endpoint) -> None:
    refused = run_module("db_reset", encrypted.options(name="app"))
    assert refused["rc"] != 0
    assert "The server wants TLS" in str(refused["msg"])
