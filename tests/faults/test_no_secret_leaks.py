# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords are nowhere to be found after a reset at the highest verbosity: not in its output, its reports, the process
list, what it leaves in /tmp, nor the logs of the servers."""

from __future__ import annotations

import base64
import glob
import json
import os
import shlex
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion
from lab import api, demo_data
from lab.demo_experiment import EMPTY, Experiment
from playbooks import TOP, Played, play

# What a shell, YAML, SQL, JSON, a URL or a format string could trip over, around a word that is found again in pieces of it.
CANARY = "Kanarienvogel 'single' \"double\" $HOME %s {x} \\n;#&äöü"
WORD = "Kanarienvogel"


@pytest.fixture
def experiment(unique: str, lab_env: dict[str, str]) -> Iterator[Experiment]:
    made = Experiment(unique, lab_env)
    made.fill()
    yield made
    made.remove()


@pytest.fixture
def canaries(experiment: Experiment) -> Iterator[dict[str, dict[str, Any]]]:
    """Administrators of every server whose password is the canary, as changes of the targets."""
    name, admin = experiment.database, experiment.admin()
    credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    _scram(admin, UserScramCredentialUpsertion(name, credential, CANARY.encode()))
    with demo_data.mariadb(experiment.env) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE USER %s@'%%' IDENTIFIED BY %s", [name, CANARY])
        cursor.execute("GRANT ALL ON *.* TO %s@'%%'", [name])
    with demo_data.postgresql(experiment.env) as connection:
        connection.execute(f"CREATE ROLE {name} SUPERUSER LOGIN PASSWORD {_literal(CANARY)}".encode())
    _on_every_node(experiment, "ACL", "SETUSER", name, "on", f">{CANARY}", "~*", "&*", "+@all")
    login = {"username": name, "password": CANARY}
    yield {"mariadb": login, "postgresql": login, "redis": login, "kafka": {"sasl_username": name, "sasl_password": CANARY}}
    _on_every_node(experiment, "ACL", "DELUSER", name)
    with demo_data.postgresql(experiment.env) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {name}".encode())
    with demo_data.mariadb(experiment.env) as connection, connection.cursor() as cursor:
        cursor.execute("DROP USER %s@'%%'", [name])
    _scram(admin, UserScramCredentialDeletion(name, ScramMechanism.SCRAM_SHA_512))


def test_a_reset_with_the_passwords_of_the_lab(tmp_path: Path, experiment: Experiment) -> None:
    played, seen = observed(tmp_path, experiment.targets())
    assert played.code == 0, "see the output in the report of the other tests: it is not shown here, as it might hold a secret"
    assert experiment.contents() == EMPTY
    passwords = {name: value for name, value in experiment.env.items() if name.endswith("_PASSWORD")}
    assert len(passwords) >= 4
    assert leaks(passwords, played, seen) == []


def test_a_reset_with_a_password_of_odd_characters(tmp_path: Path, experiment: Experiment, canaries: dict[str, dict[str, Any]]) -> None:
    """The canary logs in everywhere (on Kafka it has no rights, and is refused in words that do not show it)."""
    played, seen = observed(tmp_path, experiment.targets(**canaries))
    results = played.results()
    assert {name: row["state"] for name, row in results.items()} == {"kafka": "failed", "mariadb": "ok", "postgresql": "ok", "redis": "ok"}
    assert "login refused" not in results["kafka"]["reason"]
    assert leaks({"canary": CANARY, "part of the canary": WORD}, played, seen) == []


def test_a_password_that_is_refused(tmp_path: Path, experiment: Experiment) -> None:
    login = {"password": CANARY}
    targets = experiment.targets(kafka={"sasl_password": CANARY}, mariadb=login, postgresql=login, redis=login)
    played, seen = observed(tmp_path, targets)
    assert {row["state"] for row in played.results().values()} == {"failed"}
    assert leaks({"canary": CANARY, "part of the canary": WORD}, played, seen) == []


def test_targets_that_cannot_be_meant(tmp_path: Path, experiment: Experiment) -> None:
    """What Ansible itself says of wrong variables."""
    targets = experiment.targets(mariadb={"password": CANARY, "port": "no number", "colour": "blue"}, redis={"password": [CANARY]})
    played, seen = observed(tmp_path, targets)
    assert played.code == 2
    assert leaks({"canary": CANARY, "part of the canary": WORD}, played, seen) == []


def observed(tmp_path: Path, targets: list[dict[str, Any]]) -> tuple[Played, set[str]]:
    """A reset at the highest verbosity, and every command line that was seen while it ran."""
    seen: set[str] = set()
    with _sampled(seen):
        played = play(TOP / "playbooks/experiment_reset.yml", tmp_path, "-vvvvvv", "--diff", variables={"experiment_reset_targets": targets})
    assert any("AnsiballZ_db_reset" in line for line in seen) or "Validation of arguments failed" in played.output  # the samples are real
    return played, seen


@contextmanager
def _sampled(seen: set[str]) -> Iterator[None]:
    """Look at the process list all the time."""
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            for entry in os.listdir("/proc"):
                if entry.isdigit():
                    try:
                        seen.add(Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                    except OSError:
                        pass
            ended.wait(0.005)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def leaks(secrets: dict[str, str], played: Played, seen: set[str]) -> list[str]:
    """Where which secret was found. Never the secret itself: this ends up in the log of the tests."""
    places = {"the output": played.output, "the process list": "\n".join(seen)}
    for path in sorted((played.directory / "reports").rglob("*")):
        if path.is_file():
            places[path.name] = path.read_text(encoding="utf-8")
    for path in sorted(api.logs_directory().rglob("*")):
        if path.is_file():
            places[f"the log {path.name}"] = path.read_text(encoding="utf-8", errors="replace")
    for path in _left_behind():
        places[f"left behind: {path}"] = path.read_text(encoding="utf-8", errors="replace")
    return [f"{name} in {place}" for name, secret in secrets.items() for place, text in places.items() if any(form in text for form in spellings(secret))]


def _left_behind() -> Iterator[Path]:
    """Temporary files of lanes and modules. Those of other runs may vanish at any time, which Path.glob does not take."""
    for pattern in ("streamops-*", "ansible-tmp-*/*", "ansible_*/*"):
        yield from (Path(path) for path in glob.glob(f"/tmp/{pattern}") if os.path.isfile(path))


def spellings(secret: str) -> set[str]:
    """The secret as programs write it: as it is, in JSON, in a URL, for a shell, for SQL, in base64."""
    encoded = base64.b64encode(secret.encode()).decode()
    return {
        secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], json.dumps(json.dumps(secret))[3:-3], repr(secret)[1:-1],
        urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret), shlex.quote(secret),
        secret.replace("'", "''"), secret.replace("'", "\\'"), encoded,
    }  # fmt: skip


def _literal(text: str) -> str:
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _on_every_node(experiment: Experiment, *command: str) -> None:
    """ACLs of Redis belong to one node."""
    cluster = demo_data.redis_cluster(experiment.env)
    for node in cluster.get_nodes():
        cluster.execute_command(*command, target_nodes=[node])
    cluster.close()


def _scram(admin: AdminClient, change: UserScramCredentialUpsertion | UserScramCredentialDeletion) -> None:
    for future in admin.alter_user_scram_credentials([change]).values():
        future.result(timeout=20)
