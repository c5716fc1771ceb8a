# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the next broker may be touched, and which one; what speaks against an upgrade, all of it at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.rolling.gate import Gate, Goal, brokers_left, same_protocol
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.observation import BrokerState, Observation, Replicas
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.preflight import Request, accepted_of, is_final, look_ahead
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.releases import Target, hop_problem, release_of, target_of
from ansible_collections.streamops.kafka.plugins.module_utils.rolling.zookeeper import Quorum, ZooKeeper, read_answer

RIGHTS = {"describe", "describe_configs", "alter"}
TARGET = Target("7.7.1", "3.7")


def broker(number: int, release: str | None = "3.1", protocol: str = "3.1-IV0", is_set: bool = False) -> BrokerState:
    return BrokerState(number, f"127.0.0.1:909{number}", release, protocol, is_set, problem="" if release else "Connection refused")


def partition(
    topic: str = "orders", number: int = 0, leader: int | None = 1, assigned: tuple[int, ...] = (1, 2, 3), in_sync: tuple[int, ...] = (1, 2, 3)
) -> Replicas:
    return Replicas(topic, number, leader, assigned, in_sync)


def seen(*brokers: BrokerState, partitions: tuple[Replicas, ...] = (partition(),), controller: int | None = 1, least: int = 2) -> Observation:
    brokers = brokers or (broker(1), broker(2), broker(3))
    return Observation({each.id: each for each in brokers}, controller, partitions, {each.topic: least for each in partitions})


def outlook(observation: Observation, accepted: frozenset[str] = frozenset(), first: int | None = None, quorum: Quorum | None = None) -> tuple[str, ...]:
    return look_ahead(Request((1, 2, 3), TARGET, accepted, True, first), observation, RIGHTS, quorum).problems


@pytest.mark.parametrize(("ranges", "release"), [
    ({"Fetch": (0, 13), "Produce": (0, 9), "ListOffsets": (0, 7)}, "3.1"),
    ({"Fetch": (0, 16), "Produce": (0, 10), "AddPartitionsToTxn": (0, 4)}, "3.7"),
    ({"Fetch": (0, 16), "Produce": (0, 11)}, "3.8"),
    ({"Fetch": (0, 11), "Produce": (0, 8)}, "2.4"),
    ({"Fetch": (0, 3)}, None),
])
def test_a_release_is_known_by_the_requests_that_the_one_before_it_does_not_understand(ranges: dict[str, tuple[int, int]], release: str | None) -> None:
    assert release_of(ranges) == release


def test_a_version_of_the_platform_and_one_of_kafka_are_the_same_target() -> None:
    targets = [target_of(text) for text in ("7.7.1", "3.7.2", "7.8.0", "3.8.1")]
    assert [target.kafka for target in targets if target] == ["3.7", "3.7", "3.8", "3.8"]
    assert [target_of(text) for text in ("7.9.0", "4.0.0", "7.7", "latest")] == [None] * 4


def test_what_is_newer_and_what_is_too_old_is_not_reached_in_one_hop() -> None:
    assert hop_problem("3.1", TARGET) == hop_problem("2.4", TARGET) == hop_problem("3.7", TARGET) == ""
    assert "newer" in hop_problem("3.8", TARGET) and "2.8 first" in hop_problem("2.3", TARGET)


def test_the_controller_is_last_and_the_broker_of_a_broken_off_run_is_first() -> None:
    goal = Goal("3.7", "3.1")
    assert brokers_left(seen(controller=1), (1, 2, 3), goal) == [2, 3, 1]
    assert brokers_left(seen(controller=2), (3, 1, 2), goal) == [3, 1, 2]
    assert brokers_left(seen(controller=1), (1, 2, 3), goal, first=1) == [1, 2, 3]
    assert brokers_left(seen(broker(1), broker(2), broker(3, None)), (1, 2, 3), goal) == [3, 2, 1]


def test_a_broker_is_done_when_it_runs_the_release_with_the_protocol_set() -> None:
    done, default, other = broker(1, "3.7", "3.1", True), broker(2, "3.7", "3.1", False), broker(3, "3.7", "3.7-IV4", True)
    assert brokers_left(seen(done, default, other), (1, 2, 3), Goal("3.7", "3.1-IV0")) == [2, 3]
    assert brokers_left(seen(done, default, other), (1, 2, 3), Goal("3.7", "3.7")) == [2, 1]
    assert same_protocol("3.1", "3.1-IV0") and same_protocol("3.7", "3.7-IV4") and not same_protocol("3.7-IV2", "3.7")


def test_a_gate_lists_everything_that_holds_it_up() -> None:
    gate = Gate((1, 2, 3), Goal("3.7", "3.1"), broker=2)
    behind = partition(in_sync=(1, 3))
    offline = partition("bills", leader=None, in_sync=())
    held = gate.holds_up(seen(broker(1), broker(3, None), partitions=(behind, offline), controller=None))
    assert [text.split(":")[0] for text in held] == ["not registered", "does not answer", "no active controller", "1 offline", "1 under-replicated"]
    assert gate.holds_up(seen(broker(1), broker(2), broker(3))) == ["broker 2 still runs Kafka 3.1"]
    assert "by default 3.7-IV4, not 3.1" in gate.holds_up(seen(broker(1), broker(2, "3.7", "3.7-IV4"), broker(3)))[0]
    assert gate.holds_up(seen(broker(1), broker(2, "3.7", "3.1", True), broker(3))) == []


def test_accepted_partitions_with_one_replica_do_not_hold_a_gate_up_and_others_do() -> None:
    single = partition("scratch", leader=None, assigned=(2,), in_sync=())
    observation = seen(partitions=(partition(), single), least=1)
    assert Gate((1, 2, 3), accepted=frozenset({"scratch"})).holds_up(observation) == []
    assert [text.split(":")[0] for text in Gate((1, 2, 3)).holds_up(observation)] == ["1 offline", "topic scratch was not accepted"]


def test_an_accepted_topic_with_more_replicas_must_be_in_sync_again() -> None:
    observation = seen(partitions=(partition(in_sync=(1, 2)),), least=3)
    assert Gate((1, 2, 3), accepted=frozenset({"orders"})).holds_up(observation) == ["1 under-replicated: orders-0"]
    whole = replace(observation, partitions=(partition(),))
    assert Gate((1, 2, 3), accepted=frozenset({"orders"})).holds_up(whole) == []


def test_leaders_hold_a_gate_up_only_when_they_are_to_be_balanced() -> None:
    observation = seen(partitions=(partition(leader=2),))
    assert Gate((1, 2, 3)).holds_up(observation) == []
    assert Gate((1, 2, 3), balanced=True).holds_up(observation) == ["1 not led by their preferred replica: orders-0"]


def test_all_problems_are_listed_at_once() -> None:
    scratch = partition("scratch", assigned=(1,), in_sync=(1,))
    problems = look_ahead(Request((1, 2, 3, 4), TARGET, balanced=True), seen(partitions=(partition(in_sync=(1, 2)), scratch)), {"describe"}).problems
    for part in ("not registered: broker 4", "1 under-replicated: orders-0", "topic scratch: replication factor 1", "DESCRIBE_CONFIGS", "ALTER"):
        assert any(part in problem for problem in problems), problems
    assert len(problems) == 5


def test_what_is_accepted_is_a_remark_and_what_is_well_is_no_problem() -> None:
    observation = seen(partitions=(partition(), partition("scratch-1", assigned=(1,), in_sync=(1,))))
    accepted = accepted_of(observation, ["scratch-.*", "orders"])
    assert accepted == {"scratch-1"} and outlook(observation, accepted) == ()
    assert look_ahead(Request((1, 2, 3), TARGET, accepted), observation, RIGHTS).remarks[0].startswith("topic scratch-1, accepted")


def test_a_broker_that_a_run_was_working_on_may_be_down_and_no_other() -> None:
    down = seen(broker(1), broker(2), partitions=(partition(in_sync=(1, 2)),))
    assert outlook(down, first=3) == ()
    assert [problem.split(":")[0] for problem in outlook(down)] == ["not registered", "1 under-replicated"]


def test_brokers_that_are_not_listed_or_have_no_zookeeper_are_problems() -> None:
    assert "broker 4 is registered and not in the list" in outlook(seen(broker(1), broker(2), broker(3), broker(4)))[0]
    assert "KRaft" in outlook(seen(broker(1), broker(2), replace(broker(3), is_kraft=True)))[0]


def test_a_message_format_that_is_set_is_a_remark() -> None:
    observation = seen(broker(1), broker(2), replace(broker(3), message_format="2.8"))
    assert any("log.message.format.version 2.8" in text for text in look_ahead(Request((1, 2, 3), TARGET), observation, RIGHTS).remarks)


def test_several_protocols_are_a_problem_until_all_run_the_target() -> None:
    assert "several protocols" in outlook(seen(broker(1, protocol="2.8-IV1"), broker(2), broker(3)))[0]
    raised = [broker(1, "3.7", "3.7-IV4", True), broker(2, "3.7", "3.1", True), broker(3, "3.7", "3.1", True)]
    half = look_ahead(Request((1, 2, 3), TARGET), seen(*raised), RIGHTS)
    assert half.problems == () and half.binaries == () and half.protocol == (2, 3)
    assert [is_final(each, TARGET) for each in raised] == [True, False, False]


def test_the_plan_of_a_fresh_cluster_keeps_its_protocol() -> None:
    fresh = look_ahead(Request((1, 2, 3), TARGET), seen(controller=3), RIGHTS)
    assert (fresh.pin, fresh.binaries, fresh.protocol) == ("3.1-IV0", (1, 2, 3), (1, 2, 3))
    half = look_ahead(Request((1, 2, 3), TARGET), seen(broker(1, "3.7", "3.1", True), broker(2), broker(3), controller=2), RIGHTS)
    assert (half.pin, half.binaries) == ("3.1", (3, 2))


def test_brokers_that_speak_the_protocol_of_the_target_by_default_are_done() -> None:
    new = look_ahead(Request((1, 2, 3), TARGET), seen(*(broker(number, "3.7", "3.7-IV4") for number in (1, 2, 3))), RIGHTS)
    assert new.problems == () and new.binaries == () and new.protocol == ()


def test_a_quorum_has_one_leader_and_is_upgraded_leader_last() -> None:
    servers = (ZooKeeper("a:1", "3.6.3", "leader"), ZooKeeper("b:1", "3.6.3", "follower"), ZooKeeper("c:1", "3.8.4", "follower"))
    assert Quorum(servers).problems() == [] and Quorum(servers).left("3.8.4") == ["b:1", "a:1"]
    assert "0 leaders" in Quorum(servers[1:]).problems()[0]
    assert Quorum(servers).holds_up("b:1", "3.8.4") == ["ZooKeeper b:1 is still older than 3.8.4"]


@pytest.mark.parametrize(("answer", "problem"), [
    ("srvr is not executed because it is not in the whitelist.\n", "does not allow srvr"),
    ("This ZooKeeper instance is not currently serving requests\n", "serves nobody"),
    ("", "its answer to srvr is: nothing"),
])
def test_a_server_that_does_not_serve_says_why(answer: str, problem: str) -> None:
    assert problem in read_answer("a:1", answer).problem


def test_an_answer_of_zookeeper_is_read() -> None:
    server = read_answer("a:1", "Zookeeper version: 3.6.3--6401e4ad2087061bc6b9f80dec2d69f2e3c8660a, built on 04/08/2021 16:35 GMT\nMode: standalone\n")
    assert (server.version, server.mode, server.problem) == ("3.6.3", "standalone", "")
