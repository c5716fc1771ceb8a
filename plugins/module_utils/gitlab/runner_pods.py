# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pods of a runner: found by label, deleted, and seen to come back."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import OperationError
from ..module import LibraryMissing
from ..progress import Progress
from ..wait import wait_until

try:
    import kubernetes
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError
except ImportError:
    KUBERNETES_ERROR: str | None = traceback.format_exc()
    if not TYPE_CHECKING:
        ApiException = HTTPError = OSError
else:
    KUBERNETES_ERROR = None


@dataclass(frozen=True)
class Pod:
    """A pod, reduced to what a restart looks at."""

    name: str
    uid: str
    is_ready: bool
    controller: str
    phase: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def is_controlled(self) -> bool:
        """Whether something starts it again."""
        return bool(self.controller)


class Pods(Protocol):
    """The pods of one namespace."""

    namespace: str

    def chosen(self) -> list[Pod]:
        """Those that the selector finds."""

    def all(self) -> list[Pod]:
        """All of the namespace."""

    def delete(self, pod: Pod, grace_period: int | None) -> None:
        """Have it deleted; it may take its grace period to be gone."""


class KubernetesPods:
    """The pods of a namespace of a real cluster."""

    def __init__(self, options: Mapping[str, Any], timeout: float) -> None:
        if KUBERNETES_ERROR:
            raise LibraryMissing("kubernetes", KUBERNETES_ERROR)
        self.namespace = str(options["namespace"])
        self.selector = str(options["selector"])
        self._timeout = timeout
        self._api = kubernetes.client.CoreV1Api(_api_client(options))

    def chosen(self) -> list[Pod]:
        return self._list(self.selector)

    def all(self) -> list[Pod]:
        return self._list()

    def delete(self, pod: Pod, grace_period: int | None) -> None:
        # The uid makes sure that a pod of the same name which has come back in the meantime (a StatefulSet's) is not deleted.
        options = kubernetes.client.V1DeleteOptions(grace_period_seconds=grace_period, preconditions=kubernetes.client.V1Preconditions(uid=pod.uid))
        try:
            self._api.delete_namespaced_pod(pod.name, self.namespace, body=options, _request_timeout=self._timeout)
        except ApiException as error:
            if error.status not in (404, 409):  # it is gone already
                raise _refusal("delete the pod", f"{self.namespace}/{pod.name}", error) from None
        except HTTPError as error:
            raise _silence("delete the pod", f"{self.namespace}/{pod.name}", error) from None

    def _list(self, selector: str | None = None) -> list[Pod]:
        try:
            listed = self._api.list_namespaced_pod(self.namespace, label_selector=selector, _request_timeout=self._timeout)
            return [_pod(item) for item in listed.items]
        except ApiException as error:
            raise _refusal("list the pods", f"namespace {self.namespace}", error) from None
        except HTTPError as error:
            raise _silence("list the pods", f"namespace {self.namespace}", error) from None


def _api_client(options: Mapping[str, Any]) -> Any:
    """Logged in as the kubeconfig says; inside of a pod, without one, as the pod's service account."""
    try:
        if options.get("kubeconfig") is None and options.get("context") is None:
            configuration = kubernetes.client.Configuration()
            try:
                kubernetes.config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
                return kubernetes.client.ApiClient(configuration)
            except kubernetes.config.ConfigException:
                pass
        return kubernetes.config.new_client_from_config(  # type: ignore[no-untyped-call]
            config_file=options.get("kubeconfig"), context=options.get("context"))
    except (kubernetes.config.ConfigException, OSError) as error:
        raise OperationError("log in to Kubernetes", str(options.get("kubeconfig") or ""), str(error), "Set kubernetes.kubeconfig and kubernetes.context.") from None


def _pod(item: Any) -> Pod:
    conditions = {condition.type: condition.status for condition in item.status.conditions or []}
    owners = [f"{owner.kind} {owner.name}" for owner in item.metadata.owner_references or [] if owner.controller]
    ready = conditions.get("Ready") == "True" and item.metadata.deletion_timestamp is None
    labels = tuple(sorted((item.metadata.labels or {}).items()))
    return Pod(item.metadata.name, item.metadata.uid, ready, owners[0] if owners else "", str(item.status.phase), labels)


def _refusal(attempted: str, on: str, error: Any) -> OperationError:
    rights = "The service account or user needs the verbs get, list and delete on pods of this namespace."
    return OperationError(attempted, on, f"{error.status} {error.reason}", rights if error.status in (401, 403) else "")


def _silence(attempted: str, on: str, error: Exception) -> OperationError:
    return OperationError(attempted, on, f"the Kubernetes API does not answer ({type(error).__name__})", "Is kubernetes.kubeconfig the right one?")


def find_pods(pods: Pods, selector: str) -> list[Pod]:
    """The runner's pods.

    :raises OperationError: when there are none, or when nothing would start them again.
    """
    found = pods.chosen()
    if not found:
        raise OperationError("find the runner's pod", f"namespace {pods.namespace}", f"no pod has the labels '{selector}'", _those_that_are_there(pods.all()))
    loose = [pod.name for pod in found if not pod.is_controlled]
    if loose:
        raise OperationError("restart the runner's pod", f"namespace {pods.namespace}", f"no Deployment or other controller would start {', '.join(loose)} again",
                             "Nothing was deleted.")
    return found


def _those_that_are_there(pods: Iterable[Pod]) -> str:
    listed = [f"{pod.name} ({','.join(f'{key}={value}' for key, value in pod.labels)})" for pod in pods]
    return f"The pods there: {'; '.join(listed[:10])}{' ...' if len(listed) > 10 else ''}." if listed else "There is no pod at all."


def restart(pods: Pods, old: list[Pod], grace_period: int | None, timeout: float) -> list[Pod]:
    """Delete the pods, and wait until they are gone and as many others are Ready.

    :raises OperationError: at the deadline, with the pods' states.
    """
    for pod in old:
        pods.delete(pod, grace_period)
    gone = {pod.uid for pod in old}

    def came_back(seen: list[Pod]) -> bool:
        return not any(pod.uid in gone for pod in seen) and sum(pod.is_ready for pod in seen) >= len(old)

    try:
        return wait_until(
            "see the new pod Ready", pods.chosen, came_back, timeout=timeout, on=f"namespace {pods.namespace}", interval=0.2,
            describe=lambda seen: ", ".join(_state(pod, pod.uid in gone) for pod in seen) or "no pod", progress=Progress("pods of the runner"))
    except OperationError as error:
        error.partial["changed"] = True
        raise


def _state(pod: Pod, is_old: bool) -> str:
    return f"{pod.name} is " + ("still there" if is_old else "Ready" if pod.is_ready else f"{pod.phase}, not Ready")
