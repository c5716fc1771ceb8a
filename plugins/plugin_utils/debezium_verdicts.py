# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role debezium_upgrade has seen, as rows of its report, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .debezium_offsets import compare, lookup
from .report_record import Row, has_failed

_STANDS = {
    "look": "Nothing was touched.",
    "decide": "Nothing was touched.",
    "stop": "The backup is written. Connectors may be stopped.",
    "remove": "Producers and sinks are stopped. Subjects may be removed.",
    "offsets": "Connectors are stopped, with their old configurations.",
    "put": "Connectors are stopped. Some may have their new configurations.",
    "resume": "The new configurations are put. Connectors may be running.",
    "verify": "The new configurations are put and the connectors were resumed.",
    "consumers": "The connectors run. Sinks may still be stopped.",
}
_GOES_ON = "This run changed nothing. The one before it was broken off: connectors may be stopped."


def verdicts(plan: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any] | None = None) -> list[Row]:
    """A row for each connector. Without ``after``: whether it will find its offset; with it: whether it went on from there.

    :param before: offsets by connector, as they stood when it was stopped; ``after``: as they stand now.
    """
    rows: list[Row] = []
    for name in plan["todo"]:
        one, old = plan["connectors"][name], before.get(name) or []
        if one["needs_gtid"]:  # the two connectors count the events of a transaction differently
            old = [{**each, "offset": {key: value for key, value in each["offset"].items() if key not in ("event", "row")}} for each in old]
        found = lookup(one["after"], old) if after is None else compare(old, after.get(name) or [])
        rows.append({"target": name, "kind": "connector", "state": "failed" if found["state"] == "failed" else "ok", "verified": found["state"],
                     "what": found["what"], "reason": found["reason"]})  # fmt: skip
    return rows


def conclusion(
    plan: Mapping[str, Any], stage: str = "", failure: str = "", rows: Sequence[Mapping[str, Any]] = (), problems: Sequence[str] = (),
    check_mode: bool = False, prepared: Sequence[str] = (), directory: str = "", rehearsal: str = "", goes_on: bool = False,
) -> dict[str, Any]:
    """The ``results``, a row for each connector, and the ``next_steps``.

    :param stage: where it failed, with ``failure`` saying why; both empty when it did not.
    :param rows: the verdicts of the verification.
    :param prepared: why the worker cannot run the new configurations yet.
    :param goes_on: whether an earlier run was broken off, so that connectors may be stopped whatever this one has done.
    """
    if problems:
        row: Row = {"target": "variables", "state": "failed", "reason": "; ".join(problems)}
        return {"results": [row], "next_steps": ["Mend what is said above, then run it again. Nothing was looked at."]}
    seen = {row["target"]: dict(row) for row in rows}
    results = [_result(name, one, plan["todo"], seen, failure, check_mode, bool(prepared), rehearsal) for name, one in plan.get("connectors", {}).items()]
    if failure:
        results.append({"target": f"stage {stage}", "state": "failed", "reason": failure})
    return {"results": results, "next_steps": _next_steps(results, stage, failure, prepared, directory, check_mode, rehearsal, goes_on)}


def _result(
    name: str, one: Mapping[str, Any], todo: Sequence[str], seen: Mapping[str, Row], failure: str, check_mode: bool, prepared: bool, rehearsal: str
) -> Row:
    counts = ", ".join(f"{len(one[key])} {key}" for key in ("renamed", "dropped", "added", "rewritten") if one[key])
    row: Row = {"target": name, "kind": "connector", "state": "ok", "changed": False, "what": counts}
    if rehearsal:
        return {**row, "state": "not_attempted" if failure else "ok", "changed": not failure, "what": f"rehearsal {rehearsal}"}
    if name not in todo:
        return {**row, "what": "is new already, left alone", "verified": "verified"}
    if name in seen:
        found = seen[name]
        return {**row, **found, "changed": True, "what": "; ".join(text for text in (counts, found.get("what")) if text)}
    if failure or prepared:
        why = "the worker's plugin is older" if prepared else "the run was broken off before"
        return {**row, "state": "not_attempted", "verified": "not_checked", "reason": why}
    return {**row, "changed": True, "verified": None if check_mode else "not_checked"}


def _next_steps(
    results: Sequence[Row], stage: str, failure: str, prepared: Sequence[str], directory: str, check_mode: bool, rehearsal: str, goes_on: bool
) -> list[str]:
    if failure:
        looked = stage in ("look", "decide", "rehearse")
        begun = goes_on or not looked
        again = "Mend what is said above, then run it again" + (": it goes on from there." if begun else ".")
        steps = [_GOES_ON if goes_on and looked else _STANDS.get(stage, ""), again]
        if begun:
            steps.append(f"Or put everything back: debezium_upgrade_rollback.yml with debezium_upgrade_rollback_from={directory}.")
        return [step for step in steps if step]
    if prepared:
        return [f"Upgrade the plugins of every worker ({'; '.join(prepared)}), then run this again: it goes on with the same backup.",
                f"Or put everything back: debezium_upgrade_rollback.yml with debezium_upgrade_rollback_from={directory}."]
    if rehearsal:
        return ["Compare what the rehearsal writes, then run it with debezium_upgrade_rehearsal_state=absent." if rehearsal == "present" else
                "The rehearsal's topics, and on PostgreSQL its replication slots, are left: remove them."]
    if check_mode:
        return ["Run it without check mode."]
    unchecked = [row["target"] for row in results if row.get("verified") == "not_checked"]
    steps = [f"Not checked, look yourself: {', '.join(unchecked)}."] if unchecked else []
    failed = [row["target"] for row in results if has_failed({"verified": None, **row})]
    if failed:
        return [*steps, f"Look at {', '.join(failed)} before anything else writes. Roll back with debezium_upgrade_rollback_from={directory}."]
    return [*steps, f"Keep {directory} until the old version is not needed any more: it holds configurations with their passwords."]
