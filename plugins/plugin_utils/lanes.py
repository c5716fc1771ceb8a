# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that runs at the same time, each piece ("lane") in a process of its own.

Processes and not threads, because the templating of ansible-core keeps its context per process. A lane tells what it
has done as it goes, so that its results survive when it crashes, hangs or is ended.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import FrameType

Tell = Callable[[object], None]
Work = Callable[[Tell], None]
SIGNALS = (signal.SIGTERM, signal.SIGINT)
_POLL_SECONDS = 0.5
_forking = multiprocessing.get_context("fork")
_stop_asked = False


@dataclass(frozen=True)
class Ended:
    """How a lane ended: ``reason`` is empty when its work ran to the end."""

    seconds: float
    reason: str = ""


@dataclass(frozen=True)
class _Crash:
    text: str


class _Completed:
    pass


@dataclass
class _Lane:
    """A running lane as its parent sees it."""

    name: str
    process: ForkProcess
    messages: Connection
    started: float = field(default_factory=time.monotonic)
    reason: str | None = None
    stopped: float | None = None

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def signal(self, number: int) -> None:
        """Reaches the lane and everything that it has started."""
        try:
            os.killpg(self.process.pid or 0, number)
        except ProcessLookupError:
            pass

    def received(self) -> Iterator[object]:
        """What the lane has told since the last call; notes how it ended."""
        try:
            while self.messages.poll():
                message = self.messages.recv()
                if isinstance(message, _Completed):
                    self.reason = self.reason or ""
                elif isinstance(message, _Crash):
                    self.reason = self.reason or message.text
                else:
                    yield message
        except (EOFError, OSError):
            self.reason = self._how_it_died() if self.reason is None else self.reason

    def _how_it_died(self) -> str:
        self.process.join(5)
        code = self.process.exitcode
        return f"its process was ended by signal {-code}" if code is not None and code < 0 else f"its process ended with code {code}"


def run_lanes(
    lanes: Mapping[str, Work],
    heard: Callable[[str, object], None],
    ended: Callable[[str, Ended], None],
    idle: Callable[[], None] = lambda: None,
    timeout: float | None = None,
    grace: float = 30.0,
) -> None:
    """Run every lane at once and return when all have ended.

    :param heard: called here, with the lane's name, for each object that its work passes to ``tell``.
    :param ended: called here when a lane has ended.
    :param idle: called here at least every half second.
    :param timeout: seconds that one lane may take. Then it and what it has started get SIGTERM, after ``grace`` more SIGKILL.
    """
    running: dict[str, _Lane] = {}
    try:
        with _forwarded_signals(running):
            for name, work in lanes.items():
                running[name] = _start(name, work)
            while running:
                wait([lane.messages for lane in running.values()], _POLL_SECONDS)
                idle()
                for lane in list(running.values()):
                    for message in lane.received():
                        heard(lane.name, message)
                    if lane.reason is not None:
                        ended(lane.name, _collect(running.pop(lane.name)))
                    else:
                        _enforce(lane, timeout, grace)
    finally:
        for lane in running.values():
            lane.signal(signal.SIGTERM)


def stop_was_asked() -> bool:
    """Inside a lane: whether it should end after the step that runs now."""
    return _stop_asked


def _start(name: str, work: Work) -> _Lane:
    receiving, sending = _forking.Pipe(duplex=False)
    process = _forking.Process(target=_run_lane, args=(work, sending), name=f"lane-{name}")
    process.start()
    sending.close()  # or lanes that are forked later would keep this one's pipe open
    _lead_own_group(process.pid or 0)
    return _Lane(name, process, receiving)


def _lead_own_group(pid: int) -> None:
    """Called on both sides of the fork, as a shell does: whoever comes first, the group exists from then on."""
    try:
        os.setpgid(pid, pid)
    except OSError:
        pass  # it has ended already


def _run_lane(work: Work, messages: Connection) -> None:
    _lead_own_group(os.getpid())
    for number in SIGNALS:
        signal.signal(number, _ask_to_stop)
    try:
        work(messages.send)
        messages.send(_Completed())
    except Exception as error:  # a lane that crashes is a failed lane, never a crashed run
        messages.send(_Crash(f"{type(error).__name__}: {error}"))


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    """What the lane has started got the signal too. It is given the time to end in order, and its result is passed on."""
    global _stop_asked
    _stop_asked = True


def _enforce(lane: _Lane, timeout: float | None, grace: float) -> None:
    if timeout and lane.stopped is None and lane.seconds > timeout:
        lane.stopped = time.monotonic()
        lane.signal(signal.SIGTERM)
    elif lane.stopped is not None and time.monotonic() > lane.stopped + grace:
        lane.signal(signal.SIGKILL)


def _collect(lane: _Lane) -> Ended:
    seconds = lane.seconds
    lane.process.join(5)
    lane.messages.close()
    if lane.stopped is not None:
        return Ended(seconds, f"it took longer than {lane.stopped - lane.started:.0f} s and was ended")
    return Ended(seconds, lane.reason or "")


@contextmanager
def _forwarded_signals(running: Mapping[str, _Lane]) -> Iterator[None]:
    """Lanes have process groups of their own, which the signals of an ending playbook do not reach by themselves."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def forward(number: int, frame: FrameType | None) -> None:
        for lane in running.values():
            lane.signal(number)
        _restore(SIGNALS, before)
        os.kill(os.getpid(), number)

    for number in SIGNALS:
        signal.signal(number, forward)
    try:
        yield
    finally:
        _restore(SIGNALS, before)


def _restore(numbers: Iterable[signal.Signals], before: Mapping[signal.Signals, object]) -> None:
    for number in numbers:
        signal.signal(number, before[number] or signal.SIG_DFL)  # type: ignore[arg-type]
