# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes that read: forked before any client exists, since librdkafka's threads do not live through a fork."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

from ..errors import OperationError
from ..kafka.client import KafkaClient
from ..kafka.connection import Connection
from .read import Reading, TaskResult, carry_out
from .tasks import Task

_forking = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Order:
    """A task with what is needed to carry it out, as it goes to a process."""

    task: Task
    reading: Reading


class Workers:
    """``connections`` by the name of the cluster (source, destination); listings are written below ``folder``, a file for each process."""

    def __init__(self, connections: Mapping[str, Connection], count: int, folder: Path) -> None:
        self._connections, self._folder = connections, folder
        self._idle: list[Pipe] = []
        self._all: dict[Pipe, BaseProcess] = {}
        self._own = _Reader(connections, folder / "listing-0.csv") if count == 1 else None
        for number in range(count if count > 1 else 0):
            self._start(number)

    def close(self) -> None:
        """End every process; none of them holds anything that would have to be put back."""
        if self._own is not None:
            self._own.close()
        for pipe, process in self._all.items():
            pipe.close()
            if process.is_alive():
                process.terminate()
        for process in self._all.values():
            process.join(5)
            if process.is_alive():
                process.kill()

    def listings(self) -> list[Path]:
        """The files that hold what was listed. Call it when all tasks are done."""
        return [path for path in sorted(self._folder.glob("listing-*.csv")) if path.stat().st_size]

    def run(self, tasks: list[Task], reading: Reading) -> Iterator[TaskResult]:
        """The results as they come. ``reading.tell`` is called here with the records that any process has read."""
        if self._own is not None:
            for task in tasks:
                yield self._own.carry_out(Order(task, reading))
            return
        waiting = list(reversed(tasks))
        sent = replace(reading, tell=_nothing, stop=_never)
        busy = 0
        while waiting or busy:
            while waiting and self._idle:
                self._idle.pop().send(Order(waiting.pop(), sent))
                busy += 1
            for pipe in wait(list(self._all)):
                if not isinstance(pipe, Pipe):  # wait() takes sockets and processes, too
                    continue
                try:
                    answer = pipe.recv()
                except (EOFError, OSError):
                    raise OperationError("read the records", answered="a process that reads was killed", advice="Look for a lack of memory.") from None
                if isinstance(answer, int):
                    reading.tell(answer)
                    continue
                self._idle.append(pipe)
                busy -= 1
                if isinstance(answer, OperationError):
                    raise answer
                yield answer

    def _start(self, number: int) -> None:
        near, far = _forking.Pipe()
        path = self._folder / f"listing-{number}.csv"
        process = _forking.Process(target=_serve, args=(far, [near, *self._all], self._connections, path), daemon=True)
        process.start()
        far.close()
        self._all[near] = process
        self._idle.append(near)


class _Reader:
    """Carries out tasks in this process, with one client for each cluster."""

    def __init__(self, connections: Mapping[str, Connection], path: Path) -> None:
        self._connections, self._path = connections, path
        self._clients: dict[str, KafkaClient] = {}
        self._listing: TextIO | None = None

    def carry_out(self, order: Order) -> TaskResult:
        cluster = "destination" if order.task.side == "destination" else "source"
        if cluster not in self._clients:
            self._clients[cluster] = KafkaClient(self._connections[cluster])
        if self._listing is None and any(part.buckets is not None for part in order.task.parts):
            self._listing = open(self._path, "w", encoding="ascii", buffering=1024 * 1024)
        result = carry_out(self._clients[cluster], order.task, order.reading, self._listing)
        if self._listing is not None:
            self._listing.flush()
        return result

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        if self._listing is not None:
            self._listing.close()


def _serve(pipe: Pipe, foreign: list[Pipe], connections: Mapping[str, Connection], path: Path) -> None:
    """The life of a process: it ends with the module, also when that is killed."""
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    for other in foreign:
        other.close()  # or this process would keep the others' pipes open
    parent = os.getppid()
    reader = _Reader(connections, path)
    while True:
        try:
            order: Order = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        reading = replace(order.reading, tell=pipe.send, stop=lambda: os.getppid() != parent)
        try:
            answer: object = reader.carry_out(Order(order.task, reading))
        except OperationError as error:
            answer = _portable(error)
        pipe.send(answer)


def _portable(error: OperationError) -> OperationError:
    return OperationError(error.attempted, error.on, error.answered, error.advice)


def _nothing(records: int) -> None:
    """What is told is sent through the pipe."""
    del records


def _never() -> bool:
    return False


@contextmanager
def forked(connections: Mapping[str, Connection], count: int, folder: Path) -> Iterator[Workers]:
    """The processes for the length of a ``with`` block."""
    with ExitStack() as stack:
        workers = Workers(connections, count, folder)
        stack.callback(workers.close)
        yield workers
