"""Rows 7 and 9 to 14: responses that are not valid HTTP, or unexpected."""

import gzip
import json

from certifier_client import errors as cc
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault import ONCE, Fault, body, variants
from faults.fault_server import FaultServer, close, error, read, response, send
from faults.table.shared import BIG, CHUNKED, HEAD

# fmt: off
PORTAL = b"<html>Log in to this network</html>"

BOMB = gzip.compress(b" " * (64 * 1024 * 1024))
ZIPPED = [("Content-Encoding", "gzip")]
ELSEWHERE = ("Location", "https://user:secret@evil.example/next?token=secret#secret")


def no_cookie(server: FaultServer) -> bool:
    """Return whether no request had a cookie."""
    return not any(b"cookie" in request.lower() for request in server.requests)


def is_safe(exception: cc.RedirectError) -> bool:
    """Return whether the error shows the location, but not its secret parts."""
    shown = (exception.location, "secret" in str(exception))
    return shown == ("https://evil.example/next", False)


PROTOCOL = [
    *variants(9, "shorter than announced", (*body("{}", 500), close), cc.TransportError),
    *variants(9, "broken chunk", (read, send(response(200, b"zz\r\n{}\r\n", CHUNKED))), cc.TransportError),
    *variants(9, "chunks that break off", (read, send(response(200, b"9\r\n{}", CHUNKED)), close), cc.TransportError),
    Fault(9, "compressed, unasked", [(read, send(response(200, gzip.compress(json.dumps(TEMPLATE).encode()), ZIPPED)))], cc.InvalidResponseError, ambiguous=True, says="compressed ('gzip')"),
    Fault(9, "broken compression", [(read, send(response(200, b"no gzip", ZIPPED)))], cc.InvalidResponseError, ambiguous=True),
    Fault(9, "a compressed error", [(read, send(response(404, gzip.compress(b"{}"), ZIPPED)))], cc.NotFoundError),
    Fault(9, "length that is not a number", [(read, send(HEAD + b"Content-Length: ten\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(9, "length below zero", [(read, send(HEAD + b"Content-Length: -1\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(9, "two lengths", [(read, send(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(10, "large", [body(BIG)], cc.InvalidResponseError, ambiguous=True, says="larger than"),
    Fault(10, "announced large, and never sent", [(read, send(HEAD + b"Content-Length: 99999999999999\r\n\r\n"), s.flood(BIG))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "endless", [(read, send(HEAD + b"\r\n"), s.flood(BIG))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "endless chunks", [(read, send(response(200, b"", CHUNKED)), s.flood(b"1000\r\n" + b" " * 4096 + b"\r\n"))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "endless chunks of a byte", [(read, send(response(200, b"", CHUNKED)), s.flood(b"1\r\n \r\n" * 1000))], cc.TimedOutError, ambiguous=True, options={"deadline": 0.1, "retry": ONCE}),
    Fault(10, "a bomb", [(read, send(response(200, BOMB, ZIPPED)))], cc.InvalidResponseError, ambiguous=True),
    Fault(10, "an endless error", [(read, send(b"HTTP/1.1 404 No\r\n\r\n"), s.flood(BIG))], cc.NotFoundError, check=lambda e: len(e.body) == 1024 * 1024),
    Fault(10, "an endless error that passes", [(read, send(b"HTTP/1.1 503 No\r\n\r\n"), s.flood(BIG))], None, 2),
    Fault(10, "a bomb for an error", [(read, send(response(400, BOMB, ZIPPED)))], cc.BadRequestError),
    Fault(10, "an endless redirect", [(read, send(b"HTTP/1.1 302 No\r\nLocation: /a\r\n\r\n"), s.flood(BIG))], cc.RedirectError),
    *(Fault(11, f"{status}", [(read, send(error(status, [ELSEWHERE])))], cc.RedirectError, says="https://evil.example/next", check=is_safe, ambiguous=status in {300, 303}) for status in (300, 301, 302, 303, 307, 308)),
    Fault(11, "304", [(read, send(b"HTTP/1.1 304 Not Modified\r\n\r\n"))], cc.RedirectError, ambiguous=True, check=lambda e: e.location is None),
    Fault(11, "to itself", [(read, s.echo(lambda request: error(307, [("Location", request.split()[1].decode())])))], cc.RedirectError),
    Fault(11, "to nowhere", [(read, send(error(302, [("Location", "http://[bad")])))], cc.RedirectError, check=lambda e: e.location == ""),
    Fault(12, "a cookie", [(read, send(response(200, None, [("Set-Cookie", "session=1; Path=/")])))], None, 2, calls=2, wire=no_cookie),
    Fault(12, "a cookie with an error that passes", [(read, send(error(503, [("Set-Cookie", "session=1")])))], None, 2, wire=no_cookie),
    Fault(14, "another protocol", [(read, send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"))], cc.TransportError, ambiguous=True),
    Fault(14, "no status", [(read, send(b"HTTP/1.1 abc\r\n\r\n"))], cc.TransportError, ambiguous=True),
    Fault(14, "random bytes", [(read, send(bytes(range(256)) * 500))], cc.TransportError, ambiguous=True),
    Fault(14, "oversized header", [(read, send(HEAD + b"X-A: " + b"a" * 200_000 + b"\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(14, "endless headers", [(read, send(HEAD), s.flood(b"X-A: a\r\n" * 1000))], cc.TransportError, ambiguous=True),
    Fault(14, "NUL in a header", [(read, send(HEAD + b"X-A: \0\r\nContent-Length: 2\r\n\r\n{}"))], cc.TransportError, ambiguous=True),
    Fault(14, "endless 100", [(read, s.flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 10))], cc.TimedOutError, ambiguous=True, options={"deadline": 0.1}),
    Fault(14, "100 and 103 before the response", [(read, send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + response()))]),
    Fault(14, "101", [(read, send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\n"))], cc.TransportError, ambiguous=True),
    Fault(14, "a response to HTTP/1.0", [(read, send(response().replace(b"HTTP/1.1", b"HTTP/1.0")), close)]),
]
