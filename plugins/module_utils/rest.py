# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One REST client for all of them: GitLab, Connect, Schema Registry, Confluent Cloud.

TLS is verified, proxies of the environment are used, a busy server is asked again until a deadline, redirects are not
followed (they would carry the credentials elsewhere), and no error text ever holds a secret.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import ssl
import time
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, Union
from urllib.error import HTTPError, URLError
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from ansible.module_utils.urls import basic_auth_header, make_context

from .errors import InputError, OperationError

REST_SPEC: dict[str, dict[str, Any]] = {
    "url": {"type": "str", "required": True},
    "url_username": {"type": "str"},
    "url_password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "client_cert": {"type": "path"},
    "client_key": {"type": "path", "no_log": False},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": 60},
}

Query = Union["Mapping[str, object]", "Collection[tuple[str, object]]"]

# Answers that say "not now". The first group says that nothing was done, so any request can be repeated after it.
REFUSED_FOR_NOW = frozenset({409, 429, 503})
RETRIED = REFUSED_FOR_NOW | {500, 502, 504}
_REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_CHUNK = 65536


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *dummy_args: Any, **dummy_kwargs: Any) -> None:
        """None: urllib then reports the redirect as the answer that it is."""


class RestError(OperationError):
    """A request without the answer that was wanted. ``status`` is ``None`` when there was no answer at all, ``headers`` are those of the refusal."""

    headers: Message[str, str] = Message()

    def __init__(
        self, attempted: str, on: str, answered: str, advice: str = "", status: int | None = None,
        body: object = None, retry_after: float | None = None, nothing_sent: bool = False, lasting: bool = False,
    ) -> None:
        self.status = status
        self.body = body
        self.retry_after = retry_after
        self.nothing_sent = nothing_sent
        self.lasting = lasting
        super().__init__(attempted, on, answered, advice)

    def with_advice(self, advice: str) -> RestError:
        """The same error for users of an API about which more is known."""
        return RestError(self.attempted, self.on, self.answered, advice, self.status, self.body, self.retry_after, self.nothing_sent, self.lasting)


@dataclass(frozen=True)
class Answer:
    """What a server answered; names of headers are compared without case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> object:
        """The content as JSON, ``None`` when there is none.

        :raises ValueError: when it is something else.
        """
        return json.loads(self.content) if self.content.strip() else None


@dataclass
class Rest:
    """A server's API below ``url``.

    :param headers: sent with each request; the values of ``secret_headers`` are kept out of every text.
    :param timeout: seconds that one request may take, repetitions included.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    validate_certs: bool = True
    client_cert: str | None = None
    client_key: str | None = None
    ca_path: str | None = None
    timeout: float = 60.0
    _has_answered: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        problems = url_problems(self.url)
        if problems:
            raise InputError(problems)
        self.url = self.url.rstrip("/")
        secret = dict(self.secret_headers)
        if self.username is not None:
            authorization = basic_auth_header(self.username, self.password or "")
            secret["Authorization"] = authorization.decode() if isinstance(authorization, bytes) else str(authorization)
        self._sent_headers = {"Accept": "application/json", "User-Agent": "streamops.kafka", **self.headers, **secret}
        words = {value.split(" ")[-1] for value in secret.values()}  # without "Basic" or "Bearer"
        self._secrets = sorted({*secret.values(), *words, self.password or ""} - {""}, key=len, reverse=True)
        # An opener of its own, not urls.open_url: that one installs its settings for the whole process, so that two
        # clients with different certificates would take each other's when they are used in threads.
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=self._tls()), _NoRedirects())

    @classmethod
    def from_params(cls, params: Mapping[str, Any], **more: Any) -> Rest:
        """The client for a module's parameters (``REST_SPEC``)."""
        same = ("validate_certs", "client_cert", "client_key", "ca_path", "timeout")
        options = {"username": params["url_username"], "password": params["url_password"], **{name: params[name] for name in same}}
        return cls(**{"url": params["url"], **options, **more})

    def _tls(self) -> ssl.SSLContext:
        where = "capath" if self.ca_path and os.path.isdir(self.ca_path) else "cafile"
        try:
            context: ssl.SSLContext = make_context(
                **{where: self.ca_path}, validate_certs=self.validate_certs, client_cert=self.client_cert, client_key=self.client_key)
        except (OSError, ssl.SSLError) as error:
            files = {"ca_path": self.ca_path, "client_cert": self.client_cert, "client_key": self.client_key}
            named = ", ".join(f"{name}={value}" for name, value in files.items() if value)
            raise InputError([f"the TLS files ({named}) cannot be used: {error}"]) from error
        return context

    def request(
        self, method: str, path: str, attempted: str, query: Query = (), body: object = None, headers: Mapping[str, str] | None = None,
        retried: Collection[int] = RETRIED, repeatable: bool | None = None,
    ) -> Answer:
        """Send it, again when the server is busy, and return the answer.

        :param attempted: what it is for, as an infinitive: ``"cancel pipeline 42"``.
        :param body: sent as JSON.
        :param retried: answers that are asked again. Leave 409 out where it means something that stays.
        :param repeatable: whether it may reach the server twice. By default everything but POST and PATCH.
        :raises RestError: for an answer of 300 and above, or none.
        """
        deadline = time.monotonic() + self.timeout
        twice = method in _REPEATABLE_METHODS if repeatable is None else repeatable
        pause, tries = 0.2, 0
        while True:
            tries += 1
            try:
                with self._open(method, path, attempted, query, body, headers, deadline) as response:
                    return Answer(response.status, response.headers, self._content(response, attempted, f"{method} {self._address(path)}"))
            except RestError as error:
                if not self._may_pass(error, twice, retried):
                    raise
                wait = pause if error.retry_after is None else error.retry_after
                if time.monotonic() + wait >= deadline:
                    raise self._given_up(error, tries, wait) from None
            time.sleep(wait)
            pause = min(pause * 2, 5.0)

    def get(self, path: str, attempted: str, query: Query = ()) -> Any:
        """What ``GET path`` holds, read as JSON."""
        return self.read_json(self.request("GET", path, attempted, query), attempted, path)

    def read_json(self, answer: Answer, attempted: str, path: str) -> Any:
        """The JSON of an answer.

        :raises RestError: when it is none, as from a login page in front of the server.
        """
        try:
            return answer.json()
        except ValueError:
            kind = answer.headers.get("Content-Type", "no content type")
            raise RestError(attempted, self._address(path), f"{answer.status} with something that is not JSON ({kind})",
                            "Does the url lead to the API itself?", answer.status, lasting=True) from None

    def pages(self, path: str, attempted: str, query: Query = ()) -> Iterator[Any]:
        """Every item of a list that comes in pages, by the header ``Link`` or ``X-Next-Page``."""
        following: Query | None = query
        while following is not None:
            answer = self.request("GET", path, attempted, following)
            yield from self.read_json(answer, attempted, path) or []
            following = next_page(answer.headers, following)

    def download(self, path: str, attempted: str, offset: int = 0) -> Iterator[bytes]:
        """The content of a growing file from ``offset`` (bytes) on, in pieces; nothing when it did not grow.

        The rest alone is asked for (``Range``). A server that sends everything is listened to all the same.
        """
        headers = {"Accept": "*/*", **({"Range": f"bytes={offset}-"} if offset else {})}
        try:
            response = self._open("GET", path, attempted, (), None, headers, time.monotonic() + self.timeout)
        except RestError as error:
            if error.status == 416:  # not satisfiable: there is nothing after the offset
                return
            raise
        with response:
            skip = 0 if response.status == 206 else offset
            while True:
                piece = self._content(response, attempted, f"GET {self._address(path)}", _CHUNK)
                if not piece:
                    return
                if len(piece) > skip:
                    yield piece[skip:]
                skip = max(0, skip - len(piece))

    def _open(
        self, method: str, path: str, attempted: str, query: Query, body: object, headers: Mapping[str, str] | None, deadline: float
    ) -> Any:
        on = f"{method} {self._address(path)}"
        text = urlencode(query_pairs(query))
        data = None if body is None else json.dumps(body).encode()
        sent = {**self._sent_headers, **({"Content-Type": "application/json"} if data else {}), **(headers or {})}
        request = urllib.request.Request(self._address(path) + (f"?{text}" if text else ""), data, sent, method=method)
        try:
            response = self._opener.open(request, timeout=max(0.1, deadline - time.monotonic()))
        except HTTPError as error:
            self._has_answered = True
            with error:
                raise self._refusal(attempted, on, error) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._silence(attempted, on, error) from None
        self._has_answered = True
        return response

    def _content(self, response: Any, attempted: str, on: str, size: int | None = None) -> bytes:
        try:
            content: bytes = response.read() if size is None else response.read(size)
        except (OSError, http.client.HTTPException) as error:
            raise self._silence(attempted, on, error) from None
        return content

    def _refusal(self, attempted: str, on: str, error: HTTPError) -> RestError:
        content = self._content(error, attempted, on) if error.fp else b""
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        said = self._clean(message_of(body) or (content[:300].decode(errors="replace") if body is None and b"<" not in content[:300] else ""))
        answered = f"{error.code} {error.reason or http.client.responses.get(error.code, '')}".strip() + (f": {said}" if said else "")
        location = error.headers.get("Location", "") if 300 <= error.code < 400 else ""
        if location:
            answered += f", moved to {self._clean(location)}"
        advice = "Redirects are not followed, because they would carry the credentials along. Set url to where it moved." if location else ""
        advice = advice or ("The server does not accept the credentials: they are missing, wrong or expired." if error.code == 401 else "")
        refusal = RestError(attempted, on, answered, advice, error.code, body, retry_after(error.headers.get("Retry-After"), time.time()))
        refusal.headers = error.headers
        return refusal

    def _silence(self, attempted: str, on: str, error: Exception) -> RestError:
        reason = error.reason if isinstance(error, URLError) and isinstance(error.reason, Exception) else error
        text = self._clean(str(reason) or type(reason).__name__)
        if isinstance(reason, ssl.SSLCertVerificationError):
            advice = "Set ca_path to the certificate authority that signed the server's certificate."
            return RestError(attempted, on, f"the server's certificate is not trusted ({reason.verify_message})", advice, lasting=True)
        if isinstance(reason, ssl.SSLError):
            advice = "Is it a port without TLS (http://)? Does the server demand a client certificate (client_cert, client_key)?"
            return RestError(attempted, on, f"TLS failed ({text})", advice, lasting=True)
        if isinstance(reason, socket.gaierror):
            return RestError(attempted, on, f"the name cannot be resolved ({text})", nothing_sent=True)
        if isinstance(reason, ConnectionRefusedError):
            return RestError(attempted, on, "nothing listens there (connection refused)", nothing_sent=True)
        if isinstance(reason, TimeoutError):
            return RestError(attempted, on, f"no answer within {self.timeout:g} s")
        return RestError(attempted, on, f"the connection broke ({text})")

    def _may_pass(self, error: RestError, twice: bool, retried: Collection[int]) -> bool:
        if error.lasting:
            return False
        if error.status is not None:
            return error.status in retried and (twice or error.status in REFUSED_FOR_NOW)
        # Where nobody ever answered, the address is wrong rather than the server busy: say so at once.
        return self._has_answered and (twice or error.nothing_sent)

    def _given_up(self, error: RestError, tries: int, wait: float) -> RestError:
        asked = f", which asks to wait {wait:g} s" if error.retry_after is not None else ""
        error.answered += f"{asked} (tried {tries} times, timeout {self.timeout:g} s)"
        return error.with_advice(error.advice or "The server is busy or restarts. Try later, or set a longer timeout.")

    def _address(self, path: str) -> str:
        return f"{self.url}/{path.lstrip('/')}"

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return " ".join(text.split())[:300]


def url_problems(url: str) -> list[str]:
    """What is wrong with the address of an API; nothing of its secrets is in the text."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ["url must be of the form https://host[:port][/path]"]
    problems = ["url holds a user or password: use url_username and url_password"] if "@" in parts.netloc else []
    return problems + (["url must not hold a query or fragment"] if parts.query or parts.fragment else [])


def quoted(segment: object) -> str:
    """One segment of a path: ``group/project`` becomes ``group%2Fproject``."""
    return quote(str(segment), safe="")


def query_pairs(query: Query) -> list[tuple[str, str]]:
    """A query as pairs: lists repeat their name, booleans are lower case, ``None`` is left out."""
    pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
    flat = [(name, item) for name, value in pairs for item in (value if isinstance(value, (list, tuple)) else [value])]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in flat if value is not None]


def next_page(headers: Mapping[str, str], query: Query) -> Query | None:
    """The query of the next page, ``None`` after the last one.

    Only the query of the link is taken: behind a proxy or a port-forward the server knows itself by another address,
    and the credentials must not follow it there.
    """
    link = re.search(r'<([^>]*)>\s*;[^,<]*\brel="?next\b', headers.get("Link") or "")
    if link:
        return parse_qsl(urlsplit(link.group(1)).query, keep_blank_values=True)
    number = (headers.get("X-Next-Page") or "").strip()
    return [*((name, value) for name, value in query_pairs(query) if name != "page"), ("page", number)] if number else None


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by the header ``Retry-After``, which is a number or a date (RFC 9110, 10.2.3).

    :param now: seconds since 1970.
    """
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (TypeError, ValueError):
        return None


def message_of(body: object) -> str:
    """What an error's body says, for the ways in which the known servers say it."""
    if not isinstance(body, Mapping):
        return ""
    said = [body[name] for name in ("message", "error", "error_description", "detail") if body.get(name)]
    return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in said)
