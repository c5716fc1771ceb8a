# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a client needs: which, what stands in them, and what of that may be shown. Pure, but for Java's stores."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from ..certificates.pem import Certificate, certificates_in, pem_text
from ..certificates.stores import (
    Jdk,
    Trusted,
    as_jks,
    entries_of,
    find_keytool,
    fingerprints,
    jdk_truststore,
    pkcs12_keystore,
    pkcs12_truststore,
    public_key_of,
    public_key_of_certificate,
)
from ..configuration.parsers import SyntaxProblem, parse
from ..errors import OperationError
from ..kafka.connection import is_secret
from ..kafka.pod_tools.login import jaas_configuration, properties_text
from .client_access import Access

CA, USER, TRUSTSTORE, KEYSTORE, JAVA, LIBRDKAFKA, KCAT = "ca", "user", "truststore", "keystore", "java", "librdkafka", "kcat"
KINDS = [CA, USER, TRUSTSTORE, KEYSTORE, JAVA, LIBRDKAFKA, KCAT]
CONFIGURATIONS = frozenset({JAVA, LIBRDKAFKA, KCAT})
PASSWORD_FILE = "store.password"
CA_FILE, CERTIFICATE_FILE, KEY_FILE = "ca.crt", "user.crt", "user.key"
KEYSTORE_FILE = "keystore.p12"
TRUSTSTORE_FILES = {"pkcs12": "truststore.p12", "jks": "truststore.jks"}
CONFIGURATION_FILES = {JAVA: "client.properties", LIBRDKAFKA: "librdkafka.conf", KCAT: "kcat.conf"}
ALL_NAMES = frozenset({CA_FILE, CERTIFICATE_FILE, KEY_FILE, KEYSTORE_FILE, PASSWORD_FILE, *TRUSTSTORE_FILES.values(), *CONFIGURATION_FILES.values()})
MASKED = "********"
_KEY_ALIAS = "user"

Summary = Mapping[str, object]


@dataclass(frozen=True)
class Stores:
    """How Java's stores are made.

    :param jdk: a JDK's store; then the truststore is a copy of it with ``trusted`` added.
    """

    kind: str
    password: str = field(repr=False)
    trusted: Sequence[Trusted] = ()
    keytool: str | None = None
    jdk: Jdk | None = None

    @property
    def truststore_file(self) -> str:
        return TRUSTSTORE_FILES[self.kind]


def needed(wanted: Collection[str], access: Access) -> list[str]:
    """What is wanted, and what that refers to."""
    kinds = set(wanted)
    if access.tls:
        kinds |= {TRUSTSTORE} if JAVA in kinds else set()
        kinds |= {CA} if kinds & {LIBRDKAFKA, KCAT} else set()
    if access.login.key:
        kinds |= {KEYSTORE} if JAVA in kinds else set()
        kinds |= {USER} if kinds & {LIBRDKAFKA, KCAT} else set()
    return [kind for kind in KINDS if kind in kinds]


def needs_password(kinds: Collection[str]) -> bool:
    return bool({TRUSTSTORE, KEYSTORE} & set(kinds))


def texts(kinds: Collection[str], access: Access, stores: Stores, directory: str) -> dict[str, bytes]:
    """The content of each file that is no store.

    :param directory: where the files are for the client that reads them.
    """
    found: dict[str, bytes] = {}
    if CA in kinds:
        found[CA_FILE] = pem_text(access.trusted)
    if USER in kinds:
        found |= {CERTIFICATE_FILE: pem_text(access.login.chain), KEY_FILE: access.login.key}
    if needs_password(kinds):
        found[PASSWORD_FILE] = f"{stores.password}\n".encode()
    if JAVA in kinds:
        found[CONFIGURATION_FILES[JAVA]] = properties_text(java_properties(access, stores, directory)).encode()
    for kind in (LIBRDKAFKA, KCAT):
        if kind in kinds:
            found[CONFIGURATION_FILES[kind]] = _lines(librdkafka_properties(access, directory)).encode()
    return found


def java_properties(access: Access, stores: Stores, directory: str) -> dict[str, str]:
    """client.properties of the Java client."""
    properties = {"bootstrap.servers": access.bootstrap, "security.protocol": access.protocol.upper()}
    if access.mechanism:
        properties["sasl.mechanism"] = access.mechanism.upper()
        properties["sasl.jaas.config"] = jaas_configuration(access.mechanism, access.login.username, access.login.password)
    if access.tls:
        properties["ssl.truststore.location"] = f"{directory}/{stores.truststore_file}"
        properties["ssl.truststore.type"] = stores.kind.upper()
        properties["ssl.truststore.password"] = stores.password
    if access.login.key:
        properties["ssl.keystore.location"] = f"{directory}/{KEYSTORE_FILE}"
        properties["ssl.keystore.type"] = "PKCS12"
        properties["ssl.keystore.password"] = stores.password
        properties["ssl.key.password"] = stores.password
    return properties


def librdkafka_properties(access: Access, directory: str) -> dict[str, str]:
    """The same for librdkafka, and so for confluent-kafka and kcat."""
    properties = {"bootstrap.servers": access.bootstrap, "security.protocol": access.protocol}
    if access.mechanism:
        properties |= {"sasl.mechanism": access.mechanism.upper(), "sasl.username": access.login.username, "sasl.password": access.login.password}
    if access.tls:
        properties["ssl.ca.location"] = f"{directory}/{CA_FILE}"
    if access.login.key:
        properties |= {"ssl.certificate.location": f"{directory}/{CERTIFICATE_FILE}", "ssl.key.location": f"{directory}/{KEY_FILE}"}
    return properties


def _lines(properties: Mapping[str, str]) -> str:
    """``key=value`` to the end of the line: this format has no escapes."""
    broken = [key for key, value in properties.items() if value != value.strip() or "\n" in value]
    if broken:
        raise OperationError("write a configuration for librdkafka", ", ".join(broken), "the value begins or ends with a blank, or has several lines")
    return "".join(f"{key}={value}\n" for key, value in properties.items())


def truststore(stores: Stores) -> bytes:
    """A new truststore."""
    if stores.jdk is not None:
        return jdk_truststore(stores.jdk, stores.trusted, stores.kind, stores.password)
    written = pkcs12_truststore(stores.trusted, stores.password)
    return as_jks(written, stores.password, stores.keytool) if stores.kind == "jks" else written


def keystore(access: Access, stores: Stores, where: str) -> bytes:
    """A new keystore."""
    return pkcs12_keystore(_KEY_ALIAS, access.login.key, access.login.chain, stores.password, where)


def key_problem(access: Access, where: str) -> str:
    """Why the user's key would not do; empty when it will."""
    if not access.login.key:
        return ""
    is_pair = public_key_of(access.login.key, where) == public_key_of_certificate(access.login.chain[0])
    return "" if is_pair else f"{where}: user.key is not the key of user.crt"


def truststore_summary(content: bytes, stores: Stores) -> Summary:
    """What is in the truststore, to compare and to show: ``opens`` is False when it has another password."""
    if stores.jdk is None:
        return store_summary(content, stores)
    found = fingerprints(content, stores.password, find_keytool(stores.jdk.keytool, stores.jdk.path), by_keytool=True)
    return {"certificates": found, "opens": True} if found is not None else {"opens": False}


def store_summary(content: bytes, stores: Stores) -> Summary:
    """The same of a store with nothing of a JDK's in it."""
    found = fingerprints(content, stores.password, stores.keytool)
    return {"certificates": found, "opens": True} if found is not None else {"opens": False}


def wanted_truststore(stores: Stores) -> Summary:
    """The same of the truststore that is wanted.

    :raises OperationError: when the JDK's store cannot be read.
    """
    wanted = {each.sha256 for each in stores.trusted}
    if stores.jdk is not None:
        wanted |= {each.sha256 for each in entries_of(stores.jdk.path, stores.jdk.password, find_keytool(stores.jdk.keytool, stores.jdk.path))}
    return {"certificates": sorted(wanted), "opens": True}


def wanted_keystore(access: Access) -> Summary:
    return {"certificates": sorted(each.sha256 for each in access.login.chain), "opens": True}


def text_summary(name: str, content: bytes) -> Summary:
    """What of a file may be shown."""
    if name in (CA_FILE, CERTIFICATE_FILE):
        return {"certificates": [_short(each) for each in _certificates(content)]}
    if name == KEY_FILE:
        return {"public_key_sha256": _key_digest(content)}
    if name == PASSWORD_FILE:
        return {"password": MASKED}
    try:
        properties = parse(content.decode(errors="replace"), "properties")[0]
    except SyntaxProblem as error:
        return {"unreadable": str(error)}
    return {key: MASKED if is_secret(key) else value for key, value in properties.items()}


def _certificates(content: bytes) -> list[Certificate]:
    try:
        return certificates_in(content, "the file")
    except OperationError:
        return []


def _short(certificate: Certificate) -> dict[str, str]:
    return {"subject": certificate.subject, "sha256": certificate.sha256, "not_after": certificate.not_after}


def _key_digest(content: bytes) -> str:
    try:
        return hashlib.sha256(public_key_of(content, "the file")).hexdigest()
    except OperationError:
        return "unreadable"
