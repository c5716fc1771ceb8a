# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images of the stack: busybox, this machine's Java with the libraries it wants, and the jars of one Kafka.

They carry Confluent's version numbers and obey Confluent's environment variables (see files/run), but are not Confluent's.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from lab import java, places
from lab.errors import LabError
from lab.kubernetes import images as machine_images
from lab.say import say
from lab.swarm import archive
from lab.swarm.archive import Image, Layer
from lab.zookeeper_kafka import NEW, OLD, RELEASES

FILES = Path(__file__).with_name("files")
TAGS = {OLD: "7.1.1", NEW: "7.7.1"}  # the Confluent Platform that holds this Kafka
REPOSITORY = "localhost/lab"  # Swarm asks for images that it has, too: a registry that nobody else answers for
KINDS = ("zookeeper", "kafka", "connect")
# An image that is there and whose process ends at once, for tests of a broker that does not come back.
BROKEN = f"{REPOSITORY}/kafka:{TAGS[NEW]}-broken"
_JAVA_HOME = "opt/java"
_NOT_NEEDED = (".debuginfo", "src.zip", "ct.sym", "classes_nocoops.jsa")


def reference(kind: str, release: str = OLD) -> str:
    return f"{REPOSITORY}/{kind}:{TAGS[release]}"


def ensure() -> Path:
    """The archive with all images, written once."""
    found = _path()
    if found.exists():
        return found
    say(f"Writing the images of swarm into {found} (once) ...")
    found.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".swarm-images-", dir=found.parent) as draft:
        directory = Path(draft)
        _write(directory)
        (directory / "images.tar").rename(found)
    return found


def _write(directory: Path) -> None:
    base = _base_layer(directory / "base.tar")
    start = _start_layer(directory / "start.tar")
    described = []
    for release, pom in RELEASES.items():
        jars = _jars_layer(directory / f"{release}.tar", java.libraries(pom))
        environment = {"PATH": f"/{_JAVA_HOME}/bin:{machine_images.PATH}", "LAB_RELEASE": TAGS[release]}
        described += [Image((reference(kind, release),), (base, start, jars), environment, ("/usr/local/bin/run", kind)) for kind in KINDS]
    described.append(Image((BROKEN,), (base, start), {"PATH": machine_images.PATH}, ("/bin/false",)))
    archive.write(directory / "images.tar", described)


def _base_layer(path: Path) -> Path:
    busybox, runtime = machine_images.busybox(), _java_home()
    if busybox is None:
        raise LabError("A statically linked busybox was not found.")
    tools = subprocess.run([busybox, "--list"], capture_output=True, text=True, timeout=30, check=True).stdout.split()
    programs = [file for file in _files_of(runtime) if file.suffix == ".so" or file == runtime / "bin/java"]
    with Layer(path) as layer:
        for name, mode in {"dev": 0o755, "proc": 0o755, "sys": 0o755, "run": 0o755, "tmp": 0o1777, "etc": 0o755}.items():
            layer.directory(name, mode)
        layer.copy("bin/busybox", busybox)
        for tool in tools:
            if tool != "busybox":
                layer.link(f"bin/{tool}", "busybox")
        layer.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
        layer.file("etc/group", b"root:x:0:\n")
        for file in _files_of(runtime):
            layer.copy(f"{_JAVA_HOME}/{file.relative_to(runtime)}", file)
        for library in _libraries_of(programs):
            layer.copy(str(library).lstrip("/"), library)
    return path


def _start_layer(path: Path) -> Path:
    with Layer(path) as layer:
        for file in sorted((FILES / "image").iterdir()):
            layer.file(f"usr/local/bin/{file.name}", file.read_bytes(), archive.EXECUTABLE)
        layer.file("opt/kafka/log4j.properties", java.OLD_LOG_SETTINGS.encode())
    return path


def _jars_layer(path: Path, jars: Path) -> Path:
    with Layer(path) as layer:
        for jar in sorted(jars.glob("*.jar")):
            layer.copy(f"opt/kafka/libs/{jar.name}", jar)
    return path


def _java_home() -> Path:
    found = java.java()
    if found is None:
        raise LabError(f"Java {java.OLDEST_JAVA} or newer was not found.")
    return Path(found).resolve().parents[1]


def _files_of(runtime: Path) -> list[Path]:
    """What a server needs of a Java: its launcher, libraries, settings; links among them lead out of it on Debian."""
    wanted = [runtime / "bin/java", *sorted((runtime / "lib").rglob("*")), *sorted((runtime / "conf").rglob("*"))]
    return [file for file in wanted if file.is_file() and not file.name.endswith(_NOT_NEEDED)]


def _libraries_of(programs: list[Path]) -> list[Path]:
    """The machine's shared libraries under the names by which the loader asks for them."""
    found: set[Path] = set()
    for program in programs:
        listed = subprocess.run(["ldd", program], capture_output=True, text=True, timeout=30, check=False).stdout
        found |= {Path(path) for path in re.findall(r"(?:=> |^\s+)(/\S+) \(0x", listed, re.MULTILINE)}
    return sorted(path for path in found if not path.is_relative_to(_java_home()) and path.exists())


def _path() -> Path:
    """By everything that goes into it."""
    digest = hashlib.sha256(f"{_java_home()} {(_java_home() / 'release').read_text(encoding='utf-8')}".encode())
    for pom in RELEASES.values():
        digest.update((java.POMS / f"{pom}.xml").read_bytes())
    for file in (Path(__file__), Path(archive.__file__), *sorted((FILES / "image").iterdir())):
        digest.update(file.read_bytes())
    return places.cache() / f"swarm-images-{digest.hexdigest()[:12]}.tar"
