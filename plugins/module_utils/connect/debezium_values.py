# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that change with their key. Each function gives ``None`` if it cannot tell: a placeholder, say, is resolved by the worker only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_SERVERS = re.compile(r"(?:[^=/;,$\s]+=)?(?:(?P<replica_set>[^=/;,$\s]+)/)?(?P<hosts>[^=/;,$\s]+(?:,[^=/;,$\s]+)*)")


def is_true(value: object) -> bool | None:
    """A boolean as Connect reads it."""
    return {"true": True, "false": False}.get(str(value).strip().lower())


def field_names(value: object) -> object:
    """``sanitize.field.names`` as ``field.name.adjustment.mode``."""
    sanitized = is_true(value)
    return None if sanitized is None else "avro" if sanitized else "none"


def hours_to_ms(value: object) -> object:
    return _times(value, 3_600_000)


def seconds_to_ms(value: object) -> object:
    return _times(value, 1_000)


def connection_string(value: object) -> object:
    """``mongodb.hosts`` of one replica set or of standalone servers, as Debezium 2.3 itself translated it."""
    found = _SERVERS.fullmatch(str(value).strip()) if isinstance(value, str) else None
    if not found:
        return None
    query = f"?replicaSet={found['replica_set']}" if found["replica_set"] else ""
    return f"mongodb://{found['hosts']}/{query}"


CONVERSIONS: Mapping[str, Callable[[object], object]] = {
    "": lambda value: value,
    "field_names": field_names,
    "hours_to_ms": hours_to_ms,
    "seconds_to_ms": seconds_to_ms,
    "connection_string": connection_string,
}


def _times(value: object, factor: int) -> object:
    """A whole number times ``factor``, as a text if it was one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value * factor
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,18}\s*", value):
        return str(int(value) * factor)
    return None
