# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks of a preflight have found, as rows of its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .experiment_rows import Lanes, WHAT_WAS_ASKED, stage_rows
from .experiment_targets import DATABASES, KAFKA
from .preflight_checks import Check, Settings, checks
from .report_record import Row, has_failed
from .report_words import counted

_NOT_CHECKED = "not_checked"
_STEP_STATES = {"ok": "verified", "failed": "failed", "not_attempted": "not attempted"}


def conclusion(settings: Settings, lanes: Lanes | None = None, problems: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """The ``results``, a row for each check, and the ``next_steps``."""
    if problems:
        reason = " ".join(f"{problem['target']}: {problem['problem']}" if problem["target"] else problem["problem"] for problem in problems)
        row: Row = {"target": WHAT_WAS_ASKED, "state": "failed", "verified": "failed", "reason": reason, "changed": False}
        return {"results": [row], "next_steps": ["Mend what is said above, then run it again. Nothing was looked at."]}
    rows = [_row(check, (lanes or {}).get(check.name)) for check in checks(settings)]
    return {"results": rows, "next_steps": next_steps(rows)}


def next_steps(rows: Sequence[Row]) -> list[str]:
    """What the one who reads this does next."""
    failed = [row["target"] for row in rows if has_failed(row)]
    unchecked = [row["target"] for row in rows if row["verified"] == _NOT_CHECKED]
    steps = [f"Mend what is said for {', '.join(failed)}, then run it again. Nothing was changed."] if failed else []
    if unchecked:
        steps.append(f"Not checked, look yourself: {', '.join(unchecked)}.")
    return steps or ["Go on: everything is as it must be."]


def _row(check: Check, lane: Mapping[str, Any] | None) -> Row:
    row: Row = {"target": check.name, "kind": check.kind, "changed": False, "what": "", "kept": [], "reason": "", "seconds": None, "parts": []}
    if not check.steps:
        return {**row, "state": "ok", "verified": _NOT_CHECKED, "reason": check.why_not, "what": "-"}
    if lane is None or lane["state"] == "not_attempted":
        return {**row, "state": "not_attempted", "verified": _NOT_CHECKED, "reason": "The run was broken off before."}
    has_worked = lane["state"] == "ok"
    row |= {"state": lane["state"], "verified": "verified" if has_worked else "failed", "reason": lane["reason"], "seconds": lane["seconds"]}
    if check.kind == KAFKA or check.kind in DATABASES:
        return {**row, **_target(check.name, lane)}
    result = lane["steps"][0]["result"]
    state, why = _left_open(check.kind, result)
    if has_worked and state == _NOT_CHECKED:
        row |= {"verified": _NOT_CHECKED, "reason": why}
    return {**row, "what": _WORDS[check.kind](result) if has_worked else "", "parts": _PARTS[check.kind](result) if check.kind in _PARTS else []}


def _target(name: str, lane: Mapping[str, Any]) -> Row:
    """Where the name leads, then what a reset foresees, in its own words."""
    foreseen = stage_rows({name: lane}, "preflight", check_mode=True)[0]
    steps = [{"name": step["name"], "state": _STEP_STATES[step["state"]], "what": "", "reason": step["reason"], "seconds": step["seconds"]}
             for step in lane["steps"]]  # fmt: skip
    ends = [each for step in lane["steps"] if step["name"] == "endpoint" for each in step["result"].get("endpoints") or []]
    places = ", ".join(dict.fromkeys(number for each in ends for number in each["resolved"]))
    what = f"{f'at {places}, ' if places else ''}logged in: {foreseen['what']}" if lane["state"] == "ok" else ""
    return {"what": what, "parts": [*steps, *foreseen["parts"]]}


def _left_open(kind: str, result: Mapping[str, Any]) -> tuple[str, str]:
    """Whether a check that did not fail has verified what it was made for, and if not, why."""
    if kind == "clock":
        return str(result.get("clock_state", _NOT_CHECKED)), str(result.get("reason", ""))
    state = str(result.get("state", "verified"))
    if kind == "kubernetes":
        return state, "Kubernetes does not let this user ask what it may do."
    reasons = [f"{each['resource_type']} {each['name']}: {each['reason']}" for each in result.get("trials") or [] if each["state"] == _NOT_CHECKED]
    return state, "; ".join(reasons)


def _access(result: Mapping[str, Any]) -> str:
    """``User:lab: 3 topics (write, read), 1 group``."""
    trials = [trial for trial in result.get("trials") or [] if trial["state"] == "verified"]
    topics = {trial["name"] for trial in trials if trial["resource_type"] == "topic" and trial["operation"] in ("write", "read")}
    tried = [operation for operation in ("write", "read") if any(trial["operation"] == operation for trial in trials if trial["resource_type"] == "topic")]
    new = [trial for trial in trials if trial["operation"] == "create"]
    groups = [trial for trial in trials if trial["resource_type"] == "group"]
    said = [f"{' and '.join(tried)} on {counted(len(topics), 'topics')}"] if topics else []
    said += [f"may create {counted(len(new), 'topics')}"] if new else []
    said += [f"may be in {counted(len(groups), 'groups')}"] if groups else []
    return f"{result.get('principal', '')}: {', '.join(said) or 'logged in'}"


def _kubernetes(result: Mapping[str, Any]) -> str:
    allowed = [right for right in result.get("rights") or [] if right["state"] == "verified"]
    return f"{result.get('user') or 'this user'}: {', '.join(dict.fromkeys(_right(right) for right in allowed)) or 'nothing asked'}"


def _right(right: Mapping[str, Any]) -> str:
    return f"{right['verb']} {right['resource']}{' ' + right['name'] if right['name'] else ''}"


def _endpoint(result: Mapping[str, Any]) -> str:
    return ", ".join(f"{each['address']} at {', '.join(each['answering'])}" for each in result.get("endpoints") or [])


def _http(result: Mapping[str, Any]) -> str:
    return f"answers {result.get('status')}"


def _clock(result: Mapping[str, Any]) -> str:
    skew = result.get("clock_skew")
    return "" if skew is None else f"{abs(skew):g} s {'ahead' if skew > 0 else 'behind'}, give or take {result['clock_uncertainty']:g} s"


def _configuration(result: Mapping[str, Any]) -> str:
    number = len(result.get("keys") or [])
    return f"{counted(number, 'keys')} {'agrees' if number == 1 else 'agree'}"


def _disk(result: Mapping[str, Any]) -> str:
    return f"{result.get('free_bytes', 0) / 1024**3:.1f} of {result.get('total_bytes', 0) / 1024**3:.1f} GiB free"


def _trial_parts(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": f"{each['operation']} {each['resource_type']} {each['name']}", "state": _word(each["state"]),
         "reason": each["reason"] or ("the right is lacking" if each["state"] == "failed" else "")}
        for each in result.get("trials") or []
    ]  # fmt: skip


def _word(state: str) -> str:
    return state.replace("_", " ")


def _right_parts(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": f"{_right(each)} in {each['namespace']}", "state": _word(each["state"])} for each in result.get("rights") or []]


def _key_parts(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Both values of each key, which are masked already where they are secret."""
    return [
        {"name": each["first"] if each["first"] == each["second"] else f"{each['first']} / {each['second']}", "state": _word(each["state"]),
         "what": f"{each['first_value']} / {each['second_value']}", "reason": each["reason"]}
        for each in result.get("keys") or []
    ]  # fmt: skip


def _endpoint_parts(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": each["address"], "state": _word(each["state"]), "what": ", ".join(each["resolved"]), "reason": each["reason"], "seconds": each["seconds"]}
        for each in result.get("endpoints") or []
    ]


_WORDS = {"access": _access, "kubernetes": _kubernetes, "endpoint": _endpoint, "http": _http, "clock": _clock, "configuration": _configuration, "disk": _disk}
_PARTS = {"access": _trial_parts, "kubernetes": _right_parts, "configuration": _key_parts, "endpoint": _endpoint_parts}
