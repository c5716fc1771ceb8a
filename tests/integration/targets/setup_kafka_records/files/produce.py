# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes records to every partition of a topic: produce.py TOPIC PARTITIONS RECORDS. The connection comes from the environment."""

from __future__ import annotations

import os
import sys

from confluent_kafka import Producer

topic, partitions, records = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
producer = Producer({
    "bootstrap.servers": os.environ["KAFKA_SERVERS"],
    "security.protocol": "sasl_plaintext",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": os.environ["KAFKA_USER"],
    "sasl.password": os.environ["KAFKA_PASSWORD"],
})
refused = []  # flush() counts what was refused as done
for number in range(partitions):
    for record in range(records):
        producer.produce(topic, str(record), partition=number, on_delivery=lambda error, message: refused.append(str(error)) if error else None)
left = producer.flush(30)
sys.exit(f"{left + len(refused)} records were not written: {refused[:1]}" if left or refused else 0)
