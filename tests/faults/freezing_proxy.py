# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that falls silent: everything is passed on until the client sends a certain text, and nothing from then on."""

from __future__ import annotations

import socket
import threading
from types import TracebackType


class FreezingProxy:
    """Listens on ``port``, forwards to the server, and freezes for all when a client sends ``at``."""

    def __init__(self, host: str, port: int, at: bytes) -> None:
        self._server = (host, port)
        self._at = at
        self._is_frozen = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._lines: list[socket.socket] = []

    def __enter__(self) -> FreezingProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for line in [self._listener, *self._lines]:
            line.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            self._lines += [client, server]
            threading.Thread(target=self._pass_on, args=(client, server, self._at), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(server, client, None), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, at: bytes | None) -> None:
        try:
            while data := source.recv(65536):
                if at is not None and at in data:
                    self._is_frozen.set()
                if not self._is_frozen.is_set():
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return
