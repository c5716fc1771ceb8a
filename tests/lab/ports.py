# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports come from ports.toml. Those of a running lab are also written down in its state, so that a checkout with
another ports.toml still finds the servers that run."""

from __future__ import annotations

import json
import os
import socket
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TypedDict

from lab import files, places
from lab.errors import LabError

HOST = "127.0.0.1"
FILE = Path(__file__).with_name("ports.toml")


class Record(TypedDict):
    offset: int
    ports: dict[str, dict[str, int]]


def of(process: str) -> dict[str, int]:
    record = _record()
    if process in record["ports"]:
        return record["ports"][process]
    wanted: dict[str, int] = tomllib.loads(FILE.read_text(encoding="utf-8"))[process]
    return {use: port + record["offset"] for use, port in wanted.items()}


def offset() -> int:
    """What this lab adds to every port."""
    return _record()["offset"]


def claim(processes: Iterable[str]) -> None:
    """Write down the ports of these processes; the caller holds the lock."""
    record = _record()
    record["ports"] |= {process: of(process) for process in processes}
    files.write(_path(), json.dumps(record, indent=1) + "\n", mode=0o644)


def require_free(processes: Iterable[str]) -> None:
    """All ports that are about to be used, checked before anything is started."""
    held = [
        f"port {port} ({use} of {process})"
        for process in processes
        for use, port in of(process).items()
        if not is_free(port)
    ]
    if held:
        raise LabError(
            f"Another process that is not of this lab holds {', '.join(held)} on {HOST}. Nothing was started. "
            "`ss -ltnp` shows who it is; end it, or move the lab with STREAMOPS_LAB_PORT_OFFSET."
        )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free for a server
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def claimed() -> list[int]:
    return [port for uses in _record()["ports"].values() for port in uses.values()]


def _path() -> Path:
    return places.state() / "ports.json"


def _record() -> Record:
    asked = os.environ.get("STREAMOPS_LAB_PORT_OFFSET", "")
    if asked and not asked.lstrip("-").isdigit():
        raise LabError(f"STREAMOPS_LAB_PORT_OFFSET must be a whole number, not {asked!r}.", exit_code=2)
    if not _path().exists():
        return {"offset": int(asked or 0), "ports": {}}
    record: Record = json.loads(_path().read_text(encoding="utf-8"))
    if asked and int(asked) != record["offset"]:
        raise LabError(
            f"The lab in {places.state()} runs with port offset {record['offset']}, not {asked}. "
            "Run `make lab-down` first, or choose another STREAMOPS_LAB_STATE."
        )
    return record
