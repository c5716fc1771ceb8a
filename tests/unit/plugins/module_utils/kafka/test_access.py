# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.access import (
    Answer,
    Trial,
    create_trial,
    existence,
    group_trial,
    holders_of,
    principal_of,
    problems,
    read_trial,
    state_of,
    told,
    untried,
    wanted_from,
    write_trial,
)
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls import Acl
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.connection import Connection

ME = "User:lab"
REFUSED = Answer("TOPIC_AUTHORIZATION_FAILED", "not authorized")
OPTIONS: dict[str, Any] = {"topics": [], "pattern": None, "groups": [], "new_topics": [], "produce": True, "consume": True}


@pytest.mark.parametrize("code", ["CORRUPT_MESSAGE", "INVALID_RECORD", "MESSAGE_SIZE_TOO_LARGE", "INVALID_TIMESTAMP", "NO_ERROR"])
def test_a_record_that_is_refused_for_what_it_is_proves_the_right(code: str) -> None:
    assert write_trial("events", {0: Answer(code), 1: Answer("CORRUPT_MESSAGE")}).state == "verified"


def test_a_partition_that_cannot_be_written_to_is_named_and_is_no_missing_right() -> None:
    few = Answer("NOT_ENOUGH_REPLICAS", "fewer in-sync replicas than required")
    trial = write_trial("events", {0: Answer("CORRUPT_MESSAGE"), 1: few, 2: few})
    assert (trial.state, trial.lacks) == ("failed", False)
    assert trial.reason == "partition 1, 2 cannot be produced to: fewer in-sync replicas than required (NOT_ENOUGH_REPLICAS)"


def test_reading_is_proved_by_an_answer_and_by_nothing_else() -> None:
    assert read_trial("events", {0: Answer("NO_ERROR")}).state == "verified"
    assert read_trial("events", {0: Answer("CORRUPT_MESSAGE", "x")}).state == "failed"
    silent = read_trial("events", {0: Answer("NO_ERROR"), 1: Answer("_TIMED_OUT", "no answer in time")})
    assert silent.reason == "partition 1 cannot be fetched from: no answer in time (_TIMED_OUT)" and not silent.lacks
    assert read_trial("events", {0: REFUSED}).lacks


@pytest.mark.parametrize(("answer", "state", "lacks"), [
    (Answer("UNKNOWN_MEMBER_ID"), "verified", False),
    (Answer("GROUP_ID_NOT_FOUND"), "verified", False),
    (Answer("GROUP_AUTHORIZATION_FAILED"), "failed", True),
    (Answer("COORDINATOR_NOT_AVAILABLE", "none"), "failed", False),
])
def test_groups(answer: Answer, state: str, lacks: bool) -> None:
    trial = group_trial("app", answer)
    assert (trial.state, trial.lacks) == (state, lacks)


@pytest.mark.parametrize(("code", "state"), [("NO_ERROR", "verified"), ("TOPIC_ALREADY_EXISTS", "verified"), ("POLICY_VIOLATION", "failed")])
def test_creations(code: str, state: str) -> None:
    assert create_trial("new", Answer(code)).state == state


@pytest.mark.parametrize(("answer", "is_there", "state"), [
    (None, None, "verified"),
    (REFUSED, None, "not_checked"),
    (REFUSED, True, "verified"),
    (REFUSED, False, "failed"),
    (Answer("UNKNOWN_TOPIC_OR_PART"), None, "failed"),
])
def test_a_hidden_topic_is_not_called_absent(answer: Answer | None, is_there: bool | None, state: str) -> None:
    assert existence("events", answer, is_there).state == state


def test_what_the_broker_tells_is_no_trial() -> None:
    trial = untried("topic", "events", "write", "no library")
    assert told(trial, None) == trial
    assert told(trial, frozenset({"write"})).state == "not_checked"
    assert told(trial, frozenset({"read"})).lacks


def test_the_worst_state_counts() -> None:
    good, open_, bad = (Trial("topic", "x", "write", state) for state in ("verified", "not_checked", "failed"))
    assert [state_of(each) for each in ([], [good], [good, open_], [open_, bad])] == ["verified", "verified", "not_checked", "failed"]


@pytest.mark.parametrize(("acl", "holds"), [
    (Acl("User:ANONYMOUS", "topic", "lab-events", "literal", "write"), True),
    (Acl("User:ANONYMOUS", "topic", "lab-", "prefixed", "all"), True),
    (Acl("User:ANONYMOUS", "topic", "*", "literal", "write"), True),
    (Acl("User:ANONYMOUS", "topic", "lab-events", "literal", "write", "deny"), False),
    (Acl("User:ANONYMOUS", "topic", "lab-events", "literal", "read"), False),
    (Acl("User:ANONYMOUS", "topic", "lab", "literal", "write"), False),
    (Acl("User:ANONYMOUS", "group", "lab-events", "literal", "write"), False),
    (Acl(ME, "topic", "lab-events", "literal", "write"), False),
])
def test_who_has_the_right_instead(acl: Acl, holds: bool) -> None:
    assert bool(holders_of(Trial("topic", "lab-events", "write", "failed", "", True), [acl], ME)) is holds


def test_rights_are_put_together_and_the_wrong_principal_is_named() -> None:
    trials = [Trial("topic", name, "write", "failed", "", True) for name in ("lab-a", "lab-b")]
    trials += [Trial("group", "app", "read", "failed", "", True), Trial("topic", "gone", "exists", "failed", "it does not exist")]
    acls = frozenset({Acl("User:ANONYMOUS", "topic", "lab-", "prefixed", "all"), Acl("User:eve", "group", "app", "literal", "read")})
    assert problems(trials, ME, acls) == [
        "topic gone: it does not exist",
        "User:lab lacks WRITE on topic lab-a, lab-b, User:ANONYMOUS has it: the ACL is for the wrong principal, it serves only those who do not log in",
        "User:lab lacks READ on group app, User:eve has it",
    ]
    assert problems(trials[:1], ME, None) == ["User:lab lacks WRITE on topic lab-a"]


def test_who_one_is() -> None:
    assert principal_of(Connection({"sasl.username": "lab"}, 1)) == ME
    assert principal_of(Connection({"security.protocol": "plaintext"}, 1)) == "User:ANONYMOUS"
    assert principal_of(Connection({"security.protocol": "ssl"}, 1)) == "the user of this connection"


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as error:
        wanted_from({**OPTIONS, "topics": ["a b"], "pattern": "(", "groups": [" "], "produce": False, "consume": False})
    assert len(error.value.problems) == 4
    assert wanted_from({**OPTIONS, "topics": ["a", "a"]}).topics == ("a",)
