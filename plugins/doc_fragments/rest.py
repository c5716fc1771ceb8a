# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that every module has which talks to a REST API."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  url:
    description: Address of the API, C(https://host[:port][/path]). It must not hold a password.
    type: str
    required: true
  url_username:
    description: User for HTTP basic authentication.
    type: str
  url_password:
    description: Password of O(url_username).
    type: str
  validate_certs:
    description: Whether the server's certificate is verified.
    type: bool
    default: true
  client_cert:
    description: File of the client's certificate (PEM) for mutual TLS. It may hold the private key as well.
    type: path
  client_key:
    description: File of the private key (PEM) of O(client_cert).
    type: path
  ca_path:
    description: File or directory of CA certificates (PEM) that the server's certificate is checked against. The system's own when not given.
    type: path
  timeout:
    description:
      - Seconds that one request may take, repetitions included.
      - It is repeated when the server is busy (status 409, 429 or 5xx), after the time that the server asks for.
    type: float
    default: 60
notes:
  - Proxies are taken from the environment variables C(https_proxy), C(http_proxy) and C(no_proxy). Redirects are not followed.
"""
