# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as people read them: ``200,000 records, 1 table``, ``3.2 s``, ``2 min 5 s``."""

from __future__ import annotations

from collections.abc import Mapping


def counted(number: int, plural: str) -> str:
    """``1 table``, ``12 tables``, ``1,000 index entries``; underscores in the kind become blanks."""
    kind = plural.replace("_", " ")
    return f"{number:,} {_singular(kind) if number == 1 else kind}"


def counts_in_words(counts: Mapping[str, int]) -> str:
    """Every kind that is not zero, in the order given. Empty when all are."""
    return ", ".join(counted(number, kind) for kind, number in counts.items() if number)


def seconds_in_words(seconds: float | None) -> str:
    """``0.4 s``, ``3.2 s``, ``45 s``, ``2 min 5 s``, ``1 h 2 min``; a dash for what did not run."""
    if seconds is None:
        return "-"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def removed_counts(result: Mapping[str, object]) -> dict[str, int]:
    """What a module's result says was removed, by kind: ``removed`` of db_reset, ``records_removed`` of a purge."""
    removed = result.get("removed")
    counts = {str(kind): number for kind, number in removed.items() if isinstance(number, int)} if isinstance(removed, Mapping) else {}
    records = result.get("records_removed")
    if isinstance(records, int):
        counts["records"] = records
    return counts


def shortened(text: str, most: int = 160) -> str:
    """One line of at most ``most`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 4].rstrip() + " ..."


def _singular(kind: str) -> str:
    if kind.endswith("ies"):
        return kind[:-3] + "y"
    if kind.endswith(("xes", "ches", "sses")):
        return kind[:-2]
    return kind.removesuffix("s")
