"""Random servers with valid and invalid framing, and how h11 reads their bytes.

No outcome depends on a race. A server sends its response once it has read the request, or
once it has seen its first byte, without reading more. It closes a connection if the end of a
response cannot be recognized otherwise.
"""

import json
import random
import time
from collections.abc import Sequence
from socket import IPPROTO_TCP, TCP_NODELAY

import attrs
import h11

from certifier_client._http.message import MAX_BODY
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault_server import Closed, Peer, Step, Turn

_READ_SIZE = 64 * 1024  # bytes; roughly what httpx and both clients read at once
MAX_HEAD = 100 * 1024  # bytes of a head, the limit of httpx
_LARGE_NAME = 6_000_000  # characters; more than all buffers on the way to a server hold

# fmt: off
_CHUNKED = ["Transfer-Encoding: chunked"]
_CODINGS = ["gzip", "gzip, chunked", "identity", "Chunked", "chunked, chunked", "xchunked", "chunked;q=1", ""]
_LENGTHS = ["-1", "+5", "5, 5", "5, 6", "0x5", "1e3", "", " ", "5 5", "5.0", "٣", "9" * 30]
_CHUNK_SIZES = ["g", "-5", "0x5", "", " 5", "5 ", "+5", "5_0", "5;" + "x" * 300, "f" * 25, "5\n"]
_INTERIM = ["100 Continue", "102 Processing", "103 Early Hints", "103 Early Hints\r\nLink: </a>", "199 ", "101 Switching Protocols"]
_BLANK = ["\r\n", "\n", "\r\n\r\n", "\r", " \r\n"]
_FIELDS = [
    "X-Folded: a\r\n b", "X-Folded: a\r\n\t", " X-First: a", "X-Odd: \x01", "X-Odd: \x00", "X-Odd: \xff\x80", "X-Odd : a", "X Odd: a", "X-Odd", ": a", "X-Odd:", "X-Odd:\t a \t", "x-odd: a\rb", "X-\xe9: a", "X-(a): b", "X!#$%&'*+.^_`|~: a",
    "Connection: close", "connection: CLOSE", "Connection: keep-alive", "Connection: keep-alive, close", "Connection: upgrade\r\nUpgrade: a", "Keep-Alive: timeout=0", "Content-Encoding: gzip", "Retry-After: 0", "Date: never", "Set-Cookie: a=b",
    "content-length: 0", "Content-Type: application/json", "Trailer: X-A", "X-Many: a\r\n" * 50 + "X-Last: a",
]
# Weighted by repetition. After an invalid version or status, nothing more is read.
_VERSIONS = ["HTTP/1.1"] * 40 + ["HTTP/1.0"] * 4 + ["HTTP/1.2", "HTTP/2.0", "HTTP/1", "http/1.1", "ICY"]
_STATUSES = ["200 OK"] * 36 + ["200", "200 ", "204 No Content", "204 No Content", "304 Not Modified", "304 Not Modified", "201 Created", "302 Found", "400 a", "404 Not\tFound", "409 \xff", "413 a", "429 a", "500 a", "503 a", "600 a", "999 a", "099 a", "1000 a", "20 a", "2x0 a", "200OK"]
_REJECTED = ["413 Content Too Large", "401 Unauthorized", "503 Service Unavailable", "400 Bad Request"]
# fmt: on


Read = tuple[int | None, bytes]  # status and body of a response
NOTHING: Read = (None, b"")


@attrs.frozen
class Verdict:
    """How h11 reads the bytes of a turn.

    Attributes:
        status: of the response; None if the bytes are rejected or end too early.
        body: of the response, up to the clients' limit.
        headers: of the response, their names in lower case.
        is_complete: whether a reader needs neither more bytes nor the end of the connection.
        leftover: whether bytes follow the response.

    """

    status: int | None = None
    body: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()
    is_complete: bool = True
    leftover: bool = False

    @property
    def has_two_lengths(self) -> bool:
        """Whether the response has both a length and a transfer coding."""
        return {name for name, _ in self.headers} >= {b"content-length", b"transfer-encoding"}


@attrs.frozen
class Exchange:
    """A server's behaviour for one request.

    Attributes:
        pieces: the bytes that it sends, in order.
        end: None if the connection stays open.
        pauses: whether it waits briefly after each piece, so that they are read one by one.
        early: whether it sends them as soon as a request begins, without reading it.
        late: bytes that it sends after the call, on the idle connection.

    """

    pieces: Sequence[bytes]
    end: Step | None = None
    pauses: bool = False
    early: bool = False
    late: bytes = b""

    @property
    def verdict(self) -> Verdict:
        """How h11 reads it."""
        return judge(b"".join(self.pieces), self.end)

    @property
    def has_large_head(self) -> bool:
        """Whether a head exceeds the limit; h11's verdict then depends on how the bytes are split."""
        return b"b" * MAX_HEAD in b"".join(self.pieces)

    @property
    def expected(self) -> Read:
        """How the clients must read it: like h11, but stricter in two ways."""
        verdict = self.verdict
        if verdict.has_two_lengths or self.has_large_head:
            return NOTHING
        return verdict.status, verdict.body

    def turn(self, began: Step, until_returned: Step) -> Turn:
        """Return the steps; the given ones record the beginning and wait for the end of the call."""
        sending = [step for piece in self.pieces for step in (s.send(piece), self._pause)]
        first = _await_request if self.early else s.read
        late = [until_returned, s.send(self.late)] if self.late else []
        return (first, _send_at_once, began, *sending, *late, *([self.end] if self.end else []))

    def _pause(self, _: Peer) -> None:
        if self.pauses:
            time.sleep(0.0005)


@attrs.frozen
class Script:
    """A server, and the name that each call sets."""

    exchanges: Sequence[Exchange]
    name: str


def _await_request(peer: Peer) -> None:
    """Wait until a request begins."""
    if not peer.await_request():
        raise Closed


def _send_at_once(peer: Peer) -> None:
    """Turn off Nagle's algorithm, because a reset drops what it holds back."""
    peer.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def judge(data: bytes, end: Step | None) -> Verdict:
    """Return how h11 reads the bytes of a server, and their end."""
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    http.send(h11.Request(method="PATCH", target="/", headers=[("Host", "a")]))
    http.send(h11.EndOfMessage())
    parts = [data[start : start + _READ_SIZE] for start in range(0, len(data), _READ_SIZE)]
    parts += [b""] if end is s.close else []
    status, body, headers = None, b"", list[tuple[bytes, bytes]]()
    try:
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA and not parts:
                return Verdict(is_complete=end is not None)
            if event is h11.NEED_DATA:
                http.receive_data(parts.pop(0))
            elif isinstance(event, h11.Response):
                status, headers = event.status_code, list(event.headers)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > MAX_BODY:  # httpx reads on
                    cut = body[:MAX_BODY]
                    return Verdict(status, cut, headers, is_complete=False, leftover=True)
            elif isinstance(event, h11.EndOfMessage):
                leftover = bool(http.trailing_data[0] or any(parts))
                return Verdict(status, body, headers, leftover=leftover)
            elif isinstance(event, h11.ConnectionClosed):
                return Verdict()
    except h11.RemoteProtocolError:
        return Verdict()


def _content(rng: random.Random) -> bytes:
    """Return a body, usually that of a template."""
    kind = rng.random()
    if kind < 0.7:
        return json.dumps(TEMPLATE).encode()
    if kind < 0.72:
        return b'{"a":"%b"}' % (b"a" * (MAX_BODY + rng.randrange(100_000)))
    return rng.choice([b"", b"{}", b'{"error": {"code": "a", "message": "b"}}', b"{" * 50])


def _chunks(rng: random.Random, content: bytes) -> bytes:
    """Return a body in chunks; one in four has extensions, trailers or mistakes."""
    odd = rng.random() < 0.25
    coded, place = b"", 0
    while place < len(content):
        size = rng.choice([1, 10, 100, len(content)])
        part = content[place : place + size]
        named = b"%x" % len(part) if rng.random() < 0.5 else b"%04X" % len(part)
        if odd and rng.random() < 0.2:
            named = rng.choice(
                [named + b";a=b", named + b' ; a="b"', rng.choice(_CHUNK_SIZES).encode()]
            )
        coded += named + b"\r\n" + part + (b"xx" if odd and rng.random() < 0.05 else b"\r\n")
        place += len(part)
    last = [
        b"0\r\n\r\n",
        b"0\r\nX-A: a\r\n\r\n",
        b"0;a\r\n\r\n",
        b"000\r\n\r\n",
        b"0\r\nX A\r\n\r\n",
        b"",
        b"0\r\n",
        b"0\r\n" + b"X-A: a\r\n" * 99 + b"\r\n",
    ]
    return coded + (rng.choice(last) if odd else last[0])


def _framed(rng: random.Random, content: bytes) -> tuple[list[str], bytes]:
    """Return the header lines that frame a body, and the encoded body."""
    length = f"Content-Length: {len(content)}"
    coded = _chunks(rng, content)
    other, wrong = rng.choice([-1, 1]), rng.choice([-9, -1, 1, 9])
    framings = [
        ([length], content),
        (_CHUNKED, coded),
        ([], content),
        ([length.upper(), length], content),
        ([length, *_CHUNKED], coded),
        ([length, f"Content-Length: {len(content) + other}"], content),
        ([f"Transfer-Encoding: {rng.choice(_CODINGS)}"], coded),
        ([f"Content-Length: {rng.choice(_LENGTHS)}"], content),
        ([f"Content-Length: {max(0, len(content) + wrong)}"], content),
    ]
    return rng.choices(framings, [6, 5, 2, 1, 1, 1, 1, 1, 1])[0]


def _response(rng: random.Random, *, rejected: bool) -> bytes:
    """Return the bytes of a response; one with ``rejected`` comes before the request is read."""
    content = _content(rng)
    framing, coded = _framed(rng, content)
    lines = [f"{rng.choice(_VERSIONS)} {rng.choice(_REJECTED if rejected else _STATUSES)}"]
    fields = [*framing, *(rng.choice(_FIELDS) for _ in range(rng.choice([0, 0, 0, 0, 1, 2])))]
    if rng.random() < 0.03:
        fields.append(f"X-Large: {'b' * rng.choice([90_000, 130_000, 300_000])}")
    rng.shuffle(fields)
    start = rng.choice(_BLANK) if rng.random() < 0.05 else ""
    while rng.random() < 0.1:
        start += f"HTTP/1.1 {rng.choice(_INTERIM)}\r\n\r\n"
    newline = "\n" if rng.random() < 0.05 else "\r\n"
    return (start + newline.join([*lines, *fields, "", ""])).encode("latin-1", "replace") + coded


def _pieces(rng: random.Random, data: bytes) -> list[bytes]:
    """Split bytes at random places."""
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice([0, 0, 1, 3, 8])))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def exchange(rng: random.Random) -> Exchange:
    """Generate what a server does for one request."""
    early = rng.random() < 0.15
    data = _response(rng, rejected=early)
    if rng.random() < 0.06:
        data = data[: rng.randrange(len(data))]
    if rng.random() < 0.15:
        data += rng.choice([b"x", b"\r\n", b"\0" * 9, s.response(), s.response(), s.error(404)])
    # A large request is still being sent when the connection is reset.
    is_large = len(data) > _READ_SIZE
    early &= not is_large
    end = rng.choice([None, None, None, None, s.close, s.close if is_large else s.reset])
    if early:  # the system resets a connection that is closed with unread bytes
        end = s.reset
    elif not judge(data, end).is_complete:
        end = s.close
    late = b""
    if judge(data, None).is_complete and not early and rng.random() < 0.1:
        late = rng.choice([b"x", s.response(), s.error(404)])
    return Exchange(_pieces(rng, data), end, rng.random() < 0.3, early, late)


_LARGE_HEAD = s.response(headers=[("X-Large", "b" * 110_000)])
# Cases in which the clients once differed, or that are rarely generated.
OBSERVED = [
    # A reset while the request is written is reported only once; then it looks like the body's end.
    Script(
        [Exchange([b'HTTP/1.1 413 a\r\n\r\n{"half'], s.reset, early=True)] * 2, "n" * _LARGE_NAME
    ),
    # A head that exceeds the limit, which h11 may read completely before it detects that.
    Script([Exchange([_LARGE_HEAD])] * 2, "n"),
    # Row 32: bytes beyond the response, before the next request.
    Script([Exchange([s.response() * 2], s.close), Exchange([s.response()])], "n"),
    Script([Exchange([s.response()], late=s.response()), Exchange([s.error(404)])], "n"),
    Script([Exchange([s.response()], s.close, late=s.response()), Exchange([s.error(404)])], "n"),
]


def script(rng: random.Random) -> Script:
    """Generate a server for two calls."""
    exchanges = [exchange(rng) for _ in range(3)]
    return Script(exchanges, "n" * (_LARGE_NAME if rng.random() < 0.04 else 9))
