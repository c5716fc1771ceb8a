# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module in the process of the test: for the many cases of one that changes nothing on this machine."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from collections.abc import Iterator, Mapping

import pytest
from ansible.module_utils import basic
from run_module import MODULES

CI_VARIABLES = ("CI_PIPELINE_ID", "CI_JOB_TOKEN", "CI_API_V4_URL", "CI_SERVER_URL", "CI_PROJECT_ID", "GITLAB_TOKEN")


def run_here(
    name: str, args: Mapping[str, object], check: bool = False, diff: bool = False, env: Mapping[str, str] | None = None
) -> dict[str, object]:
    """What the module reports, as run_module gives it; of the variables of a CI job it sees only those in ``env``."""
    internal = {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_module_name": f"streamops.kafka.{name}"}
    given = {"ANSIBLE_MODULE_ARGS": {**{option: value for option, value in args.items() if value is not None}, **internal}}
    output = io.StringIO()
    with _environment(env or {}, json.dumps(given).encode()), contextlib.redirect_stdout(output), pytest.raises(SystemExit) as ended:
        importlib.import_module(f"{MODULES}.{name}").main()
    return {**json.loads(output.getvalue()), "rc": ended.value.code or 0, "output": output.getvalue()}


@contextlib.contextmanager
def _environment(env: Mapping[str, str], arguments: bytes) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for variable in CI_VARIABLES:
            patch.delenv(variable, raising=False)
        for variable, value in env.items():
            patch.setenv(variable, value)
        patch.setattr(basic, "_ANSIBLE_ARGS", arguments)
        patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        yield
