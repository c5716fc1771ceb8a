# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Levels of loggers, as Log4j 2 (Kafka 4 and Strimzi's operators) or Log4j 1 (older brokers) calls them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .strimzi_profiles import Entry

LEVELS = ("ALL", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF")
ROOT = "root"
_OWN_WORDS = ("log4j.", "logger.", "rootLogger.", "kafka.root.", "zookeeper.root.", "appender.")


def inline(loggers: Entry, is_log4j2: bool, old_root: str = "kafka.root.logger.level") -> dict[str, Any]:
    """``logging``: by the name of a class or package its level; ``root`` for all others. Strimzi's own keys are taken as they are.

    :param old_root: what the root logger is called in Log4j 1.
    """
    words: dict[str, str] = {}
    for name, level in loggers.items():
        if str(name).startswith(_OWN_WORDS):
            words[str(name)] = str(level)
        elif name == ROOT:
            words["rootLogger.level" if is_log4j2 else old_root] = str(level).upper()
        elif is_log4j2:
            short = re.sub(r"[^a-z0-9]", "", str(name).lower())
            words |= {f"logger.{short}.name": str(name), f"logger.{short}.level": str(level).upper()}
        else:
            words[f"log4j.logger.{name}"] = str(level).upper()
    return {"type": "inline", "loggers": words}


def problems(where: str, loggers: Any) -> list[str]:
    if not isinstance(loggers, Mapping):
        return [f"{where} must be a dictionary of loggers and their levels"]
    return [
        f"{where}: {name} has the level {level}; there are {', '.join(LEVELS)}"
        for name, level in loggers.items() if not str(name).startswith(_OWN_WORDS) and str(level).upper() not in LEVELS
    ]  # fmt: skip
