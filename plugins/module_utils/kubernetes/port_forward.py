# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A port of a pod on the loopback of this host, for as long as it is needed.

Each connection to the local port is a WebSocket of its own. Everything runs in threads of this process: it ends with it, whatever happens.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import TracebackType

from ..errors import OperationError
from .channels import Channels, LineDropped
from .client import Cluster, NotPermitted
from .pods import Pod

_PROTOCOL = "v4.channel.k8s.io"
_PIECE = 32768
_DATA, _ERROR = 0, 1
_LOOK_UP_SECONDS = 0.5
RIGHT = "The right to forward is two verbs on pods/portforward, create and get: clients open a WebSocket with GET. docs/kubernetes_transports.md has the Role."


class PortForward:
    """``with PortForward(cluster, pod, 3306) as forward``: connect to 127.0.0.1, ``forward.port``.

    ``trouble`` is why connections have been cut, empty while all is well. Drivers only see that somebody hung up.
    """

    def __init__(self, cluster: Cluster, pod: Pod, pod_port: int) -> None:
        self.place = f"port {pod_port} of pod {pod.path}"
        self.trouble = ""
        self._connect: Callable[[], Channels] = partial(_websocket, cluster, pod, pod_port, self.place)
        self._is_closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        try:
            self._connect().close()  # whatever is wrong is said now, in its own words
        except OperationError:
            self._listener.close()
            raise
        self._start(self._accept)

    def __enter__(self) -> PortForward:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, and cut what is still connected."""
        self._is_closing.set()
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True, name=self.place)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        self._listener.settimeout(_LOOK_UP_SECONDS)
        while not self._is_closing.is_set():
            try:
                local, _address = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:  # closed
                return
            local.settimeout(None)
            self._start(partial(self._serve, local))

    def _serve(self, local: socket.socket) -> None:
        """The trouble is known before the driver's line is closed, as the driver asks for it as soon as it notices."""
        with suppress(OSError), local:  # OSError: the driver has hung up
            try:
                channels = self._connect()
                try:
                    self._bridge(local, channels)
                finally:
                    channels.close()
            except (LineDropped, ValueError) as error:  # ValueError: select was given a line that is gone
                self._cut(f"the forward to {self.place} was cut: {error}")
            except OperationError as error:
                self._cut(str(error))

    def _cut(self, why: str) -> None:
        if not self._is_closing.is_set():
            self.trouble = why

    def _bridge(self, local: socket.socket, channels: Channels) -> None:
        is_new = {_DATA: True, _ERROR: True}
        while not self._is_closing.is_set():
            ends = [local.fileno(), channels.fileno()]
            readable = ends[1:] if channels.has_more() else select.select(ends, [], [], _LOOK_UP_SECONDS)[0]
            if ends[0] in readable:
                data = local.recv(_PIECE)
                if not data:
                    return
                channels.send(_DATA, data)
            if ends[1] in readable:
                channel, data = channels.receive(_LOOK_UP_SECONDS)
                if is_new.get(channel):
                    is_new[channel] = False  # the first message of each channel is the number of the port
                elif channel == _ERROR:
                    self._cut(f"{self.place}: {data.decode(errors='replace').strip()}")
                    return
                else:
                    local.sendall(data)


def _websocket(cluster: Cluster, pod: Pod, pod_port: int, place: str) -> Channels:
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/portforward"
    attempted = "open a port-forward"
    try:
        return Channels(cluster.websocket(attempted, path, [("ports", str(pod_port))], _PROTOCOL))
    except NotPermitted as error:
        raise NotPermitted(attempted, place, error.answered, RIGHT) from None
    except OperationError as error:
        raise OperationError(attempted, place, error.answered, error.advice) from None
