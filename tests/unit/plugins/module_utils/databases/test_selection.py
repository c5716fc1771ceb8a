# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.streamops.kafka.plugins.module_utils.databases.selection import (
    SYSTEM_SCHEMAS,
    Selection,
    glob_regex,
    is_match_all,
    is_system,
    selection_problems,
)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("run_*", "run_"),
        ("run_*", "run_1 with\nanything"),
        ("run?", "run1"),
        ("run[12]", "run2"),
        ("run[1-3]", "run3"),
        ("run[!1]", "run2"),
        ("run[^1]", "run2"),
        (r"run\*", "run*"),
        ("a.b+c(d)|e", "a.b+c(d)|e"),
        ("run[.]", "run."),
        ("run[]]", "run]"),
        ("open[bracket", "open[bracket"),
    ],
)
def test_glob_matches(pattern: str, name: str) -> None:
    assert glob_regex(pattern).match(name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("run", "run1"),
        ("run", "my run"),
        ("run", "run\n"),
        ("run?", "run"),
        ("run[12]", "run3"),
        ("run[!1]", "run1"),
        (r"run\*", "run1"),
        ("a.b", "axb"),
        ("Run*", "run1"),
        ("run[^1]", "run1"),
    ],
)
def test_glob_does_not_match(pattern: str, name: str) -> None:
    assert not glob_regex(pattern).match(name)


@pytest.mark.parametrize(
    "pattern", ["*", "**", "?*", "*?", "%", ".*", ".+", "^.*$", "(.*)", "*.*", "[a-z]*", "[!x]*", "[^x]*", r"\*", "_*", "[]]*", " * ", "{*}"]
)
def test_patterns_without_a_literal_character_match_all(pattern: str) -> None:
    assert is_match_all(pattern)


@pytest.mark.parametrize("pattern", ["a*", "*a", "experiment:*", "run[12]", "-*", ":*", "ä*", "1?"])
def test_patterns_with_a_literal_character_do_not(pattern: str) -> None:
    assert not is_match_all(pattern)


@pytest.mark.parametrize(
    "name",
    ["mysql", "MySQL", "sys", "information_schema", "performance_schema", "my_schema", "postgres", "template1", "system", "defaultdb", "pg_catalog"],
)
def test_the_servers_own_databases_are_known(name: str) -> None:
    assert is_system(name)


@pytest.mark.parametrize("name", ["mysql2", "app", "system_of_mine", "my-postgres", "schema"])
def test_others_are_not(name: str) -> None:
    assert not is_system(name)


def test_public_is_a_users_schema() -> None:
    assert not is_system("public", SYSTEM_SCHEMAS)
    assert is_system("pg_toast", SYSTEM_SCHEMAS)


@pytest.mark.parametrize(
    ("selection", "problem"),
    [
        (Selection(name=""), "name is empty"),
        (Selection(pattern="  "), "pattern is empty"),
        (Selection(name="app", schema=""), "schema is empty"),
        (Selection(name="a\0b"), "name contains a NUL character"),
        (Selection(pattern="*"), "pattern * matches everything: it must contain at least one literal character"),
        (Selection(name="mysql"), "mysql is one of the server's own databases"),
        (Selection(name="app", schema="information_schema"), "information_schema is one of the server's own schemas"),
    ],
)
def test_what_is_refused_before_a_server_is_asked(selection: Selection, problem: str) -> None:
    assert selection_problems(selection, has_system_databases=True) == [problem]


def test_all_problems_are_told_at_once() -> None:
    assert len(selection_problems(Selection(name="mysql", schema="pg_temp_1"), has_system_databases=True)) == 2


def test_a_key_may_be_called_as_a_system_database() -> None:
    assert selection_problems(Selection(name="mysql"), has_system_databases=False) == []
