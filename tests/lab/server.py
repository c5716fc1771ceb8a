# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lab must know about a server. A new one is a file in servers/ that holds SERVER = YourServer()."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from lab.packages import Requirement
from lab.supervision import Program


class Server(ABC):
    """One server by the name that LAB uses, made of one or more supervised processes."""

    name: str
    requirements: tuple[Requirement, ...] = ()
    needs: tuple[str, ...] = ()  # servers that must run first
    ready_seconds: float = 90

    @abstractmethod
    def processes(self) -> tuple[str, ...]:
        """Names of its processes, each with a table in ports.toml."""

    def needed_to_stop(self) -> tuple[str, ...]:
        """Those of its processes that the others need in order to stop, and that are stopped after them."""
        return ()

    def validate(self) -> None:
        """Refuse wishes that cannot be met (raise LabError), before anything is touched."""

    def fetch(self) -> None:
        """Download or build what no package holds, into the cache."""

    @abstractmethod
    def prepare(self, processes: Sequence[str]) -> list[Program]:
        """Write configuration, create data directories that are not there yet, say what to run."""

    def settle(self) -> str | None:
        """After a start: what has to be done inside the running server. Idempotent, for it is called again and again
        until check() is content. None: done. Otherwise what was seen instead."""
        return None

    @abstractmethod
    def check(self) -> str | None:
        """Ask a real question as administrator. None: it is ready. Otherwise what was seen instead."""

    def clean(self) -> None:
        """After everything has stopped: remove what it left outside of the state directory. Idempotent; called by
        `make lab-down` for every server, also for those that never ran."""

    @abstractmethod
    def endpoints(self) -> dict[str, str]:
        """The LAB_* variables of this server."""
