# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal shares no name with the real connector."""

from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.plugin_utils.debezium_rehearsal import rehearsal_of

MARIADB = {
    "connector.class": "io.debezium.connector.mariadb.MariaDbConnector", "topic.prefix": "cdc-orders", "database.server.id": "5401",
    "schema.history.internal.kafka.topic": "history.cdc", "schema.history.internal.kafka.bootstrap.servers": "a:1", "database.password": "${file:x:y}",
    "transforms": "route", "transforms.route.replacement": "ct.$2.$3", "signal.kafka.topic": "signals", "table.include.list": "shop.orders",
}  # fmt: skip


def test_every_name_is_another_one() -> None:
    made = rehearsal_of("orders", MARIADB, server_id=77, bootstrap_servers="b:2")
    config = made["config"]
    assert (made["name"], config["topic.prefix"], config["database.server.id"]) == ("rehearsal-orders", "rehearsal-cdc-orders", "77")
    assert config["schema.history.internal.kafka.topic"] == "rehearsal-history.cdc"
    assert config["schema.history.internal.kafka.bootstrap.servers"] == "b:2"
    assert config["transforms.route.replacement"] == "rehearsal-ct.$2.$3"
    assert (config["snapshot.mode"], "signal.kafka.topic" in config) == ("no_data", False)
    for key in ("database.password", "table.include.list"):
        assert config[key] == MARIADB[key]


def test_a_server_id_is_never_shared_and_a_slot_neither() -> None:
    assert rehearsal_of("orders", MARIADB)["config"]["database.server.id"] == "5402"
    postgresql = {"connector.class": "io.debezium.connector.postgresql.PostgresConnector", "topic.prefix": "p"}
    assert rehearsal_of("p", postgresql)["config"]["slot.name"] == "rehearsal_debezium"
    assert rehearsal_of("p", {**postgresql, "slot.name": "mine"}, settings={"slot.name": "other"})["config"]["slot.name"] == "other"
