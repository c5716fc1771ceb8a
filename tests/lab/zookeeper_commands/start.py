# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""start.py HOME JAVA ...: becomes the release that the file VERSION in HOME names. Where there is a file PROTOCOL, a broker
speaks that inter.broker.protocol.version. What supervisor runs, not for people. It outlives the checkout, so it imports nothing of it.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

SESSION_SECONDS = 18  # zookeeper.session.timeout.ms


def main(home: Path, command: list[str]) -> None:
    version = (home / "VERSION").read_text().strip()
    if not (home / "releases" / version).is_dir():
        sys.exit(f"There is no release {version} here, only: {' '.join(sorted(os.listdir(home / 'releases')))}")
    current = home / "current"
    current.unlink(missing_ok=True)
    current.symlink_to(Path("releases", version))
    if (home / "server.properties").exists():
        wait_until_unregistered(dict(line.split("=", 1) for line in (home / "server.properties").read_text().splitlines()))
    if (home / "PROTOCOL").exists() and (protocol := (home / "PROTOCOL").read_text().strip()):
        command += ["--override", f"inter.broker.protocol.version={protocol}"]
    print("Starting release", version, flush=True)
    os.execvp(command[0], command)


def wait_until_unregistered(settings: dict[str, str]) -> None:
    """A broker that was killed is registered until its session has ended, and a new one that finds that ends with NodeExists."""
    address, _slash, chroot = settings["zookeeper.connect"].partition("/")
    node = f"/{chroot}/brokers/ids/{settings['broker.id']}"
    deadline = time.monotonic() + 2 * SESSION_SECONDS
    while time.monotonic() < deadline:
        if (nodes := ephemeral_nodes(address)) is not None and node not in nodes:
            return
        time.sleep(0.2)


def ephemeral_nodes(zookeeper: str) -> list[str] | None:
    """None while it does not answer."""
    host, _colon, port = zookeeper.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(b"dump")
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    except OSError:
        return None
    return answer.split() if "Ephemerals" in answer else None


main(Path(sys.argv[1]), sys.argv[2:])
