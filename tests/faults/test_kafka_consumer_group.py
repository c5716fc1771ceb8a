# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumer groups on a real cluster: who may be reset, where to, and what is said when it cannot be."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AclOperation, AdminClient, NewTopic, ResourceType
from kafka_cluster import PARTITIONS, Cluster, allow, user_without_rights
from lab import java
from lab.kafka_cluster import POM
from run_module import run_module, start_module

from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.client import open_client
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups_client import wait_until_drained
from ansible_collections.streamops.kafka.plugins.module_utils.progress import Progress

MODULE = "kafka_consumer_group"


@pytest.fixture
def cluster(admin: AdminClient, client_config: dict[str, str], unique: str) -> Cluster:
    return Cluster(admin, client_config, unique)


@pytest.fixture
def run(kafka: dict[str, object]) -> Callable[..., dict]:
    def run_with(check: bool = False, **options: object) -> dict:
        return run_module(MODULE, {**kafka, **options}, check=check, diff=True)

    return run_with


def after(result: dict, group: str) -> dict[str, int | None]:
    return {f"{row['topic']}-{row['partition']}": row["after"] for row in result["groups"][group]["partitions"]}


def each(topic: str, *offsets: int) -> dict[str, int]:
    return {f"{topic}-{number}": offset for number, offset in enumerate(offsets)}


# Reset

@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"to": "earliest"}, (0, 0, 0)),
        ({"to": "LATEST"}, (10, 10, 10)),
        ({"to": "offset", "offset": 4}, (4, 4, 4)),
        ({"to": "shift", "shift": -2}, (3, 4, 5)),
        ({"to": "duration", "duration": "1h"}, (0, 0, 0)),
        ({"to": "timestamp", "timestamp": "2099-01-01T00:00:00Z"}, (10, 10, 10)),
    ],
)
def test_reset_sets_every_committed_partition(run, cluster: Cluster, options: dict[str, object], expected: tuple[int, ...]) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 5, 6, 7)
    predicted = run(check=True, groups=[group], state="reset", **options)
    assert cluster.committed(group) == each(topic, 5, 6, 7)
    done = run(groups=[group], state="reset", **options)
    assert done["rc"] == 0 and done["changed"], done
    assert cluster.committed(group) == after(done, group) == each(topic, *expected)
    assert (predicted["groups"], predicted["diff"], predicted["changed"]) == (done["groups"], done["diff"], done["changed"])


def test_second_reset_changes_nothing(run, cluster: Cluster) -> None:
    group = cluster.commit("app", cluster.topic(), 5, 6, 7)
    assert run(groups=[group], state="reset", to="earliest")["changed"]
    second = run(groups=[group], state="reset", to="earliest")
    assert not second["changed"] and second["groups"][group]["action"] == "unchanged"
    assert second["diff"] == {"before": "", "after": ""}


def test_reset_to_a_moment_finds_the_first_record_after_it(run, cluster: Cluster) -> None:
    topic = cluster.topic(records=0)
    cluster.write(topic, records=4, timestamp=1_700_000_000_000)
    cluster.write(topic, records=4, timestamp=1_700_000_100_000)
    group = cluster.commit("app", topic, 0, 0, 0)
    for moment in ("1700000050000", "2023-11-14T22:14:10Z", "2023-11-14T23:14:10+01:00", "2023-11-14 22:14:10"):
        assert after(run(groups=[group], state="reset", to="timestamp", timestamp=moment), group) == each(topic, 4, 4, 4)


def test_what_was_committed_before_can_be_put_back(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 5, 6, 7)
    done = run(groups=[group], state="reset", to="earliest")
    restored = run(groups=[group], state="reset", to="offset", topics=done["groups"][group]["restore"])
    assert restored["changed"] and cluster.committed(group) == each(topic, 5, 6, 7)


@pytest.mark.parametrize("chosen", ["{0}:1,2", {"name": "{0}", "partitions": [1, 2]}])
def test_only_the_named_partitions_are_reset(run, cluster: Cluster, chosen: object) -> None:
    topic, other = cluster.topic(), cluster.topic("other")
    group = cluster.commit("app", topic, 5, 6, 7)
    cluster.commit("app", other, 5, 5, 5)
    entry = json.loads(json.dumps(chosen).replace("{0}", topic))
    assert run(groups=[group], state="reset", to="earliest", topics=[entry])["changed"]
    assert cluster.committed(group) == {**each(topic, 5, 0, 0), **each(other, 5, 5, 5)}


def test_reset_with_topics_creates_the_offsets_of_an_unknown_group(run, cluster: Cluster) -> None:
    topic, group = cluster.topic(), f"{cluster.prefix}-new"
    done = run(groups=[group], state="reset", to="latest", topics=[topic])
    assert done["changed"] and cluster.committed(group) == each(topic, 10, 10, 10)
    assert [row["before"] for row in done["groups"][group]["partitions"]] == [None, None, None]


def test_an_offset_beyond_the_end_becomes_the_end_and_is_said(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 5, 6, 7)
    done = run(groups=[group], state="reset", to="offset", offset=99)
    assert cluster.committed(group) == each(topic, 10, 10, 10)
    assert all(row["clamped"] for row in done["groups"][group]["partitions"])
    assert "the nearest was taken" in str(done["warnings"])


def test_a_pattern_resets_every_group_that_it_matches_as_a_whole(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    a, b, other = (cluster.commit(name, topic, 5, 5, 5) for name in ("app-a", "app-b", "other-app-c"))
    done = run(pattern=f"{cluster.prefix}-app-.*", state="reset", to="earliest")
    assert set(done["groups"]) == {a, b}
    assert cluster.committed(a) == cluster.committed(b) == each(topic, 0, 0, 0)
    assert cluster.committed(other) == each(topic, 5, 5, 5)


def test_many_groups_are_reset_in_one_call(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    groups = [cluster.commit(f"app-{number}", topic, 5, 5, 5) for number in range(30)]
    done = run(groups=groups, state="reset", to="earliest")
    assert {group: done["groups"][group]["action"] for group in groups} == dict.fromkeys(groups, "reset")


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
def test_a_group_is_reset_after_its_consumers_left(run, cluster: Cluster, protocol: str) -> None:
    topic, group = cluster.topic(), f"{cluster.prefix}-app"
    with cluster.consumer(group, topic, protocol=protocol, commits=False) as consumer:
        consumer.commit(offsets=[TopicPartition(topic, number, 8) for number in range(PARTITIONS)], asynchronous=False)
    assert run(groups=[group], state="reset", to="earliest")["changed"]
    assert cluster.committed(group) == each(topic, 0, 0, 0)


# Live members

@pytest.mark.parametrize("protocol", ["classic", "consumer"])
@pytest.mark.parametrize("options", [{"state": "reset", "to": "earliest"}, {"state": "absent"}])
def test_live_members_of_all_groups_are_named_and_nothing_is_changed(run, cluster: Cluster, protocol: str, options: dict[str, object]) -> None:
    topic = cluster.topic()
    idle = cluster.commit("idle", topic, 5, 5, 5)
    busy = [f"{cluster.prefix}-busy-{number}" for number in range(2)]
    with cluster.consumer(busy[0], topic, protocol=protocol, client_id="billing-7"), cluster.consumer(busy[1], topic, client_id="shipping-9"):
        refused = run(groups=[idle, *busy], **options)
        checked = run(check=True, groups=[idle, *busy], **options)
    assert refused["rc"] == 1 and "nothing was changed" in refused["msg"]
    assert refused["msg"] == checked["msg"]
    for text in (*busy, "billing-7 at 127.0.0.1", "shipping-9", f"{topic}-0, {topic}-1, {topic}-2"):
        assert text in refused["msg"]
    assert cluster.committed(idle) == each(topic, 5, 5, 5)


def test_offsets_of_a_topic_that_live_members_do_not_read_can_be_deleted(run, cluster: Cluster) -> None:
    topic, left = cluster.topic(), cluster.topic("left")
    group = cluster.commit("app", left, 5, 5, 5)
    with cluster.consumer(group, topic, commits=False):
        refused = run(groups=[group], state="absent", topics=[topic])
        done = run(groups=[group], state="absent", topics=[left])
    assert refused["rc"] == 1 and "live member" in refused["msg"]
    assert done["rc"] == 0 and done["changed"], done
    assert cluster.committed(group) == {}


# Absent

def test_a_group_is_deleted_and_the_second_run_finds_it_absent(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 5, 6, 7)
    predicted = run(check=True, groups=[group], state="absent")
    assert cluster.committed(group) == each(topic, 5, 6, 7)
    first = run(groups=[group], state="absent")
    assert first["changed"] and first["groups"][group]["action"] == "deleted"
    assert predicted["groups"] == first["groups"] and predicted["diff"] == first["diff"]
    assert cluster.committed(group) == {}
    second = run(groups=[group], state="absent")
    assert not second["changed"] and second["groups"][group]["action"] == "absent"


def test_only_the_offsets_of_the_named_topics_are_deleted(run, cluster: Cluster) -> None:
    topic, other = cluster.topic(), cluster.topic("other")
    group = cluster.commit("app", topic, 5, 6, 7)
    cluster.commit("app", other, 1, 2, 3)
    first = run(groups=[group], state="absent", topics=[f"{topic}:0,1", f"{cluster.prefix}-never"])
    assert first["rc"] == 0 and first["groups"][group]["action"] == "offsets_deleted", first
    assert cluster.committed(group) == {f"{topic}-2": 7, **each(other, 1, 2, 3)}
    assert not run(groups=[group], state="absent", topics=[f"{topic}:0,1"])["changed"]


def test_a_deleted_group_can_be_restored_from_the_result(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 5, 6, 7)
    deleted = run(groups=[group], state="absent")
    run(groups=[group], state="reset", to="offset", topics=deleted["groups"][group]["restore"])
    assert cluster.committed(group) == each(topic, 5, 6, 7)


# Drained

def test_drained_waits_for_a_consumer_that_catches_up_and_changes_nothing(kafka: dict[str, object], cluster: Cluster) -> None:
    topic, group = cluster.topic(), f"{cluster.prefix}-app"
    with cluster.consumer(group, topic) as consumer:
        waiting = start_module(MODULE, {**kafka, "groups": [group], "state": "drained", "timeout": 60})
        deadline = time.monotonic() + 60
        while waiting.is_running() and time.monotonic() < deadline:
            consumer.poll(0.05)
        done = waiting.result()
    assert done["rc"] == 0 and not done["changed"], done
    assert done["groups"][group]["action"] == "drained"
    assert after(done, group) == each(topic, 10, 10, 10)
    assert done["groups"][group]["members"][0]["client_id"] == "app-1"


def test_drained_gives_up_with_the_lag_of_each_partition(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 10, 4)
    late = run(groups=[group], state="drained", timeout=1)
    assert late["rc"] == 1 and "gave up after 1 s" in late["msg"]
    for text in ("lag 16 in 2 partitions", f"{topic}-1: 6", f"{topic}-2: 10 (never committed)", "no live members"):
        assert text in late["msg"]
    assert {row["lag"] for row in late["groups"][group]["partitions"]} == {0, 6, 10}


def test_drained_tells_its_progress(kafka: dict[str, object], cluster: Cluster, tmp_path: Path) -> None:
    group = cluster.commit("app", cluster.topic(), 0, 0, 0)
    progress = Progress("drained", interval=0.2, path=str(tmp_path / "progress"))
    with open_client({**kafka, "bootstrap_servers": [kafka["bootstrap_servers"]]}) as client, pytest.raises(OperationError):
        wait_until_drained(client, [group], [], 1, progress)
    assert "drained: lag 30 in 3 partitions" in (tmp_path / "progress").read_text()


def test_drained_looks_only_once_in_check_mode(run, cluster: Cluster) -> None:
    group = cluster.commit("app", cluster.topic(), 0, 0, 0)
    seen = run(check=True, groups=[group], state="drained", timeout=60)
    assert seen["rc"] == 0 and seen["groups"][group]["action"] == "behind"


def test_a_named_partition_is_drained_whatever_the_others_are(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 10, 4, 0)
    assert run(groups=[group], state="drained", topics=[f"{topic}:0"], timeout=1)["rc"] == 0


def test_records_that_were_purged_before_the_group_read_them_are_no_lag(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 1, 1, 1)
    for future in cluster.admin.delete_records([TopicPartition(topic, number, 10) for number in range(PARTITIONS)]).values():
        future.result(timeout=30)
    assert run(groups=[group], state="drained", timeout=1)["rc"] == 0


@pytest.mark.parametrize("choice", [{"groups": ["{0}-nobody"]}, {"pattern": "{0}-nobody-.*"}])
def test_an_unknown_group_is_never_called_drained(run, unique: str, choice: dict[str, object]) -> None:
    refused = run(state="drained", timeout=1, **json.loads(json.dumps(choice).replace("{0}", unique)))
    assert refused["rc"] == 1 and ("does not exist" in refused["msg"] or "no consumer group matches" in refused["msg"])


# Bad input

def test_an_unknown_group_is_absent_unless_it_must_exist(run, unique: str) -> None:
    group = f"{unique}-nobody"
    for options in ({"state": "reset", "to": "earliest"}, {"state": "absent"}):
        left_alone = run(groups=[group], **options)
        assert left_alone["rc"] == 0 and not left_alone["changed"] and left_alone["groups"][group]["action"] == "absent"
        refused = run(groups=[group], must_exist=True, **options)
        assert refused["rc"] == 1 and f"group '{group}' does not exist" in refused["msg"]


def test_a_pattern_without_a_match_is_a_warning(run, unique: str) -> None:
    result = run(pattern=f"{unique}-nobody-.*", state="absent")
    assert result["rc"] == 0 and not result["changed"] and "No consumer group matches" in str(result["warnings"])


def test_a_group_without_offsets_is_unchanged(run, cluster: Cluster) -> None:
    topic, group = cluster.topic(records=0), f"{cluster.prefix}-app"
    with cluster.consumer(group, topic, commits=False) as consumer:
        consumer.commit(offsets=[TopicPartition(topic, 0, 0)], asynchronous=False)
    run(groups=[group], state="absent", topics=[topic])
    result = run(groups=[group], state="reset", to="earliest")
    assert result["rc"] == 0 and not result["changed"] and result["groups"][group]["partitions"] == []


def test_wrong_topics_and_partitions_are_all_named_before_anything_is_changed(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 5, 5, 5)
    refused = run(groups=[group], state="reset", to="earliest", topics=[topic + "s", f"{topic}:0,7"])
    assert refused["rc"] == 1 and f"topic '{topic}s' does not exist" in refused["msg"] and f"topic '{topic}' has no partition 7" in refused["msg"]
    assert cluster.committed(group) == each(topic, 5, 5, 5)


@pytest.mark.parametrize("pattern", ["", ".*", ".+", "*", "^.*$"])
@pytest.mark.parametrize("state", [{"state": "reset", "to": "earliest"}, {"state": "absent"}])
def test_a_pattern_that_matches_everything_is_refused(run, pattern: str, state: dict[str, object]) -> None:
    refused = run(pattern=pattern, **state)
    assert refused["rc"] == 1 and "pattern" in refused["msg"]


def test_a_shift_without_a_committed_offset_is_refused(run, cluster: Cluster) -> None:
    topic = cluster.topic()
    group = cluster.commit("app", topic, 5)
    refused = run(groups=[group], state="reset", to="shift", shift=-1, topics=[topic])
    assert refused["rc"] == 1 and f"no committed offset of {topic}-1 to shift" in refused["msg"]
    assert cluster.committed(group) == each(topic, 5)


@pytest.mark.parametrize("options", [{"state": "reset", "to": "earliest"}, {"state": "absent"}, {"state": "drained", "timeout": 1}])
def test_a_share_group_is_refused_and_not_called_absent(run, share_group: str, admin: AdminClient, options: dict[str, object]) -> None:
    refused = run(groups=[share_group], **options)
    assert refused["rc"] == 1 and f"group '{share_group}' is no consumer group" in refused["msg"], refused
    assert share_group in every_group(admin)


def every_group(admin: AdminClient) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return [group.id for group in admin.list_groups(timeout=20)]


@pytest.fixture(scope="module")
def share_group(admin: AdminClient, lab_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A share group (KIP-932), which only a Java client can make so far."""
    name = f"t-share-{secrets.token_hex(4)}"
    admin.create_topics([NewTopic(name, 1)])[name].result(timeout=30)
    login = tmp_path_factory.mktemp("share") / "client.properties"
    login.touch(mode=0o600)
    login.write_text(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n"
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required"
        f' username="{lab_env["LAB_KAFKA_USER"]}" password="{lab_env["LAB_KAFKA_PASSWORD"]}";\n', encoding="utf-8")
    arguments = ["--bootstrap-server", lab_env["LAB_KAFKA_SCRAM"], "--topic", name, "--group", name, "--command-config", str(login)]
    command = java.command(java.libraries(POM), "org.apache.kafka.tools.consumer.ConsoleShareConsumer", "128m", *arguments)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as consumer:
        try:
            deadline = time.monotonic() + 60
            while name not in every_group(admin):
                assert consumer.poll() is None and time.monotonic() < deadline, "the test's share group did not come up"
                time.sleep(0.2)
        finally:
            consumer.terminate()
    yield name
    admin.delete_consumer_groups([name])[name].result(timeout=30)
    admin.delete_topics([name])[name].result(timeout=30)


# Rights

@pytest.fixture
def limited(kafka: dict[str, object], admin: AdminClient, unique: str) -> Iterator[dict[str, object]]:
    with user_without_rights(kafka, admin, unique) as connection:
        yield connection


def test_a_user_without_rights_is_told_which_group_it_lacks(limited: dict[str, object], cluster: Cluster) -> None:
    group = cluster.commit("app", cluster.topic(), 5, 5, 5)
    refused = run_module(MODULE, {**limited, "groups": [group], "state": "reset", "to": "earliest"})
    assert refused["rc"] == 1 and group in refused["msg"] and "GROUP_AUTHORIZATION_FAILED" in refused["msg"] and "kafka_acl" in refused["msg"]


def test_a_group_that_is_refused_does_not_hide_what_happened_to_the_others(
    limited: dict[str, object], admin: AdminClient, cluster: Cluster
) -> None:
    topic = cluster.topic()
    mine, theirs = cluster.commit("mine", topic, 5, 5, 5), cluster.commit("theirs", topic, 5, 5, 5)
    user = str(limited["sasl_username"])
    allow(admin, user, ResourceType.GROUP, mine, AclOperation.READ, AclOperation.DELETE)
    allow(admin, user, ResourceType.GROUP, theirs, AclOperation.DESCRIBE)
    allow(admin, user, ResourceType.TOPIC, topic, AclOperation.READ)
    partial = run_module(MODULE, {**limited, "groups": [mine, theirs], "state": "absent"})
    assert partial["rc"] == 1 and partial["changed"] and theirs in partial["msg"], partial
    assert partial["groups"][mine]["action"] == "deleted"
    assert partial["groups"][theirs]["action"] == "failed" and "GROUP_AUTHORIZATION_FAILED" in partial["groups"][theirs]["reason"]
    assert cluster.committed(mine) == {} and cluster.committed(theirs) == each(topic, 5, 5, 5)
