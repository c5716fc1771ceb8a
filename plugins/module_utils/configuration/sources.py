# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a configuration stands: a file, a manifest of a ConfigMap, or a ConfigMap in a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import OperationError
from .parsers import FORMATS, SyntaxProblem, config_map_in, format_of, parse

_LARGEST = 16 * 1024 * 1024

ReadConfigMap = Callable[["Source"], Mapping[str, str]]


@dataclass(frozen=True)
class Source:
    """One side. Either ``path`` or ``config_map`` is given; a path with ``config_map`` or ``data_key`` is a manifest."""

    path: str | None = None
    config_map: str | None = None
    data_key: str | None = None
    format: str | None = None
    namespace: str | None = None
    kubeconfig: str | None = None
    context: str | None = None

    @property
    def name(self) -> str:
        whole = self.path or f"ConfigMap {self.namespace + '/' if self.namespace else ''}{self.config_map}"
        return f"{whole} ({self.data_key})" if self.data_key else whole

    def problems(self, side: str) -> list[str]:
        """What cannot be meant."""
        if not self.path and not self.config_map:
            return [f"{side}: neither path nor config_map is given"]
        if self.path and (self.namespace or self.kubeconfig or self.context):
            return [f"{side}: path is a file here, namespace, kubeconfig and context are for a ConfigMap in a cluster"]
        return []


def source_from(options: Mapping[str, Any]) -> Source:
    return Source(**{name: options[name] for name in ("path", "config_map", "data_key", "format", "namespace", "kubeconfig", "context")})


def read(source: Source, read_config_map: ReadConfigMap) -> Any:
    """The configuration as a tree.

    :param read_config_map: asks the cluster.
    :raises OperationError: when it is not there, or is not what it should be.
    """
    if not source.path:
        return _in_data(source, read_config_map(source))
    text = _text_of(source.path)
    kind = (source.format if not _is_manifest(source) else None) or format_of(source.path)
    if not kind:
        raise _unreadable(source, "its name does not tell what it is", f"Set format to one of {', '.join(FORMATS)}.")
    try:
        documents = parse(text, kind)
        if _is_manifest(source) or _looks_like_config_map(documents):
            return _in_data(source, config_map_in(documents, source.config_map))
    except SyntaxProblem as error:
        raise _unreadable(source, str(error), "Mend the file.") from None
    return _single(source, documents)


def _is_manifest(source: Source) -> bool:
    return bool(source.config_map or source.data_key)


def _looks_like_config_map(documents: list[Any]) -> bool:
    return any(isinstance(each, Mapping) and each.get("kind") == "ConfigMap" and "apiVersion" in each for each in documents)


def _in_data(source: Source, data: Mapping[str, str]) -> Any:
    """One entry of a ConfigMap's data that is a file itself, or the entries as keys."""
    key = source.data_key
    if key is None:
        files = [name for name in data if format_of(name)]
        if len(files) != 1 or len(data) != 1:
            return dict(data)
        key = files[0]
    if key not in data:
        raise _unreadable(source, f"its data has no {key}, it has {', '.join(sorted(data)) or 'nothing'}", "Check data_key.")
    kind = source.format or format_of(key)
    if not kind:
        raise _unreadable(source, f"the name {key} does not tell what it is", f"Set format to one of {', '.join(FORMATS)}.")
    try:
        return _single(source, parse(data[key], kind))
    except SyntaxProblem as error:
        raise _unreadable(source, f"{error} of its entry {key}", "Mend the ConfigMap.") from None


def _single(source: Source, documents: list[Any]) -> Any:
    if len(documents) != 1 or not isinstance(documents[0], Mapping):
        what = "it is empty" if not documents else "it holds no keys" if len(documents) == 1 else f"it has {len(documents)} documents"
        raise _unreadable(source, what)
    return documents[0]


def _text_of(path: str) -> str:
    try:
        if os.path.getsize(path) > _LARGEST:
            raise OperationError("read the configuration", path, "it is larger than 16 MiB: that is no configuration file")
        with open(path, "rb") as file:
            return file.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise OperationError("read the configuration", path, f"it is no UTF-8 text (byte {error.start})") from None
    except OSError as error:
        advice = "Give its path as seen from the host where this task runs."
        raise OperationError("read the configuration", path, error.strerror or str(error), advice) from None


def _unreadable(source: Source, answered: str, advice: str = "") -> OperationError:
    return OperationError("read the configuration", source.name, answered, advice)
