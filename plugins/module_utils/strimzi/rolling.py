# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarting the pods of a Kafka cluster by its operator, one after the other, and knowing which have been.

Which pods are to be restarted, with the uid that each had, is an annotation of the Kafka resource before any of them is. So the next run
goes on with those that a killed one left, instead of restarting all of them again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError, OperationError
from ..kubernetes.client import NotPermitted
from ..progress import Progress
from ..wait import wait_until
from .kafka_client import KafkaEditor
from .node_pods import ROLL, NodePod, NodePods, names
from .resources import Resource, annotation

RECORD = "streamops.kafka/rolling-restart"


def record_of(kafka: Resource) -> dict[str, str]:
    """By pod the uid that it had when its restart was asked for; empty when none is recorded."""
    try:
        found = json.loads(annotation(kafka, RECORD) or "{}")
    except ValueError:
        return {}
    return {str(name): str(uid) for name, uid in found.items()} if isinstance(found, Mapping) else {}


def record_patch(kafka: Resource, pods: Mapping[str, str]) -> dict[str, Any]:
    text = json.dumps(dict(sorted(pods.items()))) if pods else None
    return {"metadata": {"annotations": {RECORD: text}, "resourceVersion": kafka["metadata"]["resourceVersion"]}}


def chosen(pods: Mapping[str, NodePod], wanted: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The pods that are meant, with their uids, and what is wrong with the names. A node may be named by its number."""
    by_number = {str(pod.number): name for name, pod in pods.items() if pod.number is not None}
    found = [by_number.get(each, each) for each in wanted] or list(pods)
    problems = [f"pods: there is no {each}, the cluster has {names(pods.values())}" for each in found if each not in pods]
    problems += [] if pods else ["the cluster has no pods of Kafka nodes: is the operator running, and the namespace right?"]
    return {name: pods[name].uid for name in found if name in pods}, problems


def open_ones(pods: Mapping[str, NodePod], asked: Mapping[str, str]) -> list[str]:
    """Of those that are asked for, the ones that have not been restarted, or are not Ready again."""
    return [name for name, uid in asked.items() if name not in pods or pods[name].uid == uid or not pods[name].works]


class Restart:
    """One rolling restart."""

    def __init__(self, editor: KafkaEditor, pods: NodePods, wanted: Sequence[str]) -> None:
        self._editor = editor
        self._pods = pods
        kafka = editor.read()
        recorded = record_of(kafka)
        selected, problems = chosen(pods.kafka(), [] if recorded and not wanted else wanted)
        problems += list(filter(None, [editor.paused_problem(kafka)]))
        if problems:
            raise InputError(problems)
        self.is_resumed = bool(recorded)
        new = {name: uid for name, uid in selected.items() if name not in recorded} if wanted or not recorded else {}
        self.asked = {**recorded, **new}  # also one that is not there at the moment: it is just being made anew
        self.most_unavailable = 0
        self._kafka = kafka

    def try_out(self) -> None:
        """Have the API server say whether this would be allowed."""
        self._editor.patch("record the restart", record_patch(self._kafka, self.asked), dry_run=True)
        for pod in self._to_annotate():
            self._pods.annotate(pod, ROLL, dry_run=True)

    def begin(self) -> None:
        """Record it, then ask the operator."""
        self._editor.patch("record the restart", record_patch(self._kafka, self.asked))
        for pod in self._to_annotate():
            self._pods.annotate(pod, ROLL)

    def _to_annotate(self) -> list[NodePod]:
        there = self._pods.kafka()
        return [there[name] for name, uid in self.asked.items() if name in there and there[name].uid == uid and there[name].annotations.get(ROLL) != "true"]

    def finish(self, timeout: float) -> None:
        """Until every pod is another one and Ready; then the record goes.

        :raises OperationError: at the deadline. The record stays, so that the next run goes on.
        """
        where = self._editor.path
        progress = Progress(f"rolling restart of {where}")

        def look() -> dict[str, NodePod] | str:
            try:
                there = self._pods.kafka()
            except NotPermitted:
                raise
            except OperationError as error:
                return str(error)
            self.most_unavailable = max(self.most_unavailable, sum(1 for name in self.asked if name not in there or not there[name].works))
            return there

        def words(seen: dict[str, NodePod] | str) -> str:
            if isinstance(seen, str):
                return seen
            left = open_ones(seen, self.asked)
            told = [f"{name} ({_state(seen.get(name), self.asked[name])})" for name in left]
            return f"{len(self.asked) - len(left)} of {len(self.asked)} restarted, left: {', '.join(told)}"

        advice = "Look at the cluster operator's log. The next run goes on with the pods that are left."
        try:
            wait_until("see every pod restarted and Ready", look, lambda seen: not isinstance(seen, str) and not open_ones(seen, self.asked), timeout, where,
                       words, advice, 0.3, progress=progress)  # fmt: skip
        except OperationError as error:
            error.partial |= {"changed": True, "pods": self.as_result(), "most_unavailable": self.most_unavailable}
            raise
        self._editor.patch("remove the record of the restart", record_patch(self._editor.read(), {}))

    def as_result(self) -> dict[str, str]:
        """What came of each pod."""
        left = open_ones(self._pods.kafka(), self.asked)
        return {name: "not_restarted" if name in left else "restarted" for name in self.asked}


def _state(pod: NodePod | None, uid: str) -> str:
    if pod is None:
        return "not there"
    if pod.is_ending:
        return "ending"
    return "waiting for the operator" if pod.uid == uid else "not Ready yet"


def restart_entity_operator(pods: NodePods, timeout: float, where: str) -> dict[str, str]:
    """Delete its pods; its Deployment makes new ones. Until these are Ready.

    :returns: what came of each pod.
    """
    before = pods.entity_operator()
    for pod in before.values():
        pods.delete(pod)

    def is_new(seen: dict[str, NodePod]) -> bool:
        fresh = [pod for pod in seen.values() if pod.uid not in {each.uid for each in before.values()}]
        return len(fresh) >= len(before) and all(pod.works for pod in fresh)

    def words(seen: dict[str, NodePod]) -> str:
        return ", ".join(f"{name}: {'Ready' if pod.works else 'ending' if pod.is_ending else 'not Ready'}" for name, pod in seen.items()) or "no pod"

    seen = wait_until("see the entity operator Ready again", pods.entity_operator, is_new, timeout, where, words,
                      "Look at the events of its Deployment.", 0.3, progress=Progress(f"entity operator of {where}"))  # fmt: skip
    return {**dict.fromkeys(before, "restarted"), **{name: "new" for name in seen if name not in before}}
