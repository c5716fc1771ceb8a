# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Java's stores. PKCS12 by the library; JKS, and whatever a JDK brings, by the JDK's own keytool.

A password is handed to keytool in its environment, never as an argument. Stores are salted: two with the same content
never have the same bytes, so they are compared by what is in them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import OperationError
from ..library import Library
from .pem import Certificate, described

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12
else:
    x509 = Library("cryptography.x509")
    serialization = Library("cryptography.hazmat.primitives.serialization")
    pkcs12 = Library("cryptography.hazmat.primitives.serialization.pkcs12")

SHORTEST_PASSWORD = 6  # keytool's own rule
_SECONDS = 60
_ENTRY = re.compile(r"^Alias name: (?P<alias>.+?)$.*?(?P<pem>-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----)", re.DOTALL | re.MULTILINE)
_JKS_MAGIC = b"\xfe\xed\xfe\xed"
_STORE = "store"


class Unopened(OperationError):
    """keytool did not do what it was asked, most often because the password is another."""


@dataclass(frozen=True)
class Trusted:
    """One entry of a truststore. ``sha256``: the fingerprint of its certificate."""

    alias: str
    pem: bytes
    sha256: str


@dataclass(frozen=True)
class Jdk:
    """The store of a JDK, its password, and the keytool that reads it."""

    path: str
    password: str = field(repr=False)
    keytool: str | None = None


def named(certificates: Iterable[Certificate], prefix: str) -> list[Trusted]:
    """Certificates with an alias each; the order decides which."""
    return [Trusted(prefix if number == 0 else f"{prefix}-{number + 1}", each.pem, each.sha256) for number, each in enumerate(certificates)]


def pkcs12_truststore(entries: Sequence[Trusted], password: str) -> bytes:
    """A truststore as Java reads it: the entries are marked as trusted."""
    listed = [pkcs12.PKCS12Certificate(x509.load_pem_x509_certificate(each.pem), each.alias.encode()) for each in entries]
    return bytes(pkcs12.serialize_java_truststore(listed, serialization.BestAvailableEncryption(password.encode())))


def pkcs12_keystore(alias: str, key: bytes, chain: Sequence[Certificate], password: str, where: str) -> bytes:
    """A private key (PEM) with its certificate and those above it.

    :raises OperationError: when the key cannot be read, or is not that of the certificate.
    """
    private: Any = _private_key(key, where)
    certificates = [x509.load_pem_x509_certificate(each.pem) for each in chain]
    encryption = serialization.BestAvailableEncryption(password.encode())
    try:
        return bytes(pkcs12.serialize_key_and_certificates(alias.encode(), private, certificates[0], certificates[1:], encryption))
    except ValueError as error:
        raise OperationError("write the keystore", where, str(error)) from error


def _private_key(key: bytes, where: str) -> Any:
    try:
        return serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:
        raise OperationError("read the private key", where, "it is no private key in PEM without a password") from error


def public_key_of(key: bytes, where: str) -> bytes:
    """To recognise a private key without showing anything of it."""
    return _spki(_private_key(key, where).public_key())


def public_key_of_certificate(certificate: Certificate) -> bytes:
    return _spki(x509.load_pem_x509_certificate(certificate.pem).public_key())


def _spki(public: Any) -> bytes:
    return bytes(public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))


def fingerprints(store: bytes, password: str, keytool: str | None = None, by_keytool: bool = False) -> list[str] | None:
    """SHA-256 of every certificate in a store, sorted; None when this password does not open it.

    :param by_keytool: for stores with certificates of others. Some of them are older than the rules that the library goes by.
    """
    if by_keytool or store.startswith(_JKS_MAGIC):
        with tempfile.TemporaryDirectory() as directory:
            path = _written(directory, "store", store)
            try:
                return sorted(each.sha256 for each in entries_of(path, password, find_keytool(keytool)))
            except Unopened:
                return None
    try:
        opened = pkcs12.load_pkcs12(store, password.encode())
    except ValueError:
        return None
    own = [opened.cert] if opened.cert else []
    return sorted(described(each.certificate).sha256 for each in [*own, *opened.additional_certs])


def find_keytool(given: str | None, cacerts: str | None = None) -> str:
    """The JDK's keytool: the one that was named, one beside the JDK's cacerts, or one on PATH.

    :raises OperationError: when there is none.
    """
    beside = [os.path.join(_home_of(cacerts), "bin", "keytool")] if cacerts else []
    candidates = [given] if given else [*beside, shutil.which("keytool") or "keytool", os.path.join(os.environ.get("JAVA_HOME", ""), "bin", "keytool")]
    for each in candidates:
        if os.path.isfile(each) and os.access(each, os.X_OK):
            return each
    advice = "Install a Java runtime where this task runs, name it with keytool, or take truststore_type: pkcs12, which every Java since 8 reads."
    raise OperationError("find the JDK's keytool", ", ".join(candidates), "there is none", advice)


def _home_of(cacerts: str) -> str:
    """``lib/security/cacerts`` is in the JDK's home."""
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(cacerts))))


def entries_of(path: str, password: str, keytool: str) -> list[Trusted]:
    """The certificates of a store of any kind, with their aliases.

    :raises Unopened: in keytool's words.
    """
    command = [keytool, "-list", "-rfc", "-keystore", path, "-storepass:env", "STREAMOPS_STORE"]
    text = _run("read the truststore", path, command, {"STREAMOPS_STORE": password})
    return [Trusted(found["alias"].strip(), found["pem"].encode(), _fingerprint(found["pem"])) for found in _ENTRY.finditer(text)]


def _fingerprint(pem: str) -> str:
    return ":".join(f"{byte:02X}" for byte in hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).digest())


def as_jks(store: bytes, password: str, keytool: str | None = None) -> bytes:
    """A PKCS12 truststore as JKS, converted by keytool."""
    with tempfile.TemporaryDirectory() as directory:  # mode 0700
        source = _written(directory, "store.p12", store)
        return _imported(directory, "JKS", Jdk(source, password, find_keytool(keytool)), password)


def jdk_truststore(jdk: Jdk, entries: Sequence[Trusted], kind: str, password: str) -> bytes:
    """A copy of the JDK's store, of another kind and with a password of its own, with these entries added. The original is only read."""
    there = entries_of(jdk.path, jdk.password, find_keytool(jdk.keytool, jdk.path))
    known, aliases = {each.sha256 for each in there}, {each.alias for each in there}
    with tempfile.TemporaryDirectory() as directory:
        _imported(directory, kind.upper(), jdk, password)
        store = os.path.join(directory, _STORE)
        for each in entries:
            if each.sha256 not in known:
                alias = f"streamops-{each.alias}" if each.alias in aliases else each.alias
                certificate = _written(directory, "certificate.pem", each.pem)
                command = [find_keytool(jdk.keytool, jdk.path), "-importcert", "-noprompt", "-trustcacerts", "-alias", alias, "-file", certificate,
                           "-keystore", store, "-storepass:env", "STREAMOPS_STORE"]  # fmt: skip
                _run("add the CA to the copy of the JDK's truststore", jdk.path, command, {"STREAMOPS_STORE": password})
        with open(store, "rb") as stream:
            return stream.read()


def _imported(directory: str, kind: str, source: Jdk, password: str) -> bytes:
    """All of a store in a new one."""
    target = os.path.join(directory, _STORE)
    names = ["-srckeystore", source.path, "-srcstorepass:env", "STREAMOPS_SOURCE",
             "-destkeystore", target, "-deststoretype", kind, "-deststorepass:env", "STREAMOPS_STORE"]  # fmt: skip
    command = [find_keytool(source.keytool, source.path), "-importkeystore", "-noprompt", *names]
    _run("copy the truststore", source.path, command, {"STREAMOPS_STORE": password, "STREAMOPS_SOURCE": source.password})
    with open(target, "rb") as stream:
        return stream.read()


def _written(directory: str, name: str, content: bytes) -> str:
    path = os.path.join(directory, name)
    with open(path, "wb") as stream:
        stream.write(content)
    return path


def _run(attempted: str, on: str, command: Sequence[str], environment: dict[str, str]) -> str:
    """keytool's output, in English whatever the machine speaks: its lines are read."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "JAVA_TOOL_OPTIONS": "-Duser.language=en -Duser.country=US", **environment}
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False, env=environment, text=True)
    except subprocess.TimeoutExpired as error:
        raise OperationError(attempted, on, f"keytool did not end within {_SECONDS} s") from error
    except OSError as error:
        raise OperationError(attempted, on, str(error)) from error
    if done.returncode:
        said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip() and not line.startswith("Picked up")]
        raise Unopened(attempted, on, said[0] if said else f"keytool ended with {done.returncode}")
    return done.stdout
