# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets ansible-test install its tools with what this machine has: its package index and pip's settings, nothing else.

ansible-test would fetch get-pip.py from a server of its own. It names the file to put in its place when that server
cannot be reached; this writes it, around the wheel of exactly the pip that ansible-test asks for.
"""

from __future__ import annotations

import ast
import configparser
import os
import subprocess
import sys
from pathlib import Path

from ansible_test._internal.python_requirements import get_venv_packages
from ansible_test._internal.host_configs import VirtualPythonConfig

GET_PIP = '''\
# Written by tests/gates/prepare_ansible_test.py: installs pip from the wheel beside it.
import os
import sys

wheel = os.path.join(os.path.dirname(os.path.abspath(__file__)), {wheel!r})
sys.path.insert(0, wheel)
given = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
sys.argv = ["pip", "install"] + [wheel if word.startswith("pip==") else word for word in given]

from pip._internal.cli.main import main

sys.exit(main(sys.argv[1:]))
'''


def pip(*words: str) -> str:
    return subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *words], check=True, stdout=subprocess.PIPE, text=True).stdout


def write_get_pip(home: Path) -> None:
    python = VirtualPythonConfig(version=f"{sys.version_info[0]}.{sys.version_info[1]}", path=sys.executable)
    version = get_venv_packages(python)["pip"]
    cache = home / ".ansible/test/cache"
    script = cache / f"get_pip_{version.replace('.', '_')}.py"
    if script.exists():
        return
    print(f"Fetching pip {version} for ansible-test from the package index ...", flush=True)
    cache.mkdir(parents=True, exist_ok=True)
    pip("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(cache), f"pip=={version}")
    (wheel,) = cache.glob(f"pip-{version}-*.whl")
    script.write_text(GET_PIP.format(wheel=wheel.name), encoding="utf-8")


def write_pip_settings(home: Path) -> None:
    """What pip is told by files and by the environment here, as the one file that ansible-test's pip will see."""
    settings = configparser.RawConfigParser()
    lines = [line.split("=", 1) for line in pip("config", "list").splitlines()]
    for name, value in sorted(lines, key=lambda line: line[0].startswith(":env:")):  # the environment wins
        section, key = name.split(".", 1)
        section = "global" if section == ":env:" else section
        if not settings.has_section(section):
            settings.add_section(section)
        settings.set(section, key, str(ast.literal_eval(value)))
    proxy = os.environ.get("https_proxy") or os.environ.get("HTTPS_PROXY")
    if proxy:
        if not settings.has_section("global"):
            settings.add_section("global")
        settings.set("global", "proxy", proxy)
    path = home / ".config/pip/pip.conf"
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        settings.write(stream)


if __name__ == "__main__":
    write_pip_settings(Path(sys.argv[1]))
    write_get_pip(Path(sys.argv[1]))
