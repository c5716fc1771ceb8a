# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to log in to a secure CockroachDB: PostgreSQL's wire protocol, certificates as ``cockroach cert`` makes them.

TLS is never left to chance: without ``tls`` the server's certificate is verified, and only ``tls.enabled: false``, written
by the user, goes without, as a cluster that was started with ``--insecure`` needs it.
"""

from __future__ import annotations

import os
from dataclasses import replace

from ..errors import InputError
from .login import Login, Tls


def secured(login: Login, certs_dir: str | None) -> Login:
    """The login with TLS decided, and with the certificates of a directory.

    :raises InputError: for a directory that has not what is needed.
    """
    tls = Tls() if login.tls is None else login.tls
    if certs_dir is None:
        return replace(login, tls=tls)
    if not tls.enabled:
        raise InputError(["certs_dir and tls.enabled: false exclude each other"])
    ca, cert, key = (os.path.join(certs_dir, name) for name in ("ca.crt", f"client.{login.username}.crt", f"client.{login.username}.key"))
    has_pair = os.path.exists(cert) and os.path.exists(key)
    problems = [] if tls.ca or os.path.exists(ca) or not tls.verify else [f"certs_dir {certs_dir} holds no ca.crt"]
    if not has_pair and not tls.cert and login.password is None:
        problems.append(f"certs_dir {certs_dir} holds no client.{login.username}.crt with its key, and there is no password")
    if problems:
        raise InputError(problems)
    uses_pair = has_pair and not tls.cert
    return replace(login, tls=replace(tls, ca=tls.ca or ca, cert=cert if uses_pair else tls.cert, key=key if uses_pair else tls.key))
