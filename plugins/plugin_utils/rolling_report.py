# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role confluent_rolling_upgrade has done, as rows of its report, and what to do next. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .report_record import Row

_TOUCHED_NOTHING = ("variables", "preflight")


def step_row(step: Mapping[str, Any]) -> Row:
    """One restarted broker as a row: when, how long, and what its gate saw."""
    gate = step.get("gate") or {}
    parts = [{"name": f"{seen['second']:.0f} s", "state": "ok", "what": seen["seen"]} for seen in gate.get("history", [])]
    return {"target": f"broker {step['broker']}", "kind": step["phase"], "state": step.get("state", "ok"), "changed": True, "what": _what(step),
            "reason": step.get("reason", ""), "seconds": step.get("seconds"), "parts": parts}  # fmt: skip


def _what(step: Mapping[str, Any]) -> str:
    times = f"{step['began']} to {step['ended']}" if step.get("ended") else f"begun {step['began']}"
    controller = f", controller {step['controller']}" if step.get("controller") is not None else ""
    return f"{step['version']}, protocol {step['protocol']}: {times}{controller}"


def conclusion(
    state: Mapping[str, Any], outlook: Mapping[str, Any] | None = None, phase: str = "", failure: str = "", problems: Sequence[str] = (),
    check_mode: bool = False, finalize: bool = False, directory: str = "", rows: Sequence[Mapping[str, Any]] = (), advice: Sequence[str] = (),
    rollback: bool = False,
) -> dict[str, Any]:
    """The ``results``, a row for each broker, and the ``next_steps``.

    :param state: the record of this upgrade, over all of its runs.
    :param outlook: what the preflight said; None when it did not come to that.
    :param phase: where it failed, with ``failure`` saying why.
    :param problems: what speaks against it.
    :param rows: what became of workers and services.
    """
    if problems:
        results: list[Row] = [{"target": f"problem {number}", "state": "failed", "reason": text} for number, text in enumerate(problems, start=1)]
        return {"results": results, "next_steps": ["Solve or accept what is said above, then run it again. Nothing was touched."]}
    results = [*_brokers(state, outlook, check_mode, rollback), *({"kind": "service", "state": "ok", **row} for row in rows)]
    if failure:
        results.append({"target": f"phase {phase}", "state": "failed", "reason": failure})
        return {"results": results, "next_steps": _after_failure(state, phase, directory)}
    return {"results": results, "next_steps": _next(state, outlook, check_mode, finalize, directory, advice, rollback)}


def _brokers(state: Mapping[str, Any], outlook: Mapping[str, Any] | None, check_mode: bool, rollback: bool) -> list[Row]:
    done = {(step["broker"], step["phase"]): step for step in state.get("steps", [])}
    rows: list[Row] = [step_row(step) for step in done.values()]
    if outlook is None:
        return rows
    todo = [broker for broker in outlook["binaries"] if (broker, "rollback" if rollback else "binaries") not in done]
    touched = {step["broker"] for step in done.values()}
    if check_mode:
        return [*rows, *({"target": f"broker {broker}", "kind": "binaries", "state": "ok", "changed": True, "what": "would be restarted"} for broker in todo)]
    rows += [{"target": f"broker {broker}", "kind": "binaries", "state": "not_attempted", "reason": "it did not come to that"}
             for broker in todo if broker != (state.get("working_on") or {}).get("broker")] if not rollback else []
    rows += [{"target": f"broker {broker}", "kind": "binaries", "state": "ok", "what": "runs the target already"}
             for broker in map(int, outlook["brokers"]) if broker not in touched and broker not in todo]
    return rows


def _after_failure(state: Mapping[str, Any], phase: str, directory: str) -> list[str]:
    if phase in _TOUCHED_NOTHING:
        return ["Nothing was touched. Mend what is said above, then run it again."]
    working_on = state.get("working_on") or {}
    steps = []
    if "quiet_begun" in state.get("done", []) and "resumed" not in state.get("done", []):
        steps.append("Clients are stopped for the quiet window: they are started at the end of the run that goes on, or by the rollback.")
    if working_on.get("broker") is not None:
        steps.append(f"Look into the log of broker {working_on['broker']} ({working_on.get('service', '')}): it was restarted with "
                     f"{working_on.get('version', '')}, protocol {working_on.get('protocol', '')}. No other broker is touched before it is well.")
        steps.append(f"Mend it, then run this again: it goes on in phase {phase}, with that broker first.")
    else:
        steps.append(f"Mend what is said above, then run this again: it goes on in phase {phase}.")
    if phase == "finalize" or state.get("finalizing"):
        steps.append("There is no way back from a raised protocol.")
    else:
        steps.append(f"Or roll back: confluent_rolling_upgrade_rollback.yml, which takes the record in {directory}.")
    return steps


def _next(
    state: Mapping[str, Any], outlook: Mapping[str, Any] | None, check_mode: bool, finalize: bool, directory: str, advice: Sequence[str], rollback: bool
) -> list[str]:
    if check_mode:
        return ["Run it without check mode."]
    if rollback:
        return [f"The cluster runs the old version. Keep {directory} until it is clear why."]
    if finalize or outlook is None or (not outlook["protocol"]):
        return [f"Set inter.broker.protocol.version {outlook['release'] if outlook else ''} where the brokers are configured for good.", *advice]
    return ["Watch it for as long as you need: until here everything can be rolled back by confluent_rolling_upgrade_rollback.yml.",
            "Then run it again with confluent_rolling_upgrade_finalize=true. There is no way back from that.", *advice]


def connector_states(connectors: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The state of each connector and of its tasks, to be compared with later."""
    return {each["name"]: {"state": each["state"], "tasks": [task["state"] for task in each.get("tasks", [])]} for each in connectors}


def connector_rows(before: Mapping[str, Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Each connector as it was and as it is. One that is worse than it was has failed."""
    states = connector_states(now)
    rows: list[Row] = []
    for name, old in before.items():
        new = states.get(name)
        what = f"{old['state']} ({', '.join(old['tasks'])}) became " + (f"{new['state']} ({', '.join(new['tasks'])})" if new else "nothing: it is gone")
        is_same = new is not None and new["state"] == old["state"] and sorted(new["tasks"]) == sorted(old["tasks"])
        rows.append({"target": name, "kind": "connector", "state": "ok", "verified": "verified" if is_same else "failed", "what": what})
    return rows


def client_rows(seen: Mapping[str, Any]) -> list[Row]:
    """What clients have seen during the upgrade, as they wrote it down: any numbers, and errors by their name. Records that are ``lost`` or
    ``duplicated`` make it a failure; without these two it is not checked."""
    if not seen:
        return []
    bad = sum(int(seen.get(name) or 0) for name in ("lost", "duplicated"))
    checked = "lost" in seen and "duplicated" in seen
    return [{"target": "clients", "kind": "clients", "state": "ok", "verified": "failed" if bad else "verified" if checked else "not_checked",
             "what": "; ".join(_flat(seen))}]  # fmt: skip


def _flat(seen: Mapping[str, Any], before: str = "") -> list[str]:
    texts: list[str] = []
    for name, value in seen.items():
        texts += _flat(value, f"{before}{name} ") if isinstance(value, Mapping) else [f"{before}{name}: {value}"]
    return texts
