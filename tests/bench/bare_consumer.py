# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a topic with bare confluent-kafka and does nothing with it: what a digest is measured against.

Reads {"config", "topic", "partitions", "records"} as JSON from stdin: the partitions to read, and how many records they have.
"""

from __future__ import annotations

import json
import sys

from confluent_kafka import Consumer, TopicPartition


def main() -> None:
    request = json.load(sys.stdin)
    consumer = Consumer({**request["config"], "group.id": "bench", "enable.auto.commit": False, "isolation.level": "read_committed", "check.crcs": True})
    consumer.assign([TopicPartition(request["topic"], number, 0) for number in request["partitions"]])
    left, size = request["records"], 0
    while left > 0:
        for message in consumer.consume(1000, 0.1):
            error = message.error()
            if error is not None:
                raise SystemExit(str(error))
            left -= 1
            size += len(message.value() or b"")
    consumer.close()
    print(size)


if __name__ == "__main__":
    main()
