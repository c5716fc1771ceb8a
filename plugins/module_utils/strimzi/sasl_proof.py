# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proof that nobody is locked out when super users are taken back: a real login, and every configuration looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..configuration.kafka_endpoints import Judged, find_endpoints, judge, no_endpoint
from ..configuration.keys import FAILED, NOT_CHECKED, VERIFIED
from ..configuration.sources import Source, read, source_from
from ..errors import OperationError
from ..kafka.client import open_client
from ..kafka.listener import probe_listener, split_address
from ..kubernetes.client import Cluster
from .client import StrimziClient
from .client_sources import tool_access
from .kafka_login import connection_options
from .resources import Resource
from .super_users import listeners_of

_PROBE_SECONDS = 5.0


@dataclass(frozen=True)
class Proof:
    """What was found: the state of the login, and every address."""

    login: str
    endpoints: tuple[Judged, ...]

    def as_result(self) -> dict[str, Any]:
        return {"login": self.login, "endpoints": [each.as_result() for each in self.endpoints]}


def option_problems(params: Mapping[str, Any]) -> list[str]:
    """What has to be given for a proof."""
    problems = [] if params["user"] else ["user is needed: who shall log in to show that SASL works?"]
    if not params["configuration_files"]:
        problems.append("configuration_files is empty: name the configuration of every client, or those that still need a super user are locked out")
    for number, each in enumerate(params["configuration_files"], 1):
        problems += source_from(each).problems(f"configuration_files[{number}]")
    return problems


def prove(client: StrimziClient, params: Mapping[str, Any], kafka: Resource) -> Proof:
    """Log in, and look at every file.

    :raises OperationError: with all that stands in the way.
    """
    problems = []
    login = VERIFIED
    try:
        _log_in(client, params)
    except OperationError as error:
        login = FAILED
        problems.append(f"the login: {error}")
    judged: list[Judged] = []
    for options in params["configuration_files"]:
        source = source_from(options)
        try:
            judged += _judged(source, params, kafka)
        except OperationError as error:
            problems.append(str(error))
    problems += [f"{each.file}, {each.endpoint.key or 'no key'}: {each.endpoint.address} {each.reason}".replace(":  ", ": ")
                 for each in judged if each.state in (FAILED, NOT_CHECKED)]  # fmt: skip
    proof = Proof(login, tuple(judged))
    if problems:
        advice = "Let these clients use a listener with SASL, and log in there; then run this again. Nothing was changed."
        raise OperationError("show that nobody needs the super user any more", params["cluster"], "; ".join(problems), advice, proof.as_result())
    return proof


def _log_in(client: StrimziClient, params: Mapping[str, Any]) -> None:
    """A real connection with the user's password.

    :raises OperationError: when it does not come about.
    """
    access = tool_access(client, params)[1]
    if not access.mechanism:
        raise OperationError("log in by SASL", access.bootstrap, f"user {params['user']} has no password, listener {access.listener} takes none")
    with open_client(connection_options(access, params["request_timeout"])):
        return


def _judged(source: Source, params: Mapping[str, Any], kafka: Resource) -> Sequence[Judged]:
    tree = read(source, lambda each: _config_map(each, params))
    cluster = listeners_of(kafka)
    found = find_endpoints(tree, cluster, params["endpoint_keys"])
    return [judge(source.name, each, cluster, _ask) for each in found] or [no_endpoint(source.name)]


def _config_map(source: Source, params: Mapping[str, Any]) -> Mapping[str, str]:
    source = replace(source, kubeconfig=source.kubeconfig or params["kubeconfig"], context=source.context or params["context"])
    cluster = Cluster(source.kubeconfig, source.context)
    return cluster.config_map(source.namespace or params["namespace"] or cluster.namespace, str(source.config_map))


def _ask(address: str) -> str:
    """What listens there, asked before any login."""
    try:
        split_address(address)
    except ValueError:
        return f"'{address}' is no address that can be asked"
    seen = probe_listener(address, _PROBE_SECONDS)
    return seen.protocol if seen.is_kafka else str(seen)
