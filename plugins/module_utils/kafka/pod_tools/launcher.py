# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kafka's own tools, run in a pod: found at their absolute path, given their login where no list of processes shows it.

Each call starts a JVM, which takes a second or two, so the parts of a reset make as few calls as they can.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ...errors import OperationError
from ...kubernetes.channels import ERRORS
from ...kubernetes.client import Cluster
from ...kubernetes.exec import CommandMissing, Exec, NoAnswer, run
from ...kubernetes.pods import Choice
from ...module import Stopped
from ...progress import Progress
from .login import ToolLogin
from .outputs import ToolError, Unparsable
from .refusals import failure

# Apache's and Strimzi's images, Bitnami's, Confluent's (there the tools have no .sh), and what else is seen. Then PATH.
PLACES = (
    "/opt/kafka/bin", "/opt/bitnami/kafka/bin", "/usr/bin", "/opt/kafka*/bin", "/opt/*/kafka*/bin", "/opt/confluent*/bin",
    "/kafka/bin", "/usr/local/kafka*/bin",
)  # fmt: skip
_START_SECONDS = 30
_LISTEN_SECONDS = 5
_MOST_KEPT = 64 * 1024 * 1024

# Lines of stdin: the tool, the properties of its login, the content of its input file, then one argument a line up to an empty one.
# The login and the input file reach the tool through pipes (/dev/fd/3 and stdin), which printf, a part of every shell, fills: they are in
# no argument list, no environment and no file, so there is nothing to remove when this is killed. The environment is the broker's:
# its heap would not fit beside it, its JMX port and its Java agents' ports are taken, its logging writes to stdout.
_LAUNCH = """
mark=$1
IFS= read -r tool && IFS= read -r login && IFS= read -r input || exit 1
set --
while IFS= read -r word && [ -n "$word" ]; do set -- "$@" "$word"; done
program=
for directory in {places}; do
  for each in "$directory/$tool.sh" "$directory/$tool"; do
    [ -f "$each" ] && [ -x "$each" ] && program=$each && break 2
  done
done
[ -n "$program" ] || program=$(command -v "$tool.sh" || command -v "$tool") || {{ echo "$mark 0 missing"; exit 0; }}
kept=
for word in $KAFKA_OPTS; do
  case $word in -javaagent:*|-agentlib:*|-agentpath:*|-Dcom.sun.management.jmxremote*) ;; *) kept="$kept $word" ;; esac
done
unset JMX_PORT KAFKA_DEBUG KAFKA_LOG4J_OPTS KAFKA_GC_LOG_OPTS
export KAFKA_OPTS="$kept" KAFKA_JMX_OPTS=" " KAFKA_HEAP_OPTS="-Xmx{heap}"
export KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true"
echo "$mark $$ $program"
printf '%b' "$login" | {{ printf '%b' "$input" | "$program" "$@"; }} 3<&0
"""


@dataclass(frozen=True)
class Answer:
    """A tool that has run to its end."""

    code: int
    output: str
    errors: str


class PodTools:
    """The tools in one container, connected to one cluster. ``calls`` counts them.

    :param timeout: seconds for all calls together.
    :param heap: of each tool's JVM, as for ``-Xmx``.
    """

    def __init__(self, cluster: Cluster, choice: Choice, login: ToolLogin, timeout: float, heap: str) -> None:
        self.login = login
        self.calls = 0
        self.programs: set[str] = set()
        self._cluster = cluster
        self._choice = choice
        self._deadline = time.monotonic() + timeout
        self._timeout = timeout
        self._heap = heap
        self._progress = Progress("kafka tools")

    @property
    def place(self) -> str:
        return f"{', '.join(self.login.servers)} in pod {self._choice.pod.path}, container {self._choice.container}"

    @property
    def left(self) -> float:
        """Seconds until the time is over."""
        return max(0.0, self._deadline - time.monotonic())

    def ask(self, attempted: str, tool: str, *arguments: str, input_file: str = "") -> Answer:
        """Run a tool to its end; ``--bootstrap-server`` and ``--command-config`` are added. An input file is named ``/dev/stdin``.

        :param attempted: what it is for, as an infinitive.
        :raises OperationError: when it cannot be run, does not end in time, or ends with another code than 0.
        """
        answer = self.run(attempted, tool, ["--bootstrap-server", ",".join(self.login.servers), "--command-config", "/dev/fd/3", *arguments], input_file)
        if answer.code:
            raise failure(attempted, self.place, tool, answer.code, answer.output, answer.errors, self.login)
        return answer

    def misunderstood(self, attempted: str, tool: str, answer: Answer, error: Unparsable | ToolError) -> OperationError:
        """The error for an answer that could not be read, or that is an error in spite of its code."""
        if isinstance(error, ToolError):
            return failure(attempted, self.place, tool, answer.code, f"{error}\n{answer.output}", answer.errors, self.login)
        advice = "Nothing is concluded from it. This may be a release of Kafka's tools that is not known here."
        return OperationError(attempted, self.place, f"{tool} {error}", advice)

    def run(self, attempted: str, tool: str, arguments: Sequence[str], input_file: str = "") -> Answer:
        """Run a tool to its end, whatever its code. Nothing is added to the arguments; ``/dev/fd/3`` is the login, ``/dev/stdin`` the input file.

        :raises OperationError: when it cannot be run, or does not end in time.
        """
        mark = secrets.token_hex(8)
        self.calls += 1
        try:
            running = Exec(self._cluster, self._choice, ["sh", "-c", launch_script(self._heap), "streamops", mark])
        except CommandMissing as error:
            raise self._no_shell(error) from error
        heard = _Heard(mark)
        try:
            running.send(orders(tool, self.login.as_file(), input_file, arguments).encode())
            self._listen(attempted, tool, running, heard)
            return Answer(running.code(), heard.output(), heard.errors())
        except CommandMissing as error:
            raise self._no_shell(error) from error
        except (NoAnswer, Stopped):
            running.close()
            self._end(heard.process)
            raise
        finally:
            running.close()

    def _listen(self, attempted: str, tool: str, running: Exec, heard: _Heard) -> None:
        started = time.monotonic()
        while True:
            try:
                piece = running.receive(max(0.1, min(_LISTEN_SECONDS, self.left)))
            except NoAnswer as error:
                waited = time.monotonic() - started
                if self.left > 0 and (heard.process or waited < _START_SECONDS):
                    self._progress.say(f"{tool} runs for {waited:.0f} s, of at most {waited + self.left:.0f} s")
                    continue
                advice = "It was ended. Raise timeout, or look at the brokers' health."
                raise NoAnswer(attempted, self.place, f"{tool} did not end within {self._timeout:.0f} s, the time for all calls together", advice) from error
            if piece is None:
                break
            heard.take(*piece)
        if heard.program == "missing":
            advice = "Name a container that has Kafka's tools (kubernetes.container), or an admin pod."
            answered = f"there is no {tool}.sh and no {tool}, neither in {', '.join(PLACES)} nor on PATH"
            raise OperationError("find Kafka's tools", self.place, answered, advice)
        if heard.program:
            self.programs.add(heard.program)

    def _no_shell(self, error: CommandMissing) -> OperationError:
        return OperationError("find Kafka's tools", self.place, error.answered, "Name a container that has a shell and Kafka's tools (kubernetes.container).")

    def _end(self, process: int) -> None:
        """End what still runs in the pod: the shell, the tool's script and its JVM are one process group."""
        if process:
            with suppress(OperationError):
                run(self._cluster, self._choice, ["sh", "-c", f"kill -9 -{process}"], timeout=10)


class _Heard:
    """What a tool prints, after the line of its launcher: the mark, its process and its path."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._output = bytearray()
        self._errors = bytearray()
        self.process = 0
        self.program = ""

    def take(self, channel: int, data: bytes) -> None:
        target = self._errors if channel == ERRORS else self._output
        if len(target) + len(data) > _MOST_KEPT:
            raise OperationError("read the output of a tool", answered=f"it is longer than {_MOST_KEPT} bytes", advice="Narrow what is asked for.")
        target += data
        if not self.program and b"\n" in self._output:
            line, _newline, rest = self._output.partition(b"\n")
            words = line.decode(errors="replace").split(" ", 2)
            if len(words) == 3 and words[0] == self._mark:
                self.process, self.program = int(words[1]), words[2]
                self._output = bytearray(rest)

    def output(self) -> str:
        return self._output.decode(errors="replace")

    def errors(self) -> str:
        return self._errors.decode(errors="replace")


def launch_script(heap: str) -> str:
    """What the shell in the pod runs: any POSIX shell will do. Its one argument is a mark for the line that tells process and path of the tool."""
    return _LAUNCH.format(places=" ".join(PLACES), heap=heap)


def orders(tool: str, login: str, input_file: str, arguments: Sequence[str]) -> str:
    """What the script reads: the end is an empty line, as not every API server can end stdin."""
    return "\n".join([tool, _for_printf(login), _for_printf(input_file), *arguments, "", ""])


def _for_printf(text: str) -> str:
    """One line, as ``printf %b`` reads it back."""
    return text.replace("\\", "\\\\").replace("\n", "\\n")
