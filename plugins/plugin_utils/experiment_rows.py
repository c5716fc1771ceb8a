# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stages of an experiment reset have done, as rows of its report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..module_utils.strimzi.planning import rules_of
from .experiment_targets import Target, chosen
from .report_record import Row, has_failed
from .report_words import counted, counts_in_words, removed_counts

LaneResult = Mapping[str, Any]
Lanes = Mapping[str, LaneResult]

WHAT_WAS_ASKED = "what was asked"
_TO_REMOVE, _REMOVED = "to remove", "removed"
_FORESEEN = {"purged": "to purge", "reset": "to reset", "deleted": "to delete", "added": "to add"}


@dataclass(frozen=True)
class Said:
    """One step in words, and its parts: topics, groups, databases."""

    what: str
    parts: list[dict[str, Any]]


def stage_rows(lanes: Lanes, stage: str, check_mode: bool = False, problems: Iterable[Mapping[str, str]] = ()) -> list[Row]:
    """A row for each lane that the stage ran.

    :param check_mode: whether the stage only foresaw its work.
    :param problems: what is wrong with what was asked (experiment_targets.problems); each becomes a row too.
    """
    refused = [{"target": problem["target"] or WHAT_WAS_ASKED, "state": "failed", "reason": _sentence(problem["problem"])} for problem in problems]
    return refused + [_stage_row(name, stage, lane, check_mode) for name, lane in lanes.items()]


def conclusion(
    targets: Sequence[Target],
    only: str | Iterable[str] = (),
    problems: Sequence[Mapping[str, str]] = (),
    preflight: Lanes | None = None,
    reset: Lanes | None = None,
    verify: Lanes | None = None,
    check_mode: bool = False,
) -> dict[str, Any]:
    """The ``results`` for each target over all stages, and the ``next_steps``."""
    rows = [
        _result(target, _of(preflight, target), _of(reset, target), _of(verify, target), check_mode)
        for target in chosen(targets, only)
    ]
    if problems:
        rows = _refused(rows, problems)
    for row in rows:
        if row["state"] == "not_attempted":
            row["reason"] = row["reason"] or _why_not_attempted(rows, bool(problems))
    return {"results": rows, "next_steps": next_steps(rows, check_mode, bool(problems))}


def next_steps(rows: Sequence[Row], check_mode: bool, is_refused: bool) -> list[str]:
    """What the one who reads this does next."""
    failed = [row["target"] for row in rows if has_failed(row)]
    undone = [row["target"] for row in rows if has_failed(row) or row["state"] == "not_attempted"]
    if is_refused:
        return ["Mend what is said above, then run it again. Nothing was touched."]
    if undone:
        mend = f"Mend what is said for {', '.join(failed)}, then run" if failed else "Run"
        return [f"{mend} it again. What is empty already stays untouched; with -e experiment_reset_only={','.join(undone)} it is not even looked at."]
    if check_mode:
        return ["Run it again without --check to do this." if any(row["changed"] for row in rows) else "Nothing needs to be reset."]
    if any(row["verified"] == "not_checked" for row in rows):
        return ["Look at what was not checked before the experiment starts."]
    return ["Start the experiment."]


def _of(lanes: Lanes | None, target: Target) -> LaneResult | None:
    return (lanes or {}).get(target["name"])


def _refused(rows: Sequence[Row], problems: Sequence[Mapping[str, str]]) -> list[Row]:
    """The rows when what was asked cannot be meant: a problem of the whole is every target's, and without problems a target only waits."""
    general = [problem["problem"] for problem in problems if not problem["target"]]
    unique = {row["target"]: row for row in rows} or {WHAT_WAS_ASKED: {"target": WHAT_WAS_ASKED, "state": "failed"}}
    refused = []
    for name, row in unique.items():
        own = [problem["problem"] for problem in problems if problem["target"] == name]
        reason = " ".join(_sentence(text) for text in [*general, *own])
        refused.append({**row, "state": "failed", "reason": reason, "what": "untouched"} if reason else row)
    return refused


def _why_not_attempted(rows: Iterable[Row], is_refused: bool) -> str:
    if is_refused:
        return "Untouched, as what was asked for has to be mended first."
    if any(row["state"] == "failed" for row in rows):
        return "Untouched, as another target failed (experiment_reset_all_or_nothing)."
    return "The run was broken off before."


def _sentence(text: str) -> str:
    """Begins with a capital, unless it begins with the name of an option."""
    return text if "_" in text.partition(" ")[0] else text[:1].upper() + text[1:]


def _stage_row(name: str, stage: str, lane: LaneResult, check_mode: bool) -> Row:
    """In the stage ``verify``, what another reset would still remove is a failure."""
    said = _in_words(lane, is_done=stage == "reset" and not check_mode)
    row: Row = {
        "target": name,
        "state": lane["state"],
        "what": "; ".join(part.what for part in said if part.what) or _nothing(lane),
        "reason": lane["reason"],
        "seconds": lane["seconds"],
        "parts": [part for each in said for part in each.parts],
    }
    if stage == "verify":
        row["verified"], row["reason"] = _verification(lane)
        row["what"] = row["what"] if row["verified"] == "failed" else _found_empty(lane)
    return row


def _result(target: Target, preflight: LaneResult | None, reset: LaneResult | None, verify: LaneResult | None, check_mode: bool) -> Row:
    row: Row = {"target": str(target["name"]), "kind": target.get("type", ""), "state": "not_attempted", "changed": False, "what": "",
                "kept": [], "reason": "", "seconds": None, "verified": "not_checked"}  # fmt: skip
    if reset is None:
        if preflight is not None and preflight["state"] == "failed":
            row.update(state="failed", reason=preflight["reason"], what="untouched", seconds=preflight["seconds"])
        return row
    seen = _stage_row(target["name"], "reset", reset, check_mode)
    row.update(state=seen["state"], what=seen["what"], reason=seen["reason"], seconds=seen["seconds"], changed=reset["changed"], kept=_kept(reset))
    if verify is not None:
        row["verified"], why = _verification(verify)
        row["reason"] = row["reason"] or why
    return row


def _verification(lane: LaneResult) -> tuple[str, str]:
    """Verified only if every step looked and found nothing left to do."""
    if lane["state"] != "ok":
        return "not_checked", f"Could not be looked at again: {lane['reason']}"
    left = "; ".join(said.what for said in _in_words(lane, is_done=False) if said.what)
    if any(step["changed"] for step in lane["steps"]):
        return "failed", f"After the reset there is still {left or 'something to do'}. Stop what writes to it, then run the reset again."
    return "verified", ""


def _in_words(lane: LaneResult, is_done: bool) -> list[Said]:
    # What a purge that has not run yet will have emptied; groups are foreseen from there.
    emptied = {name for step in lane["steps"] for name in (step["result"].get("topics") or {}) if not is_done}
    said = [_step_in_words(step, is_done, emptied) for step in lane["steps"] if step["state"] != "not_attempted"]
    for part in [] if is_done else [part for each in said for part in each.parts]:
        part["state"] = _FORESEEN.get(part["state"], part["state"])
    return said


def _step_in_words(step: Mapping[str, Any], is_done: bool, emptied: set[str]) -> Said:
    result = step["result"]
    if step["name"] == "topics":
        return _topics(result, is_done)
    if step["name"] == "groups":
        return _groups(result, is_done, emptied)
    if step["name"] == "rights":
        added = [*(result.get("added") or []), *_rights_of_users(result)]
        return Said(f"{counted(len(added), 'ACLs')} {'added' if is_done else 'to add'}" if added else "", [_right(acl) for acl in added])
    if step["name"] == "database":
        return _database(result, is_done)
    if step["name"] == "checkpoints":
        return _checkpoints(result, is_done)
    return Said("", [])


def _topics(result: Mapping[str, Any], is_done: bool) -> Said:
    topics = result.get("topics") or {}
    with_records = [name for name, topic in topics.items() if topic.get("records_removed")]
    records = removed_counts(result).get("records", 0)
    verb = _REMOVED if is_done else _TO_REMOVE
    texts = [f"{counted(records, 'records')} of {counted(len(with_records), 'topics')} {verb}"] if records else []
    recovered = result.get("recovered") or []
    if recovered:
        texts.append(f"configuration of {counted(len(recovered), 'topics')} that a killed run had left {'put back' if is_done else 'to put back'}")
    parts = [
        {"name": f"topic {name}", "state": topic.get("state", ""), "what": counted(topic.get("records_removed") or 0, "records"),
         "reason": topic.get("reason", ""), "seconds": topic.get("seconds") if is_done else None}
        for name, topic in topics.items()
    ]  # fmt: skip
    return Said(", ".join(texts), parts)


def _groups(result: Mapping[str, Any], is_done: bool, emptied: set[str]) -> Said:
    groups = result.get("groups") or {}
    moved, deleted, parts = 0, 0, []
    for name, group in groups.items():
        action = _foreseen(group, emptied) if emptied else group.get("action", "")
        moved, deleted = moved + (action == "reset"), deleted + (action == "deleted")
        parts.append({"name": f"group {name}", "state": action, "what": _lag(group, emptied), "reason": group.get("reason", "")})
    texts = [f"{counted(moved, 'groups')} {'reset' if is_done else 'to reset'}"] if moved else []
    texts += [f"{counted(deleted, 'groups')} {'deleted' if is_done else 'to delete'}"] if deleted else []
    return Said(", ".join(texts), parts)


def _foreseen(group: Mapping[str, Any], emptied: set[str]) -> str:
    """What a reset will do to the group once these topics are empty: both ends of their partitions are then what the end is now."""
    action = str(group.get("action", ""))
    if action not in ("reset", "unchanged"):
        return action
    moves = any(part["before"] != part["end" if part["topic"] in emptied else "after"] for part in group.get("partitions") or [])
    return "reset" if moves else "unchanged"


def _lag(group: Mapping[str, Any], emptied: set[str]) -> str:
    partitions = [part for part in group.get("partitions") or [] if part["topic"] not in emptied]
    lags = [part["lag"] for part in partitions if part.get("lag") is not None]
    return f"lag {sum(lags):,}" if lags else ""


def _database(result: Mapping[str, Any], is_done: bool) -> Said:
    removed = counts_in_words(removed_counts(result))
    parts = [
        {"name": each["name"], "state": each["state"], "what": f"{counts_in_words(each.get('removed') or {})} {_by_whom(result)}".strip(),
         "reason": each.get("error", "")}
        for each in result.get("targets") or []
    ]  # fmt: skip
    return Said(f"{removed} {_REMOVED if is_done else _TO_REMOVE}" if removed else "", parts)


def _by_whom(result: Mapping[str, Any]) -> str:
    """What is not said by the target's own options: the pod that was chosen, and the second login."""
    login = result.get("login") or {}
    pod = f"in pod {result['pod']}" if result.get("pod") else ""
    fallback = f"as the fallback user {login['user']}" if login.get("fallback") else ""
    return f"({', '.join(said for said in (pod, fallback) if said)})" if pod or fallback else ""


def _checkpoints(result: Mapping[str, Any], is_done: bool) -> Said:
    removed = counts_in_words(removed_counts(result))
    parts = [
        {"name": f"checkpoints {each['name']}", "state": each["state"], "what": counts_in_words(each.get("removed") or {}), "reason": each.get("error", "")}
        for each in result.get("systems") or []
    ]
    return Said(f"checkpoints: {removed} {_REMOVED if is_done else _TO_REMOVE}" if removed else "", parts)


def _rights_of_users(result: Mapping[str, Any]) -> list[dict[str, str]]:
    """Those that were added to KafkaUsers (strimzi_user), as kafka_acl tells them."""
    names = ("permission", "host", "resource_type", "name", "pattern_type", "operation")
    return [
        {"principal": f"User:{user}", **dict(zip(names, rule)), "pattern_type": "prefixed" if rule[4] == "prefix" else "literal"}
        for user, seen in (result.get("users") or {}).items()
        for rule in sorted(_rules(seen["after"]) - _rules(seen["before"]), key=str)
    ]  # fmt: skip


def _rules(side: Mapping[str, Any] | None) -> frozenset[Any]:
    return rules_of(((side or {}).get("spec") or {}).get("authorization"))


def _right(acl: Mapping[str, Any]) -> dict[str, Any]:
    what = f"{acl['permission']} {acl['operation']} on {acl['resource_type']} {acl['name']}{' and what begins so' if acl['pattern_type'] == 'prefixed' else ''}"
    return {"name": f"ACL of {acl['principal']}", "state": "added", "what": what}


def _nothing(lane: LaneResult) -> str:
    """Why there was nothing to do."""
    if lane["state"] == "failed":
        return ""
    return "absent" if _is_absent(lane) else "empty already"


def _found_empty(lane: LaneResult) -> str:
    return "absent" if _is_absent(lane) else "empty" if lane["state"] == "ok" else ""


def _is_absent(lane: LaneResult) -> bool:
    return any(step["name"] == "database" and step["result"].get("state") == "absent" for step in lane["steps"])


def _kept(lane: LaneResult) -> list[str]:
    """What the reset left as it was."""
    kept: list[str] = []
    for step in lane["steps"]:
        if step["name"] == "topics" and step["result"].get("topics"):
            kept.append(f"kept the configuration of {counted(len(step['result']['topics']), 'topics')}")
        for each in step["result"].get("targets") or [] if step["name"] == "database" else []:
            settings = [key.replace("_", " ") for key in each.get("kept") or {}]
            if settings:
                kept.append(f"kept of {each['name']}: {', '.join(settings)}")
    return kept
