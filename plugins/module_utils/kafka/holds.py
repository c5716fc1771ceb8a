# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps somebody else from undoing a change of configuration while it lasts, such as an operator that is paused meanwhile.

The ledger takes it before anything is changed and releases it after everything is back. Only the interface is here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Dict, Protocol

from ..errors import OperationError
from ..progress import Progress

Where = Dict[str, str]


@dataclass(frozen=True)
class Released:
    """Something that is let go again: the topic, what it is called where it is held, and who had taken it."""

    topic: str
    name: str
    owner: str


class Holds(Protocol):
    """Where holds are taken. ``where`` is written into the ledger with the claim, so that a later run knows where to release them."""

    @property
    def where(self) -> Where | None: ...

    def problems(self, topics: Sequence[str]) -> list[str]:
        """Why these topics cannot be held. Nothing is changed."""

    def take(self, run: str, owner: str, topics: Sequence[str], timeout: float, progress: Progress) -> None:
        """Hold the topics, and see that it is heeded.

        :raises OperationError: when somebody else holds one, or nobody heeds it within ``timeout`` seconds.
        """

    def release(self, run: str, topics: Collection[str]) -> list[Released]:
        """Let go of what this run has taken, and of nothing else."""

    def forgotten(self, known_runs: Collection[str], dry_run: bool) -> list[Released]:
        """Let go of what runs have taken that are in no ledger (any more)."""

    def settle(self, timeout: float) -> dict[str, str]:
        """Wait until whoever was held off has looked at everything released; by topic what is wrong, empty where nothing is."""


class NoHolds:
    """A cluster where nobody undoes what is changed."""

    where: Where | None = None

    def problems(self, topics: Sequence[str]) -> list[str]:
        return []

    def take(self, run: str, owner: str, topics: Sequence[str], timeout: float, progress: Progress) -> None:
        return

    def release(self, run: str, topics: Collection[str]) -> list[Released]:
        return []

    def forgotten(self, known_runs: Collection[str], dry_run: bool) -> list[Released]:
        return []

    def settle(self, timeout: float) -> dict[str, str]:
        return {}


class OutOfReach(OperationError):
    """What a run says that finds holds which it has not been told how to release."""

    def __init__(self, owner: str, where: Where) -> None:
        place = ", ".join(f"{key}: {value}" for key, value in sorted(where.items()))
        super().__init__(
            "let go of what an interrupted purge holds", owner, "it paused the operator of a Strimzi cluster, which this call was not told of",
            f"The configuration of its topics is back. Run this module with state: recovered and strimzi: {{{place}}}.")
