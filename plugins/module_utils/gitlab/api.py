# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GitLab's REST API as far as the modules need it, and what its refusals mean.

Written after GitLab's documentation: "REST API", "Pipelines API", "Jobs API", "Runners API", "GitLab CI/CD job token" and
"Fine-grained permissions for CI/CD job tokens".
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from ansible.module_utils.basic import env_fallback

from ..errors import InputError
from ..options import EnumModule
from ..rest import REST_SPEC, Query, Rest, RestError, quoted

GITLAB_SPEC: dict[str, dict[str, Any]] = {
    **REST_SPEC,
    "url": {"type": "str", "required": True, "fallback": (env_fallback, ["CI_API_V4_URL", "CI_SERVER_URL"])},
    "token": {"type": "str", "no_log": True, "fallback": (env_fallback, ["GITLAB_TOKEN"])},
    "timeout": {"type": "float", "default": 120},
}
PROJECT_SPEC: dict[str, dict[str, Any]] = {
    "project": {"type": "str", "required": True, "fallback": (env_fallback, ["CI_PROJECT_ID"])},
}

_PAGE = 100  # the most that GitLab gives ("REST API", offset-based pagination)


@dataclass(frozen=True)
class Purpose:
    """What a token is for, so that the error can say which one to make."""

    to: str
    scope: str
    role: str
    also: str = ""

    def token_needed(self) -> str:
        return (f"To {self.to}, set the option token (or the environment variable GITLAB_TOKEN) to a project, group or personal access token "
                f"with the scope {self.scope}, of a user with {self.role}.")


def gitlab_module(argument_spec: dict[str, dict[str, Any]], project: bool = True, **constraints: Any) -> EnumModule:
    """The module object for ``argument_spec`` plus the connection options; check mode is always supported."""
    spec = {**GITLAB_SPEC, **(PROJECT_SPEC if project else {}), **argument_spec}
    return EnumModule(argument_spec=spec, supports_check_mode=True, **constraints)


def open_gitlab(params: Mapping[str, Any], purpose: Purpose, environment: Mapping[str, str]) -> GitLab:
    """The API for a module's parameters.

    :param environment: variables of the process, where a CI job has its job token.
    :raises InputError: without a token that can serve the purpose.
    """
    token, job_token = params["token"], environment.get("CI_JOB_TOKEN") or ""
    problem = token_problem(token, job_token, purpose)
    if problem:
        raise InputError([problem])
    rest = Rest.from_params(params, url=api_url(params["url"]), secret_headers={"PRIVATE-TOKEN": token})
    return GitLab(rest, purpose, str(params.get("project") or ""))


def token_problem(token: str | None, job_token: str, purpose: Purpose) -> str:
    """Why this token cannot serve, empty when it may.

    A CI/CD job token reaches only the endpoints that GitLab lists for it. The lists hold ``GET /job``, the jobs of a project
    or pipeline, and artifacts; they hold neither lists of pipelines, nor cancelling, nor logs, nor runners. So it is not
    even tried there.
    """
    if token and token != job_token and not token.startswith("glcbt-"):  # the prefix of job tokens since GitLab 16.8
        return ""
    reason = "the token given is a CI/CD job token" if token else "no token is given"
    if token or job_token:
        reason += f", and GitLab does not let a job token (CI_JOB_TOKEN) {purpose.to}"
    return f"{reason}. {purpose.token_needed()}"


def api_url(url: str) -> str:
    """The address of the API for the address of a GitLab server (or of its API)."""
    stripped = url.rstrip("/")
    return stripped if re.search(r"/api/v\d+$", stripped) else f"{stripped}/api/v4"


@dataclass
class GitLab:
    """The API of one server, on behalf of one project where there is one."""

    rest: Rest
    purpose: Purpose
    project: str = ""

    def get(self, path: str, attempted: str, query: Query = ()) -> Any:
        with self._explained():
            return self.rest.get(path, attempted, query)

    def post(self, path: str, attempted: str, body: object = None) -> Any:
        """For actions that can be repeated, as cancelling can."""
        with self._explained():
            return self.rest.read_json(self.rest.request("POST", path, attempted, body=body, repeatable=True), attempted, path)

    def items(self, path: str, attempted: str, query: Mapping[str, object] | None = None) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        with self._explained():
            yield from self.rest.pages(path, attempted, {"per_page": _PAGE, **(query or {})})

    def download(self, path: str, attempted: str, offset: int) -> Iterator[bytes]:
        with self._explained():
            yield from self.rest.download(path, attempted, offset)

    def get_with_time(self, path: str, attempted: str) -> tuple[Any, float]:
        """What it holds, and the server's own time (seconds since 1970, exact to a second) to compare its times with."""
        with self._explained():
            answer = self.rest.request("GET", path, attempted)
            date = answer.headers.get("Date")
            return self.rest.read_json(answer, attempted, path), parsedate_to_datetime(date).timestamp() if date else time.time()

    def in_project(self, path: str) -> str:
        return f"projects/{quoted(self.project)}/{path}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Adds to GitLab's refusals which right or setting is missing."""
        try:
            yield
        except RestError as error:
            if error.status not in (401, 403, 404):
                raise
            raise error.with_advice(advice_for(error, self.purpose, self.project)) from error


def advice_for(error: RestError, purpose: Purpose, project: str) -> str:
    """What a refusal of GitLab means ("REST API", status codes and troubleshooting)."""
    if error.status == 401:
        return f"The token is wrong, expired or revoked. {purpose.token_needed()}"
    if lacks_scope(error):
        return f"The token lacks the scope {purpose.scope}. {purpose.token_needed()}"
    if error.status == 403:
        return f"The token's user may not {purpose.to}. {purpose.token_needed()} {purpose.also}".strip()
    where = f" of project {project}" if project else ""
    return f"It does not exist, or the token may not see it (GitLab then says the same): check the ids{where}, and that the token's user is a member."


def lacks_scope(error: RestError) -> bool:
    """Whether the token is refused for every request of this kind."""
    return error.status == 403 and "insufficient_scope" in str(error.body)
