# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service of Docker Swarm is, what an update of it changes, and whether that has come about. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..kafka.connection import is_secret
from ..plan import Change, Plan

# A stack remembers the image as its file has it. `docker stack deploy --resolve-image changed` keeps a service's image when this is the same.
STACK_IMAGE = "com.docker.stack.image"
MASK = "********"


@dataclass(frozen=True)
class Task:
    """One container that the swarm wants or has."""

    id: str
    state: str
    wanted_state: str
    node: str
    image: str
    env: tuple[str, ...]
    error: str = ""
    created: str = ""

    def as_result(self) -> dict[str, object]:
        """The task as it is returned; its environment may hold secrets."""
        return {"id": self.id, "state": self.state, "node": self.node, "image": self.image, "error": self.error}


@dataclass(frozen=True)
class Service:
    """A service as the manager has it. ``update_state`` is empty, updating, completed, paused, or one of rollback_*."""

    name: str
    version: int
    image: str
    env: tuple[str, ...]
    labels: Mapping[str, str]
    hostname: str = ""
    update_state: str = ""
    update_message: str = ""
    stop_grace_seconds: float | None = None


@dataclass(frozen=True)
class Wish:
    """What the service is to be. An image or hostname of None stays; a variable of None is taken away, and with ``only_env`` every one that
    is not named."""

    image: str | None
    env: Mapping[str, str | None]
    only_env: bool = False
    hostname: str | None = None


def without_digest(image: str) -> str:
    """The image as people write it."""
    return image.partition("@")[0]


def new_image(service: Service, wish: Wish) -> str:
    """The image after the update. One that is only pinned by a digest is the same and stays."""
    return service.image if wish.image is None or wish.image in (service.image, without_digest(service.image)) else wish.image


def new_env(before: Sequence[str], wish: Wish) -> tuple[str, ...]:
    """The environment after the update. A stack's is sorted, and stays so: another order would be another container for the swarm."""
    wanted: dict[str, str | None] = {**({_name(entry): None for entry in before} if wish.only_env else {}), **wish.env}
    kept = [entry for entry in before if wanted.get(_name(entry), "") is not None]
    changed = [f"{_name(entry)}={wanted[_name(entry)]}" if _name(entry) in wanted else entry for entry in kept]
    present = {_name(entry) for entry in before}
    added = [f"{name}={value}" for name, value in wanted.items() if value is not None and name not in present]
    result = [*changed, *added]
    return tuple(sorted(result) if list(before) == sorted(before) else result)


def plan_update(service: Service, wish: Wish) -> Plan:
    """What changes. Variables that change or are named are shown, others not."""
    new = replace(service, image=new_image(service, wish), env=new_env(service.env, wish),
                  hostname=service.hostname if wish.hostname is None else wish.hostname)
    names = Wish(None, {_name(entry): None for entry in {*service.env, *new.env} if entry not in service.env or entry not in new.env} | dict(wish.env))
    before, after = shown(service, names), shown(new, names)
    return Plan((Change(service.name, "updated", before, after),) if new != service else ())


def differs(service: Service, wanted: Mapping[str, Any]) -> bool:
    """Whether a service is another one than its stack file says, in image, environment or hostname. Variables without a value there are not compared."""
    env = {str(name): None if value is None else str(value) for name, value in (wanted.get("env") or {}).items()}
    has = {_name(entry): entry.partition("=")[2] for entry in service.env}
    return (without_digest(service.image) != wanted.get("image") or service.hostname != (wanted.get("hostname") or "")
            or set(has) != set(env) or any(value is not None and has[name] != value for name, value in env.items()))


def is_converged(tasks: Sequence[Task], image: str, env: Sequence[str]) -> bool:
    """Whether every container that the swarm wants runs, with this image and environment."""
    wanted = [task for task in tasks if task.wanted_state == "running"]
    old = [task for task in tasks if task.state == "running" and task.wanted_state != "running"]
    return bool(wanted) and not old and all(task.state == "running" and is_of(task, image, env) for task in wanted)


def is_of(task: Task, image: str, env: Sequence[str]) -> bool:
    """Whether the task was made of this image and environment."""
    return task.image == image and list(task.env) == list(env)


def has_failed(service: Service) -> bool:
    """Whether the swarm has given the update up."""
    return service.update_state == "paused" or service.update_state.startswith("rollback")


def described(service: Service, tasks: Sequence[Task]) -> str:
    """What is seen of an update, for people: the states of the newest tasks, and the last error."""
    newest = sorted(tasks, key=lambda task: task.created, reverse=True)[:3]
    errors = [task.error for task in newest if task.error]
    states = ", ".join(task.state for task in newest) or "no task"
    update = f"update {service.update_state}" + (f" ({service.update_message})" if service.update_message else "") if service.update_state else "no update"
    return f"{update}; tasks: {states}" + (f"; last error: {errors[0]}" if errors else "")


def shown(service: Service, wish: Wish) -> dict[str, object]:
    """The image, and the variables that the wish names."""
    values = {_name(entry): MASK if is_secret(_name(entry)) else entry.partition("=")[2] for entry in service.env}
    return {"image": service.image, "hostname": service.hostname, "env": {name: values.get(name) for name in wish.env}}


def _name(entry: str) -> str:
    return entry.partition("=")[0]
