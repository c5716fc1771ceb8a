# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of one run of an operation: what is written as JSON, and what every other report is rendered from.

A record is a plain dictionary, because it is read back from its file for each stage. Everything here is pure; times
come in as arguments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from .report_words import counted

SCHEMA_VERSION = 1
# States of a row. The third state of a verification is never shown as the first.
STATES = ("ok", "failed", "not_attempted")
VERIFICATIONS = ("verified", "failed", "not_checked")
_ROW = {"kind": "", "changed": False, "what": "", "reason": "", "seconds": None, "verified": None, "kept": [], "parts": []}
_PART = {"name": "", "state": "", "what": "", "reason": "", "seconds": None}
_SECRET_KEY = re.compile(r"passw(or)?d|passphrase|secret|token|jaas|api_?key|private_?key|credential", re.IGNORECASE)

Record = dict[str, Any]
Row = dict[str, Any]


def begin(operation: str, title: str, subject: str, stages: Iterable[str], check_mode: bool, now: datetime, looks_only: bool = False) -> Record:
    """A run that has just begun: its first stage is running, the others are pending.

    :param looks_only: whether the operation never changes anything; then its reports do not speak of changes.
    """
    planned: list[dict[str, Any]] = [
        {"name": name, "state": "pending", "reason": "", "started": None, "ended": None, "seconds": None, "rows": []} for name in stages
    ]
    record: Record = {
        "schema_version": SCHEMA_VERSION,
        "operation": operation,
        "title": title,
        "subject": subject,
        "check_mode": check_mode,
        "looks_only": looks_only,
        "state": "running",
        "started": stamp(now),
        "updated": stamp(now),
        "ended": None,
        "seconds": None,
        "summary": {},
        "results": [],
        "next_steps": [],
        "stages": planned,
    }
    _start_next_stage(record, now)
    return record


def end_stage(record: Record, name: str, rows: Iterable[Row], now: datetime, skipped_because: str = "") -> None:
    """Close a stage with its rows and start the next one that is pending.

    :raises KeyError: when no stage of this name was planned.
    """
    stage = _stage(record, name)
    stage["rows"] = [_complete(row) for row in rows]
    stage["ended"] = stamp(now)
    stage["started"] = stage["started"] or stage["ended"]
    stage["seconds"] = _seconds_between(stage["started"], stage["ended"])
    stage["state"] = "skipped" if skipped_because else _state_of(stage["rows"])
    stage["reason"] = skipped_because
    record["updated"] = stamp(now)
    _start_next_stage(record, now)


def finish(record: Record, results: Iterable[Row], next_steps: Iterable[str], now: datetime) -> None:
    """Close the record. A stage that was begun and not ended makes the run a failed one."""
    record["results"] = [_complete(row) for row in results]
    record["next_steps"] = list(next_steps)
    record["ended"] = record["updated"] = stamp(now)
    record["seconds"] = _seconds_between(record["started"], record["ended"])
    for stage in record["stages"]:
        if stage["state"] == "running":
            stage["state"], stage["reason"] = "failed", "The run was broken off in this stage."
    broken_off = any(stage["state"] == "failed" and stage["reason"] for stage in record["stages"])
    record["state"] = "failed" if broken_off or any(has_failed(row) for row in record["results"]) else "ok"
    record["summary"] = summary(record)


def summary(record: Record) -> dict[str, Any]:
    """The run in numbers, small enough for ``set_stats``."""
    rows = record["results"]
    return {
        "state": record["state"],
        "check_mode": record["check_mode"],
        "targets": len(rows),
        "changed": sum(1 for row in rows if row["changed"]),
        "ok": sum(1 for row in rows if row["state"] == "ok" and not has_failed(row)),
        "failed": sum(1 for row in rows if has_failed(row)),
        "not_attempted": sum(1 for row in rows if row["state"] == "not_attempted"),
        "verified": sum(1 for row in rows if row["verified"] == "verified"),
        "not_checked": sum(1 for row in rows if row["verified"] == "not_checked"),
        "seconds": record["seconds"],
    }


def headline(record: Record) -> str:
    """Did it work, in one sentence."""
    if record["state"] == "running":
        stage = next((stage["name"] for stage in record["stages"] if stage["state"] == "running"), "")
        return f"Running, in the stage {stage}." if stage else "Running."
    numbers = record["summary"]
    targets = counted(numbers["targets"], "targets")
    if record["state"] == "failed":
        if not numbers["failed"]:
            return "Failed: the run was broken off."
        return f"Failed: {numbers['failed']} of {targets} failed" + (f", {numbers['not_attempted']} not attempted." if numbers["not_attempted"] else ".")
    if record["check_mode"]:
        return f"Checked only, nothing was changed: {numbers['changed']} of {targets} would change."
    if not any(row["verified"] for row in record["results"]):
        return f"Done: {targets} ok."
    if numbers["not_checked"]:
        return f"Done, not all of it verified: {targets} ok, {numbers['verified']} verified, {numbers['not_checked']} not checked."
    return f"Done: {targets} ok, all verified."


def has_failed(row: Mapping[str, Any]) -> bool:
    """Whether the row's work or its verification failed."""
    return "failed" in (row["state"], row.get("verified"))


def row_problem(row: Mapping[str, Any]) -> str:
    """What is wrong in a stage's or a result's row, for the checks of an action plugin. Empty when nothing is."""
    if not str(row.get("target") or ""):
        return "a row has no target"
    if row.get("state") not in STATES:
        return f"the state of {row['target']} is none of {', '.join(STATES)}"
    if row.get("verified") not in (None, *VERIFICATIONS):
        return f"verified of {row['target']} is none of {', '.join(VERIFICATIONS)}"
    return ""


def without_secrets(value: Any) -> Any:
    """No secret may reach a report. This is the second lock: keys that sound like one are left out, whatever they hold."""
    if isinstance(value, Mapping):
        return {str(key): without_secrets(item) for key, item in value.items() if not sounds_secret(str(key))}
    if isinstance(value, (list, tuple)):
        return [without_secrets(item) for item in value]
    return value


def sounds_secret(key: str) -> bool:
    """Whether what stands under this key may be a secret."""
    return _SECRET_KEY.search(key) is not None


def stamp(moment: datetime) -> str:
    """``2026-11-21T03:37:13.412Z``, always UTC."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _complete(row: Mapping[str, Any]) -> Row:
    """The row with every key that readers expect, and without secrets."""
    known: Row = {**_ROW, **without_secrets(row)}
    known["parts"] = [{**_PART, **part} for part in known["parts"]]
    return known


def _stage(record: Record, name: str) -> dict[str, Any]:
    for stage in record["stages"]:
        if stage["name"] == name:
            found: dict[str, Any] = stage
            return found
    raise KeyError(name)


def _start_next_stage(record: Record, now: datetime) -> None:
    following = next((stage for stage in record["stages"] if stage["state"] == "pending"), None)
    if following is not None and not any(stage["state"] == "running" for stage in record["stages"]):
        following["state"], following["started"] = "running", stamp(now)


def _state_of(rows: Iterable[Row]) -> str:
    return "failed" if any(has_failed(row) for row in rows) else "ok"


def _seconds_between(started: str, ended: str) -> float:
    return (_moment(ended) - _moment(started)).total_seconds()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
