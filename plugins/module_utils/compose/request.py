# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the caller of ``compose_upgrade`` asked for, checked: every problem is reported at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import InputError
from .rehearsal_request import Rehearsal, rehearsal_from
from .stack import KINDS
from .versions import TARGETS, Protocol, Release, Version, protocol_of, release_of, version_of

_IMAGE = re.compile(r"[\w${][\w./:@${}?+-]*|:[\w${][\w.${}:?+-]*")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Request:
    """Options of the upgrade.

    :param protocol_text: the protocol version as it is to be written; empty: the one that is pinned, or that of the images.
    :param images: by service, glob of services, or kind: a whole image, or ``:tag``.
    """

    target: Version
    release: Release
    protocol_text: str = ""
    images: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    container_names: bool = False
    connect_variables: tuple[str, ...] = ()
    rehearsal: Rehearsal | None = None

    @property
    def protocol(self) -> Protocol | None:
        return protocol_of(self.protocol_text)


def request_from(text: object, options: Mapping[str, object]) -> Request:
    """The request, or an ``InputError`` that lists everything that is wrong with it."""
    problems: list[str] = []
    if not isinstance(text, str) or not text.strip():
        problems.append("the stack file must be a text that is not empty")
    target = version_of(str(options["target"]).strip())
    release = release_of(target) if target else None
    if not release:
        lines = " and ".join(f"{major}.{minor}.x" for major, minor in TARGETS)
        problems.append(f"target must be a version of Confluent Platform of three numbers, in {lines}, such as '7.7.1'; it is {options['target']!r}")
    images = _texts("images", options["images"], problems)
    problems += [f"images: {value!r} of {name} is no image such as registry.example.com/kafka:7.7.1, and no :tag"
                 for name, value in images.items() if not _IMAGE.fullmatch(value)]  # fmt: skip
    kinds = {name: kind.replace("-", "_") for name, kind in _texts("kinds", options["kinds"], problems).items()}
    problems += [f"kinds: {kind!r} of {name} is none of {', '.join(KINDS)}" for name, kind in kinds.items() if kind not in KINDS]
    protocol = _protocol(options["inter_broker_protocol"], release, problems)
    container_names = _flag("container_names", options["container_names"], problems)
    variables = _names("connect_variables", options["connect_variables"], problems)
    rehearsal = rehearsal_from(options["rehearsal"], problems)
    if problems or not target or not release:
        raise InputError(problems)
    return Request(target, release, protocol, images, kinds, container_names, variables, rehearsal)


def _protocol(value: object, release: Release | None, problems: list[str]) -> str:
    if value in (None, ""):
        return ""
    text = str(value).strip()
    wanted = protocol_of(text)
    if not wanted:
        problems.append(f"inter_broker_protocol must be a version such as '3.1' or '3.1-IV0'; it is {value!r}")
    elif release and wanted > (protocol_of(release.kafka) or wanted):
        problems.append(f"inter_broker_protocol {text} is newer than the Kafka of the target ({release.kafka})")
    return text


def _texts(name: str, value: object, problems: list[str]) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(part, str) and part for pair in value.items() for part in pair):
        problems.append(f"{name} must be a dictionary of texts")
        return {}
    return {str(key): str(text) for key, text in value.items()}


def _flag(name: str, value: object, problems: list[str]) -> bool:
    if str(value).strip().lower() not in (*_TRUE, *_FALSE):
        problems.append(f"{name} must be a boolean")
    return str(value).strip().lower() in _TRUE


def _names(name: str, value: object, problems: list[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)) or not all(isinstance(part, str) and _VARIABLE_NAME.fullmatch(part) for part in value):
        problems.append(f"{name} must be a list of names of environment variables")
        return ()
    return tuple(value)
