# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the reports of an operation on the controller; see modules/operation_report.py for its options."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ..module_utils.options import spell_choices
from ..plugin_utils import report_files, report_record
from ..plugin_utils.report_render import table

SPEC: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["begun", "stage_ended", "finished"], "required": True},
    "path": {"type": "path"},
    "operation": {"type": "str"},
    "title": {"type": "str"},
    "subject": {"type": "str", "default": ""},
    "stages": {"type": "list", "elements": "str"},
    "looks_only": {"type": "bool", "default": False},
    "directory": {"type": "path"},
    "stage": {"type": "str"},
    "rows": {"type": "list", "elements": "dict", "default": []},
    "skipped_because": {"type": "str", "default": ""},
    "results": {"type": "list", "elements": "dict", "default": []},
    "next_steps": {"type": "list", "elements": "str", "default": []},
}
REQUIRED_IF = [
    ("state", "begun", ("path", "operation", "stages")),
    ("state", "stage_ended", ("directory", "stage")),
    ("state", "finished", ("directory",)),
]


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core ships no types
    """The record on disk is the only memory between the tasks of a run."""

    _supports_check_mode = True  # a report changes nothing that the play manages: it is written in check mode too
    _supports_async = False
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._task.args = spell_choices(SPEC, self._task.args)
        _validation, options = self.validate_argument_spec(argument_spec=SPEC, required_if=REQUIRED_IF)
        problems = [problem for row in [*options["rows"], *options["results"]] if (problem := report_record.row_problem(row))]
        if problems:
            raise AnsibleActionFail(f"The report cannot be written: {'; '.join(problems)}.")
        steps = {"begun": self._begin, "stage_ended": self._end_stage, "finished": self._finish}
        try:
            return {**result, "changed": False, **steps[options["state"]](options, datetime.now(timezone.utc))}
        except OSError as error:
            raise AnsibleActionFail(
                f"Failed to write the report: {error.strerror or error} ({error.filename}). Choose a directory that the user of this run can write to."
            ) from error

    def _begin(self, options: dict[str, Any], now: datetime) -> dict[str, Any]:
        directory = report_files.new_directory(Path(options["path"]).expanduser().absolute(), now)
        record = report_record.begin(
            options["operation"], options["title"] or options["operation"], options["subject"], options["stages"], bool(self._task.check_mode), now,
            options["looks_only"],
        )  # fmt: skip
        report_files.save(directory, record)
        return {"directory": str(directory), "state": record["state"]}

    def _end_stage(self, options: dict[str, Any], now: datetime) -> dict[str, Any]:
        directory = Path(options["directory"])
        record = report_files.load(directory)
        try:
            report_record.end_stage(record, options["stage"], options["rows"], now, options["skipped_because"])
        except KeyError:
            planned = ", ".join(stage["name"] for stage in record["stages"])
            raise AnsibleActionFail(f"The report has no stage {options['stage']}, only {planned}.") from None
        report_files.save(directory, record)
        return {"directory": str(directory), "state": record["state"]}

    def _finish(self, options: dict[str, Any], now: datetime) -> dict[str, Any]:
        directory = Path(options["directory"])
        record = report_files.load(directory)
        report_record.finish(record, options["results"], options["next_steps"], now)
        report_files.save(directory, record)
        self._show(record, directory)
        statistics = {f"{record['operation']}_summary": {**record["summary"], "report": str(directory)}}
        return {
            "directory": str(directory),
            "state": record["state"],
            "headline": report_record.headline(record),
            "failures": [f"{row['target']}: {row.get('reason') or 'failed'}" for row in record["results"] if report_record.has_failed(row)],
            "summary": record["summary"],
            "ansible_stats": {"data": statistics, "per_host": False, "aggregate": True},
        }

    def _show(self, record: report_record.Record, directory: Path) -> None:
        subject = f" {record['subject']}" if record["subject"] else ""
        lines = [f"{record['title']}{subject}. {report_record.headline(record)}"]
        if record["results"]:
            lines += ["", *table(record)]
        if record["next_steps"]:
            lines += ["", *(f"Next: {step}" for step in record["next_steps"])]
        lines += ["", f"Report: {_from_here(directory / 'report.html')}"]
        Display().display("\n".join(f"  {line}".rstrip() for line in lines))


def _from_here(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
