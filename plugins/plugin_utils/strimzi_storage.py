# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where brokers and controllers keep their data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .strimzi_profiles import Entry, unknown, without_none

PERSISTENT, JBOD, EPHEMERAL = "persistent", "jbod", "ephemeral"
_VOLUME = ("type", "size", "class", "delete_claim", "selector", "attributes_class", "size_limit")
KNOWN = (*_VOLUME, "volumes")
KNOWN_OF_VOLUMES = (*_VOLUME, "id", "kraft_metadata")


def storage(entry: Entry, is_zookeeper: bool = False) -> dict[str, Any]:
    """In Strimzi's words. Of several volumes the first one holds the metadata, unless another one says that it does."""
    if _type(entry) != JBOD:
        return _volume(entry)
    volumes = [{"id": int(each.get("id", number)), **_volume(each)} for number, each in enumerate(entry["volumes"])]
    if not is_zookeeper and not any("kraftMetadata" in each for each in volumes):
        volumes[0]["kraftMetadata"] = "shared"
    return {"type": JBOD, "volumes": volumes}


def _volume(entry: Entry) -> dict[str, Any]:
    if _type(entry) == EPHEMERAL:
        return without_none({"type": EPHEMERAL, "sizeLimit": entry.get("size_limit"), "kraftMetadata": _metadata(entry)})
    return without_none({
        "type": "persistent-claim",
        "size": str(entry["size"]),
        "class": entry.get("class"),
        "deleteClaim": bool(entry.get("delete_claim", False)),
        "selector": entry.get("selector"),
        "volumeAttributesClass": entry.get("attributes_class"),
        "kraftMetadata": _metadata(entry),
    })  # fmt: skip


def _metadata(entry: Entry) -> str | None:
    return "shared" if entry.get("kraft_metadata") else None


def _type(entry: Entry) -> str:
    kind = str(entry.get("type", PERSISTENT)).lower()
    return PERSISTENT if kind == "persistent-claim" else kind


def volumes(entry: Entry) -> list[Entry]:
    """All volumes of a storage, itself when it is one."""
    return list(entry.get("volumes") or []) if _type(entry) == JBOD else [entry]


def is_ephemeral(entry: Entry) -> bool:
    return _type(entry) == EPHEMERAL


def problems(where: str, entry: Any) -> list[str]:
    found = unknown(f"{where}.storage", entry, KNOWN)
    if found:
        return found
    if _type(entry) != JBOD:
        return _problems(f"{where}.storage", entry) + ([f"{where}.storage: volumes go with type jbod"] if entry.get("volumes") else [])
    if not entry.get("volumes"):
        return [f"{where}.storage: type jbod needs volumes"]
    for number, each in enumerate(entry["volumes"]):
        place = f"{where}.storage.volumes[{number}]"
        found += unknown(place, each, KNOWN_OF_VOLUMES) or _problems(place, each)
    ids = [str(each.get("id", number)) for number, each in enumerate(entry["volumes"]) if isinstance(each, Mapping)]
    found += [f"{where}.storage: two volumes have the id {each}" for each in sorted({each for each in ids if ids.count(each) > 1})]
    metadata = [each for each in entry["volumes"] if isinstance(each, Mapping) and each.get("kraft_metadata")]
    return found + ([f"{where}.storage: only one volume can hold the metadata (kraft_metadata)"] if len(metadata) > 1 else [])


def _problems(place: str, entry: Entry) -> list[str]:
    if _type(entry) not in (PERSISTENT, EPHEMERAL):
        return [f"{place}: there is no type {entry.get('type')}; there are {PERSISTENT}, {JBOD}, {EPHEMERAL}"]
    if _type(entry) == PERSISTENT and not entry.get("size"):
        return [f"{place} needs size"]
    return []
