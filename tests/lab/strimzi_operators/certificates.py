# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster CA and the clients CA, the broker's certificate, and those of users."""

from __future__ import annotations

import datetime
import ipaddress
import secrets
import string
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 365
KEY_BITS = 2048
HOSTS = ("localhost",)
ADDRESSES = ("127.0.0.1",)


def create(directory: Path) -> None:
    """Both authorities and the broker's certificate, unless they are there. `broker.pem` is written last."""
    if (directory / "broker.pem").exists():
        return
    for name in ("cluster-ca", "clients-ca"):
        authority = Authority.new(f"{name} v0")
        _write(directory / f"{name}.key", _private_pem(authority.key))
        _write(directory / f"{name}.crt", pem(authority.certificate))
    cluster = Authority.read(directory / "cluster-ca.crt", directory / "cluster-ca.key")
    key, certificate = cluster.issue("lab-kafka", is_server=True)
    _write(directory / "broker.pem", _private_pem(key) + pem(certificate) + pem(cluster.certificate))


@dataclass(frozen=True)
class Authority:
    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls, name: str) -> Authority:
        key = _new_key()
        subject = _name(name)
        certificate = (
            _begin(key, subject, subject)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signs_certificates(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def read(cls, certificate: Path, key: Path) -> Authority:
        loaded = load_pem_private_key(key.read_bytes(), None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        return cls(loaded, x509.load_pem_x509_certificate(certificate.read_bytes()))

    def issue(self, common_name: str, is_server: bool = False) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
        key = _new_key()
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH] + ([ExtendedKeyUsageOID.SERVER_AUTH] if is_server else [])
        begun = (
            _begin(key, _name(common_name, "io.strimzi" if is_server else None), self.certificate.subject)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        if is_server:
            names = [*map(x509.DNSName, HOSTS), *(x509.IPAddress(ipaddress.ip_address(each)) for each in ADDRESSES)]
            begun = begun.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return key, begun.sign(self.key, hashes.SHA256())

    def user_secret(self, user: str) -> dict[str, bytes]:
        """The content of the Secret of a user that logs in by a certificate."""
        key, certificate = self.issue(user)
        password = new_password().encode()
        store = pkcs12.serialize_key_and_certificates(user.encode(), key, certificate, None, BestAvailableEncryption(password))
        return {
            "ca.crt": pem(self.certificate).encode(),
            "user.crt": pem(certificate).encode(),
            "user.key": _private_pem(key).encode(),
            "user.p12": store,
            "user.password": password,
        }


def trust_secret(certificate: str) -> dict[str, bytes]:
    """The content of the Secret of a CA: its certificate, and the same as a store that Java trusts."""
    password = new_password().encode()
    trusted = pkcs12.PKCS12Certificate(x509.load_pem_x509_certificate(certificate.encode()), b"ca.crt")
    store = pkcs12.serialize_java_truststore([trusted], BestAvailableEncryption(password))
    return {"ca.crt": certificate.encode(), "ca.p12": store, "ca.password": password}


def new_password(length: int = 32) -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for position in range(length))


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, KEY_BITS)


def _begin(key: rsa.RSAPrivateKey, subject: x509.Name, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
    )


def _signs_certificates() -> x509.KeyUsage:
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    rest = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **rest)


def _name(common_name: str, organization: str | None = "io.strimzi") -> x509.Name:
    """A user's certificate names nothing but the user: its principal is `User:CN=name`."""
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
