# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing servers up and taking the lab down."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from lab import commands, packages, places, ports, registry, supervision
from lab.errors import LabError
from lab.lock import locked
from lab.say import say
from lab.server import Server
from lab.waiting import wait_until


def up(names: Iterable[str]) -> list[Server]:
    """Make sure that these servers run and answer; what is healthy is left alone, what died is started again."""
    servers = registry.find(names)
    if servers:
        with locked():
            _bring_up(servers)
    return servers


def down() -> None:
    """Stop everything and remove its data and passwords. The logs of the last run and the cache stay."""
    with locked():
        held = ports.claimed()
        supervision.shutdown([each for server in registry.everything() for each in server.needed_to_stop()])
        wait_until(
            "the lab's ports are closed",
            lambda: ", ".join(str(port) for port in held if ports.is_open(port)) or None,
            30,
        )
        for server in registry.everything():
            server.clean()
        for leftover in (places.state() / "servers", places.programs()):
            shutil.rmtree(leftover, ignore_errors=True)
        for name in ("passwords.json", "ports.json", "supervisord.conf", "supervisor.sock", "supervisord.pid"):
            (places.state() / name).unlink(missing_ok=True)


def _bring_up(servers: Sequence[Server]) -> None:
    for server in servers:
        server.validate()
    running = supervision.running()
    absent = {server.name: [each for each in server.processes() if each not in running] for server in servers}
    packages.ensure(need for server in servers if absent[server.name] or not server.processes() for need in server.requirements)
    ports.require_free(each for processes in absent.values() for each in processes)
    if not supervision.is_up():
        _forget_old_logs()
        supervision.ensure()
    ports.claim(each for server in servers for each in server.processes())
    _in_parallel(servers, lambda server: _bring_up_one(server, absent[server.name]))


def _in_parallel(servers: Sequence[Server], work: Callable[[Server], None]) -> None:
    """Each server as soon as those that it needs are there; all errors are told, not only the first."""
    done: dict[str, Future[None]] = {}

    def after_needed(server: Server) -> None:
        for needed in server.needs:
            if done[needed].exception() is not None:
                raise LabError(f"{server.name}: not started, because it needs {needed}.")
        work(server)

    # One worker each: with fewer, servers that wait for needed ones could fill the pool.
    with ThreadPoolExecutor(max_workers=len(servers)) as pool:
        for server in servers:
            done[server.name] = pool.submit(after_needed, server)
    errors = [error for future in done.values() if (error := future.exception()) is not None]
    unforeseen = next((error for error in errors if not isinstance(error, LabError)), None)
    if unforeseen:
        raise unforeseen
    if errors:
        raise LabError("\n".join(str(error) for error in errors))


def _bring_up_one(server: Server, absent: Sequence[str]) -> None:
    began = time.monotonic()
    if not absent and server.check() is None:
        say(f"{server.name}: running")
        return
    server.fetch()
    if absent:
        say(f"{server.name}: starting {', '.join(absent)} ...")
        supervision.start(server.prepare(absent))
    try:
        wait_until(f"{server.name} answers", lambda: _progress(server), server.ready_seconds)
    except LabError as error:
        tails = "\n".join(
            f"{log} ends with:\n{commands.tail(log)}" for log in map(supervision.log_path, server.processes())
        )
        raise LabError(f"Failed to start {server.name}: {error}\n{tails}") from None
    say(f"{server.name}: ready after {time.monotonic() - began:.1f} s")


def _progress(server: Server) -> str | None:
    ended = set(server.processes()) - supervision.running()
    if ended:
        raise LabError(f"{', '.join(sorted(ended))} ended by itself.")
    return server.settle() or server.check()


def _forget_old_logs() -> None:
    """Logs are those of the last run. Servers that still have data are the same run, continued."""
    if any((places.state() / "servers").iterdir()):
        return
    for log in places.logs().glob("*.log*"):
        if log.name != "apt.log":
            log.unlink()
