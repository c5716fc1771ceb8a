# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about client quotas: read them, try a plan on the broker, carry it out, see it done."""

from __future__ import annotations

from collections.abc import Mapping

from ..plan import Change
from ..wait import wait_until
from .quotas import Entity, altered_limits
from .refusal import Refusal
from .second_client import SecondClient


def read_quotas(client: SecondClient) -> dict[Entity, Mapping[str, float]]:
    """The limits of every entity that has any. One request."""
    return {quota.entity: quota.limits for quota in client.describe_quotas() if quota.limits}


def try_changes(client: SecondClient, changes: Mapping[Entity, Change]) -> list[str]:
    """Have the controller check every change without making it; what it objects to, one sentence each."""
    return [f"{entity}: {refusal}" for entity, refusal in client.alter_quotas(_alterations(changes), validate_only=True).items()]


def apply_changes(client: SecondClient, changes: Mapping[Entity, Change]) -> dict[Entity, Refusal]:
    """Make every change, and wait until the cluster shows it; what was refused."""
    refused = client.alter_quotas(_alterations(changes))
    done = {entity: alterations for entity, alterations in _alterations(changes).items() if entity not in refused}

    def unseen() -> list[str]:
        seen = read_quotas(client)
        return [str(entity) for entity, limits in done.items() if any(seen.get(entity, {}).get(limit) != value for limit, value in limits.items())]

    if done:
        wait_until("see the changed quotas", unseen, lambda left: not left, client.timeout,
                   describe=lambda left: f"not yet visible: {', '.join(left[:10])}")
    return refused


def _alterations(changes: Mapping[Entity, Change]) -> dict[Entity, Mapping[str, float | None]]:
    return {entity: altered_limits(change) for entity, change in changes.items()}
