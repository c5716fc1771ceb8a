# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a tool failed, from what it printed: the exceptions of the Java client in words that help. Pure."""

from __future__ import annotations

import re

from ...errors import OperationError
from .login import ToolLogin

_LOGIN = re.compile(r"SaslAuthentication|Authentication failed|IllegalSaslState|UnsupportedSaslMechanism|SASL mechanism .* not enabled", re.IGNORECASE)
_TLS = re.compile(r"SslAuthentication|SSL handshake failed|SSLHandshake|PKIX path", re.IGNORECASE)
_RIGHTS = re.compile(r"(\w*Authorization(?:Exception)?\b[^\n]*|[^\n]*[Nn]ot authorized[^\n]*)")
_UNREACHABLE = re.compile(
    r"node assignment|Timed out waiting|TimeoutException|Call\(callName=|No resolvable bootstrap|Couldn't resolve server|ConnectException"
    r"|Connection to node -?\d+ .* could not be established|timed out", re.IGNORECASE)
_NOT_OURS = re.compile(r"^\s*(at |\.\.\. \d+ more|Caused by: )|^\[\d{4}-\d\d-\d\d |^Picked up ")
_LONGEST = 400


def failure(attempted: str, place: str, tool: str, code: int, output: str, errors: str, login: ToolLogin) -> OperationError:
    """The error for a tool that failed. It never holds a secret, whatever the tool has printed.

    :param code: how the tool ended; some end with 0 although they failed.
    """
    text = login.masked(f"{output}\n{errors}")
    who = f" as {login.username}" if login.username else ""
    if _LOGIN.search(text):
        said = _line_with(_LOGIN, text)
        advice = "The login was refused: check user, password and sasl_mechanism, and that bootstrap_servers names a listener with SASL."
        return OperationError(f"log in{who}", place, f"login refused: {said}", advice)
    if _TLS.search(text):
        advice = "Check ssl.truststore.location and the like in client_config; the files are those of the pod."
        return OperationError("connect", place, _line_with(_TLS, text), advice)
    if "OutOfMemoryError" in text:
        advice = "A client without TLS at a listener with TLS fails so: check security_protocol. Otherwise raise heap."
        return OperationError(attempted, place, f"{tool} ran out of memory", advice)
    if "SecurityDisabled" in text or "No Authorizer is configured" in text:
        return OperationError(attempted, place, "the brokers have no authorizer", "Set authorizer.class.name on the brokers first.")
    rights = _RIGHTS.search(text)
    if rights:
        return OperationError(attempted, place, f"the user{who} may not: {_short(rights[1])}", "Use a super user, or add the ACL (module kafka_acl).")
    if _UNREACHABLE.search(text):
        advice = "bootstrap_servers is as seen from inside the pod. A wrong security_protocol looks the same: brokers hang up on what they do not understand."
        return OperationError("connect", place, f"no broker answered {tool}: {_line_with(_UNREACHABLE, text)}", advice)
    return OperationError(attempted, place, f"{tool} ended with code {code}: {_said(text)}")


def _line_with(pattern: re.Pattern[str], text: str) -> str:
    own = [line for line in text.split("\n") if pattern.search(line) and not _NOT_OURS.search(line)]
    anything = [line for line in text.split("\n") if pattern.search(line)]
    return _short((own or anything or [""])[0])


def _said(text: str) -> str:
    lines = [line.strip() for line in text.split("\n") if line.strip() and not _NOT_OURS.search(line)]
    return _short(" ".join(lines[:3])) or "it said nothing"


def _short(line: str) -> str:
    line = re.sub(r"\b(?:java|org)\.[\w.]*\.(\w+?)(?:Exception)?: ", r"\1: ", line.strip())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."
