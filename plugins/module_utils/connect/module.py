# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of every Connect module: its options plus those of the REST API, and no configuration in any log."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..options import EnumModule
from ..rest import REST_SPEC
from .connectors import Config, as_config
from .secrets import masked, secrets_of

if TYPE_CHECKING:
    Shown = Callable[[Mapping[str, object]], Mapping[str, object]]

HIDDEN = "VALUE_NOT_SHOWN"


def _hide_all(config: Mapping[str, object]) -> Mapping[str, object]:
    """As long as the plugin was not asked which of its values are passwords."""
    return {key: value if key == "connector.class" else HIDDEN for key, value in config.items()}


class ConnectModule(EnumModule):
    """Configurations hold secrets that only the plugin can tell, so Ansible's own ``no_log`` cannot mark them.

    They are kept out of the system log, shown masked in the ``invocation`` of the result, and blanked in texts of the worker.
    """

    passwords_of: Callable[[str], Collection[str]] | None = None

    def _load_params(self) -> None:
        """A connector's plain name stands for a dictionary with only ``name``."""
        super()._load_params()
        connectors = self.params.get("connectors") if isinstance(self.params, dict) else None
        if self.argument_spec.get("connectors", {}).get("options") and isinstance(connectors, list):
            self.params["connectors"] = [{"name": each} if isinstance(each, str) else each for each in connectors]

    def keep_secret(self, configs: Iterable[Config], passwords_of: Callable[[str], Collection[str]]) -> None:
        """Blank the secrets of these configurations in all that is reported.

        :param passwords_of: by plugin its keys of type PASSWORD.
        """
        self.passwords_of = passwords_of
        for config in configs:
            self.no_log_values.update(secrets_of(config, passwords_of(config.get("connector.class", ""))))

    def _log_invocation(self) -> None:
        whole = self.params
        self.params = self._without_secrets(_hide_all)
        try:
            super()._log_invocation()
        finally:
            self.params = whole

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        kwargs.setdefault("invocation", {"module_args": self._without_secrets(self._shown)})
        super()._return_formatted(kwargs)

    def _shown(self, config: Mapping[str, object]) -> Mapping[str, object]:
        if self.passwords_of is None:
            return _hide_all(config)
        texts = as_config(config)
        return masked(texts, self.passwords_of(texts.get("connector.class", "")))

    def _without_secrets(self, shown: Shown) -> dict[str, Any]:
        params = dict(self.params)
        if isinstance(params.get("config"), dict):
            params["config"] = shown(params["config"])
        if isinstance(params.get("connectors"), list):
            params["connectors"] = [{**each, "config": shown(each["config"])} if isinstance(each, dict) and isinstance(each.get("config"), dict) else each
                                    for each in params["connectors"]]
        return params


def connect_module(argument_spec: dict[str, dict[str, Any]], **constraints: Any) -> ConnectModule:
    """The module object for ``argument_spec`` plus the connection options; check mode is always supported."""
    return ConnectModule(argument_spec={**REST_SPEC, **argument_spec}, supports_check_mode=True, **constraints)
