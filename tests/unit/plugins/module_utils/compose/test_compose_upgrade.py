# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole stack file: what becomes of it, and that nothing else does."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import FilterModule

TOP = Path(__file__).resolve().parents[5]
EXAMPLE = (TOP / "inventories/confluent/stack.yml.txt").read_text(encoding="utf-8")
OPTIONS: dict[str, Any] = {"inter_broker_protocol": "3.1", "images": {"connect": ":7.7.1-3.0.8"}}
RENAMED = """
    GROUP_ID CONFIG_STORAGE_TOPIC OFFSET_STORAGE_TOPIC STATUS_STORAGE_TOPIC CONFIG_STORAGE_REPLICATION_FACTOR OFFSET_STORAGE_REPLICATION_FACTOR
    STATUS_STORAGE_REPLICATION_FACTOR BOOTSTRAP_SERVERS KEY_CONVERTER VALUE_CONVERTER
""".split()


def upgrade(text: str, target: Any = "7.7.1", **options: Any) -> str:
    return str(FilterModule().filters()["compose_upgrade"](text, target, **options))


def report(text: str, target: Any = "7.7.1", **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = FilterModule().filters()["compose_upgrade_report"](text, target, **options)
    return found


def services(text: str) -> dict[str, Any]:
    """As Docker sees them: aliases and merges resolved."""
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def test_the_new_stack_is_the_old_one_with_exactly_what_the_upgrade_needs() -> None:
    wanted = services(EXAMPLE)
    for name, service in wanted.items():
        environment = service["environment"]
        if name.startswith("zookeeper"):
            service["image"] = "confluentinc/cp-zookeeper:7.7.1"
        elif name.startswith("kafka"):
            service["image"] = "${REGISTRY}/streams/kafka:${CONFLUENT_VERSION:-7.7.1}"
            environment["KAFKA_INTER_BROKER_PROTOCOL_VERSION"] = "3.1"
        elif name.startswith("connect"):
            service.update(image="${REGISTRY}/streams/connect:7.7.1-3.0.8", hostname=name)
            for variable in RENAMED:
                environment[f"CONNECT_{variable}"] = environment.pop(variable)
            environment["CONNECT_REST_ADVERTISED_HOST_NAME"] = environment.pop("ADVERTISED_HOST_NAME")
            environment.update(CONNECT_LISTENERS="http://0.0.0.0:8083", CONNECT_REST_PORT=8083)
    wanted["schema-registry"]["image"] += ":7.7.1"
    wanted["rest-proxy"]["image"] = "confluentinc/cp-kafka-rest:7.7.1"
    assert services(upgrade(EXAMPLE, **OPTIONS)) == wanted
    assert sum(name.startswith("kafka") for name in wanted) == 18


def test_every_line_that_is_not_named_in_the_changes_stays_byte_for_byte() -> None:
    found = report(EXAMPLE, **OPTIONS)
    before, after = EXAMPLE.splitlines(keepends=True), found["text"].splitlines(keepends=True)
    touched = {change["line"] for change in found["changes"]}
    for tag, first, last, begin, end in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        assert tag in ("equal", "insert") or (tag == "replace" and end - begin == last - first)
        assert tag != "replace" or {line + 1 for line in range(first, last)} <= touched
    added = sum("is added" in change["what"] for change in found["changes"])
    assert len(after) - len(before) == added == 6  # the pin, two variables of the workers, three hostnames


def test_comments_anchors_and_both_merge_keys_are_kept() -> None:
    after = upgrade(EXAMPLE, **OPTIONS)
    for mark in ("#", "&", "*", "<<:"):
        assert after.count(mark) == EXAMPLE.count(mark)
    assert "    <<: *on-streams-net\n    <<: *on-edge\n" in after
    assert "  image: ${REGISTRY}/streams/kafka:${CONFLUENT_VERSION:-7.7.1}   # our own build: the exporter of metrics is in it\n" in after


def test_a_second_run_changes_nothing() -> None:
    once = upgrade(EXAMPLE, **OPTIONS)
    again = report(once, **OPTIONS)
    assert again["text"] == once and not again["changed"] and again["changes"] == [] and again["diff"] == ""


def test_a_second_run_without_options_changes_nothing() -> None:
    once = upgrade(EXAMPLE, **OPTIONS)
    assert upgrade(once) == once


def test_windows_line_ends_are_kept() -> None:
    after = upgrade(EXAMPLE.replace("\n", "\r\n"), **OPTIONS)
    assert after == upgrade(EXAMPLE, **OPTIONS).replace("\n", "\r\n")


def test_a_file_without_a_last_line_break_stays_so() -> None:
    after = upgrade("services:\n  kafka:\n    image: kafka:7.1.1\n    environment:\n      - KAFKA_BROKER_ID=1", inter_broker_protocol="3.1")
    assert after.endswith("      - KAFKA_BROKER_ID=1\n      - KAFKA_INTER_BROKER_PROTOCOL_VERSION=3.1")


def test_a_byte_order_mark_and_letters_beyond_ascii_move_nothing() -> None:
    text = "\ufeff# Größe: 🦊\n" + EXAMPLE.partition("---\n")[2]
    after = upgrade(text, **OPTIONS)
    assert after.startswith("\ufeff# Größe: 🦊\n") and services(after) == services(upgrade(EXAMPLE, **OPTIONS))


def test_the_report_says_what_a_human_must_decide() -> None:
    decide = "\n".join(report(EXAMPLE, **OPTIONS)["decide"])
    for words in ("browser: no part of Confluent Platform", "${CONFLUENT_VERSION} must be 7.7.1", "KAFKA_HEAP_OPTS", "<< stands more than once"):
        assert words in decide
    assert report(EXAMPLE, **OPTIONS)["variables"] == {"CONFLUENT_VERSION": "7.7.1"}


def test_the_change_of_a_shared_place_is_one_change() -> None:
    changes = report(EXAMPLE, **OPTIONS)["changes"]
    pins = [change for change in changes if "PROTOCOL_VERSION" in change["what"]]
    assert [(pin["where"], pin["what"]) for pin in pins] == [("&broker-env", 'KAFKA_INTER_BROKER_PROTOCOL_VERSION: "3.1" is added')]


def test_the_target_7_8_is_known() -> None:
    after = services(upgrade(EXAMPLE, target="7.8.0", inter_broker_protocol="3.1"))
    assert after["zookeeper-1"]["image"] == "confluentinc/cp-zookeeper:7.8.0"


@pytest.mark.parametrize("target", ["7.6.0", "7.9.0", "8.0.0", "7.7", 7.7, "latest", "", None])
def test_another_target_is_refused_and_the_known_ones_are_named(target: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"target must be .* in 7\.7\.x and 7\.8\.x"):
        upgrade(EXAMPLE, target=target, inter_broker_protocol="3.1")


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(AnsibleFilterError) as raised:
        upgrade("", target="1", inter_broker_protocol="x", images={"a": "b c"}, kinds={"a": "b"}, container_names="maybe",
                connect_variables=["1"], rehearsal={"brokers": 0, "rings": 1})  # fmt: skip
    for words in ("not empty", "target must be", "inter_broker_protocol must be", "images:", "kinds:", "container_names", "connect_variables",
                  "rehearsal has no rings", "rehearsal.brokers", "rehearsal.zookeepers"):  # fmt: skip
        assert words in str(raised.value)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="no option flavour"):
        upgrade(EXAMPLE, flavour="x")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("services:\n  kafka: [\n", "line 3, column 1"),
        ("services:\n  kafka: *nowhere\n", "line 2, column 10: the alias \\*nowhere has no anchor"),
        ("a: 1\n---\nb: 2\n", "2 YAML documents"),
        ("kafka:\n  image: kafka\n", "no `services`"),
        ("services:\n  web:\n    image: nginx\n", "no service is a Kafka broker"),
        ("- a\n", "no `services`"),
    ],
)
def test_what_is_no_stack_of_kafka_is_refused(text: str, answer: str) -> None:
    with pytest.raises(AnsibleFilterError, match=answer):
        upgrade(text, inter_broker_protocol="3.1")


def test_a_key_before_a_merge_that_has_it_too_is_a_question() -> None:
    text = "x-a: &a\n  image: kafka:7.1.1\nservices:\n  kafka:\n    image: kafka:7.1.0\n    <<: *a\n    environment: {KAFKA_BROKER_ID: 1}\n"
    assert any("kafka: image stands before a <<" in text for text in report(text, inter_broker_protocol="3.1")["decide"])


def test_an_anchor_may_be_defined_again() -> None:
    text = (
        "x-one: &env\n  KAFKA_BROKER_ID: 1\nx-two: &env\n  KAFKA_BROKER_ID: 2\n"
        "services:\n  kafka:\n    image: kafka:7.1.1\n    environment: *env\n"
    )  # fmt: skip
    assert upgrade(text).splitlines()[2:5] == ["x-two: &env", "  KAFKA_BROKER_ID: 2", '  KAFKA_INTER_BROKER_PROTOCOL_VERSION: "3.1"']
