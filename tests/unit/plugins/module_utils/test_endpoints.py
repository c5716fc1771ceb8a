# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket
from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.endpoints import look_at, look_at_all, skew_of


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*dummy: Any, **more: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    seen = look_at("broker.example.com:9094", True, 1)
    assert seen.problem == "the name broker.example.com does not resolve (Name or service not known)" and seen.as_result()["state"] == "failed"


def test_one_of_the_addresses_of_a_name_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in ("127.0.0.3", "127.0.0.1")]
        real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *more, **most: places if host == "name" else real(host, *more, **most))
        seen = look_at(f"name:{port}", True, 1)
        assert seen.resolved == ("127.0.0.3", "127.0.0.1") and seen.answering == ("127.0.0.1",) and seen.problem == ""
    gone = look_at(f"name:{port}", True, 1)
    assert "nothing answers at name:" in gone.problem and "Connection refused at 127.0.0.3, Connection refused at 127.0.0.1" in gone.problem


def test_nothing_to_look_at() -> None:
    assert look_at_all([], True, 1) == []


@pytest.mark.parametrize(("sent", "received", "stamp", "maximum", "state"), [
    (100.5, 100.6, 100, 1, "verified"),
    (100.5, 100.6, 100, 0.3, "not_checked"),
    (100.5, 100.6, 90, 5, "failed"),
    (100.5, 100.6, 110, 5, "failed"),
    (100.5, 130.0, 110, 5, "not_checked"),
])
def test_a_skew_is_as_sure_as_the_answer_is_quick(sent: float, received: float, stamp: float, maximum: float, state: str) -> None:
    assert skew_of(sent, received, stamp).state(maximum) == state


def test_the_skew_in_words() -> None:
    assert str(skew_of(100.0, 100.0, 90)) == "this host's clock is 9.5 s ahead (give or take 0.5 s)"
    assert "9.5 s behind" in str(skew_of(100.0, 100.0, 109))
