# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of the protocol between brokers: where it is pinned, when it may be raised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import FilterModule
from ansible_collections.streamops.kafka.plugins.module_utils.compose.versions import kafka_of, protocol_of, version_of

UPGRADE = FilterModule().filters()["compose_upgrade_report"]
PIN = "KAFKA_INTER_BROKER_PROTOCOL_VERSION"


def brokers(*environments: str, image: str = "own/kafka:7.1.1", head: str = "") -> str:
    """A stack with one broker for each environment."""
    texts = [f"  kafka-{number}:\n    image: {image}\n{text}" for number, text in enumerate(environments, 1)]
    return f"{head}services:\n{''.join(texts)}"


def of(number: int, extra: str = "") -> str:
    return f"    environment:\n      KAFKA_BROKER_ID: {number}\n{extra}"


def upgrade(text: str, **options: Any) -> str:
    return str(UPGRADE(text, "7.7.1", **options)["text"])


def test_brokers_that_share_nothing_are_pinned_one_by_one() -> None:
    after = upgrade(brokers(of(1), of(2)))
    assert after.count(f'      {PIN}: "3.1"\n') == 2


def test_brokers_that_share_their_environment_in_two_halves_are_pinned_twice() -> None:
    head = "x-a: &a\n  KAFKA_OPTS: -a\nx-b: &b\n  KAFKA_OPTS: -b\n"
    after = upgrade(brokers(*[of(number, f"      <<: *{'a' if number < 3 else 'b'}\n") for number in range(1, 6)], head=head))
    assert after.startswith(f'x-a: &a\n  KAFKA_OPTS: -a\n  {PIN}: "3.1"\nx-b: &b\n  KAFKA_OPTS: -b\n  {PIN}: "3.1"\n')
    assert after.count(PIN) == 2


def test_a_place_that_others_share_too_is_not_used() -> None:
    head = "x-all: &all\n  LANG: C\n"
    text = brokers(of(1, "      <<: *all\n"), head=head) + "  web:\n    image: web\n    environment:\n      <<: *all\n"
    after = upgrade(text)
    assert after.startswith("x-all: &all\n  LANG: C\nservices:\n") and after.count(PIN) == 1


@pytest.mark.parametrize(
    ("environment", "after"),
    [
        ("    environment:\n      - KAFKA_BROKER_ID=1 # one\n", f"    environment:\n      - KAFKA_BROKER_ID=1 # one\n      - {PIN}=3.1\n"),
        ("    environment:\n    - KAFKA_BROKER_ID=1\n", f"    environment:\n    - KAFKA_BROKER_ID=1\n    - {PIN}=3.1\n"),
        ("    environment: [KAFKA_BROKER_ID=1]\n", f"    environment: [KAFKA_BROKER_ID=1, {PIN}=3.1]\n"),
        ("    environment: {KAFKA_BROKER_ID: 1}\n", f'    environment: {{KAFKA_BROKER_ID: 1, {PIN}: "3.1"}}\n'),
        ('    environment: {"KAFKA_BROKER_ID": "1"}\n', f'    environment: {{"KAFKA_BROKER_ID": "1", "{PIN}": "3.1"}}\n'),
        ("    environment: &env\n      KAFKA_BROKER_ID: &id 1\n", f'    environment: &env\n      KAFKA_BROKER_ID: &id 1\n      {PIN}: "3.1"\n'),
        ("    environment:\n      KAFKA_BROKER_ID: 1\n      KAFKA_OPTS: |\n        -a\n        -b\n\n",
         f'    environment:\n      KAFKA_BROKER_ID: 1\n      KAFKA_OPTS: |\n        -a\n        -b\n      {PIN}: "3.1"\n\n'),
        ("    environment:\n      KAFKA_BROKER_ID: 1\n      KAFKA_OPTS: |+\n        -a\n\n",
         f'    environment:\n      KAFKA_BROKER_ID: 1\n      {PIN}: "3.1"\n      KAFKA_OPTS: |+\n        -a\n\n'),
        ("    environment:\n      KAFKA_BROKER_ID: 1\n      EMPTY:\n      # the end\n",
         f'    environment:\n      KAFKA_BROKER_ID: 1\n      EMPTY:\n      {PIN}: "3.1"\n      # the end\n'),
        ("    environment:\n      KAFKA_BROKER_ID: 1\n      KAFKA_INTER_BROKER_LISTENER_NAME: IN\n      LANG: C\n",
         f'    environment:\n      KAFKA_BROKER_ID: 1\n      KAFKA_INTER_BROKER_LISTENER_NAME: IN\n      {PIN}: "3.1"\n      LANG: C\n'),
    ],
)  # fmt: skip
def test_every_way_to_write_an_environment_takes_the_pin(environment: str, after: str) -> None:
    text = brokers(environment)
    assert upgrade(text) == brokers(after, image="own/kafka:7.7.1")
    assert upgrade(upgrade(text)) == upgrade(text)


def test_a_whole_file_in_json_stays_json() -> None:
    text = '{"services": {"kafka": {"image": "own/kafka:7.1.1", "environment": {"KAFKA_BROKER_ID": "1"}}}}'
    assert json.loads(upgrade(text))["services"]["kafka"]["environment"][PIN] == "3.1"


def test_a_broker_whose_environment_is_in_the_image_gets_one() -> None:
    found = UPGRADE("services:\n  kafka:\n    image: own/kafka:7.1.1\n    ports: []\n", "7.7.1")
    assert found["text"] == f'services:\n  kafka:\n    image: own/kafka:7.7.1\n    environment:\n      {PIN}: "3.1"\n    ports: []\n'


def test_a_broker_whose_environment_is_in_a_file_is_left_for_a_human() -> None:
    found = UPGRADE("services:\n  kafka:\n    image: own/kafka:7.1.1\n    env_file: kafka.env\n", "7.7.1")
    assert PIN not in found["text"]
    assert any(f"set {PIN}=3.1 there" in text for text in found["decide"])


@pytest.mark.parametrize("pinned", ["3.1", "3.1-IV0", '"3.1"', "'3.1-IV0'"])
def test_what_is_pinned_already_is_kept_as_it_is_written(pinned: str) -> None:
    text = brokers(of(1, f"      {PIN}: {pinned}\n"))
    assert upgrade(text, inter_broker_protocol="3.1") == text.replace("7.1.1", "7.7.1")


def test_the_version_is_written_as_it_is_given() -> None:
    assert f'{PIN}: "3.1-IV0"' in upgrade(brokers(of(1)), inter_broker_protocol="3.1-IV0")


def test_the_protocol_is_raised_when_the_binaries_are_there() -> None:
    upgraded = upgrade(brokers(of(1), of(2)))
    raised = UPGRADE(upgraded, "7.7.1", inter_broker_protocol="3.7")
    assert raised["text"] == upgraded.replace('"3.1"', '"3.7"')
    assert upgrade(raised["text"], inter_broker_protocol="3.7") == raised["text"] == upgrade(raised["text"])


@pytest.mark.parametrize("written", ["3.1", "3.1-IV0"])
def test_a_pin_in_a_list_is_raised_too(written: str) -> None:
    text = brokers(f"    environment: [KAFKA_BROKER_ID=1, {PIN}={written}]\n", image="own/kafka:7.7.1")
    assert f"{PIN}=3.7]" in upgrade(text, inter_broker_protocol="3.7")


def test_a_pin_that_is_a_variable_is_raised_in_its_default_and_listed() -> None:
    found = UPGRADE(brokers(of(1, f"      {PIN}: ${{IBP:-3.1}}\n"), image="own/kafka:7.7.1"), "7.7.1", inter_broker_protocol="3.7")
    assert f"{PIN}: ${{IBP:-3.7}}" in found["text"] and found["variables"] == {"IBP": "3.7"}


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (brokers(of(1, f'      {PIN}: "3.7"\n'), image="own/kafka:7.7.1"), {"inter_broker_protocol": "3.1"}, "older than 3.7, which the file pins"),
        (brokers(of(1, f'      {PIN}: "3.1"\n')), {"inter_broker_protocol": "3.7"}, "the images are not upgraded yet"),
        (brokers(of(1)), {"inter_broker_protocol": "3.7"}, "not the one that runs: the images are 7.1.1, which is Kafka 3.1"),
        (brokers(of(1), image="own/kafka:7.3.0"), {"inter_broker_protocol": "3.1"}, "which is Kafka 3.3"),
        (brokers(of(1, f'      {PIN}: "3.1"\n'), image="own/kafka:7.1.1-own"), {"inter_broker_protocol": "3.7"}, "newer than the images of brokers"),
        (brokers(of(1)), {"inter_broker_protocol": "3.8"}, r"newer than the Kafka of the target \(3.7\)"),
        (brokers(of(1), image="own/kafka"), {}, "the version of the protocol is not known"),
        (brokers(of(1), image="own/kafka:${V}"), {}, "the version of the protocol is not known"),
    ],
)
def test_what_would_break_the_cluster_is_refused(text: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        upgrade(text, **options)


def test_a_pin_that_comes_from_the_shell_is_spoken_of() -> None:
    found = UPGRADE(brokers(f"    environment: [KAFKA_BROKER_ID=1, {PIN}]\n"), "7.7.1")
    assert found["text"].count(PIN) == 1 and any(f"{PIN} of kafka-1 comes from the shell" in text for text in found["decide"])


def test_a_job_with_the_image_of_a_broker_is_no_broker() -> None:
    job = "  topics:\n    image: own/kafka:7.1.1\n    command: kafka-topics --create\n"
    after = upgrade(brokers(of(1)) + job)
    assert after.endswith(job.replace("7.1.1", "7.7.1")) and after.count(PIN) == 1


def test_brokers_without_zookeeper_are_told_that_they_do_not_read_it() -> None:
    found = UPGRADE(brokers(of(1, "      KAFKA_PROCESS_ROLES: broker\n")), "7.7.1")
    assert PIN not in found["text"]
    assert any("metadata.version" in text for text in found["decide"])


@pytest.mark.parametrize(("platform", "kafka"), [("7.1.1", "3.1"), ("7.7.1", "3.7"), ("6.2.0", "2.8"), ("5.5.3", "2.5"), ("4.0.0", "")])
def test_the_kafka_in_a_platform(platform: str, kafka: str) -> None:
    version = version_of(platform)
    assert version and kafka_of(version) == kafka


def test_protocol_versions_are_compared_as_kafka_does() -> None:
    assert protocol_of("3.1") == protocol_of("3.1-IV0")
    assert protocol_of("3.7") == protocol_of("3.7-IV4") and protocol_of("3.7-IV0") < protocol_of("3.7")  # type: ignore[operator]
    assert protocol_of("2.8") < protocol_of("3.0-IV0")  # type: ignore[operator]
    assert protocol_of("3.10") > protocol_of("3.9")  # type: ignore[operator]
