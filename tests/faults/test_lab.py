# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts rely on when they evaluate `make -s env`, and that a lab which died is started again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lab import LabError, ports

TOP = Path(__file__).parents[2]
EXPORT = re.compile(r"export [A-Z_]+='[^']*'")


def make(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """As a user types it: from another directory, and without what this test run has set."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "LAB", "PYTHON"))}
    return subprocess.run(
        ["make", "-s", "-C", str(TOP), *arguments],
        env=inherited | variables, cwd="/", capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def exported(text: str) -> Mapping[str, str]:
    return dict(re.findall(r"^export ([A-Z_]+)='([^']*)'$", text, re.MULTILINE))


@pytest.fixture
def another_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A state directory of its own, so that nothing here touches the lab of the machine."""
    settings = {"STREAMOPS_LAB_STATE": str(tmp_path), "STREAMOPS_LAB_PORT_OFFSET": "4000"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    yield settings


def test_env_prints_only_exports() -> None:
    done = make("env", LAB="")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not EXPORT.fullmatch(line)] == []


def test_env_without_servers_names_the_tools_and_no_server() -> None:
    values = exported(make("env", "LAB=").stdout)
    assert set(values) == {"PATH", "ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_PYTHON_INTERPRETER"}


def test_env_holds_under_nounset_and_does_not_grow_path() -> None:
    script = f'set -u; for turn in 1 2; do eval "$(make -s -C {TOP} env LAB=)"; done; tr : "\\n" <<<"$PATH" | sort | uniq -d'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_python_of_env_has_the_libraries() -> None:
    script = (
        f'set -u; unset PYTHONPATH; eval "$(make -s -C {TOP} env LAB=)"; cd /; ansible-playbook --version >/dev/null; '
        "python -c 'import confluent_kafka, pymysql, psycopg, redis, minio, yaml'"
    )
    done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_unknown_server_is_refused_with_the_list_of_known_ones(another_lab: dict[str, str]) -> None:
    done = make("env", "LAB=kafka zookeeper", **another_lab)
    assert done.returncode != 0
    assert done.stdout == ""
    assert "zookeeper" in done.stderr and "kafka_three" in done.stderr
    assert not (Path(another_lab["STREAMOPS_LAB_STATE"]) / "servers").exists()


def test_port_of_a_stranger_is_named_before_anything_starts(another_lab: dict[str, str]) -> None:
    with socket.socket() as stranger:
        stranger.bind((ports.HOST, ports.of("redis-2")["client"]))
        stranger.listen()
        done = make("lab", "LAB=redis", **another_lab)
    assert done.returncode != 0
    assert f"port {ports.of('redis-2')['client']} (client of redis-2)" in done.stderr
    assert list((Path(another_lab["STREAMOPS_LAB_STATE"]) / "servers").iterdir()) == []


def test_impossible_size_is_refused(another_lab: dict[str, str]) -> None:
    done = make("env", "LAB=kafka", LAB_KAFKA_BROKERS="2", **another_lab)
    assert done.returncode != 0
    assert "LAB_KAFKA_BROKERS must be 1 or 3" in done.stderr


def test_ports_are_unique_and_below_those_of_clients() -> None:
    numbers = [port for uses in tomllib.loads(ports.FILE.read_text()).values() for port in uses.values()]
    assert len(numbers) == len(set(numbers))
    assert max(numbers) < 32768


def test_offset_that_is_no_number_is_refused(another_lab: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMOPS_LAB_PORT_OFFSET", "much")
    with pytest.raises(LabError, match="whole number"):
        ports.of("redis-1")


def test_brokers_whose_machine_died_start_again_although_zookeeper_still_knows_them(another_lab: dict[str, str]) -> None:
    try:
        assert make("lab", "LAB=zookeeper_three", **another_lab).returncode == 0
        os.kill(int((Path(another_lab["STREAMOPS_LAB_STATE"]) / "supervisord.pid").read_text()), signal.SIGKILL)
        again = make("lab", "LAB=zookeeper_three", **another_lab)
        assert again.returncode == 0, again.stderr
    finally:
        make("lab-down", **another_lab)
