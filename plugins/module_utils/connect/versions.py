# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Connect workers, and what needs which. Pure."""

from __future__ import annotations

import re
from typing import Tuple

Version = Tuple[int, int]

STOP: Version = (3, 5)  # KIP-875, first part: PUT /stop and GET /offsets
OFFSETS: Version = (3, 6)  # KIP-875, second part: PATCH and DELETE /offsets
PLUGIN_CONFIG: Version = (3, 2)  # KIP-769: GET /connector-plugins/CLASS/config
INITIAL_STATE: Version = (3, 7)  # KIP-980: POST /connectors with initial_state
RESTART_TASKS: Version = (3, 0)  # KIP-745: restart?includeTasks&onlyFailed


def kafka_version(text: str) -> Version:
    """The release of Kafka that a worker is of; a version that cannot be read counts as the newest.

    Confluent's workers tell the release of the platform, such as ``7.5.1-ccs``, which is Kafka 3.5.
    """
    found = re.match(r"(\d+)\.(\d+)", text)
    if not found:
        return (99, 0)
    major, minor = int(found.group(1)), int(found.group(2))
    if not re.search(r"-(ccs|ce)\b", text):
        return (major, minor)
    return {5: (2, minor), 6: (2, minor + 6)}.get(major, (major - 4, minor))


def shown(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
