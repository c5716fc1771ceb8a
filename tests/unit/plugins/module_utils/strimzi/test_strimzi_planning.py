# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to manifests, and from what is there to what is wanted."""

from __future__ import annotations

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.planning import Place, plan
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.resources import TOPIC, USER
from ansible_collections.streamops.kafka.plugins.module_utils.strimzi.wishes import wanted_topics, wanted_users

PLACE = Place(TOPIC, "v1", "kafka", "experiment")
USERS = Place(USER, "v1beta2", "kafka", "experiment")


def topic(name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "resource_name": None, "partitions": None, "replication_factor": None, "config": None, "state": None, **options}


def user(name: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "authentication": None, "password_secret": None, "acls": None, "exclusive_acls": True, "quotas": None, "state": None, **options}


def there(name: str, spec: dict[str, Any], applied: dict[str, Any] | None = None, cluster: str = "experiment") -> dict[str, Any]:
    fields = [{"manager": "streamops.kafka", "operation": "Apply", "fieldsV1": {"f:spec": applied}}] if applied else []
    return {"metadata": {"name": name, "labels": {"strimzi.io/cluster": cluster}, "managedFields": fields}, "spec": spec}


def steps(resources: list[dict[str, Any]], *entries: dict[str, Any], place: Place = PLACE) -> list[Any]:
    wanted = wanted_topics({"topics": entries, "state": "present"}) if place is PLACE else wanted_users({"users": entries, "state": "present"})
    found, problems = plan(place, resources, wanted)
    assert problems == []
    return [each.step for each in found]


def test_a_new_topic_in_the_served_version() -> None:
    [step] = steps([], topic("Orders", partitions=3, replication_factor=2, config={"a": True, "b": None}))
    assert step.action == "created" and step.body["apiVersion"] == "kafka.strimzi.io/v1" and step.body["kind"] == "KafkaTopic"
    assert step.body["metadata"] == {"name": step.name, "namespace": "kafka", "labels": {"strimzi.io/cluster": "experiment"}}
    assert step.body["spec"] == {"topicName": "Orders", "partitions": 3, "replicas": 2, "config": {"a": "true"}}


def test_what_means_the_same_is_no_change() -> None:
    spec = {"topicName": "Orders", "partitions": 3, "config": {"a": True, "b": 1000, "c": ["x", "y"], "other": 1}}
    assert steps([there("my-orders", spec)], topic("Orders", partitions=3, config={"a": "true", "b": "1000", "c": "x,y", "missing": None})) == [None]


def test_what_we_applied_before_is_applied_again() -> None:
    """Otherwise the API server would take it away."""
    spec = {"partitions": 3, "replicas": 2, "config": {"a": "1", "b": "2", "theirs": "3"}}
    ours = {"f:partitions": {}, "f:config": {"f:a": {}, "f:b": {}}}
    [step] = steps([there("orders", spec, ours)], topic("orders", config={"a": 9}))
    assert step.action == "altered" and not step.is_merge and step.body["spec"] == {"partitions": 3, "config": {"a": "9", "b": "2"}}
    [step] = steps([there("orders", spec, ours)], topic("orders", config={"b": None}))
    assert not step.is_merge and step.body["spec"] == {"partitions": 3, "config": {"a": "1"}}
    [step] = steps([there("orders", spec, ours)], topic("orders", config={"theirs": None, "a": 9}))
    assert step.is_merge and step.body["spec"] == {"config": {"a": "9", "theirs": None}}


def test_absent() -> None:
    going = there("going", {})
    going["metadata"]["deletionTimestamp"] = "now"
    assert steps([going], topic("going", state="absent"), topic("never", state="absent")) == [None, None]
    [step] = steps([there("x", {"topicName": "Orders"})], topic("Orders", state="absent"))
    assert (step.action, step.name, step.body) == ("deleted", "x", None)


def test_resources_of_another_cluster_are_not_ours() -> None:
    assert steps([there("orders", {}, cluster="other")], topic("orders", state="absent")) == [None]
    found, problems = plan(PLACE, [there("orders", {}, cluster="other")], wanted_topics({"topics": [topic("orders")], "state": "present"}))
    assert found[0].step is None and "belongs to cluster other" in problems[0]


def test_acls_and_login_of_a_user_are_replaced_as_a_whole() -> None:
    acl = {"host": "*", "resource_type": "topic", "name": "a", "pattern_type": "literal", "operations": ["read", "describe_configs"], "permission": "allow"}
    old = {"authentication": {"type": "scram-sha-512", "password": {"valueFrom": {}}}, "quotas": {"producerByteRate": 1, "consumerByteRate": 2}}
    ours = {"f:authentication": {"f:type": {}, "f:password": {"f:valueFrom": {}}}, "f:quotas": {"f:producerByteRate": {}, "f:consumerByteRate": {}}}
    quotas = {"producer_byte_rate": 5, "consumer_byte_rate": None}
    [step] = steps([there("anna", old, ours)], user("anna", authentication="tls", acls=[acl], quotas=quotas), place=USERS)
    assert step.body["apiVersion"] == "kafka.strimzi.io/v1beta2"
    assert step.body["spec"]["authentication"] == {"type": "tls"} and step.body["spec"]["quotas"] == {"producerByteRate": 5, "consumerByteRate": 2}
    rule = step.body["spec"]["authorization"]["acls"][0]
    assert rule["operations"] == ["DescribeConfigs", "Read"] and rule["resource"] == {"type": "topic", "name": "a", "patternType": "literal"}
    split = [{"resource": {"type": "topic", "name": "a"}, "operation": "Read"}, {"resource": {"type": "topic", "name": "a"}, "operations": ["DescribeConfigs"]}]
    assert steps([there("anna", {"authorization": {"type": "simple", "acls": split}})], user("anna", acls=[acl]), place=USERS) == [None]
    [step] = steps([there("anna", {"authorization": {"type": "simple", "acls": split}})], user("anna", acls=[]), place=USERS)
    assert step.body["spec"]["authorization"] == {"type": "simple", "acls": []}


def test_rights_may_be_added_to_those_that_are_there() -> None:
    acl = {"host": "*", "resource_type": "topic", "name": "a", "pattern_type": "literal", "operations": ["read", "write"], "permission": "allow"}
    other = {"resource": {"type": "group", "name": "g"}, "operation": "All"}
    old = {"authorization": {"type": "simple", "acls": [other, {"resource": {"type": "topic", "name": "a"}, "operations": ["Read"]}]}}
    [step] = steps([there("anna", old)], user("anna", acls=[acl], exclusive_acls=False), place=USERS)
    assert step is not None and step.body is not None
    rules = step.body["spec"]["authorization"]["acls"]
    assert rules[:2] == old["authorization"]["acls"] and len(rules) == 3 and rules[2]["operations"] == ["Write"]
    everything = {"authorization": {"type": "simple", "acls": [{"resource": {"type": "topic", "name": "a"}, "operations": ["All"]}]}}
    assert steps([there("anna", everything)], user("anna", acls=[acl], exclusive_acls=False), place=USERS) == [None]
    [bare] = steps([there("anna", {})], user("anna", acls=[acl], exclusive_acls=False), place=USERS)
    assert bare is not None and bare.body is not None and bare.body["spec"]["authorization"]["type"] == "simple"
    missing = plan(USERS, [], wanted_users({"users": [user("ben", acls=[acl], exclusive_acls=False)], "state": "present"}))[1]
    assert missing == ["user 'ben': it has no KafkaUser, and exclusive_acls: false only adds rights to one that is there"]
