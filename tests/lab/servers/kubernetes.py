# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kubernetes cluster of one node, for real: etcd, API server, controllers, kubelet, containerd; all on loopback."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab import files, places, ports, supervision
from lab.errors import LabError
from lab.kubernetes import cgroups, images
from lab.kubernetes.program import PROGRAM
from lab.packages import Requirement
from lab.server import Server
from lab.supervision import Program
from lab.waiting import wait_until

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
    _etcd, _api_server, _controllers, _node = (f"kubernetes-{part}" for part in ("etcd", "apiserver", "controllers", "node"))

    def processes(self) -> tuple[str, ...]:
        return self._etcd, self._api_server, self._controllers, self._node

    def validate(self) -> None:
        if not places.is_root():
            raise LabError("The lab can start kubernetes only as root: its node makes namespaces, mounts and control groups.")
        running = supervision.running()
        if not running.issuperset(self.processes()):
            PROGRAM.validate()
        if self._node not in running:
            self._let_a_killed_node_end()

    def fetch(self) -> None:
        PROGRAM.ensure()

    def prepare(self, processes: Sequence[str]) -> list[Program]:
        from lab.kubernetes import control_plane, node, pki

        files.private_directory(places.home_of(self.name))
        pki.create(self._pki(), self._api())
        shutil.copyfile(self._pki() / "administrator.kubeconfig", files.write(self._kubeconfig(), ""))
        etcd_data = files.private_directory(places.home_of(self._etcd)) / "data"
        programs = {
            self._etcd: lambda name: Program(name, control_plane.etcd(name, self._pki(), etcd_data)),
            self._api_server: lambda name: Program(name, control_plane.api_server(name, self._pki(), self._etcd)),
            self._controllers: lambda name: Program(name, control_plane.controllers(self._pki())),
            self._node: lambda name: node.prepare(name, self._pki()),
        }
        return [programs[process](process) for process in processes]

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

    def _let_a_killed_node_end(self) -> None:
        """The kernel takes a moment to end all that was in its namespaces; its ports are not a stranger's meanwhile."""
        with contextlib.suppress(LabError):
            wait_until("the ports of the node are free", self._held_ports, 5)

    def _held_ports(self) -> str | None:
        return ", ".join(str(port) for port in ports.of(self._node).values() if not ports.is_free(port)) or None

    def request(self, method: str, path: str, body: str | None = None, server: str | None = None) -> tuple[int, str]:
        """As administrator, to the API server unless another is named: status and text of the answer. The official client takes most of a
        second to import, and this is asked again and again."""
        trusted = ssl.create_default_context(cafile=self._pki() / "ca.crt")
        trusted.load_cert_chain(self._pki() / "administrator.crt", self._pki() / "administrator.key")
        connection = http.client.HTTPSConnection(server or self._api(), timeout=5, context=trusted)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def _ask(self, path: str, server: str | None = None) -> str:
        status, text = self.request("GET", path, server=server)
        if status != http.HTTPStatus.OK:
            raise LabError(f"GET {path}: {status} {' '.join(text.split())[:300]}")
        return text

    def _api(self) -> str:
        return f"{ports.HOST}:{ports.of(self._api_server)['https']}"

    def _kubelet(self) -> str:
        return f"{ports.HOST}:{ports.of(self._node)['kubelet']}"

    def _pki(self) -> Path:
        return places.home_of(self.name) / "pki"

    def _kubeconfig(self) -> Path:
        return places.home_of(self.name) / "kubeconfig"


SERVER = Kubernetes()
