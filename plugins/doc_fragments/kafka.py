# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the connection options that every Kafka module has."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  bootstrap_servers:
    description:
      - Addresses of one or more brokers, each C(host:port), as a list or separated by commas.
    type: list
    elements: str
    required: true
  security_protocol:
    description:
      - How the listener behind O(bootstrap_servers) is protected. Accepted in either case.
    type: str
    choices: [plaintext, ssl, sasl_plaintext, sasl_ssl]
    default: plaintext
  sasl_mechanism:
    description:
      - How to log in when O(security_protocol) begins with V(sasl_). Accepted in either case.
    type: str
    choices: [plain, scram-sha-256, scram-sha-512, oauthbearer, gssapi]
    default: scram-sha-512
  sasl_username:
    description: The user to log in as. On Confluent Cloud, the API key.
    type: str
  sasl_password:
    description: The password of O(sasl_username). On Confluent Cloud, the API secret.
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
    description: Passphrase of O(ssl_key_location).
    type: str
  client_config:
    description:
      - Further properties of librdkafka, for example C(ssl.endpoint.identification.algorithm).
      - They win over what the other options set. Values of properties whose names speak of a password, secret, key or token are kept out of every output.
    type: dict
    default: {}
  request_timeout:
    description: Seconds until a single request to the cluster is given up.
    type: float
    default: 30
requirements:
  - Python 3.9 or newer where the module runs (tried on 3.11)
  - confluent-kafka >= 2.6
notes:
  - All connection options can be set once for a play with C(module_defaults), group C(group/streamops.kafka.kafka).
  - When no connection comes about, the address is asked what kind of listener it is. A SASL login pointed at a plain listener,
    a plain client at a SASL listener and TLS mixed up are told apart from a broker that is down.
"""
