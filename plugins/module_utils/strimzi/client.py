# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strimzi's resources through the Kubernetes API: list, apply, delete, watch."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import OperationError
from ..kubernetes.client import Cluster, Conflict, NotPermitted, NotThere
from ..progress import Progress as ProgressLines
from ..wait import wait_until
from .ownership import MANAGER
from .planning import Place, Step
from .resources import CLUSTER_LABEL, GROUP, KAFKA, Kind, Progress, Resource, name_of, progress_of

_PAGE = "500"
_LONGEST_WATCH_SECONDS = 60
_SHORTEST_WATCH_SECONDS = 1


class StrimziClient:
    """The resources of one namespace. ``patience``: seconds for what others may get in the way of for a moment."""

    patience = 30.0

    def __init__(self, cluster: Cluster, namespace: str | None = None) -> None:
        self.cluster = cluster
        self.namespace = namespace or cluster.namespace

    def served(self) -> dict[str, tuple[str, ...]]:
        """By the plural name of each of Strimzi's kinds, the versions that this cluster serves. Empty without Strimzi."""
        attempted = f"ask which versions of {GROUP} are served"
        try:
            versions = [each["version"] for each in self.cluster.request(attempted, "GET", f"/apis/{GROUP}")["versions"]]
        except NotThere:
            return {}
        served: dict[str, tuple[str, ...]] = {}
        for version in versions:
            for each in self.cluster.request(attempted, "GET", f"/apis/{GROUP}/{version}")["resources"]:
                if "/" not in each["name"]:
                    served[each["name"]] = (*served.get(each["name"], ()), version)
        return served

    def resources(self, kind: Kind, api_version: str, selector: str = "") -> tuple[list[Resource], str]:
        """All resources of a kind, page by page, and the version of the list to watch from."""
        query, found = {"limit": _PAGE, **({"labelSelector": selector} if selector else {})}, []
        while True:
            answer = self.cluster.request(f"list the {kind.name} resources of namespace {self.namespace}", "GET", self._path(kind, api_version), query)
            found += answer["items"]
            if not answer["metadata"].get("continue"):
                return found, str(answer["metadata"]["resourceVersion"])
            query["continue"] = answer["metadata"]["continue"]

    def resource(self, kind: Kind, api_version: str, name: str) -> Resource:
        """One resource.

        :raises NotThere: when it does not exist.
        """
        return self.cluster.request(f"read {kind.name} {self.namespace}/{name}", "GET", f"{self._path(kind, api_version)}/{name}")

    def kafkas(self, served: Mapping[str, tuple[str, ...]], api_version: str) -> list[Resource] | None:
        """The Kafka resources; None when they may not be read."""
        if api_version not in served.get(KAFKA.plural, ()):
            return None
        try:
            return self.resources(KAFKA, api_version)[0]
        except NotPermitted:
            return None

    def carry_out(self, place: Place, step: Step, dry_run: bool, force: bool) -> Resource | None:
        """Make one step, or have the API server try it; returns the resource as it is afterwards, None when it is gone or going.

        :raises OperationError: with the API server's words.
        """
        attempted = f"{'try to ' if dry_run else ''}{_VERBS[step.action]} {place.kind.name} {place.namespace}/{step.name}"
        query = {"dryRun": "All"} if dry_run else {}
        path = self.path(place, step.name)
        if step.body is None:
            self._delete(attempted, path, dry_run, step)
            return None
        query |= {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        if step.is_merge:
            return self.cluster.request(attempted, "PATCH", path, query, step.body, "application/merge-patch+json")
        query |= {"force": "true"} if force else {}
        try:
            return self.cluster.request(attempted, "PATCH", path, query, step.body, "application/apply-patch+yaml")
        except Conflict as error:
            advice = "Somebody else set these fields. Change them there, or take them over with force_conflicts: true."
            raise Conflict(error.attempted, error.on, " ".join(error.answered.split()), advice) from error

    def _delete(self, attempted: str, path: str, dry_run: bool, step: Step) -> None:
        # Only the very resource that was seen: not one that somebody made since under the same name.
        seen = (step.before or {}).get("metadata", {}).get("uid")
        options: dict[str, object] = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": seen}}
        if dry_run:  # in the body: beside a body the API server does not look at the query, and would delete
            options["dryRun"] = ["All"]
        try:
            self.cluster.request(attempted, "DELETE", path, None, options)
        except NotThere:
            return

    def wait(self, place: Place, names: Iterable[str], timeout: float, gone: Iterable[str] = ()) -> dict[str, Progress]:
        """Watch until the operator is done with each resource, and those of ``gone`` are gone; at the deadline, what was seen last.

        Raises nothing: what has been changed must be reported, also when the API server is away in the meantime.

        :param timeout: seconds.
        """
        deadline = time.monotonic() + timeout
        waiting = _Waiting(set(names), set(gone))
        try:
            while self._look(place, waiting, deadline):
                pass
        except OperationError as error:
            waiting.give_up(str(error))
        return waiting.seen

    def _look(self, place: Place, waiting: _Waiting, deadline: float) -> bool:
        """List, then follow the changes for a while; whether to go on."""
        selector = f"{CLUSTER_LABEL}={place.cluster}"
        resources, version = self._listed(place, selector, deadline - time.monotonic())
        waiting.see_all(resources)
        left = deadline - time.monotonic()
        if not waiting.open or left <= 0:
            return False
        query = {"labelSelector": selector, "resourceVersion": version}
        lines = ProgressLines(f"{place.kind.name} {place.namespace}")
        seconds = max(_SHORTEST_WATCH_SECONDS, min(left, _LONGEST_WATCH_SECONDS))
        try:
            for event in self.cluster.watch(f"watch the {place.kind.name} resources", self._path(place.kind, place.api_version), query, seconds):
                if event["type"] == "ERROR":  # too old a version: list again
                    break
                waiting.see(event["object"], event["type"] == "DELETED")
                lines.say(f"waiting for {len(waiting.open)} of {len(waiting.seen)}")
                if not waiting.open or time.monotonic() >= deadline:
                    return False
        except NotPermitted:
            raise
        except OperationError:  # the API server is away; the next list waits for it
            return True
        return True

    def _listed(self, place: Place, selector: str, timeout: float) -> tuple[list[Resource], str]:
        """The list, as soon as the API server answers."""
        answers: list[tuple[list[Resource], str]] = []

        def look() -> str:
            try:
                answers.append(self.resources(place.kind, place.api_version, selector))
            except NotPermitted:
                raise
            except OperationError as error:
                return str(error)
            return ""

        wait_until(f"list the {place.kind.name} resources", look, lambda refused: not refused, timeout)
        return answers[0]

    def secret_keys(self, name: str) -> set[str] | None:
        """The keys of a Secret, None when it may not be read.

        :raises NotThere: when it does not exist.
        """
        try:
            return set(self.cluster.secret(self.namespace, name))
        except NotPermitted:
            return None

    def path(self, place: Place, name: str) -> str:
        """Of one resource."""
        return f"{self._path(place.kind, place.api_version)}/{name}"

    def _path(self, kind: Kind, api_version: str) -> str:
        return f"/apis/{GROUP}/{api_version}/namespaces/{self.namespace}/{kind.plural}"


_VERBS = {"created": "create", "altered": "change", "deleted": "delete"}


class _Waiting:
    """What was seen last of each resource, and which are still waited for."""

    def __init__(self, present: set[str], gone: set[str]) -> None:
        self._present, self._gone = present, gone
        self.seen: dict[str, Progress] = {}
        self.open = present | gone

    def see_all(self, resources: Iterable[Resource]) -> None:
        there = {name_of(each): each for each in resources}
        for name in sorted(self._present | self._gone):
            self._note(name, progress_of(there.get(name)))

    def see(self, resource: Resource, is_deleted: bool) -> None:
        if name_of(resource) in self._present | self._gone:
            self._note(name_of(resource), progress_of(None if is_deleted else resource))

    def give_up(self, why: str) -> None:
        """Nothing more can be seen."""
        for name in self.open:
            self.seen[name] = Progress("pending", why)

    def _note(self, name: str, progress: Progress) -> None:
        if name in self._gone and progress.state != "gone":
            progress = Progress("pending", progress.says)
        self.seen[name] = progress
        if progress.is_settled:
            self.open.discard(name)
        else:
            self.open.add(name)


def open_strimzi(params: Mapping[str, Any]) -> StrimziClient:
    """As the options of a module say."""
    return StrimziClient(Cluster(params["kubeconfig"], params["context"]), params["namespace"])


def missing_secret_keys(client: StrimziClient, wanted: Iterable[tuple[str, tuple[str, str]]]) -> list[str]:
    """Which users' passwords are not where they are said to be. A Secret that may not be read is left to the operator.

    :param wanted: user, and name and key of the Secret.
    """
    problems = []
    for user, (name, key) in wanted:
        try:
            keys = client.secret_keys(name)
        except NotThere:
            problems.append(f"user '{user}': there is no Secret {name} in namespace {client.namespace}")
            continue
        except OperationError as error:
            problems.append(f"user '{user}': {error}")
            continue
        if keys is not None and key not in keys:
            problems.append(f"user '{user}': Secret {name} has no key {key}, it has {', '.join(sorted(keys)) or 'none'}")
    return problems
