# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod is to be, in few words, and the Kubernetes objects that this means."""

from __future__ import annotations

import pwd
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lab.kubernetes import images
from lab.kubernetes.pki import NODE

Object = dict[str, Any]
LONGEST_START_SECONDS = 120


@dataclass(frozen=True)
class Login:
    """The administrator of a database, and under which keys of which Secret he stands."""

    secret: str
    username: str
    password: str = field(repr=False)
    username_key: str = "username"
    password_key: str = "password"


@dataclass(frozen=True)
class _Volume:
    name: str
    path: str  # in the pod
    source: Object
    read_only: bool = True


@dataclass(frozen=True)
class Description:
    name: str
    container: str
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["Pod", "StatefulSet", "Deployment"] = "Pod"  # who owns the pod; the names of the last two differ from `name`
    replicas: int = 1
    image: str = images.BUSYBOX
    command: tuple[str, ...] = images.FOREVER
    user: str | None = None  # an account of the host; root otherwise
    environment: Mapping[str, str] = field(default_factory=dict)
    login: Login | None = None
    password_variable: str | None = None  # environment variable that holds the password, from the Secret
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)  # directory -> relative path -> content, from Secrets
    host_paths: Mapping[str, str] = field(default_factory=dict)  # path in the pod -> on the host, read-only
    scratch: tuple[str, ...] = ()  # directories that may be written; they survive the container, not the pod
    probe: str | None = None  # a command for bash that succeeds as soon as it is started up; None: at once
    ready: bool = True  # False: a pod that never becomes Ready
    sidecar: str | None = None  # a second container of this name, which only sleeps
    host_network: bool = False
    port: int | None = None  # where the server listens, on the pod's loopback

    def objects(self) -> list[Object]:
        """Secrets first, because the pod needs them."""
        return [*self._secrets(), self._workload()]

    def _workload(self) -> Object:
        labels = dict(self.labels) or {"app": self.name}
        template = {"metadata": {"labels": labels}, "spec": self._pod()}
        if self.kind == "Pod":
            return {"apiVersion": "v1", "kind": "Pod"} | template | {"metadata": {"name": self.name, "labels": labels}}
        # Pods are told apart by a label of our own: those that a test gives may be anybody's.
        own = {"streamops.lab/workload": self.name}
        template["metadata"] = {"labels": labels | own}
        spec: Object = {"replicas": self.replicas, "selector": {"matchLabels": own}, "template": template}
        if self.kind == "StatefulSet":
            spec |= {"serviceName": self.name, "podManagementPolicy": "Parallel"}
        else:
            spec |= {"strategy": {"type": "Recreate"}}
        return {"apiVersion": "apps/v1", "kind": self.kind, "metadata": {"name": self.name, "labels": labels}, "spec": spec}

    def _pod(self) -> Object:
        containers = [self._container()]
        if self.sidecar:
            containers.append({"name": self.sidecar, "image": images.BUSYBOX, "imagePullPolicy": "Never", "command": list(images.FOREVER)})
        spec: Object = {
            "nodeName": NODE,  # there is no scheduler
            "terminationGracePeriodSeconds": 1,
            "dnsPolicy": "Default",  # there are no names to resolve
            "enableServiceLinks": False,
            "automountServiceAccountToken": False,
            "hostNetwork": self.host_network,
            "containers": containers,
            "volumes": [{"name": volume.name, **volume.source} for volume in self._volumes()],
        }
        if self.user:
            account = pwd.getpwnam(self.user)
            spec["securityContext"] = {"runAsUser": account.pw_uid, "runAsGroup": account.pw_gid}
        return spec

    def _container(self) -> Object:
        variables: list[Object] = [{"name": name, "value": value} for name, value in self.environment.items()]
        variables.append({"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}})
        if self.login and self.password_variable:
            reference = {"name": self.login.secret, "key": self.login.password_key}
            variables.append({"name": self.password_variable, "valueFrom": {"secretKeyRef": reference}})
        container: Object = {
            "name": self.container,
            "image": self.image,
            "imagePullPolicy": "Never",
            "command": list(self.command),
            "env": variables,
            "volumeMounts": [
                {"name": volume.name, "mountPath": volume.path, "readOnly": volume.read_only} for volume in self._volumes()
            ],
        }
        if self.probe:
            # Asked until it succeeds, and then no more: on two cores the probes of ten pods would be felt.
            command = {"exec": {"command": ["/bin/bash", "-c", self.probe]}}
            container["startupProbe"] = command | {"periodSeconds": 1, "timeoutSeconds": 60, "failureThreshold": LONGEST_START_SECONDS}
        if not self.ready:
            container["readinessProbe"] = {"exec": {"command": ["/bin/sh", "-c", "exit 1"]}, "periodSeconds": 5}
        return container

    def _volumes(self) -> list[_Volume]:
        secrets = [
            {"secretName": self._secret_of(n), "defaultMode": 0o555, "items": _items(content)} for n, content in enumerate(self.files.values())
        ]
        return [
            *(_Volume(f"host-{n}", path, {"hostPath": {"path": source}}) for n, (path, source) in enumerate(self.host_paths.items())),
            *(_Volume(f"scratch-{n}", path, {"emptyDir": {}}, read_only=False) for n, path in enumerate(self.scratch)),
            *(_Volume(f"files-{n}", path, {"secret": secrets[n]}) for n, path in enumerate(self.files)),
        ]

    def _secrets(self) -> list[Object]:
        contents = [(self._secret_of(n), {_key(name): text for name, text in content.items()}) for n, content in enumerate(self.files.values())]
        if self.login:
            login = {self.login.username_key: self.login.username, self.login.password_key: self.login.password}
            contents.append((self.login.secret, login))
        return [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content} for name, content in contents]

    def _secret_of(self, number: int) -> str:
        return f"{self.name}-files-{number}"


def _items(content: Mapping[str, str]) -> list[Object]:
    return [{"key": _key(path), "path": path} for path in content]


def _key(path: str) -> str:
    """Keys of a Secret know no directories."""
    return path.replace("/", "..")
