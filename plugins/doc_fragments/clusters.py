# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of options that hold the connection to a cluster as a dictionary. What the cluster is for, each module says in its own description."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  source:
    type: dict
    required: true
    suboptions: &connection
      bootstrap_servers:
        description: Addresses of one or more brokers, each C(host:port), as a list or separated by commas.
        type: list
        elements: str
        required: true
      security_protocol:
        description: How the listener is protected. Accepted in either case.
        type: str
        choices: [plaintext, ssl, sasl_plaintext, sasl_ssl]
        default: plaintext
      sasl_mechanism:
        description: How to log in when C(security_protocol) begins with V(sasl_). Accepted in either case.
        type: str
        choices: [plain, scram-sha-256, scram-sha-512, oauthbearer, gssapi]
        default: scram-sha-512
      sasl_username:
        description: The user to log in as. On Confluent Cloud, the API key.
        type: str
      sasl_password:
        description: The password. On Confluent Cloud, the API secret.
        type: str
      ssl_ca_location:
        description: File of CA certificates (PEM) that the brokers' certificates are checked against. The system's own when not given.
        type: path
      ssl_certificate_location:
        description: File of the client's certificate (PEM) for mutual TLS.
        type: path
      ssl_key_location:
        description: File of the client's private key (PEM) for mutual TLS.
        type: path
      ssl_key_password:
        description: Passphrase of the private key.
        type: str
      client_config:
        description: Further properties of librdkafka. They win over what the other options set.
        type: dict
        default: {}
      request_timeout:
        description: Seconds until a single request is given up, and until a cluster that sends no records is.
        type: float
        default: 30
  destination:
    type: dict
    required: true
    suboptions: *connection
"""

    # Annotated, because yamllint reads every plain assignment of a fragment as a literal.
    SOURCE: str = DOCUMENTATION.partition("  destination:")[0]
    CLUSTER: str = SOURCE.replace("  source:", "  cluster:")
