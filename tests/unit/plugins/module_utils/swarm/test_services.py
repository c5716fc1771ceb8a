# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an update of a service of Docker Swarm changes, and when it has come about."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.streamops.kafka.plugins.module_utils.swarm.services import (
    MASK, Service, Task, Wish, described, differs, has_failed, is_converged, new_env, new_image, plan_update)  # fmt: skip

SERVICE = Service("s_kafka-1", 7, "kafka:7.1.1@sha256:1234", ("A=1", "B=2", "KAFKA_SASL_JAAS_CONFIG=x"), {})


def task(state: str = "running", wanted: str = "running", image: str = "kafka:7.7.1", created: str = "1", error: str = "") -> Task:
    return Task("t" + created, state, wanted, "dock-1", image, ("A=1",), error, created)


def test_a_sorted_environment_stays_sorted_and_another_keeps_its_order() -> None:
    wish = Wish(None, {"KAFKA_INTER_BROKER_PROTOCOL_VERSION": "3.1", "A": "0"})
    assert new_env(("A=1", "Z=2"), wish) == ("A=0", "KAFKA_INTER_BROKER_PROTOCOL_VERSION=3.1", "Z=2")
    assert new_env(("Z=2", "A=1"), wish) == ("Z=2", "A=0", "KAFKA_INTER_BROKER_PROTOCOL_VERSION=3.1")


def test_a_variable_is_taken_away_by_none_and_all_others_by_only_env() -> None:
    assert new_env(("A=1", "B=2"), Wish(None, {"A": None})) == ("B=2",)
    assert new_env(("A=1", "B=2"), Wish(None, {"C": "3"}, only_env=True)) == ("C=3",)


def test_an_image_that_is_only_pinned_by_a_digest_is_the_same() -> None:
    assert new_image(SERVICE, Wish("kafka:7.1.1", {})) == SERVICE.image
    assert new_image(SERVICE, Wish("kafka:7.7.1", {})) == "kafka:7.7.1"
    assert not plan_update(SERVICE, Wish("kafka:7.1.1", {"A": "1"}))


def test_a_plan_shows_what_changes_and_no_secret() -> None:
    plan = plan_update(SERVICE, Wish("kafka:7.7.1", {"A": "1", "B": "3"}, only_env=True, hostname="h"))
    change = next(iter(plan))
    assert change.before == {"image": SERVICE.image, "hostname": "", "env": {"A": "1", "B": "2", "KAFKA_SASL_JAAS_CONFIG": MASK}}
    assert change.after == {"image": "kafka:7.7.1", "hostname": "h", "env": {"A": "1", "B": "3", "KAFKA_SASL_JAAS_CONFIG": None}}


def test_a_secret_that_changes_is_a_change_though_it_is_not_shown() -> None:
    assert plan_update(SERVICE, Wish(None, {"KAFKA_SASL_JAAS_CONFIG": "y"}))


def test_an_update_has_come_about_when_only_new_containers_run() -> None:
    new, old = task(), task(image="kafka:7.1.1", created="0")
    assert is_converged([new, replace(old, state="shutdown", wanted_state="shutdown")], "kafka:7.7.1", ["A=1"])
    assert not is_converged([new, replace(old, wanted_state="shutdown")], "kafka:7.7.1", ["A=1"])
    assert not is_converged([old], "kafka:7.7.1", ["A=1"]) and not is_converged([], "kafka:7.7.1", [])
    assert not is_converged([replace(new, env=("A=2",))], "kafka:7.7.1", ["A=1"])


def test_a_service_differs_from_a_file_in_image_environment_or_hostname() -> None:
    service = Service("s_a", 1, "kafka:7.7.1@sha256:12", ("A=1", "B=2"), {})
    same = {"image": "kafka:7.7.1", "env": {"A": "1", "B": "2"}, "hostname": ""}
    assert not differs(service, same) and not differs(service, {**same, "env": {"A": None, "B": "2"}})
    others = [{"image": "kafka:7.1.1"}, {"hostname": "h"}, {"env": {"A": "1"}}, {"env": {"A": "1", "B": "3"}}]
    assert all(differs(service, {**same, **other}) for other in others)


def test_an_update_that_was_given_up_says_why() -> None:
    paused = replace(SERVICE, update_state="paused", update_message="update paused due to failure")
    assert has_failed(paused) and has_failed(replace(SERVICE, update_state="rollback_completed")) and not has_failed(SERVICE)
    assert "No such image" in described(paused, [task("rejected", "shutdown", error="No such image: kafka:7.7.9")])
