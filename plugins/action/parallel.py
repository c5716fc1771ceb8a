# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs lanes of modules at the same time; see modules/parallel.py for its options."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils.options import spell_choices
from ..module_utils.progress import PROGRESS_FILE_VARIABLE
from ..plugin_utils.lanes import Ended, Tell, Work, run_lanes, stop_was_asked
from ..plugin_utils.report_record import sounds_secret
from ..plugin_utils.report_words import counts_in_words, shortened, removed_counts, seconds_in_words
from ..plugin_utils.step_options import with_defaults

SPEC: dict[str, dict[str, Any]] = {
    "lanes": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "steps": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str"},
                    "module": {"type": "str", "required": True},
                    "args": {"type": "dict", "default": {}},
                    "stop_on_failure": {"type": "bool", "default": True},
                },
            },
        },
    },
    "on_failure": {"type": "str", "choices": ["fail", "continue"], "default": "fail"},
    "lane_timeout": {"type": "float"},
}
# Says where a secret stands, and holds none: its names belong into messages.
_REFERENCES = ("credentials_secret", "password_secret")
# Of a module's result: what belongs to the whole task or is nobody's business.
_NOT_PASSED_ON = ("changed", "failed", "invocation", "diff", "warnings", "deprecations", "exception", "ansible_facts", "stdout_lines", "stderr_lines")


@dataclass
class StepOutcome:
    """What one step did. ``promoted`` holds what Ansible shows for the task as a whole: diffs and warnings."""

    state: str
    seconds: float = 0.0
    changed: bool = False
    reason: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    promoted: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class LaneOutcome:
    """What a lane did so far."""

    name: str
    steps: list[Mapping[str, Any]]
    outcomes: list[StepOutcome] = field(default_factory=list)
    ended: Ended | None = None

    def as_result(self) -> dict[str, Any]:
        steps = [
            {"name": _step_name(step), "module": step["module"], "state": seen.state, "seconds": round(seen.seconds, 3), "changed": seen.changed,
             "reason": seen.reason, "result": seen.result}
            for step, seen in zip(self.steps, self._all_outcomes())
        ]  # fmt: skip
        return {
            "state": self.state,
            "changed": any(step.changed for step in self.outcomes),
            "seconds": round(self.ended.seconds if self.ended else 0.0, 3),
            "reason": self.reason,
            "steps": steps,
        }

    @property
    def state(self) -> str:
        states = {outcome.state for outcome in self._all_outcomes()}
        return "failed" if "failed" in states else "not_attempted" if states <= {"not_attempted"} else "ok"

    @property
    def reason(self) -> str:
        """Why it failed; with the names of the steps when it was more than one."""
        failed = [(_step_name(step), seen.reason) for step, seen in zip(self.steps, self._all_outcomes()) if seen.state == "failed"]
        return failed[0][1] if len(failed) == 1 else " ".join(f"{name}: {reason}" for name, reason in failed)

    def removed(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for outcome in self.outcomes:
            for kind, number in removed_counts(outcome.result).items():
                counts[kind] = counts.get(kind, 0) + number
        return counts

    def _all_outcomes(self) -> list[StepOutcome]:
        """With the steps that were not reached. A lane that did not run to its end has failed in the step that it was at."""
        unreached = [StepOutcome("not_attempted") for _step in range(len(self.steps) - len(self.outcomes))]
        if self.ended is None or not self.ended.reason:
            return [*self.outcomes, *unreached]
        why = f"The lane was broken off: {self.ended.reason}."
        if self.outcomes and (not unreached or self.outcomes[-1].state == "failed"):
            last = self.outcomes[-1]
            return [*self.outcomes[:-1], replace(last, state="failed", reason=f"{why} {last.reason}".rstrip()), *unreached]
        return [*self.outcomes, StepOutcome("failed", reason=why), *unreached[1:]]


class ProgressFile:
    """What the modules of one lane report while they run (module_utils/progress.py)."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._stream = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - read until the lane ends

    def new_lines(self) -> list[str]:
        return self._stream.read().splitlines()

    def close(self) -> None:
        self._stream.close()
        os.unlink(self.path)


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """Each lane is a forked copy of this plugin, in which the ordinary way of running a module is used."""

    _supports_check_mode = True
    _supports_async = False
    TRANSFERS_FILES = False
    _asked: dict[str, Any] | None = None

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        asked = self._options()
        lanes = {lane["name"]: LaneOutcome(lane["name"], lane["steps"]) for lane in asked["lanes"]}
        self._run(lanes, asked["lane_timeout"], task_vars or {})
        return {**result, **self._report(lanes, asked["on_failure"])}

    def _options(self) -> dict[str, Any]:
        """The options, checked. What lanes pass to their modules may be secret: the task forgets it, as callbacks see a task's arguments."""
        if self._asked is None:
            self._task.args = spell_choices(SPEC, self._task.args)
            _validation, self._asked = self.validate_argument_spec(argument_spec=SPEC)
            self._task.args = {**self._asked, "lanes": [_without_args(lane) for lane in self._asked["lanes"]]}
            names = [lane["name"] for lane in self._asked["lanes"]]
            if len(set(names)) < len(names):
                raise AnsibleActionFail(f"The names of lanes must differ, these do not: {', '.join(sorted({n for n in names if names.count(n) > 1}))}.")
        return self._asked

    def _run(self, lanes: Mapping[str, LaneOutcome], timeout: float | None, task_vars: Mapping[str, Any]) -> None:
        progress = {name: ProgressFile(tempfile.mkstemp(prefix="streamops-lane-")[1]) for name in lanes}

        def show_progress() -> None:
            for name, file in progress.items():
                for line in file.new_lines():
                    Display().display(f"  {name}: {line}")

        def ended(name: str, how: Ended) -> None:
            lanes[name].ended = how
            show_progress()
            Display().display(f"  {self._in_one_line(lanes[name])}")

        try:
            run_lanes(
                {name: self._work(lane, progress[name].path, task_vars) for name, lane in lanes.items()},
                heard=lambda name, outcome: lanes[name].outcomes.append(outcome),  # type: ignore[arg-type]
                ended=ended,
                idle=show_progress,
                timeout=timeout,
            )
        finally:
            for file in progress.values():
                file.close()

    def _work(self, lane: LaneOutcome, progress: str, task_vars: Mapping[str, Any]) -> Work:
        def work(tell: Tell) -> None:
            if self._connection.transport == "local":  # elsewhere there is no such file
                self._task.environment = [*(self._task.environment or []), {PROGRESS_FILE_VARIABLE: progress}]
            for step in lane.steps:
                outcome = self._run_step(lane.name, step, task_vars)
                tell(outcome)
                if stop_was_asked() or (outcome.state == "failed" and step["stop_on_failure"]):
                    return

        return work

    def _run_step(self, lane: str, step: Mapping[str, Any], task_vars: Mapping[str, Any]) -> StepOutcome:
        started, args = time.monotonic(), step["args"]
        try:
            args = with_defaults(self, step["module"], args)
            seen = self._execute_module(module_name=step["module"], module_args=dict(args), task_vars=dict(task_vars))
            self._remove_tmp_path(self._connection._shell.tmpdir)
        except AnsibleError as error:
            seen = {"failed": True, "msg": str(error)}
        has_failed = bool(seen.get("failed") or seen.get("rc"))
        return StepOutcome(
            state="failed" if has_failed else "ok",
            seconds=time.monotonic() - started,
            changed=bool(seen.get("changed")),
            reason=_reason(seen, args) if has_failed else "",
            result={key: value for key, value in seen.items() if key not in _NOT_PASSED_ON and not key.startswith("_ansible")},
            promoted={
                "diff": [_headed(diff, f"{lane}: {_step_name(step)}") for diff in _as_list(seen.get("diff"))],
                "warnings": _as_list(seen.get("warnings")),
                "deprecations": _as_list(seen.get("deprecations")),
            },
        )

    def _in_one_line(self, lane: LaneOutcome) -> str:
        took = seconds_in_words(lane.ended.seconds if lane.ended else None)
        if lane.state == "failed":
            return f"{lane.name}: failed after {took}: {shortened(lane.reason)}"
        removed = counts_in_words(lane.removed())
        verb = "to remove" if self._task.check_mode else "removed"
        return f"{lane.name}: ok, {f'{removed} {verb}, ' if removed else ''}{took}"

    def _report(self, lanes: Mapping[str, LaneOutcome], on_failure: str) -> dict[str, Any]:
        failed = [lane for lane in lanes.values() if lane.state == "failed"]
        result: dict[str, Any] = {
            "changed": any(outcome.changed for lane in lanes.values() for outcome in lane.outcomes),
            "lanes": {name: lane.as_result() for name, lane in lanes.items()},
            "failed_lanes": [lane.name for lane in failed],
        }
        for key in ("diff", "warnings", "deprecations"):
            promoted = [item for lane in lanes.values() for outcome in lane.outcomes for item in outcome.promoted[key]]
            if promoted:
                result[key] = promoted
        if failed:
            result["msg"] = "\n".join([f"{len(failed)} of {len(lanes)} lanes failed.", *(f"{lane.name}: {lane.reason}" for lane in failed)])
            result["failed"] = on_failure == "fail"
        return result


def _step_name(step: Mapping[str, Any]) -> str:
    return str(step["name"] or step["module"].rpartition(".")[2])


def _without_args(lane: Mapping[str, Any]) -> dict[str, Any]:
    return {**lane, "steps": [{**step, "args": "not shown"} for step in lane["steps"]]}


def _reason(seen: Mapping[str, Any], args: Mapping[str, Any]) -> str:
    """Why a module failed, in its own words or, when it crashed, in those of its last error."""
    message = str(seen.get("msg") or "")
    crash = getattr(getattr(seen.get("exception"), "event", None), "msg", "") or seen.get("module_stderr") or seen.get("stderr") or ""
    last_words = [line for line in str(crash).splitlines() if line.strip()][-1:]
    if not message or "module_stderr" in seen:
        message = f"{message or 'The module crashed.'} {' '.join(last_words)}".strip()
    for secret in sorted(secrets_in(args), key=len, reverse=True):  # a crash may have any text in it
        message = message.replace(secret, "********")
    return message


def secrets_in(value: Any, is_secret: bool = False) -> set[str]:
    """The texts under keys that sound like secrets."""
    if isinstance(value, Mapping):
        secrets = {str(key): is_secret or sounds_secret(str(key)) for key in value if key not in _REFERENCES}
        return {text for key, is_its in secrets.items() for text in secrets_in(value[key], is_its)}
    if isinstance(value, (list, tuple)):
        return {text for item in value for text in secrets_in(item, is_secret)}
    return {str(value)} if is_secret and isinstance(value, (str, int)) and len(str(value)) > 3 else set()


def _headed(diff: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The difference with its lane and step in its headers, before what the module says there itself."""
    headers = ("before_header", "after_header")
    return {**diff, **{header: f"{where}: {diff[header]}" if diff.get(header) else where for header in headers}}


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value] if value else []
