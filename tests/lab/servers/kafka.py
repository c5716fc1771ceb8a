# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster that experiments run on; LAB_KAFKA_BROKERS chooses its size."""

from lab.kafka_cluster import KafkaCluster

SERVER = KafkaCluster("kafka", brokers=1, brokers_from="LAB_KAFKA_BROKERS")
