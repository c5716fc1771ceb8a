# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container images without a registry: two small OCI archives, written here and imported by the node.

`busybox` is a shell with the usual small tools; it also holds each pod's namespaces open. `host` has the directories
of a root file system and nothing in them: with the host's /usr and /etc mounted, whatever is installed on the machine
(database servers and their clients) runs in a pod, and no image of it has to be had.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from lab.errors import LabError
from lab.packages import Requirement

BUSYBOX = "localhost/lab/busybox:1"
HOST = "localhost/lab/host:1"
DIRECTORIES = ("data", "dev", "etc", "home", "opt", "proc", "root", "run", "sys", "usr", "var", "var/lib", "var/log")
OPEN_DIRECTORIES = ("tmp", "var/tmp")
FOREVER = ("/bin/sleep", "2147483647")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MEDIA = "application/vnd.oci.image"
Entry = tuple[tarfile.TarInfo, bytes]


def busybox() -> Path | None:
    """One that is linked statically, because it has to run in an image that holds nothing else."""
    found = shutil.which("busybox", path="/bin:/usr/bin")
    return Path(found) if found and b"/ld-" not in Path(found).read_bytes()[:8192] else None


REQUIREMENT = Requirement("busybox-static", lambda: busybox() is not None)


def write(directory: Path) -> None:
    """Both archives, into this directory."""
    for name, reference, entries in (("busybox", BUSYBOX, _busybox_entries()), ("host", HOST, _host_entries())):
        draft = directory / f".{name}.tar"
        _archive(draft, reference, entries)
        draft.rename(directory / f"{name}.tar")


def _busybox_entries() -> list[Entry]:
    program = busybox()
    if program is None:
        raise LabError("A statically linked busybox was not found.")
    tools = subprocess.run([program, "--list"], capture_output=True, text=True, timeout=30, check=True).stdout.split()
    return [
        *_directories(("bin", *DIRECTORIES), OPEN_DIRECTORIES),
        _file("bin/busybox", program.read_bytes(), 0o755),
        _file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n", 0o644),
        _file("etc/group", b"root:x:0:\nnogroup:x:65534:\n", 0o644),
        *(_link(f"bin/{tool}", "busybox") for tool in tools if tool != "busybox"),
    ]


def _host_entries() -> list[Entry]:
    """Where the host has /bin as a link into /usr, the image has it too."""
    links = [_link("var/run", "/run")]
    links += [_link(path.name, os.readlink(path)) for path in sorted(Path("/").iterdir()) if path.is_symlink() and "usr/" in os.readlink(path)]
    return [*_directories(DIRECTORIES, OPEN_DIRECTORIES), *links]


def _archive(path: Path, reference: str, entries: Iterable[Entry]) -> None:
    layer = _tar(entries)
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    target = {"architecture": architecture, "os": "linux"}
    configuration = _json(
        target
        | {"config": {"Env": [f"PATH={PATH}"], "Cmd": FOREVER, "WorkingDir": "/"}}
        | {"rootfs": {"type": "layers", "diff_ids": [_digest(layer)]}}
    )
    manifest = _json({
        "schemaVersion": 2,
        "mediaType": f"{MEDIA}.manifest.v1+json",
        "config": _described(configuration, f"{MEDIA}.config.v1+json"),
        "layers": [_described(layer, f"{MEDIA}.layer.v1.tar")],
    })
    names = {"io.containerd.image.name": reference, "org.opencontainers.image.ref.name": reference.rpartition(":")[2]}
    index = _json({
        "schemaVersion": 2,
        "manifests": [_described(manifest, f"{MEDIA}.manifest.v1+json") | {"annotations": names, "platform": target}],
    })
    blobs = (_file(f"blobs/{_digest(blob).replace(':', '/')}", blob, 0o644) for blob in (configuration, layer, manifest))
    layout = _file("oci-layout", _json({"imageLayoutVersion": "1.0.0"}), 0o644)
    path.write_bytes(_tar([layout, _file("index.json", index, 0o644), *blobs]))


def _tar(entries: Iterable[Entry]) -> bytes:
    """Nothing of the machine gets in, neither owners nor times: the same content has the same digest."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for information, content in entries:
            archive.addfile(information, io.BytesIO(content))
    return buffer.getvalue()


def _directories(closed: Iterable[str], opened: Iterable[str]) -> list[Entry]:
    return [(_information(name, tarfile.DIRTYPE, mode), b"") for names, mode in ((closed, 0o755), (opened, 0o1777)) for name in names]


def _file(name: str, content: bytes, mode: int) -> Entry:
    information = _information(name, tarfile.REGTYPE, mode)
    information.size = len(content)
    return information, content


def _link(name: str, target: str) -> Entry:
    information = _information(name, tarfile.SYMTYPE, 0o777)
    information.linkname = target
    return information, b""


def _information(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    information = tarfile.TarInfo(name)
    information.type, information.mode = kind, mode
    return information


def _described(blob: bytes, media: str) -> dict[str, object]:
    return {"mediaType": media, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
