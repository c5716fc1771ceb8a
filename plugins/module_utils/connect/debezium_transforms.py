# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of Debezium's own transforms that changed."""

from __future__ import annotations

from .debezium_draft import Draft
from .debezium_request import Request
from .debezium_rules import V3_2
from .debezium_values import is_true

_FLATTENING = ("io.debezium.transforms.ExtractNewRecordState", "io.debezium.connector.mongodb.transforms.ExtractNewDocumentState")
_GONE_IN_2_0 = {
    "operation.header": "use add.headers=op",
    "add.source.fields": "use add.fields",
    "table.field.event.payload.id": "use table.field.event.key",
    "debezium.op.invalid.behavior": "use table.op.invalid.behavior",
}
# (drop.tombstones, delete.handling.mode) of old, both with their defaults
_DELETES = {
    (True, "drop"): "drop",
    (False, "drop"): "tombstone",
    (True, "rewrite"): "rewrite",
    (False, "rewrite"): "rewrite-with-tombstone",
}


def upgrade_transforms(draft: Draft, request: Request, was_before_2_0: bool | None) -> None:
    types = {key[len("transforms.") : -len(".type")]: str(value) for key, value in draft.config.items() if _is_type(key)}
    for name, kind in types.items():
        if not kind.startswith("io.debezium."):
            continue
        _tell_of_removed(draft, name)
        if kind in _FLATTENING and request.target >= V3_2:
            _keep_deletes(draft, f"transforms.{name}.", was_before_2_0)


def _is_type(key: str) -> bool:
    return key.startswith("transforms.") and key.endswith(".type") and len(key) > len("transforms..type")


def _tell_of_removed(draft: Draft, name: str) -> None:
    for option, advice in _GONE_IN_2_0.items():
        key = f"transforms.{name}.{option}"
        if key in draft.config:
            draft.ask(f"{key}: removed in 2.0, {advice}.")


def _keep_deletes(draft: Draft, prefix: str, was_before_2_0: bool | None) -> None:
    """3.2 has one option for deletes and tombstones, and its default is not what the two old ones did."""
    tombstones, deletes, new = prefix + "drop.tombstones", prefix + "delete.handling.mode", prefix + "delete.tombstone.handling.mode"
    present = [key for key in (deletes, tombstones) if key in draft.config]
    if new in draft.config:
        for key in present:
            draft.drop(key, f"replaced by {new}, which is set already")
        return
    if not present and not was_before_2_0:
        return
    drops = is_true(draft.config.get(tombstones, True))
    mode = _DELETES.get((bool(drops), str(draft.config.get(deletes, "drop")).strip().lower())) if drops is not None else None
    if mode is None:
        draft.ask(f"{new}: set it to drop, tombstone, rewrite or rewrite-with-tombstone. It replaces drop.tombstones and delete.handling.mode in 3.2.")
    elif not present:
        draft.add(new, mode, "the default is `tombstone` since 3.2; before, deletes and tombstones were dropped")
    else:
        draft.rename(present[0], new, mode)
        for key in present[1:]:
            draft.drop(key, f"replaced by {new}, which says both")
