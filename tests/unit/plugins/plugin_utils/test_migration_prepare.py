# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is made at the destination, what is in the way of it, and what may be removed again."""

from __future__ import annotations

from typing import Any

from ansible_collections.streamops.kafka.plugins.filter.replicator_connectors import replicator_secrets
from ansible_collections.streamops.kafka.plugins.plugin_utils.migration_cleanup import doomed
from ansible_collections.streamops.kafka.plugins.plugin_utils.migration_prepare import acls, obstacles, secrets_text, topics

SETTINGS: dict[str, Any] = {"destination_type": "kafka", "replication_factor": 0, "topic_configs": {}, "principals": {}, "topics": [], "accept": []}
CLOUD = {**SETTINGS, "destination_type": "confluent_cloud_dedicated", "principals": {"User:a": "User:sa-1"}}


def assessed(*names: str, **more: Any) -> dict[str, Any]:
    return {"topics": [{"name": name, "partitions": 3, "config": {"retention.ms": "1000"}} for name in names], "limits": [], **more}


def acl(**more: str) -> dict[str, str]:
    return {"principal": "User:a", "resource_type": "topic", "name": "orders", "pattern_type": "literal", "operation": "read", "permission": "allow",
            "host": "*", **more}  # fmt: skip


def test_topics_get_the_partitions_that_the_source_has_now() -> None:
    seen = topics(assessed("a", "b", "gone"), {"a": {"partitions": 3}, "b": {"partitions": 5}, "other": {"partitions": 1}}, SETTINGS)
    assert seen["topics"] == [{"name": name, "partitions": number, "config": {"retention.ms": "1000"}} for name, number in (("a", 3), ("b", 5))]
    assert seen["gone"] == ["gone"] and seen["grown"] == ["b has 5 partitions, 3 when it was assessed"]


def test_own_settings_win_and_those_of_one_topic_win_over_those_of_all() -> None:
    own = {"*": {"retention.ms": 1, "unclean.leader.election.enable": True}, "a": {"retention.ms": 2}}
    seen = topics(assessed("a", "b"), {"a": {"partitions": 3}, "b": {"partitions": 3}}, {**SETTINGS, "topic_configs": own, "replication_factor": 2})
    assert [each["config"]["retention.ms"] for each in seen["topics"]] == ["2", "1"]
    assert seen["topics"][0]["config"]["unclean.leader.election.enable"] == "true" and seen["topics"][0]["replication_factor"] == 2


def test_operations_on_one_thing_are_one_entry() -> None:
    seen = acls([acl(), acl(operation="write"), acl(operation="read", resource_type="group", name="g")], CLOUD)
    assert [(each["resource_type"], each["operations"]) for each in seen["acls"]] == [("group", ["read"]), ("topic", ["read", "write"])]
    assert seen["acls"][0]["principal"] == "User:sa-1" and not seen["unaccepted"] and not seen["without_group"]


def test_who_could_produce_but_not_consume_is_told() -> None:
    assert acls([acl(), acl(operation="write")], CLOUD)["without_group"] == ["User:sa-1"]
    assert acls([acl(operation="write")], CLOUD)["without_group"] == []


def test_everything_in_the_way_is_told_at_once_until_it_is_accepted() -> None:
    limit = {"limit": "partitions", "text": "too many", "blocks": True, "topics": []}
    seen = assessed("a", limits=[limit, {**limit, "limit": "has_records", "blocks": False}])
    translated = acls([acl(host="192.0.2.1"), acl(principal="User:b")], CLOUD)
    assert len(obstacles(seen, translated, [], "not allowed")) == 4
    assert obstacles(seen, translated, ["partitions", "acls"]) == obstacles(seen, translated, [])[1:]
    accepted = {**CLOUD, "accept": ["principal", translated["not_expressed"][0]["id"], translated["not_expressed"][1]["id"]]}
    assert obstacles(seen, acls([acl(host="192.0.2.1"), acl(principal="User:b")], accepted), ["partitions", "acls"], "not allowed") == []


def test_the_file_of_secrets_reads_back_as_it_was_meant() -> None:
    login = {"security_protocol": "sasl_ssl", "sasl_username": 'a"b', "sasl_password": "p\\w=#!: \u00e9"}
    found = replicator_secrets(login, {"security_protocol": "ssl", "ssl_key_password": " leading"})
    assert set(found) == {"source.sasl.jaas.config", "destination.ssl.key.password"}
    assert found["source.sasl.jaas.config"].endswith('username="a\\"b" password="p\\\\w=#!: \u00e9";')
    assert "scram" in found["source.sasl.jaas.config"] and replicator_secrets({}, {}) == {}
    more = {**found, "with space:and=more": "line\nbreak\ttab"}
    assert _java_properties(secrets_text(more)) == more


def _java_properties(text: str) -> dict[str, str]:
    """As java.util.Properties.load reads it: for lines without continuation."""
    known = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}
    found: dict[str, str] = {}
    for line in text.splitlines():
        parts, position = ["", ""], 0
        letters = iter(line)
        for letter in letters:
            if letter == "\\":
                follower = next(letters)
                parts[position] += known.get(follower, follower)
            elif position == 0 and letter in "=: ":
                position = 1
            elif position == 1 and not parts[1] and letter == " ":
                continue
            else:
                parts[position] += letter
        found[parts[0]] = parts[1]
    return found


def test_only_what_was_written_down_is_removed_and_only_the_parts_that_are_wanted() -> None:
    made = {"prepared": {"topics_created": ["a"], "acls_added": [acl()], "files": ["/tmp/x"]}, "replicate": {"connectors": [{"name": "r-01"}, "r-02"]}}
    seen = doomed(made, ["connectors", "files"])
    assert (seen["connectors"], seen["files"], seen["topics"], seen["acls"]) == (["r-01", "r-02"], ["/tmp/x"], [], [])
    assert seen["left"] == {"files": []} and len(seen["kept"]) == 2
    every = doomed(made, ["connectors", "topics", "acls", "files"])
    assert every["acls"][0]["operations"] == ["read"] and every["left"] == {"topics_created": [], "acls_added": [], "files": []} and not every["kept"]
    assert doomed({"prepared": {}, "replicate": {}}, ["topics"])["topics"] == []
