# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys of a Connect worker found in a connector, where they do nothing, and what the worker lets a connector override (KIP-458)."""

from __future__ import annotations

from .debezium_draft import Draft
from .debezium_request import POLICIES, Request

OVERRIDE = "producer.override."
# Those that people put in a connector. The others stay where they are: what did nothing must not begin to act unasked.
MOVED = ("compression.type", "linger.ms", "batch.size", "request.timeout.ms")
WORKER_ONLY = {
    "connector.client.config.override.policy": "it is the worker's: in a connector it has no effect",
    "acks": "a connector has no such key: its producer is set by producer.override.acks, and Connect's own default is `all`",
}
_CLIENTS = ("producer.", "consumer.", "admin.")
_OVERRIDES = tuple(f"{client}override." for client in _CLIENTS)
_PRINCIPAL = ("security.protocol", "sasl.jaas.config", "sasl.mechanism")


def move_worker_keys(draft: Draft, request: Request) -> None:
    """Moves the producer's settings to where they act, drops what no connector has, sets what the caller wants."""
    if draft.side_by_side:  # all of these change what the running version does
        _leave_for_the_upgrade(draft, request)
        return
    for name in MOVED:
        old, new = f"producer.{name}", OVERRIDE + name
        if old in draft.config:
            if new in draft.config:
                draft.drop(old, f"without effect in a connector; {new} is set already")
            else:
                draft.rename(old, new, draft.config[old])
    for key, reason in WORKER_ONLY.items():
        if key in draft.config:
            draft.drop(key, reason)
    for name, value in request.producer_overrides.items():
        key = OVERRIDE + name
        if key in draft.config:
            draft.rewrite(key, value, "asked for in producer_overrides")
        else:
            draft.add(key, value, "asked for in producer_overrides")


def _leave_for_the_upgrade(draft: Draft, request: Request) -> None:
    keys = [key for key in (*(f"producer.{name}" for name in MOVED), *WORKER_ONLY) if key in draft.config]
    keys += [OVERRIDE + name for name in request.producer_overrides]
    if keys:
        draft.ask(f"{', '.join(keys)}: left for the upgrade itself, since this would change what the running version does.")


def tell_of_policy(draft: Draft, request: Request) -> None:
    """Says which overrides the worker refuses, or that nobody has looked."""
    overrides = [key for key in draft.config if key.startswith(_OVERRIDES)]
    refused = _refused(overrides, request.override_policy)
    ours = {*draft.added, *draft.renamed.values()}
    if refused:
        draft.ask(
            f"The worker's connector.client.config.override.policy is {str(request.override_policy).capitalize()} and refuses {', '.join(refused)}: "
            "set it to All on every worker, or leave these keys out."
        )
    elif request.override_policy is None and ours.intersection(overrides):
        draft.ask("producer.override.* needs connector.client.config.override.policy=All on every worker (the default since Kafka 3.0): not checked.")
    elif overrides and request.override_policy not in (None, *POLICIES):
        draft.ask("The worker's connector.client.config.override.policy is a class that is not known here: whether it refuses overrides is not checked.")
    inert = [key for key in draft.config if key.startswith(_CLIENTS) and not key.startswith(_OVERRIDES)]
    if inert and not draft.side_by_side:
        draft.ask(f"{', '.join(inert)}: keys of a worker, without effect in a connector. Remove them, or ask for them in producer_overrides.")


def _refused(overrides: list[str], policy: str | None) -> list[str]:
    if policy == "none":
        return overrides
    if policy == "principal":
        return [key for key in overrides if key.split(".override.", 1)[1] not in _PRINCIPAL]
    return []
