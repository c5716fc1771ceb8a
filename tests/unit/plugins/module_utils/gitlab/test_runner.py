# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError, OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.runner import Contact, latest, seconds_of
from ansible_collections.streamops.kafka.plugins.module_utils.gitlab.runner_pods import RunnerPod, find_pods, restart
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.pods import Pod

SELECTOR = "app=runner"


def pod(number: int = 1, **more: object) -> RunnerPod:
    described = {"namespace": "ci", "name": f"runner-{number}", "labels": {"app": "runner"}, "owner": "ReplicaSet/runner", **more}
    return RunnerPod(Pod(**described), uid=f"uid-{number}")


class Namespace:
    """The pods that each look finds, the last ones for ever."""

    namespace = "ci"

    def __init__(self, *looks: list[RunnerPod]) -> None:
        self.looks, self.deleted = list(looks), []

    def all(self) -> list[RunnerPod]:
        return [*(self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]), pod(99, labels={"app": "other"})]

    def delete(self, name: str, grace_period: int | None) -> None:
        self.deleted.append((name, grace_period))


def test_the_latest_contact_of_all_processes_counts() -> None:
    assert latest([None, "2016-01-25T16:39:48.066Z", "2016-01-25T17:39:49.066+01:00", ""]) == seconds_of("2016-01-25T16:39:49.066Z")
    assert latest([None]) is None


@pytest.mark.parametrize(("at", "silent", "text"), [
    (90.5, 9.5, "GitLab heard of it 10 s ago"), (101.0, 0.0, "0 s ago"), (None, None, "GitLab never heard of it"),
])
def test_silence_is_measured_on_gitlabs_clock(at: float | None, silent: float | None, text: str) -> None:
    contact = Contact(at, 100.0, "runner-4", "online", paused=True)
    assert contact.silent_for == silent and text in contact.describe() and "it is paused" in contact.describe()
    assert contact.as_result()["silent_seconds"] == silent


def test_the_restart_waits_for_the_old_to_go_and_the_new_to_be_ready() -> None:
    pods = Namespace([pod(1)], [pod(1, is_ending=True), pod(2)], [pod(2, is_ready=False)], [pod(2)])
    assert restart(pods, SELECTOR, [pod(1)], 5, timeout=5) == [pod(2)]
    assert pods.deleted == [("runner-1", 5)] and len(pods.looks) == 1


def test_a_pod_that_comes_back_with_the_same_name_is_another_one() -> None:
    same_name = RunnerPod(pod(1).pod, uid="uid-2")
    assert restart(Namespace([pod(1)], [same_name]), SELECTOR, [pod(1)], None, timeout=5) == [same_name]


def test_the_time_out_tells_the_states_and_that_something_was_done() -> None:
    stuck = Namespace([pod(1), pod(2, is_ready=False, phase="Pending")])
    with pytest.raises(OperationError, match="runner-1 is still there, runner-2 is Pending, not Ready") as raised:
        restart(stuck, SELECTOR, [pod(1)], None, timeout=0)
    assert raised.value.partial == {"changed": True}


def test_no_pod_lists_those_that_are_there() -> None:
    with pytest.raises(OperationError, match=r"no pod has the labels app=x\. The pods there: runner-0 \(app=runner\); .*runner-9 .* and 3 more\."):
        find_pods(Namespace([pod(number) for number in range(12)]), "app=x")


def test_a_pod_that_nothing_starts_again_is_refused() -> None:
    with pytest.raises(OperationError, match="would start runner-1 again. Nothing was deleted"):
        find_pods(Namespace([pod(1, owner="")]), SELECTOR)


@pytest.mark.parametrize("selector", ["", " ", "=x"])
def test_a_selector_that_is_none_or_means_every_pod_is_refused(selector: str) -> None:
    with pytest.raises(InputError, match="selector"):
        find_pods(Namespace([pod(1)]), selector)
