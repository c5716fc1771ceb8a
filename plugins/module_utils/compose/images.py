# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of images: taken apart, and what their tag becomes. Pure.

A tag may come from a variable (``${CONFLUENT_VERSION}``, ``${CONFLUENT_VERSION:-7.1.1}``), and so may the whole name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .request import Request
from .stack import OTHER, ZOOKEEPER, kind_of_image
from .versions import Version, version_of

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?[-?+])(?P<word>[^{}]*))?\}|\$(?P<bare>[A-Za-z_]\w*)")
_PLATFORM_TAG = re.compile(r"(?P<version>\d+\.\d+\.\d+)(?P<build>(?:-\d+-ubi\d+)?(?:\.(?:amd64|arm64))?)")
_ZOOKEEPER_TAG = re.compile(r"3\.\d+(?:\.\d+)?")
_OFFICIAL_ZOOKEEPER = ("zookeeper", "library/zookeeper", "docker.io/zookeeper", "docker.io/library/zookeeper")


@dataclass(frozen=True)
class Reference:
    """``repository:tag``. The tag is ``None`` when there is none; ``whole`` names the variable that the whole name comes from."""

    repository: str
    tag: str | None
    has_digest: bool = False
    whole: str = ""


@dataclass
class Wish:
    """What becomes of an image.

    :param image: the new name; ``None``: it stays.
    :param why: why it is changed.
    :param variables: variables whose value must be another one, wherever they are defined.
    :param question: what a human must decide.
    """

    image: str | None = None
    why: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    question: str = ""


def reference_of(image: str) -> Reference:
    blank = _VARIABLE.sub(lambda found: "_" * len(found[0]), image)
    whole = _VARIABLE.fullmatch(image)
    if whole:
        return Reference(image, None, whole=whole["name"] or whole["bare"])
    at = blank.find("@")
    colon = blank.find(":", blank.rfind("/") + 1, at if at >= 0 else len(blank))
    if at >= 0:
        return Reference(image[: colon if colon >= 0 else at], None, has_digest=True)
    return Reference(image[:colon], image[colon + 1 :]) if colon >= 0 else Reference(image, None)


def version_in(image: str) -> Version | None:
    """The version of Confluent Platform that an image's name tells, also by the default of a variable."""
    plain = _VARIABLE.sub(lambda found: (found["word"] or "") if (found["operator"] or "").endswith("-") else found[0], image)
    found = _PLATFORM_TAG.match(reference_of(plain).tag or "")
    return version_of(found["version"]) if found else None


def wish_for(image: str, kind: str, mapped: str, request: Request) -> Wish:
    """What becomes of the image of a service of this kind.

    :param mapped: what the caller wants it to be: an image, ``:tag``, or nothing.
    """
    found = reference_of(image)
    if mapped:
        wanted = found.repository + mapped if mapped.startswith(":") and not found.whole else mapped
        if mapped.startswith(":") and found.whole:
            return _of_variable(found.whole, f"an image with the tag {mapped[1:]}")
        return Wish(None if wanted == image else wanted, "as `images` has it")
    if kind == OTHER and not found.repository.startswith("confluentinc/cp-"):
        return Wish()
    whole = _VARIABLE.fullmatch(image)
    if whole:
        return _of_whole(image, whole, kind, request)
    if found.has_digest:
        return Wish(question=f"{image} is pinned by a digest. Name the image that it becomes in `images`.")
    if found.repository.rpartition("/")[2].startswith("$") and found.tag is None:
        return Wish(question=f"{image}: its last part is a variable, which may hold the tag as well. Set it where it is defined, or use `images`.")
    return _with_tag(found, kind, request)


def _of_variable(name: str, value: str) -> Wish:
    return Wish(variables={name: value})


def _of_whole(image: str, variable: re.Match[str], kind: str, request: Request) -> Wish:
    """The whole name comes from a variable. Its default is changed here, its value where it is defined."""
    name, word = variable["name"] or variable["bare"], variable["word"]
    if not word or not variable["operator"].endswith("-"):
        return _of_variable(name, f"an image with the tag {request.target}")
    inner = wish_for(word, kind if kind != OTHER else kind_of_image(word), "", request)
    if inner.question:
        return inner
    inner.variables[name] = inner.image or word
    inner.image = image.replace(word, inner.image) if inner.image else None
    return inner


def _with_tag(found: Reference, kind: str, request: Request) -> Wish:
    target = request.release.zookeeper if found.repository in _OFFICIAL_ZOOKEEPER else str(request.target)
    if found.tag is None:
        return Wish(f"{found.repository}:{target}", "an image without a tag gets the target's")
    variables = list(_VARIABLE.finditer(found.tag))
    if not variables:
        return _of_literal(found, found.tag, kind, request, target)
    if len(variables) == 1 and variables[0][0] == found.tag:
        return _of_tag_variable(found, variables[0], kind, request, target)
    wish = Wish(question=f"{found.repository}:{found.tag}: its tag has several parts. Set them for {target} where they are defined, or use `images`.")
    for name in [variable["name"] or variable["bare"] for variable in variables]:
        if "CONFLUENT" in name or name.startswith("CP_"):
            wish.variables[name] = target
    return wish


def _of_literal(found: Reference, tag: str, kind: str, request: Request, target: str) -> Wish:
    if tag == "latest":
        return Wish(f"{found.repository}:{target}", "`latest` is whatever was pulled last")
    new = _new_tag(tag, kind, request, target)
    if new is None:
        return Wish(question=f"{found.repository}:{tag}: its tag is its owner's. Name the image that it becomes in `images`.")
    if new == "":
        return Wish(question=f"{found.repository}:{tag} is newer than the target {target}. It was left alone; there is no way back by this filter.")
    return Wish(None if new == tag else f"{found.repository}:{new}", f"{tag} becomes the target's")


def _new_tag(tag: str, kind: str, request: Request, target: str) -> str | None:
    """The tag for the target; ``""``: this one is newer; ``None``: it is no version that is known here."""
    if kind == ZOOKEEPER and _ZOOKEEPER_TAG.fullmatch(tag):
        return _no_older(tag, request.release.zookeeper)
    platform = _PLATFORM_TAG.fullmatch(tag)
    version = version_of(platform["version"]) if platform else None
    if not platform or not version or version.major < 5:
        return None
    newer = version > request.target
    return "" if newer else f"{request.target}{platform['build']}"


def _no_older(tag: str, wanted: str) -> str:
    return tag if [int(part) for part in tag.split(".")] >= [int(part) for part in wanted.split(".")] else wanted


def _of_tag_variable(found: Reference, variable: re.Match[str], kind: str, request: Request, target: str) -> Wish:
    name, operator, word = variable["name"] or variable["bare"], variable["operator"] or "", variable["word"] or ""
    if not operator.endswith("-") or not word:
        return _of_variable(name, target)
    wish = _of_literal(found, word, kind, request, target)
    if wish.question:
        return wish
    new = reference_of(wish.image).tag if wish.image else word
    wish.variables[name] = new or target
    wish.image = f"{found.repository}:{variable[0].replace(word, new)}" if wish.image and new else None
    wish.why = f"the default of {name}" if wish.image else ""
    return wish
