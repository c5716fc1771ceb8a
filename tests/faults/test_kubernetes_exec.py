# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in containers: exit codes, big outputs, and failures that are told apart."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from lab import pods

sys.path.insert(0, os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""))

from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import Login  # noqa: E402
from ansible_collections.streamops.kafka.plugins.module_utils.databases.program_exec import Program, Shell  # noqa: E402
from ansible_collections.streamops.kafka.plugins.module_utils.errors import OperationError  # noqa: E402
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes import exec as exec_module  # noqa: E402
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.client import Cluster  # noqa: E402
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.exec import CommandMissing, ContainerLost, Exec, NoAnswer, run  # noqa: E402
from ansible_collections.streamops.kafka.plugins.module_utils.kubernetes.pods import Choice  # noqa: E402

MEGABYTES = 50


@pytest.fixture(scope="module")
def space() -> Iterator[pods.Space]:
    with pods.namespace() as opened:
        opened.run_all(pods.shell("shell"), pods.shell("doomed"))
        yield opened


@pytest.fixture(scope="module")
def cluster(space: pods.Space) -> Cluster:
    return Cluster(space.kubeconfig)


@pytest.fixture(scope="module")
def shell(space: pods.Space, cluster: Cluster) -> Choice:
    return Choice(cluster.pod(space.name, "shell"), "shell")


def test_output_errors_and_exit_code_are_kept_apart(cluster: Cluster, shell: Choice) -> None:
    done = run(cluster, shell, ["sh", "-c", "read -r line; echo out $line; echo err >&2; exit 7"], stdin=b"in\n")
    assert (done.code, done.output, done.errors) == (7, b"out in\n", b"err\n")


def test_the_end_of_stdin_reaches_a_command_that_waits_for_it(cluster: Cluster, shell: Choice) -> None:
    text = bytes(range(256)) * 4096
    done = run(cluster, shell, ["sha256sum"], stdin=text)
    assert done.output.split()[0].decode() == hashlib.sha256(text).hexdigest()


def test_without_a_way_to_end_stdin_commands_still_end_and_none_hangs(cluster: Cluster, shell: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    """v4 of the protocol, which servers before 1.30 speak, cannot end stdin, and neither can client libraries without `close_channel`.

    A reset needs neither: client programs are told their orders line by line. What does wait for the end is given up.
    """
    monkeypatch.setattr(exec_module, "_PROTOCOLS", "v4.channel.k8s.io")
    done = run(cluster, shell, ["sh", "-c", "read -r line; echo out $line; exit 3"], stdin=b"in\n")
    assert (done.code, done.output) == (3, b"out in\n")
    running = Exec(cluster, shell, ["cat"])
    assert running.end_input() is False
    running.close()
    with pytest.raises(NoAnswer, match="nothing came from cat within 1 s"):
        run(cluster, shell, ["cat"], timeout=1)
    program = Shell(cluster, shell, Program("cat", ("/bin/cat",)), [], {"SETTING": "a'b\nc"}, Login("x", "h", 1, timeout=5))
    try:
        assert program.run('printf %s "$SETTING"') == b"a'b\nc"
        assert [program.run("(exit 7)"), program.code] == [b"", 7]
        assert list(program.lines("echo 1; echo 2"))[:2] == [b"1", b"2"]
    finally:
        program.close()


def test_an_answer_that_nobody_read_to_its_end_is_not_the_next_one(cluster: Cluster, shell: Choice) -> None:
    program = Shell(cluster, shell, Program("cat", ("/bin/cat",)), [], {}, Login("x", "h", 1, timeout=5))
    try:
        first = next(iter(program.lines("seq 100000")))
        assert (first, program.run("echo next")) == (b"1", b"next\n")
    finally:
        program.close()


def test_a_big_output_is_handed_on_piece_by_piece(cluster: Cluster, shell: Choice) -> None:
    sizes: list[int] = []
    done = run(cluster, shell, ["head", "-c", str(MEGABYTES * 2**20), "/dev/zero"], output=lambda piece: sizes.append(len(piece)))
    assert (done.code, sum(sizes), done.output) == (0, MEGABYTES * 2**20, b"")
    assert max(sizes) < 2**20


def test_a_command_that_is_not_there_is_told_from_one_that_fails(cluster: Cluster, shell: Choice) -> None:
    with pytest.raises(CommandMissing, match="there is no nosuchcommand"):
        run(cluster, shell, ["nosuchcommand"])
    assert run(cluster, shell, ["sh", "-c", "nosuchcommand"]).code == 127


def test_a_container_or_a_pod_that_is_not_there_is_told(cluster: Cluster, shell: Choice, space: pods.Space) -> None:
    with pytest.raises(OperationError, match="container zz is not valid for pod shell"):
        run(cluster, Choice(shell.pod, "zz"), ["true"])
    gone = Choice(type(shell.pod)(space.name, "gone"), "shell")
    with pytest.raises(OperationError, match='pods "gone" not found'):
        run(cluster, gone, ["true"])


def test_a_command_that_says_nothing_is_given_up(cluster: Cluster, shell: Choice) -> None:
    with pytest.raises(NoAnswer, match="nothing came from sleep within 1 s"):
        run(cluster, shell, ["sleep", "30"], timeout=1)


def test_a_pod_that_is_deleted_under_a_command_is_no_exit_code(cluster: Cluster, space: pods.Space) -> None:
    doomed = Choice(cluster.pod(space.name, "doomed"), "shell")
    delete = threading.Timer(0.5, lambda: space.client().delete_namespaced_pod("doomed", space.name, grace_period_seconds=0))
    delete.start()
    with pytest.raises(ContainerLost, match="pod"):
        run(cluster, doomed, ["sleep", "30"], timeout=20)
    delete.join()
