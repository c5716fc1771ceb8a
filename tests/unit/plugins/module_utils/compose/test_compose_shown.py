# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown of files that hold passwords, and files of variables."""

from __future__ import annotations

import json

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import FilterModule

UPGRADE = FilterModule().filters()["compose_upgrade_report"]
SET = FilterModule().filters()["compose_upgrade_variables"]
SECRET = "hunter-of-2"
STACK = f"""services:
  kafka:
    image: own/kafka:7.1.1
    environment:
      # KAFKA_OLD_PASSWORD: {SECRET}
      KAFKA_BROKER_ID: 1
      KAFKA_SSL_KEY_PASSWORD: {SECRET}
  connect:
    image: own/connect
    environment:
      - CONFIG_STORAGE_TOPIC=c
      - SASL_JAAS_CONFIG=org.example.Login required username="a" password="{SECRET}";
      - "SSL_KEYSTORE_PASSWORD={SECRET}"
      - REGISTRY=http://user:{SECRET}@registry.example.com
      - OPTS=-Dpassword={SECRET} -Dother=1
      - >-
        TOKEN={SECRET}
"""


def test_passwords_are_in_the_text_and_nowhere_else() -> None:
    found = UPGRADE(STACK, "7.7.1")
    assert found["text"].count(SECRET) == STACK.count(SECRET)
    assert SECRET not in json.dumps({key: value for key, value in found.items() if key not in ("text", "start")})


def test_the_diff_still_shows_which_lines_change() -> None:
    diff = UPGRADE(STACK, "7.7.1")["diff"]
    assert "-      - SASL_JAAS_CONFIG=********\n" in diff and "+      - CONNECT_SASL_JAAS_CONFIG=********\n" in diff
    assert "-    image: own/kafka:7.1.1\n+    image: own/kafka:7.7.1\n" in diff


def test_a_top_level_key_named_secrets_is_shown() -> None:
    text = "services:\n  kafka:\n    image: own/kafka:7.1.1\n    secrets:\n      - source: LOGINS\n    environment: {KAFKA_BROKER_ID: 1}\n"
    assert "     secrets:\n       - source: LOGINS\n" in UPGRADE(text, "7.7.1")["diff"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("V=7.1.1\n", "V=7.7.1\n"),
        ("A=1\r\nexport V = '7.1.1'   # ours\r\n", "A=1\r\nexport V = '7.7.1'   # ours\r\n"),
        ('V="7.1.1"', 'V="7.7.1"'),
        ("V=\n", "V=7.7.1\n"),
        ("V=7.1.1\nV=7.2.0\n", "V=7.7.1\nV=7.7.1\n"),
    ],
)
def test_a_variable_is_changed_where_it_is_defined(before: str, after: str) -> None:
    found = SET(before, {"V": "7.7.1"})
    assert (found["text"], found["changed"], found["set"]) == (after, True, ["V"])
    assert SET(after, {"V": "7.7.1"})["changed"] is False


@pytest.mark.parametrize(
    ("before", "value", "reason"),
    [
        ("VV=7.1.1\nMY_V=1\n# V=7.1.1\n", "7.7.1", "not defined here; it must be 7.7.1"),
        ("V=7.8.0\n", "7.7.1", "it is 7.8.0, which is newer than 7.7.1"),
        ("V=own/kafka:7.1.1\n", "an image with the tag 7.7.1", "it must be an image with the tag 7.7.1"),
    ],
)
def test_a_variable_that_cannot_be_changed_is_left_with_the_reason(before: str, value: str, reason: str) -> None:
    found = SET(before, {"V": value})
    assert found["text"] == before and reason in found["left"]["V"]


def test_a_file_of_variables_must_be_a_text() -> None:
    with pytest.raises(AnsibleFilterError, match="must be a text; the variables must be a dictionary"):
        SET(None, ["V"])
