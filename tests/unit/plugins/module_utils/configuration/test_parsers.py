# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.streamops.kafka.plugins.module_utils.configuration.parsers import SyntaxProblem, config_map_in, format_of, parse


@pytest.mark.parametrize(("name", "kind"), [
    ("config.example.json", "json"), ("a.YAML", "yaml"), ("x.yml", "yaml"), ("client.properties", "properties"), (".env", "properties"), ("app.conf", ""),
])
def test_the_name_tells_the_format(name: str, kind: str) -> None:
    assert format_of(name) == kind


@pytest.mark.parametrize(("kind", "text", "tree"), [
    ("json", '\ufeff{"port": 9094, "ratio": 1.50, "tls": true, "none": null}', {"port": "9094", "ratio": "1.50", "tls": True, "none": None}),
    ("yaml", "port: 09094\nversion: 1.10\nwhen: 2026-01-01\nat: 22:30\nyes: on\nnone: ~\n",
     {"port": "09094", "version": "1.10", "when": "2026-01-01", "at": "22:30", "yes": "on", "none": None}),
    ("yaml", "base: &b {port: 1, host: x}\nreal:\n  <<: *b\n  port: 2\n", {"base": {"port": "1", "host": "x"}, "real": {"port": "2", "host": "x"}}),
    ("yaml", "--- {a: 1}\n---\n", {"a": "1"}),
    ("properties", "# a\n! b\n\nbootstrap.servers = a:9094,\\\n    b:9094\nx:1\ny 2\nempty=\nkey\\ with\\:colon=\\u00e4\\t\n",
     {"bootstrap.servers": "a:9094,b:9094", "x": "1", "y": "2", "empty": "", "key with:colon": "ä\t"}),
    ("properties", "path=C:\\\\temp\\\\\nlast=continued\\", {"path": "C:\\temp\\", "last": "continued"}),
])
def test_values_stay_as_they_are_written(kind: str, text: str, tree: object) -> None:
    assert parse(text, kind) == [tree]


@pytest.mark.parametrize(("kind", "text", "says"), [
    ("json", '{"a": 1,\n "b": }', "line 2, column 7: Expecting value"),
    ("json", '{\n "port": 9092,\n "x": {"port": 1},\n "port": 9094\n}', "the key port stands there more than once (lines 2, 3, 4)"),
    ("yaml", "a: 1\nb: [1,\n", "line 3, column 1:"),
    ("yaml", "kafka:\n  port: 9092\n  topic: x\n  port: 9094\n", "the key port stands there more than once (lines 2, 4)"),
    ("yaml", "a: !vault x\n", "line 1, column 4: could not determine a constructor"),
    ("yaml", "a: 1\n\tb: 2\n", "line 2, column 1: found character '\\t'"),
    ("properties", "a=1\nb=2\na=3\n", "the key a stands there more than once (lines 1, 3)"),
    ("properties", "a=1\nb=\\u12x\n", "line 2: \\u is not followed by four hexadecimal digits"),
    ("yaml", "[" * 5000, "nested too deeply"),
    ("json", "[" * 100_000, "nested too deeply"),
])
def test_the_line_of_what_is_wrong_is_told(kind: str, text: str, says: str) -> None:
    with pytest.raises(SyntaxProblem) as error:
        parse(text, kind)
    assert says in str(error.value)


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=5))
def test_json_is_read_as_it_was_written(tree: dict[str, str]) -> None:
    assert parse(json.dumps(tree), "json") == [tree]


MANIFEST = "kind: List\nitems:\n- {kind: ConfigMap, metadata: {name: a}, data: {x: '1'}}\n---\nkind: ConfigMap\nmetadata: {name: b}\ndata: {y: 2}\n"


def test_the_config_map_of_a_manifest() -> None:
    documents = parse(MANIFEST, "yaml")
    assert config_map_in(documents, "a") == {"x": "1"} and config_map_in(documents, "b") == {"y": "2"}
    assert config_map_in(documents[1:], None) == {"y": "2"}
    for name, says in ((None, "which ConfigMap is meant? It has a, b"), ("c", "it has no ConfigMap c: it has a, b")):
        with pytest.raises(SyntaxProblem) as error:
            config_map_in(documents, name)
        assert says in str(error.value)
