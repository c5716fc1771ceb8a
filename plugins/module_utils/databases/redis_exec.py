# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The primaries of a Redis server or cluster through the program ``redis-cli`` inside one of its pods.

One redis-cli a node, which is told commands over stdin and prints answers as CSV: there, every byte of a key has a spelling of its own.
The nodes of a cluster are reached from inside the pod, so their addresses need no mapping.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..errors import OperationError
from ..kubernetes.client import Cluster
from ..kubernetes.pods import Choice
from .login import ConnectionLost, Login, login_refused, not_permitted, tls_mismatch, unreachable
from .program_exec import Conversation, Program, ProgramEnded

PROGRAM = Program(
    "redis-cli",
    ("redis-cli", "valkey-cli", "/opt/bitnami/redis*/bin/redis-cli", "/opt/bitnami/valkey/bin/valkey-cli", "/usr/local/bin/redis-cli"),
)

_PAGE = 2000
# UNLINK takes keys of one slot only, a script may touch all keys of its node; and each answer is a message through the API server.
_UNLINK_ALL = b"local n = 0 for i = 1, #ARGV do n = n + redis.call('UNLINK', ARGV[i]) end return n"
_SLOTS = 16384
_VALUE = re.compile(rb'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b"}
_PLAIN = re.compile(rb"[^\x21\x23-\x5b\x5d-\x7e]")
_PLAIN_ERROR = re.compile(rb"[A-Z]+[ ,]")
_LINE_LOST = (b"Could not connect", b"Error: ", b"I/O error")
_TLS = ("SSL", "certificate", "Server closed the connection", "Connection reset by peer", "Protocol error")
_DENIED = ("NOAUTH", "WRONGPASS", "NOPERM", "ERR invalid password")
_ADVICE = {
    "READONLY": "This server is a replica: connect to the primary.",
    "MOVED": "Slots are being moved between nodes: wait until that is over, then run the reset again.",
    "ASK": "Slots are being moved between nodes: wait until that is over, then run the reset again.",
    "CLUSTERDOWN": "Some slots have no primary: look at CLUSTER INFO.",
    "LOADING": "The server is still loading its data: wait for it.",
}


class Refused(Exception):
    """An error that Redis answered with."""


class RedisProgram:
    """One server, taken as it is, whatever cluster it belongs to."""

    def __init__(self, cluster: Cluster, choice: Choice, login: Login, is_alone: bool = False) -> None:
        self.login = login
        self.is_alone = is_alone
        self._runs_scripts = True
        secret = {"REDISCLI_AUTH": login.password or None}
        self._program = Conversation(cluster, choice, PROGRAM, arguments(login), secret, login)
        try:
            self._log_in()
        except OperationError:
            self.close()
            raise

    def pages(self, pattern: str) -> Iterator[Sequence[bytes]]:
        cursor = b"0"
        while True:
            answer = self._asked("list the keys", b"SCAN", cursor, b"MATCH", pattern.encode(), b"COUNT", str(_PAGE).encode())
            cursor, *keys = values_in(answer)
            yield keys
            if cursor == b"0":
                return

    def has(self, key: bytes) -> bool:
        return self._asked("look for the key", b"EXISTS", key) != b"0"

    def unlink(self, keys: Sequence[bytes]) -> int:
        if self.is_alone:
            return self._unlink_each([keys])
        if self._runs_scripts and len(keys) > 1:
            (answer,) = self._told("remove the keys", [command_line(b"EVAL", _UNLINK_ALL, b"0", *keys)])
            if answer.isdigit():
                return int(answer)
            self._runs_scripts = False  # not allowed to this user, or not known to this server
        return self._unlink_each([[key] for key in keys])

    def _unlink_each(self, together: Sequence[Sequence[bytes]]) -> int:
        answers = self._told("remove the keys", [command_line(b"UNLINK", *each) for each in together])
        removed = sum(int(answer) for answer in answers if answer.isdigit())
        for answer in answers:
            if answer.startswith(b"ERROR"):
                error = self._refusal("remove the keys", answer)
                error.partial["removed"] = {"keys": removed}
                raise error
        return removed

    def text(self, *command: str) -> str:
        """The answer to INFO or CLUSTER NODES, which redis-cli prints as they are, whatever format it was asked for."""
        lines = self._lines([command_line(*(word.encode() for word in command))])
        if not lines or lines[0].startswith(_LINE_LOST):
            raise ConnectionLost(f"ask {' '.join(command)}", self.login, b" ".join(lines).decode(errors="replace") or "redis-cli said nothing")
        if _PLAIN_ERROR.match(lines[0]):
            raise self._refusal(f"ask {' '.join(command)}", lines[0])
        return b"\n".join(lines).decode(errors="replace")

    def close(self) -> None:
        self._program.close()

    def _log_in(self) -> None:
        answers = self._lines([command_line(b"PING")])
        answer = answers[-1] if answers else b""
        if answer in (b'"PONG"', b"PONG"):
            return
        told = " ".join(b" ".join(answers).decode(errors="replace").split())
        if any(word in told for word in _DENIED) or "AUTH failed" in told:
            raise login_refused(self.login, told)
        if any(word in told for word in _TLS):
            raise tls_mismatch(self.login, told)
        if answer.startswith(b"ERROR"):
            raise self._refusal("log in", answer)
        raise unreachable(self.login, told or "redis-cli said nothing")

    def _asked(self, attempted: str, *command: bytes) -> bytes:
        (answer,) = self._told(attempted, [command_line(*command)])
        if answer.startswith(b"ERROR"):
            raise self._refusal(attempted, answer)
        return answer

    def _told(self, attempted: str, lines: list[bytes]) -> list[bytes]:
        """One answer a command, or the connection is as good as lost: redis-cli connects again by itself and says so in between."""
        answers = self._lines(lines)
        strange = next((each for each in answers if each.startswith(_LINE_LOST)), b"")
        if strange or len(answers) != len(lines):
            raise ConnectionLost(attempted, self.login, strange.decode(errors="replace") or f"{len(answers)} answers to {len(lines)} commands")
        return answers

    def _lines(self, lines: list[bytes]) -> list[bytes]:
        text = b"\n".join([*lines, command_line(b"ECHO", self._program.mark.encode())]) + b"\n"
        try:
            said = self._program.ask(text)
        except ProgramEnded as ended:
            raise ConnectionLost("run a command", self.login, ended.said or "redis-cli ended") from ended
        return [line for line in said.removesuffix(b'"').split(b"\n") if line]

    def _refusal(self, attempted: str, answer: bytes) -> OperationError:
        text = b"".join(values_in(answer)).decode(errors="replace") or answer.decode(errors="replace")
        if text.startswith("NOPERM"):
            needs = "the commands SCAN, EXISTS, UNLINK, CLUSTER NODES and CLUSTER KEYSLOT on these keys"
            return not_permitted(self.login, attempted, "the keys", text, needs)
        return OperationError(attempted, str(self.login), text, _ADVICE.get(text.split(" ")[0], ""))


class RedisPrograms:
    """Every primary, found by asking the pod that was chosen.

    :raises OperationError: when one of them cannot be reached, or slots have none: before any key is touched.
    """

    def __init__(self, cluster: Cluster, choice: Choice, login: Login) -> None:
        self._first = RedisProgram(cluster, choice, login)
        self.nodes: list[RedisProgram] = [self._first]
        self._ranges: list[SlotRange] = []
        try:
            self._ranges = self._slot_ranges()
            if not self._ranges:
                self._first.is_alone = True
                return
            missing = _SLOTS - sum(each.last - each.first + 1 for each in self._ranges)
            if missing:
                raise OperationError("find the primaries", str(login), f"{missing} slots have none", _ADVICE["CLUSTERDOWN"])
            self.nodes = []
            for address in sorted({each.address for each in self._ranges}):
                self.nodes.append(RedisProgram(cluster, choice, replace(login, host=address[0] or login.host, port=address[1])))
        except OperationError:
            self.close()
            raise

    def home(self, key: bytes) -> RedisProgram:
        if not self._ranges:
            return self._first
        slot = key_slot(key)
        address = next(each.address for each in self._ranges if each.first <= slot <= each.last)
        return next(node for node in self.nodes if (node.login.host, node.login.port) == (address[0] or self._first.login.host, address[1]))

    def role(self) -> str:
        """Why this server takes no writes, empty when it does."""
        if self._ranges:
            return ""
        found = re.search(r"^role:(\w+)", self._first.text("INFO", "replication"), re.MULTILINE)
        return f"it is a {found[1]}" if found and found[1] != "master" else ""

    def close(self) -> None:
        for node in {self._first, *self.nodes}:
            node.close()

    def _slot_ranges(self) -> list[SlotRange]:
        try:
            return slot_ranges(self._first.text("CLUSTER", "NODES"))
        except OperationError as error:
            if "cluster support disabled" in error.answered:
                return []
            raise


@dataclass(frozen=True)
class SlotRange:
    """Slots that one primary has. An empty host is the node that was asked."""

    first: int
    last: int
    address: tuple[str, int]


def slot_ranges(nodes: str) -> list[SlotRange]:
    """From the answer to CLUSTER NODES: ``id ip:port@bus,name flags primary ping pong epoch state slots...``"""
    found = []
    for line in nodes.splitlines():
        _identity, address, flags, _primary, _ping, _pong, _epoch, _state, *slots = line.split()
        host, _colon, port = address.partition("@")[0].rpartition(":")
        if "master" not in flags.split(",") or "fail" in flags.split(","):
            continue
        for slot in slots:
            if not slot.startswith("["):  # slots that are on their way
                first, _dash, last = slot.partition("-")
                found.append(SlotRange(int(first), int(last or first), (host, int(port))))
    return found


def key_slot(key: bytes) -> int:
    """The slot of a key: CRC16 (XMODEM) of the key or of its hash tag, as in Redis' cluster specification."""
    start = key.find(b"{")
    end = key.find(b"}", start + 1) if start >= 0 else -1
    hashed = key[start + 1 : end] if end > start + 1 else key
    crc = 0
    for byte in hashed:
        crc ^= byte << 8
        for _bit in range(8):
            crc = ((crc << 1) ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1
    return crc % _SLOTS


def arguments(login: Login) -> list[str]:
    """Nothing secret."""
    given = ["--csv", "--no-auth-warning"]
    given += ["-s", login.host] if login.host.startswith("/") else ["-h", login.host, "-p", str(login.port)]
    if login.username and login.username != "default":
        given += ["--user", login.username]
    tls = login.tls
    if tls is None or not tls.enabled:
        return given
    files = [word for name, value in (("cacert", tls.ca), ("cert", tls.cert), ("key", tls.key)) if value for word in (f"--{name}", value)]
    return [*given, "--tls", *files, *([] if tls.verify else ["--insecure"])]


def command_line(*words: bytes) -> bytes:
    """A command as redis-cli reads it from its stdin, whatever bytes are in it."""
    return b" ".join(b'"' + _PLAIN.sub(lambda found: b"\\x%02x" % found[0][0], word) + b'"' for word in words)


def values_in(answer: bytes) -> list[bytes]:
    """The texts of an answer in redis-cli's CSV."""
    return [_ESCAPE.sub(_unescaped, value) if b"\\" in value else value for value in _VALUE.findall(answer)]


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code[1:], 16)]) if len(code) == 3 else _ESCAPED.get(code, code)
