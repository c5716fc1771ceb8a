# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that are sent again while the cluster's refusal is one that passes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Future
from typing import TypeVar

from .client import KafkaClient

from .refusal import Refusal

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0


def is_passing(refusal: Refusal) -> bool:
    """Whether the same request may soon be answered: a leader or coordinator is just moving."""
    return refusal.is_transient


def send_until_settled(
    client: KafkaClient,
    keys: Iterable[Key],
    send: Callable[[list[Key]], Mapping[Key, Future[Value]]],
    passes: Callable[[Refusal], bool] = is_passing,
    between: Callable[[list[Key]], object] = len,
    refusal_in: Callable[[Value], Refusal | None] = lambda answer: None,
) -> tuple[dict[Key, Value], dict[Key, Refusal]]:
    """What is answered and what is refused for good, of all ``keys`` that ``send`` asks about at once.

    :param passes: which refusals are worth asking again, until ``client.timeout`` seconds are over.
    :param between: called with the keys that are left before they are asked again.
    :param refusal_in: finds the refusal in an answer that holds one, as answers about several partitions do.
    """
    done: dict[Key, Value] = {}
    refused: dict[Key, Refusal] = {}
    left = list(keys)
    deadline = time.monotonic() + client.timeout
    pause = _FIRST_PAUSE
    while left:
        answered, refusals = client.refusals(send(left))
        hidden = {key: refusal for key, answer in answered.items() if (refusal := refusal_in(answer)) is not None}
        refusals |= hidden
        done |= {key: answer for key, answer in answered.items() if key not in hidden}
        refused = {key: refusal for key, refusal in refused.items() if key not in left} | refusals
        left = [key for key in left if key in refusals and passes(refusals[key])]
        if time.monotonic() + pause > deadline:
            break
        if left:
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            client.look_again()
            between(left)
    return done, refused
