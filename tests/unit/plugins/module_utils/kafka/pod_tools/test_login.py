# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.login import login_problems, needs_login, tool_login
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.refusals import failure

PLAINTEXT: dict[str, Any] = {
    "bootstrap_servers": ["localhost:9092"], "security_protocol": "plaintext", "sasl_mechanism": "scram-sha-512", "sasl_username": None,
    "sasl_password": None, "credentials_secret": None, "client_config": {},
}  # fmt: skip
SCRAM = {**PLAINTEXT, "security_protocol": "sasl_plaintext"}
PASSWORD = 'p "q" \\ é=#'


def said(output: str = "", errors: str = "") -> OperationError:
    return failure("read the ACLs", "localhost:9094 in pod lab/kafka-0", "kafka-acls", 1, output, errors, tool_login(SCRAM, "admin", PASSWORD, 60))


def test_a_password_of_any_letters_is_one_value_of_a_properties_file() -> None:
    lines = tool_login(SCRAM, "admin", PASSWORD, 60).as_file().split("\n")
    assert r'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" ' in lines[-2]
    assert lines[-2].endswith(r'password="p \\"q\\" \\\\ \u00e9=#";')
    assert lines[-1] == ""


def test_client_config_wins_and_calls_are_bounded() -> None:
    login = tool_login({**SCRAM, "client_config": {"sasl.mechanism": "PLAIN", "enable.x": True}}, "admin", "secret", 10)
    assert login.properties["sasl.mechanism"] == "PLAIN" and login.properties["enable.x"] == "true"
    assert (login.properties["request.timeout.ms"], login.properties["default.api.timeout.ms"]) == ("10000", "10000")


def test_a_login_of_the_callers_own_needs_no_user() -> None:
    assert needs_login(SCRAM) and not needs_login(PLAINTEXT)
    assert not needs_login({**SCRAM, "client_config": {"sasl.jaas.config": "x required;"}})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"bootstrap_servers": []}, "bootstrap_servers is empty"),
        ({"bootstrap_servers": ["kafka"]}, "'kafka' is no address of the form host:port"),
        ({"sasl_username": "admin"}, "sasl_username is given but security_protocol is plaintext"),
        ({"credentials_secret": {"name": "x"}}, "credentials_secret is given but security_protocol is plaintext"),
        ({"security_protocol": "sasl_ssl", "sasl_mechanism": "gssapi"}, "sasl_mechanism gssapi needs sasl.jaas.config in client_config"),
        ({"security_protocol": "ssl", "client_config": {"ssl.ca.location": "/ca"}}, "ssl.ca.location, a property of librdkafka"),
    ],
)
def test_logins_that_can_never_work(given: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in login_problems({**PLAINTEXT, **given}))
    assert not login_problems(PLAINTEXT) and not login_problems(SCRAM)


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed during authentication due to invalid credentials",
         "Failed to log in as admin on localhost:9094 in pod lab/kafka-0: login refused: SaslAuthentication: Authentication failed"),
        ("Caused by: org.apache.kafka.common.errors.SslAuthenticationException: SSL handshake failed", "Failed to connect on localhost:9094"),
        ("java.lang.OutOfMemoryError: Java heap space", "ran out of memory. A client without TLS at a listener with TLS fails so"),
        ("org.apache.kafka.common.errors.SecurityDisabledException: No Authorizer is configured.", "the brokers have no authorizer"),
        ("org.apache.kafka.common.errors.ClusterAuthorizationException: Cluster authorization failed.", "the user as admin may not: ClusterAuthorization"),
        ("org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: listTopics", "no broker answered kafka-acls"),
        ("joptsimple.UnrecognizedOptionException: x is not a recognized option", "kafka-acls ended with code 1: joptsimple.UnrecognizedOption"),
        ("", "kafka-acls ended with code 1: it said nothing"),
    ],
)  # fmt: skip
def test_why_a_tool_failed(printed: str, told: str) -> None:
    assert told in str(said(errors=f"{printed}\n\tat org.apache.kafka.x(X.java:1)\n"))


def test_no_secret_is_in_what_a_tool_said() -> None:
    login = tool_login(SCRAM, "admin", PASSWORD, 60)
    told = str(said(output=f"could not parse {login.properties['sasl.jaas.config']} nor {PASSWORD}"))
    assert PASSWORD not in told and 'p \\"q' not in told and "********" in told
    assert PASSWORD not in repr(login)
