# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stack cut down to a rehearsal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import FilterModule
from ansible_collections.streamops.kafka.plugins.module_utils.compose.lists import names_only, without

TOP = Path(__file__).resolve().parents[5]
EXAMPLE = (TOP / "inventories/confluent/stack.yml.txt").read_text(encoding="utf-8")
NODES = [f"lab-{number}" for number in range(1, 6)]
ADDRESSES = {f"dock-{number:02}.example.net": f"lab-{number}.example.net" for number in range(1, 6)}
REHEARSAL: dict[str, Any] = {"brokers": 5, "zookeepers": 1, "connect_workers": 2, "nodes": NODES, "addresses": ADDRESSES, "remove": ["browser"]}
UPGRADE = FilterModule().filters()["compose_upgrade_report"]


def cut(text: str = EXAMPLE, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = UPGRADE(text, "7.7.1", inter_broker_protocol="3.1", rehearsal={**REHEARSAL, **changes})
    return found


def services(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


FOUND = cut()
AFTER = services(FOUND["text"])


def test_it_keeps_the_first_ones_of_each_kind() -> None:
    assert list(AFTER) == ["zookeeper-1", *[f"kafka-0{number}" for number in range(1, 6)], "connect-1", "connect-2", "schema-registry", "rest-proxy"]


def test_no_service_that_is_gone_is_named_anywhere() -> None:
    for name in ("zookeeper-2", "zookeeper-3", "connect-3", "browser", *[f"kafka-{number:02}" for number in range(6, 19)], "dock-"):
        assert name not in FOUND["text"].partition("version:")[2], name


def test_lists_are_shorter_and_keep_their_path() -> None:
    environment = AFTER["kafka-01"]["environment"]
    assert environment["KAFKA_ZOOKEEPER_CONNECT"] == "zookeeper-1:2181/streams"
    assert AFTER["zookeeper-1"]["environment"]["ZOOKEEPER_SERVERS"] == "zookeeper-1:2888:3888"
    assert AFTER["connect-1"]["environment"]["CONNECT_BOOTSTRAP_SERVERS"] == "kafka-01:29001"
    assert "SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS=kafka-01:29001" in AFTER["schema-registry"]["environment"]
    assert AFTER["rest-proxy"]["depends_on"] == ["schema-registry"]
    assert any("KAFKA_REST_BOOTSTRAP_SERVERS of rest-proxy comes from ${BOOTSTRAP_SERVERS}" in text for text in FOUND["decide"])


def test_brokers_are_on_hosts_of_their_own_and_tell_the_rehearsals_addresses() -> None:
    for number in range(1, 6):
        broker = AFTER[f"kafka-0{number}"]
        assert broker["deploy"]["placement"]["constraints"] == [f"node.hostname == lab-{number}"]
        assert f"CLIENTS://lab-{number}.example.net:2600{number}" in broker["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert AFTER["schema-registry"]["deploy"]["placement"]["constraints"] == ["node.hostname==lab-1"]
    assert not any("addresses of production" in text for text in FOUND["decide"])


def test_it_is_upgraded_like_the_whole_one_and_a_second_run_changes_nothing() -> None:
    assert UPGRADE(FOUND["start"], "7.7.1", inter_broker_protocol="3.1")["text"] == FOUND["text"]
    assert services(FOUND["start"])["kafka-01"]["image"] == "${REGISTRY}/streams/kafka:${CONFLUENT_VERSION:-7.1.1}"
    assert cut(FOUND["text"])["text"] == FOUND["text"]


def test_comments_of_what_is_gone_go_and_others_stay() -> None:
    assert "# The second rack begins here." not in FOUND["text"] and "# The third rack." not in FOUND["text"]
    assert "  # Internal topics live on three brokers.\n" in FOUND["text"]


def test_windows_line_ends_are_kept() -> None:
    assert cut(EXAMPLE.replace("\n", "\r\n"))["text"] == FOUND["text"].replace("\n", "\r\n")


def test_replication_fits_two_brokers() -> None:
    found = cut(brokers=2)
    environment = services(found["text"])["kafka-01"]["environment"]
    assert environment["KAFKA_DEFAULT_REPLICATION_FACTOR"] == environment["KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR"] == 2
    assert environment["KAFKA_MIN_INSYNC_REPLICAS"] == environment["KAFKA_TRANSACTION_STATE_LOG_MIN_ISR"] == 1
    assert services(found["text"])["connect-1"]["environment"]["CONNECT_CONFIG_STORAGE_REPLICATION_FACTOR"] == 2
    assert cut(found["text"], brokers=2)["text"] == found["text"]


def test_replication_stays_where_there_are_brokers_enough() -> None:
    environment = AFTER["kafka-01"]["environment"]
    assert (environment["KAFKA_DEFAULT_REPLICATION_FACTOR"], environment["KAFKA_MIN_INSYNC_REPLICAS"]) == (3, 2)


def test_one_broker_without_factors_is_told_of_the_defaults() -> None:
    text = "services:\n  kafka:\n    image: own/kafka:7.1.1\n    environment: {KAFKA_BROKER_ID: 1}\n"
    decide = UPGRADE(text, "7.7.1", rehearsal={"brokers": 1, "zookeepers": 1})["decide"]
    assert any("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR" in text and "3 by default" in text for text in decide)


def test_hosts_can_be_given_one_by_one() -> None:
    nodes = {f"dock-{number:02}": f"box-{number}" for number in range(1, 6)}
    constraints = services(cut(nodes={**nodes, "dock-11": "box-1", "dock-12": "box-1"})["text"])["connect-2"]["deploy"]["placement"]["constraints"]
    assert constraints == ["node.hostname == box-1"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes": []}, "rehearsal.nodes is missing: services are placed on dock-01"),
        ({"nodes": ["a", "b"]}, "two on one node would share a directory of data"),
        ({"nodes": {f"dock-{number:02}": f"box-{number}" for number in range(1, 6)}}, "does not say what dock-11, dock-12 become"),
        ({"remove": ["kafka-*"]}, "no service of the kind kafka would be left"),
        ({"remove": ["zoo*"]}, "no service of the kind zookeeper would be left"),
        ({"brokers": "many"}, "rehearsal.brokers must be a number"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        cut(**changes)


def test_addresses_of_production_that_are_left_are_spoken_of() -> None:
    assert any("still tells clients addresses of production" in text for text in cut(addresses={})["decide"])


TWO = """services:
  kafka-1:
    image: own/kafka:7.1.1
    environment: {{KAFKA_BROKER_ID: 1}}
  kafka-2:
    image: own/kafka:7.1.1
    environment: {{KAFKA_BROKER_ID: 2}}
    deploy: &second {{replicas: 1}}
  web:
    image: web
{}"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    depends_on: [kafka-1, kafka-2]\n", "    depends_on: [kafka-1]\n"),
        ("    depends_on:\n      - kafka-1\n      - kafka-2\n", "    depends_on:\n      - kafka-1\n"),
        ("    depends_on:\n      - kafka-2\n    ports: []\n", "    ports: []\n"),
        ("    depends_on:\n      kafka-2: {condition: service_started}\n      kafka-1: {condition: service_started}\n",
         "    depends_on:\n      kafka-1: {condition: service_started}\n"),
        ("    links: [\"kafka-2:kafka\"]\n    ports: []\n", "    ports: []\n"),
        ("    environment: [\"SERVERS=kafka-1:9092,kafka-2:9092\"]\n", "    environment: [\"SERVERS=kafka-1:9092\"]\n"),
        ("    environment:\n      SERVERS: >-\n        kafka-2:9092,\n        kafka-1:9092\n", "    environment:\n      SERVERS: >-\n        kafka-1:9092\n"),
        ("    environment:\n      SERVERS: 'PLAINTEXT://kafka-1:9092, PLAINTEXT://kafka-2:9092'\n",
         "    environment:\n      SERVERS: 'PLAINTEXT://kafka-1:9092'\n"),
    ],
)  # fmt: skip
def test_what_names_a_service_that_is_gone(before: str, after: str) -> None:
    start = UPGRADE(TWO.format(before), "7.7.1", rehearsal={"brokers": 1, "zookeepers": 1})["start"]
    assert start.partition("    image: web\n")[2] == after


def test_an_anchor_that_others_need_is_not_removed() -> None:
    with pytest.raises(AnsibleFilterError, match="the anchor &second stands in a service that is removed"):
        UPGRADE(TWO.format("    deploy: *second\n"), "7.7.1", rehearsal={"brokers": 1, "zookeepers": 1})


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("X", "a:1,b:1,c:1", "a:1,c:1"),
        ("X", "b:1, a:1", "a:1"),
        ("X", "a:1,b:1/path", "a:1/path"),
        ("X", "b:1,a:1/path/deeper", "a:1/path/deeper"),
        ("X", "SASL://b:1,SASL://a:1", "SASL://a:1"),
        ("ZOO_SERVERS", "server.1=a:2888:3888;2181 server.2=b:2888:3888;2181", "server.1=a:2888:3888;2181"),
        ("ZOO_SERVERS", "server.2=b:2888:3888;2181\n  server.1=a:2888:3888;2181", "server.1=a:2888:3888;2181"),
        ("ZOOKEEPER_SERVERS", "a:2888:3888;b:2888:3888", "a:2888:3888"),
        ("X", "a:1,c:1", None),
        ("X", "b:1", None),
        ("X", "bb:1,b.example.net:1", None),
        ("X", "just a sentence, with b in it", None),
    ],
)
def test_lists_of_servers(name: str, before: str, after: str | None) -> None:
    assert without(before, {"b"}, name) == after


def test_a_list_of_which_nothing_is_left() -> None:
    assert names_only("b:1,b:2", {"b"}) and names_only("server.2=b:2888:3888", {"b"}) and not names_only("a:1,b:2", {"b"})
