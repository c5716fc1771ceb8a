# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database's own client program inside a pod: one that is spoken to line by line, or one that is started for each order."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..kubernetes.client import Cluster
from ..kubernetes.exec import CommandMissing, ContainerLost, Exec, NoAnswer
from ..kubernetes.pods import Choice
from .login import ConnectionLost, Login, no_answer

_START_SECONDS = 30

# Settings come over stdin and end with an empty line: passwords are in the environment of the program, and in nobody's argument list.
# Messages and answers take one way, so that their order is kept; descriptor 3 keeps the other one open, as containerd ends stdin with stderr.
# The arguments of this script hold nothing secret. printf is a part of every shell, so it shows up in no list of processes either.
_FIND = """
for each in {candidates}; do
  program=$(command -v "$each" 2>/dev/null) && [ -x "$program" ] && break
  program=
done
[ -n "$program" ] || {{ echo {mark} missing; exit 0; }}
while IFS= read -r setting && [ -n "$setting" ]; do
  setting=$(printf '%b.' "$setting")
  export "${{setting%.}}"
done
"""
_STARTED = """
echo {mark} "$program"
"""
_TALK = """
exec "$program" "$@" 3>&2 2>&1
"""
# Orders are shell commands, each in one line with escapes; what they start reads nothing of the next order. Meanwhile the shell waits for that:
# when the other side is gone it sees the end of its input, and ends what would otherwise wait for ever to get rid of its output.
# It does so from the last child up, so that each is reaped by its parent: a PostgreSQL that is process 1 takes an orphan's death for a crash.
_OBEY = """
exec 3>&2 2>&1
parent_of() {{
  parent=
  while read -r key value; do [ "$key" != PPid: ] || {{ parent=$value; break; }}; done <"$1"
}}
leaves_of() {{
  has=
  for status in /proc/[0-9]*/status; do
    parent_of "$status"
    [ "$parent" = "$1" ] || continue
    has=yes child=${{status#/proc/}}
    (leaves_of "${{child%/status}}")
  done
  [ -n "$has" ] || echo "$1"
}}
running=
while IFS= read -r order; do
  order=$(printf '%b.' "$order")
  {{ eval "${{order%.}}"; code=$?; echo; echo {mark} "$code"; }} </dev/null &
  running=$!
done
exec >/dev/null 2>&1
[ -z "$running" ] || parent_of "/proc/$running/status"
if [ -n "$running" ] && [ "$parent" = $$ ]; then
  for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    leaves=$(leaves_of "$running")
    [ "$leaves" != "$running" ] || break
    kill -9 $leaves
  done
  kill -9 "$running"
  wait
fi
"""


@dataclass(frozen=True)
class Program:
    """A client program. Candidates are names or globs of paths, for images that keep their programs off PATH."""

    name: str
    candidates: tuple[str, ...]


class ProgramEnded(Exception):
    """The client program is no more; ``said`` is what it said last."""

    def __init__(self, said: str) -> None:
        self.said = said
        super().__init__(said)


class Conversation:
    """One client program that runs until it is closed.

    :param settings: its environment; the place for everything that is secret.
    :param script: what the shell does with ``$program`` and its arguments; ``{mark}`` is the mark, other braces are doubled.
    :param prepared: what the shell does before that; when it fails, what it printed is told.
    :raises OperationError: when it cannot be started: no such pod, container, shell or program, or no right to.
    """

    def __init__(
        self,
        cluster: Cluster,
        choice: Choice,
        program: Program,
        arguments: Sequence[str],
        settings: Mapping[str, str | None],
        login: Login,
        script: str = _TALK,
        prepared: str = "",
    ) -> None:
        self.mark = secrets.token_hex(16)
        self._rest = ""
        self._login = login
        self._heard = bytearray()
        candidates = " ".join(_unexpanded(each) for each in program.candidates)
        whole = _FIND.format(candidates=candidates, mark=self.mark) + prepared + (_STARTED + script).format(mark=self.mark)
        self._exec = Exec(cluster, choice, ["sh", "-c", whole, program.name, *arguments])
        try:
            self._exec.send(b"".join(_setting(name, value) for name, value in settings.items() if value is not None) + b"\n")
            self.path = self._started(program)
        except BaseException:
            self._exec.close()
            raise

    def ask(self, text: bytes, seconds: float | None = None) -> bytes:
        """Say ``text``, which must make the program print a line that begins with ``mark``; returns what it printed up to there.

        :raises ProgramEnded: when it ended instead.
        :raises ConnectionLost: when it did not answer in time, or the pod went away.
        """
        with self._losses():
            self._exec.send(text)
            return self._until_mark(seconds or self._login.answer_seconds)

    def say(self, text: bytes) -> None:
        """Say ``text`` and return at once; ``next_line`` has the answer. Raises as ``ask``."""
        with self._losses():
            self._exec.send(text)

    def next_line(self) -> bytes | None:
        """The next line that it prints, None when that begins with ``mark``. Raises as ``ask``."""
        mark = self.mark.encode()
        while (end := self._heard.find(b"\n")) < 0:
            with self._losses():
                self._hear(self._login.answer_seconds)
        line = bytes(self._heard[:end])
        del self._heard[: end + 1]
        if not line.startswith(mark):
            return line
        self._rest = line[len(mark) :].decode(errors="replace").strip()
        return None

    @contextmanager
    def _losses(self) -> Iterator[None]:
        """What goes wrong on the way, in the words of a lost connection."""
        try:
            yield
        except NoAnswer as error:
            self.close()
            raise no_answer(self._login) from error
        except ContainerLost as error:
            raise ConnectionLost("run a statement", self._login, error.answered) from error

    def line(self) -> str:
        """The rest of the line that begins with ``mark``, after ``ask`` or the last ``next_line``."""
        return self._rest

    def close(self) -> None:
        """Hang up; the program sees the end of its input."""
        self._exec.close()

    def _started(self, program: Program) -> str:
        place = self._exec.place
        try:
            self._until_mark(_START_SECONDS)
        except ProgramEnded as ended:
            raise CommandMissing("start the client program", place, f"the shell ended: {ended.said}") from ended
        except CommandMissing as error:
            advice = "This container has no shell: use transport kubernetes_port_forward, or name another container that has one."
            raise CommandMissing("start the client program", place, error.answered, advice) from error
        if self._rest == "missing":
            advice = "Name a container that has it (kubernetes.container), or use transport kubernetes_port_forward."
            answered = f"there is no {program.name}, neither on PATH nor at {', '.join(program.candidates[1:])}"
            raise CommandMissing("start the client program", place, answered, advice)
        return self._rest

    def _until_mark(self, seconds: float) -> bytes:
        mark = self.mark.encode()
        searched = 0
        while True:
            at = self._heard.find(mark, searched)
            if at >= 0 and (end := self._heard.find(b"\n", at)) >= 0:
                said = bytes(self._heard[:at])
                self._rest = self._heard[at + len(mark) : end].decode(errors="replace").strip()
                del self._heard[: end + 1]
                return said
            searched = max(0, len(self._heard) - len(mark)) if at < 0 else at
            self._hear(seconds)

    def _hear(self, seconds: float) -> None:
        piece = self._exec.receive(seconds)
        if piece is None:
            self._exec.code()  # raises when it was not the program itself that ended
            raise ProgramEnded(self._heard.decode(errors="replace").strip())
        self._heard += piece[1]


class Shell:
    """A shell in the pod that starts a client program for each order: for programs that answer just once.

    Orders are commands for ``sh`` in which ``"$program" "$@"`` is the client program. They come over stdin, so what they hold is in no
    argument list unless they put it into one. When this side is gone, the shell sees the end of its input, and ends.

    :raises OperationError: as Conversation does.
    """

    def __init__(
        self,
        cluster: Cluster,
        choice: Choice,
        program: Program,
        arguments: Sequence[str],
        settings: Mapping[str, str | None],
        login: Login,
        prepared: str = "",
    ) -> None:
        self.code = 0
        self._login = login
        self._is_answering = False
        self._conversation = Conversation(cluster, choice, program, arguments, settings, login, _OBEY, prepared)

    def run(self, order: str) -> bytes:
        """All that the order printed; ``code`` is its exit code then.

        :raises ConnectionLost: when it did not end in time, or the pod went away.
        """
        self._finish()
        try:
            said = self._conversation.ask(_order(order))
        except ProgramEnded as ended:
            raise self._ended(ended) from ended
        self.code = int(self._conversation.line())
        return said.removesuffix(b"\n")

    def lines(self, order: str) -> Iterator[bytes]:
        """Each line as it is printed, so that nothing big is held in memory; ``code`` is there after the last. Raises as ``run``."""
        self._finish()
        self._conversation.say(_order(order))
        self._is_answering = True
        while (line := self._next_line()) is not None:
            yield line

    def close(self) -> None:
        """Hang up."""
        self._conversation.close()

    def _next_line(self) -> bytes | None:
        try:
            line = self._conversation.next_line()
        except ProgramEnded as ended:
            raise self._ended(ended) from ended
        if line is None:
            self._is_answering = False
            self.code = int(self._conversation.line())
        return line

    def _finish(self) -> None:
        """An answer that nobody has read to its end is not the answer to the next order."""
        while self._is_answering:
            self._next_line()

    def _ended(self, ended: ProgramEnded) -> ConnectionLost:
        return ConnectionLost("run a statement", self._login, " ".join(ended.said.split()) or "the shell ended")


def _order(text: str) -> bytes:
    return f"{_escaped(text)}\n".encode()


def _unexpanded(candidate: str) -> str:
    """Globs stay open to the shell of the pod; everything else is taken literally."""
    return "*".join(shlex.quote(part) if part else "" for part in candidate.split("*"))


def _setting(name: str, value: str) -> bytes:
    """One line, as ``printf %b`` reads it back."""
    return f"{name}={_escaped(value)}\n".encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
