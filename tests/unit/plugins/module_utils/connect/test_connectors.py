# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of connect_connector, what is secret, when a connector is ready: whatever is in the configurations."""

from __future__ import annotations

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors import (
    STATES,
    Connector,
    Step,
    Task,
    Wanted,
    as_config,
    first_lines,
    plan,
    reason_of,
    same_config,
    target_of,
)
from ansible_collections.streamops.kafka.plugins.module_utils.connect.report import changes, rows
from ansible_collections.streamops.kafka.plugins.module_utils.connect.secrets import CHANGED, MASK, is_secret, masked, secrets_of
from ansible_collections.streamops.kafka.plugins.module_utils.connect.status import BROKEN, READY, WAITING, verdict
from ansible_collections.streamops.kafka.plugins.module_utils.connect.validation import field_problems, is_called
from ansible_collections.streamops.kafka.plugins.module_utils.connect.versions import OFFSETS, STOP, kafka_version
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.sampled_from(["topics", "tasks.max", "file", "transforms", "database.password", "x.jaas.config", "out.of.the.way"])
SCALARS = st.one_of(st.text("ab1 ,é", max_size=6), st.integers(-9, 9), st.booleans(), st.none())
GIVEN = st.dictionaries(KEYS, st.one_of(SCALARS, st.lists(st.text("abc", min_size=1, max_size=3), max_size=3)), max_size=5)
TEXTS = st.dictionaries(KEYS, st.text("ab1 ,é", max_size=5), max_size=5)
CONNECTOR_STATES = st.sampled_from(["running", "paused", "stopped", "failed", "unassigned"])
CONNECTORS = st.builds(
    Connector, st.just("a"), TEXTS, CONNECTOR_STATES, st.lists(st.builds(Task, st.integers(0, 3), CONNECTOR_STATES), max_size=3).map(tuple), st.integers(0, 3))


@given(GIVEN)
def test_what_was_put_is_the_same_afterwards(given_config: dict[str, object]) -> None:
    stored = {**as_config(given_config), "name": "a"}
    assert same_config(stored, as_config(given_config))
    assert all(isinstance(value, str) for value in stored.values())


@given(TEXTS, TEXTS)
def test_the_comparison_goes_both_ways(one: dict[str, str], other: dict[str, str]) -> None:
    assert same_config(one, other) == same_config(other, one) == (one == other)


@pytest.mark.parametrize(("left", "right"), [(1, "1"), (True, "true"), (["a", "b"], "a,b"), (1.5, "1.5"), (0, "0")])
def test_values_equal_their_texts(left: object, right: str) -> None:
    assert as_config({"key": left}) == {"key": right}
    assert as_config({"key": None}) == {}


@given(CONNECTORS, st.one_of(st.none(), TEXTS), st.sampled_from(STATES))
def test_a_step_leads_to_where_no_step_is_left(now: Connector, config: dict[str, str] | None, state: str) -> None:
    wanted = Wanted("a", state, config)
    steps = plan([wanted], {"a": now})
    if state == "absent":
        assert steps == (Step("a", "deleted"),)
        return
    after = Connector("a", steps[0].config if steps and steps[0].config is not None else now.config, target_of(wanted, now))
    assert plan([wanted], {"a": after}) == ()
    if state == "present":  # it is not touched whether it runs
        assert all(step.target is None for step in steps)


@given(st.lists(CONNECTORS, max_size=3), st.sampled_from(STATES))
def test_what_is_not_listed_is_deleted_only_when_exclusive(others: list[Connector], state: str) -> None:
    current = {f"other-{number}": each for number, each in enumerate(others)}
    wanted = [Wanted("a", state, {"connector.class": "X"} if state != "absent" else None)]
    assert {step.name for step in plan(wanted, current)} <= {"a"}
    assert {step.name for step in plan(wanted, current, exclusive=True) if step.action == "deleted"} == set(current)


@given(TEXTS, TEXTS)
def test_no_secret_is_in_what_is_reported(old: dict[str, str], new: dict[str, str]) -> None:
    word = "Kanarienvogel"
    before = {**old, "database.password": word + "-old", "typed": word + "-old"}
    after = {**new, "database.password": word + "-new", "typed": word + "-new", "url": f"jdbc:x://user:{word}@host/"}
    current, wanted = {"a": Connector("a", before, "running")}, [Wanted("a", "present", after)]
    steps = plan(wanted, current)
    shown = changes(wanted, current, steps, lambda plugin: {"typed"})
    text = str(shown.diff()) + str(rows(wanted, shown, current, current, {}, (), lambda plugin: {"typed"}))
    assert word not in text and CHANGED in text


def test_placeholders_are_shown_and_what_only_speaks_of_secrets_too() -> None:
    config = {
        "database.password": "${file:/etc/connect/secrets:password}", "ssl.truststore.location": "/etc/trust", "sasl.jaas.config": 'x password="${file:/a:b}";',
        "producer.override.ssl.keystore.key": "-----BEGIN", "tokens.path": "/x", "database.secret.key": "hidden", "empty.password": "",
    }
    assert masked(config) == {**config, "sasl.jaas.config": MASK, "producer.override.ssl.keystore.key": MASK, "database.secret.key": MASK}
    assert "hidden" in secrets_of(config) and not any(value.startswith("${") for value in secrets_of(config))
    assert is_secret("innocent", {"innocent"}) and not is_secret("innocent")


def test_a_login_in_a_url_and_a_password_in_jaas_are_blanked_in_texts() -> None:
    assert {"user:hunter22", "hunter22"} <= secrets_of({"connection.url": "jdbc:postgresql://user:hunter22@host/db"})
    assert "hunter22" in secrets_of({"sasl.jaas.config": 'Login required password="hunter22";'})


def seen(state: str, *tasks: str, expected: int | None = None) -> Connector:
    return Connector("a", {}, state, tuple(Task(number, each) for number, each in enumerate(tasks)), len(tasks) if expected is None else expected)


@pytest.mark.parametrize(("now", "target", "changed", "lasted", "said"), [
    (seen("running", "running"), "running", False, 0, READY),
    (seen("running", "running"), "running", True, 0, WAITING),  # it may be the state before the change
    (seen("running", "running"), "running", True, 2, READY),
    (seen("running", "running", expected=2), "running", True, 9, WAITING),
    (seen("running"), "running", True, 9, WAITING),
    (seen("running"), "running", True, 10, READY),
    (seen("running", "failed"), "running", False, 0, BROKEN),
    (seen("running", "failed"), "running", True, 1, WAITING),
    (seen("running", "failed"), "running", True, 5, BROKEN),
    (seen("failed"), "paused", True, 5, BROKEN),
    (seen("paused", "running"), "paused", True, 9, WAITING),
    (seen("paused"), "paused", True, 2, READY),
    (seen("stopped"), "stopped", True, 0, READY),
    (seen("stopped", "running"), "stopped", True, 9, WAITING),
    (seen("running", "failed"), "stopped", True, 9, WAITING),
    (seen("unassigned"), "running", True, 99, WAITING),
    (None, "running", True, 9, WAITING), (None, "absent", True, 0, READY), (seen("running"), "absent", True, 9, WAITING),
])  # fmt: skip
def test_when_a_connector_is_where_it_should_be(now: Connector | None, target: str, changed: bool, lasted: float, said: str) -> None:
    assert verdict(now, target, changed, lasted) == said


@pytest.mark.parametrize(("text", "version"), [
    ("4.3.1", (4, 3)), ("3.1.2", (3, 1)), ("7.1.0-ccs", (3, 1)), ("7.5.3-ce", (3, 5)), ("6.2.0-ccs", (2, 8)), ("5.5.1-ccs", (2, 5)), ("8.0.0-ccs", (4, 0)),
    ("3.6.0.redhat-00001", (3, 6)),
])  # fmt: skip
def test_versions_of_kafka_and_of_confluent(text: str, version: tuple[int, int]) -> None:
    assert kafka_version(text) == version


def test_a_version_that_says_nothing_is_no_obstacle() -> None:
    assert kafka_version("unknown") >= OFFSETS > STOP


def test_traces_are_shortened_and_keep_their_causes() -> None:
    trace = "\n".join(["x.ConnectException: no", *["\tat x"] * 20, "Caused by: y.Middle: m", "\tat y", "Caused by: z.Root: the reason"])
    assert len(first_lines(trace).splitlines()) == 12 and first_lines(trace).endswith("z.Root: the reason")
    assert reason_of(trace) == "x.ConnectException: no because of z.Root: the reason"


def test_every_error_of_a_field_is_told_and_null_values_are_no_trap() -> None:
    said = {"configs": [{"value": {"name": "a", "errors": ["one\ntwo", "three"]}}, {"value": None}, {"value": {"name": "b", "errors": None}}]}
    assert field_problems("x", said) == ["connector x: a: one two", "connector x: a: three"]


def test_a_plugin_is_called_by_its_class_its_name_or_the_short_of_it() -> None:
    names = ("org.x.FileStreamSinkConnector", "FileStreamSinkConnector", "FileStreamSink", "Sink")
    assert [is_called("org.x.FileStreamSinkConnector", name) for name in names] == [True, True, True, False]


@pytest.mark.parametrize(("state", "moves"), [("unassigned", "running"), ("restarting", "running"), ("running", None), ("failed", None), ("paused", "running")])
def test_one_that_no_worker_has_may_be_paused_and_is_resumed(state: str, moves: str | None) -> None:
    steps = plan([Wanted("a", "running")], {"a": Connector("a", {}, state)})
    assert [step.target for step in steps if step.target] == ([moves] if moves else [])
    assert plan([Wanted("a", "present", {})], {"a": Connector("a", {}, "unassigned")}) == ()
