# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.streamops.kafka.plugins.plugin_utils.step_options import defaults_for

PLAY = {"group/streamops.kafka.kafka": {"bootstrap_servers": "play", "sasl_username": "admin"}, "group/other.one.all": {"pattern": "x"}}
TASK = {"streamops.kafka.kafka_topic": {"bootstrap_servers": "task"}}


def test_a_module_gets_what_is_said_for_its_groups_and_for_itself() -> None:
    groups = ["streamops.kafka.kafka"]
    assert defaults_for("streamops.kafka.kafka_topic", groups, [PLAY, TASK]) == {"bootstrap_servers": "task", "sasl_username": "admin"}
    assert defaults_for("streamops.kafka.kafka_acl", groups, [PLAY, TASK]) == {"bootstrap_servers": "play", "sasl_username": "admin"}
    assert defaults_for("streamops.kafka.db_reset", [], [PLAY, TASK]) == {}


def test_the_innermost_entry_of_a_key_counts_as_a_whole() -> None:
    inner = {"group/streamops.kafka.kafka": {"sasl_username": "other"}}
    assert defaults_for("streamops.kafka.kafka_acl", ["streamops.kafka.kafka"], [PLAY, inner]) == {"sasl_username": "other"}


def test_the_options_may_be_one_variable() -> None:
    variables = {"{{ login }}": {"sasl_username": "admin"}}
    assert defaults_for("streamops.kafka.kafka_acl", [], [{"streamops.kafka.kafka_acl": "{{ login }}"}], variables.__getitem__) == {"sasl_username": "admin"}
