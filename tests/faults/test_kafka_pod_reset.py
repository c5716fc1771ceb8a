# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""kafka_pod_reset: a broker that only pods can reach, and Kafka's own tools in its pod and in an admin pod."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from databases import AWKWARD_PASSWORD, eventually
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType, UserScramCredentialUpsertion
from kafka_in_pod import RECORDS, Inside, inside
from playbooks import play
from run_module import RunningModule, run_module, start_module

from lab import pods
from lab.kubernetes import kafka as lab_kafka

SECONDS = 240  # a JVM takes seconds on a busy machine
TOOLS = "/opt/kafka/bin"
# The variables of a broker's pod that break tools which take them over: a JMX port that is taken, a heap that does not fit, an agent that is not there.
BROKERS = {"JMX_PORT": "9999", "KAFKA_HEAP_OPTS": "-Xmx300m -Xms300m"}


@dataclass
class Kafka:
    """The pods of this file."""

    space: pods.Space
    broker: pods.Pod
    admin: pods.Pod
    inside: Inside
    passwords: list[str] = field(default_factory=list)

    def options(self, kubernetes: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
        """What runs the tools in the broker's pod, logged in by its Secret."""
        login = self.broker.login
        assert login is not None
        place = {"namespace": self.space.name, "kubeconfig": self.space.kubeconfig, **(kubernetes or {"selector": "app=kafka"})}
        scram = {"bootstrap_servers": ["localhost:9094"], "security_protocol": "SASL_PLAINTEXT", "credentials_secret": {"name": login.secret}}
        return {"kubernetes": place, **scram, **others}

    def run(self, check: bool = False, diff: bool = False, **others: Any) -> dict[str, Any]:
        return run_module("kafka_pod_reset", self.options(**others), check=check, diff=diff, timeout=SECONDS)

    def refusal(self, **others: Any) -> str:
        """Why the module does not do it; nothing was changed, and no password shows."""
        result = self.run(**others)
        assert result["rc"] != 0 and not result.get("changed"), result
        for password in [*self.passwords, self.broker.login.password]:  # type: ignore[union-attr]
            assert password not in str(result["output"])
        return str(result["msg"])

    def processes(self, pod: pods.Pod) -> str:
        """The arguments of every process in the pod."""
        return pod.execute(["bash", "-c", "for each in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$each; echo; done 2>/dev/null"]).output


@pytest.fixture(scope="module")
def kafka_pods() -> Iterator[Kafka]:
    libraries = {f"{lab_kafka.HOME}/libs": str(lab_kafka.libraries())}
    admin = pods.host_shell(
        "admin", labels={"app": "kafka-admin"}, container="kafka-tools", host_network=True, files=lab_kafka.files(),
        host_paths={"/usr": "/usr", "/etc": "/etc", **libraries})  # fmt: skip
    entity = pods.shell(
        "lab-entity-operator", container="topic-operator",
        labels={"app.kubernetes.io/name": "entity-operator", "strimzi.io/cluster": "lab", "strimzi.io/name": "lab-entity-operator"})  # fmt: skip
    broker = pods.kafka("kafka", labels={"app": "kafka", "strimzi.io/cluster": "lab"}, environment=BROKERS, sidecar="metrics")
    with pods.namespace() as space:
        found, tools, *_operators = space.run_all(broker, admin, entity, pods.operator("strimzi-cluster-operator"))
        with inside(found, space.kubeconfig) as client:
            yield Kafka(space, found, tools, client)


@pytest.fixture
def unique_inside(kafka_pods: Kafka) -> Iterator[str]:
    """A name prefix of this test alone."""
    prefix = f"t-{uuid.uuid4().hex[:8]}"
    yield prefix
    kafka_pods.inside.remove(prefix)


def rights(prefix: str) -> list[dict[str, Any]]:
    common = {"principal": f"User:{prefix}", "name": prefix, "pattern_type": "prefixed"}
    return [{**common, "resource_type": "topic", "operations": ["read", "Write"]}, {**common, "resource_type": "group", "operations": ["ALL"]}]


def test_a_port_forward_alone_fails_on_the_advertised_address(kafka_pods: Kafka) -> None:
    """Why this module is there."""
    from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster
    from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.port_forward import PortForward

    cluster = Cluster(kafka_pods.space.kubeconfig)
    with PortForward(cluster, cluster.pod(kafka_pods.space.name, kafka_pods.broker.name), 9092) as forward:
        errors: list[str] = []
        client = Producer({"bootstrap.servers": f"127.0.0.1:{forward.port}", "error_cb": lambda error: errors.append(error.str()), "log_level": 0})
        with suppress(KafkaException):  # the first answer may come in time; from then on the client goes where it is told to
            client.list_topics(timeout=5)
        eventually("the name of the pod is asked for", lambda: client.poll(0.1) is not None and any(kafka_pods.broker.name in each for each in errors), 20)


def test_a_whole_reset_is_foreseen_done_and_not_done_twice(kafka_pods: Kafka, unique_inside: str) -> None:
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}.a", partitions=2)
    inner.create(f"{prefix}-b")
    inner.create(f"{prefix}-none", records=0)
    inner.commit(f"{prefix} app", f"{prefix}.a", 3, 4)
    inner.commit(f"{prefix}-start", f"{prefix}-none", 0)
    wanted: dict[str, Any] = {"pattern": f"{prefix}.*", "group_pattern": f"{prefix}.*", "acls": rights(prefix)}

    foreseen = kafka_pods.run(check=True, diff=True, **wanted)
    assert foreseen["rc"] == 0, foreseen["msg"]
    assert inner.records(f"{prefix}.a") == 2 * RECORDS and inner.committed(f"{prefix} app") == {f"{prefix}.a-0": 3, f"{prefix}.a-1": 4}

    done = kafka_pods.run(diff=True, **wanted)
    assert done["rc"] == 0, done["msg"]
    assert done["pod"] == f"{kafka_pods.space.name}/kafka-0" and done["container"] == "kafka"
    assert done["credentials"] == {"username": "secret", "password": "secret"}
    assert {name: (each["state"], each["records_removed"], each["verified"]) for name, each in done["topics"].items()} == {
        f"{prefix}.a": ("purged", 10, "verified"), f"{prefix}-b": ("purged", 5, "verified"), f"{prefix}-none": ("empty", 0, "verified")}
    assert done["records_removed"] == 15
    app = done["groups"][f"{prefix} app"]
    assert (app["action"], [part["after"] for part in app["partitions"]], [part["lag"] for part in app["partitions"]]) == ("reset", [5, 5], [0, 0])
    assert app["restore"][0] == {"name": f"{prefix}.a", "partitions": [0], "offset": 3}
    assert done["groups"][f"{prefix}-start"]["action"] == "unchanged"
    assert [(acl["resource_type"], acl["operation"]) for acl in done["added"]] == [("group", "all"), ("topic", "read"), ("topic", "write")]
    assert inner.records(f"{prefix}.a") == 0 and inner.committed(f"{prefix} app") == {f"{prefix}.a-0": 5, f"{prefix}.a-1": 5}

    for topic in foreseen["topics"].values():  # what cannot be foreseen
        topic["seconds"], topic["verified"] = 0, "not_checked" if topic["state"] == "purged" else "verified"
    expected = {name: {**each, "seconds": 0, "verified": "not_checked" if each["state"] == "purged" else "verified"} for name, each in done["topics"].items()}
    assert foreseen["topics"] == expected
    exact = ("changed", "groups", "added", "records_removed", "diff")
    assert [foreseen[key] for key in exact] == [done[key] for key in exact]

    again = kafka_pods.run(**wanted)
    assert (again["rc"], again["changed"], again["added"]) == (0, False, [])
    assert {each["state"] for each in again["topics"].values()} == {"empty"}
    assert (foreseen["tool_calls"], done["tool_calls"], again["tool_calls"]) == (7, 14, 7)
    assert done["programs"] == [f"{TOOLS}/kafka-{tool}.sh" for tool in ("acls", "consumer-groups", "delete-records", "get-offsets", "topics")]


def test_groups_are_set_to_the_end_and_deleted(kafka_pods: Kafka, unique_inside: str) -> None:
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}-a")
    inner.commit(f"{prefix}-1", f"{prefix}-a", 2)
    inner.commit(f"{prefix}-2", f"{prefix}-a", 3)
    latest = kafka_pods.run(groups=[f"{prefix}-1"], group_to="LATEST")
    assert (latest["rc"], latest["changed"]) == (0, True)
    assert inner.committed(f"{prefix}-1") == {f"{prefix}-a-0": 5} and inner.committed(f"{prefix}-2") == {f"{prefix}-a-0": 3}

    wanted: dict[str, Any] = {"groups": [f"{prefix}-never"], "group_pattern": f"{prefix}-[12]", "group_state": "absent"}
    foreseen, done = kafka_pods.run(check=True, **wanted), kafka_pods.run(**wanted)
    assert {name: each["action"] for name, each in done["groups"].items()} == {
        f"{prefix}-1": "deleted", f"{prefix}-2": "deleted", f"{prefix}-never": "absent"}
    assert foreseen["groups"] == done["groups"] and done["changed"]
    assert not {name for name in inner.groups() if name.startswith(prefix)}
    again = kafka_pods.run(**wanted)
    assert (again["rc"], again["changed"]) == (0, False)


def test_a_group_with_live_members_is_an_error_that_names_them_before_anything_is_changed(kafka_pods: Kafka, unique_inside: str) -> None:
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}-a")
    inner.commit(f"{prefix}-idle", f"{prefix}-a", 3)
    with inner.consumer(f"{prefix}-live", f"{prefix}-a") as consumer:
        eventually("the consumer is in the group", lambda: consumer.poll(timeout_ms=200) is not None and bool(consumer.assignment()), 30)
        ended = threading.Event()

        def stay() -> None:
            while not ended.is_set():
                consumer.poll(timeout_ms=200)

        keeper = threading.Thread(target=stay)
        keeper.start()
        try:
            told = kafka_pods.refusal(topics=[f"{prefix}-a"], group_pattern=f"{prefix}.*")
        finally:
            ended.set()
            keeper.join()
    assert f"group '{prefix}-live' has 1 live member, stop its consumers first: busy one at " in told and f"{prefix}-a-0" in told
    assert inner.records(f"{prefix}-a") == RECORDS and inner.committed(f"{prefix}-idle") == {f"{prefix}-a-0": 3}


def test_compact_only_topics_fail_and_the_others_are_emptied(kafka_pods: Kafka, unique_inside: str) -> None:
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}-compact", cleanup_policy="compact")
    inner.create(f"{prefix}-compact-empty", records=0, cleanup_policy="compact")
    inner.create(f"{prefix}-both", cleanup_policy="compact,delete")
    for check in (True, False):
        result = kafka_pods.run(check=check, pattern=f"{prefix}.*")
        assert result["rc"] != 0 and "purge 1 of 3 topics" in result["msg"]
        states = {name.removeprefix(prefix): each["state"] for name, each in result["topics"].items()}
        assert states == {"-compact": "failed", "-compact-empty": "empty", "-both": "purged"}
        assert "compact-only" in result["topics"][f"{prefix}-compact"]["reason"] and "kafka_topic_retention_purge" in str(result["msg"])
    assert (inner.records(f"{prefix}-compact"), inner.records(f"{prefix}-both")) == (RECORDS, 0)


def test_unknown_topics_and_patterns_that_match_internal_ones_are_told_at_once(kafka_pods: Kafka, unique_inside: str) -> None:
    kafka_pods.inside.create(f"{unique_inside}-a")
    kafka_pods.inside.commit(unique_inside, f"{unique_inside}-a", 1)  # so that there are offsets of groups
    told = kafka_pods.refusal(topics=["nope"], pattern="__consumer_.*")
    assert "topic 'nope' does not exist" in told and "matches internal topics: __consumer_offsets" in told


def test_a_login_that_is_refused(kafka_pods: Kafka) -> None:
    kafka_pods.passwords.append(AWKWARD_PASSWORD)
    told = kafka_pods.refusal(topics=["a"], credentials_secret=None, sasl_username="admin", sasl_password=AWKWARD_PASSWORD)
    assert "Failed to log in as admin on localhost:9094 in pod" in told and "login refused" in told and "container kafka" in told


def test_a_broker_that_does_not_answer_and_one_that_talks_otherwise(kafka_pods: Kafka) -> None:
    quick = {"default.api.timeout.ms": 4000, "request.timeout.ms": 2000}
    plain = {"security_protocol": "plaintext", "credentials_secret": None, "client_config": quick}
    nobody = kafka_pods.refusal(topics=["a"], bootstrap_servers=["localhost:9098"], **plain)
    assert "no broker answered kafka-topics" in nobody and "as seen from inside the pod" in nobody
    mixed = kafka_pods.refusal(topics=["a"], bootstrap_servers=["localhost:9094"], **plain)
    assert "A wrong security_protocol looks the same" in mixed


def test_a_user_with_some_rights_empties_what_it_may(kafka_pods: Kafka, unique_inside: str) -> None:
    """The password has every character that a shell, a properties file or JAAS could trip over."""
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}-mine")
    inner.create(f"{prefix}-yours")
    password = AWKWARD_PASSWORD.replace("ä€", "\\\\n%%n\t")
    kafka_pods.passwords.append(password)
    inner.admin.alter_user_scram_credentials([UserScramCredentialUpsertion(prefix, "SCRAM-SHA-512", password.encode(), iterations=4096)])
    rules = [(ACLOperation.DESCRIBE, "-mine"), (ACLOperation.DESCRIBE_CONFIGS, "-mine"), (ACLOperation.DELETE, "-mine"),
             (ACLOperation.DESCRIBE, "-yours"), (ACLOperation.DESCRIBE_CONFIGS, "-yours")]  # fmt: skip
    inner.admin.create_acls([
        ACL(f"User:{prefix}", "*", operation, ACLPermissionType.ALLOW, ResourcePattern(ResourceType.TOPIC, f"{prefix}{name}")) for operation, name in rules])
    login = {"credentials_secret": None, "sasl_username": prefix, "sasl_password": password}
    result = kafka_pods.run(pattern=f"{prefix}.*", **login)
    states = {name.removeprefix(prefix): (each["state"], each["verified"]) for name, each in result["topics"].items()}
    assert states == {"-mine": ("purged", "verified"), "-yours": ("failed", "not_checked")}, result
    assert result["rc"] != 0 and result["changed"] and "TopicAuthorization" in str(result["topics"][f"{prefix}-yours"]["reason"])
    assert password not in str(result["output"])
    told = kafka_pods.refusal(acls=rights(prefix), **login)
    assert f"the user as {prefix} may not" in told and "ClusterAuthorization" in told
    cluster = ResourcePattern(ResourceType.CLUSTER, "kafka-cluster")
    inner.admin.create_acls([ACL(f"User:{prefix}", "*", ACLOperation.DESCRIBE, ACLPermissionType.ALLOW, cluster)])
    refused = kafka_pods.run(acls=rights(prefix), **login)
    assert (refused["rc"] != 0, refused["changed"], refused["added"], len(refused["failed_acls"])) == (True, False, [], 3), refused
    assert "ClusterAuthorization" in refused["failed_acls"][0]["reason"]


def test_a_group_that_is_refused_does_not_keep_the_others_from_their_reset(kafka_pods: Kafka, unique_inside: str) -> None:
    """The tool itself gives up at the first."""
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}-a")
    for number in range(4):
        inner.commit(f"{prefix}-{number}", f"{prefix}-a", 3)
    password = "of-somebody-with-few-rights"
    kafka_pods.passwords.append(password)
    inner.admin.alter_user_scram_credentials([UserScramCredentialUpsertion(prefix, "SCRAM-SHA-512", password.encode(), iterations=4096)])
    allowed = [(ResourceType.TOPIC, f"{prefix}-a", ACLOperation.READ), *((ResourceType.GROUP, f"{prefix}-{number}", ACLOperation.READ) for number in range(3)),
               (ResourceType.GROUP, f"{prefix}-3", ACLOperation.DESCRIBE)]  # fmt: skip
    inner.admin.create_acls([
        ACL(f"User:{prefix}", "*", operation, ACLPermissionType.ALLOW, ResourcePattern(kind, name)) for kind, name, operation in allowed])
    result = kafka_pods.run(group_pattern=f"{prefix}.*", credentials_secret=None, sasl_username=prefix, sasl_password=password)
    assert result["rc"] != 0 and result["changed"], result
    actions = {name.removeprefix(f"{prefix}-"): each["action"] for name, each in result["groups"].items()}
    assert actions == {"0": "reset", "1": "reset", "2": "reset", "3": "failed"}, result
    assert "GroupAuthorization" in result["groups"][f"{prefix}-3"]["reason"]
    assert [inner.committed(f"{prefix}-{number}") for number in range(4)] == [{f"{prefix}-a-0": offset} for offset in (0, 0, 0, 3)]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({"selector": "app.kubernetes.io/name=kafka"}, ["there is none", "kafka-0 [app=kafka", "The closest selector is app=kafka"]),
        ({"selector": "strimzi.io/name=lab-entity-operator"}, ["is no kafka but an operator or manager (label app.kubernetes.io/name=entity-operator)"]),
        ({"selector": "app.kubernetes.io/component=operator"}, ["is no kafka but an operator or manager"]),
        ({"pod": "kafka-0", "container": "server"}, ["has no container server (it has kafka, metrics)"]),
        ({"pod": "kafka-0", "container": "metrics"}, ["find Kafka's tools", "neither in /opt/kafka/bin, /opt/bitnami/kafka/bin, /usr/bin", "nor on PATH"]),
    ],
)
def test_wrong_pods_and_containers(kafka_pods: Kafka, place: dict[str, str], expected: list[str]) -> None:
    told = kafka_pods.refusal(kubernetes={"namespace": kafka_pods.space.name, "kubeconfig": kafka_pods.space.kubeconfig, **place}, topics=["a"])
    assert all(text in told for text in expected), told


def test_a_selector_that_means_the_entity_operator_too_takes_the_broker(kafka_pods: Kafka) -> None:
    result = kafka_pods.run(check=True, kubernetes={"selector": "strimzi.io/cluster=lab", "namespace": kafka_pods.space.name}, groups=["nobody"])
    assert (result["rc"], result["pod"], result["groups"]["nobody"]["action"]) == (0, f"{kafka_pods.space.name}/kafka-0", "absent")


def test_a_service_account_without_the_right_is_told_both_verbs(kafka_pods: Kafka, tmp_path: Path) -> None:
    rules = [pods.rule("pods", "list", "get"), pods.rule("secrets", "get")]
    kubeconfig = kafka_pods.space.account("limited", rules, tmp_path)
    told = kafka_pods.refusal(kubernetes={"pod": "kafka-0", "kubeconfig": str(kubeconfig), "namespace": kafka_pods.space.name}, topics=["a"])
    assert "create pods/exec kafka-0 in namespace" in told and "get pods/exec kafka-0" in told


def test_a_tool_that_takes_too_long_is_ended_in_its_pod(kafka_pods: Kafka, unique_inside: str) -> None:
    """Three JVMs do not start within two seconds."""
    kafka_pods.inside.create(f"{unique_inside}-a")
    patient = {"default.api.timeout.ms": 30000, "request.timeout.ms": 15000}
    told = kafka_pods.refusal(topics=[f"{unique_inside}-a"], timeout=2, client_config=patient)
    assert "did not end within 2 s, the time for all calls together" in told
    assert "--command-config" not in kafka_pods.processes(kafka_pods.broker)


@contextmanager
def watched(secrets: list[str]) -> Iterator[dict[str, set[str]]]:
    """Secrets that stand in the arguments or the environment of any process; the pods run on this machine."""
    found: dict[str, set[str]] = {"leaks": set(), "tools": set()}
    ended = threading.Event()
    wanted = [secret.encode() for secret in secrets]

    def look() -> None:
        while not ended.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    line = (process / "cmdline").read_bytes()
                    content = line + ((process / "environ").read_bytes() if b"org.apache.kafka.tools" in line else b"")
                except OSError:
                    continue
                if b"org.apache.kafka.tools" in line:
                    found["tools"].add(line.split(b"org.apache.kafka.tools.")[1].split(b"\0")[0].decode())
                if any(secret in content for secret in wanted):
                    found["leaks"].add(line.decode(errors="replace"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def test_an_admin_pod_resets_another_cluster_and_no_secret_is_seen(
    kafka_pods: Kafka, tmp_path: Path, admin: AdminClient, unique: str, lab_env: dict[str, str], client_config: dict[str, str]
) -> None:
    """The admin pod has the host's network, so it reaches the lab's own Kafka. Through ansible-playbook at the highest verbosity."""
    admin.create_topics([NewTopic(f"{unique}-a", 2, 1)])[f"{unique}-a"].result(20)
    eventually("the topic is there", lambda: f"{unique}-a" in admin.list_topics(timeout=5).topics, 20)
    producer = Producer(dict(client_config))
    for number in range(10):
        producer.produce(f"{unique}-a", b"value", partition=number % 2)
    producer.flush(20)
    options = {
        "kubernetes": {"namespace": kafka_pods.space.name, "kubeconfig": kafka_pods.space.kubeconfig, "selector": "app=kafka-admin"},
        "bootstrap_servers": [lab_env["LAB_KAFKA_SCRAM"]], "security_protocol": "sasl_plaintext", "sasl_username": lab_env["LAB_KAFKA_USER"],
        "sasl_password": "{{ password }}", "topics": [f"{unique}-a"],
    }  # fmt: skip
    tasks = [{"streamops.kafka.kafka_pod_reset": options, "register": "reset"},
             {"ansible.builtin.assert": {"that": ["reset.records_removed == 10", "reset.container == 'kafka-tools'", "reset.pod.endswith('/admin')"]}},
             {"ansible.builtin.debug": {"var": "reset"}}]  # fmt: skip
    secret = lab_env["LAB_KAFKA_PASSWORD"]
    with watched([secret]) as seen:
        played = play([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], tmp_path, "-vvvv", "--diff", variables={"password": secret})
    assert secret not in played.output
    assert played.code == 0, played.output
    assert {"TopicCommand", "GetOffsetShell", "DeleteRecordsCommand"} <= seen["tools"]
    assert seen["leaks"] == set()
    left = kafka_pods.admin.execute(["bash", "-c", "ls -A /tmp /root | grep -v -e hsperfdata -e '^$'"]).output
    assert secret not in left and "streamops" not in left


def killed_at(options: dict[str, Any], call: int) -> None:
    """Run the module until just before the n-th call of a tool."""
    command = [sys.executable, str(Path(__file__).with_name("killed_at_tool.py")), str(call)]
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(command, input=json.dumps({"ANSIBLE_MODULE_ARGS": options}), env={**os.environ, "PYTHONPATH": path}, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS)  # fmt: skip
    assert done.returncode == -9, done.stdout


@pytest.mark.parametrize(("part", "call"), [("topics", 5), ("groups", 5), ("acls", 3)])
def test_what_a_killed_run_has_left_is_completed_by_the_next(kafka_pods: Kafka, unique_inside: str, part: str, call: int) -> None:
    """Killed after the change and before anybody has looked at it."""
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}-a")
    inner.commit(f"{prefix}-g", f"{prefix}-a", 3)
    wanted: dict[str, Any] = {"topics": {"topics": [f"{prefix}-a"]}, "groups": {"groups": [f"{prefix}-g"]}, "acls": {"acls": rights(prefix)}}[part]
    killed_at(kafka_pods.options(**wanted), call)
    result = kafka_pods.run(**wanted)
    assert result["rc"] == 0, result["msg"]
    if part == "topics":
        assert result["topics"][f"{prefix}-a"]["verified"] == "verified" and inner.records(f"{prefix}-a") == 0
    elif part == "groups":
        assert inner.committed(f"{prefix}-g") == {f"{prefix}-a-0": 0}
    else:
        assert kafka_pods.run(check=True, **wanted)["changed"] is False


def started_and_running(kafka_pods: Kafka, pod: pods.Pod, tool: str, **options: Any) -> RunningModule:
    running = start_module("kafka_pod_reset", kafka_pods.options(**options))
    eventually(f"{tool} runs in the pod", lambda: tool in kafka_pods.processes(pod) or not running.is_running(), SECONDS)
    return running


def test_a_module_that_is_killed_during_a_tool_leaves_nothing_that_the_next_run_trips_over(kafka_pods: Kafka, unique_inside: str) -> None:
    inner, prefix = kafka_pods.inside, unique_inside
    inner.create(f"{prefix}-a")
    running = started_and_running(kafka_pods, kafka_pods.broker, "DeleteRecordsCommand", topics=[f"{prefix}-a"])
    running.kill()
    result = kafka_pods.run(topics=[f"{prefix}-a"])
    assert (result["rc"], result["topics"][f"{prefix}-a"]["verified"], inner.records(f"{prefix}-a")) == (0, "verified", 0)
    eventually("the tool has ended by itself", lambda: "DeleteRecordsCommand" not in kafka_pods.processes(kafka_pods.broker), 60)


def test_a_pod_that_is_deleted_during_a_tool_is_never_called_ok(kafka_pods: Kafka, unique: str, lab_env: dict[str, str], admin: AdminClient) -> None:
    admin.create_topics([NewTopic(f"{unique}-a", 1, 1)])[f"{unique}-a"].result(20)
    libraries = {f"{lab_kafka.HOME}/libs": str(lab_kafka.libraries())}
    doomed = kafka_pods.space.run(pods.host_shell(
        "doomed", labels={"app": "doomed"}, container="kafka-tools", host_network=True, files=lab_kafka.files(),
        host_paths={"/usr": "/usr", "/etc": "/etc", **libraries}))  # fmt: skip
    login = {"bootstrap_servers": [lab_env["LAB_KAFKA_SCRAM"]], "credentials_secret": None, "sasl_username": lab_env["LAB_KAFKA_USER"],
             "sasl_password": lab_env["LAB_KAFKA_PASSWORD"]}  # fmt: skip
    running = started_and_running(kafka_pods, doomed, "TopicCommand", topics=[f"{unique}-a"], kubernetes={
        "pod": "doomed", "namespace": kafka_pods.space.name, "kubeconfig": kafka_pods.space.kubeconfig}, **login)  # fmt: skip
    started = time.monotonic()
    kafka_pods.space.core.delete_namespaced_pod(doomed.name, kafka_pods.space.name, grace_period_seconds=0)
    result = running.result()
    assert result["rc"] != 0 and not result["changed"] and "pod" in str(result["msg"]), result
    assert lab_env["LAB_KAFKA_PASSWORD"] not in str(result["output"])
    assert time.monotonic() - started < 30
