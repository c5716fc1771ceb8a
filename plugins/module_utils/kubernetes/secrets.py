# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who logs in, and from where that is known: the options, a Secret, or the environment, in this order. Never shows a value."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..errors import OperationError
from .client import NotThere

OPTION, SECRET, ENVIRONMENT, NOWHERE = "option", "secret", "environment", "none"


@dataclass(frozen=True)
class SecretReference:
    """Where the credentials stand: ``credentials_secret``."""

    namespace: str
    name: str
    username_key: str = "username"
    password_key: str = "password"

    @property
    def path(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Credentials:
    """A login, and the source of each half."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    sources: Mapping[str, str] = field(default_factory=dict)


def environment_names(engine: str) -> dict[str, str]:
    """The environment variables that are looked at: ``MARIADB_USER`` and ``MARIADB_PASSWORD``."""
    return {"username": f"{engine.upper()}_USER", "password": f"{engine.upper()}_PASSWORD"}


def resolve(
    options: Mapping[str, str | None],
    reference: SecretReference | None,
    read: Callable[[str, str], Mapping[str, str]],
    environment: Mapping[str, str],
    engine: str,
    needs_username: bool = True,
) -> Credentials:
    """Each half from the first place that has it. The Secret is not even read when the options say everything.

    :param options: ``username`` and ``password`` as they were given.
    :param read: the content of a Secret by namespace and name, in base64.
    :param needs_username: without it, a Secret that has just a password will do.
    :raises OperationError: when the Secret or one of its keys is missing; it names the keys that are there.
    """
    found: dict[str, tuple[str | None, str]] = {half: (options[half], OPTION) for half in ("username", "password") if options.get(half) is not None}
    if reference is not None and len(found) < 2:
        content = _content(reference, read)
        for half, key in (("password", reference.password_key), ("username", reference.username_key)):
            if half not in found and (half == "password" or needs_username or key in content):
                found[half] = (_value(reference, content, key), SECRET)
    for half, variable in environment_names(engine).items():
        if half not in found and environment.get(variable):
            found[half] = (environment[variable], ENVIRONMENT)
    halves = {half: found.get(half, (None, NOWHERE)) for half in ("username", "password")}
    return Credentials(halves["username"][0], halves["password"][0], {half: source for half, (_value, source) in halves.items()})


def _content(reference: SecretReference, read: Callable[[str, str], Mapping[str, str]]) -> Mapping[str, str]:
    try:
        return read(reference.namespace, reference.name)
    except NotThere as error:
        advice = "Check credentials_secret.name and credentials_secret.namespace, or create it."
        raise NotThere("read the credentials", f"Secret {reference.path}", "there is no such Secret", advice) from None


def _value(reference: SecretReference, content: Mapping[str, str], key: str) -> str:
    on = f"Secret {reference.path}"
    if key not in content:
        there = f"it has {', '.join(sorted(content))}" if content else "it is empty"
        advice = "Set credentials_secret.username_key and credentials_secret.password_key, or give the username as an option."
        raise OperationError("read the credentials", on, f"it has no key {key}: {there}", advice)
    try:
        return base64.b64decode(content[key], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OperationError("read the credentials", on, f"the value of {key} is no text") from error
