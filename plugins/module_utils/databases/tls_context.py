# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS for the engines that speak HTTP."""

from __future__ import annotations

import ssl

from .login import Login, Tls, tls_mismatch


def tls_context(login: Login) -> ssl.SSLContext | None:
    """What the login says about TLS, None for a connection without.

    :raises OperationError: for certificate files that cannot be used.
    """
    tls = login.tls
    if tls is None or not tls.enabled:
        return None
    try:
        return _context(tls)
    except OSError as error:  # ssl.SSLError is one
        raise tls_mismatch(login, str(error)) from error


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    context.check_hostname = tls.verify and tls.verify_hostname
    context.verify_mode = ssl.CERT_REQUIRED if tls.verify else ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(tls.cert, tls.key)
    return context
