# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.runner import Contact, latest, seconds_of
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.runner_pods import Pod, find_pods, restart

OLD = Pod("runner-a", "uid-1", True, "ReplicaSet runner", "Running", (("app", "runner"),))
NEW = replace(OLD, name="runner-b", uid="uid-2")


class Namespace:
    """The pods that each look finds, the last ones for ever."""

    namespace = "ci"

    def __init__(self, *looks: list[Pod]) -> None:
        self.looks, self.deleted = list(looks), []

    def chosen(self) -> list[Pod]:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def all(self) -> list[Pod]:
        return [replace(OLD, name=f"other-{number}") for number in range(12)]

    def delete(self, pod: Pod, grace_period: int | None) -> None:
        self.deleted.append((pod.name, grace_period))


def test_the_latest_contact_of_all_processes_counts() -> None:
    assert latest([None, "2016-01-25T16:39:48.066Z", "2016-01-25T17:39:49.066+01:00", ""]) == seconds_of("2016-01-25T16:39:49.066Z")
    assert latest([None]) is None


@pytest.mark.parametrize(("at", "silent", "text"), [(90.5, 9.5, "GitLab heard of it 10 s ago"), (101.0, 0.0, "0 s ago"), (None, None, "GitLab never heard of it")])
def test_silence_is_measured_on_gitlabs_clock(at: float | None, silent: float | None, text: str) -> None:
    contact = Contact(at, 100.0, "runner-4", "online", paused=True)
    assert contact.silent_for == silent and text in contact.describe() and "it is paused" in contact.describe()
    assert contact.as_result()["silent_seconds"] == silent


def test_the_restart_waits_for_the_old_to_go_and_the_new_to_be_ready() -> None:
    pods = Namespace([OLD], [replace(OLD, is_ready=False), NEW], [replace(NEW, is_ready=False)], [NEW])
    assert restart(pods, [OLD], 5, timeout=5) == [NEW]
    assert pods.deleted == [("runner-a", 5)] and len(pods.looks) == 1


def test_the_time_out_tells_the_states_and_that_something_was_done() -> None:
    with pytest.raises(OperationError, match="runner-a is still there, runner-b is Pending, not Ready") as raised:
        restart(Namespace([OLD, replace(NEW, is_ready=False, phase="Pending")]), [OLD], None, timeout=0)
    assert raised.value.partial == {"changed": True}


def test_no_pod_lists_those_that_are_there() -> None:
    with pytest.raises(OperationError, match=r"no pod has the labels 'app=x'\. The pods there: other-0 \(app=runner\); .*other-9 .* \.\.\.\."):
        find_pods(Namespace([]), "app=x")


def test_a_pod_that_nothing_starts_again_is_refused() -> None:
    with pytest.raises(OperationError, match="would start runner-a again. Nothing was deleted"):
        find_pods(Namespace([replace(OLD, controller="")]), "app=runner")
