# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import Broker
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection_check import (
    Checked,
    advertised_problems,
    advice_for,
    bootstrap_problems,
    unreachable,
    usual_addresses,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.listener import Listener

PLAIN = Listener("b:9092", "plaintext")
SCRAM = Listener("b:9094", "sasl_plaintext", ("SCRAM-SHA-512",))
TLS = Listener("b:9093", "ssl")
DOWN = Listener("c:9094", "down", detail="Connection refused")


def test_a_listener_that_fits_has_no_problem_even_when_another_is_down() -> None:
    checked = Checked("sasl_plaintext", [DOWN, SCRAM])
    assert bootstrap_problems(checked) == []
    assert unreachable(checked) == [DOWN]


def test_a_wrong_listener_is_told_apart_from_a_broker_that_is_down() -> None:
    trapped, down = Checked("sasl_plaintext", [PLAIN], [SCRAM]), Checked("sasl_plaintext", [DOWN])
    assert bootstrap_problems(trapped) == [
        "the client is set to sasl_plaintext, but b:9092 is a plaintext listener: this is the wrong listener, not a broker that is down"
    ]
    assert bootstrap_problems(down) == ["nothing listens at c:9094 (Connection refused)"]


def test_the_listener_that_fits_is_named() -> None:
    assert advice_for(Checked("sasl_plaintext", [PLAIN], [SCRAM])) == "b:9094 is a sasl_plaintext listener with SCRAM-SHA-512: set bootstrap_servers to b:9094."
    assert advice_for(Checked("plaintext", [SCRAM], [PLAIN])) == (
        "b:9092 is a plaintext listener: set bootstrap_servers to b:9092, or security_protocol to sasl_plaintext."
    )
    assert advice_for(Checked("ssl", [DOWN], [TLS, PLAIN])) == "b:9093 is a ssl listener: set bootstrap_servers to b:9093."


def test_advice_when_no_listener_fits() -> None:
    assert advice_for(Checked("sasl_ssl", [SCRAM])) == "Set security_protocol to sasl_plaintext, or bootstrap_servers to the address of the sasl_ssl listener."
    assert advice_for(Checked("sasl_ssl", [DOWN], [PLAIN])) == "b:9092 is a plaintext listener. Check bootstrap_servers and security_protocol."
    assert advice_for(Checked("plaintext", [DOWN])) == "Check bootstrap_servers, and that the brokers run."


def test_addresses_of_two_kinds_are_refused() -> None:
    mixed = Checked("plaintext", [PLAIN, SCRAM])
    assert len(bootstrap_problems(mixed)) == 1
    assert advice_for(mixed) == "Take b:9094 out of bootstrap_servers: b:9092 is what the client is set to."


def test_advertised_addresses_must_be_reachable_and_of_the_same_kind() -> None:
    checked = Checked("plaintext", [PLAIN], brokers=(Broker(1, "b:9092"), Broker(2, "c:9094"), Broker(3, "b:9094")), advertised=[PLAIN, DOWN, SCRAM])
    assert advertised_problems(checked) == [
        "broker 2 tells its clients to use c:9094, but nothing listens at c:9094 (Connection refused)",
        "broker 3 tells its clients to use b:9094, but b:9094 is a sasl_plaintext listener with SCRAM-SHA-512, not plaintext",
    ]


def test_usual_ports_are_those_of_the_same_hosts() -> None:
    assert usual_addresses(["b:1", "b:2", "[::1]:3"], [9092, 9094]) == ["b:9092", "b:9094", "[::1]:9092", "[::1]:9094"]
