# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_client_files: what it writes is used by real Java and librdkafka clients to log in to a real broker with TLS."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from run_module import run_module
from strimzi_clients import java_client, kcat_client, librdkafka_client
from strimzi_cluster import StrimziCluster, strimzi_cluster

from lab import pods
from lab.waiting import wait_until

CACERTS = Path("/etc/ssl/certs/java/cacerts")  # what lib/security/cacerts of the JDK leads to


@pytest.fixture(scope="module")
def cluster() -> Iterator[StrimziCluster]:
    with strimzi_cluster() as made:
        yield made


@pytest.fixture(scope="module")
def users(cluster: StrimziCluster) -> dict[str, str]:
    """A user of each kind, with its Secret."""
    names = {kind: f"t-{uuid.uuid4().hex[:8]}" for kind in ("scram-sha-512", "tls")}
    for kind, name in names.items():
        cluster.users.create("KafkaUser", name, {"authentication": {"type": kind}}, cluster=cluster.name)
    cluster.wait_ready(cluster.users, *names.values())
    for name in names.values():
        wait_until(f"Secret {name} is there", lambda wanted=name: None if has_secret(cluster, wanted) else "not yet", 60)  # type: ignore[misc]
    return names


def has_secret(cluster: StrimziCluster, name: str) -> bool:
    try:
        return bool(cluster.secret(name))
    except ApiException:
        return False


def write(cluster: StrimziCluster, directory: Path, check: bool = False, **options: Any) -> Any:
    return run_module("strimzi_client_files", {**cluster.place, "directory": str(directory), **options}, check=check, diff=True)


def actions(result: Any) -> dict[str, str]:
    return {name: each["action"] for name, each in result["files"].items()}


def modes(directory: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


def digests(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()}


def keytool_list(store: Path, password: str) -> str:
    command = ["keytool", "-list", "-keystore", str(store), "-storepass:env", "STORE"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "STORE": password})
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_a_scram_client_logs_in_by_every_client_and_a_second_run_changes_nothing(cluster: StrimziCluster, users: dict[str, str], tmp_path: Path) -> None:
    directory, user = tmp_path / "client", users["scram-sha-512"]
    predicted = write(cluster, directory, check=True, listener="scramtls", user=user)
    assert predicted["rc"] == 0 and predicted["changed"] and not directory.exists()
    done = write(cluster, directory, listener="scramtls", user=user)
    assert done["rc"] == 0 and actions(done) == actions(predicted) and set(actions(done).values()) == {"created"}
    assert set(actions(done)) == {"ca.crt", "truststore.p12", "store.password", "client.properties", "librdkafka.conf", "kcat.conf"}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700 and set(modes(directory).values()) == {0o600} and set(modes(directory)) == set(actions(done))

    bootstrap = done["connection"]["bootstrap_servers"]
    assert done["connection"]["security_protocol"] == "sasl_ssl" and done["connection"]["sasl_username"] == user
    assert "Produce(0)" in java_client(directory, bootstrap)
    assert librdkafka_client(directory) == cluster.admin().list_topics(timeout=30).cluster_id

    before = digests(directory)
    again = write(cluster, directory, listener="scramtls", user=user)
    assert again["changed"] is False and set(actions(again).values()) == {"unchanged"} and digests(directory) == before
    secrets = [cluster.secret(user)["password"].decode(), (directory / "store.password").read_text(encoding="utf-8").strip()]
    assert not [secret for secret in secrets for result in (predicted, done, again) if secret in str(result["output"]) + json.dumps(result)]


def test_a_client_with_a_certificate_logs_in(cluster: StrimziCluster, users: dict[str, str], tmp_path: Path) -> None:
    directory = tmp_path / "client"
    done = write(cluster, directory, listener="tls", user=users["tls"], store_password="chosen-by-us")
    assert done["rc"] == 0 and {"user.crt", "user.key", "keystore.p12"} <= set(actions(done)), done
    assert "PrivateKeyEntry" in keytool_list(directory / "keystore.p12", "chosen-by-us")
    assert "Produce(0)" in java_client(directory, done["connection"]["bootstrap_servers"])
    assert librdkafka_client(directory) and "1 brokers" in kcat_client(directory)
    key = cluster.secret(users["tls"])["user.key"].decode().splitlines()[3]
    assert key not in str(done["output"]) and "chosen-by-us" not in str(done["output"])
    assert write(cluster, directory, listener="tls", user=users["tls"], store_password="chosen-by-us")["changed"] is False
    other = write(cluster, directory, listener="tls", user=users["tls"], store_password="another-one")
    changed = {name for name, action in actions(other).items() if action == "altered"}
    assert changed == {"truststore.p12", "keystore.p12", "store.password", "client.properties"}
    assert "PrivateKeyEntry" in keytool_list(directory / "keystore.p12", "another-one")


def test_only_what_differs_is_written_and_open_files_are_closed(cluster: StrimziCluster, users: dict[str, str], tmp_path: Path) -> None:
    directory, options = tmp_path / "client", {"listener": "scramtls", "user": users["scram-sha-512"]}
    write(cluster, directory, **options)
    before = digests(directory)
    directory.chmod(0o755)
    (directory / "kcat.conf").chmod(0o644)
    (directory / "truststore.p12").write_bytes(b"broken")
    (directory / "ca.crt").unlink()
    done = write(cluster, directory, **options)
    assert actions(done) == {"ca.crt": "created", "truststore.p12": "altered", "kcat.conf": "closed", "store.password": "unchanged",
                             "client.properties": "unchanged", "librdkafka.conf": "unchanged"}  # fmt: skip
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700 and set(modes(directory).values()) == {0o600}
    same = {name for name, digest in digests(directory).items() if before.get(name) == digest}
    assert same == set(before) - {"truststore.p12"}, "the password was kept, so the configurations still hold"
    assert write(cluster, directory, **options)["changed"] is False


def test_a_copy_of_the_jdks_cacerts_has_the_ca_and_the_original_is_untouched(cluster: StrimziCluster, users: dict[str, str], tmp_path: Path) -> None:
    before = (hashlib.sha256(CACERTS.read_bytes()).hexdigest(), CACERTS.stat().st_mtime_ns)
    directory = tmp_path / "client"
    options: dict[str, Any] = {"listener": "scramtls", "user": users["scram-sha-512"], "files": ["java"], "truststore_type": "jks",
                               "jdk_cacerts": str(CACERTS), "store_password": "of-the-copy"}  # fmt: skip
    done = write(cluster, directory, **options)
    assert done["rc"] == 0, done
    listed = keytool_list(directory / "truststore.jks", "of-the-copy")
    original = keytool_list(CACERTS, "changeit")
    assert listed.count("trustedCertEntry") == original.count("trustedCertEntry") + 1 and f"{cluster.name}-ca" in listed
    assert (directory / "truststore.jks").read_bytes()[:4] == b"\xfe\xed\xfe\xed"
    assert "Produce(0)" in java_client(directory, done["connection"]["bootstrap_servers"])
    assert write(cluster, directory, **options)["changed"] is False
    assert write(cluster, directory, **{**options, "truststore_type": "pkcs12"})["rc"] == 0
    assert keytool_list(directory / "truststore.p12", "of-the-copy").count("trustedCertEntry") == listed.count("trustedCertEntry")
    assert before == (hashlib.sha256(CACERTS.read_bytes()).hexdigest(), CACERTS.stat().st_mtime_ns)
    refused = write(cluster, directory, **{**options, "jdk_cacerts": str(directory / "truststore.jks"), "jdk_cacerts_password": "of-the-copy"})
    assert refused["rc"] == 1 and "is the truststore that would be written" in refused["msg"]


def test_certificates_of_an_endpoint_are_trusted_on_first_use_only(cluster: StrimziCluster, users: dict[str, str], tmp_path: Path) -> None:
    directory = tmp_path / "client"
    endpoint = write(cluster, tmp_path / "other", listener="scramtls", user=users["scram-sha-512"])["connection"]["bootstrap_servers"]
    options: dict[str, Any] = {"endpoint": endpoint, "listener": "scramtls", "user": users["scram-sha-512"]}
    done = write(cluster, directory, **options)
    assert done["rc"] == 0 and "trust on first use" in str(done["warnings"]) and done["shown"][0]["authority"] is False
    authority = done["trusted"][0]
    assert len(done["trusted"]) == 1 and authority["authority"] and authority["sha256"] in str(done["warnings"])
    said = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=cluster.secret(f"{cluster.name}-cluster-ca-cert")["ca.crt"],
                          capture_output=True, check=True).stdout.decode()  # fmt: skip
    assert said.strip().partition("=")[2] == authority["sha256"]
    assert "Produce(0)" in java_client(directory, endpoint) and librdkafka_client(directory)

    pinned = write(cluster, directory, **options, endpoint_fingerprints=[said.strip()])
    assert pinned["changed"] is False and not pinned.get("warnings")
    wrong = write(cluster, tmp_path / "new", **options, endpoint_fingerprints=["00" * 32])
    assert wrong["rc"] == 1 and "none of endpoint_fingerprints" in wrong["msg"] and not (tmp_path / "new").exists()
    (directory / "ca.crt").write_bytes(pods_ca(cluster))
    changed = write(cluster, directory, **options)
    assert changed["rc"] == 1 and "which is not in" in changed["msg"] and authority["sha256"] in changed["msg"]

    alone = run_module("strimzi_client_files", {"endpoint": endpoint, "directory": str(tmp_path / "alone"), "files": ["java"]})
    assert alone["rc"] == 0 and "security.protocol=SSL" in (tmp_path / "alone" / "client.properties").read_text(encoding="utf-8")
    plain = cluster.connection["bootstrap_servers"].split(",")[0]
    nobody = run_module("strimzi_client_files", {"endpoint": plain, "directory": str(tmp_path / "x"), "files": ["ca"]})
    assert nobody["rc"] == 1 and "Is this a listener with TLS" in nobody["msg"]


def pods_ca(cluster: StrimziCluster) -> bytes:
    """A certificate of somebody else: that of the clients' CA."""
    return cluster.secret(f"{cluster.name}-clients-ca-cert")["ca.crt"]


def test_a_plain_listener_needs_no_certificates(cluster: StrimziCluster, tmp_path: Path) -> None:
    done = write(cluster, tmp_path / "client", listener="plain")
    assert set(actions(done)) == {"client.properties", "librdkafka.conf", "kcat.conf"}
    assert "Produce(0)" in java_client(tmp_path / "client", done["connection"]["bootstrap_servers"])
    refused = write(cluster, tmp_path / "client", listener="plain", user="anna", files=["java", "truststore"])
    assert refused["rc"] == 1 and "has no login: leave user out" in refused["msg"] and "has no TLS: there is nothing for truststore" in refused["msg"]


def test_what_is_wrong_is_said_at_once_and_nothing_is_written(cluster: StrimziCluster, users: dict[str, str], tmp_path: Path) -> None:
    directory = tmp_path / "client"
    assert "has no listener nodeport, it has plain (no TLS, no login)" in write(cluster, directory, listener="nodeport")["msg"]
    assert "it is not said which is meant" in write(cluster, directory)["msg"]
    assert "wants a login (scram-sha-512): say whose with user" in write(cluster, directory, listener="scram")["msg"]
    missing = write(cluster, directory, listener="scramtls", user="t-nobody")["msg"]
    assert "t-nobody: there is none; the user operator writes it for a KafkaUser that is Ready" in missing
    wrong = write(cluster, directory, listener="tls", user=users["scram-sha-512"], files=["keystore"])["msg"]
    assert "it has no key user.crt, it has password, sasl.jaas.config" in wrong and "there is no certificate of a user for keystore" in wrong
    short = write(cluster, directory, listener="plain", store_password="abc", files=[], jdk_cacerts="/nowhere")["msg"]
    assert all(words in short for words in ("fewer than 6 characters", "files is empty", "there is no file /nowhere"))
    assert not directory.exists()
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared" / "letter.txt").touch()
    assert "holds other files (letter.txt)" in write(cluster, tmp_path / "shared", listener="plain")["msg"]
    assert "the directory above" in write(cluster, tmp_path / "a" / "b", listener="plain")["msg"]


def test_a_limited_account_needs_to_read_three_things(cluster: StrimziCluster, users: dict[str, str], tmp_path: Path) -> None:
    space = pods.Space(cluster.namespace, cluster.kubeconfig)
    rules = [pods.rule("kafkas", "get", group="kafka.strimzi.io"), pods.rule("secrets", "get")]
    limited = str(space.account(f"reader-{uuid.uuid4().hex[:6]}", rules, tmp_path))
    options = {"listener": "scramtls", "user": users["scram-sha-512"]}
    assert write(cluster, tmp_path / "client", **options, **{"kubeconfig": limited})["rc"] == 0
