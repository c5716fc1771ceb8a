# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every stack file, however it is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import FilterModule
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

UPGRADE = FilterModule().filters()["compose_upgrade_report"]
PIN = "KAFKA_INTER_BROKER_PROTOCOL_VERSION"
COMMENTS = ["", "  # ours", " # KAFKA_PASSWORD: x, and: more"]
BROKER_IMAGES = [
    "own/kafka:7.1.1", "own/kafka", "'${R}/kafka:7.1.1'", '"confluentinc/cp-kafka:7.1.1"', "own/kafka:${V:-7.1.1}", "own/kafka:${V}", "own/kafka:7.1.1-x",
]  # fmt: skip
WORKER_IMAGES = ["own/connect:7.1.1", "own/connect", "own/connect:7.1.1-1.9.7", "'${R}/connect:${V}'"]
WORKER_NAMES = "GROUP_ID BOOTSTRAP_SERVERS KEY_CONVERTER HEAP_OPTS ADVERTISED_HOST_NAME REST_PORT TZ SHOP_KEY CONNECT_GROUP_ID LOG_LEVEL".split()
VALUES = ["x", "'y z'", '"a: #b"', "'${V}'", "http://h:1", "8083"]
RENAMED = {"ADVERTISED_HOST_NAME": "CONNECT_REST_ADVERTISED_HOST_NAME", "LOG_LEVEL": "CONNECT_LOG4J_ROOT_LOGLEVEL"}
KEPT = ("HEAP_OPTS", "TZ", "SHOP_KEY", "CONNECT_GROUP_ID", "CONNECT_LISTENERS", "CONNECT_REST_PORT", "CONNECT_REST_ADVERTISED_HOST_NAME")


@st.composite
def environments(draw: st.DrawFn, variables: dict[str, str], anchor: str) -> str:
    """The same variables as a block, a list, or in braces; with comments and empty lines between them."""
    style = draw(st.sampled_from(["mapping", "list", "braces"]))
    merge = f"<<: *{anchor}" if anchor and style != "list" else ""
    if style == "braces":
        return f"    environment: {{{', '.join([*([merge] if merge else []), *[f'{name}: {value}' for name, value in variables.items()]])}}}\n"
    lines = [f"      {merge}\n"] if merge else []
    for name, value in variables.items():
        item = f"'{name}=z'" if value.startswith("'") else f"{name}={value.strip(chr(34))}".partition(": ")[0]
        line = f"{name}: {value}" if style == "mapping" else f"- {item}"
        lines.append(f"      {line}{draw(st.sampled_from(COMMENTS))}\n" + draw(st.sampled_from(["", "", "\n", "      # a comment of its own\n"])))
    return "    environment:\n" + "".join(lines)


@st.composite
def stacks(draw: st.DrawFn) -> str:
    common = draw(st.booleans())
    env = f"x-env: &env\n  KAFKA_OPTS: -a{draw(st.sampled_from(COMMENTS))}\n\n"
    head = f"{env}x-net: &net\n  networks: [n]\nx-edge: &edge {{deploy: {{replicas: 1}}}}\n" if common else ""
    parts = [head, "services:\n"]
    image = draw(st.sampled_from(BROKER_IMAGES))
    for number in range(1, draw(st.integers(1, 4)) + 1):
        merges = draw(st.sampled_from(["", "    <<: *net\n", "    <<: *net\n    <<: *edge\n"])) if common else ""
        environment = draw(environments({"KAFKA_BROKER_ID": str(number), "KAFKA_LOG_DIRS": draw(st.sampled_from(VALUES))}, "env" if common else ""))
        parts.append(f"  kafka-{number}:\n    image: {image}{draw(st.sampled_from(COMMENTS))}\n{merges}{environment}\n")
    for number in range(1, draw(st.integers(0, 2)) + 1):
        names = draw(st.lists(st.sampled_from(WORKER_NAMES), unique=True, max_size=6))
        variables = {"OFFSET_STORAGE_TOPIC": "o", **{name: draw(st.sampled_from(VALUES)) for name in names}}
        keys = draw(st.sampled_from(["", "    hostname: other\n", "    ports:\n      - target: 8083\n        published: 8083\n"]))
        parts.append(f"  connect-{number}:\n    image: {draw(st.sampled_from(WORKER_IMAGES))}\n{keys}{draw(environments(variables, ''))}")
    text = "".join(parts)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def for_every_stack(test: Callable[[str], None]) -> Callable[[], None]:
    """Without limits of time: they would say how busy the machine is, and nothing about the filter."""
    return settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])(given(stacks())(test))


def upgrade(text: str) -> dict[str, Any]:
    found: dict[str, Any] = UPGRADE(text, "7.7.1", inter_broker_protocol="3.1")
    return found


def environment_of(service: dict[str, Any]) -> dict[str, Any]:
    given_ = service["environment"]
    return dict(item.split("=", 1) for item in given_) if isinstance(given_, list) else dict(given_)


@for_every_stack
def test_a_second_run_changes_nothing(text: str) -> None:
    once = upgrade(text)
    assert upgrade(once["text"])["text"] == once["text"]


@for_every_stack
def test_lines_that_no_change_names_stay_byte_for_byte_and_in_order(text: str) -> None:
    found = upgrade(text)
    touched = {change["line"] for change in found["changes"] if "is added" not in change["what"]}
    rest = iter(re.split(r"(?<=\n)", found["text"]))
    in_braces = {change["line"] for change in found["changes"] if "is added" in change["what"]}
    for number, line in enumerate(re.split(r"(?<=\n)", text), 1):
        if number not in touched and not (number in in_braces and "{" in line):
            assert line in rest, (number, line)  # an iterator: in the same order


@for_every_stack
def test_docker_sees_the_old_stack_with_the_upgrade(text: str) -> None:
    before, after = yaml.safe_load(text)["services"], yaml.safe_load(upgrade(text)["text"])["services"]
    assert list(before) == list(after)
    for name, service in before.items():
        old, new = environment_of(service), environment_of(after[name])
        if name.startswith("kafka"):
            assert str(new.pop(PIN)) == "3.1" and new == old
            continue
        assert after[name]["hostname"] == service.get("hostname", name)
        for variable, value in old.items():
            both = variable == "GROUP_ID" and "CONNECT_GROUP_ID" in old
            wanted = variable if variable in KEPT or both else RENAMED.get(variable, f"CONNECT_{variable}")
            assert new.pop(wanted) == value
        assert set(new) <= {"CONNECT_LISTENERS", "CONNECT_REST_PORT", "CONNECT_REST_ADVERTISED_HOST_NAME"}


@for_every_stack
def test_the_protocol_can_be_raised_after_it_unless_images_are_old_and_only_that_changes(text: str) -> None:
    once = upgrade(text)["text"]
    if "kafka:7.1.1-x" in text:  # a tag of its owner, which stays
        with pytest.raises(AnsibleFilterError, match="newer than the images of brokers"):
            UPGRADE(once, "7.7.1", inter_broker_protocol="3.7")
        return
    raised = UPGRADE(once, "7.7.1", inter_broker_protocol="3.7")["text"]
    assert re.sub(rf"({PIN}(?:: \"|=))3\.7", r"\g<1>3.1", raised) == once
