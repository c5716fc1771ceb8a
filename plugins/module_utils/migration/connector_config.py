# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configurations of the connectors that copy, for Replicator and for MirrorMaker 2. Pure: no request is made here.

Both engines get the same promises: names and partitions stay, bytes are not looked into, topic settings are those that the phase prepare has
made and not synchronised again, offsets begin at the start of the log, and no password stands in a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

REPLICATOR, MIRRORMAKER2 = "replicator", "mirrormaker2"
ENGINES = (REPLICATOR, MIRRORMAKER2)

Config = dict[str, str]

_REPLICATOR_BYTES = "io.confluent.connect.replicator.util.ByteArrayConverter"
_BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter"
_LOGIN_MODULES = {
    "plain": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "scram-sha-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "scram-sha-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
_DEFAULT_RECORD_BYTES = 1_048_576  # max.request.size and max.message.bytes of a cluster that nobody has changed
_RECORD_ROOM = 65_536  # headers that are added, and what a batch takes for itself
_REFRESH_SECONDS = 30


@dataclass(frozen=True)
class Cluster:
    """One side as a Java client is told of it. ``properties`` hold placeholders where a secret belongs."""

    bootstrap: str
    properties: Mapping[str, str] = field(default_factory=dict)

    def with_prefix(self, prefix: str) -> Config:
        return {f"{prefix}bootstrap.servers": self.bootstrap, **{f"{prefix}{key}": value for key, value in self.properties.items()}}


@dataclass(frozen=True)
class Copying:
    """What holds for all connectors.

    ``backed_by_source``: the workers keep their own topics on the source cluster, so their producers would write back into it.
    ``record_bytes``: the largest record of any topic. ``settings`` win over everything that is made here.
    """

    engine: str
    source: Cluster
    destination: Cluster
    backed_by_source: bool = False
    record_bytes: int = _DEFAULT_RECORD_BYTES
    secrets_file: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def java_cluster(options: Mapping[str, object], side: str, secrets_file: str, properties: Mapping[str, object] | None = None) -> Cluster:
    """The connection options of a module as properties of a Java client.

    :param side: ``source`` or ``destination``; secrets are the keys ``<side>.sasl.jaas.config`` and ``<side>.ssl.*`` of ``secrets_file``.
    :param properties: Java properties that win, such as those of a keystore.
    """
    servers = options["bootstrap_servers"]
    bootstrap = ",".join(str(each) for each in servers) if isinstance(servers, (list, tuple)) else str(servers)
    protocol = str(options.get("security_protocol") or "plaintext").lower()
    found: Config = {"security.protocol": protocol.upper()}
    if protocol.startswith("sasl_"):
        found["sasl.mechanism"] = str(options.get("sasl_mechanism") or "scram-sha-512").upper()
        found["sasl.jaas.config"] = placeholder(secrets_file, f"{side}.sasl.jaas.config")
    if protocol.endswith("ssl"):
        if options.get("ssl_ca_location"):
            found |= {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(options["ssl_ca_location"])}
        if options.get("ssl_key_location"):
            found |= {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(options["ssl_key_location"])}
        if options.get("ssl_key_password"):
            found["ssl.key.password"] = placeholder(secrets_file, f"{side}.ssl.key.password")
    return Cluster(bootstrap, found | {key: _text(value) for key, value in (properties or {}).items()})


def secrets_of(options: Mapping[str, object], side: str) -> Config:
    """What the file of secrets must hold for one side, by key."""
    found: Config = {}
    if str(options.get("security_protocol") or "").lower().startswith("sasl_"):
        mechanism = str(options.get("sasl_mechanism") or "scram-sha-512").lower()
        if mechanism in _LOGIN_MODULES:
            user, word = (str(options.get(key) or "").replace("\\", "\\\\").replace('"', '\\"') for key in ("sasl_username", "sasl_password"))
            found[f"{side}.sasl.jaas.config"] = f'{_LOGIN_MODULES[mechanism]} required username="{user}" password="{word}";'
    if options.get("ssl_key_password"):
        found[f"{side}.ssl.key.password"] = str(options["ssl_key_password"])
    return found


def placeholder(secrets_file: str, key: str) -> str:
    """What FileConfigProvider puts the value of ``key`` in the place of."""
    return f"${{file:{secrets_file}:{key}}}"


def connector_configs(connectors: Iterable[Mapping[str, object]], copying: Copying) -> list[dict[str, object]]:
    """Each connector of the plan with its configuration, as connect_connector takes them."""
    make = {REPLICATOR: _replicator, MIRRORMAKER2: _mirrormaker}[copying.engine]
    return [{"name": connector["name"], "config": {**make(connector, copying), **_producer(copying), **copying.settings}} for connector in connectors]


def _replicator(connector: Mapping[str, object], copying: Copying) -> Config:
    """Written against the documented keys; not run against the real thing.

    https://docs.confluent.io/platform/current/multi-dc-deployments/replicator/configuration_options.html
    """
    name = str(connector["name"])
    consumer = {"src.consumer.group.id": name, "src.consumer.auto.offset.reset": "earliest",
                "src.consumer.max.partition.fetch.bytes": str(copying.record_bytes + _RECORD_ROOM)}
    if connector.get("kind") in ("transactional", "mixed"):
        # Otherwise records of aborted transactions arrive as real ones.
        consumer["src.consumer.isolation.level"] = "read_committed"
    return {
        "connector.class": "io.confluent.connect.replicator.ReplicatorSourceConnector",
        "tasks.max": str(connector["tasks_max"]),
        "topic.whitelist": ",".join(_topics(connector)),
        "topic.rename.format": "${topic}",
        "topic.preserve.partitions": "true",
        # Topics are there, with the settings that prepare has mapped. Synchronising them would undo that every two minutes.
        "topic.auto.create": "false",
        "topic.config.sync": "false",
        "topic.timestamp.type": "CreateTime",
        "topic.poll.interval.ms": str(_REFRESH_SECONDS * 1000),
        **{f"{part}.converter": _REPLICATOR_BYTES for part in ("key", "value", "header")},
        **{f"src.{part}.converter": _REPLICATOR_BYTES for part in ("key", "value", "header")},
        "provenance.header.enable": "true",
        # Where it was, and at the start of the log the first time.
        "offset.start": "connect",
        "offset.topic.commit": "true",
        # Only Java consumers with an interceptor can have their offsets translated by it. The phase cutover translates those of all.
        "offset.timestamps.commit": "false",
        "offset.translator.tasks.max": "0",
        **consumer,
        **copying.source.with_prefix("src.kafka."),
        **copying.destination.with_prefix("dest.kafka."),
        "confluent.topic.replication.factor": "3",
        **copying.destination.with_prefix("confluent.topic."),
    }


def _mirrormaker(connector: Mapping[str, object], copying: Copying) -> Config:
    """https://kafka.apache.org/documentation/#mirrormakerconfigs and KIP-382."""
    return {
        "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector",
        "tasks.max": str(connector["tasks_max"]),
        "source.cluster.alias": "source",
        "target.cluster.alias": "destination",
        "replication.policy.class": "org.apache.kafka.connect.mirror.IdentityReplicationPolicy",
        # A list of regular expressions, each for a whole name.
        "topics": ",".join(_literal(topic) for topic in _topics(connector)),
        "topics.exclude": "__consumer_offsets,__transaction_state",
        # Topics and ACLs are those that prepare has made; new partitions are added.
        "sync.topic.configs.enabled": "false",
        "sync.topic.acls.enabled": "false",
        "replication.factor": "-1",
        "refresh.topics.enabled": "true",
        "refresh.topics.interval.seconds": str(_REFRESH_SECONDS),
        # Offsets are translated by the phase cutover. So nothing is written to the source, and no topic of its own is needed.
        "emit.offset-syncs.enabled": "false",
        "heartbeats.replication.enabled": "false",
        **{f"{part}.converter": _BYTES for part in ("key", "value", "header")},
        "source.consumer.auto.offset.reset": "earliest",
        "source.consumer.max.partition.fetch.bytes": str(copying.record_bytes + _RECORD_ROOM),
        **({"source.consumer.isolation.level": "read_committed"} if connector.get("kind") in ("transactional", "mixed") else {}),
        **copying.source.with_prefix("source.cluster."),
        **copying.destination.with_prefix("target.cluster."),
    }


def _producer(copying: Copying) -> Config:
    """The worker's producer, which is what writes. It is the worker's own, on the worker's own cluster, unless it is overridden."""
    found = {"producer.override.max.request.size": str(copying.record_bytes + _RECORD_ROOM), "producer.override.acks": "all",
             # With more than one request on its way a retry could change the order of records.
             "producer.override.max.in.flight.requests.per.connection": "1"}
    return found | (copying.destination.with_prefix("producer.override.") if copying.backed_by_source else {})


def _topics(connector: Mapping[str, object]) -> list[str]:
    topics = connector["topics"]
    return [str(topic) for topic in topics] if isinstance(topics, (list, tuple)) else []


def _literal(topic: str) -> str:
    """Names of topics have no other character that means something in a regular expression."""
    return re.sub(r"\.", r"\\.", topic)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def largest_record(topics: Iterable[Mapping[str, object]]) -> int:
    """The largest ``max.message.bytes`` of the topics of an assessment, which may not know it."""
    found = [_DEFAULT_RECORD_BYTES]
    for topic in topics:
        config = topic.get("config")
        said = config.get("max.message.bytes") if isinstance(config, Mapping) else None
        if said is not None and str(said).isdigit():
            found.append(int(str(said)))
    return max(found)
