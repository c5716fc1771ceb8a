#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: connect_plugin_info
short_description: Show the plugins of a Kafka Connect worker and the settings that they define
version_added: 0.1.0
description:
  - Reads which plugins a worker has, in which version. Nothing is changed.
  - Each worker of a group may have other plugins. Ask each of them.
options:
  plugins:
    description: Classes, or simple names, of the plugins to show. All when not given.
    type: list
    elements: str
    default: []
  type:
    description: Kinds of plugins to show. Others than V(source) and V(sink) need Kafka 3.2.
    type: list
    elements: str
    choices: [source, sink, converter, header_converter, transformation, predicate]
    default: [source, sink]
  settings:
    description: Whether the settings that each plugin defines are read, one request for each plugin.
    type: bool
    default: false
extends_documentation_fragment:
  - streamops.kafka.connect
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details: Nothing is changed.
seealso:
  - module: streamops.kafka.connect_connector
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Look which version of Debezium a worker has
  streamops.kafka.connect_plugin_info:
    url: https://connect.example.com:8083
    plugins: [MySqlConnector]
  register: debezium

- name: Read what the plugin defines
  streamops.kafka.connect_plugin_info:
    url: https://connect.example.com:8083
    plugins: [io.debezium.connector.mysql.MySqlConnector]
    settings: true
"""

RETURN = r"""
plugins:
  description: The plugins, by class.
  returned: success
  type: list
  elements: dict
  contains:
    class:
      description: Its class.
      type: str
      sample: io.debezium.connector.mysql.MySqlConnector
    type:
      description: What it is.
      type: str
      sample: source
    version:
      description: Its version, V(null) when it tells none.
      type: str
      sample: 3.6.1.Final
    settings:
      description: What it defines. C(default) is V(null) when there is none.
      returned: with O(settings)
      type: list
      elements: dict
      sample: [{"name": "database.password", "type": "PASSWORD", "required": false, "default": null, "importance": "HIGH", "documentation": "Password of ..."}]
  sample:
    - class: io.debezium.connector.mysql.MySqlConnector
      type: source
      version: 3.6.1.Final
missing:
  description: Plugins that were asked for and that the worker does not have.
  returned: success
  type: list
  elements: str
  sample: []
worker_version:
  description: Version of the worker.
  returned: success
  type: str
  sample: 4.3.1
"""

from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect import versions
from ansible_collections.streamops.kafka.plugins.module_utils.connect.module import connect_module
from ansible_collections.streamops.kafka.plugins.module_utils.connect.validation import is_called
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker, at_once
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors

CONNECTORS = ["source", "sink"]
KINDS = [*CONNECTORS, "converter", "header_converter", "transformation", "predicate"]
PLUGIN_SPEC: dict[str, dict[str, Any]] = {
    "plugins": {"type": "list", "elements": "str", "default": []},
    "type": {"type": "list", "elements": "str", "choices": KINDS, "default": CONNECTORS},
    "settings": {"type": "bool", "default": False},
}
FIELDS = {"name": "name", "type": "type", "required": "required", "default": "default_value", "importance": "importance", "documentation": "documentation"}


def settings_of(worker: Worker, plugin: str) -> list[dict[str, Any]]:
    """What a plugin defines, without what only user interfaces need."""
    return [{name: each.get(field) for name, field in FIELDS.items()} for each in worker.definitions(plugin)]


def main() -> None:
    module = connect_module(PLUGIN_SPEC)
    with operation_errors(module):
        worker = Worker.from_params(module.params)
        kinds, names = module.params["type"], module.params["plugins"]
        only_connectors = set(kinds) <= set(CONNECTORS)
        if not only_connectors and worker.version < versions.PLUGIN_CONFIG:
            raise InputError([f"a worker of {worker.release} tells only its connectors: leave type to source and sink"])
        known = sorted(worker.plugins(only_connectors), key=lambda plugin: (plugin["class"], plugin["type"]))
        found = [plugin for plugin in known if plugin["type"] in kinds and (not names or any(is_called(plugin["class"], name) for name in names))]
        rows = [{"class": plugin["class"], "type": plugin["type"], "version": plugin.get("version")} for plugin in found]
        if module.params["settings"]:
            for row, settings in zip(rows, at_once(lambda row: settings_of(worker, row["class"]), rows)):
                row["settings"] = settings
        missing = [name for name in names if not any(is_called(row["class"], name) for row in rows)]
        module.exit_json(changed=False, plugins=rows, missing=missing, worker_version=worker.release)


if __name__ == "__main__":
    main()
