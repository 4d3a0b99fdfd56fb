"""Row 38: the end of a response."""

from typing import Any

from certifier_client import errors as cc
from faults import fault_server as s
from faults.fault import ONCE, Fault, variants
from faults.fault_server import close, read, reset, response, send
from faults.table.shared import CHUNK, ENCRYPTED, HEAD, JSON, LENGTH, OWN, SENT, framed

# fmt: off
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
    "a leading blank line": (read, send(b"\r\n" + response())),
    "leading blank lines": (read, send(b"\r\n\n\r\n" + response())),
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
    "HTTP/1.0 with a length": (read, send(response().replace(b"/1.1", b"/1.0"))),
    "a folded header": framed(LENGTH + b"X-A: a\r\n\t b\r\n"),
    "a header that is folded at its colon": framed(b"Content-Length:\r\n %d\r\n" % len(JSON)),
    "an empty header": framed(LENGTH + b"X-A:\r\n"),
    "lines that end in LF": (read, send(HEAD.replace(b"\r", b"") + LENGTH.replace(b"\r", b"") + b"\n" + JSON)),
    "no reason": (read, send(b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n" + JSON)),
    "a reason of other letters": (read, send(b"HTTP/1.1 200 D\xe9j\xe0 vu\r\n" + LENGTH + b"\r\n" + JSON)),
}



def extended(size: int) -> bytes:
    """Return a body of chunks whose first line has this many bytes."""
    return (b"%x;" % len(JSON)).ljust(size - 2, b"a") + b"\r\n" + JSON + b"\r\n0\r\n\r\n"


_LIMIT = 100 * 1024  # bytes of a line
_EITHER: tuple[tuple[str, dict[str, Any]], ...] = (("", {}), (", TLS", ENCRYPTED))

FRAMING = [
    *(Fault(38, name, [turn], cc.TransportError, ambiguous=True) for name, turn in _REJECTED.items()),
    *(Fault(38, name, [turn], cc.TransportError, ambiguous=True, options={"retry": ONCE}) for name, turn in _BROKEN_CHUNKS.items()),
    *(Fault(38, name, [turn]) for name, turn in _WELL_FRAMED.items()),
    *variants(38, "no length, and a reset", framed(b"", JSON, s.stall(0.01), reset), cc.TransportError),
    *variants(38, "HTTP/1.0 without a length, and a reset", (read, send(b"HTTP/1.0 200 OK\r\n\r\n" + JSON), s.stall(0.01), reset), cc.TransportError),
    Fault(38, "HTTP/1.0 with a length is not kept", [(read, send(response().replace(b"/1.1", b"/1.0"))), OWN], None, 2, **SENT),
    Fault(38, "a chunk's first line that is as long as it may be", [framed(b"Transfer-Encoding: chunked\r\n", extended(_LIMIT))]),
    *(
        Fault(38, f"a chunk's first line of {size} bytes{name}", [framed(b"Transfer-Encoding: chunked\r\n", extended(size))], cc.TransportError, ambiguous=True, options={"retry": ONCE}, **how)
        for size in (_LIMIT + 2, 120_000, 160_000, 1_000_000)
        for name, how in _EITHER
    ),
    # RFC 9112, section 8: without a close_notify, an attacker may have ended the connection.
    Fault(38, "no length, and an end that TLS does not announce", [framed(b"", JSON, close)] * 3, cc.TransportError, 3, ambiguous=True, **ENCRYPTED),
    Fault(38, "no length, and an end that TLS announces", [framed(b"", JSON, s.close_tls)], None, 1, **ENCRYPTED),
]
