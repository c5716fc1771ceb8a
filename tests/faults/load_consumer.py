# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A member of a consumer group, which logs each record that it was given and commits after that."""

from __future__ import annotations

from confluent_kafka import Consumer, KafkaError, KafkaException
from load_process import LoadProcess

COMMIT_EVERY = 50


def main() -> None:
    process = LoadProcess()
    consumer = Consumer({**process.client, "group.id": process.options["group"], "enable.auto.commit": False, "auto.offset.reset": "earliest"})
    consumer.subscribe([process.topic])
    read, refused, waiting = 0, 0, 0
    with process.log() as log:
        while process.goes_on():
            message = consumer.poll(0.5)
            if message is None:
                refused, waiting = committed(process, consumer, refused) if waiting else refused, 0
                continue
            if (error := message.error()) is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    process.count(error)
                continue
            log.write(f"{message.value().decode()} {message.partition()} {message.offset()}\n")
            read, waiting = read + 1, waiting + 1
            process.ready()
            if waiting >= COMMIT_EVERY:
                refused, waiting = committed(process, consumer, refused), 0
        committed(process, consumer, refused)
    consumer.close()
    process.end(read=read, commits_refused=refused)


def committed(process: LoadProcess, consumer: Consumer, refused: int) -> int:
    """How many commits were refused until now. What is not committed is read again, which is what consumers must bear."""
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        if error.args[0].code() != KafkaError._NO_OFFSET:
            process.count(error.args[0])
            return refused + 1
    return refused


if __name__ == "__main__":
    main()
