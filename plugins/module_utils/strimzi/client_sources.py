# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of strimzi_client_files to what a client needs: the cluster's resources, an endpoint's certificates, a JDK's cacerts."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..certificates.endpoint import chain_of, fingerprint, to_trust, unknown
from ..certificates.pem import Certificate, certificates_in
from ..certificates.stores import SHORTEST_PASSWORD, Jdk, named
from ..errors import InputError, OperationError
from ..files.private import PrivateDirectory
from ..kafka.listener import address_problems
from .client import StrimziClient, open_strimzi
from .client_access import TLS, Access, AccessReader, Listener, Login, listener_of
from .client_files import ALL_NAMES, CA_FILE, CONFIGURATIONS, KINDS, Stores, key_problem
from .resources import Resource

Read = TypeVar("Read")


@dataclass(frozen=True)
class Sources:
    """What was found. ``shown``: the certificates that the endpoint showed; ``warnings`` are for people."""

    access: Access
    shown: tuple[Certificate, ...] = ()
    warnings: tuple[str, ...] = ()


def option_problems(params: Mapping[str, Any]) -> list[str]:
    """What can never work."""
    problems = []
    for option in ("endpoint", "bootstrap_servers"):
        problems += [f"{option}: {each}" for each in address_problems((params[option] or "").split(","))] if params[option] else []
    if not params["cluster"] and not params["endpoint"]:
        problems.append("cluster or endpoint is needed: from where shall the certificates be taken?")
    if not params["cluster"]:
        problems += [f"{option} goes with cluster" for option in ("user", "listener") if params[option]]
    if params["endpoint_fingerprints"] and not params["endpoint"]:
        problems.append("endpoint_fingerprints goes with endpoint")
    if not params["files"]:
        problems.append(f"files is empty: choose some of {', '.join(KINDS)}")
    if params["store_password"] is not None and len(params["store_password"]) < SHORTEST_PASSWORD:
        problems.append(f"store_password has fewer than {SHORTEST_PASSWORD} characters, Java refuses that")
    if params["jdk_cacerts"] and not os.path.isfile(params["jdk_cacerts"]):
        problems.append(f"jdk_cacerts: there is no file {params['jdk_cacerts']}")
    elif params["jdk_cacerts"] and os.path.realpath(params["jdk_cacerts"]) in {os.path.realpath(f"{params['directory']}/{name}") for name in ALL_NAMES}:
        problems.append(f"jdk_cacerts: {params['jdk_cacerts']} is the truststore that would be written, name the JDK's own")
    return problems


def find(params: Mapping[str, Any], directory: PrivateDirectory) -> Sources:
    """Read everything.

    :raises InputError: with every problem there is.
    """
    problems = [*option_problems(params), *filter(None, [directory.problem()])]
    if problems:
        raise InputError(problems)
    listener, reader = Listener("", bool(params["endpoint"]), "", params["endpoint"] or ""), None
    if params["cluster"]:
        reader = AccessReader(open_strimzi(params), params["cluster"], params["api_version"])
        listener = listener_of(reader.kafka, params["listener"])
    bootstrap = params["bootstrap_servers"] or listener.bootstrap
    problems += _listener_problems(params, listener, bootstrap, reader)
    shown: list[Certificate] = []
    if params["endpoint"] and listener.tls:
        shown = _tried(problems, lambda: chain_of(params["endpoint"]), shown)
    trusted = to_trust(shown)
    if reader is not None and listener.tls and not params["endpoint"]:
        trusted = _tried(problems, lambda: reader.authorities(listener), [])
    login = _tried(problems, lambda: reader.login(params["user"], listener.authentication), Login()) if reader is not None and params["user"] else Login()
    access = Access(bootstrap, listener.tls, tuple(trusted), login, listener.name)
    problems += _login_problems(params, access)
    problems += _endpoint_problems(params, directory, trusted) if shown else []
    if problems:
        raise InputError(problems)
    return Sources(access, tuple(shown), tuple(_endpoint_warnings(params, trusted)) if shown else ())


def _tried(problems: list[str], read: Callable[[], Read], without: Read) -> Read:
    """What can be read; else the problem is noted."""
    try:
        return read()
    except OperationError as error:
        problems.append(str(error))
        return without


def _listener_problems(params: Mapping[str, Any], listener: Listener, bootstrap: str, reader: AccessReader | None) -> list[str]:
    problems = []
    if params["endpoint"] and not listener.tls:
        problems.append(f"listener {listener.name} has no TLS: there are no certificates to take from endpoint")
    asked = set(params["files"])
    if not listener.tls and asked & {"ca", "truststore"}:
        problems.append(f"listener {listener.name} has no TLS: there is nothing for {', '.join(sorted(asked & {'ca', 'truststore'}))} in files")
    if reader is None or not asked & CONFIGURATIONS:
        return problems
    if not bootstrap:
        problems.append(f"the operator has not given an address of listener {listener.name} yet: {reader.not_ready()}")
    if listener.authentication == "oauth":
        problems.append(f"listener {listener.name} wants OAuth: no configuration is written for that, leave {', '.join(sorted(CONFIGURATIONS))} out of files")
    elif listener.authentication and not params["user"]:
        problems.append(f"listener {listener.name} wants a login ({listener.authentication}): say whose with user")
    elif not listener.authentication and params["user"]:
        problems.append(f"listener {listener.name} has no login: leave user out, or choose another listener")
    return problems


def _login_problems(params: Mapping[str, Any], access: Access) -> list[str]:
    asked = set(params["files"]) & {"user", "keystore"}
    problems = []
    if asked and not access.login.key:
        problems.append(f"there is no certificate of a user for {', '.join(sorted(asked))} in files: that takes a user with authentication: {TLS}")
    if access.login.key:
        found: list[str] = []
        mismatch = _tried(found, lambda: key_problem(access, f"Secret of {access.login.username}"), "")
        problems += [*found, *filter(None, [mismatch])]
    return problems


def _endpoint_problems(params: Mapping[str, Any], directory: PrivateDirectory, trusted: Collection[Certificate]) -> list[str]:
    """Trust is on first use: what is shown later must be the same, or be expected."""
    expected = params["endpoint_fingerprints"]
    if expected:
        return [f"endpoint {params['endpoint']} shows {_told(each)}, which is none of endpoint_fingerprints" for each in unknown(trusted, expected)]
    there = directory.read(CA_FILE)
    kept = {each.sha256 for each in _certificates(there)} if there else set()
    strangers = [each for each in trusted if kept and each.sha256 not in kept]
    return [f"endpoint {params['endpoint']} shows {_told(each)} now, which is not in {directory.path}/{CA_FILE} of an earlier run: if that is right, "
            f"name it in endpoint_fingerprints ({each.sha256})" for each in strangers]  # fmt: skip


def _endpoint_warnings(params: Mapping[str, Any], trusted: Collection[Certificate]) -> Iterable[str]:
    known = {fingerprint(each) for each in params["endpoint_fingerprints"]}
    for each in trusted:
        if each.sha256 not in known:
            yield (f"trust on first use: {params['endpoint']} showed {_told(each)}, and nobody vouched for it. Compare the fingerprint with the owner's, "
                   "and name it in endpoint_fingerprints.")  # fmt: skip
        if not each.is_self_signed:
            yield f"{params['endpoint']} did not show the root that issued {each.subject}: Java trusts it as it is, OpenSSL and librdkafka do not"


def _told(certificate: Certificate) -> str:
    return f"{certificate.subject} (issued by {certificate.issuer}, valid until {certificate.not_after}, SHA256 {certificate.sha256})"


def _certificates(text: bytes) -> list[Certificate]:
    try:
        return certificates_in(text, CA_FILE)
    except OperationError:
        return []


def stores_of(params: Mapping[str, Any], access: Access, password: str) -> Stores:
    """How Java's stores are to be made."""
    ours = named(access.trusted, f"{params['cluster'] or (params['endpoint'] or '').rpartition(':')[0]}-ca")
    jdk = Jdk(params["jdk_cacerts"], params["jdk_cacerts_password"], params["keytool"]) if params["jdk_cacerts"] else None
    return Stores(params["truststore_type"], password, ours, params["keytool"], jdk)


def tool_access(client: StrimziClient, params: Mapping[str, Any]) -> tuple[Resource, Access]:
    """The Kafka resource, and what Kafka's tools need to connect to one of its listeners.

    :raises InputError: with every problem there is.
    """
    reader = AccessReader(client, params["cluster"], params["api_version"])
    listener = listener_of(reader.kafka, params["listener"])
    bootstrap = params["bootstrap_servers"] or listener.bootstrap
    problems = _listener_problems({**params, "endpoint": None, "files": ["java"]}, listener, bootstrap, reader)
    trusted: list[Certificate] = []
    if listener.tls:
        trusted = _tried(problems, lambda: reader.authorities(listener), trusted)
    login = _tried(problems, lambda: reader.login(params["user"], listener.authentication), Login()) if params["user"] else Login()
    if problems:
        raise InputError(problems)
    return reader.kafka, Access(bootstrap, listener.tls, tuple(trusted), login, listener.name)
