# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of one lab: made once, valid for this cluster only, private keys readable by their owner only."""

from __future__ import annotations

import datetime
import ipaddress
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab import files

VALID_DAYS = 730
NODE = "127.0.0.1"  # a host name would have to resolve
HOSTS = ("localhost", "kubernetes.default.svc")
ADDRESSES = ("127.0.0.1", "10.96.0.1")  # the second is the API server's Service

# Who: name of the files -> (common name, organization). Kubernetes takes them for user and group.
IDENTITIES = {
    "etcd": ("etcd", None),
    "apiserver": ("kube-apiserver", None),
    "apiserver-as-client": ("kube-apiserver", "system:masters"),
    "kubelet-server": (NODE, None),
    "kubelet": (f"system:node:{NODE}", "system:nodes"),
    "controllers": ("system:kube-controller-manager", None),
    "administrator": ("administrator", "system:masters"),
}
WITH_KUBECONFIG = ("kubelet", "controllers", "administrator")


def create(directory: Path, api: str) -> None:
    """All certificates and kubeconfigs, unless they are there. Built beside and renamed: all or none."""
    if directory.exists():
        return
    draft = directory.with_name(f"{directory.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    files.private_directory(draft)
    authority = Authority()
    _write(draft, "ca", authority.key, authority.certificate)
    for name, (common_name, organization) in IDENTITIES.items():
        key = new_key()
        _write(draft, name, key, authority.issue(key, common_name, organization))
    tokens = new_key()  # signs the tokens of service accounts
    files.write(draft / "tokens.key", private_pem(tokens))
    public = tokens.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    files.write(draft / "tokens.pub", public.decode())
    for name in WITH_KUBECONFIG:
        login = {f"client-{kind}-data": _base64(draft / f"{name}.{end}") for kind, end in (("certificate", "crt"), ("key", "key"))}
        files.write(draft / f"{name}.kubeconfig", kubeconfig(api, (draft / "ca.crt").read_bytes(), login))
    draft.rename(directory)


def kubeconfig(api: str, authority: bytes, login: dict[str, str], namespace: str = "default") -> str:
    """Self-contained, so that it may be copied. `login` is the user entry: certificate and key, or a token."""
    cluster = {"server": f"https://{api}", "certificate-authority-data": b64encode(authority).decode()}
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": cluster}],
        "users": [{"name": "lab", "user": login}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "lab", "namespace": namespace}}],
        "current-context": "lab",
    }
    return yaml.safe_dump(document, sort_keys=False)


class Authority:
    def __init__(self) -> None:
        self.key = new_key()
        self._name = _name("streamops-lab", None)
        self.certificate = (
            self._begin(self.key, self._name)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signs_certificates(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def issue(self, key: ec.EllipticCurvePrivateKey, common_name: str, organization: str | None) -> x509.Certificate:
        """For both ends of a connection: etcd is its own client, and one kind of certificate is enough for a lab."""
        names = [x509.DNSName(host) for host in HOSTS]
        addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in ADDRESSES]
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        return (
            self._begin(key, _name(common_name, organization))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def _begin(self, key: ec.EllipticCurvePrivateKey, subject: x509.Name) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        )


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _signs_certificates() -> x509.KeyUsage:
    """Strict clients (Python 3.13 and newer) insist on it."""
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    rest = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(key_cert_sign=True, crl_sign=True, **rest)


def _name(common_name: str, organization: str | None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _write(directory: Path, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    files.write(directory / f"{name}.key", private_pem(key))
    files.write(directory / f"{name}.crt", pem(certificate))


def _base64(path: Path) -> str:
    return b64encode(path.read_bytes()).decode()
