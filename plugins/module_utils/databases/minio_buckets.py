# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MinIO and other S3 stores: buckets are emptied of all versions, delete markers and incomplete uploads.

The bucket itself stays, so its settings are never in danger, and a killed reset leaves fewer versions for the next one.
With ``recreate`` the emptied bucket is dropped and created again:

    1. write its settings to a bucket of their own, whose name begins with RECORD_PREFIX,
    2. drop the bucket, create it, put every setting back, read them again and compare,
    3. remove the record.

A reset that is killed after step 1 leaves the record; the next one finds it, and carries on with step 2.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

from ..errors import OperationError
from ..progress import Progress
from .login import ConnectionLost, Login
from .reset import Counts, Found, telling_removed
from .selection import Selection, glob_regex
from .workers import WORKERS, parallel

RECORD_PREFIX = "streamops-reset-"
_RECORD = "settings.json"
_BATCH = 1000  # what one request of the S3 protocol may delete
_NAMED = 10  # locked objects that are named in an error
# Its targets are administered outside of the bucket, and go with it.
_NOT_RESTORABLE = ("replication", "targets")

Item = TypeVar("Item")


@dataclass(frozen=True)
class Version:
    """One version of an object, or a delete marker. ``version_id`` None: the bucket never had versions."""

    key: str
    version_id: str | None = None
    kind: str = "objects"


@dataclass(frozen=True)
class Upload:
    """An upload in parts that was begun and never completed."""

    key: str
    upload_id: str


class Store(Protocol):
    """An S3 store. Whatever it refuses is raised as an OperationError."""

    login: Login

    def buckets(self) -> list[str]:
        """Every bucket that the user may see."""

    def exists(self, bucket: str) -> bool: ...

    def versions(self, bucket: str) -> Iterator[Version]: ...

    def uploads(self, bucket: str) -> Iterator[Upload]: ...

    def clear(self, bucket: str) -> Iterator[tuple[list[Version], dict[Version, str]]]:
        """Remove all versions; those that are gone, batch by batch, and those that the server refused, with its reasons."""

    def end_uploads(self, bucket: str) -> Iterator[int]:
        """End all uploads; how many have been ended, each time that some have."""

    def held(self, bucket: str) -> Iterator[tuple[Version, str]]:
        """The versions that cannot be removed, and why: legal hold, retention. For buckets with object lock."""

    def settings(self, bucket: str) -> dict[str, str]:
        """Everything that is configured on the bucket, as the store itself writes it. ``object-lock`` is among them where it is on."""

    def hidden(self, bucket: str) -> list[str]:
        """Settings that there may be, and that the user may not read."""

    def create(self, bucket: str, settings: Mapping[str, str]) -> None:
        """Create the bucket unless it exists, and configure it."""

    def drop(self, bucket: str) -> None:
        """Drop an empty bucket; it may be gone already."""

    def read(self, bucket: str, key: str) -> str | None:
        """The content of an object, None when there is none."""

    def write(self, bucket: str, key: str, text: str) -> None: ...

    def close(self) -> None: ...


class ByVersion(ABC):
    """A store that is told each version, as the S3 protocol has it; some at the same time."""

    @abstractmethod
    def versions(self, bucket: str) -> Iterator[Version]: ...

    @abstractmethod
    def uploads(self, bucket: str) -> Iterator[Upload]: ...

    @abstractmethod
    def remove(self, bucket: str, versions: Sequence[Version]) -> dict[Version, str]:
        """Remove at most 1,000 versions; returns those that the server refused, and why."""

    @abstractmethod
    def abort(self, bucket: str, upload: Upload) -> None: ...

    @abstractmethod
    def locked(self, bucket: str, version: Version) -> str:
        """Why this version cannot be removed, empty when it can."""

    def clear(self, bucket: str) -> Iterator[tuple[list[Version], dict[Version, str]]]:
        def remove(batch: list[Version]) -> tuple[list[Version], dict[Version, str]]:
            refused = self.remove(bucket, batch)
            return [version for version in batch if version not in refused], refused

        return parallel(remove, batches(self.versions(bucket)))

    def end_uploads(self, bucket: str) -> Iterator[int]:
        for _done in parallel(lambda upload: self.abort(bucket, upload), self.uploads(bucket)):
            yield 1

    def held(self, bucket: str) -> Iterator[tuple[Version, str]]:
        kept = (version for version in self.versions(bucket) if version.kind != "delete_markers")
        checked = parallel(lambda version: (version, self.locked(bucket, version)), kept, waiting=4 * WORKERS)
        return ((version, why) for version, why in checked if why)


class Buckets:
    """The buckets of one store."""

    def __init__(self, store: Store, recreate: bool = False) -> None:
        self._store = store
        self._recreate = recreate

    def targets(self, selection: Selection) -> list[str]:
        if selection.pattern is None:
            return [selection.name or ""]
        matches = glob_regex(selection.pattern).match
        buckets = self._store.buckets()
        recorded = (self._recorded_in(each) for each in buckets if each.startswith(RECORD_PREFIX))
        names = {each for each in buckets if not each.startswith(RECORD_PREFIX)} | {record["name"] for record in recorded if record is not None}
        return sorted(str(name) for name in names if matches(str(name)))

    def read(self, name: str) -> Found | None:
        has_record = self._has_record(name)
        record = self._recorded_in(record_bucket(name)) if has_record else None
        settings = dict(record["settings"]) if record is not None else None
        if not self._store.exists(name):
            return None if settings is None else Found(name, {}, settings, unfinished=True)
        settings = self._store.settings(name) if settings is None else settings
        if "object-lock" in settings:
            self._refuse_locked(name)
        impossible = [each for each in _NOT_RESTORABLE if each in settings] + self._store.hidden(name) if self._recreate else []
        if impossible:
            advice = "Leave recreate out: the bucket is then emptied, and keeps it."
            raise OperationError("recreate the bucket", self._on(name), f"its {', '.join(impossible)} cannot be read by this user, or not be put back", advice)
        counts = self._counted(name)
        counts["uploads"] += sum(1 for _upload in self._store.uploads(name))
        return Found(name, dict(+counts), settings, unfinished=has_record)

    def _counted(self, name: str) -> Counter[str]:
        """Versions by kind."""
        progress = Progress(f"reset of {name}")
        counts: Counter[str] = Counter()
        for version in self._store.versions(name):
            counts[version.kind] += 1
            progress.say(f"{sum(counts.values())} versions counted")
        return counts

    def empty(self, found: Found) -> Counts:
        removed: Counter[str] = Counter()
        with telling_removed(removed):
            if self._store.exists(found.name):
                self._empty(found.name, removed)
            if self._recreate or self._recorded_in(record_bucket(found.name)) is not None:
                self._replace(found)
            elif found.unfinished:  # killed before the record was written, or after it was removed
                self._store.drop(record_bucket(found.name))
        return +removed

    def _empty(self, name: str, removed: Counter[str]) -> None:
        progress = Progress(f"reset of {name}")
        refused: dict[Version, str] = {}
        for gone, problems in self._store.clear(name):
            removed.update(version.kind for version in gone)
            refused.update(islice(problems.items(), max(0, _NAMED - len(refused))))
            progress.say(f"{sum(removed.values())} versions removed")
        for ended in self._store.end_uploads(name):
            removed["uploads"] += ended
        if refused:
            told = "; ".join(f"{version.key}: {why}" for version, why in refused.items())
            advice = "Everything else was removed. Remove what protects them, then run the reset again."
            raise OperationError("remove the objects", self._on(name), told, advice)

    def _replace(self, found: Found) -> None:
        record = record_bucket(found.name)
        settings = {key: str(value) for key, value in found.kept.items()}
        self._store.create(record, {})
        self._store.write(record, _RECORD, json.dumps({"name": found.name, "settings": settings}))
        self._store.drop(found.name)
        self._store.create(found.name, settings)
        now = self._store.settings(found.name)
        different = sorted(key for key in {*settings, *now} if settings.get(key) != now.get(key))
        if different:
            answered = f"the new bucket does not have the same {', '.join(different)}; the old settings are in the bucket {record}"
            raise OperationError("keep the settings of the bucket", self._on(found.name), answered, "Put them back, or run the reset again.")
        for _gone, _refused in self._store.clear(record):
            pass
        self._store.drop(record)

    def _has_record(self, name: str) -> bool:
        """Whether there is a bucket for a record. Who may not look has none."""
        try:
            return self._store.exists(record_bucket(name))
        except ConnectionLost:
            raise
        except OperationError:
            return False

    def _recorded_in(self, bucket: str) -> dict[str, Any] | None:
        text = self._store.read(bucket, _RECORD)
        return None if text is None else dict(json.loads(text))

    def _refuse_locked(self, name: str) -> None:
        """Nothing is touched when some of it cannot be removed."""
        held = list(islice(self._store.held(name), _NAMED + 1))
        if held:
            told = "; ".join(f"{version.key} ({version.version_id}): {why}" for version, why in held[:_NAMED])
            more = " and more" if len(held) > _NAMED else ""
            advice = "Nothing was touched. Wait until the retention ends, or remove legal hold and retention, then run the reset again."
            raise OperationError("reset the bucket", self._on(name), f"object lock protects {told}{more}", advice)

    def _on(self, name: str) -> str:
        return f"{name} ({self._store.login})"


def record_bucket(name: str) -> str:
    """The bucket that holds the settings of this one while it is dropped and created again."""
    return RECORD_PREFIX + hashlib.sha256(name.encode()).hexdigest()[:24]


def batches(items: Iterable[Item], size: int = _BATCH) -> Iterator[list[Item]]:
    """Lists of at most ``size`` items."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
