# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real clients that log in with the files that strimzi_client_files writes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient

from lab import java, packages
from lab.kafka_cluster import POM
from lab.lock import locked

KCAT = packages.Requirement("kcat", lambda: shutil.which("kcat") is not None)
SECONDS = 120


def java_client(directory: Path, bootstrap: str) -> str:
    """What kafka-broker-api-versions.sh prints with client.properties."""
    main = "org.apache.kafka.tools.BrokerApiVersionsCommand"
    arguments = ["--bootstrap-server", bootstrap, "--command-config", str(directory / "client.properties")]
    command = java.command(java.libraries(POM), main, "128m", *arguments)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def librdkafka_client(directory: Path) -> str:
    """The cluster's id, asked by confluent-kafka with librdkafka.conf."""
    lines = (directory / "librdkafka.conf").read_text(encoding="utf-8").splitlines()
    found = AdminClient(dict(line.split("=", 1) for line in lines)).list_topics(timeout=60)
    return str(found.cluster_id)


def kcat_client(directory: Path) -> str:
    """What kcat -L prints with kcat.conf."""
    with locked():
        packages.ensure((KCAT,))
    done = subprocess.run(["kcat", "-F", str(directory / "kcat.conf"), "-L", "-m", "60"], capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
