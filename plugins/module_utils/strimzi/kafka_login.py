# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection to the cluster's Kafka as one of its users, without files: certificates are handed over as they are."""

from __future__ import annotations

from typing import Any

from .client_access import Access


def connection_options(access: Access, request_timeout: float) -> dict[str, Any]:
    """The options of a Kafka connection (kafka/connection.py)."""
    config: dict[str, str] = {}
    if access.tls:
        config["ssl.ca.pem"] = "".join(each.pem.decode() for each in access.trusted)
    if access.login.key:
        config |= {"ssl.certificate.pem": "".join(each.pem.decode() for each in access.login.chain), "ssl.key.pem": access.login.key.decode()}
    login = {"sasl_mechanism": access.mechanism, "sasl_username": access.login.username, "sasl_password": access.login.password} if access.mechanism else {}
    return {"bootstrap_servers": [access.bootstrap], "security_protocol": access.protocol, **login, "client_config": config, "request_timeout": request_timeout}
