# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real servers on loopback, one lab per machine. See README.md."""

from lab.api import (
    endpoints,
    is_running,
    kill_server,
    log_path,
    logs_directory,
    pid,
    processes,
    renew_server,
    start,
    stop_server,
)
from lab.errors import LabError

__all__ = [
    "LabError",
    "endpoints",
    "is_running",
    "kill_server",
    "log_path",
    "logs_directory",
    "pid",
    "processes",
    "renew_server",
    "start",
    "stop_server",
]
