# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and updates services of Docker Swarm through the manager's API. The one file that imports docker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import OperationError
from ..module import LibraryMissing
from ..progress import Progress
from ..wait import wait_until
from .services import STACK_IMAGE, Service, Task, Wish, described, has_failed, is_converged, new_env, new_image

try:
    from docker import APIClient
    from docker.errors import APIError, DockerException, NotFound
    from docker.utils import kwargs_from_env
    from requests.exceptions import RequestException

    IMPORT_ERROR = ""
except ImportError as error:
    IMPORT_ERROR = str(error)

if TYPE_CHECKING:
    from typing import Self  # Python 3.11

SWARM_SPEC: dict[str, dict[str, Any]] = {
    "docker_host": {"type": "str"},
    "request_timeout": {"type": "int", "default": 60},
}


class Swarm:
    """A manager of a swarm, for the length of a ``with`` block."""

    def __init__(self, docker_host: str | None, timeout: int) -> None:
        if IMPORT_ERROR:
            raise LibraryMissing("docker", IMPORT_ERROR)
        options: dict[str, Any] = kwargs_from_env()
        if docker_host:
            options["base_url"] = docker_host
        self.address = str(options.get("base_url", "the local Docker engine"))
        with self.failing("connect to Docker"):
            self._client = APIClient(version="auto", timeout=timeout, use_ssh_client=self.address.startswith("ssh://"), **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *dummy: object) -> None:
        self._client.close()

    @contextmanager
    def failing(self, attempted: str) -> Iterator[None]:
        """Say in our words what Docker refuses."""
        try:
            yield
        except NotFound as error:
            raise OperationError(attempted, self.address, str(error.explanation)) from None
        except APIError as error:
            advice = "Use the address of a manager of the swarm." if "swarm manager" in str(error.explanation) else ""
            raise OperationError(attempted, self.address, str(error.explanation or error), advice) from None
        except (DockerException, RequestException) as error:
            raise OperationError(attempted, self.address, str(error), "Check docker_host, and that this user may use it.") from None

    def service(self, name: str) -> Service:
        """One service.

        :raises OperationError: when there is none of this name.
        """
        with self.failing(f"look at the service {name}"):
            return _service(self._client.inspect_service(name))

    def services(self, names: list[str]) -> dict[str, Service]:
        """The services of these names that exist. One request."""
        with self.failing("look at the services"):
            found = [_service(entry) for entry in self._client.services()]
        return {service.name: service for service in found if service.name in names}

    def tasks(self, names: list[str]) -> dict[str, list[Task]]:
        """The tasks of services, by the name of the service."""
        with self.failing("look at the tasks"):
            nodes = {node["ID"]: node["Description"]["Hostname"] for node in self._client.nodes()}
            ids = {entry["ID"]: entry["Spec"]["Name"] for entry in self._client.services()}
            tasks = self._client.tasks({"service": names}) if names else []
        found: dict[str, list[Task]] = {name: [] for name in names}
        for entry in tasks:
            found.setdefault(ids.get(entry["ServiceID"], ""), []).append(_task(entry, nodes))
        return found

    def lacks(self, images: list[str]) -> list[str]:
        """Of these images those that neither this engine has nor their registry."""
        missing = []
        for image in images:
            try:
                self._client.inspect_image(image)
            except (DockerException, RequestException):
                try:
                    self._client.inspect_distribution(image)
                except (DockerException, RequestException):
                    missing.append(image)
        return missing

    def update(self, name: str, wish: Wish, timeout: float) -> None:
        """Update one service and wait until its containers are those of the update.

        :raises OperationError: when the swarm gives up, or nothing comes about in time.
        """
        with self.failing(f"update the service {name}"):
            entry = self._client.inspect_service(name)
            service, template = _service(entry), dict(entry["Spec"]["TaskTemplate"])
            image, env = new_image(service, wish), new_env(service.env, wish)
            template["ContainerSpec"] = {**template["ContainerSpec"], "Image": image, "Env": list(env),
                                         **({"Hostname": wish.hostname} if wish.hostname is not None else {})}
            labels = {**service.labels, **({STACK_IMAGE: wish.image} if STACK_IMAGE in service.labels and wish.image else {})}
            self._client.update_service(name, service.version, task_template=template, labels=labels, **_kept(entry["Spec"]))
        self._wait(name, image, env, timeout)

    def _wait(self, name: str, image: str, env: tuple[str, ...], timeout: float) -> None:
        what, advice = f"see the service {name} updated", f"docker service ps --no-trunc {name} tells more. Run this again when it is mended."

        def observe() -> tuple[Service, list[Task]]:
            return self.service(name), self.tasks([name])[name]

        service, tasks = wait_until(
            what, observe, lambda seen: has_failed(seen[0]) or is_converged(seen[1], image, env), timeout, self.address,
            describe=lambda seen: described(*seen), advice=advice, interval=0.2, longest_interval=1.0, progress=Progress(f"service {name}"))
        if not is_converged(tasks, image, env):
            raise OperationError(what, self.address, described(service, tasks), advice, partial={"tasks": [task.as_result() for task in tasks]})


def _kept(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of a service. Not left to ``fetch_current_spec``, which writes Docker's defaults into it: then it is not what a stack file says,
    and the next deployment of the stack restarts it."""
    names = {"name": "Name", "mode": "Mode", "update_config": "UpdateConfig", "rollback_config": "RollbackConfig", "endpoint_spec": "EndpointSpec"}
    return {option: spec[name] for option, name in names.items() if spec.get(name) is not None}


def _service(entry: Mapping[str, Any]) -> Service:
    spec, container = entry["Spec"], entry["Spec"]["TaskTemplate"]["ContainerSpec"]
    status, grace = entry.get("UpdateStatus") or {}, container.get("StopGracePeriod")
    return Service(
        spec["Name"], int(entry["Version"]["Index"]), container["Image"], tuple(container.get("Env") or ()), dict(spec.get("Labels") or {}),
        str(container.get("Hostname") or ""), str(status.get("State") or ""), str(status.get("Message") or ""), None if grace is None else grace / 1e9)


def _task(entry: Mapping[str, Any], nodes: Mapping[str, str]) -> Task:
    container, status = entry["Spec"]["ContainerSpec"], entry["Status"]
    return Task(entry["ID"], status["State"], entry["DesiredState"], nodes.get(entry.get("NodeID", ""), ""), container["Image"],
                tuple(container.get("Env") or ()), str(status.get("Err") or ""), entry["CreatedAt"])


def open_swarm(params: Mapping[str, Any]) -> Swarm:
    """The manager that a module's options describe."""
    return Swarm(params["docker_host"], params["request_timeout"])
