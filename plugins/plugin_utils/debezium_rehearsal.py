# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connector for a rehearsal: the rewritten configuration under other names, so that it runs beside the real one and touches nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_HISTORY = "schema.history.internal."
_SIGNALS = ("signal.data.collection", "signal.kafka.topic", "signal.enabled.channels", "topic.transaction", "transaction.topic")


def rehearsal_of(
    name: str, config: Mapping[str, Any], prefix: str = "rehearsal-", server_id: int | None = None, snapshot_mode: str = "no_data",
    bootstrap_servers: str = "", settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Name and configuration of the rehearsal.

    :param prefix: goes before every name: connector, topics, schema history, replication slot.
    :param server_id: for MySQL and MariaDB. Two replicas with one id throw each other out.
    :param bootstrap_servers: another cluster for the schema history.
    :param settings: further settings, which win.
    """
    own = dict(config)
    own["name"] = prefix + name
    own["topic.prefix"] = prefix + str(config.get("topic.prefix") or "")
    if "database.server.id" in config or server_id is not None:
        own["database.server.id"] = str(server_id if server_id is not None else int(str(config["database.server.id"])) + 1)
    if f"{_HISTORY}kafka.topic" in config:
        own[f"{_HISTORY}kafka.topic"] = prefix + str(config[f"{_HISTORY}kafka.topic"])
    if bootstrap_servers and f"{_HISTORY}kafka.bootstrap.servers" in config:
        own[f"{_HISTORY}kafka.bootstrap.servers"] = bootstrap_servers
    if "PostgresConnector" in str(config.get("connector.class")):
        own["slot.name"] = _identifier(prefix) + str(config.get("slot.name") or "debezium")
    # A transform that routes records gives topics names without topic.prefix: the rehearsal would write into the real ones.
    own |= {key: prefix + str(value) for key, value in config.items() if key.startswith("transforms.") and key.endswith(".replacement")}
    own["snapshot.mode"] = snapshot_mode
    for key in _SIGNALS:  # a signal is for the real connector
        own.pop(key, None)
    own |= dict(settings or {})
    return {"name": own["name"], "config": own}


def _identifier(prefix: str) -> str:
    """Names of slots are lower case letters, digits and underscores."""
    return "".join(char if char.isalnum() else "_" for char in prefix.lower())
