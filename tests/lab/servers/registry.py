# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Apicurio Registry, which speaks the API of Confluent's Schema Registry below /apis/ccompat/v7. Its schemas are kept in
memory: they are gone when it ends. It has neither TLS nor a login of its own here, see tests/faults/registry_front.py."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from lab import files, java, places, ports
from lab.server import Server
from lab.supervision import Program

POM = "apicurio-2.6.13"
API = "/apis/ccompat/v7"


class Registry(Server):
    name = "registry"
    requirements = (java.JAVA, java.maven_for(POM))

    def processes(self) -> tuple[str, ...]:
        return (self.name,)

    def fetch(self) -> None:
        self._program()

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        home = files.private_directory(places.home_of(self.name))
        settings = (
            f"-Dquarkus.http.host={ports.HOST}", f"-Dquarkus.http.port={self._port()}", f"-Djava.io.tmpdir={home}",
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
        )  # fmt: skip
        program = self._program()
        # The jar names its libraries relative to itself, so the class path is that one jar.
        command = java.command(program, "io.quarkus.runner.GeneratedMain", "256m", options=settings)
        return [Program(self.name, command)]

    def check(self) -> str | None:
        try:
            with urllib.request.urlopen(f"{self._url()}/subjects", timeout=5) as answer:
                json.load(answer)
        except (OSError, ValueError) as error:
            return str(error)
        return None

    def endpoints(self) -> dict[str, str]:
        return {"LAB_REGISTRY_URL": self._url()}

    def _url(self) -> str:
        return f"http://{ports.HOST}:{self._port()}{API}"

    def _port(self) -> int:
        return ports.of(self.name)["http"]

    def _program(self) -> Path:
        """The unpacked archive, beside it in the cache."""
        libraries = java.libraries(POM)
        unpacked = libraries / "unpacked"
        if not unpacked.exists():
            draft = Path(tempfile.mkdtemp(prefix=".unpacked-", dir=libraries))
            try:
                with tarfile.open(next(libraries.glob("*-all.tar.gz"))) as archive:
                    archive.extractall(draft, filter="data")
                draft.rename(unpacked)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        return unpacked


SERVER = Registry()
