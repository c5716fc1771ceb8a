# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes container images as the archive that `docker load` takes, without a daemon: layers on disk, shared by images."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

EXECUTABLE = 0o755


@dataclass(frozen=True)
class Image:
    """An image by its layers, lowest first."""

    references: tuple[str, ...]
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    command: tuple[str, ...]


class Layer:
    """One layer that is being written. Owners and times of the machine do not get in."""

    def __init__(self, path: Path) -> None:
        self._archive = tarfile.open(path, "w")
        self._directories: set[str] = set()

    def __enter__(self) -> Layer:
        return self

    def __exit__(self, *_error: object) -> None:
        self._archive.close()

    def file(self, name: str, content: bytes, mode: int = 0o644) -> None:
        self._parents_of(name)
        entry = _entry(name, tarfile.REGTYPE, mode)
        entry.size = len(content)
        self._archive.addfile(entry, io.BytesIO(content))

    def copy(self, name: str, source: Path) -> None:
        """The file that `source` is or points to."""
        self._parents_of(name)
        entry = _entry(name, tarfile.REGTYPE, EXECUTABLE if source.stat().st_mode & 0o100 else 0o644)
        entry.size = source.stat().st_size
        with source.open("rb") as stream:
            self._archive.addfile(entry, stream)

    def link(self, name: str, target: str) -> None:
        self._parents_of(name)
        entry = _entry(name, tarfile.SYMTYPE, 0o777)
        entry.linkname = target
        self._archive.addfile(entry)

    def directory(self, name: str, mode: int = 0o755) -> None:
        if name in self._directories or name in ("", "."):
            return
        self._parents_of(name)
        self._directories.add(name)
        self._archive.addfile(_entry(name, tarfile.DIRTYPE, mode))

    def _parents_of(self, name: str) -> None:
        self.directory(str(Path(name).parent))


def write(path: Path, images: Iterable[Image]) -> None:
    """All images into one archive; a layer that several have is in it once."""
    digests: dict[Path, str] = {}
    manifest = []
    with tarfile.open(path, "w") as archive:
        for image in images:
            for layer in image.layers:
                if layer not in digests:
                    digests[layer] = _digest_of(layer)
                    archive.add(layer, arcname=_name(digests[layer]), recursive=False)
            configuration = json.dumps(_configuration(image, [digests[layer] for layer in image.layers])).encode()
            name = f"{hashlib.sha256(configuration).hexdigest()}.json"
            _add(archive, name, configuration)
            manifest.append({"Config": name, "RepoTags": image.references, "Layers": [_name(digests[layer]) for layer in image.layers]})
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _configuration(image: Image, digests: list[str]) -> dict[str, object]:
    return {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Env": [f"{name}={value}" for name, value in image.environment.items()], "Cmd": image.command, "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
    }


def _digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _name(digest: str) -> str:
    return f"{digest}/layer.tar"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = _entry(name, tarfile.REGTYPE, 0o644)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = kind, mode
    return entry
