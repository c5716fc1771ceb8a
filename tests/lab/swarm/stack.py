# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stack file: one service per broker, anchors for what they share, four listeners each, as people write it by hand.

All is on the network of the host, because Swarm's own publishes ports on every address.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab import ports, zookeeper_kafka
from lab.swarm import images
from lab.zookeeper_kafka import BROKERS, LISTENERS

NAME = "streams"
SECRET = "KAFKA_JAAS_LAB"
WORKERS = (1, 2)
ZOOKEEPER = "zookeeper-01"
OF_ONE_BROKER = ("broker.id", "listeners", "advertised.listeners", "log.dirs")

HEAD = """\
# The lab's cluster. Deployed as the stack `{name}`; images are made on this machine and are in no registry.
version: "3.7"

x-network: &network
  networks:
    - outside

x-on-this-node: &on-this-node
  deploy:
    replicas: 1
    endpoint_mode: dnsrr
    placement:
      constraints: [node.role == manager]

x-zookeeper-envs: &zookeeper-envs
  ZOO_TICK_TIME: 2000
  ZOO_SERVERS: server.1={host}:{peer}:{election};{host}:{zookeeper}
  ZOO_MAX_CLIENT_CNXNS: 0
  ZOO_4LW_COMMANDS_WHITELIST: "*"

x-kafka-envs: &kafka-envs
{kafka}
  KAFKA_CONFLUENT_SUPPORT_CUSTOMER_ID: anonymous # the lab's brokers do not know it
  KAFKA_HEAP_OPTS: -Xmx{heap} -Xms64m
  KAFKA_OPTS:
    -Djava.security.auth.login.config=/run/secrets/KAFKA_JAAS

x-zookeeper-common: &zookeeper-common
  image: {zookeeper_image}
  <<: *network
  volumes:
    - {data}/zookeeper/data:/data
    - {data}/zookeeper/datalog:/datalog

x-kafka-common: &kafka-common
  image: {kafka_image}
  <<: *network
  # ten seconds, the default, are not enough for a busy broker to hand over its partitions
  stop_grace_period: 1m
  secrets:
    - source: {secret}
      target: KAFKA_JAAS

x-connect-common: &connect-common
  image: {connect_image}
  <<: *network

x-connect-envs: &connect-envs
  GROUP_ID: connect
  CONFIG_STORAGE_TOPIC: connect-configs
  OFFSET_STORAGE_TOPIC: connect-offsets
  STATUS_STORAGE_TOPIC: connect-statuses
  CONFIG_STORAGE_REPLICATION_FACTOR: 3
  OFFSET_STORAGE_REPLICATION_FACTOR: 3
  STATUS_STORAGE_REPLICATION_FACTOR: 3
  OFFSET_STORAGE_PARTITIONS: 2
  STATUS_STORAGE_PARTITIONS: 2
  OFFSET_FLUSH_INTERVAL_MS: 1000
  SCHEDULED_REBALANCE_MAX_DELAY_MS: 0
  BOOTSTRAP_SERVERS: {bootstrap}
  KEY_CONVERTER: org.apache.kafka.connect.json.JsonConverter
  VALUE_CONVERTER: org.apache.kafka.connect.json.JsonConverter
  HEAP_OPTS: -Xmx{heap}

services:
  {zookeeper_name}:
    <<: [*on-this-node, *zookeeper-common]
    environment:
      <<: *zookeeper-envs
      ZOO_MY_ID: 1
"""
BROKER = """
  {service}:
    <<: [*on-this-node, *kafka-common]
    volumes:
      - {data}/{service}:/var/lib/kafka/data
    environment:
      <<: *kafka-envs
      KAFKA_BROKER_ID: {number}
      KAFKA_LISTENERS: {listeners}
      KAFKA_ADVERTISED_LISTENERS: {advertised}
"""
WORKER = """
  {service}:
    <<: [*on-this-node, *connect-common]
    volumes:
      - {files}:/files
    environment:
      <<: *connect-envs
      ADVERTISED_HOST_NAME: {host}
      LISTENERS: http://{host}:{port}
"""
TAIL = """
secrets:
  {secret}:
    external: true

networks:
  outside:
    external: true
    name: host
"""


def broker(number: int) -> str:
    return f"kafka-{number:02}"


def worker(number: int) -> str:
    return f"connect-{number:02}"


def services() -> tuple[str, ...]:
    return ZOOKEEPER, *(broker(number) for number in BROKERS), *(worker(number) for number in WORKERS)


def directories() -> tuple[str, ...]:
    """What must be there below the data directory before the stack is deployed."""
    return "zookeeper/data", "zookeeper/datalog", *(broker(number) for number in BROKERS), "files"


def broker_ports(own: Mapping[str, int]) -> dict[int, dict[str, int]]:
    """Ports by listener of each broker, from the table of `swarm` in ports.toml."""
    return {number: {use: own[f"{use}_{number}"] for use in LISTENERS} for number in BROKERS}


def text(own: Mapping[str, int], data: str) -> str:
    """The stack file of a fresh cluster.

    :param data: a directory of the machine for what the services keep.
    """
    brokers = broker_ports(own)
    settings = {number: zookeeper_kafka.broker_settings(number, brokers[number], own["zookeeper"], "") for number in BROKERS}
    shared = {key: value for key, value in settings[1].items() if key not in OF_ONE_BROKER}
    common = {"host": ports.HOST, "data": data, "files": f"{data}/files", "secret": SECRET, "heap": zookeeper_kafka.HEAP, "name": NAME}
    head = HEAD.format(
        **common,
        **{f"{kind}_image": images.reference(kind) for kind in images.KINDS},
        kafka="\n".join(f"  {_variable(key)}: {_scalar(value)}" for key, value in shared.items()),
        peer=own["zookeeper_peer"], election=own["zookeeper_election"], zookeeper=own["zookeeper"], zookeeper_name=ZOOKEEPER,
        bootstrap=",".join(f"{ports.HOST}:{each['plain_internal']}" for each in brokers.values()),
    )  # fmt: skip
    return "".join([
        head,
        *(BROKER.format(**common, service=broker(number), number=number, listeners=each["listeners"], advertised=each["advertised.listeners"])
          for number, each in settings.items()),
        *(WORKER.format(**common, service=worker(number), port=own[f"connect_{number}"]) for number in WORKERS),
        TAIL.format(**common),
    ])  # fmt: skip


def _variable(key: str) -> str:
    return f"KAFKA_{key.replace('.', '_').upper()}"


def _scalar(value: object) -> str:
    """What YAML would read as a truth value or a mapping is quoted."""
    return f'"{value}"' if value in ("true", "false") else str(value)
