#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: debezium_backup
short_description: Back up the configurations and source offsets of connectors and the subjects of a schema registry
version_added: 0.1.0
description:
  - Writes C(connectors.json) (configuration and state of each connector), C(offsets.json) and C(subjects.json) (all versions, with references and
    compatibility levels) into a directory, each once. A file that is there already stays as it is, so that a second call does not write the new over the old.
  - B(Secrets.) Configurations are written as Connect's API gives them. Placeholders of config providers stay placeholders, and passwords that stand in
    a configuration stand in the file. The directory has mode 0700, the files 0600. Nothing of them is in the result or a log.
  - Workers before Kafka 3.5 do not tell offsets. Then C(offsets.json) is not written, and RV(offsets) is V(not_available). Call it again after the
    worker's upgrade, before a connector runs; paused and stopped connectors keep their offsets.
options:
  connectors:
    description: Names of the connectors.
    type: list
    elements: str
    required: true
  directory:
    description: The directory, on the host where the module runs. It is made when it does not exist.
    type: path
    required: true
  parts:
    description: What is backed up.
    type: list
    elements: str
    choices: [configs, offsets, subjects]
    default: [configs, offsets]
  must_exist:
    description: Whether all of the connectors must exist.
    type: bool
    default: true
  registry:
    description: The registry whose subjects are backed up, with V(subjects) in O(parts). The options are those of M(streamops.kafka.schema_registry_info).
    type: dict
    suboptions:
      url:
        description: Address of its API.
        type: str
        required: true
      url_username:
        description: User for HTTP basic authentication.
        type: str
      url_password:
        description: Password of C(url_username).
        type: str
      validate_certs:
        description: Whether the server's certificate is verified.
        type: bool
        default: true
      client_cert:
        description: File of the client's certificate.
        type: path
      client_key:
        description: File of its private key.
        type: path
      ca_path:
        description: File or directory of CA certificates.
        type: path
      timeout:
        description: Seconds that one request may take, repetitions included.
        type: float
        default: 60
extends_documentation_fragment:
  - streamops.kafka.connect
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
    details: Everything is read, nothing is written.
  diff_mode:
    support: none
notes:
  - The backup can be put back with P(streamops.kafka.debezium_upgrade#role), entry point C(rollback), or by hand. It is plain JSON.
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: Back up two connectors
  streamops.kafka.debezium_backup:
    url: http://connect.example.com:8083
    connectors: [cdc-orders, cdc-customers]
    directory: backups/before-3.0

- name: Only see whether that would work
  streamops.kafka.debezium_backup:
    url: http://connect.example.com:8083
    connectors: [cdc-orders]
    directory: backups/before-3.0
    parts: [configs, offsets, subjects]
    registry:
      url: https://registry.example.com:8081
  check_mode: true
"""

RETURN = r"""
written:
  description: The files that were written by this call (in check mode, that would be).
  returned: success
  type: list
  elements: str
  sample: [connectors.json, offsets.json]
connectors:
  description: The connectors as they are now. No configurations.
  returned: success
  type: dict
  sample: {"cdc-orders": {"state": "running", "tasks": ["running"], "class": "io.debezium.connector.mysql.MySqlConnector"}}
offsets:
  description: V(written), V(kept) (they were backed up before), V(not_available) (the worker does not tell them) or V(not_asked).
  returned: success
  type: str
  sample: written
offsets_now:
  description: The source offsets as they are now, by connector. Empty where the worker does not tell them.
  returned: success
  type: dict
  sample: {"cdc-orders": [{"partition": {"server": "cdc-orders"}, "offset": {"file": "binlog.000001", "pos": 2784}}]}
can_stop:
  description: Whether the worker can stop connectors (Kafka 3.5). An older one can pause them.
  returned: success
  type: bool
  sample: false
plugins:
  description: Versions of the connector plugins that the worker has loaded, by class. Where it has several of one, the newest.
  returned: success
  type: dict
  sample: {"io.debezium.connector.mysql.MySqlConnector": "1.9.8.Final"}
worker:
  description: The worker's version.
  returned: success
  type: str
  sample: 3.1.2
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.connect import versions
from ansible_collections.streamops.kafka.plugins.module_utils.connect.backup import CONFIGS, OFFSETS, SUBJECTS, prepare, read, write
from ansible_collections.streamops.kafka.plugins.module_utils.connect.connectors import Connector
from ansible_collections.streamops.kafka.plugins.module_utils.connect.worker import Worker
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.registry.api import Registry
from ansible_collections.streamops.kafka.plugins.module_utils.registry.info import describe
from ansible_collections.streamops.kafka.plugins.module_utils.rest import REST_SPEC

BACKUP_SPEC: dict[str, dict[str, Any]] = {
    "connectors": {"type": "list", "elements": "str", "required": True},
    "directory": {"type": "path", "required": True},
    "parts": {"type": "list", "elements": "str", "choices": ["configs", "offsets", "subjects"], "default": ["configs", "offsets"]},
    "must_exist": {"type": "bool", "default": True},
    "registry": {"type": "dict", "options": REST_SPEC},
}


def chosen(worker: Worker, names: list[str], must_exist: bool) -> dict[str, Connector]:
    """The connectors of these names."""
    known = worker.connectors()
    missing = [f"connector {name} does not exist on this worker" for name in names if name not in known]
    if missing and must_exist:
        raise InputError(missing, f"It has {', '.join(sorted(known)) or 'none'}.")
    return {name: known[name] for name in names if name in known}


def contents(worker: Worker, connectors: dict[str, Connector], params: dict[str, Any]) -> dict[str, Callable[[], dict[str, object]]]:
    """What goes into which file; read only when it is to be written."""
    parts = params["parts"]
    found: dict[str, Callable[[], dict[str, object]]] = {}
    if "configs" in parts:
        found[CONFIGS] = lambda: {name: {"config": dict(each.config), "state": each.target} for name, each in connectors.items()}
    if "offsets" in parts and worker.version >= versions.STOP:
        found[OFFSETS] = lambda: {name: worker.offsets(name) for name in connectors}
    if "subjects" in parts:
        registry = Registry.from_params(params["registry"])
        found[SUBJECTS] = lambda: dict(describe(registry, registry.subjects(), latest_only=False))
    return found


def back_up(directory: Path, files: dict[str, Callable[[], dict[str, object]]], check_mode: bool) -> list[str]:
    """Write what is not there yet; everything is read before anything is written."""
    missing = {name: content() for name, content in files.items() if read(directory, name) is None}
    if missing and not check_mode:
        prepare(directory)
        for name, content in missing.items():
            write(directory, name, content)
    return sorted(missing)


def main() -> None:
    module = EnumModule(argument_spec={**REST_SPEC, **BACKUP_SPEC}, supports_check_mode=True)
    with operation_errors(module):
        if "subjects" in module.params["parts"] and not module.params["registry"]:
            raise InputError(["parts has subjects, and there is no registry"])
        worker = Worker.from_params(module.params)
        connectors = chosen(worker, module.params["connectors"], module.params["must_exist"])
        files = contents(worker, connectors, module.params)
        written = back_up(Path(module.params["directory"]), files, module.check_mode)
        asked = "offsets" in module.params["parts"]
        offsets = ("written" if OFFSETS in written else "kept") if OFFSETS in files else "not_available" if asked else "not_asked"
        module.exit_json(
            changed=bool(written), written=written, offsets=offsets, worker=worker.release, can_stop=worker.version >= versions.STOP,
            offsets_now={name: worker.offsets(name) for name in connectors} if worker.version >= versions.STOP else {},
            connectors={name: {"state": each.state, "tasks": [task.state for task in each.tasks], "class": each.config.get("connector.class", "")}
                        for name, each in connectors.items()},
            plugins={str(plugin["class"]): str(plugin.get("version") or "") for plugin in sorted(worker.plugins(), key=lambda each: str(each.get("version")))},
        )  # fmt: skip


if __name__ == "__main__":
    main()
