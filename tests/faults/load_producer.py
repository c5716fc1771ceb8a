# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An idempotent producer with acks=all, which logs the number of each record that was acknowledged."""

from __future__ import annotations

import time

from confluent_kafka import KafkaError, Message, Producer
from load_process import LoadProcess, Stall

FLUSH_SECONDS = 120


def main() -> None:
    process, stall = LoadProcess(), Stall()
    producer = Producer({**process.client, "enable.idempotence": True, "acks": "all", "linger.ms": 5})
    refused: list[int] = []
    number = 0
    with process.log() as log:

        def delivered(record: int, began: float, error: KafkaError | None, _message: Message) -> None:
            stall.ended(began)
            if error is None:
                log.write(f"{record}\n")
                process.ready()
            else:
                refused.append(record)
                process.count(error)

        while process.goes_on():
            began = time.monotonic()
            producer.produce(process.topic, str(number), key=str(number % 100),
                             on_delivery=lambda error, message, record=number, began=began: delivered(record, began, error, message))  # fmt: skip
            number += 1
            producer.poll(process.pause)
        unsent = producer.flush(FLUSH_SECONDS)
    process.end(sent=number, refused=len(refused), unsent=unsent, longest_stall=stall.longest)


if __name__ == "__main__":
    main()
