# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""schema_drift against what an Avro converter really writes: a connector of Debezium 3.6 with Apicurio's converter, on the lab's registry."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Iterator
from typing import Any

import lab
import pytest
from captured_databases import Captured, Worker, until
from confluent_kafka.admin import AdminClient
from conftest import exports
from gitlab_modules import run_here
from registry_subjects import ask, own_subjects, subjects

from ansible_collections.streamops.kafka.plugins.filter.debezium_upgrade import debezium_upgrade


CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"


def with_avro(config: dict[str, str], registry_url: str) -> dict[str, str]:
    settings = {
        "url": registry_url.replace("/apis/ccompat/v7", "/apis/registry/v2"), "auto-register": "true", "as-confluent": "true", "headers.enabled": "false",
        "artifact-resolver-strategy": "io.apicurio.registry.serde.strategy.TopicIdStrategy",
    }  # fmt: skip
    converters = {f"{side}.converter": CONVERTER for side in ("key", "value")}
    return {**config, **converters, **{f"{side}.converter.apicurio.registry.{key}": value for side in ("key", "value") for key, value in settings.items()}}


@pytest.fixture
def worker() -> Worker:
    """One that has the converter. What an older checkout has started has not."""
    found = Worker(exports("kafka mariadb postgresql connect")["LAB_CONNECT_URL"])
    if CONVERTER not in [plugin["class"] for plugin in found.ask("GET", "connector-plugins?connectorsOnly=false")[1]]:
        lab.stop_server("connect")
        lab.start("connect")
    return found


@pytest.fixture
def captured(worker: Worker, client_config: dict[str, str], admin: AdminClient, registry_url: str) -> Iterator[Captured]:
    env = exports("kafka mariadb postgresql connect")
    made = Captured(f"avro{uuid.uuid4().hex[:8]}", env, client_config, env["LAB_CONNECT_SECRETS"])
    made.create()
    with own_subjects(registry_url, made.name):
        yield made
        made.remove([worker], admin)


def upgraded(config: dict[str, str], **options: object) -> dict[str, Any]:
    rewritten = debezium_upgrade(config, "3.6", **options)["config"]
    assert isinstance(rewritten, dict)
    return rewritten


def drift(url: str, captured: Captured, before: dict[str, str], after: dict[str, Any]) -> dict[str, Any]:
    connectors = [{"name": "cdc", "before": before, "after": after}]
    return dict(run_here("schema_drift", {"url": url, "subject_pattern": f"{captured.name}.*-key", "connectors": connectors}))


def test_the_check_foresees_what_a_converter_then_registers(worker: Worker, captured: Captured, registry_url: str) -> None:
    name, subject = captured.connectors["postgresql"], f"{captured.topic('postgresql')}-key"
    before = with_avro(captured.config_of_19("postgresql"), registry_url)
    careful, careless = upgraded(before), upgraded(before, keep_schema_names=False)
    captured.write(1, 1)
    worker.put(name, careful)
    until("the key's schema is registered", lambda: (subjects(registry_url, captured.name), worker.states(name)), lambda seen: subject in seen[0])
    latest = ask(registry_url, "GET", f"subjects/{subject}/versions/latest")[1]
    assert json.loads(latest["schema"])["namespace"].startswith(captured.server("postgresql").replace("-", "_"))

    kept = drift(registry_url, captured, before, careful)
    assert (kept["rc"], kept["summary"]) == (0, {"verified": 1, "failed": 0, "not_checked": 0}), kept
    stopped = drift(registry_url, captured, before, careless)
    assert (stopped["rc"], stopped["summary"]["failed"]) == (1, 1) and "other partitions" in stopped["msg"]

    worker.put(name, careless)  # what the check would have stopped
    numbers = itertools.count(2)

    def after_another_row() -> tuple[Any, object]:
        """The task with the old configuration may still send the first of them."""
        number = next(numbers)
        captured.write(number, number)
        return ask(registry_url, "GET", f"subjects/{subject}/versions/latest")[1], worker.ask("GET", f"connectors/{name}/status")

    until("the key has another schema", after_another_row, lambda seen: seen[0]["id"] != latest["id"])
    registered = json.loads(ask(registry_url, "GET", f"subjects/{subject}/versions/latest")[1]["schema"])
    foreseen = stopped["subjects"][0]["after"]
    assert {key: registered[key] for key in ("namespace", "name", "connect.name")} == {key: foreseen[key] for key in ("namespace", "name", "connect.name")}
