"""Row 39: endless heads."""

from collections.abc import Sequence
from typing import Any

from certifier_client import errors as cc
from faults import fault_server as s
from faults.fault import ONCE, Fault
from faults.fault_server import close, read, response, send
from faults.table.shared import CHUNK, CHUNKED, ENCRYPTED, FAR, HEAD, LARGE

# fmt: off
_LATE: dict[str, Any] = {"ambiguous": True, "options": {"deadline": 0.05}}
# On a busy machine a handshake takes longer than that.
_LATE_TLS: dict[str, Any] = {"ambiguous": True, "options": {"deadline": 0.3}}
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
    "chunks of a byte": [send(response(200, b"", CHUNKED)), s.flood(b"1\r\n \r\n")],
    "a chunk's size that never ends": [send(response(200, b"1", CHUNKED)), s.drip(b";a" * 500, 0.001)],
    "trailers that never end": [send(response(200, CHUNK + b"0\r\n", CHUNKED)), s.drip(b"X-A: a\r\n" * 100, 0.001)],
}

FLOODS = [
    *(Fault(39, name, [(read, *steps)], cc.TimedOutError, **_LATE) for name, steps in _FLOODS.items()),
    *(Fault(39, f"{name}, TLS", [(read, *steps)], cc.TimedOutError, slow=True, **_LATE_TLS, **ENCRYPTED) for name, steps in _FLOODS.items()),
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
        "a chunk's size without end": [send(response(200, b"1", CHUNKED)), s.flood(b";a" * 500)],
        "trailers without end": [send(response(200, CHUNK + b"0\r\n", CHUNKED)), s.flood(b"X-A: a\r\n" * 100)],
    }.items()),
    Fault(39, "a proxy's 100", [(read, s.flood(b"HTTP/1.1 100 Continue\r\n\r\n"))], cc.TimedOutError, 1, options={"deadline": 0.1}, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    Fault(39, "a proxy's header without end", [(read, send(HEAD + b"X-A: "), s.flood(b"a" * 1000))], cc.ProxyError, 1, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"}),
    *(
        Fault(39, f"a proxy's header of {size} bytes", [(read, send((HEAD + b"X-A: ").ljust(size, b"a") + b"\r\n\r\n"), close)], cc.ProxyError, 1, also=lambda server: {"proxy": f"http://127.0.0.1:{server.port}", "base_url": "https://api.example.org"})
        for size in (102_401, 120_000, 160_000, 1_000_000)
    ),
    Fault(39, "a SOCKS proxy that does not end", [(s.begin, s.flood(b"\5"))], cc.ProxyError, 0, 1, options=FAR, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
    Fault(39, "a SOCKS proxy that drips", [(s.begin, s.drip(b"\5" + b"\0" * 500, 0.02))], cc.TimedOutError, 0, 1, options={**FAR, "deadline": 0.1}, also=lambda server: {"proxy": f"socks5://127.0.0.1:{server.port}"}),
]
