# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the phases of a Strimzi setup have done, as rows of its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .report_record import Row, has_failed
from .report_words import counted

WHAT_WAS_ASKED = "what was asked"
PHASES = ("operator", "cluster", "topics", "users", "client_files", "login")
_LOGINS = "login"
_ITEMS = {"operator": "resources", "cluster": "resources", "topics": "topics", "users": "users"}
_ORDER = ("created", "altered", "closed", "deleted", "unchanged", "absent", "failed", "not_attempted")
_FORESEEN = {"created": "to create", "altered": "to change", "deleted": "to delete"}
_DONE = {"altered": "changed", "not_attempted": "not attempted"}

Result = Mapping[str, Any]


def conclusion(
    phases: Mapping[str, Result],
    problems: Sequence[str] = (),
    tried: Mapping[str, Result] | None = None,
    notes: Mapping[str, str] | None = None,
    kept: Iterable[str] = (),
    check_mode: bool = False,
) -> dict[str, Any]:
    """The ``results``, a row for each phase, and the ``next_steps``.

    :param phases: the result of each phase's module, in the order of the phases; empty when it was not reached. Phases that nobody asked for are left out.
    :param problems: what is wrong with the variables; then nothing was done.
    :param tried: lanes of the preflight.
    :param notes: by phase, why it was not needed or not possible.
    :param kept: what was left alone in the cluster.
    """
    if problems:
        row = {**_empty(WHAT_WAS_ASKED), "state": "failed", "verified": "failed", "reason": f"{'; '.join(problems)}."}
        return {"results": [row], "next_steps": ["Mend what is said above, then run it again. Nothing was touched."]}
    refused = {name: str(lane["reason"]) for name, lane in (tried or {}).items() if lane["state"] == "failed"}
    rows = [_row(name, phases[name], refused, (notes or {}).get(name, ""), check_mode) for name in PHASES if name in phases]
    for row in rows:
        if row["target"] == "cluster":
            row["kept"] = list(kept)
    return {"results": rows, "next_steps": next_steps(rows, bool(refused), check_mode)}


def tried_rows(tried: Mapping[str, Result]) -> list[Row]:
    """A row for each lane of the preflight."""
    return [{"target": name.replace("_", " "), "state": lane["state"], "verified": "failed" if lane["state"] == "failed" else "verified",
             "reason": lane["reason"], "seconds": lane["seconds"]} for name, lane in tried.items()]  # fmt: skip


def _row(name: str, result: Result, refused: Mapping[str, str], note: str, check_mode: bool) -> Row:
    row = _empty(name.replace("_", " "))
    if refused:
        if name in refused:
            return {**row, "state": "failed", "verified": "failed", "reason": refused[name]}
        return {**row, "state": "not_attempted", "reason": "Nothing is touched before what the preflight found is mended."}
    if result.get("failed"):
        return {**row, "state": "failed", "verified": "failed", "changed": bool(result.get("changed")), "reason": _message(result),
                "what": _what(name, result, check_mode)}  # fmt: skip
    if "says" in result:
        return {**row, "what": str(result["says"]), "verified": "verified" if result.get("is_verified", True) else "not_checked"}
    if not result or result.get("skipped"):
        return {**row, "state": "ok" if note else "not_attempted", "reason": note or "Something before it failed."}
    is_verified = not check_mode and _readiness(name, result) == {"verified"}
    return {**row, "changed": bool(result.get("changed")), "what": _what(name, result, check_mode), "verified": "verified" if is_verified else "not_checked",
            "reason": note}  # fmt: skip


def _empty(target: str) -> Row:
    return {"target": target, "kind": "strimzi", "state": "ok", "verified": "not_checked", "changed": False, "what": "", "reason": "", "kept": []}


def _message(result: Result) -> str:
    """Of a loop, what each item that failed says."""
    said = [str(each.get("msg", "")) for each in result.get("results") or [] if each.get("failed")]
    return " ".join(said) or str(result.get("msg", ""))


def _items(name: str, result: Result) -> list[Result]:
    if name == "client_files":
        return [file for each in result.get("results") or [] for file in (each.get("files") or {}).values()]
    items = result.get(_ITEMS.get(name, ""), [])
    return list(items.values()) if isinstance(items, Mapping) else list(items)


def _readiness(name: str, result: Result) -> set[str]:
    return {str(each.get("ready")) for each in _items(name, result)} if name in _ITEMS else {"verified"}


def _what(name: str, result: Result, check_mode: bool) -> str:
    """``50 created, 3 unchanged``; files and logins in their own words."""
    if name == _LOGINS:
        clients = [each["item"]["item"] for each in result.get("results") or [] if not each.get("failed")]
        return ", ".join(f"{each.get('user') or 'somebody'} logged in on {each.get('listener')}" for each in clients)
    actions = [str(each.get("action")) for each in _items(name, result)]
    words = {**_DONE, **(_FORESEEN if check_mode else {})}
    counts = [f"{actions.count(action)} {words.get(action, action)}" for action in _ORDER if action in actions]
    if set(actions) == {"unchanged"}:
        return f"{counted(len(actions), _ITEMS.get(name, 'files'))} as they should be"
    return ", ".join(counts)


def next_steps(rows: Sequence[Row], is_refused: bool, check_mode: bool) -> list[str]:
    """What the one who reads this does next."""
    failed = [str(row["target"]) for row in rows if has_failed(row)]
    if is_refused:
        return [f"Mend what is said for {', '.join(failed)}, then run it again. Nothing was touched."]
    if failed:
        return [f"Mend what is said for {', '.join(failed)}, then run it again. What is done already stays untouched."]
    if check_mode:
        return ["Run it again without --check to do this." if any(row["changed"] for row in rows) else "Nothing needs to be done."]
    return ["Give the clients their files, or their addresses from the status of the Kafka resource."]
