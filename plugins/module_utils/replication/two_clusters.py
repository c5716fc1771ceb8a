# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A source and a destination, reached at once: what is wrong with either is told in one error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ..errors import InputError, OperationError
from ..kafka.client import KafkaClient
from ..kafka.connection import CONNECTION_SPEC, Connection, connection_from

SIDES = ("source", "destination")
SIDES_SPEC: dict[str, dict[str, Any]] = {side: {"type": "dict", "required": True, "options": CONNECTION_SPEC} for side in SIDES}


def connections_from(options: Mapping[str, Any]) -> tuple[dict[str, Connection], list[str]]:
    """The connections that the options ``source`` and ``destination`` describe, and what is wrong with them."""
    connections: dict[str, Connection] = {}
    problems: list[str] = []
    for side in SIDES:
        try:
            connections[side] = connection_from(options[side])
        except InputError as error:
            problems += [f"{side}: {problem}" for problem in error.problems]
    return connections, problems


@contextmanager
def both_clusters(connections: Mapping[str, Connection]) -> Iterator[tuple[KafkaClient, KafkaClient]]:
    """A client for each cluster.

    :raises OperationError: when one or both cannot be reached.
    :raises InputError: when both are the same cluster.
    """
    opened: dict[str, KafkaClient] = {}
    failed: list[OperationError] = []
    try:
        for side in SIDES:
            try:
                opened[side] = KafkaClient(connections[side])
            except OperationError as error:
                failed.append(of_side(side, error))
        if len(failed) == 1:
            raise failed[0]
        if failed:
            raise OperationError("connect to either cluster", answered="; ".join(str(error) for error in failed))
        source, destination = opened["source"], opened["destination"]
        if source.cluster.id is not None and source.cluster.id == destination.cluster.id:
            raise InputError([f"source and destination are the same cluster ({source.cluster.id})"])
        yield source, destination
    finally:
        for client in opened.values():
            client.close()


def of_side(side: str, error: OperationError) -> OperationError:
    """The error, with the cluster that it came from."""
    return OperationError(re.sub(r"\bKafka\b", f"the {side}", error.attempted), error.on, error.answered, error.advice, error.partial)
