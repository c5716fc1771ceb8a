# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""strimzi_logging against Strimzi's real definitions. That levels take effect is the operator's work, and no operator runs here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from run_module import run_module, start_module
from strimzi_resources import READY, Resources, definitions

from lab import pods
from lab.waiting import wait_until

LISTENERS = [{"name": "plain", "port": 9092, "type": "internal", "tls": False}]
LOGGING = {"type": "inline", "loggers": {"rootLogger.level": "INFO"}}


@pytest.fixture(scope="module", params=["1.2.0"])
def kafkas(request: pytest.FixtureRequest) -> Iterator[Resources]:
    with definitions(request.param) as version, pods.namespace() as space:
        made = Resources(space, "kafkas", version)
        made.create("Kafka", "experiment", {"kafka": {"listeners": LISTENERS, "logging": LOGGING}, "entityOperator": {"topicOperator": {}}}, cluster=None)
        yield made


def arguments(kafkas: Resources, **options: Any) -> dict[str, Any]:
    return {"namespace": kafkas.space.name, "cluster": "experiment", "kubeconfig": kafkas.space.kubeconfig, "wait": False, **options}


def module(kafkas: Resources, check: bool = False, **options: Any) -> Any:
    return run_module("strimzi_logging", arguments(kafkas, **options), check=check, diff=True)


def logging(kafkas: Resources, *path: str) -> Any:
    found: Any = kafkas.get("experiment")
    for key in ("spec", *path):
        found = found[key]
    return found.get("logging")


def test_levels_are_set_and_put_back_to_exactly_what_they_were(kafkas: Resources) -> None:
    wanted = {"loggers": {"rootLogger.level": "DEBUG", "logger.a.name": "kafka.authorizer", "logger.a.level": "TRACE"}, "reason": "logins fail"}
    predicted = module(kafkas, check=True, **wanted)
    assert predicted["changed"] is True and logging(kafkas, "kafka") == LOGGING
    running = start_module("strimzi_logging", arguments(kafkas, **wanted, wait_timeout=60) | {"wait": True})
    wait_until("the levels are set", lambda: None if logging(kafkas, "kafka") != LOGGING else "not yet", 60)
    running.kill()
    assert logging(kafkas, "kafka")["loggers"] == wanted["loggers"]
    assert module(kafkas, **wanted)["changed"] is False
    again = module(kafkas, loggers={"rootLogger.level": "TRACE"}, reason="more of it")
    assert again["recorded"]["kafka"]["loggers"]["rootLogger.level"] == {"was": "INFO", "set": "TRACE"}

    operator = module(kafkas, component="topic_operator", loggers={"rootLogger.level": "DEBUG"}, reason="slow")
    assert operator["changed"] is True and set(operator["recorded"]) == {"kafka", "topic_operator"}
    tried = module(kafkas, check=True, state="absent")
    back = module(kafkas, state="absent")
    assert tried["diff"] == back["diff"] and back["changed"] is True and logging(kafkas, "kafka") == LOGGING
    assert module(kafkas, state="absent")["changed"] is False
    assert module(kafkas, component="topic_operator", state="absent")["recorded"] == {}
    assert logging(kafkas, "entityOperator", "topicOperator") is None, "there was none before"
    assert "streamops.kafka/logging" not in (kafkas.get("experiment") or {})["metadata"].get("annotations", {})


def test_what_others_changed_since_is_left_alone(kafkas: Resources) -> None:
    module(kafkas, loggers={"rootLogger.level": "DEBUG", "logger.b.level": "DEBUG"}, reason="r")
    kafkas.patch("experiment", {"spec": {"kafka": {"logging": {"loggers": {"logger.b.level": "ERROR"}}}}})
    back = module(kafkas, state="absent")
    assert "logger.b.level was changed by somebody else" in str(back["warnings"]) and back["loggers"] == {"rootLogger.level": "INFO", "logger.b.level": "ERROR"}
    kafkas.patch("experiment", {"spec": {"kafka": {"logging": {"loggers": {"logger.b.level": None}}}}})


def test_it_waits_for_the_operator_and_wrong_input_is_refused(kafkas: Resources) -> None:
    wrong = module(kafkas, loggers={"rootLogger.level": "LOUD"})
    assert "rootLogger.level is LOUD" in wrong["msg"] and "reason is needed" in wrong["msg"]
    assert "no spec.cruiseControl" in module(kafkas, component="cruise_control", loggers={"a.level": "INFO"}, reason="r")["msg"]
    late = module(kafkas, loggers={"rootLogger.level": "WARN"}, reason="r", wait=True, wait_timeout=1)
    assert late["rc"] == 1 and late["changed"] is True and "the operator has not looked at generation" in late["msg"]
    with kafkas.marking(lambda name: READY):
        assert module(kafkas, state="absent", wait=True)["ready"] == "verified"
