# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Goes through everything below a directory, to count it or to remove it.

Only by handles of directories that were opened without following links: whoever swaps a directory for a link in the
meantime is not followed out of the tree. Entries come one by one, so memory depends on the depth and not on the number of
files. A directory of another file system, or that is mounted there, is not entered unless that was asked for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from ..progress import Progress

MOST_LISTED = 50  # of what stays, by name
_MOST_STUCK = 1000  # names to remember in one directory; where there are more, it is not read again
_MOST_READ = 100  # times that one directory is read; somebody who writes faster than this removes is told by the count afterwards
_OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MAY_CHANGE = os.W_OK | os.X_OK


@dataclass(frozen=True)
class FileSystem:
    """Where a directory is. The same file system can be mounted in several places, so its number alone does not tell."""

    device: int
    mount: int | None


@dataclass
class Swept:
    """What was counted, or removed. ``stays`` is what cannot be removed: how many, and the first of them with the reason."""

    files: int = 0
    directories: int = 0
    links: int = 0
    others: int = 0
    bytes: int = 0
    stays: int = 0
    listed: list[dict[str, str]] = field(default_factory=list)

    @property
    def entries(self) -> int:
        return self.files + self.directories + self.links + self.others

    def counts(self) -> dict[str, int]:
        """Every kind that there is. Bytes are the sizes of the files; one with several names counts for each."""
        counts = {"files": self.files, "directories": self.directories, "links": self.links, "other_entries": self.others, "bytes": self.bytes}
        return {kind: number for kind, number in counts.items() if number}

    def add(self, found: os.stat_result) -> None:
        if stat.S_ISREG(found.st_mode):
            self.files += 1
            self.bytes += found.st_size
        elif stat.S_ISLNK(found.st_mode):
            self.links += 1
        elif stat.S_ISDIR(found.st_mode):
            self.directories += 1
        else:
            self.others += 1

    def keep(self, path: str, reason: str) -> None:
        self.stays += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append({"path": _readable(path), "reason": reason})


def count(top: int, crosses: bool, progress: Progress) -> Swept:
    """Everything below the open directory ``top``; ``stays`` says what a removal would not be allowed to."""
    return _Sweep(top, crosses, progress, removes=False).run()


def remove(top: int, crosses: bool, progress: Progress) -> Swept:
    """Remove everything below the open directory ``top``, as far as possible."""
    return _Sweep(top, crosses, progress, removes=True).run()


def open_directory(name: str, parent: int | None = None) -> int:
    """A handle of the directory itself, never of what a link leads to.

    :raises OSError: when it is not there, or is no directory.
    """
    return os.open(name, _OPEN_DIRECTORY, dir_fd=parent)


def file_system_of(handle: int) -> FileSystem:
    """Where this open directory is."""
    return FileSystem(os.fstat(handle).st_dev, _mount_of(handle))


class _Level:
    """One directory on the way down: its handle, and its entries as they come."""

    def __init__(self, handle: int, name: str) -> None:
        self.handle = handle
        self.name = name
        self.own = os.fstat(handle)
        self.entries: Iterator[os.DirEntry[str]] = iter(())
        self.stuck: set[str] = set()
        self.has_changed = False
        self.is_writable: bool | None = None
        self._times_read = 0
        self.read_again()

    @property
    def is_worth_reading_again(self) -> bool:
        return self.has_changed and self._times_read < _MOST_READ and len(self.stuck) < _MOST_STUCK

    def read_again(self) -> None:
        self.has_changed = False
        self._times_read += 1
        self.entries = os.scandir(self.handle)

    def next(self) -> os.DirEntry[str] | None:
        return next((entry for entry in self.entries if entry.name not in self.stuck), None)

    def may_lose(self, owner: int) -> bool:
        """Whether this user may remove an entry of that owner from it."""
        if self.is_writable is None:
            self.is_writable = os.access(".", _MAY_CHANGE, dir_fd=self.handle, effective_ids=True)
        is_shared = bool(self.own.st_mode & stat.S_ISVTX)
        return self.is_writable and (not is_shared or os.geteuid() in (0, owner, self.own.st_uid))

    def close(self) -> None:
        close = getattr(self.entries, "close", None)
        if close is not None:
            close()
        os.close(self.handle)


class _Sweep:
    """One way through the tree, depth first."""

    def __init__(self, top: int, crosses: bool, progress: Progress, removes: bool) -> None:
        self._top = top
        self._home = None if crosses else file_system_of(top)
        self._progress = progress
        self._removes = removes
        self._swept = Swept()
        self._levels: list[_Level] = []

    def run(self) -> Swept:
        with self._all_closed():
            self._levels.append(_Level(os.dup(self._top), ""))
            while self._levels:
                try:
                    entry = self._levels[-1].next()
                    if entry is None:
                        self._end_of_level()
                except OSError as error:  # of reading it; what is done to one entry is answered for there
                    self._give_up(error)
                    continue
                if entry is not None:
                    self._visit(entry)
        return self._swept

    def _give_up(self, error: OSError) -> None:
        """The directory itself can be read no further."""
        level = self._levels.pop()
        level.close()
        self._swept.keep("/".join([*(each.name for each in self._levels[1:]), level.name]) or ".", _answer(error))
        if self._levels:
            self._levels[-1].stuck.add(level.name)

    def _visit(self, entry: os.DirEntry[str]) -> None:
        level = self._levels[-1]
        try:
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(found.st_mode):
                self._enter(entry.name, found)
                return
            if self._removes:
                os.unlink(entry.name, dir_fd=level.handle)
                level.has_changed = True
            elif not level.may_lose(found.st_uid):
                self._keep(entry.name, "the user may not remove anything from its directory")
        except FileNotFoundError:
            return  # somebody else was faster
        except OSError as error:
            self._keep(entry.name, _answer(error))
            return
        self._done(found)

    def _enter(self, name: str, found: os.stat_result) -> None:
        level = self._levels[-1]
        handle = open_directory(name, level.handle)
        if self._home is not None and file_system_of(handle) != self._home:
            os.close(handle)
            self._keep(name, "it is on another file system, or mounted there")
            return
        try:
            self._levels.append(_Level(handle, name))
        except OSError:
            os.close(handle)
            raise
        if not self._removes:
            if not level.may_lose(found.st_uid):
                self._keep(name, "the user may not remove anything from its directory", level)
            self._done(found)

    def _end_of_level(self) -> None:
        """Where entries are removed while they are read, some file systems skip others. So it is read until nothing changes any more."""
        level = self._levels[-1]
        if level.is_worth_reading_again:
            level.read_again()
            return
        self._levels.pop()
        level.close()
        if self._removes and self._levels:
            self._remove_directory(level)

    def _remove_directory(self, level: _Level) -> None:
        parent = self._levels[-1]
        if level.stuck:
            if len(parent.stuck) < _MOST_STUCK:
                parent.stuck.add(level.name)  # what stays in it is listed already
            return
        try:
            os.rmdir(level.name, dir_fd=parent.handle)
        except FileNotFoundError:
            return
        except OSError as error:
            self._keep(level.name, _answer(error))
            return
        parent.has_changed = True
        self._done(level.own)

    def _done(self, found: os.stat_result) -> None:
        self._swept.add(found)
        if self._swept.entries % 1000 == 0:
            self._progress.say(f"{self._swept.entries:,} entries {'removed' if self._removes else 'counted'}")

    def _keep(self, name: str, reason: str, level: _Level | None = None) -> None:
        level = level or self._levels[-1]
        if self._removes and len(level.stuck) < _MOST_STUCK:
            level.stuck.add(name)
        above = self._levels[: self._levels.index(level) + 1]
        self._swept.keep("/".join([*(each.name for each in above[1:]), name]), reason)

    @contextmanager
    def _all_closed(self) -> Iterator[None]:
        try:
            yield
        finally:
            for level in self._levels:
                level.close()


def _mount_of(handle: int) -> int | None:
    """The number of the mount, as far as the system tells."""
    with suppress(OSError), open(f"/proc/self/fdinfo/{handle}", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("mnt_id:"):
                return int(line.split()[1])
    return None


def _answer(error: OSError) -> str:
    return error.strerror or str(error)


def _readable(path: str) -> str:
    """A name may be any bytes; what is no text is shown in escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
