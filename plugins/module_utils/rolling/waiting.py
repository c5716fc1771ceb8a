# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits at a gate: looks at the cluster until nothing holds it up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import OperationError
from ..progress import Progress
from ..wait import wait_until
from .gate import Gate
from .observation import Observation
from .observing import ClusterEyes

# A broker that has just come back tells metadata that it may have from before: what is seen twice in a row is so.
_LOOKS_IN_A_ROW = 2
_ELECTION_PAUSE = 5.0


@dataclass(frozen=True)
class Look:
    """One look: the cluster, if it could be seen, and what holds the gate up."""

    seen: Observation | None
    holds_up: tuple[str, ...]

    def __str__(self) -> str:
        return "; ".join(self.holds_up) or "everything is as it must be"


@dataclass
class GateWatch:
    """Looks at one gate. ``first`` and ``waited`` tell the story afterwards."""

    eyes: ClusterEyes
    gate: Gate
    now: Callable[[], float] = time.monotonic
    history: list[tuple[float, str]] = field(default_factory=list)  # seconds since the beginning, and what held it up from then on
    _open_looks: int = 0
    _started: float = 0.0
    _next_election: float = 0.0

    def wait(self, timeout: float, advice: str) -> Observation:
        """Wait until the gate is open.

        :raises OperationError: at the deadline, with what holds it up.
        """
        self._started = self.now()
        broker = self.gate.broker
        what = "see the cluster healthy" if broker is None else f"see broker {broker} back in a healthy cluster"
        progress = Progress("gate" if broker is None else f"gate of broker {broker}")
        look = wait_until(what, self._look, lambda look: self._open_looks >= _LOOKS_IN_A_ROW, timeout, advice=advice, interval=0.2,
                          longest_interval=0.5, progress=progress)
        if look.seen is None:
            raise OperationError(what, answered="the cluster was not seen")
        return look.seen

    def _look(self) -> Look:
        try:
            seen = self.eyes.look()
        except OperationError as error:
            look = Look(None, (str(error),))
        else:
            look = Look(seen, tuple(self.gate.holds_up(seen)))
            self._elect(seen)
        self._open_looks = 0 if look.holds_up else self._open_looks + 1
        text = str(look)
        if not self.history or self.history[-1][1] != text:
            self.history.append((round(self.now() - self._started, 1), text))
        return look

    def _elect(self, seen: Observation) -> None:
        """Ask for the preferred leaders when only they are left, and again after a while: an election may come too early for a replica."""
        if not self.gate.balanced or self.now() < self._next_election or not seen.away_from_preferred():
            return
        unbalanced = Gate(self.gate.expected, self.gate.goal, self.gate.broker, self.gate.accepted)
        if not unbalanced.holds_up(seen):
            self._next_election = self.now() + _ELECTION_PAUSE
            self.eyes.elect_preferred()
