# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect workers: names of variables, hostnames, what their image wants."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.streamops.kafka.plugins.filter.compose_upgrade import FilterModule
from ansible_collections.streamops.kafka.plugins.module_utils.compose.connect_names import new_name

UPGRADE = FilterModule().filters()["compose_upgrade_report"]
BROKER = "  kafka:\n    image: kafka:7.1.1\n    environment: {KAFKA_BROKER_ID: 1}\n"
TOPICS = "      CONFIG_STORAGE_TOPIC: c\n"


def stack(environment: str, head: str = "", keys: str = "", name: str = "connect-1") -> str:
    return f"{head}services:\n{BROKER}  {name}:\n    image: own/connect:7.7.1\n{keys}    environment:\n{environment}"


def worker(found: dict[str, Any], name: str = "connect-1") -> dict[str, Any]:
    service: dict[str, Any] = yaml.safe_load(found["text"])["services"][name]
    return service


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("GROUP_ID", "CONNECT_GROUP_ID"),
        ("BOOTSTRAP_SERVERS", "CONNECT_BOOTSTRAP_SERVERS"),
        ("OFFSET_FLUSH_INTERVAL_MS", "CONNECT_OFFSET_FLUSH_INTERVAL_MS"),
        ("KEY_CONVERTER_SCHEMAS_ENABLE", "CONNECT_KEY_CONVERTER_SCHEMAS_ENABLE"),
        ("PRODUCER_MAX_REQUEST_SIZE", "CONNECT_PRODUCER_MAX_REQUEST_SIZE"),
        ("CONNECTOR_CLIENT_CONFIG_OVERRIDE_POLICY", "CONNECT_CONNECTOR_CLIENT_CONFIG_OVERRIDE_POLICY"),
        ("PLUGIN_PATH", "CONNECT_PLUGIN_PATH"),
        ("SASL_JAAS_CONFIG", "CONNECT_SASL_JAAS_CONFIG"),
        ("REST_PORT", "CONNECT_REST_PORT"),
        ("ADVERTISED_HOST_NAME", "CONNECT_REST_ADVERTISED_HOST_NAME"),
        ("ADVERTISED_PORT", "CONNECT_REST_ADVERTISED_PORT"),
        ("SHUTDOWN_TIMEOUT", "CONNECT_TASK_SHUTDOWN_GRACEFUL_TIMEOUT_MS"),
        ("LOG_LEVEL", "CONNECT_LOG4J_ROOT_LOGLEVEL"),
        *[(name, None) for name in ("HEAP_OPTS", "KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_JMX_PORT", "CONNECT_GROUP_ID", "CLASSPATH", "TZ",
                                    "AWS_ACCESS_KEY_ID", "JAVA_TOOL_OPTIONS", "HTTPS_PROXY", "SHOP_DB_PASSWORD")],
    ],
)  # fmt: skip
def test_names(old: str, new: str | None) -> None:
    assert new_name(old) == new
    assert new is None or new_name(new) is None


def test_values_quotes_and_comments_of_renamed_variables_stay() -> None:
    text = stack(TOPICS + "      'GROUP_ID' : 'g'   # ours\n      \"BOOTSTRAP_SERVERS\": ${SERVERS}\n")
    after = UPGRADE(text, "7.7.1")["text"]
    assert "      'CONNECT_GROUP_ID' : 'g'   # ours\n      \"CONNECT_BOOTSTRAP_SERVERS\": ${SERVERS}\n" in after


def test_a_list_of_variables_is_rewritten_item_by_item() -> None:
    text = stack('      - CONFIG_STORAGE_TOPIC=GROUP_ID=x\n      - "GROUP_ID=g h"  # ours\n      - BOOTSTRAP_SERVERS\n      - HEAP_OPTS=-Xmx1g\n')
    found = UPGRADE(text, "7.7.1")
    assert worker(found)["environment"] == [
        "CONNECT_CONFIG_STORAGE_TOPIC=GROUP_ID=x", "CONNECT_GROUP_ID=g h", "CONNECT_BOOTSTRAP_SERVERS=${BOOTSTRAP_SERVERS}", "HEAP_OPTS=-Xmx1g",
        "CONNECT_LISTENERS=http://0.0.0.0:8083", "CONNECT_REST_PORT=8083", "CONNECT_REST_ADVERTISED_HOST_NAME=connect-1",
    ]  # fmt: skip
    assert '      - "CONNECT_GROUP_ID=g h"  # ours\n' in found["text"]
    assert UPGRADE(found["text"], "7.7.1")["text"] == found["text"]


@pytest.mark.parametrize(
    ("environment", "listeners", "port"),
    [
        ("", "http://0.0.0.0:8083", 8083),
        ("      REST_PORT: 8099\n", "http://0.0.0.0:8099", 8099),
        ("      LISTENERS: https://0.0.0.0:8443\n", "https://0.0.0.0:8443", 8443),
        ("      CONNECT_LISTENERS: http://0.0.0.0:8084\n      CONNECT_REST_PORT: 8084\n", "http://0.0.0.0:8084", 8084),
        ("      REST_PORT: ${PORT}\n", "http://0.0.0.0:8083", "${PORT}"),
    ],
)
def test_the_port_is_the_one_that_the_worker_has(environment: str, listeners: str, port: object) -> None:
    after = worker(UPGRADE(stack(TOPICS + environment), "7.7.1"))["environment"]
    assert (after["CONNECT_LISTENERS"], after["CONNECT_REST_PORT"]) == (listeners, port)


@pytest.mark.parametrize("given", [True, "true", "yes", False, "false"])
def test_a_hostname_is_always_given_and_a_container_name_on_request(given: object) -> None:
    after = worker(UPGRADE(stack(TOPICS), "7.7.1", container_names=given))
    assert after["hostname"] == "connect-1"
    assert after.get("container_name") == (None if str(given).lower() in ("false", "no") else "connect-1")


def test_names_that_are_there_stay() -> None:
    keys = "    hostname: other\n    container_name: another\n"
    after = worker(UPGRADE(stack(TOPICS + "      ADVERTISED_HOST_NAME: third\n", keys=keys), "7.7.1", container_names=True))
    assert (after["hostname"], after["container_name"], after["environment"]["CONNECT_REST_ADVERTISED_HOST_NAME"]) == ("other", "another", "third")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("      GROUP_ID:  # from the shell\n", "      CONNECT_GROUP_ID: ${GROUP_ID}  # from the shell\n"),
        ("      GROUP_ID: null\n", "      CONNECT_GROUP_ID: ${GROUP_ID}\n"),
        ("      GROUP_ID: ''\n", "      CONNECT_GROUP_ID: ''\n"),
    ],
)
def test_a_value_of_the_shell_is_taken_under_its_old_name(before: str, after: str) -> None:
    found = UPGRADE(stack(TOPICS + before), "7.7.1")
    assert after in found["text"] and UPGRADE(found["text"], "7.7.1")["text"] == found["text"]


def test_a_value_of_the_shell_in_braces_is_taken_under_its_old_name() -> None:
    text = f"services:\n{BROKER}  connect-1:\n    image: own/connect:7.7.1\n    environment: {{CONFIG_STORAGE_TOPIC: c, GROUP_ID, KEY_CONVERTER: }}\n"
    after = worker(UPGRADE(text, "7.7.1"))["environment"]
    assert (after["CONNECT_GROUP_ID"], after["CONNECT_KEY_CONVERTER"]) == ("${GROUP_ID}", "${KEY_CONVERTER}")


def test_debeziums_own_image_keeps_the_names_that_it_reads() -> None:
    text = stack(TOPICS + "      GROUP_ID: g\n").replace("own/connect:7.7.1", "quay.io/debezium/connect:1.9")
    left, moved = UPGRADE(text, "7.7.1"), UPGRADE(text, "7.7.1", images={"connect": "own/connect:7.7.1"})
    assert worker(left) == worker({"text": text}) and any("Debezium's own image" in words for words in left["decide"])
    assert worker(moved)["environment"]["CONNECT_GROUP_ID"] == "g"


def test_the_heap_is_left_alone_and_spoken_of() -> None:
    found = UPGRADE(stack(TOPICS + "      HEAP_OPTS: -Xmx1g\n"), "7.7.1")
    assert worker(found)["environment"]["HEAP_OPTS"] == "-Xmx1g" and any("KAFKA_HEAP_OPTS" in text for text in found["decide"])
    both = UPGRADE(stack(TOPICS + "      HEAP_OPTS: -Xmx1g\n      KAFKA_HEAP_OPTS: -Xmx1g\n"), "7.7.1")
    assert not any("HEAP" in text for text in both["decide"])


def test_a_variable_that_is_set_under_both_names_stays_and_is_asked() -> None:
    found = UPGRADE(stack(TOPICS + "      GROUP_ID: a\n      CONNECT_GROUP_ID: b\n"), "7.7.1")
    after = worker(found)["environment"]
    assert (after["GROUP_ID"], after["CONNECT_GROUP_ID"]) == ("a", "b")
    assert any("GROUP_ID and CONNECT_GROUP_ID are both set" in text for text in found["decide"])


def test_an_unknown_variable_is_left_and_asked_unless_it_is_named() -> None:
    text = stack(TOPICS + "      SHOP_SETTING: a\n")
    left, named = UPGRADE(text, "7.7.1"), UPGRADE(text, "7.7.1", connect_variables=["SHOP_SETTING"])
    assert "SHOP_SETTING" in worker(left)["environment"] and any("SHOP_SETTING" in text for text in left["decide"])
    assert "CONNECT_SHOP_SETTING" in worker(named)["environment"] and not any("SHOP_SETTING" in text for text in named["decide"])
    assert UPGRADE(named["text"], "7.7.1", connect_variables=["SHOP_SETTING"])["text"] == named["text"]


def test_a_place_that_others_use_too_is_not_renamed() -> None:
    head = "x-common: &common\n  BOOTSTRAP_SERVERS: kafka:9092\n"
    text = stack(f"      <<: *common\n{TOPICS}", head=head) + "  browser:\n    image: browser\n    environment:\n      <<: *common\n"
    found = UPGRADE(text, "7.7.1")
    assert found["text"].startswith(head)
    assert any("BOOTSTRAP_SERVERS of &common: browser uses it as well" in text for text in found["decide"])


def test_workers_that_share_all_of_their_environment_are_told_what_has_no_place() -> None:
    head = f"x-env: &env\n{TOPICS.replace('      ', '  ')}"
    text = f"{head}services:\n{BROKER}" + "".join(f"  connect-{n}:\n    image: own/connect:7.7.1\n    environment: *env\n" for n in (1, 2))
    found = UPGRADE(text, "7.7.1")
    added = "  CONNECT_LISTENERS: http://0.0.0.0:8083\n  CONNECT_REST_PORT: 8083\n"
    assert found["text"].startswith(f"x-env: &env\n  CONNECT_CONFIG_STORAGE_TOPIC: c\n{added}services")
    assert [worker(found, f"connect-{n}")["hostname"] for n in (1, 2)] == ["connect-1", "connect-2"]
    assert any("connect-1: add CONNECT_REST_ADVERTISED_HOST_NAME: connect-1 to its environment by hand" in text for text in found["decide"])
    assert UPGRADE(found["text"], "7.7.1")["text"] == found["text"]


def test_what_the_image_does_not_start_without_is_named() -> None:
    decide = UPGRADE(stack(TOPICS), "7.7.1")["decide"]
    missing = next(text for text in decide if "does not start without" in text)
    assert "CONNECT_STATUS_STORAGE_TOPIC" in missing and "CONNECT_CONFIG_STORAGE_TOPIC" not in missing


def test_replicas_under_one_name_are_spoken_of() -> None:
    assert any("3 replicas" in text for text in UPGRADE(stack(TOPICS, keys="    deploy: {replicas: 3}\n"), "7.7.1")["decide"])


def test_services_that_are_one_by_an_alias_get_no_names_of_their_own() -> None:
    text = stack(TOPICS).replace("  connect-1:\n", "  connect-1: &one\n") + "  connect-2: *one\n"
    found = UPGRADE(text, "7.7.1")
    assert "hostname" not in found["text"] and "  connect-2: *one\n" in found["text"]
    assert sum("add hostname: connect-" in text for text in found["decide"]) == 2


def test_a_service_that_merges_another_one_gets_its_own_names() -> None:
    text = stack(TOPICS).replace("  connect-1:\n", "  connect-1: &one\n") + "  connect-2:\n    <<: *one\n    ports: []\n"
    found = UPGRADE(text, "7.7.1")
    assert [worker(found, f"connect-{n}")["hostname"] for n in (1, 2)] == ["connect-1", "connect-2"]
    assert UPGRADE(found["text"], "7.7.1")["text"] == found["text"]
