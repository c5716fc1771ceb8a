# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that starts a tool, in the shells that images have. The tool is a stand-in that says what it was given."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.kafka.pod_tools.launcher import launch_script, orders

LOGIN = 'sasl.jaas.config=x required password="p \\\\"q\\\\" %s $HOME `ls` \\\\\\\\n";\nsecurity.protocol=SASL_PLAINTEXT\n'
SHELLS = [[shell, *more] for shell, *more in (["sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"]) if shutil.which(shell)]
SAYS = """#!/bin/sh
printf 'arguments:'; printf ' <%s>' "$@"; echo
echo "login:"; cat /dev/fd/3
echo "input: $(cat)"
echo "heap: $KAFKA_HEAP_OPTS opts:$KAFKA_OPTS jmx:$JMX_PORT log:$KAFKA_LOG4J_OPTS"
tr '\\0' ' ' </proc/$PPID/cmdline >&2
exit 7
"""
AGENT = "-javaagent:/jmx.jar=9404:/c.yml"
BROKERS = {"KAFKA_HEAP_OPTS": "-Xmx4g", "JMX_PORT": "9999", "KAFKA_LOG4J_OPTS": "-Dx", "KAFKA_OPTS": f"{AGENT} -Djava.security.krb5.conf=/k"}


def launched(shell: list[str], path: Path, *arguments: str, file: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **BROKERS, "PATH": f"{path}:{os.environ['PATH']}"}
    command = [*shell, "-c", launch_script("128m"), "streamops", "MARK"]
    text = orders("kafka-stand-in", LOGIN, file, arguments)
    return subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
@pytest.mark.parametrize("name", ["kafka-stand-in.sh", "kafka-stand-in"])
def test_a_tool_gets_its_login_by_a_pipe_and_not_the_brokers_settings(tmp_path: Path, shell: list[str], name: str) -> None:
    program = tmp_path / name
    program.write_text(SAYS, encoding="utf-8")
    program.chmod(0o755)
    done = launched(shell, tmp_path, "--group", "a group", "--topic", "x|y.*\\z", file='{"offset":1}')
    first, *said = done.stdout.split("\n")
    assert first.split(" ")[0] == "MARK" and int(first.split(" ")[1]) > 0 and first.split(" ")[2] == str(program)
    assert said[0] == "arguments: <--group> <a group> <--topic> <x|y.*\\z>"
    assert "\n".join(said[2:4]) + "\n" == LOGIN
    assert said[4:6] == ['input: {"offset":1}', "heap: -Xmx128m opts: -Djava.security.krb5.conf=/k jmx: log:"]
    assert done.returncode == 7
    assert "p \\" not in done.stderr and "offset" not in done.stderr


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_tool_that_is_nowhere(tmp_path: Path, shell: list[str]) -> None:
    assert launched(shell, tmp_path).stdout == "MARK 0 missing\n"
