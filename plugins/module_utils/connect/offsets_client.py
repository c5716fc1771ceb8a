# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads, sets and resets the offsets of connectors on a worker, and keeps them in a file."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence

from ..errors import OperationError
from .offsets import ABSENT, PRESENT, Entry, Wanted, after_setting, from_topic, in_order, to_set
from .offsets_topic import TopicRecord
from .worker import Worker, at_once, repeated

# What a worker answers as long as the group of a sink that was just stopped is not empty.
_NOT_YET = (500,)


def read_offsets(worker: Worker, names: Sequence[str], records: Sequence[TopicRecord] | None) -> dict[str, list[Entry]]:
    """The offsets of these connectors, from the topic's records where they were read."""
    if records is not None:
        pairs = [(record.key, record.value) for record in records]
        return {name: from_topic(pairs, name) for name in names}
    return dict(zip(names, at_once(lambda name: in_order(worker.offsets(name)), names)))


def plan_offsets(each: Wanted, before: Sequence[Entry]) -> tuple[str, list[Entry]]:
    """What is done, ``altered``, ``reset``, ``unchanged`` or ``read``, and the offsets after it."""
    if each.state == ABSENT:
        return ("reset", []) if before else ("unchanged", [])
    if each.state == PRESENT:
        return ("altered" if to_set(before, each.offsets) else "unchanged"), after_setting(before, each.offsets)
    return "read", list(before)


def apply_offsets(worker: Worker, each: Wanted, before: Sequence[Entry]) -> None:
    """Set or reset them.

    :raises OperationError: when the worker refuses.
    """
    if each.state == ABSENT:
        repeated(lambda: worker.reset_offsets(each.name), _NOT_YET, worker.rest.timeout)
    else:
        repeated(lambda: worker.set_offsets(each.name, to_set(before, each.offsets)), _NOT_YET, worker.rest.timeout)


def write_backup(path: str, worker: Worker, offsets: Mapping[str, Sequence[Entry]], topic: str | None, records: Sequence[TopicRecord] | None) -> None:
    """One file, written beside and renamed, which only its owner reads."""
    content: dict[str, object] = {"schema_version": 1, "worker_version": worker.release, "connectors": offsets}
    if records is not None:
        content["offsets_topic"] = topic
        content["records"] = [vars(record) for record in records]
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, draft = tempfile.mkstemp(prefix=".connect-offsets-", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=1)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    except OSError as error:
        raise OperationError("write the backup of the offsets, so nothing was changed", path, str(error.strerror or error)) from None
