# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people and programs read of a record: Markdown, one HTML page, JUnit, and the table of the log's last task."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .report_record import Record, has_failed, headline
from .report_words import seconds_in_words

TEMPLATES = {"report.md": "report.md.j2", "report.html": "report.html.j2", "junit.xml": "junit.xml.j2"}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STATE_WORDS = {"ok": "ok", "failed": "failed", "not_attempted": "not attempted", "verified": "verified", "not_checked": "not checked"}


def render(record: Record) -> dict[str, str]:
    """The text of each file, by its name."""
    record = _legal(record)
    context = {
        "record": record,
        "headline": headline(record),
        "changed": [row for row in record["results"] if row["changed"]],
        "left_alone": left_alone(record),
        "looks_only": looks_only(record),
        "has_verification": not looks_only(record) and any(row["verified"] for row in record["results"]),
    }
    return {name: _template(template).render(context) for name, template in TEMPLATES.items()}


def left_alone(record: Record) -> list[tuple[str, str]]:
    """What was left as it is, and why: targets that were not attempted, then what each target keeps."""
    rows = record["results"]
    whole = [(row["target"], row["reason"] or "not attempted") for row in rows if row["state"] == "not_attempted"]
    whole += [(row["target"], "nothing was changed, see what went wrong") for row in rows if row["state"] == "failed" and not row["changed"]]
    whole += [(row["target"], row["what"] or "nothing to do") for row in rows if row["state"] == "ok" and not row["changed"]]
    return whole + [(row["target"], kept) for row in rows for kept in row["kept"]]


def looks_only(record: Record) -> bool:
    """Whether the operation never changes anything. Records that were begun by an earlier version do not say so."""
    return bool(record.get("looks_only"))


def result_word(row: Mapping[str, Any], check_mode: bool, is_look: bool = False) -> str:
    """The result of a target in one or two words; of a look it is what was verified."""
    if is_look and row["state"] == "ok" and row["verified"]:
        return _STATE_WORDS[row["verified"]]
    if row["state"] != "ok" or row["verified"] == "failed":
        return _STATE_WORDS["failed" if has_failed(row) else row["state"]]
    if row["changed"]:
        return "would change" if check_mode else "ok"
    return "unchanged"


def table(record: Record, width: int = 120) -> list[str]:
    """The results as aligned text, for the last task of a run. Reasons stand in full below their row."""
    record = _legal(record)
    is_look = looks_only(record)
    head = ["target", "result", "what would be done" if record["check_mode"] else "what was done", "verification", "time"]
    rows = [
        [row["target"], result_word(row, record["check_mode"], is_look), row["what"] or "-",
         _STATE_WORDS.get(row["verified"], "-"), seconds_in_words(row["seconds"])]
        for row in record["results"]
    ]  # fmt: skip
    if is_look:
        head = ["target", "result", "what was found", "time"]
        rows = [[*cells[:3], cells[4]] for cells in rows]
    columns = [max(len(cells[column]) for cells in [head, *rows]) for column in range(len(head))]
    lines = [_aligned(head, columns), _aligned(["-" * size for size in columns], columns)]
    for cells, row in zip(rows, record["results"]):
        lines.append(_aligned(cells, columns))
        if has_failed(row) or row["state"] == "not_attempted" or (is_look and row["verified"] == "not_checked"):
            lines += [" " * (columns[0] + 2) + part for part in _wrapped(row["reason"], width - columns[0] - 2)]
    return lines


def _aligned(cells: Sequence[str], columns: Sequence[int]) -> str:
    return "  ".join(cell.ljust(size) for cell, size in zip(cells, columns)).rstrip()


def _wrapped(text: str, width: int) -> Iterable[str]:
    """Words of ``text`` in lines; a word that is too long stays whole, so that it can be copied."""
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield line


def _template(name: str) -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("report_templates")),
        autoescape=name.endswith((".html.j2", ".xml.j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(_FILTERS)
    environment.tests["failed_row"] = has_failed
    return environment.get_template(name)


def _legal(value: Any) -> Any:
    """Servers answer with all kinds of characters. Those that XML cannot hold are replaced, in every report alike."""
    if isinstance(value, str):
        return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, dict):
        return {_legal(key): _legal(item) for key, item in value.items()}
    return [_legal(item) for item in value] if isinstance(value, list) else value


def _in_cell(text: object) -> str:
    """Text in a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _readable(moment: str | None) -> str:
    """``2026-11-21 03:37:13 UTC``."""
    return f"{moment[:10]} {moment[11:19]} UTC" if moment else "-"


_FILTERS: dict[str, Callable[..., object]] = {
    "cell": _in_cell,
    "seconds": seconds_in_words,
    "result": result_word,
    "word": lambda state: _STATE_WORDS.get(state or "", "-"),
    "moment": _readable,
}
