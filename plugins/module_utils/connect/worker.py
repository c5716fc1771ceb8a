# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST API of a Connect worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..rest import RETRIED, Query, Rest, RestError, quoted
from ..wait import wait_until
from . import versions
from .connectors import Config, Connector, Task
from .secrets import password_keys

Item = TypeVar("Item")
Result = TypeVar("Result")

# 500 is also what an unknown plugin or a bad configuration is answered with: asking again does not change it.
BUSY = RETRIED - {500}
AT_ONCE = 8


@dataclass
class Worker:
    """One worker; it passes on to the leader of its group what that one has to do."""

    rest: Rest
    about: Mapping[str, object]
    _passwords: dict[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Worker:
        """The worker of a module's parameters; it is asked who it is, so a wrong address or login shows here."""
        rest = Rest.from_params(params)
        about = rest.get("/", "ask the Connect worker for its version")
        if not isinstance(about, Mapping) or "version" not in about:
            raise RestError("ask the Connect worker for its version", f"GET {rest.url}/", "it answered, but not as a Connect worker does",
                            "Does the url lead to the REST API of a worker (port 8083 by default)?", lasting=True)
        return cls(rest, about)

    @property
    def release(self) -> str:
        return str(self.about.get("version", ""))

    @property
    def version(self) -> versions.Version:
        return versions.kafka_version(self.release)

    def connectors(self) -> dict[str, Connector]:
        """All of them with configuration and state, in two requests: asked for both at once, a worker leaves out each connector that has no status
        yet (ConnectorsResource.listConnectors of Kafka 3.1 to 4.3), so one that was just created would look as if it did not exist."""
        attempted = "list the connectors"
        infos = dict(self.rest.get("connectors", attempted, query=[("expand", "info")]) or {})
        states = dict(self.rest.get("connectors", attempted, query=[("expand", "status")]) or {})
        return {str(name): connector_from(str(name), {**each, **states.get(name, {})}) for name, each in infos.items()}

    def plugins(self, connectors_only: bool = True) -> list[dict[str, Any]]:
        query: Query = {} if connectors_only else {"connectorsOnly": False}
        return list(self.rest.get("connector-plugins", "list the plugins", query=query))

    def definitions(self, plugin: str) -> list[dict[str, Any]]:
        """The settings that a plugin defines. A worker before 3.2 tells them only together with a judgement."""
        attempted = f"read the settings of the plugin {plugin}"
        if self.version >= versions.PLUGIN_CONFIG:
            said = self.ask("GET", f"connector-plugins/{quoted(plugin)}/config", attempted)
            return list(said or [])
        return [each["definition"] for each in self.validate(plugin, {"connector.class": plugin, "name": "settings"})["configs"]]

    def passwords(self, plugin: str) -> frozenset[str]:
        """Keys of type PASSWORD; none when the worker does not have the plugin."""
        if plugin not in self._passwords:
            try:
                self._passwords[plugin] = password_keys(self.definitions(plugin)) if plugin else frozenset()
            except RestError as error:
                if error.status not in (400, 404, 500):
                    raise
                self._passwords[plugin] = frozenset()
        return self._passwords[plugin]

    def learn_passwords(self, plugins: Iterable[str]) -> None:
        """Ask for those of several plugins at the same time."""
        at_once(self.passwords, [plugin for plugin in dict.fromkeys(plugins) if plugin not in self._passwords])

    def validate(self, plugin: str, config: Config) -> dict[str, Any]:
        path = f"connector-plugins/{quoted(plugin)}/config/validate"
        said: dict[str, Any] = self.ask("PUT", path, f"validate the configuration of {config.get('name', plugin)}", body=dict(config))
        return said

    def put_config(self, name: str, config: Config) -> None:
        self.ask("PUT", f"connectors/{quoted(name)}/config", f"put the configuration of {name}", body={**config, "name": name})

    def create(self, name: str, config: Config, state: str) -> None:
        """A new connector that never runs before it is paused or stopped (Connect 3.7)."""
        body = {"name": name, "config": {**config, "name": name}, "initial_state": state.upper()}
        self.ask("POST", "connectors", f"create {name}", body=body)

    def move(self, name: str, target: str) -> None:
        verb = {"running": "resume", "paused": "pause", "stopped": "stop"}[target]
        self.ask("PUT", f"connectors/{quoted(name)}/{verb}", f"{verb} {name}")

    def restart(self, name: str, only_failed: bool) -> None:
        query = {"includeTasks": True, "onlyFailed": only_failed}
        self.ask("POST", f"connectors/{quoted(name)}/restart", f"restart {name}", query=query)

    def delete(self, name: str) -> None:
        self.ask("DELETE", f"connectors/{quoted(name)}", f"delete {name}", absent=(404,))

    def offsets(self, name: str) -> list[dict[str, Any]]:
        said = self.ask("GET", f"connectors/{quoted(name)}/offsets", f"read the offsets of {name}")
        return list(said["offsets"])

    def set_offsets(self, name: str, offsets: list[Mapping[str, object]]) -> str:
        said = self.ask("PATCH", f"connectors/{quoted(name)}/offsets", f"set the offsets of {name}", body={"offsets": offsets}, repeatable=True)
        return str(said.get("message", ""))

    def reset_offsets(self, name: str) -> str:
        """Also ends the group of a sink."""
        said = self.ask("DELETE", f"connectors/{quoted(name)}/offsets", f"reset the offsets of {name}")
        return str(said.get("message", ""))

    def ask(
        self, method: str, path: str, attempted: str, query: Query = (), body: object = None,
        absent: tuple[int, ...] = (), repeatable: bool | None = None,
    ) -> Any:
        """The JSON of an answer; ``None`` for a status in ``absent``."""
        try:
            answer = self.rest.request(method, path, attempted, query, body, retried=BUSY, repeatable=repeatable)
        except RestError as error:
            if error.status in absent:
                return None
            raise
        return self.rest.read_json(answer, attempted, path)


def connector_from(name: str, said: Mapping[str, Any]) -> Connector:
    """A connector as ``GET /connectors?expand=`` tells its ``info`` and its ``status``, which it does not have right after its creation."""
    info, status = said.get("info") or {}, said.get("status") or {}
    own = status.get("connector") or {}
    tasks = tuple(
        Task(int(task["id"]), str(task.get("state", "")).lower(), str(task.get("worker_id", "")), str(task.get("trace") or ""))
        for task in sorted(status.get("tasks") or [], key=lambda task: int(task["id"]))
    )
    config = {str(key): str(value) for key, value in (info.get("config") or {}).items() if value is not None}
    return Connector(
        name, config, str(own.get("state", "unassigned")).lower(), tasks, len(info.get("tasks") or []),
        str(info.get("type") or status.get("type") or ""), str(own.get("worker_id", "")), str(own.get("trace") or ""),
    )  # fmt: skip


def at_once(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """``work`` for each of them, several at the same time; the results in the order of the items."""
    wanted = list(items)
    if len(wanted) < 2:
        return [work(item) for item in wanted]
    with ThreadPoolExecutor(min(AT_ONCE, len(wanted))) as pool:
        return list(pool.map(work, wanted))


def repeated(act: Callable[[], object], not_yet: Collection[int], timeout: float) -> None:
    """Again while the worker answers with one of these statuses, which mean "not yet" here.

    :param timeout: seconds; then the last refusal is raised.
    """
    deadline = time.monotonic() + timeout

    def refusal() -> RestError | None:
        try:
            act()
        except RestError as error:
            if error.status not in not_yet or time.monotonic() >= deadline:
                raise
            return error
        return None

    wait_until("get the worker to do it", refusal, lambda error: error is None, timeout)
