"""A server of faults: what it does with each request is written out, byte by byte.

A script is a sequence of turns. A turn is what the server does for one request, as a sequence of
steps; one that does not begin with `read` is done to a new connection at once. When it has not
closed the connection, the next turn may be for the next request on it. After the last turn each
request gets a good response.
"""

import contextlib
import json
import os
import select
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from documented import TEMPLATE
from stopwatch import Thread

_poll = select.poll  # which a test takes away from the client

PATIENCE = 20  # seconds to wait for what comes at once, however busy the machine is


class Peer:
    """A connection as the server sees it."""

    def __init__(self, connection: socket.socket) -> None:
        """Take over a connection."""
        self.socket = connection
        self.request = b""
        self.served = 0
        self._begun = b""

    def await_request(self) -> bool:
        """Wait until one begins, and return whether one did."""
        if isinstance(self.socket, ssl.SSLSocket):  # of which nothing can be read and left there
            self._begun = self.socket.recv(1)
            return bool(self._begun)
        return bool(self.socket.recv(1, socket.MSG_PEEK))

    def read_request(self) -> bool:
        """Read one request to its end, and return whether there was one."""
        data, self._begun = self._begun, b""
        while b"\r\n\r\n" not in data:
            if not (chunk := self.socket.recv(65536)):
                return False
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:"), 0
        )
        while len(body) < length:
            if not (chunk := self.socket.recv(65536)):
                return False
            body += chunk
        self.request = head + b"\r\n\r\n" + body
        self.served += 1
        return True


class Closed(Exception):  # noqa: N818 - no error
    """A step has closed the connection."""


Step = Callable[[Peer], None]
Turn = Sequence[Step]


def send(data: bytes | memoryview) -> Step:
    """Send these bytes."""
    return lambda peer: peer.socket.sendall(data)


def send_and_half_a_record(data: bytes) -> Step:
    """Send these bytes over TLS, and in the same packet the first half of another record."""

    def step(peer: Peer) -> None:
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        peer.socket.sendall(data)
        os.write(peer.socket.fileno(), b"\x17\x03\x03\x00\x40" + bytes(32))
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)

    return step


def drip(data: bytes, pause: float) -> Step:
    """Send a byte at a time, with a pause in seconds after each."""

    def step(peer: Peer) -> None:
        for byte in data:
            peer.socket.sendall(bytes([byte]))
            time.sleep(pause)

    return step


def flood(data: bytes | memoryview, times: int = 1_000_000_000) -> Step:
    """Send the same bytes over and over until the client has had enough."""

    def step(peer: Peer) -> None:
        for _ in range(times):
            peer.socket.sendall(data)

    return step


def stall(seconds: float) -> Step:
    """Do nothing for so long, or until the client has gone."""

    def step(peer: Peer) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            readable, _, _ = select.select([peer.socket], [], [], left)
            if readable and not peer.socket.recv(65536):
                raise Closed

    return step


def until(event: threading.Event) -> Step:
    """Do nothing until an event."""

    def step(_: Peer) -> None:
        event.wait(PATIENCE)

    return step


def hold(seconds: float) -> Step:
    """Take nothing from the client for so long, or until it has gone."""

    def step(peer: Peer) -> None:
        poll = _poll()
        poll.register(peer.socket, select.POLLRDHUP)
        poll.poll(seconds * 1000)

    return step


def sip(pause: float) -> Step:
    """Take a part of the request at a time, with a pause in seconds after each."""

    def step(peer: Peer) -> None:
        while peer.socket.recv(64 * 1024):
            time.sleep(pause)

    return step


def begin(peer: Peer) -> None:
    """Take the beginning of a request."""
    if not peer.socket.recv(65536):
        raise Closed


def close(peer: Peer) -> None:
    """Close the connection in order."""
    raise Closed


def end(peer: Peer) -> None:
    """Send no more, and leave the connection open."""
    socket.socket.shutdown(peer.socket, socket.SHUT_WR)  # below TLS, if there is any


def close_tls(peer: Peer) -> None:
    """Close the connection in order, as TLS has it."""
    assert isinstance(peer.socket, ssl.SSLSocket)
    with contextlib.suppress(OSError):  # the client closes without a word
        peer.socket.unwrap()
    raise Closed


def reset(peer: Peer) -> None:
    """Break the connection off."""
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Closed


def close_kept(peer: Peer) -> None:
    """Close a connection that has served before, and go on with a new one."""
    if peer.served > 1:
        raise Closed


def read(peer: Peer) -> None:
    """Read the request to its end."""
    if not peer.read_request():
        raise Closed


def echo(respond: Callable[[bytes], bytes]) -> Step:
    """Send what a function makes of the request."""
    return lambda peer: peer.socket.sendall(respond(peer.request))


def tunnel(port: int) -> Step:
    """Do what a proxy does after a CONNECT: pass on bytes, both ways, to a port of this machine."""

    def step(peer: Peer) -> None:
        with socket.create_connection(("127.0.0.1", port)) as other:
            ends = {peer.socket: other, other: peer.socket}
            while True:
                readable, _, _ = select.select(list(ends), [], [], PATIENCE)
                for end in readable:
                    if not (data := end.recv(65536)):
                        raise Closed
                    ends[end].sendall(data)

    return step


def socks(status: bytes) -> Step:
    """Do what a SOCKS 5 proxy does when asked for a connection; status 0 is success."""

    def step(peer: Peer) -> None:
        peer.socket.recv(65536)
        peer.socket.sendall(b"\5\0")
        peer.socket.recv(65536)
        peer.socket.sendall(b"\5" + status + b"\0\1" + bytes(6))

    return step


def response(
    status: int = 200, body: object = None, headers: Sequence[tuple[str, str]] = ()
) -> bytes:
    """Return a whole response; a body that is not bytes goes as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body or TEMPLATE).encode()
    named = {name.lower() for name, _ in headers}
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers)]
    if not named & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def error(status: int, headers: Sequence[tuple[str, str]] = ()) -> bytes:
    """Return a documented error."""
    return response(status, {"error": {"code": "some_code", "message": "what it says"}}, headers)


def named(request: bytes) -> bytes:
    """Respond with the id and the name that were sent, so that a mixed-up response shows."""
    head, _, body = request.partition(b"\r\n\r\n")
    template_id = head.split()[1].decode().rpartition("/")[2]
    return response(200, {**TEMPLATE, "id": template_id, **json.loads(body)})


GOOD: Turn = (read, send(response()))


class FaultServer:
    """A server of one script."""

    def __init__(self, script: Iterable[Turn], tls: ssl.SSLContext | None = None) -> None:
        """Listen on a port of this machine."""
        self.requests: list[bytes] = []
        self.connections = 0
        self._turns = deque(script)
        self._last_turn = GOOD
        self._changed = threading.Condition()
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._busy: set[socket.socket] = set()  # those in the middle of a turn
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self._last = socket.socket()  # that connects
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}"
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def open(self) -> int:
        """How many connections are open."""
        with self._changed:
            return len(self._open)

    @property
    def busy(self) -> int:
        """How many connections are in the middle of a turn."""
        with self._changed:
            return len(self._busy)

    def wait_until(self, holds: Callable[["FaultServer"], bool]) -> bool:
        """Wait until something holds of requests and connections, and return whether it does."""
        with self._changed:
            return self._changed.wait_for(lambda: holds(self), PATIENCE)

    def calm_later(self, turn: Turn) -> None:
        """Take this turn for each request after those of the script."""
        with self._changed:
            self._last_turn = turn

    def calm(self, turn: Turn = GOOD) -> None:
        """Forget the rest of the script, and take this turn for each request from now on."""
        with self._changed:
            self._turns.clear()
            self._last_turn = turn

    def close(self) -> None:
        """Stop listening when all that connected is accepted, and close all connections."""
        accepting, *_ = self._threads
        with self._listener, self._last:
            self._last.bind(("127.0.0.1", 0))
            self._last.connect(("127.0.0.1", self.port))
            accepting.join(PATIENCE)
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            connection, address = self._listener.accept()
            if address == self._last.getsockname():
                connection.close()
                return
            # A reset discards what Nagle's algorithm still holds back.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._open.add(connection)
                self.connections += 1
                self._changed.notify_all()
            thread = Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        plain = connection
        try:
            with contextlib.suppress(OSError, Closed):
                if self._tls:
                    connection = self._tls.wrap_socket(plain, server_side=True)
                    with self._changed:
                        self._open.remove(plain)
                        self._open.add(connection)
                peer = Peer(connection)
                for turn in self._turns_of(peer):
                    self._take(turn, peer)
        finally:
            plain.close()
            connection.close()
            with self._changed:
                self._open -= {plain, connection}
                self._busy.discard(connection)
                self._changed.notify_all()

    def _turns_of(self, peer: Peer) -> Iterator[Turn]:
        with self._changed:
            at_once = self._turns and self._turns[0][0] is not read
        while True:
            # Not before there is a request: the client may close this one and open another.
            if not (at_once or peer.await_request()):
                return
            at_once = False
            with self._changed:
                turn = self._turns.popleft() if self._turns else self._last_turn
                self._busy.add(peer.socket)
            yield turn
            with self._changed:
                self._busy.remove(peer.socket)
                self._changed.notify_all()

    def _take(self, turn: Turn, peer: Peer) -> None:
        for step in turn:
            step(peer)
            if step is read:
                with self._changed:
                    self.requests.append(peer.request)
                    self._changed.notify_all()


@contextlib.contextmanager
def serving(script: Iterable[Turn], tls: ssl.SSLContext | None = None) -> Iterator[FaultServer]:
    """Run a server of one script for as long as the block."""
    server = FaultServer(script, tls)
    try:
        yield server
    finally:
        server.close()
