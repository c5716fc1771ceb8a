# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's cluster and its pods. Run when LAB names kubernetes: nobody has to build a cluster who asked for none."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client as kubernetes_client
from kubernetes import config
from kubernetes.client.exceptions import ApiException

import lab
from lab import LabError, go, places, pods
from lab.kubernetes import cgroups
from lab.servers import kubernetes as kubernetes_server
from lab.waiting import wait_until

NAMED = os.environ.get("LAB", "").split()
needs_cluster = pytest.mark.skipif("kubernetes" not in NAMED, reason="LAB does not name kubernetes")
needs_minio = pytest.mark.skipif("minio" not in NAMED, reason="LAB does not name minio, which is built from source")

KERNEL_SETTINGS = [
    Path("/proc/sys") / name
    for name in (
        "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
        "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes", "net/ipv4/ip_forward",
    )
]  # fmt: skip
# No quoting of SQL, configuration files or shells survives this by luck.
AWKWARD = "p@ss 'w\\x\"$y&<z;%"


@pytest.fixture(scope="module")
def cluster() -> dict[str, str]:
    return lab.start("kubernetes")


@pytest.fixture(scope="module")
def space(cluster: dict[str, str]) -> Iterator[pods.Space]:
    with pods.namespace() as space:
        yield space


@pytest.fixture(scope="module")
def databases(space: pods.Space) -> dict[str, pods.Pod]:
    """One of each that needs no build, all started at once; most of the time of this file goes here."""
    started = space.run_all(
        pods.mariadb("orders", AWKWARD, labels={"app": "orders", "tier": "database"}),
        pods.postgresql("billing", AWKWARD, kind="StatefulSet", sidecar="exporter"),
        pods.redis("cache", AWKWARD),
        pods.clickhouse("events", AWKWARD, others={"default": "fallback"}),
        pods.secure_cockroachdb("ledger"),
        pods.redis_cluster("sessions"),
    )
    return {pod.name: pod for pod in started}


@needs_cluster
def test_env_names_a_kubeconfig_that_only_its_owner_reads() -> None:
    text = subprocess.run(
        [sys.executable, "-m", "lab", "env"], env=os.environ | {"LAB": "kubernetes"}, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    values = dict(re.findall(r"^export (\w+)='([^']*)'$", text, re.MULTILINE))
    kubeconfig = Path(values["KUBECONFIG"])
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]["server"] == f"https://{values['LAB_KUBERNETES_API']}"
    assert {path.stat().st_mode & 0o077 for path in kubeconfig.parent.glob("pki/*.key")} == {0}


@needs_cluster
def test_it_listens_on_loopback_only(databases: dict[str, pods.Pod]) -> None:
    listeners = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
    ours = [line.split()[3] for line in listeners if re.search(r'"(kubernetes|containerd)', line)]
    assert len(ours) >= 5  # etcd twice, API server, kubelet, streams of containerd
    assert [address for address in ours if not address.startswith("127.0.0.1:")] == []


@needs_cluster
def test_the_api_asks_who_it_is(cluster: dict[str, str]) -> None:
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE  # it is the client that does not say who it is
    api = http.client.HTTPSConnection(cluster["LAB_KUBERNETES_API"], timeout=20, context=unchecked)
    api.request("GET", "/api/v1/namespaces")
    assert api.getresponse().status == 401
    api.close()


@needs_cluster
def test_exit_code_output_and_errors_of_a_command(databases: dict[str, pods.Pod]) -> None:
    done = databases["billing-0"].execute(["sh", "-c", "echo out; echo err >&2; exit 7"], container="exporter")
    assert done == pods.Done(7, "out\n", "err\n")
    assert databases["orders"].execute(["cat"], stdin="in").output == "in"
    with pytest.raises(LabError, match="not run.*no-such-command"):
        databases["orders"].execute(["no-such-command"])


@needs_cluster
@pytest.mark.parametrize(
    ("name", "login", "no_login", "said"),
    [
        ("orders", 'MYSQL_PWD="$MARIADB_ROOT_PASSWORD" mariadb -uroot -Ne "SELECT 6*7"', "mariadb -uroot -e 'SELECT 1'", "Access denied"),
        (
            "billing-0", 'PGPASSWORD="$POSTGRES_PASSWORD" psql -U postgres -Atc "SELECT 6*7"',
            "psql -wU postgres -c 'SELECT 1'", "no password supplied",
        ),
        ("cache", 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli EVAL "return 6*7" 0', "redis-cli GET a", "NOAUTH"),
        (
            "events", 'clickhouse-client --user admin --password "$CLICKHOUSE_PASSWORD" --query "SELECT 6*7"',
            "clickhouse-client --user admin --query 'SELECT 1'", "Password required",
        ),
        (
            "ledger", 'cockroach sql --certs-dir=/cockroach/cockroach-certs --execute "SELECT 6*7 AS n" | tail -1',
            "cockroach sql --insecure --execute 'SELECT 1'", "secure mode",
        ),
    ],
    ids=["mariadb", "postgresql", "redis", "clickhouse", "cockroachdb"],
)  # fmt: skip
def test_database_in_a_pod_answers_its_administrator_only(
    databases: dict[str, pods.Pod], name: str, login: str, no_login: str, said: str
) -> None:
    done = databases[name].execute(["bash", "-c", login])
    assert (done.code, done.output.strip()) == (0, "42"), done
    refused = databases[name].execute(["bash", "-c", no_login])
    assert said in refused.output + refused.errors


@needs_cluster
def test_port_forward_reaches_the_server_in_the_pod(databases: dict[str, pods.Pod]) -> None:
    with databases["orders"].forward() as connection:
        assert b"MariaDB" in connection.recv(100)


@needs_cluster
def test_members_of_a_redis_cluster_reach_each_other(databases: dict[str, pods.Pod]) -> None:
    """Each key lands where it belongs: the client is redirected to the addresses of the other pods."""
    login = 'export REDISCLI_AUTH="$REDIS_PASSWORD"; '
    writes = "for n in 1 2 3 4 5 6 7 8 9; do redis-cli -c SET key$n v; done"
    assert databases["sessions-0"].execute(["bash", "-c", login + writes]).output.split() == ["OK"] * 9
    sizes = [int(databases[f"sessions-{n}"].execute(["bash", "-c", login + "redis-cli DBSIZE"]).output) for n in range(3)]
    assert sum(sizes) == 9 and all(sizes)


@needs_cluster
def test_passwords_are_in_no_argument_list_and_no_log(databases: dict[str, pods.Pod], cluster: dict[str, str]) -> None:
    secrets = {pod.login.password for pod in databases.values() if pod.login}
    login = yaml.safe_load(Path(cluster["KUBECONFIG"]).read_text())["users"][0]["user"]
    secrets.add(login["client-key-data"])
    assert len(secrets) >= 4
    told = {f"/proc/{pid}/cmdline" for pid in os.listdir("/proc") if pid.isdigit()} | set(map(str, lab.logs_directory().rglob("*.log*")))
    told |= set(map(str, places.home_of("kubernetes-node").glob("kubelet/pod-logs/*/*/*.log")))
    found = []
    for path in told:
        with contextlib.suppress(OSError):  # a process that has just ended
            content = Path(path).read_bytes()
            found += [path for secret in secrets if secret.encode() in content]
    assert found == []


@needs_cluster
def test_operator_is_known_by_its_owner_and_holds_no_database(space: pods.Space) -> None:
    pod = space.run(pods.operator("cockroach-operator", labels={"app.kubernetes.io/name": "cockroach-operator", "app": "ledger"}))
    (seen,) = space.pods("app.kubernetes.io/name=cockroach-operator")
    assert (seen.metadata.name, pod.container) == (pod.name, "manager")
    assert seen.metadata.owner_references[0].kind == "ReplicaSet"


@needs_cluster
def test_pod_that_never_becomes_ready(space: pods.Space) -> None:
    space.run(pods.shell("starting", ready=False))
    (seen,) = space.pods("app=starting")
    assert (seen.status.phase, seen.status.container_statuses[0].ready) == ("Running", False)


@needs_cluster
def test_account_may_do_what_its_rules_say(space: pods.Space, tmp_path: Path) -> None:
    kubeconfig = space.account("runner", [pods.rule("pods", "get", "list"), pods.rule("pods/exec", "get")], tmp_path)
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    connect: Any = config.new_client_from_config
    limited = connect(str(kubeconfig))
    review = kubernetes_client.AuthorizationV1Api(limited)

    def may(verb: str, subresource: str) -> bool:
        what = {"namespace": space.name, "verb": verb, "resource": "pods", "subresource": subresource}
        return bool(review.create_self_subject_access_review({"spec": {"resourceAttributes": what}}).status.allowed)

    assert [may("get", "exec"), may("create", "exec"), may("create", "portforward")] == [True, False, False]
    kubernetes_client.CoreV1Api(limited).list_namespaced_pod(space.name)
    with pytest.raises(ApiException, match="secrets is forbidden"):
        kubernetes_client.CoreV1Api(limited).list_namespaced_secret(space.name)


@needs_cluster
@needs_minio
def test_minio_in_a_pod_with_its_client(space: pods.Space) -> None:
    pod = space.run(pods.minio("store", AWKWARD))
    script = 'mc alias set own http://127.0.0.1:9000 admin "$MINIO_ROOT_PASSWORD" >&2 && mc mb own/bucket >&2 && mc ls own'
    done = pod.execute(["sh", "-c", script])
    assert done.code == 0 and "bucket/" in done.output, done


@pytest.fixture
def another_cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A lab of its own, to kill and to take down, beside the one that others work on."""
    state = Path(tempfile.mkdtemp(prefix="lab-", dir="/var/tmp"))
    for name, value in {"STREAMOPS_LAB_STATE": str(state), "STREAMOPS_LAB_PORT_OFFSET": "5000", "LAB": "kubernetes"}.items():
        monkeypatch.setenv(name, value)
    yield state
    _lab("down")
    shutil.rmtree(state)


@needs_cluster
def test_killed_pieces_come_back_and_nothing_is_left_behind(another_cluster: Path) -> None:
    kernel_before, traces_before = [path.read_text() for path in KERNEL_SETTINGS], _traces()
    lab.start("kubernetes")
    with pods.namespace() as space:
        database = space.run(pods.postgresql("billing", kind="StatefulSet"))
        assert _sql(database, "CREATE TABLE kept AS SELECT 42 AS n").code == 0
        for process in ("kubernetes-apiserver", "kubernetes-node"):
            lab.kill_server(process)
        assert not lab.is_running("kubernetes")
        lab.start("kubernetes")
        wait_until("the pod answers again", lambda: _unless_kept(database), 60)
    assert [path.read_text() for path in KERNEL_SETTINGS] == kernel_before  # with a kubelet running
    (kubelet,) = _servers(f"{another_cluster}/servers/kubernetes-node/kubelet.json")
    os.kill(kubelet, signal.SIGKILL)
    wait_until("the node ended with its kubelet", lambda: "it runs" if lab.is_running("kubernetes-node") else None, 20)

    _lab("down")

    assert _traces() == traces_before
    assert _servers(str(another_cluster)) == []
    assert not (another_cluster / "servers").exists()
    assert str(another_cluster) not in Path("/proc/mounts").read_text()


def test_it_is_refused_to_those_who_are_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_root", lambda: False)
    with pytest.raises(LabError, match="only as root"):
        kubernetes_server.SERVER.validate()


def test_without_go_one_message_says_what_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STREAMOPS_CACHE", str(tmp_path))
    monkeypatch.setattr(go, "go", lambda: None)
    monkeypatch.setattr(go, "_offered_by_apt", lambda: (1, 19))
    with pytest.raises(LabError, match=r"minio is built from source once, which needs Go 1\.24 or newer"):
        go.Build.of_module("minio", "example.invalid/minio", "v1").ensure()
    assert list(tmp_path.iterdir()) == []


def _lab(command: str) -> None:
    subprocess.run([sys.executable, "-m", "lab", command], check=True, timeout=120)


def _traces() -> set[str]:
    """What a node could leave behind outside of its state directory."""
    groups = {str(path) for pattern in ("*", "*/*") for path in Path("/sys/fs/cgroup").glob(pattern) if path.name in (cgroups.name(), "kubepods", "k8s.io")}
    places_of_a_node = ("/run/containerd", "/run/netns", "/var/lib/kubelet", "/var/lib/cni", "/var/log/pods", "/var/log/containers", "/etc/cni", "/opt/cni")
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout.splitlines()
    namespaces = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout.splitlines()
    return groups | {path for path in places_of_a_node if Path(path).exists()} | {line.split(": ")[1] for line in links} | set(namespaces)


def _servers(mentioning: str) -> list[int]:
    """Process ids of the servers that have this in an argument, without what is wrapped around them."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (directory / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith((b"kubernetes", b"containerd")) and any(mentioning.encode() in word for word in words):
                found.append(int(directory.name))
    return found


def _sql(pod: pods.Pod, statement: str) -> pods.Done:
    return pod.execute(["bash", "-c", f'PGPASSWORD="$POSTGRES_PASSWORD" psql -U postgres -Atc "{statement}"'])


def _unless_kept(pod: pods.Pod) -> str | None:
    try:
        done = _sql(pod, "SELECT n FROM kept")
    except (ApiException, LabError) as error:
        return " ".join(str(error).split())[:300]
    return None if done.output == "42\n" else f"{done.output}{done.errors}"
