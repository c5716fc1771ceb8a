# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A transactional producer, which logs how each of its transactions ended: `committed`, `aborted`, or `unknown` when the
client gave up without having learned it. Every transaction writes one record into each partition of its topic.
"""

from __future__ import annotations

import time

from confluent_kafka import KafkaException, Producer
from load_process import LoadProcess, Stall

SECONDS = 120


def main() -> None:
    process, stall = LoadProcess(), Stall()
    counts = {"committed": 0, "aborted": 0, "unknown": 0}
    number, producer = 0, opened(process)
    with process.log() as log:
        while process.goes_on():
            began = time.monotonic()
            ended = transact(process, producer, number)
            stall.ended(began)
            log.write(f"{number} {ended}\n")
            counts[ended] += 1
            if ended == "committed":
                process.ready()
            if ended == "unknown":
                producer = opened(process)
            number += 1
            producer.poll(process.pause)
    process.end(**counts, longest_stall=stall.longest)


def opened(process: LoadProcess) -> Producer:
    """A producer that has fenced off its predecessor, whose open transaction is aborted by that."""
    while True:
        producer = Producer({**process.client, "transactional.id": f"{process.topic}-1", "linger.ms": 5})
        try:
            producer.init_transactions(SECONDS)
            return producer
        except KafkaException as error:
            process.count(error.args[0])
            if not process.goes_on():
                raise


def transact(process: LoadProcess, producer: Producer, number: int) -> str:
    try:
        producer.begin_transaction()
        for partition in range(process.options["partitions"]):
            producer.produce(process.topic, str(number), partition=partition)
    except (KafkaException, BufferError) as error:
        if isinstance(error, KafkaException):
            process.count(error.args[0])
        return aborted(process, producer)
    return committed(process, producer)


def committed(process: LoadProcess, producer: Producer) -> str:
    """A commit that may be tried again is tried again: until it is answered nobody knows how it ended."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            producer.commit_transaction(SECONDS)
            return "committed"
        except KafkaException as error:
            reason = error.args[0]
            process.count(reason)
            if reason.txn_requires_abort():
                return aborted(process, producer)
            if not reason.retriable() or time.monotonic() > deadline:
                return "unknown"


def aborted(process: LoadProcess, producer: Producer) -> str:
    try:
        producer.abort_transaction(SECONDS)
        return "aborted"
    except KafkaException as error:
        process.count(error.args[0])
        return "unknown"


if __name__ == "__main__":
    main()
