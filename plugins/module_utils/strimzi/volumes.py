# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The volumes of a broker's pod, and whether they are gone for good. Three answers: lost, there, not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..errors import OperationError
from ..kubernetes.client import Cluster, NotPermitted, NotThere

LOST, THERE, UNKNOWN = "lost", "there", "unknown"
_HOST = "kubernetes.io/hostname"


@dataclass(frozen=True)
class Volume:
    """One claim with the volume behind it. ``uid``: of the claim, empty when there is none."""

    claim: str
    uid: str
    name: str
    state: str
    reason: str

    def as_result(self) -> dict[str, str]:
        return {"claim": self.claim, "volume": self.name, "state": self.state, "reason": self.reason}


class Volumes:
    """Claims of one namespace, and the cluster's volumes."""

    def __init__(self, kubernetes: Cluster, namespace: str) -> None:
        self._kubernetes = kubernetes
        self._claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
        self._namespace = namespace

    def of(self, claims: Iterable[str]) -> list[Volume]:
        return [self._look(claim) for claim in claims]

    def _look(self, claim: str) -> Volume:
        try:
            found = self._kubernetes.request(f"read claim {self._namespace}/{claim}", "GET", f"{self._claims}/{claim}")
        except NotThere:
            return Volume(claim, "", "", LOST, "the claim does not exist")
        name = str(found["spec"].get("volumeName") or "")
        uid = str(found["metadata"]["uid"])
        if (found.get("status") or {}).get("phase") == "Lost":
            return Volume(claim, uid, name, LOST, "the claim is Lost: its volume does not exist any more")
        if not name:
            return Volume(claim, uid, name, UNKNOWN, "the claim has no volume yet")
        return Volume(claim, uid, name, *self._fate(name))

    def _fate(self, name: str) -> tuple[str, str]:
        try:
            volume = self._kubernetes.request(f"read volume {name}", "GET", f"/api/v1/persistentvolumes/{name}")
        except NotThere:
            return LOST, "the volume does not exist any more"
        except NotPermitted:
            return UNKNOWN, "this user may not read persistentvolumes"
        hosts = hosts_of(volume)
        if not hosts:
            return UNKNOWN, "the volume is bound to no node"
        try:
            there = self._kubernetes.request("list the nodes", "GET", "/api/v1/nodes", {"labelSelector": f"{_HOST} in ({','.join(sorted(hosts))})"})["items"]
        except NotPermitted:
            return UNKNOWN, "this user may not list nodes"
        if not there:
            return LOST, f"its node {', '.join(sorted(hosts))} does not exist any more"
        return THERE, f"its node {there[0]['metadata']['name']} exists, {_readiness(there[0])}"

    def claim_uid(self, claim: str) -> str:
        """The uid of a claim, empty when there is none."""
        try:
            return str(self._kubernetes.request(f"read claim {self._namespace}/{claim}", "GET", f"{self._claims}/{claim}")["metadata"]["uid"])
        except NotThere:
            return ""

    def remove(self, volume: Volume) -> str:
        """Delete the object of a volume whose claim is gone.

        :returns: ``removed``, or ``absent``.
        :raises OperationError: when another claim has it by now.
        """
        path = f"/api/v1/persistentvolumes/{volume.name}"
        try:
            found = self._kubernetes.request(f"read volume {volume.name}", "GET", path)
        except NotThere:
            return "absent"
        holder = (found["spec"].get("claimRef") or {}).get("uid")
        if holder and holder != volume.uid:
            raise OperationError("remove the volume", volume.name, "another claim holds it by now", "Leave it out of remove_volumes.")
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": found["metadata"]["uid"]}}
        with suppress(NotThere):
            self._kubernetes.request(f"delete volume {volume.name}", "DELETE", path, None, body)
        return "removed"


def hosts_of(volume: Mapping[str, Any]) -> set[str]:
    """The nodes that a volume is bound to, by their host names."""
    terms: Sequence[Any] = ((((volume.get("spec") or {}).get("nodeAffinity") or {}).get("required") or {}).get("nodeSelectorTerms")) or []
    found = [each for term in terms for each in term.get("matchExpressions") or [] if each.get("key") == _HOST and each.get("operator") == "In"]
    return {str(value) for each in found for value in each.get("values") or []}


def _readiness(node: Mapping[str, Any]) -> str:
    ready = any(each.get("type") == "Ready" and each.get("status") == "True" for each in (node.get("status") or {}).get("conditions") or [])
    return "and is Ready" if ready else "and is not Ready: it may come back with all its data"
