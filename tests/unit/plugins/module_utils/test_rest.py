# Copyright: (c) 2026, streamops.kafka contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST client: pure parts, and how it treats a server on loopback that misbehaves."""

from __future__ import annotations

import base64
import datetime
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from ansible_collections.streamops.kafka.plugins.module_utils.errors import InputError
from ansible_collections.streamops.kafka.plugins.module_utils.rest import Rest, RestError, message_of, next_page, query_pairs, quoted, retry_after, url_problems
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

TOKEN = "secret-token-0123456789"
Reply = tuple[int, dict[str, str], bytes]
OK: Reply = (200, {}, b'{"ok": true}')


@pytest.mark.parametrize(("headers", "following"), [
    ({"Link": '<https://elsewhere.example.com/api/v4/x?page=1>; rel="first", <https://elsewhere.example.com/api/v4/x?cursor=a%2Bb&per_page=2>; rel="next"'},
     [("cursor", "a+b"), ("per_page", "2")]),
    ({"Link": '<https://a.example.com/x?page=1>; rel="prev"', "X-Next-Page": ""}, None),
    ({"X-Next-Page": "3"}, [("status", "running"), ("page", "3")]),
    ({}, None),
])
def test_the_next_page_is_asked_of_the_same_server(headers: dict[str, str], following: object) -> None:
    assert next_page(headers, {"status": "running", "page": 2}) == following


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), ("-1", 0.0), ("Thu, 01 Jan 1970 00:01:40 GMT", 60.0), ("soon", None), ("", None), (None, None)])
def test_retry_after_is_a_number_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=40.0) == seconds


def test_queries_and_paths_are_spelled_as_apis_want_them() -> None:
    assert query_pairs({"scope[]": ["pending", "running"], "ref": None, "force": True}) == [("scope[]", "pending"), ("scope[]", "running"), ("force", "true")]
    assert quoted("group/sub project") == "group%2Fsub%20project"


@pytest.mark.parametrize(("url", "problem"), [
    ("https://a.example.com:8443/api", ""), ("a.example.com", "https://host"), ("ftp://a", "https://host"),
    (f"https://user:{TOKEN}@a.example.com", "url_username"), ("https://a.example.com/?private_token=x", "query"),
])
def test_a_wrong_address_is_named_without_its_password(url: str, problem: str) -> None:
    text = "; ".join(url_problems(url))
    assert problem in text and bool(problem) == bool(text) and TOKEN not in text


@pytest.mark.parametrize(("body", "text"), [
    ({"message": "403 Forbidden"}, "403 Forbidden"), ({"message": {"base": ["no"]}}, '{"base": ["no"]}'),
    ({"error_code": 40401, "message": "Subject not found"}, "Subject not found"), ([], ""), (None, ""),
])
def test_messages_of_all_known_servers_are_read(body: object, text: str) -> None:
    assert message_of(body) == text


class Server:
    """Gives the replies one after the other, the last for ever; remembers what was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply | Callable[[BaseHTTPRequestHandler], None]] = [OK]
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.asked.append((f"{self.command} {self.path}", dict(self.headers), content))
                reply = outer.replies.pop(0) if len(outer.replies) > 1 else outer.replies[0]
                if callable(reply):
                    reply(self)
                    return
                status, headers, body = reply
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = _serve

            def log_message(self, *dummy_args: object) -> None:
                """Silent."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def rest(self, **options: object) -> Rest:
        return Rest(**{"url": self.url, "secret_headers": {"PRIVATE-TOKEN": TOKEN}, "timeout": 5.0, **options})


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n{")


def sleep(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(server: Server, status: int) -> None:
    server.replies = [(status, {"Retry-After": "0"}, b""), OK]
    assert server.rest().get("x", "read x") == {"ok": True} and len(server.asked) == 2


@pytest.mark.parametrize(("status", "times"), [(409, 2), (429, 2), (503, 2), (500, 1), (502, 1)])
def test_what_may_have_been_done_is_not_done_twice(server: Server, status: int, times: int) -> None:
    server.replies = [(status, {"Retry-After": "0"}, b""), OK]
    try:
        server.rest().request("POST", "x", "create x", body={"a": 1})
    except RestError as error:
        assert error.status == status
    assert len(server.asked) == times and server.asked[0][2] == b'{"a": 1}'


def test_a_conflict_that_stays_is_not_asked_again_where_it_means_something(server: Server) -> None:
    server.replies = [(409, {}, b'{"error_code": 409, "message": "Schema is incompatible"}'), OK]
    with pytest.raises(RestError, match=r"Failed to register the schema on POST .*/subjects: 409 Conflict: Schema is incompatible\.") as raised:
        server.rest().request("POST", "subjects", "register the schema", body={}, retried={429, 503})
    assert raised.value.status == 409 and raised.value.body == {"error_code": 409, "message": "Schema is incompatible"}


def test_the_wait_that_the_server_asks_for_ends_at_the_deadline(server: Server) -> None:
    server.replies = [(429, {"Retry-After": "60"}, b"")]
    with pytest.raises(RestError, match=r"429 Too Many Requests, which asks to wait 60 s \(tried 1 times, timeout 1 s\)"):
        server.rest(timeout=1.0).get("x", "read x")


@pytest.mark.parametrize("fault", [hang_up, break_off])
def test_a_connection_that_breaks_is_made_again_once_the_server_has_answered(server: Server, fault: Callable) -> None:
    server.replies = [OK, fault, OK]
    rest = server.rest()
    rest.get("x", "read x")
    assert rest.get("x", "read x") == {"ok": True} and len(server.asked) == 3


def test_nobody_there_is_said_at_once(server: Server) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        started = time.monotonic()
        with pytest.raises(RestError, match="nothing listens there"):
            server.rest(url=f"http://127.0.0.1:{unused.getsockname()[1]}").get("x", "read x")
    assert time.monotonic() - started < 3


def test_a_server_that_hangs_is_given_up(server: Server) -> None:
    server.replies = [sleep]
    with pytest.raises(RestError, match=r"no answer within 0\.5 s"):
        server.rest(timeout=0.5).get("x", "read x")


def test_no_error_holds_a_secret(server: Server) -> None:
    password = "the password of the proxy"
    basic = base64.b64encode(f"me:{password}".encode()).decode()
    server.replies = [(400, {}, json.dumps({"message": f"bad token {TOKEN}, bad login {password}, bad header {basic}"}).encode())]
    rest = server.rest(username="me", password=password)
    with pytest.raises(RestError) as raised:
        rest.get("x", "read x")
    assert "bad token ***, bad login ***" in str(raised.value)
    assert not any(secret in str(raised.value) + repr(rest) for secret in (TOKEN, password, basic))
    assert server.asked[0][1]["Authorization"] == f"Basic {basic}" and server.asked[0][1]["Private-Token"] == TOKEN


def test_a_redirect_is_not_followed(server: Server) -> None:
    elsewhere = Server()
    try:
        server.replies = [(302, {"Location": f"{elsewhere.url}/x"}, b"")]
        with pytest.raises(RestError, match=r"302 .*moved to http.* Set url to where it moved"):
            server.rest().get("x", "read x")
        assert elsewhere.asked == []
    finally:
        elsewhere.http.shutdown()
        elsewhere.http.server_close()


def test_a_login_page_is_no_answer(server: Server) -> None:
    server.replies = [(200, {"Content-Type": "text/html"}, b"<html>Sign in</html>")]
    with pytest.raises(RestError, match=r"200 with something that is not JSON \(text/html\)"):
        server.rest().get("x", "read x")


def test_all_pages_are_read(server: Server) -> None:
    server.replies = [(200, {"X-Next-Page": "2"}, b"[1, 2]"), (200, {"Link": '<http://gitlab.example.com/x?page=3>; rel="next"'}, b"[3]"), (200, {}, b"[]")]
    assert list(server.rest().pages("x", "list x", {"status": "running"})) == [1, 2, 3]
    assert [asked for asked, dummy_headers, dummy_body in server.asked] == ["GET /x?status=running", "GET /x?status=running&page=2", "GET /x?page=3"]


@pytest.mark.parametrize("reply", [(200, {}, b"0123456789"), (206, {"Content-Range": "bytes 6-9/10"}, b"6789")])
def test_a_growing_file_is_read_from_where_it_was_left(server: Server, reply: Reply) -> None:
    server.replies = [reply]
    assert b"".join(server.rest().download("log", "read the log", offset=6)) == b"6789"
    assert server.asked[0][1]["Range"] == "bytes=6-"


def test_a_file_that_did_not_grow_is_nothing_new(server: Server) -> None:
    server.replies = [(416, {}, b"")]
    assert list(server.rest().download("log", "read the log", offset=10)) == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1 that nobody has signed, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    unencrypted = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path / "server.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*unencrypted))
    return path


@pytest.fixture
def tls_server(server: Server, certificate: Path) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    server.url = server.url.replace("http:", "https:")
    return server


def test_certificates_are_verified(tls_server: Server, certificate: Path) -> None:
    with pytest.raises(RestError, match=r"certificate is not trusted .* Set ca_path"):
        tls_server.rest().get("x", "read x")
    assert tls_server.asked == [], "the token was not sent"
    assert tls_server.rest(ca_path=str(certificate)).get("x", "read x") == {"ok": True}
    assert tls_server.rest(validate_certs=False).get("x", "read x") == {"ok": True}


def test_a_client_certificate_is_shown(tls_server: Server, certificate: Path) -> None:
    shown: list[object] = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        shown.append(handler.connection.getpeercert())
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    tls_server.replies = [look]
    tls_server.rest(ca_path=str(certificate), client_cert=str(certificate)).get("x", "read x")
    assert shown[0]


def test_tls_at_a_plain_port_is_said(server: Server) -> None:
    with pytest.raises(RestError, match=r"TLS failed .* port without TLS"):
        server.rest(url=server.url.replace("http:", "https:")).get("x", "read x")


def test_files_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ca_path=.*/none\.pem.* cannot be used"):
        Rest("https://127.0.0.1", ca_path=str(tmp_path / "none.pem"))
