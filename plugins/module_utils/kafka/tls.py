# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS for the requests that this collection sends over sockets of its own."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from ..errors import OperationError

_NOT_READ = ("ssl.keystore.location", "ssl.keystore.certificate", "ssl.certificate.pem", "ssl.key.pem", "ssl_certificate", "ssl_key")


def tls_context(config: Mapping[str, object]) -> ssl.SSLContext:
    """What the librdkafka properties of a connection say about TLS, for a socket.

    :raises OperationError: for certificates that cannot be read, and for client certificates in another form than PEM files.
    """
    unread = [name for name in _NOT_READ if config.get(name)]
    if unread:
        raise OperationError("set up TLS", answered=f"{unread[0]} cannot be used here", advice="Use ssl_certificate_location and ssl_key_location.")
    ca, certificate, key, password = (
        None if config.get(name) is None else str(config[name])
        for name in ("ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password"))
    try:
        context = ssl.create_default_context(cafile=ca, cadata=str(config["ssl.ca.pem"]) if config.get("ssl.ca.pem") else None)
        if certificate is not None:
            context.load_cert_chain(certificate, key, password)
    except OSError as error:  # ssl.SSLError is one
        raise OperationError("read the certificates", str(ca if certificate is None else certificate), error.strerror or str(error)) from None
    if str(config.get("ssl.endpoint.identification.algorithm", "https")).lower() == "none":
        context.check_hostname = False
    if str(config.get("enable.ssl.certificate.verification", "true")).lower() == "false":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # only because the user's own client_config says so
    return context
