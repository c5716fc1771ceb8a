# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from types import SimpleNamespace

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.refusal import Refusal
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.retry import send_until_settled

MOVING, FORBIDDEN = Refusal("NOT_COORDINATOR", "moved"), Refusal("GROUP_AUTHORIZATION_FAILED", "no")


class Broker:
    """Answers each key from its own list of answers, the last of them for ever."""

    def __init__(self, timeout: float = 5, **answers: list[object]) -> None:
        self.answers, self.timeout, self.asked, self.looked = answers, timeout, [], 0

    def send(self, keys: list[str]) -> dict[str, Future]:
        self.asked.append(list(keys))
        return dict.fromkeys(keys, Future())

    def look_again(self) -> None:
        self.looked += 1

    def refusals(self, futures: Mapping[str, Future]) -> tuple[dict[str, object], dict[str, Refusal]]:
        answers = {key: self.answers[key].pop(0) if len(self.answers[key]) > 1 else self.answers[key][0] for key in futures}
        refused = {key: answer for key, answer in answers.items() if isinstance(answer, Refusal)}
        return {key: answer for key, answer in answers.items() if key not in refused}, refused


def test_only_what_passes_is_asked_again() -> None:
    broker = Broker(a=["done"], b=[MOVING, MOVING, "done"], c=[FORBIDDEN])
    assert send_until_settled(broker, ["a", "b", "c"], broker.send) == ({"a": "done", "b": "done"}, {"c": FORBIDDEN})
    assert broker.asked == [["a", "b", "c"], ["b"], ["b"]]
    assert broker.looked == 2


def test_what_does_not_pass_in_time_stays_refused() -> None:
    broker = Broker(timeout=0.2, a=[MOVING], b=["done"])
    assert send_until_settled(broker, ["a", "b"], broker.send) == ({"b": "done"}, {"a": MOVING})
    assert len(broker.asked) > 1


def test_a_refusal_within_an_answer_counts() -> None:
    broker = Broker(a=[SimpleNamespace(error=MOVING), SimpleNamespace(error=None)])
    done, refused = send_until_settled(broker, ["a"], broker.send, refusal_in=lambda answer: answer.error)
    assert refused == {} and done["a"].error is None


def test_what_is_left_is_told_before_it_is_asked_again() -> None:
    told: list[list[str]] = []
    broker = Broker(a=["done"], b=[MOVING, "done"])
    send_until_settled(broker, ["a", "b"], broker.send, between=told.append)
    assert told == [["b"]]


def test_nothing_is_sent_for_nothing() -> None:
    broker = Broker()
    assert send_until_settled(broker, [], broker.send) == ({}, {}) and broker.asked == []
