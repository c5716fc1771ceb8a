# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kubernetes cluster of one node, for real: etcd, API server, controllers, kubelet, containerd; all on loopback."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import files, places, ports
from lab.errors import LabError
from lab.kubernetes import cgroups, images
from lab.kubernetes.program import PROGRAM
from lab.packages import Requirement
from lab.server import Server
from lab.supervision import Program

NODE = "127.0.0.1"


class Kubernetes(Server):
    name = "kubernetes"
    requirements = (
        PROGRAM.requirement(),
        Requirement("containerd", lambda: shutil.which("containerd") is not None and shutil.which("ctr") is not None),
        Requirement("runc", lambda: shutil.which("runc", path="/usr/sbin:/usr/bin:/sbin") is not None),
        Requirement("iproute2", lambda: shutil.which("ip", path="/usr/sbin:/usr/bin:/sbin") is not None),
        images.REQUIREMENT,
    )
    ready_seconds = 180

    def processes(self) -> tuple[str, ...]:
        return tuple(f"{self.name}-{part}" for part in ("etcd", "apiserver", "controllers", "node"))

    def validate(self) -> None:
        if not places.is_root():
            raise LabError("The lab can start kubernetes only as root: its node makes namespaces, mounts and control groups.")
        PROGRAM.validate()

    def fetch(self) -> None:
        PROGRAM.ensure()

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        from lab.kubernetes import control_plane, node, pki

        files.private_directory(places.home_of(self.name))
        pki.create(self._pki(), self._api())
        shutil.copyfile(self._pki() / "administrator.kubeconfig", files.write(self._kubeconfig(), ""))
        etcd, apiserver, controllers, worker = self.processes()
        data = files.private_directory(places.home_of(etcd)) / "data"
        programs = {
            etcd: lambda: Program(etcd, control_plane.etcd(etcd, self._pki(), data)),
            apiserver: lambda: Program(apiserver, control_plane.api_server(apiserver, self._pki(), etcd)),
            controllers: lambda: Program(controllers, control_plane.controllers(self._pki())),
            worker: lambda: node.prepare(worker, self._pki()),
        }
        return [programs[process]() for process in processes]

    def check(self) -> str | None:
        """The node is Ready and its kubelet answers, and the account that pods run as is there."""
        try:
            self._ask("/readyz")
            conditions = json.loads(self._ask(f"/api/v1/nodes/{NODE}"))["status"].get("conditions", [])
            ready: dict[str, Any] = next((each for each in conditions if each["type"] == "Ready"), {})
            if ready.get("status") != "True":
                return f"the node is not Ready: {ready.get('message', 'no condition yet')}"
            self._ask("/api/v1/namespaces/default/serviceaccounts/default")
            self._ask("/healthz", self._kubelet())  # the condition may be that of a node which died
        except (OSError, http.client.HTTPException, LabError) as error:
            return str(error)
        return None

    def clean(self) -> None:
        cgroups.remove()

    def endpoints(self) -> dict[str, str]:
        return {"KUBECONFIG": str(self._kubeconfig()), "LAB_KUBERNETES_API": self._api()}

    def _ask(self, path: str, server: str | None = None) -> str:
        """As administrator, the API server unless another is named. The official client takes most of a second to import, and this is asked again and again."""
        trusted = ssl.create_default_context(cafile=self._pki() / "ca.crt")
        trusted.load_cert_chain(self._pki() / "administrator.crt", self._pki() / "administrator.key")
        connection = http.client.HTTPSConnection(server or self._api(), timeout=5, context=trusted)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise LabError(f"GET {path}: {answer.status} {' '.join(text.split())[:300]}")
        return text

    def _api(self) -> str:
        return f"{ports.HOST}:{ports.of(self.processes()[1])['https']}"

    def _kubelet(self) -> str:
        return f"{ports.HOST}:{ports.of(self.processes()[3])['kubelet']}"

    def _pki(self) -> Path:
        return places.home_of(self.name) / "pki"

    def _kubeconfig(self) -> Path:
        return places.home_of(self.name) / "kubeconfig"


SERVER = Kubernetes()
