# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who owns which field of a resource (server-side apply). Pure.

An apply takes away what its manager applied before and does not name now. So that an option which is not given leaves
things as they are, what we own is always applied again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MANAGER = "streamops.kafka"


def owned_spec(resource: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the spec that we have applied, with the values that it has now."""
    for entry in resource["metadata"].get("managedFields") or []:
        if entry.get("manager") == MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource"):
            fields = (entry.get("fieldsV1") or {}).get("f:spec") or {}
            return _part(resource.get("spec") or {}, fields)
    return {}


def _part(value: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """A list counts as a whole: none of Strimzi's has keys."""
    part: dict[str, Any] = {}
    for field, below in fields.items():
        key = field.removeprefix("f:")
        if not field.startswith("f:") or key not in value:
            continue
        inner = {name: each for name, each in below.items() if name.startswith("f:")}
        part[key] = _part(value[key], inner) if inner and isinstance(value[key], Mapping) else value[key]
    return part


def is_owned_by_others(resource: Mapping[str, Any], *path: str) -> bool:
    """Whether somebody else also holds this field of the spec, so that it would stay if we just no longer applied it.

    True too when nobody is known to hold it.
    """
    holders = [entry for entry in resource["metadata"].get("managedFields") or [] if _holds((entry.get("fieldsV1") or {}).get("f:spec"), path)]
    return not holders or any((entry.get("manager"), entry.get("operation")) != (MANAGER, "Apply") for entry in holders)


def _holds(fields: Any, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(fields, Mapping) or f"f:{key}" not in fields:
            return False
        fields = fields[f"f:{key}"]
    return True
