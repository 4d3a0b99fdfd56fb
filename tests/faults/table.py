"""The table of faults: what a server does, and what the call must end in. See test_table.py.

Its rows are those of the list of faults that the client promises to stand, as far as a server can bring them about; the tests
beside it that are marked with a row show the others.
"""

import datetime as dt
import errno
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from certifier_client import CredentialTemplate
from certifier_client import errors as cc
from certifier_client._http import pool
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
    refuses,
    resolving,
    serves,
    swallows,
    timeout,
    unsupported,
    variants,
    without,
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
    Fault(8, "the environment's proxy is no URL", [], cc.InputError, 0, 1, says="the proxy is not a valid URL", options=FAR, environment={"HTTP_PROXY": f"nonsense://user:{CANARY}@a"}),
    Fault(8, "the proxy is not a valid URL", [], cc.InputError, 0, 0, says="the proxy is not a valid URL", options={"proxy": f"nonsense://user:{CANARY}@a"}),
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



def called(name: str) -> bytes:
    """Return a response with a template of this name."""
    return answer(200, {**TEMPLATE, "name": name})


def has_name(name: str) -> Callable[[CredentialTemplate], bool]:
    """Compare the name of a template with this one."""
    return lambda credential_template: credential_template.name == name


def on(connections: int) -> Callable[[FaultServer], bool]:
    """Compare how many connections there were with this number."""
    return lambda server: server.connections == connections


STRAY = called("of no request")
EMPTY_304 = b"HTTP/1.1 304 Not Modified\r\n\r\n"
OWN = (read, send(called("its own")))
SENT: dict[str, Any] = {"calls": 2, "check": has_name("its own"), "wire": on(2), "options": {"retry": ONCE}}

_BEYOND = {
    "a second response": [send(answer() + STRAY)],
    "a second response later": [send(answer()), s.stall(0.05), send(STRAY)],
    "half a second response": [send(answer() + STRAY[:50])],
    "half a second response later": [send(answer()), s.stall(0.05), send(STRAY[:50])],
    "a second response and the end": [send(answer() + STRAY), close],
    "a second response later and the end": [send(answer()), s.stall(0.05), send(STRAY), close],
    "a byte beyond the body": [send(answer() + b" ")],
    "a line end beyond the body": [send(answer() + b"\r\n")],
    "a byte beyond the body later": [send(answer()), s.stall(0.05), send(b"\n")],
    "an interim response beyond the body": [send(answer() + b"HTTP/1.1 100 Continue\r\n\r\n")],
    "a timeout of the server's": [send(answer()), s.stall(0.05), send(error(408)), close],
    "much beyond the body": [send(answer() + STRAY * 2000)],
    "a second response after chunks": [send(answer(200, b"%x\r\n%b\r\n0\r\n\r\n" % (len(json.dumps(TEMPLATE)), json.dumps(TEMPLATE).encode()), CHUNKED) + STRAY)],
    "the end": [send(answer()), close],
    "the end later": [send(answer()), s.stall(0.05), close],
    "a reset later": [send(answer()), s.stall(0.05), reset],
    "announced to be closed, and left open": [send(answer(200, None, [("Connection", "close")]))],
    "announced to be closed, in capitals": [send(answer(200, None, [("Connection", "Foo, CLOSE")]))],
}

_EARLIER: dict[str, tuple[Sequence[s.Step], type[cc.CertifierError]]] = {
    "a body after a 204": ([send(b"HTTP/1.1 204 No Content\r\n\r\n" + STRAY)], cc.InvalidResponseError),
    "a body after a 204 later": ([send(b"HTTP/1.1 204 No Content\r\n\r\n"), s.stall(0.05), send(STRAY)], cc.InvalidResponseError),
    "a body with a length after a 204": ([send(answer(204, STRAY))], cc.InvalidResponseError),
    "a body after a 304": ([send(EMPTY_304 + STRAY)], cc.RedirectError),
    "a body after a 304 later": ([send(EMPTY_304), s.stall(0.05), send(STRAY)], cc.RedirectError),
    "a body with a length after a 304": ([send(answer(304, STRAY))], cc.RedirectError),
    "a second response after an error": ([send(error(404) + STRAY)], cc.NotFoundError),
    "a body larger than is read": ([send(answer(200, BIG) + STRAY)], cc.InvalidResponseError),
}

KEPT = [
    *(Fault(32, name, [(read, *steps), OWN], None, 2, **SENT) for name, steps in _BEYOND.items()),
    *(Fault(32, f"{name}, TLS", [(read, *steps), OWN], None, 2, slow=True, tls=certificate, environment={"SSL_CERT_FILE": "CA"}, **SENT) for name, steps in _BEYOND.items() if "later" not in name),
    *(Fault(32, name, [(read, *steps), OWN], None, 2, earlier=ends, **SENT) for name, (steps, ends) in _EARLIER.items()),
    Fault(32, "a second response after one that is retried", [(read, send(error(503) + STRAY)), OWN], None, 2, check=has_name("its own"), wire=on(2)),
    Fault(32, "nothing beyond the body", [OWN, OWN], None, 2, calls=2, check=has_name("its own"), wire=on(1)),
    Fault(32, "a response to CONNECT with more than it", [(read, send(b"HTTP/1.1 200 Connected\r\n\r\n" + STRAY))], cc.ProxyError, 1, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(36, "idle for longer than it is kept", [OWN, OWN], None, 2, patch=lambda monkeypatch, _: monkeypatch.setattr(pool, "KEEP_ALIVE", 0.0), **SENT),
]

_CONNECT_QUICKLY = {"timeout": timeout(connect=0.1)}
_TRUSTED = {"SSL_CERT_FILE": "CA"}
_LONG = "a" * 64 + ".org"

ADDRESSES = [
    Fault(33, "the first of two refuses", [], patch=resolving(refuses, serves), options={"retry": ONCE}),
    Fault(33, "the first of two does not react", [], patch=resolving(swallows, serves), options={**_CONNECT_QUICKLY, "retry": ONCE}),
    Fault(33, "the first of two does not react until the deadline", [], patch=resolving(swallows, serves), options={"deadline": 0.2, "retry": ONCE}),
    Fault(33, "the first of two is of another family", [], patch=resolving(unsupported, serves), options={"retry": ONCE}),
    Fault(33, "the last of four serves", [], patch=resolving(unsupported, refuses, swallows, serves), options={**_CONNECT_QUICKLY, "retry": ONCE}),
    Fault(33, "the first serves", [], patch=resolving(serves, swallows), options={"retry": ONCE}, wire=on(1)),
    Fault(33, "the first of two does not react, TLS", [], patch=resolving(swallows, serves), tls=certificate, environment=_TRUSTED, options={"timeout": timeout(connect=0.4), "retry": ONCE}, slow=True),
    Fault(33, "all refuse", [], cc.TransportError, 0, 3, patch=resolving(refuses, refuses), says="check base_url"),
    Fault(33, "none reacts", [], cc.TimedOutError, 0, 3, patch=resolving(swallows, swallows), options={"timeout": timeout(connect=0.02)}, says="ConnectTimeout"),
    Fault(33, "none", [], cc.TransportError, 0, 3, patch=resolving()),
    Fault(33, "the first of a proxy's two does not react", [], patch=resolving(swallows, serves), options={**FAR, **_CONNECT_QUICKLY, "retry": ONCE}, also=lambda server: {"proxy": f"http://proxy.example:{server.port}"}, wire=was_passed_on),
    Fault(33, "the first of a SOCKS proxy's two refuses", [(s.socks(b"\0"), *GOOD)], patch=resolving(refuses, serves), options={**FAR, "retry": ONCE}, also=lambda server: {"proxy": f"socks5://proxy.example:{server.port}"}),
]


def by_way_of(proxy: str, **options: str) -> Callable[[FaultServer], Mapping[str, str]]:
    """Return options, and the server as a proxy of this scheme if there is one."""
    return lambda server: options | ({"proxy": f"{proxy}://127.0.0.1:{server.port}"} if proxy else {})


UNSENT = [
    *(
        Fault(34, f"SSL_CERT_FILE {path}", [], cc.InputError, 0, 1, tls=certificate, environment={"SSL_CERT_FILE": path}, says=f"SSL_CERT_FILE names {path!r}")
        for path in ("no-such-file.pem", "/", "/dev/null", __file__, "a\udcff\x1b")
    ),
    *(
        Fault(34, f"the host {host[:9]!r}{route}", [], cc.InputError, 0, 1, says=f"{host!r} is not a valid host name", also=by_way_of(proxy, base_url=f"https://{host}"))
        for host in (_LONG, "a..b", ".a", ".".join(["a" * 60] * 5))
        for route, proxy in {"": "", ", HTTP proxy": "http", ", SOCKS proxy": "socks5"}.items()
    ),
    *(Fault(34, f"the port {port}{name}", [], cc.InputError, 0, 0, says="base_url is", options={"base_url": f"{scheme}://localhost:{port}"}) for port in (0, 65536, 99999) for scheme, name in {"http": "", "https": ", TLS"}.items()),
    Fault(34, "the proxy's host", [], cc.InputError, 0, 1, options=FAR, also=lambda server: {"proxy": f"http://{_LONG}:{server.port}"}, says=f"{_LONG!r} is not a valid host name"),
    *(
        Fault(34, f"the proxy {url!r}", [], cc.InputError, 0, 0, says="the proxy is not a valid URL", options={"proxy": url})
        for url in ("", "127.0.0.1:3128", "ftp://127.0.0.1", "http://", "http://[::1", "http://a:b", "http://a:99999", "http://a:0", f"http://user:{CANARY}@a b", "socks4://127.0.0.1")
    ),
    *(
        Fault(34, f"{errno.errorcode[code]}{route}", [], cc.PoolTimeoutError, 0, 1, patch=without(code), says="Too many open files", also=by_way_of(proxy))
        for code in (errno.EMFILE, errno.ENFILE)
        for route, proxy in {"": "", ", HTTP proxy": "http", ", SOCKS proxy": "socks5"}.items()
    ),
    Fault(34, "EMFILE at a host with two addresses", [], cc.PoolTimeoutError, 0, 1, patch=without(errno.EMFILE, resolving(serves, refuses))),
]

LARGE: dict[str, Any] = {"fields": {"name": "n" * 8_000_000}}
ENCRYPTED: dict[str, Any] = {"tls": certificate, "environment": _TRUSTED}

EARLY = [
    fault
    for route, how in {"": {}, ", TLS": {**ENCRYPTED, "slow": True}}.items()
    for fault in (
        Fault(37, f"a refusal and a reset{route}", [(s.begin, send(error(413)), reset)], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a refusal and a close{route}", [(s.begin, send(error(401)), close)], cc.UnauthorizedError, 0, 1, **LARGE, **how),
        Fault(37, f"a refusal, and nothing more is taken{route}", [(s.begin, send(error(413)), s.hold(9))], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a refusal that comes late, and nothing more is taken{route}", [(s.begin, s.hold(0.05), send(error(413)), s.hold(9))], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a refusal in pieces and a reset{route}", [(s.begin, s.drip(error(413), 0.0001), s.hold(0.01), reset)], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a refusal after an interim response{route}", [(s.begin, send(b"HTTP/1.1 100 Continue\r\n\r\n" + error(413)), reset)], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"a refusal that is retried{route}", [(s.begin, send(error(503)), reset)], None, 1, **LARGE, **how),
        Fault(37, f"half a refusal and a reset{route}", [(s.begin, send(error(413)[:30]), reset)], None, 1, **LARGE, **how),
        Fault(37, f"half a refusal, and no more comes{route}", [(s.begin, send(error(413)[:30]), s.end, s.hold(9))], None, 1, **LARGE, **how),
        Fault(37, f"a refusal, and no more comes{route}", [(s.begin, send(error(413)), s.end, s.hold(9))], cc.ContentTooLargeError, 0, 1, **LARGE, **how),
        Fault(37, f"no response, and none comes{route}", [(s.begin, s.end, s.hold(9))], None, 1, **LARGE, **how),
        Fault(37, f"half a refusal and a close{route}", [(s.begin, send(error(413)[:30]), close)], None, 1, **LARGE, **how),
        Fault(37, f"a success and a reset{route}", [(s.begin, send(answer()), reset)], None, 0, **LARGE, **how),
        Fault(37, f"a refusal without a length, and a close{route}", [(s.begin, send(b"HTTP/1.1 413 No\r\n\r\n{}"), s.hold(9))], cc.TimedOutError, 0, 1, ambiguous=True, options={"timeout": timeout(read=0.05), "retry": ONCE}, **LARGE, **how),
    )
]

JSON = json.dumps(TEMPLATE).encode()
CHUNK = b"%x\r\n%b\r\n" % (len(JSON), JSON)
LENGTH = b"Content-Length: %d\r\n" % len(JSON)


def framed(head: bytes, content: bytes = JSON, *more: s.Step) -> Turn:
    """Return a response of these header lines and this content."""
    return (read, send(HEAD + head + b"\r\n" + content), *more)


_REJECTED = {
    "a length and chunks": framed(LENGTH + b"Transfer-Encoding: chunked\r\n", CHUNK + b"0\r\n\r\n"),
    "chunks and a length": framed(b"Transfer-Encoding: chunked\r\n" + LENGTH, CHUNK + b"0\r\n\r\n"),
    "a length of nothing, and chunks": framed(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", CHUNK + b"0\r\n\r\n"),
    **{
        f"the coding {value!r}": framed(b"Transfer-Encoding: %b\r\n" % value, CHUNK + b"0\r\n\r\n")
        for value in (b"gzip", b"gzip, chunked", b"chunked, gzip", b"identity", b"chunked, chunked", b"xchunked", b"chunked;a=b", b"", b"\x0bchunked", b'"chunked"')
    },
    "two headers of codings": framed(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", CHUNK + b"0\r\n\r\n"),
    **{
        f"the length {value!r}": framed(b"Content-Length: %b\r\n" % value)
        for value in (b"", b"+%d" % len(JSON), b"-1", b"0x10", b"1_0", b"1 2", b"1,", b"2, 3", b"1.0", b"\xb2", b"9" * 5000, b"%d;" % len(JSON))
    },
    "two lengths that differ": framed(LENGTH + b"Content-Length: 5\r\n"),
    "a length in two lines": framed(b"Content-Length: 1\r\n 2\r\n"),
    "a space before the colon": framed(b"Content-Length : %d\r\n" % len(JSON)),
    "a first header that is folded": framed(b" X-A: a\r\n" + LENGTH),
    "a header without a colon": framed(b"X-A\r\n" + LENGTH),
    "a header without a name": framed(b": a\r\n" + LENGTH),
    "a space in a name": framed(b"X A: a\r\n" + LENGTH),
    "a lone CR in a header": framed(b"X-A: a\rb\r\n" + LENGTH),
    "a leading blank line": (read, send(b"\r\n" + answer())),
    "leading blank lines": (read, send(b"\r\n\n\r\n" + answer())),
    **{
        f"the status line {line!r}": (read, send(line + b"\r\n" + LENGTH + b"\r\n" + JSON))
        for line in (b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1  200 OK", b"HTTP/1.1 +20 OK", b"http/1.1 200 OK", b"HTTP/11 200 OK", b"HTTP 200 OK", b"ICY 200 OK", b" HTTP/1.1 200 OK", b"HTTP/1.1\t200 OK", b"<html>")
    },
}

_BROKEN_CHUNKS = {
    f"the chunk {content[:20]!r}": framed(b"Transfer-Encoding: chunked\r\n", content, close)
    for content in (b"+1\r\na\r\n", b"-1\r\na\r\n", b"0x1\r\na\r\n", b"1_0\r\na\r\n", b"\r\na\r\n", b" 1\r\na\r\n", b"f" * 30 + b"\r\n", CHUNK[:-2] + b"0\r\n\r\n", CHUNK[:-2], CHUNK, CHUNK + b"0\r\n", CHUNK + b"0\r\nX-A a\r\n\r\n")
}

_WELL_FRAMED = {
    "two lengths that are the same": framed(LENGTH * 2),
    "one header with the same length twice": framed(b"Content-Length: %d, %d\r\n" % (len(JSON), len(JSON))),
    "a length with zeros before it": framed(b"Content-Length: 000%d\r\n" % len(JSON)),
    "a coding in capitals": framed(b"TRANSFER-ENCODING: Chunked\r\n", CHUNK + b"0\r\n\r\n"),
    "many chunks": framed(b"Transfer-Encoding: chunked\r\n", b"".join(b"1\r\n%c\r\n" % byte for byte in JSON) + b"0\r\n\r\n"),
    "chunks with extensions and trailers": framed(b"Transfer-Encoding: chunked\r\n", CHUNK.replace(b"\r\n", b';a="b"\r\n', 1) + b"000;c\r\nX-A: a\r\nContent-Length: 5\r\n\r\n"),
    "no length, and the end": framed(b"", JSON, close),
    "HTTP/1.0 without a length": (read, send(b"HTTP/1.0 200 OK\r\n\r\n" + JSON), close),
    "HTTP/1.0 with a length": (read, send(answer().replace(b"/1.1", b"/1.0"))),
    "a folded header": framed(LENGTH + b"X-A: a\r\n\t b\r\n"),
    "a header that is folded at its colon": framed(b"Content-Length:\r\n %d\r\n" % len(JSON)),
    "an empty header": framed(LENGTH + b"X-A:\r\n"),
    "lines that end in LF": (read, send(HEAD.replace(b"\r", b"") + LENGTH.replace(b"\r", b"") + b"\n" + JSON)),
    "no reason": (read, send(b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + JSON)),
    "a reason of other letters": (read, send(b"HTTP/1.1 200 D\xe9j\xe0 vu\r\n" + LENGTH + b"\r\n" + JSON)),
}

FRAMING = [
    *(Fault(38, name, [turn], cc.TransportError, ambiguous=True) for name, turn in _REJECTED.items()),
    *(Fault(38, name, [turn], cc.TransportError, ambiguous=True, options={"retry": ONCE}) for name, turn in _BROKEN_CHUNKS.items()),
    *(Fault(38, name, [turn]) for name, turn in _WELL_FRAMED.items()),
    *variants(38, "no length, and a reset", framed(b"", JSON, s.stall(0.01), reset), cc.TransportError),
    *variants(38, "HTTP/1.0 without a length, and a reset", (read, send(b"HTTP/1.0 200 OK\r\n\r\n" + JSON), s.stall(0.01), reset), cc.TransportError),
    Fault(38, "HTTP/1.0 with a length is not kept", [(read, send(answer().replace(b"/1.1", b"/1.0"))), OWN], None, 2, **SENT),
    # RFC 9112, section 8: the end of a connection that TLS did not announce may be an attacker's.
    Fault(38, "no length, and an end that TLS does not announce", [framed(b"", JSON, close)] * 3, cc.TransportError, 3, ambiguous=True, **ENCRYPTED),
    Fault(38, "no length, and an end that TLS announces", [framed(b"", JSON, s.close_tls)], None, 1, **ENCRYPTED),
]

_LATE: dict[str, Any] = {"ambiguous": True, "options": {"deadline": 0.05}}
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

_FLOODS: dict[str, Sequence[s.Step]] = {
    "100, one at a time": [s.flood(b"HTTP/1.1 100 Continue\r\n\r\n")],
    "102, many at a time": [s.flood(b"HTTP/1.1 102 Processing\r\n\r\n" * 2000)],
    "100, as many as there is room for": [s.flood(b"HTTP/1.1 100 \r\n\r\n" * 200_000)],
    "103 with headers": [s.flood(HINTS * 100)],
    "103 with large headers": [s.flood(b"HTTP/1.1 103 Early Hints\r\nX-A: " + b"a" * 90_000 + b"\r\n\r\n")],
    "103 with many headers": [s.flood(b"HTTP/1.1 103 Early Hints\r\n" + b"X-A: a\r\n" * 5000 + b"\r\n")],
    "199, a byte at a time": [s.drip(b"HTTP/1.1 199 A\r\n\r\n" * 100, 0.001)],
    "100, now and then": [*[send(b"HTTP/1.1 100 Continue\r\n\r\n"), s.stall(0.01)] * 50],
    "a status line that never ends": [s.drip(b"HTTP/1.1 200 " + b"a" * 1000, 0.001)],
    "a header that never ends": [send(HEAD + b"X-A: "), s.drip(b"a" * 1000, 0.001)],
    "headers that never end": [send(HEAD), s.drip(b"X-A: a\r\n" * 100, 0.001)],
    "a folded header that never ends": [send(HEAD + b"X-A: a\r\n"), s.drip(b" a\r\n" * 300, 0.001)],
    "chunks of a byte": [send(answer(200, b"", CHUNKED)), s.flood(b"1\r\n \r\n")],
    "a chunk's size that never ends": [send(answer(200, b"1", CHUNKED)), s.drip(b";a" * 500, 0.001)],
    "trailers that never end": [send(answer(200, CHUNK + b"0\r\n", CHUNKED)), s.drip(b"X-A: a\r\n" * 100, 0.001)],
}

FLOODS = [
    *(Fault(39, name, [(read, *steps)], cc.TimedOutError, **_LATE) for name, steps in _FLOODS.items()),
    *(Fault(39, f"{name}, TLS", [(read, *steps)], cc.TimedOutError, slow=True, **_LATE, **ENCRYPTED) for name, steps in _FLOODS.items()),
    Fault(39, "100 while the request is sent", [(s.begin, s.flood(b"HTTP/1.1 100 Continue\r\n\r\n"))], cc.TimedOutError, 0, 1, **{**_LATE, "options": {"deadline": 0.5}}, **LARGE),
    Fault(39, "100 while the request is taken little by little", [(s.begin, *[send(HINTS), s.begin, s.stall(0.005)] * 100)], cc.TimedOutError, 0, 1, **{**_LATE, "options": {"deadline": 0.5}}, **LARGE),
    *(Fault(39, name, [(read, *steps)], cc.TransportError, ambiguous=True) for name, steps in {
        "headers without end": [send(HEAD), s.flood(b"X-A: a\r\n" * 100)],
        "a header without end": [send(HEAD + b"X-A: "), s.flood(b"a" * 1000)],
        "a status line without end": [send(b"HTTP/1.1 200 "), s.flood(b"a" * 1000)],
        "blank lines without end": [s.flood(b"\r\n" * 1000)],
        "a folded header without end": [send(HEAD + b"X-A: a\r\n"), s.flood(b" a\r\n" * 1000)],
    }.items()),
    *(Fault(39, name, [(read, *steps)], cc.TransportError, ambiguous=True, options={"retry": ONCE}) for name, steps in {
        "a chunk's size without end": [send(answer(200, b"1", CHUNKED)), s.flood(b";a" * 500)],
        "trailers without end": [send(answer(200, CHUNK + b"0\r\n", CHUNKED)), s.flood(b"X-A: a\r\n" * 100)],
    }.items()),
    Fault(39, "a proxy's 100", [(read, s.flood(b"HTTP/1.1 100 Continue\r\n\r\n"))], cc.TimedOutError, 1, options={"deadline": 0.1}, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(39, "a proxy's header without end", [(read, send(HEAD + b"X-A: "), s.flood(b"a" * 1000))], cc.ProxyError, 1, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(39, "a SOCKS proxy that does not end", [(s.begin, s.flood(b"\5"))], cc.ProxyError, 0, 1, options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(39, "a SOCKS proxy that drips", [(s.begin, s.drip(b"\5" + b"\0" * 500, 0.02))], cc.TimedOutError, 0, 1, options={**FAR, "deadline": 0.1}, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
]


def encoded(*values: str) -> bytes:
    """Return headers of content codings."""
    return b"".join(b"Content-Encoding:%b\r\n" % value.encode() for value in values)


CODINGS = [
    *(Fault(42, f"{value!r}", [framed(LENGTH + encoded(value))]) for value in ("", " ", "identity", " Identity", " IDENTITY\t")),
    Fault(42, "none", [framed(LENGTH)]),
    Fault(42, "identity twice", [framed(LENGTH + encoded("identity", "Identity"))]),
    Fault(42, "a header in capitals", [framed(LENGTH + encoded("identity").upper())]),
    *(Fault(42, f"{value!r}", [framed(LENGTH + encoded(value))], cc.InvalidResponseError, ambiguous=True, says=f"compressed ({value!r})") for value in ("gzip", "GZIP", "GZip", "X-Gzip", "br", "BR", "zstd", "identity, gzip", "identities")),
    Fault(42, "of an error", [(read, send(error(404, [("Content-Encoding", "IDENTITY")])))], cc.NotFoundError, check=has_code("some_code")),
]

FAULTS = [*NETWORK, *PROXIES, *PROTOCOL, *ANSWERS, *INPUT, *TOKENS, *WAITS, *DECODED, *ECHOES, *KEPT, *ADDRESSES, *UNSENT, *EARLY, *FRAMING, *FLOODS, *CODINGS]
