# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the topic operator off topics whose configuration is changed for a while."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from ..errors import OperationError
from ..kafka.holds import Released, Where
from ..kubernetes.client import Conflict, NotThere
from ..progress import Progress
from ..wait import wait_until
from .client import StrimziClient
from .ownership import MANAGER
from .pauses import PauseRecord, managing, pause_patch, pause_problem, record_of, resume_patch, shows_pause
from .planning import Place
from .resources import CLUSTER_LABEL, TOPIC, Resource, conditions_text, is_paused, name_of, subject_of

_BATCH = 500  # the operator's queue holds 1024 events
_REQUESTS_AT_ONCE = 8
_SHOWN = 5
_OPERATOR_ADVICE = "Look whether the entity operator of this cluster runs and watches this namespace, and at its log."


class Pauses:
    """The KafkaTopics of one cluster (``kafka.holds.Holds``)."""

    def __init__(self, client: StrimziClient, place: Place) -> None:
        self.client = client
        self.place = place
        self._resumed: dict[str, str] = {}  # topic -> resource

    @property
    def where(self) -> Where | None:
        return {"namespace": self.place.namespace, "cluster": self.place.cluster}

    def problems(self, topics: Iterable[str]) -> list[str]:
        """Why the operator cannot be kept off these topics; the API server tries each pause (a dry run)."""
        found = []
        managed = self._managed()
        for topic in topics:
            problem = pause_problem(topic, managed.get(topic, []))
            if problem:
                found.append(problem)
                continue
            for resource in managed.get(topic, []):
                try:
                    self._patch(f"try to pause KafkaTopic {name_of(resource)}", resource, pause_patch(resource, PauseRecord("", "", "")), dry_run=True)
                except (Conflict, NotThere):
                    continue  # it has just been changed, and will be read again
                except OperationError as error:
                    found.append(f"topic '{topic}': {error}")
        return found

    def take(self, run: str, owner: str, topics: Sequence[str], timeout: float, progress: Progress) -> None:
        record = PauseRecord(run, owner, datetime.now(timezone.utc).isoformat(timespec="seconds"))
        for first in range(0, len(topics), _BATCH):
            batch = set(topics[first:first + _BATCH])
            wait_until("pause the reconciliation of the topics", lambda: self._pause(batch, record), lambda left: not left, timeout,
                       self._on(), _described, "Somebody changes these resources all the time, or the operator does not heed them.", progress=progress)
            wait_until("see the reconciliation of the topics paused", lambda: self._unheeded(batch), lambda left: not left, timeout,
                       self._on(), _described, f"The operator has not heeded strimzi.io/pause-reconciliation. {_OPERATOR_ADVICE}", progress=progress)

    def release(self, run: str, topics: Collection[str]) -> list[Released]:
        return self._release(lambda topic, record: topic in topics and record.run == run)

    def forgotten(self, known_runs: Collection[str], dry_run: bool) -> list[Released]:
        return self._release(lambda topic, record: record.run not in known_runs, dry_run)

    def settle(self, timeout: float) -> dict[str, str]:
        names = {resource: topic for topic, resource in self._resumed.items()}
        if not names:
            return {}
        found = {}
        for name, progress in self.client.wait(self.place, names, timeout).items():
            late = f"not done after {timeout:.0f} s, last seen: " if progress.state == "pending" else ""
            found[names[name]] = "" if progress.state in ("ready", "paused", "gone") else f"{late}{progress.says}"
        return found

    def _pause(self, topics: Collection[str], record: PauseRecord) -> dict[str, str]:
        """One try; what is left, and why."""
        todo, left = [], {}
        for topic, resources in self._managed().items():
            if topic not in topics:
                continue
            problem = pause_problem(topic, resources)
            if problem:
                raise OperationError("pause the reconciliation of the topics", self._on(), problem)
            if shows_pause(resources[0]) and not is_paused(resources[0]):
                left[topic] = "the operator has not yet seen the end of an earlier pause"
            elif record_of(resources[0]) != record:
                todo.append(resources[0])
        for resource, refused in self._in_parallel(todo, lambda each: pause_patch(each, record), "pause"):
            if refused:
                left[subject_of(TOPIC, resource)] = refused
        return left

    def _unheeded(self, topics: Collection[str]) -> dict[str, str]:
        managed = {topic: resources[0] for topic, resources in self._managed().items() if topic in topics}
        return {
            topic: conditions_text((resource.get("status") or {}).get("conditions") or [])
            for topic, resource in managed.items() if not shows_pause(resource)
        }  # fmt: skip

    def _release(self, is_due: Callable[[str, PauseRecord], bool], dry_run: bool = False) -> list[Released]:
        """Whoever changes a resource meanwhile makes us look again; what is gone needs nothing."""
        released: dict[str, Released] = {}

        def left() -> dict[str, str]:
            due = []
            for resource in self._all():
                record, topic = record_of(resource), subject_of(TOPIC, resource)
                if record is not None and is_due(topic, record):
                    released[name_of(resource)] = Released(topic, name_of(resource), record.owner)
                    due.append(resource)
            if dry_run:
                return {}
            return {subject_of(TOPIC, each): refused for each, refused in self._in_parallel(due, resume_patch, "resume") if refused}

        wait_until("resume the reconciliation of the topics", left, lambda refused: not refused, self.client.patience, self._on(), _described)
        if not dry_run:
            self._resumed |= {each.topic: each.name for each in released.values()}
        return list(released.values())

    def _in_parallel(self, resources: Sequence[Resource], body: Callable[[Resource], Mapping[str, object]], verb: str) -> list[tuple[Resource, str]]:
        """Each resource with why its patch has to be made again, or with nothing."""

        def attempt(resource: Resource) -> str:
            try:
                self._patch(f"{verb} KafkaTopic {name_of(resource)}", resource, body(resource))
            except Conflict as error:
                return error.answered
            except NotThere:
                return ""
            return ""

        with ThreadPoolExecutor(max_workers=_REQUESTS_AT_ONCE) as pool:
            return list(zip(resources, pool.map(attempt, resources)))

    def _patch(self, attempted: str, resource: Resource, body: Mapping[str, object], dry_run: bool = False) -> None:
        query = {"fieldManager": MANAGER, **({"dryRun": "All"} if dry_run else {})}
        self.client.cluster.request(attempted, "PATCH", self.client.path(self.place, name_of(resource)), query, body, "application/merge-patch+json")

    def _managed(self) -> dict[str, list[Resource]]:
        return managing(self._all(), self.place.cluster)

    def _all(self) -> list[Resource]:
        return self.client.resources(TOPIC, self.place.api_version, f"{CLUSTER_LABEL}={self.place.cluster}")[0]

    def _on(self) -> str:
        return f"cluster {self.place.namespace}/{self.place.cluster}"


def _described(left: Mapping[str, str]) -> str:
    shown = "; ".join(f"{topic}: {why}" for topic, why in sorted(left.items())[:_SHOWN])
    return f"{len(left)} topics left: {shown}"
