# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster that a migration writes to: one broker, with a cluster id of its own."""

from lab.kafka_cluster import KafkaCluster

SERVER = KafkaCluster("kafka_destination", brokers=1)
