# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of Kafka in configurations that have no common form, and whether clients log in there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.configuration.kafka_endpoints import (
    NO_ADDRESS,
    ClusterListeners,
    KafkaListener,
    find_endpoints,
    judge,
)

CLUSTER = ClusterListeners(
    [KafkaListener("plain", 9092, False, ("192.0.2.1:9092",)), KafkaListener("scram", 9094, True, ("192.0.2.1:9094",))], "experiment-kafka-bootstrap"
)


def states(tree: Any, told: str = "nothing listens there", keys: list[str] | None = None) -> dict[str, str]:
    found = find_endpoints(tree, CLUSTER, keys or [])
    return {f"{each.key} {each.address}": judge("f", each, CLUSTER, lambda address: told).state for each in found}


@pytest.mark.parametrize("tree, expected", [
    # The two of the note: the metrics were moved to the other listener, the database connection was forgotten.
    ({"metrics": {"kafka_bootstrap": "experiment-kafka-bootstrap.kafka.svc:9094"},
      "databases": {"kafka": {"host": "experiment-kafka-bootstrap", "port": 9092}}},
     {"metrics.kafka_bootstrap experiment-kafka-bootstrap.kafka.svc:9094": "verified", "databases.kafka.port experiment-kafka-bootstrap:9092": "failed"}),
    ({"databases": {"kafka": {"port": 9092}}}, {"databases.kafka.port :9092": "failed"}),
    ({"databases": {"kafka": {"port": 9094}, "mariadb": {"port": 9092}}}, {"databases.kafka.port :9094": "verified"}),
    ({"bootstrap.servers": "192.0.2.1:9094", "security.protocol": "SASL_PLAINTEXT"}, {"bootstrap.servers 192.0.2.1:9094": "verified"}),
    ({"bootstrap.servers": "192.0.2.1:9094", "security.protocol": "PLAINTEXT"}, {"bootstrap.servers 192.0.2.1:9094": "failed"}),
    ({"bootstrap.servers": "192.0.2.1:9094,192.0.2.1:9092"}, {"bootstrap.servers 192.0.2.1:9094": "verified", "bootstrap.servers 192.0.2.1:9092": "failed"}),
    ({"brokers": ["192.0.2.1:9092"]}, {"brokers 192.0.2.1:9092": "failed"}),
    ({"sink": {"url": "kafka://192.0.2.1:9092/topic"}}, {"sink.url 192.0.2.1:9092": "failed"}),  # under any key, when it is the cluster's
    ({"http": {"url": "http://192.0.2.9:8080", "port": 8080}}, {}),
])  # fmt: skip
def test_an_address_is_judged_by_the_listener_that_it_leads_to(tree: Any, expected: dict[str, str]) -> None:
    assert states(tree) == expected


@pytest.mark.parametrize("tree, told, expected", [
    ({"brokers": "other:1"}, "sasl_ssl", "verified"),
    ({"brokers": "other:1"}, "plaintext", "failed"),
    ({"brokers": "other:1"}, "nothing listens there", "not_checked"),
    ({"brokers": "other:1", "security_protocol": "sasl_ssl"}, "nothing listens there", "verified"),
    ({"brokers": "other:1", "security_protocol": "sasl_ssl"}, "plaintext", "failed"),
    ({"brokers": "other:1", "security_protocol": "${PROTOCOL}"}, "sasl_ssl", "not_checked"),
    ({"brokers": "${KAFKA}:9094"}, "nothing listens there", "not_checked"),
])  # fmt: skip
def test_an_address_elsewhere_is_asked_what_it_is(tree: Any, told: str, expected: str) -> None:
    assert list(states(tree, told).values()) == [expected]


def test_the_protocols_of_producer_and_consumer_belong_to_an_address_of_both() -> None:
    tree = {"schema.history.internal.kafka.bootstrap.servers": "other:1", "schema.history.internal.producer.security.protocol": "SASL_SSL",
            "schema.history.internal.consumer.security.protocol": "SSL"}  # fmt: skip
    assert list(states(tree).values()) == ["failed"]
    spring = {"spring": {"kafka": {"bootstrap-servers": "other:1", "properties": {"security.protocol": "SASL_SSL"}}}}
    assert list(states(spring).values()) == ["verified"]


def test_keys_of_its_own_and_logins_in_addresses() -> None:
    assert states({"queue": "192.0.2.7:1"}) == {} and states({"queue": "192.0.2.7:1"}, keys=["queue"]) == {"queue 192.0.2.7:1": "not_checked"}
    assert [each.address for each in find_endpoints({"brokers": "kafka://anna:12345@other:1"}, CLUSTER)] == ["other:1"]
    assert [each.address for each in find_endpoints({"brokers": "a secret"}, CLUSTER)] == [NO_ADDRESS]
