# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client quotas as they are and as they are wanted, and the plan between the two. Pure: no request is made here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT = "<default>"  # how Kafka's documentation and tools write the entity that stands for all without a quota of their own


@dataclass(frozen=True)
class Entity:
    """Whom a quota limits. None: this kind of name has no part in it; ``<default>``: all that have no quota of their own."""

    user: str | None = None
    client_id: str | None = None
    ip: str | None = None

    def __str__(self) -> str:
        names = (("user", self.user), ("client_id", self.client_id), ("ip", self.ip))
        return ", ".join(f"{kind} {name}" for kind, name in names if name is not None)


@dataclass(frozen=True)
class Quota:
    """The limits of one entity, by Kafka's name of the limit (``producer_byte_rate``)."""

    entity: Entity
    limits: Mapping[str, float] = field(default_factory=dict)
