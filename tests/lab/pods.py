# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods for tests, in a namespace of their own on the lab's cluster, which must run. See README.md.

    with pods.namespace() as space:
        database = space.run(pods.mariadb("orders"))
        database.execute(["sh", "-c", "exit 7"]).code  # 7
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from kubernetes import client as kubernetes_client
from kubernetes import config, utils
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import portforward, stream

from lab import api, files
from lab.errors import LabError
from lab.kubernetes import pki
from lab.kubernetes.databases import (
    clickhouse,
    host_shell,
    mariadb,
    minio,
    operator,
    postgresql,
    redis,
    redis_cluster,
    secure_cockroachdb,
    shell,
)
from lab.kubernetes.descriptions import Description, Login
from lab.kubernetes.kafka import kafka
from lab.waiting import wait_until

__all__ = [
    "Description",
    "Done",
    "Login",
    "Pod",
    "Space",
    "clickhouse",
    "host_shell",
    "kafka",
    "mariadb",
    "minio",
    "namespace",
    "operator",
    "postgresql",
    "redis",
    "redis_cluster",
    "rule",
    "secure_cockroachdb",
    "shell",
]

READY_SECONDS = 120
EXECUTE_SECONDS = 60
HOPELESS = ("CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "ErrImageNeverPull", "RunContainerError")
ERROR_CHANNEL = 3
_create: Any = utils.create_from_dict  # these two are untyped
_connect: Any = config.new_client_from_config


@dataclass(frozen=True)
class Done:
    """How a command in a container ended."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Pod:
    """One pod that runs, and the login of its administrator if it is a database."""

    space: Space = field(repr=False)
    name: str
    container: str
    labels: Mapping[str, str]
    login: Login | None = None
    port: int | None = None

    @property
    def namespace(self) -> str:
        return self.space.name

    def execute(self, command: Sequence[str], stdin: str | None = None, container: str | None = None, seconds: float = EXECUTE_SECONDS) -> Done:
        """Run a command to its end. A shell command without the end of stdin (`cat`) wants a client that can close it."""
        client = self.space.client()  # stream() changes the client for as long as it runs
        running = stream(
            client.connect_get_namespaced_pod_exec, self.name, self.namespace, container=container or self.container,
            command=list(command), stdin=stdin is not None, stdout=True, stderr=True, tty=False, _preload_content=False,
        )  # fmt: skip
        try:
            if stdin is not None:
                running.write_stdin(stdin)
                running.close_channel(0)
            running.run_forever(timeout=seconds)
            if running.is_open():
                raise LabError(f"{list(command)} in pod {self.name} did not end within {seconds:.0f} s.")
            output, errors = running.read_stdout(timeout=0), running.read_stderr(timeout=0)
            return Done(_exit_code(running.read_channel(ERROR_CHANNEL)), output or "", errors or "")
        finally:
            running.close()

    @contextmanager
    def forward(self, port: int | None = None) -> Iterator[Any]:
        """A socket to a port in the pod, by default that of its server."""
        wanted = port or self.port
        if wanted is None:
            raise LabError(f"Pod {self.name} has no port of its own: name one.")
        forwarded = portforward(
            self.space.client().connect_get_namespaced_pod_portforward, self.name, self.namespace, ports=str(wanted)
        )
        connection = forwarded.socket(wanted)
        connection.settimeout(EXECUTE_SECONDS)
        try:
            yield connection
        finally:
            # In this order, or the client's thread dies of data that nobody has read.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass
            forwarded.close()


class Space:
    """A namespace and what is in it. `core` is the official client, for whatever is not offered here."""

    def __init__(self, name: str, kubeconfig: str) -> None:
        self.name = name
        self.kubeconfig = kubeconfig
        self.core = self.client()

    def client(self) -> Any:
        return kubernetes_client.CoreV1Api(self._connection())

    def run(self, description: Description) -> Pod:
        """Create it and wait until it is Ready (merely running, if it is never to become Ready)."""
        return self.run_all(description)[0]

    def run_all(self, *descriptions: Description) -> list[Pod]:
        """All at once, which is faster; the pods in the order of the descriptions, replicas one after the other."""
        for description in descriptions:
            _create(self._connection(), {"kind": "List", "items": description.objects()}, namespace=self.name)
        return [pod for description in descriptions for pod in self._wait(description)]

    def pods(self, selector: str = "") -> list[Any]:
        found: list[Any] = self.core.list_namespaced_pod(self.name, label_selector=selector).items
        return sorted(found, key=lambda pod: str(pod.metadata.name))

    def secret(self, name: str, content: Mapping[str, str]) -> None:
        self.core.create_namespaced_secret(self.name, {"metadata": {"name": name}, "stringData": dict(content)})

    def account(self, name: str, rules: Sequence[Mapping[str, Any]], directory: Path) -> Path:
        """A ServiceAccount that may do what the rules say, in this namespace only; the kubeconfig to be it."""
        meta = {"metadata": {"name": name, "namespace": self.name}}
        subject = {"kind": "ServiceAccount", "name": name, "namespace": self.name}
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name}
        rights: Any = kubernetes_client.RbacAuthorizationV1Api(self._connection())
        self.core.create_namespaced_service_account(self.name, meta)
        rights.create_namespaced_role(self.name, meta | {"rules": [dict(each) for each in rules]})
        rights.create_namespaced_role_binding(self.name, meta | {"roleRef": role, "subjects": [subject]})
        token = self.core.create_namespaced_service_account_token(name, self.name, {"spec": {"expirationSeconds": 86400}}).status.token
        server = self.core.api_client.configuration
        text = pki.kubeconfig(
            str(server.host).removeprefix("https://"), Path(str(server.ssl_ca_cert)).read_bytes(), {"token": token}, self.name
        )
        return files.write(directory / f"{name}.kubeconfig", text)

    def delete(self, wait: bool = True) -> None:
        """The namespace with all that is in it. Its databases need not end in order."""
        try:
            for pod in self.pods():
                self.core.delete_namespaced_pod(pod.metadata.name, self.name, grace_period_seconds=0)
            self.core.delete_namespace(self.name)
        except ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        if wait:
            wait_until(f"namespace {self.name} is gone", self._remains, 120)

    def _wait(self, description: Description) -> list[Pod]:
        try:
            wait_until(f"{description.name} is ready", lambda: self._unready(description), READY_SECONDS)
        except LabError as error:
            raise LabError(f"{error}\n{self._tell(description)}") from None
        pods = [
            Pod(self, pod.metadata.name, description.container, dict(pod.metadata.labels), description.login, description.port)
            for pod in self._pods_of(description)
        ]
        if description.environment.get("REDIS_CLUSTER") == "yes":
            self._make_cluster(pods)
        return pods

    def _unready(self, description: Description) -> str | None:
        pods = self._pods_of(description)
        if len(pods) != description.replicas:
            return f"{len(pods)} of {description.replicas} pods"
        return next((seen for pod in pods if (seen := self._pod_unready(pod, description.ready))), None)

    def _pod_unready(self, pod: Any, ready: bool) -> str | None:
        name, statuses = pod.metadata.name, pod.status.container_statuses or []
        for status in statuses:
            waiting = status.state.waiting
            if waiting and waiting.reason in HOPELESS:
                raise LabError(f"Pod {name}: {waiting.reason}: {waiting.message}")
        if not statuses or not all(status.ready if ready else status.state.running for status in statuses):
            return f"pod {name} is {pod.status.phase}"
        return None

    def _pods_of(self, description: Description) -> list[Any]:
        if description.kind == "Pod":
            return [self.core.read_namespaced_pod(description.name, self.name)]
        return [pod for pod in self.pods(f"streamops.lab/workload={description.name}") if not pod.metadata.deletion_timestamp]

    def _tell(self, description: Description) -> str:
        """Why it may be that it does not become ready."""
        told = []
        for pod in self._pods_of(description):
            events = self.core.list_namespaced_event(self.name, field_selector=f"involvedObject.name={pod.metadata.name},type=Warning").items
            told += [f"{pod.metadata.name}: {event.reason}: {event.message}" for event in events]
            try:
                log = self.core.read_namespaced_pod_log(pod.metadata.name, self.name, container=description.container, tail_lines=20)
            except ApiException as error:
                log = f"(no log: {error.reason})"
            told.append(f"Its log ends with:\n{log}")
        return "\n".join(told)

    def _make_cluster(self, pods: Sequence[Pod]) -> None:
        """Once they run: the slots are shared out, and each node hears of the others."""
        addresses = [f"{pod.status.pod_ip}:6379" for pod in self.pods() if pod.metadata.name in {each.name for each in pods}]
        create = f'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli --cluster create {" ".join(addresses)} --cluster-yes'
        done = pods[0].execute(["bash", "-c", create])
        if done.code:
            raise LabError(f"Failed to make a Redis cluster of {', '.join(pod.name for pod in pods)}: {done.output}{done.errors}")
        ask = 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli CLUSTER INFO'
        for pod in pods:

            def state(pod: Pod = pod) -> str | None:
                seen = pod.execute(["bash", "-c", ask]).output
                return None if "cluster_state:ok" in seen else seen

            wait_until(f"{pod.name} is a member of the cluster", state, 30)

    def _remains(self) -> str | None:
        try:
            seen = self.core.read_namespace(self.name)
        except ApiException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return f"{seen.status.phase}, {len(self.pods())} pods"

    def _connection(self) -> Any:
        return _connect(self.kubeconfig)


@contextmanager
def namespace(name: str | None = None) -> Iterator[Space]:
    """A new namespace, deleted at the end without waiting for it."""
    space = Space(name or f"t-{secrets.token_hex(4)}", api.endpoints("kubernetes")["KUBECONFIG"])
    space.core.create_namespace({"metadata": {"name": space.name}})
    try:
        wait_until(f"namespace {space.name} has its ServiceAccount", lambda: _absent(space), 30)
        yield space
    finally:
        space.delete(wait=False)


def rule(resource: str, *verbs: str, group: str = "") -> dict[str, list[str]]:
    """One rule of a Role: rule("pods/exec", "create", "get")."""
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}


def _absent(space: Space) -> str | None:
    try:
        space.core.read_namespaced_service_account("default", space.name)
    except ApiException as error:
        return str(error.reason)
    return None


def _exit_code(status: str) -> int:
    """What the API server says in the end. A command that is not there is told by a text without a number."""
    said = json.loads(status)
    if said["status"] == "Success":
        return 0
    causes = said.get("details", {}).get("causes", [])
    code = next((cause["message"] for cause in causes if cause.get("reason") == "ExitCode"), None)
    if code is None:
        raise LabError(f"The command was not run: {said.get('message')}")
    return int(code)
