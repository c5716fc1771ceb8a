# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of topic configuration that is changed for a while, so that it is put back whatever happens.

Each run that must change the configuration of topics keeps one entry in a compacted topic of the cluster: first its
claim on the topics, then, before anything is touched, what their configuration was. The entry goes (a tombstone) only
after the configuration is back. A later run, from any host, finds what a killed run left and puts it back.

Of two runs that claim one topic, the one whose claim stands first in the log goes first. A claim is one record, so no
two runs can wait for each other. Pure: no request is made here.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Dict, Optional

from .holds import Where

LEDGER_PREFIX = "__streamops_"
DEFAULT_LEDGER = "__streamops_purges"
HEARTBEAT_SECONDS = 5.0
SILENT_SECONDS = 15.0  # a claim that shows no heartbeat for so long while it is watched has a dead owner
ABANDONED_SECONDS = 90.0  # the same by timestamps, with room for clocks that disagree

Overrides = Dict[str, Optional[str]]  # None: not set on the topic


@dataclass(frozen=True)
class Owner:
    """The process behind a claim: enough to tell on the same machine whether it still runs."""

    host: str
    pid: int
    machine: str
    started: str

    @property
    def is_known_dead(self) -> bool:
        """Whether it ran on this machine and does not any more. False when that cannot be told from here."""
        return self.machine == this_machine() and process_start(self.pid) != self.started

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


@dataclass(frozen=True)
class Saved:
    """The configuration of one topic: as it was, and as it is meant to be during the work."""

    before: Overrides
    during: Overrides


@dataclass(frozen=True)
class Entry:
    """What one run has claimed, and what it has saved so far. ``claimed_at`` is the offset of its first record.

    ``held``: where somebody is kept off these topics meanwhile (see holds.py), None for nowhere.
    """

    run: str
    owner: Owner
    topics: tuple[str, ...]
    saved: Mapping[str, Saved] = field(default_factory=dict)
    claimed_at: int | None = None
    heartbeat: tuple[int, int] = (0, 0)  # offset and broker timestamp (ms) of its newest record
    held: Where | None = None

    def without(self, topics: Collection[str]) -> Entry:
        """The entry after these topics are done with."""
        return replace(
            self,
            topics=tuple(topic for topic in self.topics if topic not in topics),
            saved={topic: saved for topic, saved in self.saved.items() if topic not in topics},
        )

    def to_json(self) -> str:
        """The record's value. Holds configuration of topics only, never credentials."""
        return json.dumps({
            "schema_version": 1,
            "owner": vars(self.owner),
            "topics": list(self.topics),
            "saved": {topic: vars(saved) for topic, saved in self.saved.items()},
            "claimed_at": self.claimed_at,
            "held": self.held,
        }, sort_keys=True)


def new_entry(topics: Iterable[str], held: Where | None = None) -> Entry:
    """A claim of this process."""
    owner = Owner(socket.gethostname(), os.getpid(), this_machine(), process_start(os.getpid()))
    return Entry(uuid.uuid4().hex, owner, tuple(sorted(topics)), held=held)


def entry_from(run: str, text: str, offset: int, timestamp: int) -> Entry:
    """The entry in a record's value.

    :raises ValueError: when the record was not written by this collection.
    """
    try:
        value: dict[str, Any] = json.loads(text)
        saved = {topic: Saved(item["before"], item["during"]) for topic, item in value["saved"].items()}
        claimed_at = value["claimed_at"] if value["claimed_at"] is not None else offset
        return Entry(run, Owner(**value["owner"]), tuple(value["topics"]), saved, claimed_at, (offset, timestamp), value.get("held"))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"record {offset} is no entry of a purge: {error!r}") from error


def blockers(mine: Entry, entries: Iterable[Entry]) -> list[Entry]:
    """The claims that go before ours, because they were made first and share a topic with it."""
    rank = mine.claimed_at if mine.claimed_at is not None else 1 << 62
    return [entry for entry in entries if entry.run != mine.run and (entry.claimed_at or 0) < rank and set(entry.topics) & set(mine.topics)]


def is_abandoned(entry: Entry, now_ms: int) -> bool:
    """Whether its owner is certainly gone: known dead, or silent for longer than clocks can disagree."""
    return entry.owner.is_known_dead or now_ms - entry.heartbeat[1] > ABANDONED_SECONDS * 1000


def to_put_back(saved: Saved, current: Mapping[str, str]) -> Overrides:
    """What must be set (or, with None, deleted) so that the topic is as it was.

    A key that does not hold what the purge had set was changed by somebody else since, and is left to them.
    """
    return {
        key: value for key, value in saved.before.items()
        if current.get(key) == saved.during.get(key) and current.get(key) != value
    }


@cache
def this_machine() -> str:
    """What is the same for all processes that can see each other's process ids, and for no others."""
    return ":".join([socket.gethostname(), _read("/proc/sys/kernel/random/boot_id"), _link("/proc/self/ns/pid")])


def process_start(pid: int) -> str:
    """When a process of this machine started, in ticks since boot; empty when there is none (proc(5), field 22)."""
    text = _read(f"/proc/{pid}/stat")
    fields = text.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read().strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
