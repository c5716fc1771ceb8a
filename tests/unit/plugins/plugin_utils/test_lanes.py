# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ansible_collections.streamops.kafka.plugins.plugin_utils.lanes import Ended, Tell, Work, run_lanes, stop_was_asked


@dataclass
class Seen:
    told: dict[str, list[object]] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    idles: int = 0

    def heard(self, name: str, message: object) -> None:
        self.told.setdefault(name, []).append(message)

    def idle(self) -> None:
        self.idles += 1


def run(lanes: Mapping[str, Work], timeout: float | None = None, grace: float = 30.0) -> Seen:
    seen = Seen()
    run_lanes(lanes, seen.heard, seen.ended.__setitem__, seen.idle, timeout=timeout, grace=grace)
    return seen


def sleeping(seconds: float) -> Work:
    def work(tell: Tell) -> None:
        time.sleep(seconds)
        tell(seconds)

    return work


def has_no_child_left() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return True
    return False


def test_lanes_take_as_long_as_the_slowest() -> None:
    began = time.monotonic()
    seen = run({f"lane-{number}": sleeping(2.0) for number in range(8)})
    assert time.monotonic() - began < 12.0  # one after another they would take 16 s
    assert seen.told == {f"lane-{number}": [2.0] for number in range(8)}
    assert {ended.reason for ended in seen.ended.values()} == {""}
    assert seen.idles > 0
    assert has_no_child_left()


def test_a_crash_is_a_failed_lane_and_keeps_what_it_had_told() -> None:
    def crashing(tell: Tell) -> None:
        tell("first step")
        raise ValueError("no such thing")

    seen = run({"crashing": crashing, "sound": sleeping(0.1)})
    assert seen.told == {"crashing": ["first step"], "sound": [0.1]}
    assert seen.ended["crashing"].reason == "ValueError: no such thing"
    assert seen.ended["sound"].reason == ""


def test_a_lane_that_is_killed_is_a_failed_lane() -> None:
    def killed(tell: Tell) -> None:
        tell("first step")
        os.kill(os.getpid(), signal.SIGKILL)

    seen = run({"killed": killed})
    assert seen.told["killed"] == ["first step"]
    assert seen.ended["killed"].reason == "its process was ended by signal 9"


def test_what_cannot_be_passed_on_is_a_failed_lane() -> None:
    seen = run({"odd": lambda tell: tell(lambda: None)})
    assert "pickle" in seen.ended["odd"].reason


def test_a_lane_that_takes_too_long_may_end_in_order() -> None:
    def patient(tell: Tell) -> None:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(30)"], check=False)
        tell(f"stop asked: {stop_was_asked()}")

    seen = run({"patient": patient, "quick": sleeping(0.1)}, timeout=3.0)
    assert seen.told["patient"] == ["stop asked: True"]  # what it had started was ended, and it said its last word
    assert seen.ended["patient"].reason == "it took longer than 3 s and was ended"
    assert seen.ended["patient"].seconds < 20
    assert seen.ended["quick"].reason == ""


def test_a_lane_that_does_not_listen_is_killed_after_its_grace() -> None:
    def deaf(_tell: Tell) -> None:
        while True:
            time.sleep(0.1)

    seen = run({"deaf": deaf}, timeout=0.5, grace=0.5)
    assert seen.ended["deaf"].seconds < 20
    assert has_no_child_left()


def test_a_failure_of_the_listener_ends_every_lane() -> None:
    def failing(_name: str, _message: object) -> None:
        raise RuntimeError("the listener failed")

    began = time.monotonic()
    try:
        run_lanes({"long": sleeping(0.2), "longer": _started(20)}, failing, lambda _name, _ended: None)
    except RuntimeError:
        pass
    assert time.monotonic() - began < 10


def _started(seconds: int) -> Work:
    return lambda _tell: subprocess.run(["sleep", str(seconds)], check=False) and None


def test_ending_the_run_ends_what_the_lanes_have_started(tmp_path: object) -> None:
    """SIGTERM to the process that runs the lanes reaches the grandchildren, which are in process groups of their own."""
    marker = f"{time.time_ns()}"
    program = (
        "import subprocess, sys\n"
        "from ansible_collections.streamops.kafka.plugins.plugin_utils.lanes import run_lanes\n"
        "work = lambda tell: (tell(1), subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)', sys.argv[1]]))\n"
        "run_lanes({'a': work, 'b': work}, lambda name, message: print(name, flush=True), lambda name, ended: None)\n"
    )
    path = os.pathsep.join([os.environ["ANSIBLE_COLLECTIONS_PATH"], os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen([sys.executable, "-c", program, marker], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})
    assert process.stdout is not None
    assert sorted(process.stdout.readline().strip() for _lane in range(2)) == ["a", "b"]
    _wait_for(lambda: _running_with(marker) >= 5)  # itself, two lanes and what they have started
    process.terminate()
    assert process.wait(60) == -signal.SIGTERM
    process.stdout.close()
    _wait_for(lambda: _running_with(marker) == 0)


def _running_with(marker: str) -> int:
    found = 0
    for entry in os.listdir("/proc"):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as stream:
                found += marker.encode() in stream.read()
        except OSError:
            pass
    return found


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
