# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Connect worker near the destination of a migration, with MirrorMaker 2. It writes offsets every five seconds, as a worker that is killed has written
records whose offsets it has not."""

from lab.connect_worker import WITHOUT_DEBEZIUM, ConnectWorker
from lab.servers import kafka_destination

SERVER = ConnectWorker(
    "connect_destination", WITHOUT_DEBEZIUM, cluster=kafka_destination.SERVER, needs=("kafka_destination", "kafka_three"),
    settings={"offset.flush.interval.ms": 5000},
)
