# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of the role strimzi_setup, all of it at once, before any server is touched. Pure.

The API server checks the resources as well, by a dry run; here is found what it could not know or would say less clearly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..module_utils.strimzi.resources import resource_name_problem
from . import strimzi_components, strimzi_listeners, strimzi_logging, strimzi_metrics, strimzi_scheduling, strimzi_storage
from .strimzi_cluster import authorization, replication
from .strimzi_profiles import BROKER, CONTROLLER, PROFILES, ZOOKEEPER, Entry, Facts, Settings, brokers, effective, is_zookeeper, unknown

MODES = ("kraft", ZOOKEEPER)
POOL = ("name", "roles", "replicas", "storage", "resources", "jvm", "scheduling", "spec")
ZOOKEEPER_OPTIONS = ("replicas", "storage", "resources", "jvm", "scheduling", "logging")
AUTHORIZATION = ("type", "super_users", "options")
AUTHORIZATIONS = {"v1beta2": ("none", "simple", "opa", "keycloak", "custom"), "v1": ("none", "simple", "custom")}
RACK = ("topology_key", "read_from_closest")
REPLICATION = ("factor", "min_insync")
CLIENT_FILES = ("listener", "user", "directory", "client_directory", "files", "bootstrap_servers", "truststore_type", "jdk_cacerts", "log_in")
_DICTIONARIES = ("config", "replication", "rack", "scheduling", "logging", "metrics", "cruise_control", "exporter", "entity_operator",
                 "certificate_authorities", "kafka_spec", "labels", "zookeeper", "authorization")  # fmt: skip
_LISTS = ("node_pools", "listeners", "maintenance_windows", "topics", "users", "client_files")
_LONGEST_HOST_NAME = 63


def problems(settings: Settings, api_version: str, operator_version: str = "", is_openshift: bool | None = None) -> list[str]:
    """Each problem as a sentence without its full stop."""
    shapes = [f"strimzi_setup_{key} must be a dictionary" for key in _DICTIONARIES if not isinstance(settings.get(key) or {}, Mapping)]
    shapes += [f"strimzi_setup_{key} must be a list" for key in _LISTS if not isinstance(settings.get(key) or [], (list, tuple))]
    found = _names(settings) + shapes
    if shapes or str(settings["profile"]) not in PROFILES or str(settings["mode"]).lower() not in MODES:
        return found
    whole, facts = effective(settings), Facts(api_version, operator_version, is_openshift)
    pools = _pools(whole)
    found += pools
    found += strimzi_listeners.problems(whole, facts) + _access(whole, facts) + strimzi_metrics.problems(whole)
    found += _scheduling_and_rack(whole) + _logging(whole)
    if not pools:
        found += strimzi_components.problems(whole) + _replication(whole)
    return found + _zookeeper(whole, facts) + _users(whole) + _client_files(whole)


def _names(settings: Settings) -> list[str]:
    found = [f"strimzi_setup_{key} is not set" for key in ("namespace", "cluster") if not settings.get(key)]
    found += [f"strimzi_setup_cluster: {problem}" for problem in [resource_name_problem(str(settings["cluster"]))] if settings.get("cluster") and problem]
    for key, known in (("profile", tuple(PROFILES)), ("mode", MODES)):
        if str(settings[key]).lower() not in known:
            found.append(f"strimzi_setup_{key}: there is no {settings[key]}; there are {', '.join(known)}")
    return found


def _pools(whole: Settings) -> list[str]:
    found, names = [], []
    for number, pool in enumerate(whole["node_pools"], 1):
        where = f"node pool {pool.get('name') or number}" if isinstance(pool, Mapping) else f"node pool {number}"
        wrong = unknown(where, pool, POOL) or [f"{where} needs {key}" for key in ("name", "roles") if not pool.get(key)]
        found += wrong or _pool(where, pool, whole)
        names.append(pool.get("name") if isinstance(pool, Mapping) else None)
    found += [f"two node pools are called {name}" for name in sorted({str(each) for each in names if each and names.count(each) > 1})]
    sound = [pool for pool in whole["node_pools"] if isinstance(pool, Mapping)]
    for role in (BROKER, *([] if is_zookeeper(whole) else [CONTROLLER])):
        if not any(role in _lower(pool.get("roles")) for pool in sound):
            found.append(f"no node pool has the role {role}")
    return found


def _pool(where: str, pool: Entry, whole: Settings) -> list[str]:
    found = [f"{where}: {problem}" for problem in [resource_name_problem(str(pool["name"]))] if problem]
    host = f"{whole['cluster']}-{pool['name']}-99"
    if len(host) > _LONGEST_HOST_NAME:
        found.append(f"{where}: its pods would be called {host}, and a host name has at most {_LONGEST_HOST_NAME} characters")
    roles = _lower(pool["roles"])
    found += [f"{where}: there is no role {role}; there are {CONTROLLER}, {BROKER}" for role in roles if role not in (BROKER, CONTROLLER)]
    if not _is_number(pool.get("replicas"), 0):
        found.append(f"{where} needs replicas, a number")
    found += strimzi_storage.problems(where, pool["storage"])
    found += unknown(f"{where}.jvm", pool.get("jvm") or {}, strimzi_components.JVM)
    return found + strimzi_scheduling.problems(f"{where}.scheduling", pool.get("scheduling") or {})


def _replication(whole: Settings) -> list[str]:
    found = unknown("replication", whole["replication"] or {}, REPLICATION)
    given: Entry = whole["replication"] or {}
    found += [f"replication.{key} must be a number of 1 or more" for key in REPLICATION if given.get(key) is not None and not _is_number(given[key], 1)]
    if found:
        return found
    replicas, there = replication(whole), brokers(whole)
    if replicas["factor"] > there:
        found.append(f"replication.factor is {replicas['factor']}, and there are {there} brokers")
    if replicas["min_insync"] > replicas["factor"]:
        found.append(f"replication.min_insync is {replicas['min_insync']}, and there are {replicas['factor']} replicas: nothing could be written")
    for topic in whole["topics"] or []:
        wanted = topic.get("replication_factor") if isinstance(topic, Mapping) else None
        if _is_number(wanted, 1) and int(wanted) > there:
            found.append(f"topic {topic.get('name')} has replication_factor {wanted}, and there are {there} brokers")
    return found


def _access(whole: Settings, facts: Facts) -> list[str]:
    found = unknown("authorization", whole["authorization"] or {}, AUTHORIZATION)
    if found:
        return found
    rights, kinds = authorization(whole), AUTHORIZATIONS.get(facts.api_version, AUTHORIZATIONS["v1"])
    if rights["type"] not in kinds:
        instead = "" if facts.api_version == "v1beta2" else f" in API {facts.api_version}: use custom with options.authorizerClass"
        found.append(f"authorization: there is no type {rights['type']}{instead}; there are {', '.join(kinds)}")
    for user in rights.get("super_users") or []:
        if str(user).startswith("User:"):
            found.append(f"authorization.super_users: {user} must be written without 'User:'")
    return found


def _users(whole: Settings) -> list[str]:
    found, kind = [], authorization(whole)["type"]
    for what, operator in (("topics", "topic_operator"), ("users", "user_operator")):
        if whole[what] and isinstance(whole["entity_operator"], Mapping) and not strimzi_components.has_operator(whole, operator):
            found.append(f"strimzi_setup_{what} are listed, and entity_operator.{operator} is switched off: nobody would make them")
    logins = {strimzi_listeners.authentication_of(each) for each in whole["listeners"] if isinstance(each, Mapping)}
    for user in whole["users"] or []:
        if not isinstance(user, Mapping):
            continue
        if user.get("acls") and kind != "simple":
            found.append(f"user {user.get('name')} has acls, and the authorization is {kind}: the user operator knows only simple")
        if user.get("authentication") and str(user["authentication"]).lower() not in logins:
            found.append(f"user {user.get('name')} logs in by {user['authentication']}, and no listener has this authentication")
    return found


def _client_files(whole: Settings) -> list[str]:
    found = []
    by_name = {str(each.get("name")): each for each in whole["listeners"] if isinstance(each, Mapping)}
    users = {str(each.get("name")): str(each.get("authentication")).lower() for each in whole["users"] or [] if isinstance(each, Mapping)}
    for number, each in enumerate(whole["client_files"], 1):
        where = f"client_files {each.get('directory') or number}" if isinstance(each, Mapping) else f"client_files {number}"
        wrong = unknown(where, each, CLIENT_FILES) or [f"{where} needs {key}" for key in ("listener", "directory") if not each.get(key)]
        found += wrong
        if wrong:
            continue
        user = each.get("user")
        if each["listener"] not in by_name:
            found.append(f"{where}: there is no listener {each['listener']}; there are {', '.join(by_name)}")
        elif user in users and users[user] != strimzi_listeners.authentication_of(by_name[each["listener"]]):
            found.append(f"{where}: user {user} logs in by {users[user]}, listener {each['listener']} does not")
        if each.get("log_in", True) and "librdkafka" not in (each.get("files") or ["librdkafka"]):
            found.append(f"{where}: to log in takes librdkafka among its files; otherwise set log_in to false")
    directories = [each.get("directory") for each in whole["client_files"] if isinstance(each, Mapping)]
    return found + [f"client_files: {each} stands there twice" for each in sorted({str(one) for one in directories if one and directories.count(one) > 1})]


def _scheduling_and_rack(whole: Settings) -> list[str]:
    found = strimzi_scheduling.problems("scheduling", whole["scheduling"]) + unknown("rack", whole["rack"] or {}, RACK)
    return found + (["rack needs topology_key"] if whole["rack"] and not whole["rack"].get("topology_key") else [])


def _logging(whole: Settings) -> list[str]:
    return strimzi_logging.problems("logging", whole["logging"]) if whole["logging"] else []


def _zookeeper(whole: Settings, facts: Facts) -> list[str]:
    found = unknown("zookeeper", whole["zookeeper"], ZOOKEEPER_OPTIONS)
    if not is_zookeeper(whole):
        return found
    if facts.is_since_zookeeper:
        what = f"the operator is {facts.operator_version}" if facts.operator_version else f"API {facts.api_version} is served"
        found.append(f"strimzi_setup_mode zookeeper is for operators until 0.45, and {what}: use kraft")
    if len(whole["node_pools"]) != 1:
        found.append("strimzi_setup_mode zookeeper goes with one node pool, that of the brokers")
    if whole["metadata_version"]:
        found.append("strimzi_setup_metadata_version goes with kraft")
    if not found:
        found += strimzi_storage.problems("zookeeper", whole["zookeeper"].get("storage"))
    return found


def _lower(roles: Any) -> list[str]:
    return [str(each).lower() for each in roles] if isinstance(roles, (list, tuple)) else [str(roles).lower()]


def _is_number(value: Any, least: int) -> bool:
    return not isinstance(value, bool) and str(value).isdigit() and int(value) >= least
