#!/usr/bin/python
# Copyright: (c) 2026, streamops.kafka contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: confluent_cloud_access
short_description: Service accounts, API keys and a cluster of Confluent Cloud
version_added: 0.1.0
description:
  - Makes what is missing. A cluster, service accounts, and for those that want one an API key for the cluster, with its secret in a file
    that only its owner can read. Tells who owns given API keys, and warns when it is a user account.
  - Nothing is deleted or changed that exists already.
  - Not run against Confluent Cloud itself. It is written after the documentation of its API, and tested against a stand-in that behaves so.
options:
  environment:
    description: Id of the environment, C(env-...). Needed for O(cluster).
    type: str
  cluster:
    description: A cluster that must exist. It is looked for by its C(name), and made when it is missing. See also O(cluster_id).
    type: dict
    suboptions:
      name:
        description: Its display name.
        type: str
        required: true
      type:
        description: Its type.
        type: str
        choices: [basic, standard, enterprise, dedicated]
        required: true
      cloud:
        description: The cloud, such as C(AWS).
        type: str
        required: true
      region:
        description: The region, such as C(eu-central-1).
        type: str
        required: true
      availability:
        description: In one zone or several.
        type: str
        choices: [single_zone, multi_zone]
        default: single_zone
      capacity_units:
        description: CKUs of a dedicated cluster.
        type: int
        default: 1
  cluster_id:
    description: Id of an existing cluster, C(lkc-...), that API keys are for.
    type: str
  service_accounts:
    description: Service accounts that must exist, by their display name.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its display name.
        type: str
        required: true
      description:
        description: What it is for. That of an existing account stays as it is.
        type: str
        default: ""
      api_key:
        description: Whether it needs an API key for the cluster. It is written into O(secrets_directory).
        type: bool
        default: false
  secrets_directory:
    description:
      - Directory (mode 0700) for a file C(<name>.json) of each account with an API key, with C(key) and C(secret), mode 0600.
      - The secret of a key is told once, so a key without such a file is of no use here, and another one is made.
    type: path
  check_keys:
    description: Ids of API keys whose owner is to be told.
    type: list
    elements: str
    default: []
  wait_timeout:
    description: Seconds that a new cluster may take. A dedicated one takes hours.
    type: float
    default: 3600
extends_documentation_fragment:
  - streamops.kafka.rest
  - streamops.kafka.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
notes:
  - Log in with a Cloud API key (not one of a cluster) as O(url_username) and its secret as O(url_password).
  - When it is killed between making a key and writing its file, that key is reported in RV(service_accounts) as C(other_keys) by the next run. Delete it
    by hand with C(confluent api-key delete).
seealso:
  - module: streamops.kafka.kafka_acl
author:
  - streamops.kafka contributors (@streamops)
"""

EXAMPLES = r"""
- name: A service account with a key for each application
  streamops.kafka.confluent_cloud_access:
    url: https://api.confluent.cloud
    url_username: "{{ cloud_api_key }}"
    url_password: "{{ cloud_api_secret }}"
    cluster_id: lkc-1a2b3c
    service_accounts:
      - {name: billing, description: the billing application, api_key: true}
      - {name: shop, api_key: true}
    secrets_directory: /etc/kafka/api-keys
  register: access

- name: What would be made, cluster included
  streamops.kafka.confluent_cloud_access:
    url: https://api.confluent.cloud
    url_username: "{{ cloud_api_key }}"
    url_password: "{{ cloud_api_secret }}"
    environment: env-123456
    cluster: {name: march, type: dedicated, capacity_units: 2, cloud: AWS, region: eu-central-1, availability: multi_zone}
  check_mode: true
  diff: true

- name: Stop when an application logs in as a human
  streamops.kafka.confluent_cloud_access:
    url: https://api.confluent.cloud
    url_username: "{{ cloud_api_key }}"
    url_password: "{{ cloud_api_secret }}"
    check_keys: ["{{ destination_api_key }}"]
  register: owner
  failed_when: owner.keys.values() | selectattr('is_of_a_user') | length > 0
"""

RETURN = r"""
cluster:
  description: The cluster. C(id) is empty where it does not exist yet, in check mode.
  returned: when O(cluster) is given
  type: dict
  sample: {id: lkc-1a2b3c, bootstrap: "SASL_SSL://pkc-1a2b3.eu-central-1.aws.confluent.cloud:9092", phase: PROVISIONED}
service_accounts:
  description: The service accounts by their name. C(other_keys) are keys for the cluster whose secret is not in the account's file.
  returned: success
  type: dict
  sample: {billing: {id: sa-123456, principal: "User:sa-123456", key: ABCDEFGH12345678, other_keys: []}}
keys:
  description: The owners of O(check_keys). C(owner) is C(null) where there is no such key, or it is not to be seen.
  returned: success
  type: dict
  sample: {ABCDEFGH12345678: {owner: u-123456, owner_kind: User, is_of_a_user: true}}
"""

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.streamops.kafka.plugins.module_utils.cloud.api import Cloud
from ansible_collections.streamops.kafka.plugins.module_utils.cloud.plan import (
    TYPES,
    Account,
    WantedAccount,
    orphans,
    plan_accounts,
    plan_keys,
    wanted_accounts,
)
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.files.private import PrivateDirectory
from ansible_collections.streamops.kafka.plugins.module_utils.module import operation_errors
from ansible_collections.streamops.kafka.plugins.module_utils.options import EnumModule
from ansible_collections.streamops.kafka.plugins.module_utils.plan import Change, Plan
from ansible_collections.streamops.kafka.plugins.module_utils.rest import REST_SPEC, Rest

ACCESS_SPEC: dict[str, dict[str, Any]] = {
    **REST_SPEC,
    "environment": {"type": "str"},
    "cluster": {"type": "dict", "options": {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": TYPES, "required": True},
        "cloud": {"type": "str", "required": True},
        "region": {"type": "str", "required": True},
        "availability": {"type": "str", "choices": ["single_zone", "multi_zone"], "default": "single_zone"},
        "capacity_units": {"type": "int", "default": 1},
    }},
    "cluster_id": {"type": "str"},
    "service_accounts": {"type": "list", "elements": "dict", "default": [], "options": {
        "name": {"type": "str", "required": True},
        "description": {"type": "str", "default": ""},
        "api_key": {"type": "bool", "default": False, "no_log": False},
    }},
    "secrets_directory": {"type": "path", "no_log": False},
    "check_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
    "wait_timeout": {"type": "float", "default": 3600},
}  # fmt: skip


class Access:
    """One run: what is there, what is made, and where secrets are kept."""

    def __init__(self, cloud: Cloud, params: Mapping[str, Any], wanted: list[WantedAccount]) -> None:
        self.cloud, self.params, self.wanted = cloud, params, wanted
        names = [f"{account.name}.json" for account in wanted]
        self.directory = PrivateDirectory(params["secrets_directory"], names) if params["secrets_directory"] else None
        self.seen_cluster = cloud.cluster(params["environment"], params["cluster"]["name"]) if params["cluster"] else None
        self.cluster_id = str(self.seen_cluster["id"]) if self.seen_cluster else params["cluster_id"] or ""
        self.accounts = {account.name: account for account in cloud.accounts()} if wanted else {}
        self.keys = cloud.keys(self.cluster_id) if self.cluster_id and any(account.api_key for account in wanted) else []
        self.files = {account.name: self._key_in_file(account.name) for account in wanted if account.api_key}

    def plan(self) -> Plan:
        """Cluster, then accounts, then keys."""
        missing = [Change(f"cluster {self.params['cluster']['name']}", "created", after=dict(self.params["cluster"]))] \
            if self.params["cluster"] and not self.seen_cluster else []
        return Plan((*missing, *plan_accounts(self.accounts.values(), self.wanted),
                     *plan_keys(self.accounts, self.keys, self.files, self.wanted, self.cluster_id)))

    def apply(self, plan: Plan) -> None:
        """Make what is missing. The secret of a key is in its file before the next key is made."""
        changed = {change.name for change in plan}
        cluster = self.params["cluster"]
        if cluster and not self.seen_cluster:
            self.seen_cluster = self.cloud.create_cluster(self.params["environment"], _cluster_spec(cluster))
            self.cluster_id = str(self.seen_cluster["id"])
        if cluster:
            self.seen_cluster = self.cloud.wait_for_cluster(self.params["environment"], self.cluster_id, self.params["wait_timeout"])
        for account in self.wanted:
            if f"service account {account.name}" in changed:
                self.accounts[account.name] = self.cloud.create_account(account)
        for account in self.wanted:
            if f"api key of {account.name}" in changed and self.directory is not None:
                self.directory.prepare()
                key, secret = self.cloud.create_key(self.accounts[account.name], self.cluster_id)
                self.directory.write(f"{account.name}.json", json.dumps({"key": key, "secret": secret, "cluster": self.cluster_id}).encode())
                self.files[account.name] = key

    def result(self, plan: Plan) -> dict[str, Any]:
        found = {account.name: self.accounts.get(account.name, Account(account.name)) for account in self.wanted}
        cluster = self.seen_cluster or {}
        shown = {"id": cluster.get("id", ""), "bootstrap": (cluster.get("spec") or {}).get("kafka_bootstrap_endpoint", ""),
                 "phase": (cluster.get("status") or {}).get("phase", "")}  # fmt: skip
        return {
            "changed": bool(plan), "diff": plan.diff(), **({"cluster": shown} if self.params["cluster"] else {}),
            "service_accounts": {name: {"id": account.id, "principal": account.principal, "key": self.files.get(name) or "",
                                        "other_keys": orphans(account, self.keys, self.files.get(name), self.cluster_id) if account.id else []}
                                 for name, account in found.items()},
        }  # fmt: skip

    def _key_in_file(self, name: str) -> str:
        content = self.directory.read(f"{name}.json") if self.directory is not None else None
        try:
            return str(json.loads(content)["key"]) if content else ""
        except (ValueError, KeyError, TypeError):
            raise InputError([f"{name}.json in {self.params['secrets_directory']} is not a file that this module has written"]) from None


def _cluster_spec(cluster: Mapping[str, Any]) -> dict[str, Any]:
    config = {"kind": cluster["type"].capitalize(), **({"cku": cluster["capacity_units"]} if cluster["type"] == "dedicated" else {})}
    return {"display_name": cluster["name"], "availability": cluster["availability"].upper(), "cloud": cluster["cloud"].upper(), "region": cluster["region"],
            "config": config}  # fmt: skip


def problems_of(params: Mapping[str, Any]) -> list[str]:
    """Combinations that cannot be meant."""
    wants_key = any(account["api_key"] for account in params["service_accounts"])
    problems = [f"{option} is not given" for option in ("url_username", "url_password") if not params[option]]
    if wants_key and not (params["cluster"] or params["cluster_id"]):
        problems.append("an API key is wanted, but neither cluster nor cluster_id says for which cluster")
    if wants_key and not params["secrets_directory"]:
        problems.append("an API key is wanted, but secrets_directory does not say where its secret goes")
    if wants_key and params["secrets_directory"]:
        names = [f"{account['name']}.json" for account in params["service_accounts"]]
        problems += [problem for problem in [PrivateDirectory(params["secrets_directory"], names).problem()] if problem]
    return problems


def owners(module: EnumModule, cloud: Cloud) -> dict[str, Any]:
    """Who owns the keys that are to be checked; a warning for each that is a human's."""
    found: dict[str, Any] = {}
    for name in module.params["check_keys"]:
        key = cloud.key(name)
        found[name] = {"owner": key.owner if key else None, "owner_kind": key.owner_kind if key else None, "is_of_a_user": key.is_of_a_user if key else None}
        if key and key.is_of_a_user:
            module.warn(f"API key {name} belongs to the user account {key.owner}: it may do all that this human may, so missing ACLs of applications "
                        "stay hidden, and it ends with the human's account. Use a key of a service account.")
    return found


def main() -> None:
    module = EnumModule(argument_spec=ACCESS_SPEC, supports_check_mode=True, required_by={"cluster": ["environment"]},
                        mutually_exclusive=[("cluster", "cluster_id")], required_together=[("url_username", "url_password")])
    with operation_errors(module):
        problems = problems_of(module.params)
        if problems:
            raise InputError(problems)
        wanted = wanted_accounts(module.params["service_accounts"])
        cloud = Cloud(Rest.from_params(module.params))
        access = Access(cloud, module.params, wanted)
        keys = owners(module, cloud)
        plan = access.plan()
        if not module.check_mode:
            access.apply(plan)
        module.exit_json(keys=keys, **access.result(plan))


if __name__ == "__main__":
    main()
