# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Closes the sum of a verification, so that no number of either cluster is left unexplained. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
_KINDS = ("missing", "changed", "duplicated", "extra", "expired", "newer", "moved")


def closed_sum(verified: Mapping[str, Any], assessment: Mapping[str, Any], allow_duplicates: bool = False) -> Json:
    """What of the source is where, and where what the destination has is from.

    source = copied + changed + not copied (+ excluded, per topic); destination = copied + changed + duplicates + foreign + expired + newer.

    :param verified: the result of kafka_replication_verify for the topics that were planned.
    :param assessment: what is in ``assessment.json``, for the topics that were left out.
    :param allow_duplicates: whether a topic may pass that differs by duplicates only.
    """
    rows = [_row(name, topic, allow_duplicates) for name, topic in sorted(verified["topics"].items())]
    records = [row for row in rows if not row["compacted"]]
    excluded = [{"name": each["name"], "records": each.get("records"), "reason": each.get("reason", "")} for each in assessment.get("excluded", [])]
    unknown = [each["name"] for each in excluded if each["records"] is None]
    whole = {key: sum(row[key] for row in records) for key in ("source", "copied", "not_copied", "destination", "duplicates", "foreign", *_KINDS)}
    whole["excluded"] = sum(each["records"] or 0 for each in excluded)
    states = [row["state"] for row in rows]
    return {
        "state": "failed" if "failed" in states else "not_checked" if "not_checked" in states or not rows else "verified",
        "states": {state: states.count(state) for state in ("verified", "failed", "not_checked")},
        "topics": rows, "totals": whole, "excluded": excluded, "excluded_unknown": unknown,
        "unexplained": sum(abs(row["unexplained"]) for row in rows),
        "failures": [f"{row['name']}: {row['says']}" for row in rows if row["state"] != "verified"],
        "text": _text(whole, unknown),
    }  # fmt: skip


def _row(name: str, topic: Mapping[str, Any], allow_duplicates: bool) -> Json:
    counts = {kind: int(topic.get(kind) or 0) for kind in _KINDS}
    source, destination = int(topic["source_count"]), int(topic["destination_count"])
    copied = source - counts["missing"] - counts["changed"]
    unexplained = destination - copied - sum(counts[kind] for kind in ("changed", "duplicated", "extra", "expired", "newer"))
    only_duplicates = counts["duplicated"] > 0 and not any(counts[kind] for kind in ("missing", "changed", "extra")) and not topic["reason"]
    state = str(topic["state"])
    if unexplained:
        state = "failed"
    elif state == "failed" and only_duplicates and allow_duplicates:
        state = "verified"
    said = [f"{counts[kind]} {kind}" for kind in ("missing", "extra", "duplicated", "changed", "moved") if counts[kind]]
    said += [str(topic["reason"])] if topic["reason"] else []
    said += [f"{unexplained} records of the destination are not explained"] if unexplained else []
    return {
        "name": name, "state": state, "compacted": bool(topic["compacted"]), "source": source, "copied": copied, "not_copied": counts["missing"],
        "destination": destination, "duplicates": counts["duplicated"], "foreign": counts["extra"], "unexplained": unexplained, "says": ", ".join(said),
        "notes": list(topic.get("notes") or []), "offsets": _offsets(topic.get("partitions") or []), **counts,
    }  # fmt: skip


def _offsets(partitions: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Where the differences are: one entry for each partition and kind."""
    found = []
    for each in partitions:
        for kind in ("missing", "extra", "duplicated", "changed", "moved"):
            if each.get(kind):
                found.append({"partition": each["partition"], "kind": kind, "count": each["counts"].get(kind, len(each[kind])), "offsets": each[kind],
                              "shown": [_shown(offset) for offset in each[kind]]})  # fmt: skip
    return found


def _shown(offset: int | Mapping[str, int]) -> str:
    """An offset for the reader of the report. What changed or moved has one on each side."""
    if not isinstance(offset, Mapping):
        return str(offset)
    where = f"to partition {offset['destination_partition']} as" if "destination_partition" in offset else "at the destination"
    return f"{offset['source_offset']}, {where} {offset['destination_offset']}"


def _text(whole: Mapping[str, int], unknown: Sequence[str]) -> str:
    changed = f" + {whole['changed']:,} changed" if whole["changed"] else ""
    source = whole["source"] + whole["excluded"]
    more = f" + {len(unknown)} left-out topics whose records are not known" if unknown else ""
    other = "".join(f" + {whole[kind]:,} {word}" for kind, word in (("expired", "older than all that the source still has"), ("newer", "written since"))
                    if whole[kind])  # fmt: skip
    return (f"source {source:,} = {whole['copied']:,} copied{changed} + {whole['excluded']:,} excluded + {whole['not_copied']:,} not copied{more}; "
            f"destination {whole['destination']:,} = {whole['copied']:,} copied{changed} + {whole['duplicates']:,} duplicates + {whole['foreign']:,} foreign"
            f"{other}")  # fmt: skip


def by_worker(connectors: Sequence[Mapping[str, Any]], url: str, urls: Mapping[str, str]) -> list[Json]:
    """Each Connect cluster's address with the connectors that run there."""
    found: dict[str, list[Any]] = {}
    for each in connectors:
        found.setdefault(str(urls.get(each["name"]) or url), []).append(each)
    return [{"url": address, "connectors": those} for address, those in found.items()]
