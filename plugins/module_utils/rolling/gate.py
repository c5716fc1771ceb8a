# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the next broker may be touched, and which one it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..compose.versions import protocol_of
from .observation import BrokerState, Observation, shortened


@dataclass(frozen=True)
class Goal:
    """What each broker shall come to. None: whatever it is."""

    release: str | None = None
    protocol: str | None = None

    def is_reached_by(self, broker: BrokerState | None) -> bool:
        """Whether the broker runs this release, and its protocol is this one and is not left to the release's default."""
        if broker is None or broker.release is None:
            return False
        return (self.release is None or broker.release == self.release) and (
            self.protocol is None or (broker.protocol_is_set and same_protocol(broker.protocol, self.protocol)))


@dataclass(frozen=True)
class Gate:
    """What must hold. ``broker`` is the one that was just restarted, which must have come to ``goal``; None for the cluster as it is."""

    expected: tuple[int, ...]
    goal: Goal = field(default_factory=Goal)
    broker: int | None = None
    accepted: frozenset[str] = frozenset()  # topics that may be unavailable while a broker restarts
    balanced: bool = False

    def holds_up(self, seen: Observation) -> list[str]:
        """Everything that is not yet as it must be. Empty: the gate is open."""
        left = [*self._broker_left(seen)]
        absent = [str(broker) for broker in self.expected if broker not in seen.brokers]
        silent = [f"{broker.id} ({broker.problem})" for broker in seen.brokers.values()
                  if broker.release is None and broker.id in self.expected and broker.id != self.broker]
        offline, behind = seen.offline(self.accepted), seen.under_replicated(self.accepted)
        if absent:
            left.append(f"not registered: broker {', '.join(absent)}")
        if silent:
            left.append(f"does not answer: broker {'; '.join(silent)}")
        if seen.controller is None:
            left.append("no active controller")
        if offline:
            left.append(f"{len(offline)} offline: {shortened(offline)}")
        if behind:
            left.append(f"{len(behind)} under-replicated: {shortened(behind)}")
        left += [f"topic {name} was not accepted: {reason}" for name, reason in seen.fragile_topics().items() if name not in self.accepted]
        if self.balanced and not left:
            away = seen.away_from_preferred()
            left += [f"{len(away)} not led by their preferred replica: {shortened(away)}"] if away else []
        return left

    def _broker_left(self, seen: Observation) -> list[str]:
        if self.broker is None:
            return []
        state = seen.brokers.get(self.broker)
        if state is None or self.goal.is_reached_by(state):
            return []
        if state.release is None:
            return [f"broker {self.broker} does not answer: {state.problem}"]
        if self.goal.release is not None and state.release != self.goal.release:
            return [f"broker {self.broker} still runs Kafka {state.release}"]
        how = "set to" if state.protocol_is_set else "by default"
        return [f"inter.broker.protocol.version of broker {self.broker} is {how} {state.protocol}, not {self.goal.protocol}"]


def same_protocol(one: str | None, other: str | None) -> bool:
    """Whether two spellings (``3.1``, ``3.1-IV0``) are the same version of the protocol."""
    if one is None or other is None:
        return one == other
    known = protocol_of(one)
    return one == other or (known is not None and known == protocol_of(other))


def brokers_left(seen: Observation, expected: Sequence[int], goal: Goal, first: int | None = None) -> list[int]:
    """The brokers that have not come to the goal, in the order in which they are to be restarted: as ``expected`` has them, the active
    controller last, because each restart of it makes all brokers follow another one.

    :param first: a broker that an earlier run was working on. It may be down, so that nothing is well before it is back.
    """
    left = [broker for broker in expected if not goal.is_reached_by(seen.brokers.get(broker))]
    return sorted(left, key=lambda broker: (broker != first, _is_up(seen, broker), broker == seen.controller))


def _is_up(seen: Observation, broker: int) -> bool:
    state = seen.brokers.get(broker)
    return state is not None and state.release is not None
