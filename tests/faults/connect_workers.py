# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Past our code: what tests ask a Connect worker themselves, and connectors that are removed afterwards."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

SINK, SOURCE = "org.apache.kafka.connect.file.FileStreamSinkConnector", "org.apache.kafka.connect.file.FileStreamSourceConnector"


@dataclass(frozen=True)
class Login:
    """A worker as modules are told of it."""

    url: str
    user: str = ""
    password: str = ""

    def options(self) -> dict[str, Any]:
        return {"url": self.url, **({"url_username": self.user, "url_password": self.password} if self.user else {})}


def ask(login: Login, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Status and JSON of an answer."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{login.url}/{path}", content, {"Content-Type": "application/json"}, method=method)
    if login.user:
        request.add_header("Authorization", "Basic " + base64.b64encode(f"{login.user}:{login.password}".encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def names(login: Login, prefix: str) -> list[str]:
    return sorted(name for name in ask(login, "GET", "connectors")[1] if name.startswith(prefix))


def config_of(login: Login, name: str) -> dict[str, str]:
    return dict(ask(login, "GET", f"connectors/{quote(name)}/config")[1])


def state_of(login: Login, name: str) -> tuple[str, list[str]]:
    """State of the connector and of its tasks."""
    status = ask(login, "GET", f"connectors/{quote(name)}/status")[1]
    return status["connector"]["state"], [task["state"] for task in status["tasks"]]


def sink(directory: Path, name: str, **more: Any) -> dict[str, Any]:
    return {"connector.class": SINK, "topics": "absent-topic", "file": str(directory / f"{name}.out"), "tasks.max": 1, **more}


def source(directory: Path, name: str, topic: str, **more: Any) -> dict[str, Any]:
    creation = {"topic.creation.default.partitions": 1, "topic.creation.default.replication.factor": 1}
    return {"connector.class": SOURCE, "topic": topic, "file": str(directory / f"{name}.in"), "tasks.max": 1, **creation, **more}


def until(seen: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.1)


@contextmanager
def own_connectors(login: Login) -> Iterator[str]:
    """A prefix of this test alone; connectors that begin with it are removed afterwards."""
    prefix = f"t-{uuid.uuid4().hex[:8]}-"
    try:
        yield prefix
    finally:
        for name in names(login, prefix):
            ask(login, "DELETE", f"connectors/{quote(name)}")


def masked_everywhere(result: Mapping[str, Any], *secrets: str) -> bool:
    text = json.dumps(dict(result))
    return not any(secret in text for secret in secrets)
