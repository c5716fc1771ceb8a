# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Strimzi's user operator does: credentials, ACLs, quotas and a Secret for each KafkaUser, and none of these for anybody else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from .certificates import Authority, new_password, pem
from .loop import Loop, OperatorError
from .quotas import Limits, Quotas, limits_of
from .resources import Api, Key, Resource, Watched, cluster_key, condition, is_news, is_paused

PLURAL = "kafkausers"
ITERATIONS = 4096
SECONDS = 30
LONGEST_CERTIFICATE_NAME = 64
TOO_LONG = "Users with TLS client authentication can have a username (name of the KafkaUser custom resource) only up to 64 characters long."
NEVER_TOUCHED = ("*", "ANONYMOUS")
RESOURCE_TYPES = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "cluster": ResourceType.BROKER, "transactionalId": ResourceType.TRANSACTIONAL_ID}
PATTERN_TYPES = {"literal": ResourcePatternType.LITERAL, "prefix": ResourcePatternType.PREFIXED}


class InvalidResource(Exception):
    """What is wrong with a KafkaUser."""


@dataclass(frozen=True)
class Wanted:
    """What a KafkaUser asks for, in Kafka's terms."""

    name: str
    principal: str
    password: str | None
    acls: frozenset[AclBinding]
    quotas: Limits


class UserOperator:
    def __init__(self, api: Api, admin: AdminClient, quotas: Quotas, interval: float, ignored: str, clients: Authority) -> None:
        self._api, self._admin, self._quotas, self._clients = api, admin, quotas, clients
        self._ignored = re.compile(ignored)
        self._loop = Loop(interval, self._reconcile, self._tick)
        self._kafkas = Watched(api, "kafkas", self._cluster_changed)
        self._users = Watched(api, PLURAL, self._user_changed)

    def run(self, ready: Path) -> None:
        self._kafkas.start()
        self._users.start()
        self._loop.run(lambda: self._kafkas.is_complete and self._users.is_complete, ready)

    def _user_changed(self, key: Key, resource: Resource) -> None:
        self._loop.offer(key)

    def _cluster_changed(self, cluster: Key, kafka: Resource) -> None:
        for key, resource in list(self._users.items.items()):
            if cluster_key(resource) == cluster:
                self._loop.offer(key)

    def _kafka_of(self, resource: Resource) -> Resource | None:
        kafka = self._kafkas.items.get(cluster_key(resource))
        return kafka if kafka is not None and "userOperator" in ((kafka.get("spec") or {}).get("entityOperator") or {}) else None

    def _tick(self) -> Iterable[Key]:
        """Users that nobody knows go, unless the operator may not yet know everybody."""
        if self._users.is_complete and self._kafkas.is_complete:
            known = {key[1] for key in list(self._users.items)}
            self._remove({name for name in self._everybody() if name not in known})
        return list(self._users.items)

    def _everybody(self) -> set[str]:
        """Everybody who has credentials or ACLs, but for those who are to be ignored."""
        names = {_plain(str(binding.principal)) for binding in self._acls()}
        names |= set(self._admin.describe_user_scram_credentials(request_timeout=SECONDS).result())
        names |= {_plain(user) for user in self._quotas.read()}
        return {name for name in names if name not in NEVER_TOUCHED and not self._ignored.fullmatch(name)}

    def _acls(self) -> list[AclBinding]:
        anything = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)
        return list(self._admin.describe_acls(anything, request_timeout=SECONDS).result())

    def _reconcile(self, keys: list[Key]) -> None:
        if not self._users.is_complete:
            return
        gone = {key[1] for key in keys if key not in self._users.items} - {key[1] for key in list(self._users.items)}
        self._remove({name for name in gone if not self._ignored.fullmatch(name)})
        there = [self._users.items[key] for key in keys if key in self._users.items]
        wanted: list[tuple[Resource, Wanted]] = []
        for resource in there:
            kafka = self._kafka_of(resource)
            if kafka is None or resource["metadata"].get("deletionTimestamp"):
                continue
            if is_paused(resource):
                self._write(resource, condition("ReconciliationPaused"))
                continue
            try:
                wanted.append((resource, self._wanted(resource, kafka)))
            except InvalidResource as error:
                self._write(resource, condition("NotReady", "True", "InvalidResourceException", str(error)))
        self._carry_out([each for dummy, each in wanted])
        for resource, each in wanted:
            has_secret = _login(resource) in ("scram-sha-512", "tls")
            self._write(resource, condition("Ready"), username=each.principal, **({"secret": each.name} if has_secret else {}))

    def _wanted(self, resource: Resource, kafka: Resource) -> Wanted:
        name, login = str(resource["metadata"]["name"]), _login(resource)
        if login == "tls" and len(name) > LONGEST_CERTIFICATE_NAME:
            raise InvalidResource(TOO_LONG)
        rights = (resource.get("spec") or {}).get("authorization") or {}
        if rights and (((kafka.get("spec") or {}).get("kafka") or {}).get("authorization") or {}).get("type") != "simple":
            raise InvalidResource("Simple authorization ACL rules are configured but not supported in the Kafka cluster configuration.")
        principal = f"CN={name}" if login.startswith("tls") else name
        password = self._password(resource) if login == "scram-sha-512" else None
        if login == "tls":
            self._certificate(resource)
        acls = [binding for rule in rights.get("acls") or [] for binding in bindings_of(rule, principal)]
        return Wanted(name, principal, password, frozenset(acls), limits_of(resource.get("spec") or {}))

    def _password(self, resource: Resource) -> str:
        """That of the Secret which the resource names, else the one that the operator has made up before, else a new one."""
        namespace, name = resource["metadata"]["namespace"], resource["metadata"]["name"]
        own = self._api.secret(namespace, name)
        named = ((((resource["spec"]["authentication"].get("password") or {}).get("valueFrom") or {}).get("secretKeyRef")) or {})
        if named:
            content = self._api.secret(namespace, named["name"])
            if content is None:
                raise InvalidResource(f"Secret {named['name']} with requested user password does not exist.")
            if named["key"] not in content:
                raise InvalidResource(f"Secret {named['name']} does not contain the key {named['key']} with requested user password.")
            if not content[named["key"]]:
                raise InvalidResource("The requested user password is empty.")
            password = content[named["key"]].decode()
        else:
            password = (own or {}).get("password", b"").decode() or new_password()
        jaas = f'org.apache.kafka.common.security.scram.ScramLoginModule required username="{name}" password="{password}";'
        wanted = {"password": password.encode(), "sasl.jaas.config": jaas.encode()}
        if own != wanted:
            self._api.write_secret(resource, name, wanted, _labels(resource))
        return password

    def _certificate(self, resource: Resource) -> None:
        namespace, name = resource["metadata"]["namespace"], resource["metadata"]["name"]
        own = self._api.secret(namespace, name) or {}
        if own.get("ca.crt", b"").decode() != pem(self._clients.certificate) or "user.crt" not in own:
            self._api.write_secret(resource, name, self._clients.user_secret(name), _labels(resource))

    def _carry_out(self, users: Sequence[Wanted]) -> None:
        if not users:
            return
        current: dict[str, set[AclBinding]] = {}
        for binding in self._acls():
            current.setdefault(str(binding.principal).removeprefix("User:"), set()).add(binding)
        passwords = [
            UserScramCredentialUpsertion(user.name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS), user.password.encode())
            for user in users if user.password
        ]  # fmt: skip
        without = [user.name for user in users if not user.password]
        self._alter_credentials(passwords, without)
        self._create([binding for user in users for binding in user.acls - current.get(user.principal, set())])
        surplus = [binding for user in users for binding in current.get(user.principal, set()) - user.acls]
        # a user that changed the kind of its login had another principal
        surplus += [binding for user in users for binding in current.get(_other(user), set())]
        self._delete(surplus)
        self._quotas.write({user.principal: user.quotas for user in users} | {_other(user): {} for user in users})

    def _remove(self, names: set[str]) -> None:
        if not names:
            return
        self._delete([binding for binding in self._acls() if _plain(str(binding.principal)) in names])
        self._alter_credentials([], sorted(names))
        self._quotas.write({principal: {} for name in names for principal in (name, f"CN={name}")})

    def _alter_credentials(self, passwords: Sequence[UserScramCredentialUpsertion], without: Sequence[str]) -> None:
        if without:
            there = self._admin.describe_user_scram_credentials(request_timeout=SECONDS).result()
            without = [name for name in without if name in there]
        changes = [*passwords, *(UserScramCredentialDeletion(name, ScramMechanism.SCRAM_SHA_512) for name in without)]
        if changes:
            _all_done(self._admin.alter_user_scram_credentials(changes, request_timeout=SECONDS))

    def _create(self, bindings: Sequence[AclBinding]) -> None:
        if bindings:
            _all_done(self._admin.create_acls(list(bindings), request_timeout=SECONDS))

    def _delete(self, bindings: Sequence[AclBinding]) -> None:
        filters = [
            AclBindingFilter(each.restype, each.name, each.resource_pattern_type, each.principal, each.host, each.operation, each.permission_type)
            for each in bindings
        ]  # fmt: skip
        if filters:
            _all_done(self._admin.delete_acls(filters, request_timeout=SECONDS))

    def _write(self, resource: Resource, said: Mapping[str, str], **more: str) -> None:
        status = {"conditions": [dict(said)], "observedGeneration": resource["metadata"]["generation"], **more}
        if is_news(resource, status):
            self._api.patch_status(PLURAL, resource, status)


def bindings_of(rule: Mapping[str, Any], principal: str) -> list[AclBinding]:
    """One ACL for each operation of a rule. Old resources say `operation`, and have one."""
    resource = rule["resource"]
    name = "kafka-cluster" if resource["type"] == "cluster" else resource["name"]
    pattern = PATTERN_TYPES[resource.get("patternType") or "literal"]
    permission = AclPermissionType[str(rule.get("type") or "allow").upper()]
    operations = rule.get("operations") or [rule["operation"]]
    return [
        AclBinding(RESOURCE_TYPES[resource["type"]], name, pattern, f"User:{principal}", rule.get("host") or "*", _operation(each), permission)
        for each in operations
    ]  # fmt: skip


def _operation(name: str) -> AclOperation:
    return AclOperation[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()]


def _login(resource: Resource) -> str:
    return str(((resource.get("spec") or {}).get("authentication") or {}).get("type", ""))


def _labels(resource: Resource) -> dict[str, str]:
    labels = {"app.kubernetes.io/managed-by": "strimzi-user-operator", "strimzi.io/kind": "KafkaUser"}
    return {**(resource["metadata"].get("labels") or {}), **labels}


def _plain(principal: str) -> str:
    """The name of the KafkaUser that a principal would belong to."""
    return principal.removeprefix("User:").removeprefix("CN=")


def _other(user: Wanted) -> str:
    return user.name if user.principal != user.name else f"CN={user.name}"


def _all_done(futures: Mapping[Any, Any]) -> None:
    for future in futures.values():
        try:
            future.result()
        except KafkaException as error:
            raise OperatorError(error.args[0].str()) from error
