# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The primaries of a Redis server or cluster through redis-py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import OperationError
from ..library import Library, require
from .login import ConnectionLost, Login, login_refused, no_answer, not_permitted, tls_mismatch, unreachable

if TYPE_CHECKING:
    import redis
    import redis.backoff
    import redis.retry
else:
    redis = Library("redis")

_PAGE = 2000  # keys that one SCAN looks at: about a millisecond of the server's only thread
# The keys of a page lie in many slots, and a command takes keys of one; a script may touch all keys of its node. One answer
# instead of thousands takes a third of the time (tests/bench). It stops at the first key that is refused, which is then asked for by itself.
_UNLINK_ALL = """
local removed = 0
for _, key in ipairs(ARGV) do
  local answer = redis.pcall('UNLINK', key)
  if type(answer) ~= 'number' then return {removed, 'refused'} end
  removed = removed + answer
end
return {removed, ''}"""
_SLOTS = 16384
_NOT_A_CLUSTER = "cluster support disabled"
# Redis has no answer to a client of the other kind: it hangs up, waits for the end of a line, or sends bytes of TLS.
_TLS = ("SSL", "certificate", "handshake", "Protocol Error", "Connection closed by server", "Connection reset by peer")

# What each of redis-py's errors means to somebody who resets keys.
_ADVICE = {
    "ReadOnlyError": "This server is a replica: connect to the primary.",
    "MovedError": "Slots are being moved between nodes: wait until that is over, then run the reset again.",
    "AskError": "Slots are being moved between nodes: wait until that is over, then run the reset again.",
    "ClusterDownError": "Some slots have no primary: look at CLUSTER INFO.",
    "BusyLoadingError": "The server is still loading its data: wait for it.",
}


class RedisNode:
    """One server, taken as it is, whatever cluster it belongs to.

    :param is_alone: not part of a cluster. A cluster's node refuses commands with keys of several slots.
    """

    def __init__(self, login: Login, is_alone: bool = False) -> None:
        self.login = login
        self._is_alone = is_alone
        self._runs_scripts = True
        options = connect_options(login)
        try:
            with redis.Redis(**{**options, "socket_timeout": login.connect_seconds}) as first:
                first.ping()
        except redis.exceptions.RedisError as refused:
            raise connect_error(login, refused) from refused
        self._client: Any = redis.Redis(**options)  # its types leave bytes or text open

    def pages(self, pattern: str) -> Iterator[Sequence[bytes]]:
        cursor = None
        while cursor != 0:
            with self._answers("list the keys"):
                cursor, keys = self._client.scan(cursor or 0, match=pattern.encode(), count=_PAGE)
            yield keys

    def has(self, key: bytes) -> bool:
        with self._answers("look for the key"):
            return bool(self._client.exists(key))

    def unlink(self, keys: Sequence[bytes]) -> int:
        if self._is_alone:
            return self._unlink_each([keys])
        removed, is_done = self._unlink_by_script(keys) if self._runs_scripts and len(keys) > 1 else (0, False)
        return removed if is_done else self._unlink_each([[key] for key in keys], removed)

    def _unlink_by_script(self, keys: Sequence[bytes]) -> tuple[int, bool]:
        """How many are gone, and whether that is all. The rest is left to plain commands, whose refusals say why."""
        try:
            with self._answers("remove the keys"):
                removed, refused = self._client.execute_command("EVAL", _UNLINK_ALL, 0, *keys)
        except ConnectionLost:
            raise
        except OperationError:  # scripts are not allowed to this user, or not known to this server
            removed, refused = 0, b"refused"
        self._runs_scripts = not refused
        return int(removed), not refused

    def _unlink_each(self, together: Sequence[Sequence[bytes]], removed: int = 0) -> int:
        """``removed``: what is gone before."""
        with self._answers("remove the keys"):
            pipeline = self._client.pipeline(transaction=False)
            for each in together:
                pipeline.unlink(*each)
            answers = pipeline.execute(raise_on_error=False)
        removed += sum(answer for answer in answers if isinstance(answer, int))
        for answer in answers:
            if isinstance(answer, redis.exceptions.RedisError):
                error = refusal(self.login, "remove the keys", answer)
                error.partial["removed"] = {"keys": removed}
                raise error
        return removed

    def ask(self, *command: object) -> Any:
        """The plain answer to a command."""
        with self._answers(f"ask {command[0]} {command[1]}"):
            return self._client.execute_command(*command)

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def _answers(self, attempted: str) -> Iterator[None]:
        try:
            yield
        except redis.exceptions.RedisError as refused:
            raise refusal(self.login, attempted, refused) from refused


class RedisCluster:
    """Every primary, found by asking the node that the login names.

    :raises OperationError: when one of them cannot be reached, or slots have none: before any key is touched.
    """

    def __init__(self, login: Login) -> None:
        require("redis", "redis", "to reach Redis")
        self._first = RedisNode(login)
        self._ranges = self._slot_ranges()
        missing = _SLOTS - sum(last - first + 1 for first, last, _address in self._ranges)
        if self._ranges and missing:
            raise OperationError("find the primaries", str(login), f"{missing} slots have none", _ADVICE["ClusterDownError"])
        addresses = sorted({address for _first, _last, address in self._ranges})
        self._by_address = {address: RedisNode(replace(login, host=address[0], port=address[1])) for address in addresses}
        self.nodes = list(self._by_address.values()) or [RedisNode(login, is_alone=True)]

    def home(self, key: bytes) -> RedisNode:
        if not self._ranges:
            return self.nodes[0]
        slot = int(self._first.ask("CLUSTER", "KEYSLOT", key))
        return next(self._by_address[address] for first, last, address in self._ranges if first <= slot <= last)

    def close(self) -> None:
        for node in {self._first, *self.nodes}:
            node.close()

    def _slot_ranges(self) -> list[tuple[int, int, tuple[str, int]]]:
        """First and last slot with the address of their primary; nothing when the server is not part of a cluster."""
        try:
            ranges = self._first.ask("CLUSTER", "SLOTS")
        except OperationError as error:
            if _NOT_A_CLUSTER in error.answered:
                return []
            raise
        return [(first, last, self._address(primary)) for first, last, primary, *_replicas in ranges]

    def _address(self, primary: Sequence[Any]) -> tuple[str, int]:
        """A node that does not know its own name is the one that was asked."""
        host = primary[0].decode() if isinstance(primary[0], bytes) else primary[0]
        return host or self._first.login.host, int(primary[1])


def connect_options(login: Login) -> dict[str, Any]:
    """redis-py's own options."""
    options: dict[str, Any] = {
        "host": login.host,
        "port": login.port,
        "username": login.username,
        "password": login.password,
        "socket_connect_timeout": login.connect_seconds,
        "socket_timeout": login.timeout,
        "socket_keepalive": True,
        "retry": redis.retry.Retry(redis.backoff.NoBackoff(), 0),  # a removal that was answered late must not be counted by its repetition
        "encoding": "utf-8",
    }
    if login.tls is not None and login.tls.enabled:
        options.update(
            ssl=True,
            ssl_ca_certs=login.tls.ca,
            ssl_certfile=login.tls.cert,
            ssl_keyfile=login.tls.key,
            ssl_cert_reqs="required" if login.tls.verify else "none",
            ssl_check_hostname=login.tls.verify and login.tls.verify_hostname,
        )
    return options


def connect_error(login: Login, error: Exception) -> OperationError:
    """Why there is no connection: nobody answers, the login is refused, or TLS does not come about."""
    text = _with_cause(error)
    if isinstance(error, (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError)):
        return login_refused(login, text)
    if isinstance(error, redis.exceptions.ResponseError) or type(error).__name__ in _ADVICE:
        return refusal(login, "log in", error)
    if any(word in text for word in _TLS):
        return tls_mismatch(login, text)
    return unreachable(login, text)


def _with_cause(error: BaseException) -> str:
    """redis-py tells that the TLS handshake timed out only in the error behind its own."""
    cause = error.__cause__ or error.__context__
    return str(error) if cause is None else f"{error} ({cause})"


def refusal(login: Login, attempted: str, error: Exception) -> OperationError:
    """What the server answered instead of doing it, once it was connected."""
    if isinstance(error, redis.exceptions.NoPermissionError):
        return not_permitted(login, attempted, "the keys", str(error), "the commands SCAN, EXISTS, UNLINK, CLUSTER SLOTS and CLUSTER KEYSLOT on these keys")
    if type(error).__name__ in _ADVICE:
        return OperationError(attempted, str(login), f"{type(error).__name__} {error}", _ADVICE[type(error).__name__])
    if isinstance(error, redis.exceptions.TimeoutError):
        return no_answer(login)
    if isinstance(error, redis.exceptions.ConnectionError):
        return ConnectionLost(attempted, login, str(error))
    return OperationError(attempted, str(login), str(error))
