# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in of Confluent Cloud's REST API on 127.0.0.1, for what the modules use of it.

Documented, and so here (https://docs.confluent.io/cloud/current/api.html, iam/v2 and cmk/v2):

- lists come in pages of ``page_size`` (10, at most 100); the next one is the URL in ``metadata.next`` with a ``page_token``;
- a service account's display name is unique: a second one is 409; its quota is 402;
- a new API key is answered with 202 and its secret, which no other answer holds; its owner is a ServiceAccount or a User;
- a new cluster is answered with 202 and PROVISIONING; it has a bootstrap endpoint when it is PROVISIONED;
- errors are a list ``errors`` with ``status``, ``title`` and ``detail``; too many requests are 429 with ``Retry-After``;
- a wrong Cloud API key is 401.
"""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "CLOUDKEY01234567", "cloud-secret-0123456789"


@dataclass
class State:
    """The organization. ``busy`` is how many of the next requests are refused with 429."""

    accounts: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    clusters: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    most_accounts: int = 1000
    looks_until_provisioned: int = 2
    busy: int = 0
    url: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def account(self, name: str, description: str = "") -> dict[str, Any]:
        made = {"api_version": "iam/v2", "kind": "ServiceAccount", "id": f"sa-{next(self._numbers)}", "display_name": name, "description": description}
        self.accounts.append(made)
        return made

    def key(self, owner: str, resource: str, kind: str = "ServiceAccount", name: str = "") -> dict[str, Any]:
        made = {"api_version": "iam/v2", "kind": "ApiKey", "id": f"KEY{next(self._numbers):013d}",
                "spec": {"display_name": name, "owner": {"id": owner, "kind": kind}, "resource": {"id": resource, "kind": "Cluster"}}}  # fmt: skip
        self.keys.append(made)
        return made


class _Refused(Exception):
    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail


class _Handler(BaseHTTPRequestHandler):
    state: State

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def log_message(self, *dummy: object) -> None:
        """Quiet."""

    def _answer(self, method: str) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.state.requests.append(f"{method} {parts.path}")
        try:
            status, answer = self._found(method, parts.path, query, body)
        except _Refused as refused:
            status = refused.status
            answer = {"errors": [{"id": "1", "status": str(status), "title": "Refused", "detail": refused.detail}]}
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if status == 429:
            self.send_header("Retry-After", "0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _found(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, dict[str, Any]]:
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            raise _Refused(401, "invalid API key")
        if self.state.busy:
            self.state.busy -= 1
            raise _Refused(429, "too many requests")
        kind, _slash, name = path.strip("/").partition("/")[2].partition("/")[2].partition("/")
        if method == "POST":
            return {"service-accounts": self._new_account, "api-keys": self._new_key, "clusters": self._new_cluster}[kind](body)
        lists = {"service-accounts": self.state.accounts, "api-keys": self.state.keys, "clusters": self.state.clusters}
        if name:
            one = next((each for each in lists[kind] if each["id"] == name), None)
            if one is None:
                raise _Refused(404, "not found")
            return 200, self._looked_at(one)
        found = [each for each in lists[kind] if kind != "api-keys" or "spec.resource" not in query or each["spec"]["resource"]["id"] == query["spec.resource"]]
        return 200, self._page(path, found, query)

    def _page(self, path: str, items: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
        size, start = min(int(query.get("page_size", 10)), 100, 3), int(query.get("page_token", 0))  # 3: a server may give less than it is asked for
        more = {name: value for name, value in query.items() if name != "page_token"}
        following = "&".join(f"{name}={value}" for name, value in {**more, "page_token": start + size}.items())
        metadata = {"next": f"https://api.confluent.cloud{path}?{following}"} if start + size < len(items) else {}
        return {"metadata": metadata, "data": items[start:start + size]}

    def _looked_at(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["kind"] == "Cluster" and one["status"]["phase"] == "PROVISIONING":
            one["looks"] += 1
            if one["looks"] >= self.state.looks_until_provisioned:
                one["status"]["phase"] = "PROVISIONED"
                one["spec"]["kafka_bootstrap_endpoint"] = "SASL_SSL://pkc-1.example.com:9092"
        return one

    def _new_account(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if any(each["display_name"] == body["display_name"] for each in self.state.accounts):
            raise _Refused(409, "a service account with this name exists")
        if len(self.state.accounts) >= self.state.most_accounts:
            raise _Refused(402, "quota exceeded")
        return 201, self.state.account(body["display_name"], body["description"])

    def _new_key(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        spec = body["spec"]
        made = self.state.key(spec["owner"]["id"], spec["resource"]["id"], name=spec["display_name"])
        secret = secrets.token_hex(32)
        self.state.secrets.append(secret)
        return 202, {**made, "spec": {**made["spec"], "secret": secret}}

    def _new_cluster(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        made = {"kind": "Cluster", "id": f"lkc-{len(self.state.clusters) + 1}", "spec": dict(body["spec"]), "status": {"phase": "PROVISIONING"}, "looks": 0}
        self.state.clusters.append(made)
        return 202, made


@contextmanager
def confluent_cloud() -> Iterator[State]:
    """The stand-in, for the length of a ``with`` block."""
    state = State()
    handler = type("Handler", (_Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
