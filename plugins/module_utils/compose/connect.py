# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect workers: their environment as Confluent's image reads it, and names under which they find each other."""

from __future__ import annotations

import re
from collections.abc import Callable

from .connect_names import ADVERTISED_HOST_NAME, CONFLUENT_HEAP, HEAP, LISTENERS, PREFIX, REQUIRED, REST_PORT, is_of_process, new_name
from .document import Mapping, Sequence
from .draft import Draft
from .image_changes import mapped_image
from .places import add_variable
from .request import Request
from .stack import CONNECT, Service, Variable, names_of, variables_in

_PORT = re.compile(r":(\d+)")
_WHY = "Confluent's image reads CONNECT_* and ignores the rest"


def move_workers(draft: Draft, request: Request) -> None:
    """Renames the variables of all Connect workers, and adds what the image wants."""
    workers = [worker for worker in draft.stack.of_kind(CONNECT) if not _stays_debeziums(worker, request)]
    for worker in draft.stack.of_kind(CONNECT):
        if worker not in workers:
            draft.ask(f"{worker.name}: Debezium's own image reads the names without CONNECT_, so the service was left alone. "
                      "Name the image with Confluent's worker in `images`.")  # fmt: skip
    _rename(draft, workers, request.connect_variables)
    names = {worker.name: {new_name(name, request.connect_variables) or name for name in worker.variables} for worker in workers}
    _add(draft, workers, names, LISTENERS, lambda worker: f"http://0.0.0.0:{_port(worker)}", "the address that a worker listens on")
    _add(draft, workers, names, REST_PORT, _port, "the port that the image's own checks ask")
    without_file = [worker for worker in workers if not worker.has_env_file]
    for worker in without_file:
        if ADVERTISED_HOST_NAME not in names[worker.name]:
            add_variable(draft, [worker], ADVERTISED_HOST_NAME, lambda one: one.name, "the image does not start without it: the other workers find it so")
    for worker in workers:
        _name_host(draft, worker, request)
        _tell(draft, worker, names[worker.name] | {ADVERTISED_HOST_NAME})


def _stays_debeziums(worker: Service, request: Request) -> bool:
    """Whether the image is Debezium's and stays so: it would override every CONNECT_* with its own defaults."""
    scalar = worker.scalar("image")
    image = mapped_image(worker, request) or (scalar.value if scalar else "")
    if image.startswith(":") and scalar:
        image = scalar.value
    return "debezium/connect" in image


def _rename(draft: Draft, workers: list[Service], also: tuple[str, ...]) -> None:
    for holder in _places(workers):
        users = draft.stack.users(holder)
        others = [user for user in users if user not in workers]
        for variable in variables_in(holder):
            new = new_name(variable.name, also)
            if new is None:
                if not variable.name.startswith(PREFIX) and not is_of_process(variable.name):
                    draft.ask(f"{variable.name} of {names_of(users)}: no property of a worker that is known here, so it got no prefix. "
                              "If it is one, name it in `connect_variables`.")  # fmt: skip
            elif others:
                draft.ask(f"{variable.name} of {draft.where(holder)}: {names_of(others)} uses it as well, so it was not renamed. Set {new} for the workers.")
            elif any(new in user.variables for user in users) or _is_second(variable, holder, also):
                draft.ask(f"{names_of(users)}: {variable.name} and {new} are both set. {new} counts; remove the other one.")
            else:
                draft.rename(variable, new, draft.where(holder), _WHY)


def _places(workers: list[Service]) -> list[Mapping | Sequence]:
    places: list[Mapping | Sequence] = []
    for worker in workers:
        places += [holder for holder in worker.holders if not any(holder is known for known in places)]
    return places


def _is_second(variable: Variable, holder: Mapping | Sequence, also: tuple[str, ...]) -> bool:
    """Whether another variable of the same place, before it, gets the same new name."""
    for other in variables_in(holder):
        if other.name_at is variable.name_at:
            return False
        if new_name(other.name, also) == new_name(variable.name, also):
            return True
    return False


def _add(draft: Draft, workers: list[Service], names: dict[str, set[str]], name: str, value_for: Callable[[Service], str], why: str) -> None:
    missing = [worker for worker in workers if name not in names[worker.name]]
    add_variable(draft, missing, name, value_for, why, behind=LISTENERS)


def _port(worker: Service) -> str:
    """The port that a worker listens on: what its environment says, else Connect's own."""
    for name in (REST_PORT, "REST_PORT"):
        if worker.value(name).strip().isdigit():
            return worker.value(name).strip()
    for name in (LISTENERS, "LISTENERS"):
        found = _PORT.search(worker.value(name))
        if found:
            return found[1]
    return "8083"


def _name_host(draft: Draft, worker: Service, request: Request) -> None:
    if "hostname" not in worker.keys:
        draft.add_key(worker, "hostname", worker.name, "the workers find each other by it")
    if request.container_names and "container_name" not in worker.keys:
        draft.add_key(worker, "container_name", worker.name, "asked for; Swarm ignores it")


def _tell(draft: Draft, worker: Service, names: set[str]) -> None:
    if HEAP in names and CONFLUENT_HEAP not in names:
        draft.ask(f"{HEAP} was left alone: Debezium's image reads it, Confluent's reads {CONFLUENT_HEAP}. Unless your own image passes it on, "
                  f"set {CONFLUENT_HEAP} to the same, or the workers run with a heap of 2 GB and may run out of it.")  # fmt: skip
    if worker.has_env_file:
        draft.ask(f"{worker.name}: it takes variables from a file (env_file). Rename those in it as well.")
    missing = [name for name in REQUIRED if name not in names]
    if missing and not worker.has_env_file:
        draft.ask(f"{worker.name}: Confluent's image does not start without {', '.join(missing)}.")
    replicas = worker.scalar("deploy", "replicas")
    if replicas is not None and replicas.value.strip() not in ("0", "1"):
        draft.ask(f"{worker.name} has {replicas.value.strip()} replicas under one advertised name: requests that one forwards to another go astray. "
                  "Make a service of each.")  # fmt: skip
