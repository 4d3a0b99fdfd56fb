"""The table of faults: what a server does, and what the call must end in. See test_table.py.

Its rows are those of the list of faults that the client promises to stand, from 1 to 31; the tests
beside it that are marked with a row show those that no server can bring about.
"""

import datetime as dt
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from certifier_client import CredentialTemplate
from certifier_client import errors as cc
from certifier_generated.types import UNSET
from certifier_sandbox import TEMPLATE_ID
from faults import server as s
from faults.fault import (
    CANARY,
    CAREFUL,
    LONG_AGO,
    ONCE,
    OTHER_CA,
    Fault,
    body,
    certificate,
    free_port,
    full_port,
    old_tls,
    refused,
    timeout,
    variants,
)
from documented import TEMPLATE
from faults.server import GOOD, FaultServer, Turn, answer, close, error, read, reset, send

# fmt: off
CHUNKED = [("Transfer-Encoding", "chunked")]
HEAD = b"HTTP/1.1 200 OK\r\n"
PORTAL = b"<html>Log in to this network</html>"

NETWORK = [
    Fault(1, "name not found", [], cc.TransportError, 0, 3, says="no-such-host.invalid", options={"base_url": "http://no-such-host.invalid", "allow_http": True}),
    Fault(1, "connection refused", [], cc.TransportError, 0, 3, says="check base_url", also=lambda _: {"base_url": f"http://localhost:{free_port()}"}),
    Fault(1, "connection not taken", [], cc.TimedOutError, 0, 3, says="ConnectTimeout", also=lambda _: {"base_url": f"http://127.0.0.1:{full_port()}", "timeout": timeout(connect=0.02)}),
    Fault(1, "connection not taken until the deadline", [], cc.TimedOutError, 0, 1, also=lambda _: {"base_url": f"http://127.0.0.1:{full_port()}", "deadline": 0.05}),
    Fault(2, "a certificate of the user's own", [], tls=certificate, environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "unknown CA", [], cc.TlsError, 0, 1, tls=lambda: certificate(OTHER_CA), says="SSL_CERT_FILE", environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "unknown CA and the environment against it", [], cc.TlsError, 0, 1, tls=certificate, environment={"PYTHONHTTPSVERIFY": "0", "CURL_CA_BUNDLE": "", "REQUESTS_CA_BUNDLE": "", "SSL_VERIFY": "false", "NODE_TLS_REJECT_UNAUTHORIZED": "0"}),
    Fault(2, "expired", [], cc.TlsError, 0, 1, says="expired", environment={"SSL_CERT_FILE": "CA"}, tls=lambda: certificate(not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(days=9))),
    Fault(2, "another host's", [], cc.TlsError, 0, 1, says="localhost", tls=lambda: certificate(name="example.org"), environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "too old", [], cc.TlsError, 0, 1, tls=old_tls, environment={"SSL_CERT_FILE": "CA"}),
    Fault(2, "no TLS at all", [(send(b"HTTP/1.1 200 OK\r\n\r\n"), s.stall(1))], cc.TlsError, 0, 1, also=lambda server: {"base_url": f"https://localhost:{server.port}"}),
    Fault(2, "handshake broken off", [(s.stall(0.01), close)] * 3, cc.TransportError, 0, 3, also=lambda server: {"base_url": f"https://localhost:{server.port}"}),
    Fault(2, "handshake that does not end", [(s.stall(9),)] * 3, cc.TimedOutError, 0, 3, also=lambda server: {"base_url": f"https://localhost:{server.port}", "timeout": timeout(connect=0.02)}),
    Fault(3, "closed in time to be seen", [(*GOOD, close)], None, 2, calls=2, options={"retry": ONCE}),
    Fault(3, "closed as the next request comes", [GOOD, (read, close)], None, 3, calls=2, options={"retry": ONCE}),
    Fault(3, "reset as the next request comes", [GOOD, (read, reset)], None, 3, calls=2, options={"retry": ONCE}),
    Fault(3, "closed, and the fresh one too", [GOOD, (read, close), (read, close)], cc.TransportError, 3, 2, ambiguous=True, calls=2, options={"retry": ONCE}),
    Fault(3, "closed, careful", [GOOD, (read, close)], cc.TransportError, 2, 1, ambiguous=True, calls=2, options={"retry": CAREFUL}),
    *variants(4, "closed without an answer", (read, close), cc.TransportError),
    *variants(4, "reset without an answer", (read, reset), cc.TransportError),
    *variants(4, "closed within the head", (read, send(HEAD + b"Content-Le"), close), cc.TransportError),
    *variants(4, "reset within the body", (read, send(HEAD + b"Content-Length: 9\r\n\r\n{"), reset), cc.TransportError),
    Fault(4, "reset while sending", [(s.stall(0.01), reset)] * 3, cc.TransportError, 0, 3, ambiguous=True, fields={"name": "n" * 8_000_000}),
    Fault(5, "no answer in time, once", [(read, s.stall(9))], None, 2, options={"timeout": timeout(read=0.1)}),
    Fault(5, "no answer in time, always", [(read, s.stall(9))] * 3, cc.TimedOutError, 3, ambiguous=True, options={"timeout": timeout(read=0.02)}),
    Fault(5, "no answer in time, careful", [(read, s.stall(9))], cc.TimedOutError, 1, ambiguous=True, options={"timeout": timeout(read=0.02), "retry": CAREFUL}),
    Fault(5, "no body in time", [(read, send(HEAD + b"Content-Length: 9\r\n\r\n{"), s.stall(9))] * 3, cc.TimedOutError, 3, ambiguous=True, options={"timeout": timeout(read=0.02)}),
    Fault(5, "request not taken in time", [(s.hold(9),)] * 3, cc.TimedOutError, 0, 3, ambiguous=True, says="WriteTimeout", options={"timeout": timeout(write=0.02, read=0.02)}, fields={"name": "n" * 8_000_000}),
    Fault(5, "request taken little by little", [(s.sip(0.02),)], cc.TimedOutError, 0, 1, ambiguous=True, options={"deadline": 0.2}, fields={"name": "n" * 8_000_000}),
    Fault(5, "no room for another attempt", [(read, s.stall(9))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.05}),
    Fault(6, "head dripping", [(read, s.drip(answer(), 0.02))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "body dripping", [(read, send(answer()[:-50]), s.drip(answer()[-50:], 0.02))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "chunks dripping", [(read, send(answer(200, b"", CHUNKED)), s.drip(b"1\r\na\r\n" * 50, 0.01))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "error dripping", [(read, s.drip(error(404), 0.02))], cc.TimedOutError, 1, ambiguous=True, options={"deadline": 0.1}),
    Fault(6, "dripping, but in time", [(read, s.drip(answer(), 0.0001))], options={"deadline": 60}),
]

FAR = {"base_url": "http://no-such-host.invalid", "allow_http": True}


def was_passed_on(server: FaultServer) -> bool:
    """Return whether the request came as one to a proxy."""
    return server.requests[0].startswith(b"PATCH http://no-such-host.invalid/v1/groups/")


PROXIES = [
    Fault(8, "the environment's proxy", [], options=FAR, environment={"HTTP_PROXY": "http://127.0.0.1:PORT"}, wire=was_passed_on),
    Fault(8, "the environment's proxy without a scheme", [], options=FAR, environment={"ALL_PROXY": "127.0.0.1:PORT"}, wire=was_passed_on),
    Fault(8, "the environment's proxy with a password", [], options=FAR, environment={"HTTP_PROXY": f"http://user:{CANARY}@127.0.0.1:PORT"}, wire=lambda server: b"\nProxy-Authorization: Basic " in server.requests[0]),
    Fault(8, "not for this host", [], cc.TransportError, 0, 3, says="no-such-host", options=FAR, environment={"HTTP_PROXY": "http://127.0.0.1:PORT", "NO_PROXY": "a.org,.invalid"}),
    Fault(8, "the environment is not trusted", [], cc.TransportError, 0, 3, says="no-such-host", options={**FAR, "trust_env": False}, environment={"HTTP_PROXY": "http://127.0.0.1:PORT"}),
    Fault(8, "no environment's proxy on the way to this machine", [], environment={"HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}),
    Fault(8, "the environment's proxy is no URL", [], cc.InputError, 0, 1, says="the proxy is no URL", options=FAR, environment={"HTTP_PROXY": f"nonsense://user:{CANARY}@a"}),
    Fault(8, "the proxy is no URL", [], cc.InputError, 0, 0, says="the proxy is no URL", options={"proxy": f"nonsense://user:{CANARY}@a"}),
    Fault(8, "SOCKS", [(s.socks(b"\0"), *GOOD)], wire=lambda server: b"\nHost: no-such-host.invalid\r" in server.requests[0], options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS refuses", [(s.socks(b"\2"),)], cc.ProxyError, 0, 1, options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(8, "SOCKS down", [], cc.ProxyError, 0, 1, options=FAR, also=lambda _: {"proxy": f"socks5://127.0.0.1:{free_port()}"}),
    Fault(8, "proxy down", [], cc.ProxyError, 0, 1, says="check the option proxy", also=lambda _: {"proxy": f"http://user:{CANARY}@127.0.0.1:{free_port()}"}),
    Fault(8, "proxy does not take the connection", [], cc.ProxyError, 0, 1, also=lambda _: {"proxy": f"http://127.0.0.1:{full_port()}", "timeout": timeout(connect=0.02)}),
    Fault(8, "proxy refuses to connect", [(read, send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"))], cc.ProxyError, 1, says="407", also=lambda server: {"proxy": f"http://user:{CANARY}@127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(8, "proxy asks for a password", [refused(407)], cc.ClientError, 1, says="407", also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "http://api.example.org", "allow_http": True}),
    Fault(8, "the login page of a network", [(read, send(answer(200, PORTAL, [("Content-Type", "text/html")])))], cc.InvalidResponseError, 1, ambiguous=True, says="Log in to this network"),
    Fault(8, "proxy breaks off the tunnel", [(read, close)] * 3, cc.TransportError, 3, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(8, "proxy that passes on", [], wire=was_passed_on, options=FAR, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}"}),
]

BIG = b" " * (2 * 1024 * 1024)
BOMB = gzip.compress(b" " * (64 * 1024 * 1024))
ZIPPED = [("Content-Encoding", "gzip")]
ELSEWHERE = ("Location", "https://user:secret@evil.example/next?token=secret#secret")


def no_cookie(server: FaultServer) -> bool:
    """Return whether no request had a cookie."""
    return not any(b"cookie" in request.lower() for request in server.requests)


def is_safe(exception: cc.RedirectError) -> bool:
    """Return whether where it points is shown, and what may be secret of it is not."""
    shown = (exception.location, "secret" in str(exception))
    return shown == ("https://evil.example/next", False)


PROTOCOL = [
    *variants(9, "shorter than announced", (*body("{}", 500), close), cc.TransportError),
    *variants(9, "broken chunk", (read, send(answer(200, b"zz\r\n{}\r\n", CHUNKED))), cc.TransportError),
    *variants(9, "chunks that break off", (read, send(answer(200, b"9\r\n{}", CHUNKED)), close), cc.TransportError),
    Fault(9, "compressed, unasked", [(read, send(answer(200, gzip.compress(json.dumps(TEMPLATE).encode()), ZIPPED)))], cc.InvalidResponseError, ambiguous=True, says="compressed ('gzip')"),
    Fault(9, "broken compression", [(read, send(answer(200, b"no gzip", ZIPPED)))], cc.InvalidResponseError, ambiguous=True),
    Fault(9, "a compressed error", [(read, send(answer(404, gzip.compress(b"{}"), ZIPPED)))], cc.NotFoundError),
    Fault(9, "length that is no number", [(read, send(HEAD + b"Content-Length: ten\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(9, "length below zero", [(read, send(HEAD + b"Content-Length: -1\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(9, "two lengths", [(read, send(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(10, "large", [body(BIG)], cc.InvalidResponseError, ambiguous=True, says="larger than"),
    Fault(10, "announced large, and never sent", [(read, send(HEAD + b"Content-Length: 99999999999999\r\n\r\n"), s.flood(BIG))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "endless", [(read, send(HEAD + b"\r\n"), s.flood(BIG))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "endless chunks", [(read, send(answer(200, b"", CHUNKED)), s.flood(b"1000\r\n" + b" " * 4096 + b"\r\n"))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "endless chunks of a byte", [(read, send(answer(200, b"", CHUNKED)), s.flood(b"1\r\n \r\n" * 1000))], cc.TimedOutError, ambiguous=True, options={"deadline": 0.1, "retry": ONCE}),
    Fault(10, "a bomb", [(read, send(answer(200, BOMB, ZIPPED)))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "an endless error", [(read, send(b"HTTP/1.1 404 No\r\n\r\n"), s.flood(BIG))], cc.NotFoundError, check=lambda e: len(e.body) == 1024 * 1024),
    Fault(10, "an endless error that passes", [(read, send(b"HTTP/1.1 503 No\r\n\r\n"), s.flood(BIG))], None, 2),
    Fault(10, "a bomb for an error", [(read, send(answer(400, BOMB, ZIPPED)))], cc.BadRequestError),
    Fault(10, "an endless redirect", [(read, send(b"HTTP/1.1 302 No\r\nLocation: /a\r\n\r\n"), s.flood(BIG))], cc.RedirectError),
    *(Fault(11, f"{status}", [(read, send(error(status, [ELSEWHERE])))], cc.RedirectError, says="https://evil.example/next", check=is_safe, ambiguous=status in {300, 303}) for status in (300, 301, 302, 303, 307, 308)),
    Fault(11, "304", [(read, send(b"HTTP/1.1 304 Not Modified\r\n\r\n"))], cc.RedirectError, ambiguous=True, check=lambda e: e.location is None),
    Fault(11, "to itself", [(read, s.echo(lambda request: error(307, [("Location", request.split()[1].decode())])))], cc.RedirectError),
    Fault(11, "to nowhere", [(read, send(error(302, [("Location", "http://[bad")])))], cc.RedirectError, check=lambda e: e.location == ""),
    Fault(12, "a cookie", [(read, send(answer(200, None, [("Set-Cookie", "session=1; Path=/")])))], None, 2, calls=2, wire=no_cookie),
    Fault(12, "a cookie with an error that passes", [(read, send(error(503, [("Set-Cookie", "session=1")])))], None, 2, wire=no_cookie),
    Fault(14, "another protocol", [(read, send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))], cc.TransportError, ambiguous=True),
    Fault(14, "no status", [(read, send(b"HTTP/1.1 abc\r\n\r\n"))], cc.TransportError, ambiguous=True),
    Fault(14, "random bytes", [(read, send(bytes(range(256)) * 500))], cc.TransportError, ambiguous=True),
    Fault(14, "oversized header", [(read, send(HEAD + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(14, "endless headers", [(read, send(HEAD), s.flood(b"X-A: a\r\n" * 1000))], cc.TransportError, ambiguous=True),
    Fault(14, "NUL in a header", [(read, send(HEAD + b"X-A: \0\r\nContent-Length: 2\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(14, "endless 100", [(read, s.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 10))], cc.TimedOutError, ambiguous=True, options={"deadline": 0.1}),
    Fault(14, "100 and 103 before the answer", [(read, send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer()))]),
    Fault(14, "101", [(read, send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n"))], cc.TransportError, ambiguous=True),
    Fault(14, "an answer to HTTP/1.0", [(read, send(answer().replace(b"HTTP/1.1", b"HTTP/1.0")), close)]),
]


def template(**fields: object) -> Turn:
    """Return an answer of success with a template that differs in this."""
    return (read, send(answer(200, {**TEMPLATE, **fields})))


def lacking(name: str) -> Turn:
    """Return an answer of success with a template that lacks a field."""
    return body(json.dumps({key: value for key, value in TEMPLATE.items() if key != name}))


def warns(credential_template: CredentialTemplate) -> bool:
    """Return whether reading a legacy field warns."""
    with pytest.warns(DeprecationWarning, match="badge_design_id is a legacy field"):
        return credential_template.badge_design_id in {"a", UNSET}


def has_code(code: str) -> Callable[[cc.StatusError], bool]:
    """Hold the code of an error against this one."""
    return lambda exception: exception.code == code


def has_body(content: bytes) -> Callable[[cc.StatusError], bool]:
    """Hold the body of an error without a code against this one."""
    return lambda exception: (exception.body, exception.code) == (content, None)


_FIELD_VALUES: list[tuple[str, object, str]] = [("id", None, ""), ("id", 5, ""), ("name", None, ""), ("name", ["a"], ""), ("learningEventUrl", 5, ""), ("designIds", None, ""), ("designIds", "a", ""), ("designIds", ["a", None], "[1]"), ("createdAt", None, ""), ("createdAt", "yesterday", ""), ("updatedAt", 5, ""), ("badgeDesignId", {}, "")]

_HOSTILE = {
    "204": (read, send(b"HTTP/1.1 204 No Content\r\n\r\n")),
    "empty": body(""),
    "HTML": body("<html>"),
    "invalid UTF-8": body(b'{"id": "\xff"}'),
    "UTF-16": body(json.dumps(TEMPLATE).encode("utf-16")),
    "a byte order mark": body(json.dumps(TEMPLATE).encode("utf-8-sig")),
    "null": body("null"),
    "an array": body("[]"),
    "a string": body('"a"'),
    "deep arrays": body("[" * 15_000),
    "deep objects": body('{"a":' * 15_000),
    "deep in a field": body(json.dumps(TEMPLATE)[:-1] + ', "x": ' + "[" * 9000 + "]" * 9000 + "}"),
    "NaN": template(x=float("nan")),
    "Infinity": template(name=float("inf")),
    "a number of 5000 digits": body(json.dumps(TEMPLATE)[:-1] + f', "x": {"9" * 5000}}}'),
    "many values": body(json.dumps([0] * 30_000)),
    "two values": body(json.dumps(TEMPLATE) * 2),
    "broken off": body(json.dumps(TEMPLATE)[:-1]),
    "201": (read, send(answer(201))),
    "206": (read, send(answer(206))),
}

_AGAIN = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530)
_DATE = ("Date", "Wed, 01 Jan 2020 00:00:00 GMT")
_LAST = (dt.datetime(9999, 12, 31, 23, 59, 59) - dt.datetime(2020, 1, 1)).total_seconds()  # noqa: DTZ001 - both in GMT


def later(value: str, *more: tuple[str, str], status: int = 429) -> Turn:
    """Return an error that asks to wait."""
    return (read, send(error(status, [("Retry-After", value), *more])))


ANSWERS = [
    *(Fault(13, name, [turn], cc.InvalidResponseError, ambiguous=True) for name, turn in _HOSTILE.items()),
    Fault(13, "a number beyond a double", [body(json.dumps(TEMPLATE)[:-1] + ', "x": 1e999}')], cc.InvalidResponseError, ambiguous=True),
    *(
        Fault(15, f"{status}", [refused(status)], kind, says="some_code: what it says")
        for status, kind in {400: cc.BadRequestError, 401: cc.UnauthorizedError, 402: cc.PaymentRequiredError, 403: cc.ForbiddenError, 404: cc.NotFoundError, 409: cc.ConflictError, 413: cc.ContentTooLargeError, 415: cc.UnsupportedMediaTypeError, 422: cc.UnprocessableContentError}.items()
    ),
    *(
        Fault(15, f"400 {code}", [(read, send(answer(400, {"error": {"code": code, "message": "m"}})))], kind, check=has_code(code))
        for code, kind in {"missing_version": cc.MissingVersionError, "invalid_version": cc.InvalidVersionError, "invalid_json": cc.InvalidJsonError, "validation_error": cc.ValidationError, "a_new_one": cc.BadRequestError}.items()
    ),
    *(fault for status in _AGAIN for fault in variants(16, f"{status}", refused(status), cc.ServerError if status >= 500 else cc.ClientError, ambiguous=status >= 500)),
    Fault(16, "one kind after another", [refused(503), (read, close)], None, 3),
    Fault(16, "refused after it may have been applied", [refused(502), refused(404)], cc.NotFoundError, 2, ambiguous=True),
    Fault(17, "0", [later("0")], None, 2),
    Fault(17, "more than the deadline", [later("3600")], cc.RateLimitedError, retry_after=3600.0),
    Fault(17, "just the deadline", [later("5")], cc.RateLimitedError, retry_after=5.0),
    Fault(17, "more, of an outage", [later("3600", status=503)], cc.ServerError, ambiguous=True, retry_after=3600.0),
    Fault(17, "5000 digits", [later("9" * 5000)], cc.RateLimitedError, retry_after=float("inf")),
    Fault(17, "a date of the past", [later("Wed, 01 Jan 2019 00:00:00 GMT", _DATE)], None, 2),
    Fault(17, "a date", [later("Wed, 01 Jan 2020 00:00:05 GMT", _DATE)], cc.RateLimitedError, retry_after=5.0),
    Fault(17, "a date too late", [later("Wed, 01 Jan 2020 01:00:00 GMT", _DATE)], cc.RateLimitedError, retry_after=3600.0),
    Fault(17, "the last date there is", [later("Fri, 31 Dec 9999 23:59:59 GMT", _DATE)], cc.RateLimitedError, retry_after=_LAST),
    *(Fault(17, f"{value!r}", [later(value, _DATE)], None, 2) for value in ("", "soon", "-5", "1.", ".5", "1, 2", "1e9", "²", "Wed, 99 Foo 2020 00:00:00 GMT", "Wed, 01 Jan 2020 00:00:00 -0000", "0x10", "2020-01-01T00:00:00Z")),
    Fault(17, "of a refusal", [later("7", status=403)], cc.ForbiddenError, retry_after=7.0),
    *(
        Fault(18, f"{status}", [refused(status)], kind, ambiguous=kind is not cc.ClientError)
        for status, kind in {405: cc.ClientError, 407: cc.ClientError, 418: cc.ClientError, 451: cc.ClientError, 499: cc.ClientError, 501: cc.ServerError, 505: cc.ServerError, 511: cc.ServerError, 525: cc.ServerError, 599: cc.ServerError, 600: cc.StatusError, 999: cc.StatusError}.items()
    ),
    *(
        Fault(19, name, [(read, send(answer(404, content)))], cc.NotFoundError, check=has_body(content))
        for name, content in {
            "empty": b"",
            "HTML": b"<h1>No</h1>",
            "null": b"null",
            "an array": b"[]",
            "an empty object": b"{}",
            "a string": b'{"error": "no"}',
            "a number": b'{"error": 5}',
            "no code": b'{"error": {}}',
            "a code that is a list": b'{"error": {"code": ["not_found"]}}',
            "invalid UTF-8": b"\xff\xfe",
            "deep": b"[" * 15_000,
            "control characters": b"\x1b[2J\r\nforged line",
        }.items()
    ),
    Fault(21, "field unknown", [template(isNew=[1, {"a": None}])], check=lambda t: t["isNew"] == [1, {"a": None}]),
    *(Fault(21, f"{name} lacking", [lacking(name)], cc.InvalidResponseError, ambiguous=True, says=f"{name} is not there") for name in TEMPLATE),
    *(
        Fault(21, f"{name} {value!r}", [template(**{name: value})], cc.InvalidResponseError, ambiguous=True, says=f"{name}{path} is not")
        for name, value, path in _FIELD_VALUES
    ),
    Fault(21, "another id", [template(id="01g90279gp5sbmfek7wymcsved")], cc.InvalidResponseError, ambiguous=True, says="another template's"),
    Fault(22, "a legacy field", [template(badgeDesignId="a")], check=warns),
    Fault(22, "no legacy field", [template()], check=warns),
    Fault(21, "the id in capitals", [template(id=TEMPLATE_ID.upper())]),
]

INPUT = [
    *(Fault(23, f"id {value!r}", [], cc.InputError, 0, 0, fields={"id": value}) for value in ("", ".", "..", "a/b", "%2e%2e", "%2E", "a%2fb", "a b", "a\nb", "\x7f", None, 5)),
    *(
        Fault(24, f"{name} {value!r}", [], cc.InputError, 0, 0, fields={name: value})
        for name, value in [
            ("design_ids", []),
            ("design_ids", "a"),
            ("design_ids", [5]),
            ("design_ids", None),
            ("name", 5),
            ("name", None),
            ("learning_event_url", "example.org"),
            ("learning_event_url", "ftp://a.org"),
            ("learning_event_url", "javascript:alert(1)"),
            ("learning_event_url", "https://"),
            ("badge_design_id", "a"),
            ("certificate_design_id", "a"),
            ("\ud83d", "a"),
            ("name", "\ud83d"),
        ]
    ),
    *(
        Fault(25, f"{name} {value!r}", [], cc.InputError, 0, 0, options={name: value})
        for name, value in [
            ("access_token", ""),
            ("access_token", "a b"),
            ("access_token", "a\nb"),
            ("access_token", "Bearer a"),
            ("access_token", None),
            ("version", "a\r\nb"),
            ("version", ""),
            ("headers", {"X-A": "a\r\nX-B: b"}),
            ("headers", {"X A": "a"}),
            ("headers", {"Authorization": "a"}),
            ("headers", {"Accept-Encoding": "gzip"}),
            ("deadline", 0),
            ("deadline", float("nan")),
            ("deadline", "60"),
            ("retry", 3),
            ("on_retry", 3),
        ]
    ),
    Fault(25, "a token that ends in a newline", [], options={"access_token": f" {CANARY}\n"}, wire=lambda server: f"Authorization: Bearer {CANARY}\r\n".encode() in server.requests[0]),
    *(Fault(26, url, [], cc.InputError, 0, 0, options={"base_url": url}) for url in ("http://api.example.org", "http://127.0.0.1.example.org", "http://localhost.example.org", "http://[2001:db8::1]")),
    Fault(26, "plain http, allowed", [], cc.TransportError, 0, 3, options={"base_url": "http://no-such-host.invalid", "allow_http": True}),
]


TOKENS = [
    Fault(30, "the token repeated in an error", [(read, s.echo(lambda request: answer(400, request)))], cc.BadRequestError),
    Fault(30, "the token repeated in a field", [(read, s.echo(lambda request: answer(200, {**TEMPLATE, "x": request.decode()})))]),
    Fault(30, "the token repeated in a message", [(read, s.echo(lambda request: answer(401, {"error": {"code": "unauthorized", "message": request.decode()}})))], cc.UnauthorizedError),
    Fault(30, "the token repeated in a redirect", [(read, send(error(302, [("Location", f"https://a.org/{CANARY}")])))], cc.RedirectError),
    Fault(30, "the token repeated as garbage", [(read, s.echo(lambda request: request))], cc.TransportError, ambiguous=True),
    Fault(30, "the token repeated in a header", [(read, send(answer(200, b"{}", [("X-Token", CANARY), ("Retry-After", CANARY)])))], cc.InvalidResponseError, ambiguous=True),
]

WAITS = [
    *(
        Fault(41, f"{status}", [refused(status)], kind, ambiguous=ambiguous)
        for status, kind, ambiguous in [(301, cc.RedirectError, False), (303, cc.RedirectError, True), (305, cc.RedirectError, True), (600, cc.StatusError, True), (999, cc.StatusError, True), (409, cc.ConflictError, False)]
    ),
    Fault(41, "099", [(read, send(answer(200).replace(b" 200 ", b" 099 ")))], cc.TransportError, ambiguous=True),
    *(
        Fault(40, f"{value}", [later(value, _DATE)], cc.RateLimitedError, retry_after=7.0)
        for value in ("Wed, 01 Jan 2020 00:00:07 GMT", "Wednesday, 01-Jan-20 00:00:07 GMT", "Wed Jan  1 00:00:07 2020", "7", "7.0", "07")
    ),
    Fault(40, "a fraction", [later("7.25")], cc.RateLimitedError, retry_after=7.25),
    Fault(40, "a date beside none", [later("Fri, 31 Dec 9999 23:59:59 GMT")], cc.RateLimitedError, check=lambda e: e.retry_after > 1e9),
    Fault(40, "a date beside one that is none", [later("Fri, 31 Dec 9999 23:59:59 GMT", ("Date", "today"))], cc.RateLimitedError, check=lambda e: e.retry_after > 1e9),
    Fault(40, "a date of the past beside none", [later("Sun Nov  6 08:49:37 1994")], None, 2),
]


def times(created: str, updated: str = "2022-01-01T00:00:00Z") -> Turn:
    """Return an answer of success with these times."""
    return template(createdAt=created, updatedAt=updated)


def as_utc(text: str) -> Callable[[Any], bool]:
    """Return whether a template was created then."""
    return lambda template: template.created_at == dt.datetime.fromisoformat(text)


DECODED = [
    *(
        Fault(43, created, [times(created)], check=as_utc(moment))
        for created, moment in {
            "2022-01-01t00:00:00z": "2022-01-01T00:00:00Z",
            "2022-01-01T00:00:00.5+05:30": "2022-01-01T00:00:00.5+05:30",
            "2022-01-01T00:00:00.123456789012Z": "2022-01-01T00:00:00.123456Z",
            "2016-12-31T23:59:60Z": "2017-01-01T00:00:00Z",
            "2016-12-31t18:59:60.5-05:00": "2017-01-01T00:00:00.5Z",
        }.items()
    ),
    *(Fault(43, f"time {created}", [times(created)], cc.InvalidResponseError, ambiguous=True, says="createdAt") for created in ("2022-01-01T00:00:61Z", "2022-01-01T00:00:00", "9999-12-31T23:59:60Z", "now", "")),
    *(Fault(43, f"nested {levels} levels deep", [body(json.dumps(TEMPLATE)[:-1] + ', "x": ' + "[" * levels + "]" * levels + "}")], ends, ambiguous=bool(ends)) for levels, ends in ((99, None), (100, cc.InvalidResponseError))),
    *(Fault(43, number, [body(json.dumps(TEMPLATE)[:-1] + f', "x": {number}}}')], cc.InvalidResponseError, ambiguous=True) for number in ("1e999", "-1e999", "NaN", "Infinity")),
]

_ESCAPED = "".join(f"\\u{ord(character):04x}" for character in CANARY)
_PARTLY = CANARY.replace("s", "\\u0073").replace("_", "\\u005F")


def without_password(error: Any) -> bool:
    """Return whether the password of a location is shown nowhere."""
    return "s3cr3t" not in str(error) and "s3cr3t" not in str(error.location)


ECHOES = [
    Fault(44, "in the status line", [(read, send(answer(404, b"{}").replace(b"404 ", f"404 {CANARY}".encode())))], cc.NotFoundError),
    Fault(44, "in a broken status line", [(read, send(f"HTTP/1.1 {CANARY}\r\n\r\n".encode()))], cc.TransportError, ambiguous=True),
    Fault(44, "as a header name", [(read, send(answer(404, b"{}", [(CANARY, CANARY)])))], cc.NotFoundError),
    Fault(44, "in a broken header", [(read, send(HEAD + f"{CANARY}\r\n\r\n".encode()))], cc.TransportError, ambiguous=True),
    Fault(44, "as a chunk size", [(read, send(answer(200, b"", CHUNKED) + f"{CANARY}\r\n".encode()))] * 3, cc.TransportError, 3, ambiguous=True),
    Fault(44, "in a trailer", [(read, send(answer(200, b"", CHUNKED) + b"2\r\n{}\r\n0\r\n" + f"X-A: {CANARY}\r\n\r\n".encode()))], cc.InvalidResponseError, ambiguous=True),
    *(
        Fault(44, f"in JSON, {name}", [(read, send(answer(status, f'{{"error": {{"code": "{token}", "message": "{token}"}}}}'.encode())))], ends, ambiguous=status == 200)
        for name, token in {"escaped": _ESCAPED, "escaped in part": _PARTLY}.items()
        for status, ends in {401: cc.UnauthorizedError, 200: cc.InvalidResponseError}.items()
    ),
    Fault(44, "in an unknown field", [body(json.dumps(TEMPLATE)[:-1] + f', "{_PARTLY}": "{_ESCAPED}"}}')]),
    *(
        Fault(44, f"a password in {location}", [(read, send(error(302, [("Location", location)])))], cc.RedirectError, check=without_password)
        for location in ("https://user:s3cr3t@host/a", "https://user:s3cr3t@[bad/a", "https://user:s3cr3t/x@host/a", "https:user:s3cr3t@host", "user:s3cr3t@host", "//user:s3cr3t@host")
    ),
]

FAULTS = [*NETWORK, *PROXIES, *PROTOCOL, *ANSWERS, *INPUT, *TOKENS, *WAITS, *DECODED, *ECHOES]
