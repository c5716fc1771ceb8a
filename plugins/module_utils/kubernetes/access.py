# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rights a transport needs, asked of Kubernetes (SelfSubjectAccessReview) before they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .client import NotPermitted


@dataclass(frozen=True)
class Right:
    """One verb on one resource of a namespace; ``name`` narrows it to one object."""

    namespace: str
    verb: str
    resource: str
    name: str | None = None

    def __str__(self) -> str:
        named = f" {self.name}" if self.name else ""
        return f"{self.verb} {self.resource}{named} in namespace {self.namespace}"


class Asked(Protocol):
    """Who knows what is allowed."""

    def is_allowed(self, namespace: str, verb: str, resource: str, name: str | None = None) -> bool: ...


_SUBRESOURCES = {"kubernetes_exec": "pods/exec", "kubernetes_port_forward": "pods/portforward"}


def rights_for(transport: str, namespace: str, secret: tuple[str, str] | None = None, pod: str | None = None) -> list[Right]:
    """Everything that a transport needs. Both ``create`` and ``get``: older servers ask for one, newer ones for the other.

    :param secret: namespace and name of the Secret with the credentials.
    :param pod: its name, if it is known: then no pods need to be listed.
    """
    rights = []
    if transport in _SUBRESOURCES:
        resource = _SUBRESOURCES[transport]
        rights += [Right(namespace, "get" if pod else "list", "pods", pod), Right(namespace, "create", resource, pod), Right(namespace, "get", resource, pod)]
    if secret:
        rights.append(Right(secret[0], "get", "secrets", secret[1]))
    return rights


def missing_rights(asked: Asked, rights: list[Right]) -> list[Right] | None:
    """Those that Kubernetes does not give, None when it does not even let us ask."""
    try:
        return [right for right in rights if not asked.is_allowed(right.namespace, right.verb, right.resource, right.name)]
    except NotPermitted:
        return None


def demand(asked: Asked, rights: list[Right]) -> None:
    """All missing rights in one error, before anything is touched.

    :raises OperationError: names each of them.
    """
    missing = missing_rights(asked, rights)
    if missing:
        advice = "Give the user or service account that runs this all of them; pods/exec and pods/portforward need both create and get, "
        advice += "because clients open a WebSocket with GET. docs/kubernetes_transports.md has the Role."
        raise NotPermitted("use the transport", "Kubernetes", f"it does not allow: {', '.join(str(right) for right in missing)}", advice)
