# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kafka's tools print: the forms of 4.x were printed by 4.3.1, those of 3.x follow the sources of 3.1 to 3.9."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.acls import Acl
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.groups import Member
from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.outputs import (
    CommittedOffset,
    ToolError,
    TopicSeen,
    Unparsable,
    acls_in,
    assignments_in,
    cause_in,
    group_offsets_in,
    group_states_in,
    low_watermarks_in,
    members_in,
    not_deleted_in,
    offsets_in,
    topics_in,
)

TOPICS_4 = (
    "Topic: exp-c\tTopicId: puhzz8HCSxiAX3_lUNm71g\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: min.insync.replicas=1,cleanup.policy=compact\n"
    "\tTopic: exp-c\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n"
    "Topic: exp.a\tTopicId: LzpL8ZM4SXivd55LtiHHuA\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: cleanup.policy=compact,delete,retention.ms=1\n"
    "\tTopic: exp.a\tPartition: 1\tLeader: none\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n"
    "\tTopic: exp.a\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n"
)
TOPICS_3 = (
    "Topic: exp-a\tTopicId: LzpL8ZM4SXivd55LtiHHuA\tPartitionCount: 1\tReplicationFactor: 3\tConfigs: \n"
    "\tTopic: exp-a\tPartition: 0\tLeader: 2\tReplicas: 2,0,1\tIsr: 2,0,1\n"
)
STATES_4 = "GROUP                     STATE               \ng one                     Empty               \nlive                      Stable              \n"
STATES_3 = "GROUP           STATE\ng one           Empty\nlive            Stable\n"
OFFSETS_OF_GROUPS = """
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
g one           exp-a           0          0               -               -               -               -               -
g one           exp-a           1          5               7               2               -               -               -

GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID                             HOST            CLIENT-ID
live            exp-a           0          -               7               -               console-d811fc8e-4753-872b-03803e2f7e3e /10.88.0.33     my client
live            -               -          -               -               -               console-d811fc8e-4753-872b-03803e2f7e3f /10.88.0.33     my client
"""
MEMBERS_OF_GROUPS = """
GROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS

GROUP           CONSUMER-ID                             HOST            CLIENT-ID        #PARTITIONS
live            console-d811fc8e-4753-872b-03803e2f7e3e /10.88.0.33     my client        1
live            console-d811fc8e-4753-872b-03803e2f7e3f /10.88.0.33     my client        0
"""
DELETED = (
    "Executing records delete operation\nRecords delete operation completed:\n"
    "partition: exp-c-0\terror: org.apache.kafka.common.errors.PolicyViolationException: Request parameters do not satisfy the configured policy.\n"
    "partition: exp-a-0\tlow_watermark: 4\n"
)
ACLS_4 = (
    "Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=exp-, patternType=PREFIXED)`:\n"
    "\t(principal=User:x, host=*, operation=DESCRIBE_CONFIGS, permissionType=ALLOW)\n"
    "\t(principal=User:CN=a, O=b, host=10.0.0.1, operation=READ, permissionType=DENY)\n\n"
)
ACLS_3 = ACLS_4.replace("\n\t(principal=User:x", " \n \t(principal=User:x")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (TOPICS_4, {"exp-c": TopicSeen("compact", (0,)), "exp.a": TopicSeen("compact,delete", (0, 1), (1,))}),
        (TOPICS_3, {"exp-a": TopicSeen("delete", (0,))}),
        ("", {}),
    ],
)
def test_topics(text: str, seen: dict[str, TopicSeen]) -> None:
    assert topics_in(text) == seen


def test_a_topic_that_lacks_a_partition_is_not_half_a_topic() -> None:
    with pytest.raises(Unparsable, match="1 of 2 partitions of topic exp.a"):
        topics_in(TOPICS_4.rpartition("\tTopic")[0])


def test_offsets_and_the_tools_own_logging() -> None:
    text = "[2026-11-21 06:59:05,310] WARN something: happened (org.apache.kafka.x)\nexp-a:0:0\nexp.b_1:12:34567890123\n"
    assert offsets_in(text) == {("exp-a", 0): 0, ("exp.b_1", 12): 34567890123}


@pytest.mark.parametrize("text", [STATES_4, STATES_3])
def test_states_of_groups(text: str) -> None:
    assert group_states_in(text) == {"g one": "empty", "live": "stable"}
    assert group_states_in(text.split("\n")[0]) == {}


def test_offsets_of_groups() -> None:
    assert group_offsets_in(OFFSETS_OF_GROUPS) == {
        "g one": {("exp-a", 0): CommittedOffset(0, None), ("exp-a", 1): CommittedOffset(5, 7)},
        "live": {("exp-a", 0): CommittedOffset(None, 7)},
    }
    assert group_offsets_in("\n") == {}


def test_members_of_groups_and_what_they_read() -> None:
    first, second = (f"console-d811fc8e-4753-872b-03803e2f7e3{last}" for last in "ef")
    assert members_in(MEMBERS_OF_GROUPS, assignments_in(OFFSETS_OF_GROUPS)) == {
        "live": (Member(first, "my client", "10.88.0.33", (("exp-a", 0),)), Member(second, "my client", "10.88.0.33"))}
    assert members_in("\n", assignments_in("\n")) == {}


def test_low_watermarks_and_what_was_refused() -> None:
    reason = "PolicyViolation: Request parameters do not satisfy the configured policy."
    assert low_watermarks_in(DELETED) == ({("exp-a", 0): 4}, {("exp-c", 0): reason})


@pytest.mark.parametrize("text", [ACLS_4, ACLS_3])
def test_acls(text: str) -> None:
    assert acls_in(text) == {
        Acl("User:x", "topic", "exp-", "prefixed", "describe_configs", "allow", "*"),
        Acl("User:CN=a, O=b", "topic", "exp-", "prefixed", "read", "deny", "10.0.0.1"),
    }
    assert acls_in("") == frozenset()


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (topics_in, "Topic: a PartitionCount: one\n"),
        (topics_in, "\tTopic: a\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\n"),
        (offsets_in, "exp-a:0:\n"),
        (offsets_in, "Error occurred: something\n"),
        (low_watermarks_in, ""),
        (low_watermarks_in, "partition: exp-a-0\tlow_watermark: soon\n"),
        (group_states_in, ""),
        (group_states_in, "g one Empty\n"),
        (group_states_in, "GROUP           STATE\ng-one-with-a-long-name Empty\n"),
        (group_offsets_in, f"{OFFSETS_OF_GROUPS.split(chr(10))[1]}\ng               t               0          many            7               -\n"),
        (group_offsets_in, "no table at all\n"),
        (assignments_in, "GROUP           TOPIC           PARTITION  CONSUMER-ID\ng               t               zero       c-1\n"),
        (acls_in, "\t(principal=User:x, host=*, operation=READ, permissionType=ALLOW)\n"),
        (acls_in, "ACLs, many of them\n"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_an_error_and_never_nothing(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(Unparsable, match="not understood"):
        read(text)


@pytest.mark.parametrize("read", [group_states_in, group_offsets_in, assignments_in])
def test_what_the_tool_calls_an_error_is_one_though_it_ends_with_0(read: Callable[[str], object]) -> None:
    with pytest.raises(ToolError, match="GroupIdNotFound: Group x not found"):
        read("\nError: Executing consumer group command failed due to org.apache.kafka.common.errors.GroupIdNotFoundException: Group x not found.\n")


def test_the_innermost_cause_of_a_stack_trace() -> None:
    first = "org.apache.kafka.common.errors.GroupAuthorizationException: Failed altering x\n\tat a.b(B.java:1)\n"
    assert cause_in(first) == "GroupAuthorization: Failed altering x"
    assert cause_in(f"{first}Caused by: a.C: y\n\t... 2 more\nCaused by: java.io.IOException: z\n") == "java.io.IOException: z"
    assert cause_in("[2026-11-21 06:59:05,310] ERROR x: y (z)") == ""


def test_groups_that_were_not_deleted() -> None:
    text = (
        "\nError: Deletion of some consumer groups failed:\n"
        "* Group 'live one' could not be deleted due to: org.apache.kafka.common.errors.GroupNotEmptyException: The group is not empty.\n"
        "\nThese consumer groups were deleted successfully: 'g one'\n"
    )
    assert not_deleted_in(text) == {"live one": "GroupNotEmpty: The group is not empty."}
