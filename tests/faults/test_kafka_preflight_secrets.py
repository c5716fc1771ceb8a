# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords are nowhere to be found after a preflight at the highest verbosity, those in the files that it compares included."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab.demo_experiment import Experiment
from playbooks import TOP, Played, play
from test_no_secret_leaks import CANARY, WORD, _sampled, leaks

SECRETS = {"canary": CANARY, "part of the canary": WORD}


@pytest.fixture
def experiment(unique: str, lab_env: dict[str, str]) -> Iterator[Experiment]:
    made = Experiment(unique, lab_env)
    made.fill()
    yield made
    made.remove()


def observed(tmp_path: Path, variables: dict[str, Any]) -> tuple[Played, set[str]]:
    seen: set[str] = set()
    with _sampled(seen):
        played = play(TOP / "playbooks/kafka_preflight.yml", tmp_path, "-vvvvvv", "--diff", variables=variables)
    return played, seen


def compared(tmp_path: Path) -> dict[str, Any]:
    """Two files that differ in a password, in a login inside of a URL, and in one that only the user knows to be secret."""
    for name, end in (("a.json", ""), ("b.json", "x")):
        login = f"amqp://me:{WORD}{end}@broker.example.com/"
        content = {"db": {"password": CANARY + end, "url": login}, "odd": CANARY + end, "port": 9092 if end else 9094}
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    keys = ["port", "db.password", "db", "db.url", {"key": "odd", "secret": True}]
    return {"name": "files", "first": {"path": str(tmp_path / "a.json")}, "second": {"path": str(tmp_path / "b.json")}, "keys": keys}


def test_passwords_that_are_refused_and_files_that_differ(tmp_path: Path, experiment: Experiment) -> None:
    login = {"password": CANARY}
    played, seen = observed(tmp_path, {
        "kafka_preflight_targets": experiment.targets(mariadb=login, postgresql=login, redis=login),
        "kafka_preflight_access": [{"target": "kafka", "sasl_password": CANARY}],
        "kafka_preflight_configurations": [compared(tmp_path)],
        "kafka_preflight_endpoints": [{"url": "http://127.0.0.1:1/", "url_username": "me", "url_password": CANARY}],
    })  # fmt: skip
    assert played.code == 2 and any("AnsiballZ_kafka_access_check" in line for line in seen)
    record = json.loads((tmp_path / "reports/kafka_preflight/latest/report.json").read_text(encoding="utf-8"))
    failed = {row["target"] for row in record["results"] if row["verified"] == "failed"}
    assert failed == {"mariadb", "postgresql", "redis", f"User:{experiment.prefix} on kafka", "files", "http://127.0.0.1:1/"}
    assert leaks(SECRETS, played, seen) == []


def test_the_administrator_behind_a_trial(tmp_path: Path, experiment: Experiment) -> None:
    """Its login is an option inside of an option of the module, and is refused."""
    played, seen = observed(tmp_path, {
        "kafka_preflight_targets": experiment.targets(kafka={"sasl_password": CANARY})[:1],
        "kafka_preflight_access": [{"target": "kafka", "sasl_password": CANARY}],
    })  # fmt: skip
    assert played.code == 2 and "login refused" in played.output
    assert leaks(SECRETS, played, seen) == []


@pytest.mark.parametrize("variables", [
    {"kafka_preflight_access": [{"sasl_password": CANARY, "request_timeout": "no number", "colour": "blue"}]},
    {"kafka_preflight_access": [{"sasl_password": [CANARY], "bootstrap_servers": "127.0.0.1:1"}]},
    {"kafka_preflight_endpoints": [{"url_password": CANARY, "url": "http://127.0.0.1:1/", "status_codes": ["x"]}]},
    {"kafka_preflight_targets": [{"name": "m", "type": "mariadb", "password": CANARY, "colour": "blue"}]},
], ids=["unknown option", "wrong type", "wrong number", "unknown option of a target"])  # fmt: skip
def test_settings_that_cannot_be_meant(tmp_path: Path, variables: dict[str, Any]) -> None:
    """What Ansible itself says of wrong variables."""
    played, seen = observed(tmp_path, variables)
    assert played.code == 2
    assert leaks(SECRETS, played, seen) == []
