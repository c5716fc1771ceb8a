# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go, and the programs that no package holds: built from source once, cached by version, shared by all checkouts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from lab import commands, places
from lab.errors import LabError
from lab.packages import Requirement
from lab.say import say

OLDEST_GO = (1, 24)
BUILD_SECONDS = 3600
TELL_EVERY_SECONDS = 15


class Build:
    """A program in the cache. `arguments` are those of the go tool; "{output}" in them is the directory to fill."""

    def __init__(self, name: str, version: str, arguments: Sequence[str], source: Path | None = None, usually: str = "some minutes") -> None:
        self.name = name
        self._version = version
        self._arguments = arguments
        self._source = source
        self._usually = usually

    @classmethod
    def of_module(cls, name: str, module: str, version: str) -> Build:
        """What `go install MODULE@VERSION` makes."""
        return cls(name, version, ["install", "-trimpath", "-p=2", "-ldflags=-s -w", f"{module}@{version}"])

    @property
    def directory(self) -> Path:
        return places.cache() / f"{self.name}-{self._version}"

    @property
    def path(self) -> Path:
        return self.directory / self.name

    def is_built(self) -> bool:
        return self.path.exists()

    def requirement(self) -> Requirement:
        return Requirement("golang-go", lambda: self.is_built() or _found_again())

    def validate(self) -> None:
        """Before anything is touched: is there a Go to build it with, or can one be installed?"""
        if self.is_built() or go() or (_may_install() and _offered_by_apt() >= OLDEST_GO):
            return
        oldest = ".".join(map(str, OLDEST_GO))
        raise LabError(
            f"{self.name} is built from source once, which needs Go {oldest} or newer. None was found on PATH or in "
            "/usr/local/go, and the package manager of this machine offers none that is new enough. Nothing was "
            "started. Install Go, or put its bin directory on PATH, and call again."
        )

    def ensure(self) -> Path:
        """Built beside and renamed, so that a killed build leaves no half program. The caller holds the lab's lock."""
        if self.is_built():
            return self.path
        self.validate()
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{self.name}-", dir=self.directory.parent))
        say(f"{self.name}: building it into {self.directory} (once, {self._usually}) ...")
        try:
            with _telling(self.name):
                self._run(draft)
            draft.chmod(0o755)
            shutil.rmtree(self.directory, ignore_errors=True)
            draft.rename(self.directory)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return self.path

    def _run(self, draft: Path) -> None:
        where = ["-C", str(self._source)] if self._source else []
        words = [word.replace("{output}", str(draft)) for word in self._arguments]
        # Other work on the machine goes first. A statically linked program also runs in an empty container.
        own = {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "GOBIN": str(draft)}
        commands.run(
            f"build {self.name}", ["nice", "-n", "10", go() or "go", words[0], *where, *words[1:]],
            places.logs() / f"go-{self.name}.log", env=os.environ | own, seconds=BUILD_SECONDS,
        )  # fmt: skip


@cache
def go() -> str | None:
    """Path of a Go that is new enough."""
    candidates = [found for found in (shutil.which("go"),) if found]
    candidates += [str(path) for path in (Path("/usr/local/go/bin/go"), *sorted(Path("/usr/lib").glob("go-*/bin/go")))]
    return next((path for path in candidates if _version(path) >= OLDEST_GO), None)


def _found_again() -> bool:
    go.cache_clear()  # it may just have been installed
    return go() is not None


def _version(path: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([path, "version"], capture_output=True, text=True, cwd="/", timeout=30, check=False).stdout
    except OSError:
        return ()
    return _numbers(r"\bgo(\d+)\.(\d+)", said)


def _may_install() -> bool:
    return places.is_root() and shutil.which("apt-cache") is not None


def _offered_by_apt() -> tuple[int, ...]:
    candidate = r"Candidate: (?:\d+:)?(\d+)\.(\d+)"
    offered = _numbers(candidate, _apt_policy())
    if not offered:  # a fresh machine has no package lists yet
        commands.run("read the package lists", ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "update"], places.logs() / "apt.log")
        offered = _numbers(candidate, _apt_policy())
    return offered


def _apt_policy() -> str:
    return subprocess.run(
        ["apt-cache", "policy", "golang-go"], capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"}, timeout=60, check=False
    ).stdout


def _numbers(pattern: str, text: str) -> tuple[int, ...]:
    found = re.search(pattern, text)
    return tuple(map(int, found.groups())) if found else ()


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """A build says nothing for minutes: a line every now and then shows that it goes on."""
    began, ended = time.monotonic(), threading.Event()

    def tell() -> None:
        while not ended.wait(TELL_EVERY_SECONDS):
            say(f"{name}: still building after {time.monotonic() - began:.0f} s ...")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
    say(f"{name}: built in {time.monotonic() - began:.0f} s")
