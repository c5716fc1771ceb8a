# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Confluent Cloud's REST API as far as a migration needs it.

Written after https://docs.confluent.io/cloud/current/api.html (iam/v2 and cmk/v2), and not run against the real thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..errors import OperationError
from ..progress import Progress
from ..rest import Query, Rest, RestError, quoted
from ..wait import wait_until
from .plan import Account, Key, WantedAccount

_PAGE = 100
_ADVICE = {
    401: "The Cloud API key (not one of a cluster) is wrong or was deleted: set url_username and url_password.",
    402: "A quota of the organization is reached: https://docs.confluent.io/cloud/current/quotas/service-quotas.html.",
    403: "The key's owner needs the role OrganizationAdmin, or for a cluster EnvironmentAdmin.",
}


class Cloud:
    """The API of one organization."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    def accounts(self) -> list[Account]:
        """Every service account."""
        return [Account(str(each.get("display_name")), str(each["id"]), str(each.get("description") or ""))
                for each in self._items("iam/v2/service-accounts", "list the service accounts")]

    def create_account(self, wanted: WantedAccount) -> Account:
        body = {"display_name": wanted.name, "description": wanted.description}
        made = self._post("iam/v2/service-accounts", f"create the service account '{wanted.name}'", body)
        return Account(wanted.name, str(made["id"]), wanted.description)

    def keys(self, cluster: str) -> list[Key]:
        """Every API key for the cluster, without its secret."""
        return [_key(each) for each in self._items("iam/v2/api-keys", "list the API keys", {"spec.resource": cluster})]

    def key(self, key: str) -> Key | None:
        """One API key; None when there is none."""
        try:
            return _key(self._get(f"iam/v2/api-keys/{quoted(key)}", f"look at the API key {key}"))
        except RestError as error:
            if error.status == 404:
                return None
            raise

    def create_key(self, account: Account, cluster: str) -> tuple[str, str]:
        """The id and the secret of a new key. The secret is told this once only."""
        body = {"spec": {"display_name": f"streamops.kafka {account.name}", "owner": {"id": account.id}, "resource": {"id": cluster}}}
        made = self._post("iam/v2/api-keys", f"create an API key of '{account.name}'", body)
        return str(made["id"]), str(made["spec"]["secret"])

    def cluster(self, environment: str, name: str) -> dict[str, Any] | None:
        """The cluster of this display name; None when there is none."""
        found = (each for each in self._items("cmk/v2/clusters", "list the clusters", {"environment": environment}) if each["spec"].get("display_name") == name)
        return next(found, None)

    def create_cluster(self, environment: str, spec: Mapping[str, Any]) -> dict[str, Any]:
        return self._post("cmk/v2/clusters", f"create the cluster '{spec['display_name']}'", {"spec": {**spec, "environment": {"id": environment}}})

    def wait_for_cluster(self, environment: str, cluster: str, timeout: float) -> dict[str, Any]:
        """Until it is provisioned; a dedicated one takes hours.

        :raises OperationError: when it fails, or at the deadline.
        """
        def look() -> dict[str, Any]:
            return self._get(f"cmk/v2/clusters/{quoted(cluster)}", "look at the cluster", {"environment": environment})

        seen = wait_until("see the cluster provisioned", look, lambda each: _phase(each) in ("PROVISIONED", "FAILED"), timeout, cluster, _phase,
                          longest_interval=15.0, progress=Progress(f"cluster {cluster}"))
        if _phase(seen) == "FAILED":
            raise OperationError("create the cluster", cluster, "it is FAILED", "Look at it in the console; it has to be deleted there.")
        return seen

    def _items(self, path: str, attempted: str, query: Mapping[str, object] | None = None) -> Iterator[dict[str, Any]]:
        """Every item of a list, whose next page is in ``metadata.next``. Only its query is taken: the credentials must not follow it elsewhere."""
        following: Query = {"page_size": _PAGE, **(query or {})}
        while True:
            page = self._get(path, attempted, following)
            yield from page.get("data") or []
            link = (page.get("metadata") or {}).get("next")
            if not link:
                return
            following = parse_qsl(urlsplit(str(link)).query, keep_blank_values=True)

    def _get(self, path: str, attempted: str, query: Query = ()) -> dict[str, Any]:
        with _Explained():
            return dict(self.rest.get(path, attempted, query))

    def _post(self, path: str, attempted: str, body: object) -> dict[str, Any]:
        """Once: a second would make a second one. A 409 means that the name is taken, not that it would be free later."""
        with _Explained():
            answer = self.rest.request("POST", path, attempted, body=body, retried={429, 503})
            return dict(self.rest.read_json(answer, attempted, path))


class _Explained:
    """Adds to refusals what is missing."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, RestError) and error.status in _ADVICE:
            raise error.with_advice(_ADVICE[error.status]) from error


def _phase(cluster: Mapping[str, Any]) -> str:
    return str((cluster.get("status") or {}).get("phase", "unknown"))


def _key(item: Mapping[str, Any]) -> Key:
    spec = item["spec"]
    owner, resource = spec.get("owner") or {}, spec.get("resource") or {}
    return Key(str(item["id"]), str(owner.get("id", "")), str(owner.get("kind", "")), str(resource.get("id", "")))
