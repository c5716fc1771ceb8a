# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a migration, from its assessment. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.errors import OperationError
from ..module_utils.migration.replicator_plan import plan_connectors
from ..module_utils.migration.replicator_plan_request import current_from, sizing_from, topics_from

Json = dict[str, Any]
SIZING = ("connectors", "prefix", "max_tasks", "task_rate", "task_memory", "duration")


def plan(assessment: Mapping[str, Any], settings: Mapping[str, Any], earlier: Mapping[str, Any] | None = None) -> Json:
    """What ``plan.json`` holds, but for its head.

    :param settings: SIZING, and ``record_bytes`` (assumed where a topic's size is not known) and ``worker_memory`` (bytes).
    :param earlier: the plan of an earlier run: its topics stay where they are.
    """
    guessed: list[str] = []
    topics = [_sized(topic, int(settings["record_bytes"]), guessed) for topic in assessment["topics"]]
    try:
        sizing = sizing_from({name: settings[name] for name in SIZING})
        current = current_from([{"name": each["name"], "topics": each["topics"]} for each in (earlier or {}).get("connectors", [])] or None, sizing)
        connectors = plan_connectors(topics_from(topics), sizing, current)
    except OperationError as error:
        raise AnsibleFilterError(f"The plan cannot be made: {error}") from error
    rows = [_with_workers(connector, sizing.task_memory, int(settings["worker_memory"])) for connector in connectors]
    return {"connectors": rows, "assumptions": _assumptions(guessed, settings), "totals": _totals(rows), **_moved(rows, earlier)}


def _sized(topic: Mapping[str, Any], record_bytes: int, guessed: list[str]) -> Json:
    size, rate = topic["bytes"], topic["rate"]
    if size is None or rate is None:
        guessed.append(str(topic["name"]))
    size = (topic["records"] or 0) * record_bytes if size is None else size
    rate = (topic["records_per_second"] or 0) * record_bytes if rate is None else rate
    return {"name": topic["name"], "partitions": topic["partitions"], "bytes": size, "rate": rate, "cleanup_policy": topic["cleanup_policy"],
            "transactional": bool(topic["transactional"])}  # fmt: skip


def _with_workers(connector: Mapping[str, Any], task_memory: int, worker_memory: int) -> Json:
    """How many workers of ``worker_memory`` its tasks fill, and what each then holds."""
    tasks = int(connector["tasks_max"])
    each = max(1, worker_memory // task_memory) if task_memory else tasks
    workers = math.ceil(tasks / each)
    return {**connector, "workers": workers, "worker_memory": math.ceil(tasks / workers) * task_memory}


def _assumptions(guessed: Sequence[str], settings: Mapping[str, Any]) -> list[str]:
    texts = [f"One task copies {settings['task_rate']} bytes per second and needs {settings['task_memory']} bytes of memory: measure it, and set your own."]
    if guessed:
        names = f"{', '.join(guessed[:10])}{' ...' if len(guessed) > 10 else ''}"
        texts.append(f"The size or rate of {len(guessed)} topics is not known; a record was taken for {settings['record_bytes']} bytes: {names}.")
    return texts


def _totals(connectors: Sequence[Mapping[str, Any]]) -> Json:
    seconds = [connector["seconds"] for connector in connectors]
    sums = {key: sum(connector[key] for connector in connectors) for key in ("partitions", "bytes", "tasks_max", "memory", "workers", "rate")}
    return {**sums, "connectors": len(connectors), "topics": sum(len(connector["topics"]) for connector in connectors),
            "seconds": None if None in seconds else max(seconds, default=0)}  # fmt: skip


def _moved(connectors: Sequence[Mapping[str, Any]], earlier: Mapping[str, Any] | None) -> Json:
    """What is other than in the earlier plan."""
    before = {topic: each["name"] for each in (earlier or {}).get("connectors", []) for topic in each["topics"]}
    now = {topic: each["name"] for each in connectors for topic in each["topics"]}
    if earlier is None:
        return {"added": [], "removed": []}
    return {"added": sorted(set(now) - set(before)), "removed": sorted(set(before) - set(now))}
