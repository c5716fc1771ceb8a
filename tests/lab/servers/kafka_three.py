# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of three for fault tests, whose brokers may be killed without disturbing `kafka`."""

from lab.kafka_cluster import KafkaCluster

SERVER = KafkaCluster("kafka_three", brokers=3)
