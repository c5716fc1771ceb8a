# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that `eval "$(make -s env)"` evaluates."""

from __future__ import annotations

import os
from collections.abc import Iterable

from lab.server import Server

# Set by tests/lab/activate; PYTHONPATH is not among them, it is only for the lab itself.
TOOLS = ("ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_PYTHON_INTERPRETER")


def exports(servers: Iterable[Server]) -> str:
    values = {"PATH": _without_repetition(os.environ["PATH"])}
    values |= {name: os.environ[name] for name in TOOLS}
    for server in servers:
        values |= server.endpoints()
    return "".join(f"export {name}={_quoted(value)}\n" for name, value in values.items())


def _without_repetition(path: str) -> str:
    """A shell that evaluates the exports again and again keeps a short PATH."""
    return ":".join(dict.fromkeys(path.split(":")))


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
