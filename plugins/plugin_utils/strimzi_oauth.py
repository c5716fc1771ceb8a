# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""OAuth as API v1 wants it: the type `oauth` is gone there, and `custom` with the same classes of Strimzi's does the same.

What the operator made of `type: oauth` until 0.49 is written out (KafkaBrokerConfigurationBuilder of Strimzi).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .strimzi_profiles import Entry

OAUTH, CUSTOM = "oauth", "custom"
PRINCIPAL_BUILDER = "io.strimzi.kafka.oauth.server.OAuthKafkaPrincipalBuilder"
_HANDLER = "io.strimzi.kafka.oauth.server.JaasServerOauthValidatorCallbackHandler"
_LOGIN_MODULE = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
_OPTIONS = {
    "validIssuerUri": "oauth.valid.issuer.uri",
    "checkIssuer": "oauth.check.issuer",
    "jwksEndpointUri": "oauth.jwks.endpoint.uri",
    "jwksRefreshSeconds": "oauth.jwks.refresh.seconds",
    "jwksExpirySeconds": "oauth.jwks.expiry.seconds",
    "jwksMinRefreshPauseSeconds": "oauth.jwks.refresh.min.pause.seconds",
    "jwksIgnoreKeyUse": "oauth.jwks.ignore.key.use",
    "introspectionEndpointUri": "oauth.introspection.endpoint.uri",
    "userInfoEndpointUri": "oauth.userinfo.endpoint.uri",
    "clientId": "oauth.client.id",
    "userNameClaim": "oauth.username.claim",
    "userNamePrefix": "oauth.username.prefix",
    "fallbackUserNameClaim": "oauth.fallback.username.claim",
    "fallbackUserNamePrefix": "oauth.fallback.username.prefix",
    "groupsClaim": "oauth.groups.claim",
    "groupsClaimDelimiter": "oauth.groups.claim.delimiter",
    "checkAudience": "oauth.check.audience",
    "checkAccessTokenType": "oauth.check.access.token.type",
    "customClaimCheck": "oauth.custom.claim.check",
    "validTokenType": "oauth.valid.token.type",
    "accessTokenIsJwt": "oauth.access.token.is.jwt",
    "connectTimeoutSeconds": "oauth.connect.timeout.seconds",
    "readTimeoutSeconds": "oauth.read.timeout.seconds",
    "httpRetries": "oauth.http.retries",
    "httpRetryPauseMs": "oauth.http.retry.pause.millis",
    "enableMetrics": "oauth.enable.metrics",
    "failFast": "oauth.fail.fast",
}
_ELSEWHERE = ("type", "maxSecondsWithoutReauthentication")


def oauth_problems(authentication: Entry) -> list[str]:
    """What of it has no place in `custom` that could be written without mounting files or secrets into the brokers."""
    rest = sorted(set(authentication) - set(_OPTIONS) - set(_ELSEWHERE))
    if not rest:
        return []
    return [f"authentication oauth with {', '.join(rest)} has to be written as type custom, because API v1 has no oauth"]


def as_custom(authentication: Entry) -> dict[str, Any]:
    """``type: custom`` with the same meaning."""
    options = "".join(f' {_OPTIONS[key]}="{_text(value)}"' for key, value in authentication.items() if key in _OPTIONS)
    config: dict[str, Any] = {
        "sasl.enabled.mechanisms": "OAUTHBEARER",
        "oauthbearer.sasl.server.callback.handler.class": _HANDLER,
        "oauthbearer.sasl.jaas.config": f'{_LOGIN_MODULE} required unsecuredLoginStringClaim_sub="thePrincipalName"{options};',
    }
    seconds = authentication.get("maxSecondsWithoutReauthentication")
    config |= {"connections.max.reauth.ms": int(seconds) * 1000} if seconds is not None else {}
    return {"type": CUSTOM, "sasl": True, "listenerConfig": config}


def with_principal_builder(config: Mapping[str, Any]) -> dict[str, Any]:
    """What the operator added to the brokers' configuration by itself."""
    return {"principal.builder.class": PRINCIPAL_BUILDER, **config}


def _text(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("\\", "\\\\").replace('"', '\\"')
