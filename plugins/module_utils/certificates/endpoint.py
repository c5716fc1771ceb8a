# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates that a server shows, as ``openssl s_client -showcerts`` does: nobody vouches for them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence

from ..errors import OperationError
from ..kafka.listener import split_address
from .pem import Certificate, certificates_in

_SECONDS = 30


def chain_of(address: str) -> list[Certificate]:
    """What the server at ``host:port`` sends, its own certificate first.

    :raises OperationError: when nobody answers there, or not with TLS.
    """
    host, dummy = split_address(address)
    command = ["openssl", "s_client", "-showcerts", "-connect", address, "-servername", host]
    attempted = "read the certificates that the server shows"
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
    except FileNotFoundError as error:
        raise OperationError(attempted, address, "there is no program openssl here", "Install it where this task runs.") from error
    except subprocess.TimeoutExpired as error:
        raise OperationError(attempted, address, f"no answer within {_SECONDS} s", "Check the address, and that a firewall lets it through.") from error
    if b"-----BEGIN CERTIFICATE-----" not in done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        answered = next((line for line in said if "error" in line.lower() or "connect" in line.lower()), said[-1] if said else "it ended without a word")
        raise OperationError(attempted, address, answered, "Is this a listener with TLS (tls: true), and the port right?")
    return certificates_in(done.stdout, address)


def to_trust(chain: Sequence[Certificate]) -> list[Certificate]:
    """Of what a server shows: the authorities when there are any, else its own certificate.

    A server usually sends the intermediate ones without the root. OpenSSL, and with it librdkafka, then needs one that is self-signed.
    """
    return [each for each in chain if each.is_authority] or list(chain[:1])


def fingerprint(text: str) -> str:
    """The same fingerprint however it is written: with or without colons and ``SHA256=``, in either case."""
    letters = text.rpartition("=")[2].replace(":", "").strip().upper()
    return ":".join(letters[at:at + 2] for at in range(0, len(letters), 2))


def unknown(trusted: Iterable[Certificate], expected: Iterable[str]) -> list[Certificate]:
    """Those that nobody expects."""
    known = {fingerprint(each) for each in expected}
    return [each for each in trusted if each.sha256 not in known]
