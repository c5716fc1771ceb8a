# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a Kafka module that kills itself (SIGKILL) just before its n-th request: `python killed_at.py MODULE N [changes]`.

Every step of a module ends with a request to the cluster, so that killing before each request in turn covers every
state that a killed run can leave. The module itself is the real one; only the client classes count their calls.

With `changes` only requests count that change something, in Kafka or in Kubernetes: between two of these nothing new can be left.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.kafka import client, ledger_client
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes import client as kubernetes_client

CHANGES = ("incremental_alter_configs", "delete_records")
REQUESTS = ("describe_topics", "describe_configs", "incremental_alter_configs", "create_topics", "list_offsets", "delete_records", "list_topics")


class Countdown:
    """Kills the process when ``left`` requests have been sent."""

    def __init__(self, left: int) -> None:
        self.left = left

    def tick(self) -> None:
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1


def counting(parent: type, names: tuple[str, ...], countdown: Countdown) -> type:
    """A subclass whose methods of these names tick before they work."""

    def wrap(name: str) -> Any:
        original = getattr(parent, name)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            countdown.tick()
            return original(self, *args, **kwargs)

        return method

    return type(parent.__name__, (parent,), {name: wrap(name) for name in names})


def count_patches(countdown: Countdown) -> None:
    """In place, as others have imported the class."""
    original = kubernetes_client.Cluster.request

    def request(self: Any, attempted: str, method: str, path: str, query: Any = None, *more: Any) -> Any:
        if method == "PATCH" and "dryRun" not in (query or {}):
            countdown.tick()
        return original(self, attempted, method, path, query, *more)

    kubernetes_client.Cluster.request = request  # type: ignore[method-assign]


def main() -> None:
    module, number, only_changes = sys.argv[1], int(sys.argv[2]), sys.argv[3:] == ["changes"]
    countdown = Countdown(number)
    client.AdminClient = counting(client.AdminClient, CHANGES if only_changes else REQUESTS, countdown)  # type: ignore[misc]
    ledger_client.Producer = counting(ledger_client.Producer, ("produce",) if only_changes else ("produce", "flush"), countdown)  # type: ignore[misc]
    if only_changes:
        count_patches(countdown)
    sys.argv = sys.argv[:1]
    importlib.import_module(f"ansible_collections.streamops.kafka.plugins.modules.{module}").main()


if __name__ == "__main__":
    main()
