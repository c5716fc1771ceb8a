# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m lab up|down|env|status, with the servers in the environment variable LAB."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import NoReturn, TextIO

from lab import environment, lifecycle, ports, registry, supervision
from lab.errors import LabError
from lab.say import say


def main() -> int:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "env", "status"))
    command = parser.parse_args().command
    signal.signal(signal.SIGTERM, _terminated)  # so that what is temporary is taken back
    answers = _stdout_for_answers_only()
    try:
        _run(command, answers)
    except LabError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        say("Interrupted.")
        return 130
    return 0


def _run(command: str, answers: TextIO) -> None:
    names = os.environ.get("LAB", "").split()
    if command == "up":
        if not lifecycle.up(names):
            say(f"LAB names no server. It takes any of: {' '.join(registry.names())}.")
    elif command == "down":
        lifecycle.down()
        say("The lab is down.")
    elif command == "env":
        answers.write(environment.exports(lifecycle.up(names)))
    else:
        answers.write(_status())
    answers.flush()


def _status() -> str:
    rows = [
        f"{name:16} {info['statename']:10} {info['pid'] or '-':>8}  {' '.join(map(str, ports.of(name).values()))}\n"
        for name, info in sorted(supervision.states().items())
    ]
    return "".join([f"{'process':16} {'state':10} {'pid':>8}  ports\n", *rows]) if rows else "The lab is down.\n"


def _stdout_for_answers_only() -> TextIO:
    """Whatever else writes to stdout from here on, also a child process, writes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _terminated(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
