# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a source connector goes on from where it was: its offsets as Connect tells them (``GET /connectors/NAME/offsets``), before and after.

Connect looks an offset up by its partition. Where the new connector's partition is not among the old ones it finds nothing, and takes a
new snapshot. So that is looked at before it runs; afterwards that no position is behind the old one and no snapshot has begun.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

Offsets = Sequence[Mapping[str, Any]]  # [{"partition": {...}, "offset": {...}}]
Verdict = dict[str, str]  # state: verified, failed or not_checked; reason; what

# Per family: how far a connector has read, as something that only grows. The first one that the offset has counts.
_NUMBERS = ("lsn", "sec", "event_serial_no", "scn")
_TEXTS = ("commit_lsn", "change_lsn")


def lookup(config: Mapping[str, Any], offsets: Offsets) -> Verdict:
    """Whether the connector with this configuration will find an offset to go on from."""
    prefix = str(config.get("topic.prefix") or "")
    if not offsets:
        return _verdict("not_checked", "Connect tells no offset of it: it has not run yet, or begins anew")
    servers = sorted({str(each["partition"].get("server")) for each in offsets if each["partition"].get("server") is not None})
    if not servers:
        return _verdict("not_checked", "its offsets name no server")
    if prefix not in servers:
        return _verdict("failed", f"its offset is that of {', '.join(servers)}, and topic.prefix is {prefix}: it would find no offset and take a new snapshot")
    if "SqlServerConnector" in str(config.get("connector.class")) and not all("database" in each["partition"] for each in offsets):
        return _verdict("failed", "its offsets are of before 2.0, without a database: it would not find them and take a new snapshot")
    unfinished = [_text(each) for each in offsets if is_in_snapshot(each["offset"])]
    if unfinished:
        return _verdict("failed", f"its snapshot had not ended when it was stopped ({unfinished[0]}): it would take it again")
    return _verdict("verified", "", f"goes on from {'; '.join(_text(each) for each in offsets)}")


def compare(before: Offsets, after: Offsets) -> Verdict:
    """Whether each partition is where it was or further on."""
    if not before:
        return _verdict("not_checked", "where it was before is not known")
    now = {_key(each): each["offset"] for each in after}
    steps = [_compare_one(each, now.get(_key(each))) for each in before]
    for state in ("failed", "not_checked"):
        found = [step for step in steps if step["state"] == state]
        if found:
            return found[0]
    return _verdict("verified", "", "; ".join(step["what"] for step in steps))


def _compare_one(before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Verdict:
    name = _name(before["partition"])
    if after is None:
        return _verdict("failed", f"the offset of {name} is gone")
    if is_in_snapshot(after):
        return _verdict("failed", f"{name} takes a new snapshot: {_shown(after)}")
    old, new = position(before["offset"]), position(after)
    if old is None or new is None or type(old) is not type(new):
        return _verdict("not_checked", f"the offsets of {name} cannot be compared: {_shown(before['offset'])} and {_shown(after)}")
    if new < old:  # type: ignore[operator]  # both are of one type
        return _verdict("failed", f"{name} went back from {_shown(before['offset'])} to {_shown(after)}")
    return _verdict("verified", "", f"{_shown(before['offset'])} -> {_shown(after)}" if new != old else f"stands at {_shown(after)}")


def is_in_snapshot(offset: Mapping[str, Any]) -> bool:
    """Whether the offset was written in a snapshot that has not ended. Its last record has the mark as well, but says that it is the last."""
    if str(offset.get("last_snapshot_record")).lower() == "true" or str(offset.get("snapshot_completed")).lower() == "true":
        return False
    return str(offset.get("snapshot", "false")).lower() not in ("false", "none", "last")


def position(offset: Mapping[str, Any]) -> object | None:
    """How far it has read; ``None`` when that is not known for this kind of connector."""
    if offset.get("file") and offset.get("pos") is not None:  # MySQL and MariaDB: the number of the file, then the place in it, events and rows of an event
        number = re.search(r"(\d+)$", str(offset["file"]))
        if number is None:
            return None
        return (int(number.group(1)), int(offset["pos"]), int(offset.get("event") or 0), int(offset.get("row") or 0))
    for key in _NUMBERS:
        if str(offset.get(key) or "").isdigit():
            return (int(str(offset[key])),)
    for key in _TEXTS:
        if offset.get(key):
            return str(offset[key])
    return None


def _key(each: Mapping[str, Any]) -> str:
    return json.dumps(each["partition"], sort_keys=True)


def _name(partition: Mapping[str, Any]) -> str:
    return "/".join(str(value) for value in partition.values())


def _shown(offset: Mapping[str, Any]) -> str:
    names = ("file", "pos", "event", "row", "gtids", "lsn", "commit_lsn", "change_lsn", "scn", "sec", "ord", "snapshot")
    shown = [f"{name} {offset[name]}" for name in names if offset.get(name) is not None]
    return " ".join(shown) or "an offset of another kind"


def _text(each: Mapping[str, Any]) -> str:
    return f"{_name(each['partition'])} {_shown(each['offset'])}"


def _verdict(state: str, reason: str, what: str = "") -> Verdict:
    return {"state": state, "reason": reason, "what": what}
