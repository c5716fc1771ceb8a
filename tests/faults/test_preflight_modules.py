# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The small checks of a preflight: endpoint_check, http_endpoint_check, disk_space_check and kubernetes_access_check."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time
from typing import Any

import pytest
from run_module import run_module

import lab
from lab import pods

UNRESOLVABLE = f"{'x' * 64}.example.com"  # no name server is asked: a label has at most 63 characters


@contextmanager
def web_server(status: int = 200, ahead: float | None = 0.0) -> Iterator[str]:
    """A server whose clock is so many seconds ahead of ours; None: it does not tell its time."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status if self.path == "/health" else 404)
            if ahead is not None:
                self.send_header("Date", formatdate(time() + ahead, usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *dummy: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/health"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_addresses_that_answer_and_those_that_do_not(lab_env: dict[str, str]) -> None:
    good = lab_env["LAB_KAFKA_SCRAM"]
    result = run_module("endpoint_check", {"addresses": [good, "127.0.0.1:1", f"{UNRESOLVABLE}:9094"]})
    assert result["rc"] == 1
    assert [each["state"] for each in result["endpoints"]] == ["verified", "failed", "failed"]
    assert "nothing answers at 127.0.0.1:1 (Connection refused)" in str(result["msg"])
    assert f"the name {UNRESOLVABLE} does not resolve" in str(result["msg"])
    alone = run_module("endpoint_check", {"addresses": [good]}, check=True)
    assert alone["rc"] == 0 and alone["changed"] is False and alone["endpoints"][0]["resolved"] == ["127.0.0.1"]


def test_a_port_that_accepts_nobody_is_told_from_one_where_nothing_listens() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _number in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        result = run_module("endpoint_check", {"addresses": [f"127.0.0.1:{port}"], "timeout": 0.5})
        for each in waiting:
            each.close()
    assert result["rc"] == 1 and "no answer within 0.5 s, a firewall may drop the packets" in str(result["msg"])


def test_only_names_when_only_names_are_asked() -> None:
    assert run_module("endpoint_check", {"addresses": ["127.0.0.1:1"], "connect": False})["rc"] == 0
    result = run_module("endpoint_check", {"addresses": [f"{UNRESOLVABLE}:1", "no address"], "connect": False})
    assert "'no address' is no address of the form host:port" in str(result["msg"])


def test_a_web_server_answers() -> None:
    with web_server() as url:
        result = run_module("http_endpoint_check", {"url": url, "maximum_clock_skew": 5})
        assert result["rc"] == 0 and result["status"] == 200 and result["clock_state"] == "verified" and abs(result["clock_skew"]) < 2
        wrong = run_module("http_endpoint_check", {"url": f"{url}/no"})
        assert wrong["rc"] == 1 and "404" in str(wrong["msg"])
        assert run_module("http_endpoint_check", {"url": f"{url}/no", "status_codes": [404]})["rc"] == 0
        assert "200, not 204" in str(run_module("http_endpoint_check", {"url": url, "status_codes": [204]})["msg"])
    gone = run_module("http_endpoint_check", {"url": url})
    assert gone["rc"] == 1 and "nothing listens there (connection refused)" in str(gone["msg"])


@pytest.mark.parametrize(("ahead", "maximum", "state", "says"), [
    (60, 5, "failed", "s behind"), (-60, 5, "failed", "s ahead"), (None, 5, "not_checked", "the server does not tell its time"),
    (0, 0.2, "not_checked", "too coarse to tell whether that is more than 0.2 s"), (60, None, "not_checked", "maximum_clock_skew is not given"),
])
def test_clocks(ahead: float | None, maximum: float | None, state: str, says: str) -> None:
    with web_server(ahead=ahead) as url:
        result = run_module("http_endpoint_check", {"url": url, **({"maximum_clock_skew": maximum} if maximum else {})})
    assert (result["rc"] == 1) is (state == "failed") and result["clock_state"] == state
    assert says in str(result.get("msg") or result["reason"])


def test_room_on_a_file_system(tmp_path: Path) -> None:
    good = run_module("disk_space_check", {"path": str(tmp_path), "minimum_free": "1 MiB", "minimum_free_files": 1})
    assert good["rc"] == 0 and good["state"] == "verified" and good["needed_bytes"] == 1024**2
    for wanted in ("900 TiB", "100%"):
        bad = run_module("disk_space_check", {"path": str(tmp_path), "minimum_free": wanted})
        assert bad["rc"] == 1 and bad["state"] == "failed" and f"on {tmp_path}: " in str(bad["msg"]) and "are needed" in str(bad["msg"])
    gone = run_module("disk_space_check", {"path": str(tmp_path / "gone"), "minimum_free": "1 MiB"})
    assert "No such file or directory" in str(gone["msg"])
    assert "write it as 10 GiB" in str(run_module("disk_space_check", {"path": "/", "minimum_free": "lots"})["msg"])


@pytest.fixture(scope="module")
def space() -> Iterator[pods.Space]:
    lab.start("kubernetes")
    with pods.namespace() as space:
        yield space


EXEC_RULES = [pods.rule("pods", "list"), pods.rule("pods/exec", "create", "get"), pods.rule("secrets", "get")]


def may(space: pods.Space, kubeconfig: Path | str, **options: Any) -> dict[str, Any]:
    return run_module("kubernetes_access_check", {"kubernetes": {"namespace": space.name, "kubeconfig": str(kubeconfig)}, **options}, check=True)


def test_an_account_with_the_rights(space: pods.Space, tmp_path: Path) -> None:
    account = space.account("complete", EXEC_RULES, tmp_path)
    result = may(space, account, transport="kubernetes_exec", credentials_secret={"name": "login"})
    assert result["rc"] == 0 and result["state"] == "verified" and result["user"] == f"system:serviceaccount:{space.name}:complete"
    assert {(right["verb"], right["resource"]) for right in result["rights"]} == {
        ("list", "pods"), ("create", "pods/exec"), ("get", "pods/exec"), ("get", "secrets"),
    }  # fmt: skip


@pytest.mark.parametrize(("rules", "transport", "missing"), [
    ([pods.rule("pods", "list")], "kubernetes_exec", ["create pods/exec", "get pods/exec"]),
    ([pods.rule("pods", "list"), pods.rule("pods/exec", "create")], "kubernetes_exec", ["get pods/exec"]),
    (EXEC_RULES, "kubernetes_port_forward", ["create pods/portforward", "get pods/portforward"]),
])
def test_the_missing_right_is_named_before_it_is_needed(
    space: pods.Space, tmp_path: Path, rules: list[dict[str, list[str]]], transport: str, missing: list[str]
) -> None:
    """The note's bug: the runner's account could not exec, and that came out half-way."""
    name = f"lacking-{transport.replace('_', '-')}-{len(missing)}"
    result = may(space, space.account(name, rules, tmp_path), transport=transport)
    assert result["rc"] == 1 and result["state"] == "failed"
    assert [f"{right['verb']} {right['resource']}" for right in result["rights"] if right["state"] == "failed"] == missing
    assert f"as system:serviceaccount:{space.name}:{name}: not allowed: {missing[0]} in namespace {space.name}" in str(result["msg"])
    assert "need both create and get" in str(result["msg"])


def test_single_rights_and_what_cannot_be_meant(space: pods.Space) -> None:
    assert may(space, space.kubeconfig, rights=[{"verb": "GET", "resource": "configmaps", "name": "x"}])["rc"] == 0
    assert "there is nothing to ask for" in str(may(space, space.kubeconfig)["msg"])


def test_no_cluster_to_ask(space: pods.Space, tmp_path: Path) -> None:
    down = tmp_path / "kubeconfig"
    down.write_text(Path(space.kubeconfig).read_text(encoding="utf-8").replace("https://127.0.0.1:", "https://127.0.0.1:1#"), encoding="utf-8")
    result = may(space, down, transport="kubernetes_exec")
    assert result["rc"] == 1 and "state" not in result


def test_the_clock_of_the_kubernetes_api(space: pods.Space, tmp_path: Path) -> None:
    """A real server with TLS, which refuses who does not log in, and tells its time all the same."""
    server = space.core.api_client.configuration
    asked = {"url": f"{server.host}/livez", "ca_path": str(server.ssl_ca_cert), "maximum_clock_skew": 5, "status_codes": [200, 401]}
    result = run_module("http_endpoint_check", asked)
    assert result["rc"] == 0 and result["clock_state"] == "verified", result["output"]
    untrusted = run_module("http_endpoint_check", {name: value for name, value in asked.items() if name != "ca_path"})
    assert untrusted["rc"] == 1 and "certificate is not trusted" in str(untrusted["msg"])
