# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers by name: each module in servers/ is one, so adding a server is adding a file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable

from lab import servers
from lab.errors import LabError
from lab.server import Server


def names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(servers.__path__))


def find(wanted: Iterable[str]) -> list[Server]:
    """The servers of these names and those that they need, needed ones first, each once."""
    asked = list(wanted)
    unknown = sorted(set(asked) - set(names()))
    if unknown:
        raise LabError(
            f"The lab has no server named {', '.join(unknown)}. LAB takes any of: {' '.join(names())}.", exit_code=2
        )
    found: dict[str, Server] = {}
    for name in asked:
        _add(name, found)
    return list(found.values())


def everything() -> list[Server]:
    return find(names())


def _add(name: str, found: dict[str, Server]) -> None:
    if name in found:
        return
    server: Server = importlib.import_module(f"lab.servers.{name}").SERVER
    for needed in server.needs:
        _add(needed, found)
    found[name] = server
