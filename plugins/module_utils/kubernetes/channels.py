# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels that exec and port-forward put into one WebSocket: the first byte of a message says which it is for."""

from __future__ import annotations

import select
import time
from typing import Any

ORDERS, OUTPUT, ERRORS, STATUS = 0, 1, 2, 3
_END = 255
_V5 = "v5.channel.k8s.io"
_FRAME_SECONDS = 30  # a message that has begun is whole within this time, or the line is dead
_CLOSE, _BINARY, _TEXT = 8, 2, 1  # opcodes of RFC 6455


class LineDropped(Exception):
    """The WebSocket ended, orderly or not."""


class Channels:
    """One WebSocket that is read and written by one thread."""

    def __init__(self, websocket: Any) -> None:
        self._websocket = websocket
        self._websocket.settimeout(_FRAME_SECONDS)
        headers = {str(name).lower(): value for name, value in (websocket.getheaders() or {}).items()}
        self._can_end = headers.get("sec-websocket-protocol") == _V5

    def fileno(self) -> int:
        return int(self._websocket.sock.fileno()) if self._websocket.sock is not None else -1

    def has_more(self) -> bool:
        """Whether something is there that ``select`` does not see: TLS takes whole records off the line."""
        pending = getattr(self._websocket.sock, "pending", None)
        return bool(pending and pending())

    def send(self, channel: int, data: bytes) -> None:
        try:
            self._websocket.send(bytes([channel]) + data, _BINARY)
        except Exception as error:  # whatever sockets, TLS and the library raise, the line is gone
            raise LineDropped(str(error) or type(error).__name__) from error

    def end(self, channel: int) -> bool:
        """Say that nothing more comes on this channel; False where the protocol has no words for it."""
        if self._can_end:
            self.send(_END, bytes([channel]))
        return self._can_end

    def receive(self, seconds: float) -> tuple[int, bytes]:
        """The next message that holds something.

        :raises TimeoutError: when none came in time.
        :raises LineDropped: when none can come any more.
        """
        deadline = time.monotonic() + seconds
        while True:
            if not self.has_more() and not _is_readable(self.fileno(), deadline - time.monotonic()):
                raise TimeoutError
            message = self._message()
            if message is not None:
                return message

    def _message(self) -> tuple[int, bytes] | None:
        try:
            opcode, frame = self._websocket.recv_data_frame(True)
        except Exception as error:
            raise LineDropped(str(error) or type(error).__name__) from error
        if opcode == _CLOSE:
            raise LineDropped("the connection was closed")
        if opcode not in (_BINARY, _TEXT) or len(frame.data) < 2 or frame.data[0] == _END:
            return None
        return frame.data[0], bytes(frame.data[1:])

    def close(self) -> None:
        self._websocket.close(timeout=1)


def _is_readable(descriptor: int, seconds: float) -> bool:
    if descriptor < 0:
        raise LineDropped("the connection is closed")
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))
