# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images: own ones, tags of all sorts, variables."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import FilterModule

UPGRADE = FilterModule().filters()["compose_upgrade_report"]
BROKER = "  kafka:\n    image: kafka:7.1.1\n    environment: {KAFKA_BROKER_ID: 1}\n"


def of(image: str, name: str = "schema-registry", **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = UPGRADE(f"services:\n{BROKER}  {name}:\n    image: {image}\n", "7.7.1", **options)
    return {**found, "image": yaml.safe_load(found["text"])["services"][name]["image"]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("confluentinc/cp-schema-registry:7.1.1", "confluentinc/cp-schema-registry:7.7.1"),
        ("confluentinc/cp-schema-registry:5.5.15", "confluentinc/cp-schema-registry:7.7.1"),
        ("confluentinc/cp-schema-registry:7.1.1-1-ubi8.arm64", "confluentinc/cp-schema-registry:7.7.1-1-ubi8.arm64"),
        ("confluentinc/cp-schema-registry", "confluentinc/cp-schema-registry:7.7.1"),
        ("registry.example.com:5000/own/schema-registry", "registry.example.com:5000/own/schema-registry:7.7.1"),
        ("registry.example.com:5000/own/schema-registry:latest", "registry.example.com:5000/own/schema-registry:7.7.1"),
        ("${REGISTRY}/schema-registry", "${REGISTRY}/schema-registry:7.7.1"),
        ("${REGISTRY:-registry.example.com:5000}/schema-registry:7.1.1", "${REGISTRY:-registry.example.com:5000}/schema-registry:7.7.1"),
        ("'${REGISTRY}/schema-registry'", "${REGISTRY}/schema-registry:7.7.1"),
        ("own/schema-registry:${V:-7.1.1}", "own/schema-registry:${V:-7.7.1}"),
        ("own/schema-registry:${V-7.1.1}", "own/schema-registry:${V-7.7.1}"),
        ("${SR_IMAGE:-own/schema-registry:7.1.1}", "${SR_IMAGE:-own/schema-registry:7.7.1}"),
        ("own/schema-registry:7.7.1", "own/schema-registry:7.7.1"),
    ],
)
def test_the_tag_becomes_the_targets(before: str, after: str) -> None:
    found = of(before, images=None, kinds={"schema-registry": "schema_registry"})
    assert found["image"] == after
    assert UPGRADE(found["text"], "7.7.1", kinds={"schema-registry": "schema_registry"})["text"] == found["text"]


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("own/schema-registry:7.1.1-own3", "its tag is its owner's"),
        ("own/schema-registry:stable", "its tag is its owner's"),
        ("own/schema-registry:7.8.0", "newer than the target"),
        ("own/schema-registry:${V:-stable}", "its tag is its owner's"),
        ("own/schema-registry:7.1.1-${BUILD}", "several parts"),
        ("own/schema-registry@sha256:0123456789abcdef", "pinned by a digest"),
        ("own/schema-registry:7.1.1@sha256:0123456789abcdef", "pinned by a digest"),
        ("own/${NAME}", "may hold the tag as well"),
    ],
)
def test_what_only_its_owner_knows_is_left_and_asked(image: str, words: str) -> None:
    found = of(image, kinds={"schema-registry": "schema_registry"})
    assert found["image"] == image
    assert any(words in text and "schema-registry" in text for text in found["decide"])


@pytest.mark.parametrize(
    ("image", "variables"),
    [
        ("own/schema-registry:${V}", {"V": "7.7.1"}),
        ("own/schema-registry:$V", {"V": "7.7.1"}),
        ("own/schema-registry:${V:?not set}", {"V": "7.7.1"}),
        ("own/schema-registry:${V:-7.1.1}", {"V": "7.7.1"}),
        ("own/schema-registry:${CONFLUENT_VERSION}-${BUILD}", {"CONFLUENT_VERSION": "7.7.1"}),
        ("${SR_IMAGE}", {"SR_IMAGE": "an image with the tag 7.7.1"}),
        ("${SR_IMAGE:-own/schema-registry:7.1.1}", {"SR_IMAGE": "own/schema-registry:7.7.1"}),
    ],
)
def test_a_variable_is_listed_with_the_value_that_it_must_get(image: str, variables: dict[str, str]) -> None:
    found = of(image, kinds={"schema-registry": "schema_registry"})
    assert found["variables"] == variables
    assert all(any("${" + name + "}" in text for text in found["decide"]) for name in variables)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("zookeeper:3.6.3", "zookeeper:3.8.4"),
        ("zookeeper", "zookeeper:3.8.4"),
        ("zookeeper:3.9.2", "zookeeper:3.9.2"),
        ("registry.example.com/zookeeper:3.6.3", "registry.example.com/zookeeper:3.8.4"),
        ("registry.example.com/zookeeper", "registry.example.com/zookeeper:7.7.1"),
        ("confluentinc/cp-zookeeper:7.1.1", "confluentinc/cp-zookeeper:7.7.1"),
    ],
)
def test_zookeeper_gets_that_of_the_targets_kafka(before: str, after: str) -> None:
    assert of(before, "zookeeper")["image"] == after


@pytest.mark.parametrize(
    ("images", "after"),
    [
        ({"schema-registry": "own/sr:1"}, "own/sr:1"),
        ({"schema-*": "own/sr:2"}, "own/sr:2"),
        ({"schema_registry": "own/sr:3"}, "own/sr:3"),
        ({"schema_registry": "own/sr:3", "schema-*": "own/sr:2", "schema-registry": "own/sr:1"}, "own/sr:1"),
        ({"schema_registry": ":7.7.1-own"}, "own/schema-registry:7.7.1-own"),
        ({"schema_registry": ":${CONFLUENT_VERSION}"}, "own/schema-registry:${CONFLUENT_VERSION}"),
    ],
)
def test_images_are_mapped_by_service_glob_and_kind(images: dict[str, str], after: str) -> None:
    assert of("own/schema-registry:7.1.1", images=images)["image"] == after


def test_what_is_no_part_of_the_platform_is_left_unless_it_is_mapped() -> None:
    assert of("own/browser", "browser")["image"] == "own/browser"
    assert of("own/browser", "browser", images={"browser": ":9"})["image"] == "own/browser:9"
    assert of("confluentinc/cp-kcat:7.1.1", "kcat")["image"] == "confluentinc/cp-kcat:7.7.1"


SHARED = """
x-broker: &broker
  image: own/kafka:7.1.1  # ours
services:
  kafka-1: {<<: *broker, environment: {KAFKA_BROKER_ID: 1}}
  kafka-2:
    <<: *broker
    environment: {KAFKA_BROKER_ID: 2}
  kafka-3:
    <<: *broker
    environment: {KAFKA_BROKER_ID: 3}
"""


def test_one_service_of_many_gets_an_image_of_its_own() -> None:
    found = UPGRADE(SHARED, "7.7.1", images={"kafka-2": "own/kafka:7.7.1-canary"})
    assert "  image: own/kafka:7.7.1  # ours\n" in found["text"]
    assert "  kafka-2:\n    <<: *broker\n    image: own/kafka:7.7.1-canary\n" in found["text"]
    assert UPGRADE(found["text"], "7.7.1", images={"kafka-2": "own/kafka:7.7.1-canary"})["text"] == found["text"]


def test_an_image_with_an_anchor_is_changed_where_it_is_written() -> None:
    text = (
        "x-images:\n  kafka: &image \"own/kafka:7.1.1\"\nservices:\n"
        "  kafka-1:\n    image: *image\n    environment: [KAFKA_BROKER_ID=1]\n  kafka-2:\n    image: *image\n    environment: [KAFKA_BROKER_ID=2]\n"
    )  # fmt: skip
    assert '  kafka: &image "own/kafka:7.7.1"\n' in UPGRADE(text, "7.7.1")["text"]
    other = UPGRADE(text, "7.7.1", images={"kafka-2": "own/kafka:8"})["text"]
    assert '  kafka: &image "own/kafka:7.7.1"\n' in other and "  kafka-2:\n    image: own/kafka:8\n" in other


def test_an_image_in_a_block_of_its_own_is_changed_there() -> None:
    assert "    image: >-\n      own/schema-registry:7.7.1\n" in of(">-\n      own/schema-registry")["text"]


def test_an_image_with_an_escape_in_it_is_left_for_a_human() -> None:
    found = of('"own/schema\\x2dregistry"')
    assert found["image"] == "own/schema-registry"
    assert any("Line 6" in text and "change it by hand" in text for text in found["decide"])


def test_an_image_in_braces_is_quoted_where_it_must_be() -> None:
    text = "services: {kafka: {image: own/kafka:7.1.1, environment: {KAFKA_BROKER_ID: 1}}}\n"
    found = UPGRADE(text, "7.7.1", images={"kafka": "${R}/kafka:7.7.1"})["text"]
    assert found == 'services: {kafka: {image: "${R}/kafka:7.7.1", environment: {KAFKA_BROKER_ID: 1, KAFKA_INTER_BROKER_PROTOCOL_VERSION: "3.1"}}}\n'
    assert UPGRADE(text, "7.7.1")["text"].startswith("services: {kafka: {image: own/kafka:7.7.1, ")
