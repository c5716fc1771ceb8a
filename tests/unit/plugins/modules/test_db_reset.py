# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases.login import LOGIN_SPEC
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.modules.db_reset import RESET_SPEC, checked_selection

DEFAULTS: dict[str, Any] = {option: spec.get("default") for option, spec in RESET_SPEC.items()}


def options(**given: Any) -> dict[str, Any]:
    return {**DEFAULTS, **given}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"engine": "mariadb", "name": "app", "schema": "x"}, "schema is an option of postgresql and cockroachdb, not of mariadb"),
        ({"engine": "redis", "pattern": "*"}, "matches everything"),
        ({"engine": "redis", "name": ""}, "name is empty"),
        ({"engine": "postgresql", "name": "template1"}, "own databases"),
        ({"engine": "mariadb", "name": "app", "timeout": 0}, "timeout is 0"),
        ({"engine": "mariadb", "name": "app", "port": 70000}, "port is 70000"),
        ({"engine": "mariadb", "name": "app", "tls": {"key": "/key"}}, "tls.key needs tls.cert"),
        ({"engine": "postgresql", "name": "app", "tls": {"verify_hostname": False}}, "tls.verify_hostname"),
    ],
)
def test_wrong_options_are_refused_before_a_server_is_asked(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match="nothing was changed") as caught:
        checked_selection(options(**given))
    assert problem in str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        checked_selection(options(engine="mariadb", name="mysql", schema="x", timeout=0))
    assert len(caught.value.problems) == 3


def test_the_password_is_never_logged() -> None:
    assert LOGIN_SPEC["password"]["no_log"] is True
