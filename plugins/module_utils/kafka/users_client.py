# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests about SCRAM credentials: read them, try a login, carry a plan out, see it done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ..errors import OperationError
from ..plan import Change
from ..wait import wait_until
from .client import KafkaClient, LoginRefused
from .connection import Connection
from .listener import Listener, probe_listener
from .refusal import Refusal
from .users import CredentialName, WantedUser

try:
    from confluent_kafka.admin import (
        ScramCredentialInfo,
        ScramMechanism,
        UserScramCredentialAlteration,
        UserScramCredentialDeletion,
        UserScramCredentialUpsertion,
    )
except ImportError:  # KafkaClient says so
    pass

_LOGINS_AT_ONCE = 8


@dataclass(frozen=True)
class LoginListener:
    """Where a login can be tried, and with which of the mechanisms."""

    connection: Connection
    mechanisms: frozenset[str]


def read_users(client: KafkaClient, names: Iterable[str] | None = None) -> dict[CredentialName, int]:
    """Iterations of each credential of these users, or of all. One request. Kafka tells nothing of the passwords."""
    client.require("describe", "read the SCRAM credentials")
    asked = None if names is None else sorted(set(names))
    if asked == []:
        return {}
    # One future for all users, or one for each that is named.
    answers: Any = client.admin.describe_user_scram_credentials(asked, request_timeout=client.timeout)
    if asked is None:
        found = client.result("read the SCRAM credentials", answers)
    else:
        found, refused = client.refusals(answers)
        real = {name: refusal for name, refusal in refused.items() if refusal.code != "RESOURCE_NOT_FOUND"}
        if real:
            raise client.failure_of_many("read the SCRAM credentials", real)
    return {
        CredentialName(user.user, info.mechanism.name.lower().replace("_", "-")): info.iterations
        for user in found.values() for info in user.scram_credential_infos
    }


def login_listener(connection: Connection, addresses: list[str]) -> LoginListener | None:
    """The listener on which logins are tried: the given one, or that of the connection when it is one that logs in.

    :raises OperationError: when no login can be made on the given one.
    """
    given = [part.strip() for entry in addresses for part in entry.split(",") if part.strip()]
    if not given and not connection.protocol.startswith("sasl_"):
        return None
    probed: list[Listener] = []
    for address in given or connection.bootstrap:
        probed.append(probe_listener(address))
        if probed[-1].mechanisms:
            break
    else:
        raise OperationError("find out whether passwords change", ",".join(given or connection.bootstrap), "; ".join(map(str, probed)),
                             "Give the addresses of a listener with SCRAM login in verify_bootstrap_servers.")
    is_encrypted = connection.protocol.endswith("ssl")  # then nothing goes out in the clear here either, whatever the probe was told
    config = {**connection.config, "bootstrap.servers": ",".join(given or connection.bootstrap),
              "security.protocol": "sasl_ssl" if is_encrypted else probed[-1].protocol}
    return LoginListener(Connection(config, connection.timeout, connection.secrets), frozenset(name.lower() for name in probed[-1].mechanisms))


def try_logins(listener: LoginListener | None, wanted: Iterable[WantedUser], current: Mapping[CredentialName, int]) -> dict[CredentialName, bool]:
    """Whether the cluster accepts each wanted password, for the credentials that exist and can be tried."""
    if listener is None:
        return {}
    tried = [user for user in wanted if user.state == "present" and user.credential in current and user.credential.mechanism in listener.mechanisms]
    if not tried:
        return {}
    with ThreadPoolExecutor(_LOGINS_AT_ONCE) as pool:
        return dict(zip([user.credential for user in tried], pool.map(lambda user: _is_accepted(listener, user), tried)))


def apply_changes(
    client: KafkaClient, changes: Mapping[CredentialName, Change], wanted: Iterable[WantedUser], listener: LoginListener | None
) -> dict[CredentialName, Refusal]:
    """Make every change, and wait until the cluster shows it and accepts the new passwords; what was refused."""
    users = {user.credential: user for user in wanted if user.state == "present"}
    refused: dict[CredentialName, Refusal] = {}
    for names in _rounds(changes):
        alterations = [_alteration(name, changes[name], users) for name in names.values()]
        _done, not_done = client.refusals(client.admin.alter_user_scram_credentials(alterations, request_timeout=client.timeout))
        refused |= {names[user]: refusal for user, refusal in not_done.items()}
    done = {name: change.after and change.after["iterations"] for name, change in changes.items() if name not in refused}
    _wait_until_visible(client, done)
    _wait_until_accepted(listener, [users[name] for name in done if name in users], client.timeout)
    return refused


def _is_accepted(listener: LoginListener, user: WantedUser) -> bool:
    config = {**listener.connection.config, "sasl.username": user.name, "sasl.password": user.password,
              "sasl.mechanism": user.credential.mechanism.upper()}
    try:
        KafkaClient(Connection(config, listener.connection.timeout, listener.connection.secrets | {user.password or ""})).close()
    except LoginRefused:
        return False
    return True


def _rounds(changes: Iterable[CredentialName]) -> list[dict[str, CredentialName]]:
    """The changes by user, in as many requests as one user has changes: Kafka takes one of each user at a time."""
    rounds: list[dict[str, CredentialName]] = []
    for name in changes:
        free = next((names for names in rounds if name.user not in names), None)
        if free is None:
            free = {}
            rounds.append(free)
        free[name.user] = name
    return rounds


def _alteration(name: CredentialName, change: Change, users: Mapping[CredentialName, WantedUser]) -> UserScramCredentialAlteration:
    mechanism = ScramMechanism[name.mechanism.upper().replace("-", "_")]
    if change.after is None:
        return UserScramCredentialDeletion(name.user, mechanism)
    iterations = change.after["iterations"]
    if not isinstance(iterations, int):
        raise TypeError(f"iterations are a number, not {iterations!r}")
    password = users[name].password or ""
    return UserScramCredentialUpsertion(name.user, ScramCredentialInfo(mechanism, iterations), password.encode())  # librdkafka draws the salt


def _wait_until_visible(client: KafkaClient, wanted: Mapping[CredentialName, object]) -> None:
    """Wait until each credential has these iterations, or (None) is gone."""
    if not wanted:
        return

    def unseen() -> list[str]:
        seen = read_users(client, [name.user for name in wanted])
        return [str(name) for name, iterations in wanted.items() if seen.get(name) != iterations]

    wait_until("see the changed SCRAM credentials", unseen, lambda left: not left, client.timeout,
               describe=lambda left: f"not yet visible: {', '.join(left[:10])}")


def _wait_until_accepted(listener: LoginListener | None, changed: list[WantedUser], timeout: float) -> None:
    """What Kafka shows of a credential does not tell an old password from a new one; a login does."""
    if listener is None:
        return

    def refused() -> list[str]:
        accepted = try_logins(listener, changed, {user.credential: 0 for user in changed})
        return [str(name) for name, is_accepted in accepted.items() if not is_accepted]

    wait_until("log in with the new passwords", refused, lambda left: not left, timeout,
               describe=lambda left: f"not yet accepted: {', '.join(left[:10])}")
