# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's registry for tests: asked past the collection, and cleaned up behind them."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def ask(url: str, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Status and answer of one request."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/{path}", data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def subjects(url: str, prefix: str, deleted: bool = False) -> list[str]:
    return sorted(name for name in ask(url, "GET", "subjects" + ("?deleted=true" if deleted else ""))[1] if name.startswith(prefix))


def register(url: str, subject: str, schema: object) -> int:
    """The id."""
    status, said = ask(url, "POST", f"subjects/{urllib.parse.quote(subject, safe='')}/versions", {"schema": json.dumps(schema)})
    assert status == 200, said
    return int(said["id"])


def register_natively(url: str, subject: str, schema: object) -> int:
    """As Apicurio's own converter does it, which takes names that its Confluent API refuses and Confluent's registry takes. Returns the id."""
    native = url.replace("/apis/ccompat/v7", "/apis/registry/v2/groups/default/artifacts?ifExists=RETURN_OR_UPDATE")
    headers = {"Content-Type": "application/json", "X-Registry-ArtifactId": subject, "X-Registry-ArtifactType": "AVRO"}
    with urllib.request.urlopen(urllib.request.Request(native, json.dumps(schema).encode(), headers, method="POST"), timeout=30) as answer:
        return int(json.load(answer)["contentId"])


def record(name: str, *fields: str, namespace: str = "lab") -> dict[str, Any]:
    """An Avro record; each field is a text that may be missing."""
    described = [{"name": field, "type": ["null", "string"], "default": None} for field in fields]
    return {"type": "record", "name": name, "namespace": namespace, "fields": described}


@contextmanager
def own_subjects(url: str, own: str = "") -> Iterator[str]:
    """A prefix for the subjects of one test (``own`` when given), which are deleted permanently afterwards, whatever refers to what."""
    prefix = own or f"t-{uuid.uuid4().hex[:8]}-"
    try:
        yield prefix
    finally:
        while left := subjects(url, prefix, deleted=True):
            for name in left:
                for query in ("", "?permanent=true"):
                    ask(url, "DELETE", f"subjects/{name}{query}")
            assert subjects(url, prefix, deleted=True) != left, f"these subjects cannot be deleted: {left}"
