"""Servers from a seed: responses framed well and badly, and what h11 makes of their bytes.

Nothing depends on which of two things comes first. A server sends when it has read the request, or
when it has seen the request's first byte and reads no more. It closes a connection on which nobody
could tell the end of a response.
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

_READ_SIZE = 64 * 1024  # bytes that httpx and both clients read at once, more or less
MAX_HEAD = 100 * 1024  # bytes of a head, as httpx has it
_LARGE_NAME = 6_000_000  # characters, more than the buffers on the way to a server take

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
# As often as each is listed. Without a version or status of HTTP, what follows is not read either.
_VERSIONS = ["HTTP/1.1"] * 40 + ["HTTP/1.0"] * 4 + ["HTTP/1.2", "HTTP/2.0", "HTTP/1", "http/1.1", "ICY"]
_STATUSES = ["200 OK"] * 36 + ["200", "200 ", "204 No Content", "204 No Content", "304 Not Modified", "304 Not Modified", "201 Created", "302 Found", "400 a", "404 Not\tFound", "409 \xff", "413 a", "429 a", "500 a", "503 a", "600 a", "999 a", "099 a", "1000 a", "20 a", "2x0 a", "200OK"]
_REJECTED = ["413 Content Too Large", "401 Unauthorized", "503 Service Unavailable", "400 Bad Request"]
# fmt: on


Read = tuple[int | None, bytes]  # status and body of a response
NOTHING: Read = (None, b"")


@attrs.frozen
class Verdict:
    """What h11 makes of the bytes of a turn.

    Attributes:
        status: of the response; None if they are rejected, or break off.
        body: of the response, up to what the clients read of one.
        headers: of the response, their names in lower case.
        is_complete: whether nobody waits for more of it, or for its end.
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
    """What a server does for one request.

    Attributes:
        pieces: the bytes that it sends, in order.
        end: None if the connection stays open.
        pauses: whether it waits a moment after each of them, so that they are read one by one.
        early: whether it sends them when a request begins, and does not read the request.
        late: what it sends when the call has ended, on a connection that is idle by then.

    """

    pieces: Sequence[bytes]
    end: Step | None = None
    pauses: bool = False
    early: bool = False
    late: bytes = b""

    @property
    def verdict(self) -> Verdict:
        """What h11 makes of it."""
        return judge(b"".join(self.pieces), self.end)

    @property
    def has_large_head(self) -> bool:
        """Whether a head is over the limit; what h11 makes of that depends on how it is cut."""
        return b"b" * MAX_HEAD in b"".join(self.pieces)

    @property
    def expected(self) -> Read:
        """What the clients make of it: as h11 has it, and stricter in two things."""
        verdict = self.verdict
        if verdict.has_two_lengths or self.has_large_head:
            return NOTHING
        return verdict.status, verdict.body

    def turn(self, began: Step, until_returned: Step) -> Turn:
        """Return the steps; of those passed one notes the begin, one awaits the call's end."""
        sending = [step for piece in self.pieces for step in (s.send(piece), self._pause)]
        first = _await_request if self.early else s.read
        late = [until_returned, s.send(self.late)] if self.late else []
        return (first, _send_at_once, began, *sending, *late, *([self.end] if self.end else []))

    def _pause(self, _: Peer) -> None:
        if self.pauses:
            time.sleep(0.0005)


@attrs.frozen
class Script:
    """A server, and the name that an update sets in each of its calls."""

    exchanges: Sequence[Exchange]
    name: str


def _await_request(peer: Peer) -> None:
    """Wait until a request begins."""
    if not peer.await_request():
        raise Closed


def _send_at_once(peer: Peer) -> None:
    """Keep no bytes back, which a reset would drop."""
    peer.socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)


def judge(data: bytes, end: Step | None) -> Verdict:
    """Show h11 the bytes of a server, and their end."""
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


def _content(chance: random.Random) -> bytes:
    """Return a body: mostly a template's."""
    kind = chance.random()
    if kind < 0.7:
        return json.dumps(TEMPLATE).encode()
    if kind < 0.72:
        return b'{"a":"%b"}' % (b"a" * (MAX_BODY + chance.randrange(100_000)))
    return chance.choice([b"", b"{}", b'{"error": {"code": "a", "message": "b"}}', b"{" * 50])


def _chunks(chance: random.Random, content: bytes) -> bytes:
    """Return a body in chunks, in one of three with extensions, trailers or a mistake."""
    odd = chance.random() < 0.25
    coded, place = b"", 0
    while place < len(content):
        size = chance.choice([1, 10, 100, len(content)])
        part = content[place : place + size]
        named = b"%x" % len(part) if chance.random() < 0.5 else b"%04X" % len(part)
        if odd and chance.random() < 0.2:
            named = chance.choice(
                [named + b";a=b", named + b' ; a="b"', chance.choice(_CHUNK_SIZES).encode()]
            )
        coded += named + b"\r\n" + part + (b"xx" if odd and chance.random() < 0.05 else b"\r\n")
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
    return coded + (chance.choice(last) if odd else last[0])


def _framed(chance: random.Random, content: bytes) -> tuple[list[str], bytes]:
    """Return the header lines that frame a body, and the body as it is sent."""
    length = f"Content-Length: {len(content)}"
    coded = _chunks(chance, content)
    other, wrong = chance.choice([-1, 1]), chance.choice([-9, -1, 1, 9])
    framings = [
        ([length], content),
        (_CHUNKED, coded),
        ([], content),
        ([length.upper(), length], content),
        ([length, *_CHUNKED], coded),
        ([length, f"Content-Length: {len(content) + other}"], content),
        ([f"Transfer-Encoding: {chance.choice(_CODINGS)}"], coded),
        ([f"Content-Length: {chance.choice(_LENGTHS)}"], content),
        ([f"Content-Length: {max(0, len(content) + wrong)}"], content),
    ]
    return chance.choices(framings, [6, 5, 2, 1, 1, 1, 1, 1, 1])[0]


def _response(chance: random.Random, *, rejected: bool) -> bytes:
    """Return the bytes of a response; one that is ``rejected`` is sent without being asked."""
    content = _content(chance)
    framing, coded = _framed(chance, content)
    lines = [f"{chance.choice(_VERSIONS)} {chance.choice(_REJECTED if rejected else _STATUSES)}"]
    fields = [*framing, *(chance.choice(_FIELDS) for _ in range(chance.choice([0, 0, 0, 0, 1, 2])))]
    if chance.random() < 0.03:
        fields.append(f"X-Large: {'b' * chance.choice([90_000, 130_000, 300_000])}")
    chance.shuffle(fields)
    start = chance.choice(_BLANK) if chance.random() < 0.05 else ""
    while chance.random() < 0.1:
        start += f"HTTP/1.1 {chance.choice(_INTERIM)}\r\n\r\n"
    newline = "\n" if chance.random() < 0.05 else "\r\n"
    return (start + newline.join([*lines, *fields, "", ""])).encode("latin-1", "replace") + coded


def _pieces(chance: random.Random, data: bytes) -> list[bytes]:
    """Cut bytes at random places."""
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.choice([0, 0, 1, 3, 8])))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def exchange(chance: random.Random) -> Exchange:
    """Generate what a server does for one request."""
    early = chance.random() < 0.15
    data = _response(chance, rejected=early)
    if chance.random() < 0.06:
        data = data[: chance.randrange(len(data))]
    if chance.random() < 0.15:
        data += chance.choice([b"x", b"\r\n", b"\0" * 9, s.response(), s.response(), s.error(404)])
    # What is large is not all sent yet when the connection is reset.
    is_large = len(data) > _READ_SIZE
    early &= not is_large
    end = chance.choice([None, None, None, None, s.close, s.close if is_large else s.reset])
    if early:  # the system resets what is closed with bytes that were not read
        end = s.reset
    elif not judge(data, end).is_complete:
        end = s.close
    late = b""
    if judge(data, None).is_complete and not early and chance.random() < 0.1:
        late = chance.choice([b"x", s.response(), s.error(404)])
    return Exchange(_pieces(chance, data), end, chance.random() < 0.3, early, late)


_LARGE_HEAD = s.response(headers=[("X-Large", "b" * 110_000)])
# What clients met in different ways, or each by chance.
OBSERVED = [
    # A reset while the request is written is reported once, and then looks like the body's end.
    Script(
        [Exchange([b'HTTP/1.1 413 a\r\n\r\n{"half'], s.reset, early=True)] * 2, "n" * _LARGE_NAME
    ),
    # A head over the limit, which h11 may have whole before it can tell.
    Script([Exchange([_LARGE_HEAD])] * 2, "n"),
    # Row 32: more than a response, before the next request.
    Script([Exchange([s.response() * 2], s.close), Exchange([s.response()])], "n"),
    Script([Exchange([s.response()], late=s.response()), Exchange([s.error(404)])], "n"),
    Script([Exchange([s.response()], s.close, late=s.response()), Exchange([s.error(404)])], "n"),
]


def script(chance: random.Random) -> Script:
    """Generate a server for two calls."""
    exchanges = [exchange(chance) for _ in range(3)]
    return Script(exchanges, "n" * (_LARGE_NAME if chance.random() < 0.04 else 9))
