# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of a runner: found by label, deleted, and seen to come back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from ..errors import InputError, OperationError
from ..kubernetes.client import Cluster, NotThere
from ..kubernetes.pods import Pod, matches, selector_problem
from ..progress import Progress
from ..wait import wait_until


@dataclass(frozen=True)
class RunnerPod:
    """A pod, and which one of its name it is: that of a StatefulSet comes back with the same name."""

    pod: Pod
    uid: str

    @property
    def name(self) -> str:
        return self.pod.name

    @property
    def is_ready(self) -> bool:
        return self.pod.is_ready and not self.pod.is_ending


class RunnerPods(Protocol):
    """The pods of a namespace, whose name is in errors."""

    namespace: str

    def all(self) -> list[RunnerPod]:
        """All of them."""

    def delete(self, name: str, grace_period: int | None) -> None:
        """Have one deleted; it may take its grace period (seconds) to be gone."""


class ClusterPods(Cluster):
    """The pods of a namespace of a real cluster."""

    def __init__(self, namespace: str, kubeconfig: str | None, context: str | None) -> None:
        super().__init__(kubeconfig, context)
        self.namespace = namespace

    def all(self) -> list[RunnerPod]:
        return [RunnerPod(pod, pod.uid) for pod in self.pods(self.namespace)]

    def delete(self, name: str, grace_period: int | None) -> None:
        with suppress(NotThere):  # somebody else was faster
            self.delete_pod(self.namespace, name, grace_period)


def find_pods(pods: RunnerPods, selector: str) -> list[RunnerPod]:
    """The runner's pods.

    :raises OperationError: when there are none, or when nothing would start them again.
    """
    problem = selector_problem(selector)
    if problem:
        raise InputError([problem])
    there = pods.all()
    found = [one for one in there if matches(one.pod.labels, selector)]
    if not found:
        raise OperationError("find the runner's pod", f"namespace {pods.namespace}", f"no pod has the labels {selector}", _those_that_are_there(there))
    loose = [one.name for one in found if not one.pod.owner]
    if loose:
        raise OperationError("restart the runner's pod", f"namespace {pods.namespace}",
                             f"no Deployment or other controller would start {', '.join(loose)} again", "Nothing was deleted.")
    return found


def _those_that_are_there(there: Iterable[RunnerPod]) -> str:
    listed = [f"{one.name} ({','.join(f'{key}={value}' for key, value in sorted(one.pod.labels.items()))})" for one in there]
    more = f" and {len(listed) - 10} more" if len(listed) > 10 else ""
    return f"The pods there: {'; '.join(listed[:10])}{more}." if listed else "There is no pod at all."


def restart(pods: RunnerPods, selector: str, old: list[RunnerPod], grace_period: int | None, timeout: float) -> list[RunnerPod]:
    """Delete the pods, and wait until they are gone and as many others are Ready.

    :raises OperationError: at the deadline, with the pods' states.
    """
    for one in old:
        pods.delete(one.name, grace_period)
    gone = {one.uid for one in old}

    def look() -> list[RunnerPod]:
        return [one for one in pods.all() if matches(one.pod.labels, selector)]

    def came_back(seen: list[RunnerPod]) -> bool:
        return not any(one.uid in gone for one in seen) and sum(one.is_ready for one in seen) >= len(old)

    try:
        return wait_until(
            "see the new pod Ready", look, came_back, timeout=timeout, on=f"namespace {pods.namespace}", interval=0.2,
            describe=lambda seen: ", ".join(_state(one, one.uid in gone) for one in seen) or "no pod", progress=Progress("pods of the runner"))
    except OperationError as error:
        error.partial["changed"] = True
        raise


def _state(one: RunnerPod, is_old: bool) -> str:
    return f"{one.name} is " + ("still there" if is_old else "Ready" if one.is_ready else f"{one.pod.phase}, not Ready")
