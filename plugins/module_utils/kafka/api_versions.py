# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests a broker understands, asked of that broker alone.

librdkafka asks this on every connection and keeps the answer to itself. The request is also answered on a SASL listener before any
login (KIP-43, KIP-152), so that it needs no credentials, and nothing secret is sent.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import OperationError
from .connection import Connection
from .listener import split_address
from .tls import tls_context

_API_VERSIONS, _CORRELATION = 18, 11
_LONGEST_ANSWER = 1 << 20

# The names in the order of their keys, from org.apache.kafka.common.protocol.ApiKeys of Kafka 4.3. Keys are never given to another request.
API_NAMES = tuple("""
    Produce Fetch ListOffsets Metadata LeaderAndIsr StopReplica UpdateMetadata ControlledShutdown OffsetCommit OffsetFetch FindCoordinator
    JoinGroup Heartbeat LeaveGroup SyncGroup DescribeGroups ListGroups SaslHandshake ApiVersions CreateTopics DeleteTopics DeleteRecords
    InitProducerId OffsetForLeaderEpoch AddPartitionsToTxn AddOffsetsToTxn EndTxn WriteTxnMarkers TxnOffsetCommit DescribeAcls CreateAcls
    DeleteAcls DescribeConfigs AlterConfigs AlterReplicaLogDirs DescribeLogDirs SaslAuthenticate CreatePartitions CreateDelegationToken
    RenewDelegationToken ExpireDelegationToken DescribeDelegationToken DeleteGroups ElectLeaders IncrementalAlterConfigs
    AlterPartitionReassignments ListPartitionReassignments OffsetDelete DescribeClientQuotas AlterClientQuotas DescribeUserScramCredentials
    AlterUserScramCredentials Vote BeginQuorumEpoch EndQuorumEpoch DescribeQuorum AlterPartition UpdateFeatures Envelope FetchSnapshot
    DescribeCluster DescribeProducers BrokerRegistration BrokerHeartbeat UnregisterBroker DescribeTransactions ListTransactions
    AllocateProducerIds ConsumerGroupHeartbeat ConsumerGroupDescribe ControllerRegistration GetTelemetrySubscriptions PushTelemetry
    AssignReplicasToDirs ListConfigResources DescribeTopicPartitions ShareGroupHeartbeat ShareGroupDescribe ShareFetch ShareAcknowledge
    AddRaftVoter RemoveRaftVoter UpdateRaftVoter InitializeShareGroupState ReadShareGroupState WriteShareGroupState DeleteShareGroupState
    ReadShareGroupStateSummary StreamsGroupHeartbeat StreamsGroupDescribe DescribeShareGroupOffsets AlterShareGroupOffsets
    DeleteShareGroupOffsets
""".split())


@dataclass(frozen=True)
class ApiVersions:
    """What one broker understands: the lowest and highest version of each request, by its name, in the order of their keys."""

    ranges: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def newest(self) -> str:
        """The request that came to Kafka last, of those that the broker understands. A newer release has a newer one, or higher versions."""
        return next(reversed(list(self.ranges)), "")

    def as_result(self) -> dict[str, object]:
        """The answer as it is returned."""
        return {"newest": self.newest, "apis": {name: {"min": low, "max": high} for name, (low, high) in self.ranges.items()}}


def read_api_versions(address: str, connection: Connection, timeout: float = 10.0) -> ApiVersions:
    """Ask the broker at ``address``, over TLS if the connection is.

    :raises OperationError: when it does not answer as a Kafka broker does.
    """
    attempted = "read the API versions"
    try:
        host, port = split_address(address)
        with socket.create_connection((host, port), timeout) as raw:
            if not connection.protocol.endswith("ssl"):
                return ApiVersions(_named(_exchange(raw)))
            with tls_context(connection.config).wrap_socket(raw, server_hostname=host) as wrapped:
                return ApiVersions(_named(_exchange(wrapped)))
    except (OSError, ValueError) as error:
        answered = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise OperationError(attempted, address, answered, "Make the broker's advertised address reachable from here.") from None


def api_name(key: int) -> str:
    """Kafka's name of the request with this key."""
    return API_NAMES[key] if 0 <= key < len(API_NAMES) else f"Api{key}"


def _named(ranges: Mapping[int, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    return {api_name(key): versions for key, versions in sorted(ranges.items())}


def _exchange(connection: socket.socket) -> dict[int, tuple[int, int]]:
    """Send ApiVersions v0, which every release answers, and decode what comes back (https://kafka.apache.org/protocol)."""
    request = struct.pack(">hhih", _API_VERSIONS, 0, _CORRELATION, -1)  # -1: no client id
    connection.sendall(struct.pack(">i", len(request)) + request)
    size = struct.unpack(">i", _read(connection, 4))[0]
    if not 10 <= size <= _LONGEST_ANSWER:
        raise ValueError("the answer is not that of a Kafka broker")
    return decoded(_read(connection, size))


def decoded(answer: bytes) -> dict[int, tuple[int, int]]:
    """Lowest and highest version by the key of each request.

    :raises ValueError: when this is no answer to our request, or a refusal.
    """
    correlation, code, count = struct.unpack_from(">ihi", answer)
    if correlation != _CORRELATION or len(answer) < 10 + 6 * count:
        raise ValueError("the answer is not that of a Kafka broker")
    if code:
        raise ValueError(f"the broker refused with error {code}")
    entries = (struct.unpack_from(">hhh", answer, 10 + 6 * number) for number in range(count))
    return {key: (low, high) for key, low, high in entries}


def _read(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ValueError("the listener hung up")
        data += part
    return data
