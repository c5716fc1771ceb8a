# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container: what goes in, what comes out, and how it ended.

Nothing here depends on the end of stdin: API servers before 1.30 have no way to tell it (v4.channel.k8s.io).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import OperationError
from .channels import ERRORS, ORDERS, STATUS, Channels, LineDropped
from .client import Cluster, NotPermitted, NotThere
from .pods import Choice

_PROTOCOLS = "v5.channel.k8s.io,v4.channel.k8s.io"
_PIECE = 32768
_KILLED = (137, 143)
_NO_SUCH_PROGRAM = ("executable file not found", "no such file or directory", "not found in $PATH", "stat /")
RIGHT = "The right to exec is two verbs on pods/exec, create and get: clients open a WebSocket with GET. docs/kubernetes_transports.md has the Role."


class CommandMissing(OperationError):
    """The container has no such program."""


class ContainerLost(OperationError):
    """The pod or its container ended, or the line to it was cut, before the command was done."""


class NoAnswer(OperationError):
    """The command is still there, and said nothing for too long."""


@dataclass(frozen=True)
class Done:
    """A command that has run to its end."""

    code: int
    output: bytes
    errors: bytes


class Exec:
    """A command that runs in a container.

    :raises OperationError: told apart: no right, no such pod, no such container, no API server.
    """

    def __init__(self, cluster: Cluster, choice: Choice, command: Sequence[str]) -> None:
        self._cluster = cluster
        self._choice = choice
        self._program = command[0]
        self._status: bytes | None = None
        query = [("container", choice.container), ("stdin", "true"), ("stdout", "true"), ("stderr", "true"), ("tty", "false")]
        query += [("command", word) for word in command]
        path = f"/api/v1/namespaces/{choice.pod.namespace}/pods/{choice.pod.name}/exec"
        try:
            self._channels = Channels(cluster.websocket(f"run {command[0]} in the pod", path, query, _PROTOCOLS))
        except NotPermitted as error:
            raise NotPermitted(error.attempted, self.place, error.answered, RIGHT) from None
        except OperationError as error:
            raise OperationError(error.attempted, self.place, error.answered, error.advice) from None

    @property
    def place(self) -> str:
        return f"pod {self._choice.pod.path}, container {self._choice.container}"

    def send(self, data: bytes) -> None:
        """Write to the command's stdin."""
        try:
            for start in range(0, len(data), _PIECE):
                self._channels.send(ORDERS, data[start : start + _PIECE])
        except LineDropped as error:
            raise self._lost(str(error)) from error

    def end_input(self) -> bool:
        """Tell the command that nothing more comes, where the API server has a way to; else False."""
        return self._channels.end(ORDERS)

    def receive(self, seconds: float) -> tuple[int, bytes] | None:
        """The next piece of output with its channel, None when the command has ended. Pieces are small: memory stays bounded.

        :raises NoAnswer: when there was none in this time.
        :raises ContainerLost: when no more can come, and the command's end was not seen.
        """
        deadline = time.monotonic() + seconds
        while self._status is None:
            try:
                piece = self._channels.receive(deadline - time.monotonic())
            except TimeoutError as error:
                raise NoAnswer("wait for the command", self.place, f"nothing came from {self._program} within {seconds:.0f} s") from error
            except LineDropped as error:
                raise self._lost(str(error)) from error
            channel, data = piece
            if channel == STATUS:
                self._status = data
            else:
                return piece
        return None

    def code(self) -> int:
        """The exit code of a command that has ended.

        :raises CommandMissing: when it could not even be started.
        :raises ContainerLost: when it was killed together with its container.
        """
        status: dict[str, Any] = json.loads(self._status or b"{}")
        if status.get("status") == "Success":
            return 0
        if status.get("reason") == "NonZeroExitCode":
            causes = status.get("details", {}).get("causes", [])
            code = int(next(each["message"] for each in causes if each.get("reason") == "ExitCode"))
            if code in _KILLED:
                raise self._lost(f"{self._program} was killed (exit code {code})")
            return code
        message = str(status.get("message", "no reason given"))
        if any(words in message for words in _NO_SUCH_PROGRAM):
            raise CommandMissing("run a command", self.place, f"there is no {self._program}: {message}")
        raise self._lost(message)

    def close(self) -> None:
        """Hang up. A command that still runs sees the end of its stdin."""
        self._channels.close()

    def _lost(self, answered: str) -> ContainerLost:
        pod = self._choice.pod
        try:
            now = self._cluster.pod(pod.namespace, pod.name)
            seen = "the pod is being deleted" if now.is_ending else f"the pod is {now.phase}, {'Ready' if now.is_ready else 'not Ready'}"
        except NotThere:
            seen = "the pod does not exist any more"
        except OperationError as error:
            seen = f"the pod cannot be looked at: {error.answered}"
        return ContainerLost("run a command", self.place, f"{answered}; {seen}", "Once the pod is Ready again, run this again: it completes what is missing.")


def run(
    cluster: Cluster, choice: Choice, command: Sequence[str], stdin: bytes = b"", timeout: float = 60, output: Callable[[bytes], object] | None = None
) -> Done:
    """Run a command to its end. It must not wait for the end of stdin.

    :param timeout: seconds without any output until it is given up.
    :param output: called with each piece of stdout instead of keeping it.
    :raises OperationError: as Exec does. A command that fails raises nothing, it has a code.
    """
    running = Exec(cluster, choice, command)
    kept: dict[int, list[bytes]] = {}
    try:
        running.send(stdin)
        running.end_input()
        for channel, data in pieces(running, timeout):
            if output is not None and channel != ERRORS:
                output(data)
            else:
                kept.setdefault(channel, []).append(data)
        return Done(running.code(), b"".join(kept.get(1, [])), b"".join(kept.get(ERRORS, [])))
    finally:
        running.close()


def pieces(running: Exec, timeout: float) -> Iterator[tuple[int, bytes]]:
    """All output until the end."""
    while (piece := running.receive(timeout)) is not None:
        yield piece
