# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates as PEM, and what people want to know of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import OperationError
from ..library import Library

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
else:
    x509 = Library("cryptography.x509")
    hashes = Library("cryptography.hazmat.primitives.hashes")
    serialization = Library("cryptography.hazmat.primitives.serialization")

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Certificate:
    """One certificate. ``sha256`` is its fingerprint as ``openssl x509 -fingerprint -sha256`` writes it."""

    pem: bytes
    subject: str
    issuer: str
    sha256: str
    not_after: str
    is_authority: bool

    @property
    def is_self_signed(self) -> bool:
        return self.subject == self.issuer

    def as_result(self) -> dict[str, Any]:
        return {"subject": self.subject, "issuer": self.issuer, "sha256": self.sha256, "not_after": self.not_after, "authority": self.is_authority}


def certificates_in(text: bytes, where: str) -> list[Certificate]:
    """Every certificate of a PEM text, each once, in order.

    :param where: what the error calls it.
    :raises OperationError: when there is none, or one cannot be read.
    """
    found: dict[str, Certificate] = {}
    for block in _BLOCK.findall(text):
        try:
            each = described(x509.load_pem_x509_certificate(block))
        except ValueError as error:
            raise OperationError("read the certificates", where, str(error)) from error
        found[each.sha256] = each
    if not found:
        raise OperationError("read the certificates", where, "there is no certificate in it (PEM, -----BEGIN CERTIFICATE-----)")
    return list(found.values())


def described(certificate: Any) -> Certificate:
    """A certificate of the library as one of ours."""
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    end = getattr(certificate, "not_valid_after_utc", None) or certificate.not_valid_after
    return Certificate(
        pem, certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string(),
        ":".join(f"{byte:02X}" for byte in certificate.fingerprint(hashes.SHA256())), f"{end:%Y-%m-%dT%H:%M:%SZ}", _is_authority(certificate),
    )  # fmt: skip


def pem_text(certificates: Iterable[Certificate]) -> bytes:
    return b"".join(each.pem for each in certificates)


def _is_authority(certificate: Any) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False
