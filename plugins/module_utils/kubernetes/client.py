# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes through its official client; no other file knows that library.

Importing it takes about a second, so it is imported when it is needed. exec and port-forward talk over the bare WebSocket:
releases of the library differ in whether they can end stdin, lose exit codes, or hang when a forward is cut, the protocol does not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import OperationError
from ..module import LibraryMissing
from .pods import Pod, pod_from

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 30
_OWN_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
_BAD_REQUEST = 400
_NOT_PERMITTED = 403
_NOT_FOUND = 404
_CONFLICT = 409


class NotPermitted(OperationError):
    """Kubernetes knows who asks, and does not allow it."""


class NotThere(OperationError):
    """Kubernetes does not have the object."""


class Conflict(OperationError):
    """Somebody else owns what was to be changed, or has changed it meanwhile."""


class Cluster:
    """One Kubernetes cluster, as one of its users.

    :param kubeconfig: a file; without one, as kubectl does: KUBECONFIG, ``~/.kube/config``, then the service account of the pod that this runs in.
    :raises OperationError: when there is no such configuration.
    """

    def __init__(self, kubeconfig: str | None = None, context: str | None = None) -> None:
        library, config = _library()
        self._library = library
        self._configuration = library.Configuration()
        self._configuration.retries = 1
        self.namespace = _load(config, self._configuration, kubeconfig, context)
        self._core = library.CoreV1Api(library.ApiClient(self._configuration))
        self._rights = library.AuthorizationV1Api(self._core.api_client)

    @property
    def address(self) -> str:
        return str(self._configuration.host)

    def pods(self, namespace: str) -> list[Pod]:
        """Every pod of the namespace."""
        answer = self._asked(f"list the pods of namespace {namespace}", self._core.list_namespaced_pod, namespace)
        return [pod_from(item) for item in self._plain(answer)["items"]]

    def pod(self, namespace: str, name: str) -> Pod:
        """One pod.

        :raises NotThere: when it does not exist.
        """
        return pod_from(self._plain(self._asked(f"read pod {namespace}/{name}", self._core.read_namespaced_pod, name, namespace)))

    def delete_pod(self, namespace: str, name: str, grace_period: int | None = None) -> None:
        """Have a pod deleted; it may take its grace period (seconds, by default its own) to be gone.

        :raises NotThere: when it does not exist.
        """
        call = partial(self._core.delete_namespaced_pod, grace_period_seconds=grace_period)
        self._asked(f"delete pod {namespace}/{name}", call, name, namespace)

    def secret(self, namespace: str, name: str) -> dict[str, str]:
        """The content of a Secret, still in base64."""
        answer = self._asked(f"read Secret {namespace}/{name}", self._core.read_namespaced_secret, name, namespace)
        return dict(answer.data or {})

    def config_map(self, namespace: str, name: str) -> dict[str, str]:
        """The data of a ConfigMap."""
        answer = self._asked(f"read ConfigMap {namespace}/{name}", self._core.read_namespaced_config_map, name, namespace)
        return dict(answer.data or {})

    def is_allowed(self, namespace: str, verb: str, resource: str, name: str | None = None) -> bool:
        """Whether this user may do this there (SelfSubjectAccessReview). ``resource`` may name a subresource: ``pods/exec``."""
        resource, _slash, subresource = resource.partition("/")
        attributes = {"namespace": namespace, "verb": verb, "resource": resource, "subresource": subresource, "name": name or ""}
        review = {"spec": {"resourceAttributes": attributes}}
        answer = self._asked(f"ask whether {verb} {resource} is allowed", self._rights.create_self_subject_access_review, review)
        return bool(answer.status.allowed)

    def user(self) -> str:
        """Who asks, as the cluster knows them (SelfSubjectReview). Empty where it does not tell: before Kubernetes 1.28."""
        review = getattr(self._library.AuthenticationV1Api(self._core.api_client), "create_self_subject_review", None)
        if review is None:
            return ""
        try:
            return str(self._asked("ask who this is", review, {}).status.user_info.username or "")
        except OperationError:
            return ""

    def request(
        self, attempted: str, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None, content_type: str = "application/json"
    ) -> dict[str, Any]:
        """One request to a path of the API, for resources that the library has no classes for. May be called by several threads.

        :raises NotThere: when the API or the object does not exist.
        :raises Conflict: when others own what is to be changed, or have changed it meanwhile.
        """
        with self._answer(attempted, method, path, query or {}, None if body is None else json.dumps(body), content_type, _ANSWER_SECONDS) as answer:
            return dict(json.loads(answer.read()))

    def watch(self, attempted: str, path: str, query: Mapping[str, str], seconds: float) -> Iterator[dict[str, Any]]:
        """The events of a watch as they come, until the server ends it or ``seconds`` have passed.

        :raises OperationError: when the watch does not come about; one that breaks off just ends.
        """
        from urllib3.exceptions import HTTPError

        query = {**query, "watch": "true", "timeoutSeconds": str(max(1, int(seconds)))}
        with self._answer(attempted, "GET", path, query, None, "", seconds + _CONNECT_SECONDS) as answer:
            begun = b""
            try:
                for piece in answer.stream(amt=None):
                    *lines, begun = (begun + piece).split(b"\n")
                    yield from (json.loads(line) for line in lines if line)
            except (HTTPError, OSError):
                return

    @contextmanager
    def _answer(
        self, attempted: str, method: str, path: str, query: Mapping[str, str], body: str | None, content_type: str, seconds: float
    ) -> Iterator[Any]:
        """The raw answer. Past the library's own calls, whose signatures differ from release to release."""
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        headers = {"Accept": "application/json", **({"Content-Type": content_type} if content_type else {})}
        token = self._configuration.auth_settings().get("BearerToken")
        if token:
            headers["Authorization"] = token["value"]
        url = f"{self.address}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        pool = self._core.api_client.rest_client.pool_manager
        try:
            answer = pool.request(method, url, body=body, headers=headers, timeout=Timeout(connect=_CONNECT_SECONDS, read=seconds), preload_content=False)
        except (HTTPError, OSError) as error:
            raise _unreachable(attempted, self.address, str(error)) from error
        try:
            if answer.status >= _BAD_REQUEST:
                text = answer.read()
                raise _refusal(attempted, self.address, int(answer.status), _message(text) or str(answer.reason))
            yield answer
        finally:
            answer.close()  # ends a watch; the connection of an answer that was read to its end is with the pool again

    def websocket(self, attempted: str, path: str, query: list[tuple[str, str]], protocols: str) -> Any:
        """A WebSocket to a path of the API. ``protocols``: those that this side speaks, the best one first.

        :raises OperationError: when it does not come about.
        """
        from kubernetes.stream import ws_client

        headers = {"sec-websocket-protocol": protocols}
        token = self._configuration.auth_settings().get("BearerToken")
        if token:
            headers["authorization"] = token["value"]
        url = f"{self.address.replace('http', 'ws', 1)}{path}?{urlencode(query, quote_via=quote)}"
        connect: Any = ws_client.create_websocket
        try:
            return connect(self._configuration, url, headers)
        except Exception as error:  # the library hands on whatever its sockets, its TLS and its parsers raise
            raise self._no_websocket(attempted, error) from error

    def _no_websocket(self, attempted: str, error: Exception) -> OperationError:
        status = getattr(error, "status_code", None)
        if status is None:
            return _unreachable(attempted, self.address, str(error))
        body = getattr(error, "resp_body", None)
        return _refusal(attempted, self.address, int(status), _message(body) or str(error))

    def _asked(self, attempted: str, call: Callable[..., Any], *args: object) -> Any:
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            return call(*args, _request_timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS))
        except ApiException as error:
            raise _refusal(attempted, self.address, int(error.status or 0), _message(error.body) or str(error.reason)) from error
        except (HTTPError, OSError) as error:
            raise _unreachable(attempted, self.address, str(error)) from error

    def _plain(self, answer: Any) -> Any:
        """The library's object as the API wrote it."""
        return self._core.api_client.sanitize_for_serialization(answer)


def _library() -> tuple[Any, Any]:
    try:
        from kubernetes import client, config
    except ImportError as error:
        raise LibraryMissing("kubernetes", reason="to reach Kubernetes") from error
    return client, config


def _load(config: Any, configuration: Any, kubeconfig: str | None, context: str | None) -> str:
    """Fill in where the API is and who asks; returns the namespace that goes with it."""
    chosen = kubeconfig or os.environ.get("KUBECONFIG") or os.path.expanduser("~/.kube/config")
    try:
        if kubeconfig is None and context is None and not _is_there(chosen):
            config.load_incluster_config(client_configuration=configuration)
            with open(_OWN_NAMESPACE, encoding="utf-8") as own:
                return own.read().strip()
        config.load_kube_config(config_file=chosen, context=context, client_configuration=configuration, persist_config=False)
        contexts, active = config.list_kube_config_contexts(config_file=chosen)
        named = next((each for each in contexts if each["name"] == context), active)
        return str(named.get("context", {}).get("namespace") or "default")
    except Exception as error:  # ConfigException, broken YAML, files that cannot be read, commands that fetch a token
        advice = "Set kubernetes.kubeconfig (and kubernetes.context) or KUBECONFIG, or run in a pod with a service account."
        raise OperationError("find out how to reach Kubernetes", chosen, str(error), advice) from error


def _is_there(paths: str) -> bool:
    return any(os.path.exists(path) for path in paths.split(os.pathsep) if path)


def _message(body: object) -> str:
    """The words of the API server's Status object."""
    try:
        text = body.decode() if isinstance(body, bytes) else str(body or "")
        status = json.loads(text)
    except ValueError:
        return ""
    return str(status.get("message", "")) if isinstance(status, Mapping) else ""


def _refusal(attempted: str, address: str, status: int, answered: str) -> OperationError:
    on = f"Kubernetes {address}"
    if status == _NOT_PERMITTED:
        return NotPermitted(attempted, on, answered, "Give this user or service account the right to do it, or use another one.")
    if status == _NOT_FOUND:
        return NotThere(attempted, on, answered)
    if status == _CONFLICT:
        return Conflict(attempted, on, answered)
    advice = "The login was refused: check the token or certificate of the kubeconfig." if status == 401 else ""
    return OperationError(attempted, on, f"{answered} (HTTP {status})", advice)


def _unreachable(attempted: str, address: str, answered: str) -> OperationError:
    return OperationError(attempted, f"Kubernetes {address}", answered, "Check that the API server runs, and can be reached from where this task runs.")
