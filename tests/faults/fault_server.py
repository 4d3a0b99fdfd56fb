"""A server that follows a script, byte by byte, to misbehave.

A script is a sequence of turns. A turn is a sequence of steps, which the server does for one
request. A turn that does not begin with `read` starts as soon as a client connects. If a turn
leaves the connection open, the next turn may be for the next request on it. After the last turn,
each request gets a good response.
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

_poll = select.poll  # kept here, as a test removes it for the client

MAX_WAIT = 20  # seconds to wait for something that should happen at once, even on a busy machine


class Peer:
    """A connection as the server sees it."""

    def __init__(self, connection: socket.socket) -> None:
        """Take over a connection."""
        self.socket = connection
        self.request = b""
        self.served = 0
        self.begun = b""

    def await_request(self) -> bool:
        """Wait until a request begins, and return whether one did."""
        if isinstance(self.socket, ssl.SSLSocket):  # has no MSG_PEEK
            self.begun = self.socket.recv(1)
            return bool(self.begun)
        return bool(self.socket.recv(1, socket.MSG_PEEK))

    def read_request(self) -> bool:
        """Read one whole request, and return whether there was one."""
        data, self.begun = self.begun, b""
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
    """Send the same bytes over and over until the client closes the connection."""

    def step(peer: Peer) -> None:
        for _ in range(times):
            peer.socket.sendall(data)

    return step


def stall(seconds: float) -> Step:
    """Do nothing for some seconds, or until the client disconnects."""

    def step(peer: Peer) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            readable, _, _ = select.select([peer.socket], [], [], left)
            if readable and not peer.socket.recv(65536):
                raise Closed

    return step


def until(event: threading.Event) -> Step:
    """Wait for an event."""

    def step(_: Peer) -> None:
        event.wait(MAX_WAIT)

    return step


def hold(seconds: float) -> Step:
    """Read nothing for some seconds, or until the client disconnects."""

    def step(peer: Peer) -> None:
        poll = _poll()
        poll.register(peer.socket, select.POLLRDHUP)
        poll.poll(seconds * 1000)

    return step


def sip(pause: float) -> Step:
    """Read a part of the request at a time, with a pause in seconds after each."""

    def step(peer: Peer) -> None:
        while peer.socket.recv(64 * 1024):
            time.sleep(pause)

    return step


def begin(peer: Peer) -> None:
    """Read the beginning of a request."""
    peer.begun += peer.socket.recv(65536)
    if not peer.begun:
        raise Closed


def close(peer: Peer) -> None:
    """Close the connection properly."""
    raise Closed


def end(peer: Peer) -> None:
    """Shut down the sending side, and leave the connection open."""
    socket.socket.shutdown(peer.socket, socket.SHUT_WR)  # below TLS, if any


def close_tls(peer: Peer) -> None:
    """Close the connection with a TLS close_notify."""
    assert isinstance(peer.socket, ssl.SSLSocket)
    with contextlib.suppress(OSError):  # the client closes without a close_notify
        peer.socket.unwrap()
    raise Closed


def reset(peer: Peer) -> None:
    """Reset the connection."""
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Closed


def close_kept(peer: Peer) -> None:
    """Close a reused connection, so that the client opens a new one."""
    if peer.served > 1:
        raise Closed


def read(peer: Peer) -> None:
    """Read the whole request."""
    if not peer.read_request():
        raise Closed


def echo(respond: Callable[[bytes], bytes]) -> Step:
    """Send what a function returns for the request."""
    return lambda peer: peer.socket.sendall(respond(peer.request))


def tunnel(port: int) -> Step:
    """Forward bytes both ways to a local port, as a proxy does after CONNECT."""

    def step(peer: Peer) -> None:
        with socket.create_connection(("127.0.0.1", port)) as other:
            ends = {peer.socket: other, other: peer.socket}
            while True:
                readable, _, _ = select.select(list(ends), [], [], MAX_WAIT)
                for end in readable:
                    if not (data := end.recv(65536)):
                        raise Closed
                    ends[end].sendall(data)

    return step


def socks(status: bytes) -> Step:
    """Respond as a SOCKS 5 proxy to a request to connect; status 0 is success."""
    return replies(b"\5\0", b"\5" + status + b"\0\1" + bytes(6))


def replies(*replies: bytes) -> Step:
    """Receive something before each reply."""

    def step(peer: Peer) -> None:
        for reply in replies:
            peer.socket.recv(65536)
            peer.socket.sendall(reply)

    return step


def response(
    status: int = 200, body: object = None, headers: Sequence[tuple[str, str]] = ()
) -> bytes:
    """Return a whole response; a body that is not bytes is sent as JSON."""
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
    """Return a response with the id and the name of the request, which reveals a mix-up."""
    head, _, body = request.partition(b"\r\n\r\n")
    template_id = head.split()[1].decode().rpartition("/")[2]
    return response(200, {**TEMPLATE, "id": template_id, **json.loads(body)})


GOOD: Turn = (read, send(response()))


class FaultServer:
    """A server that follows one script."""

    def __init__(self, script: Iterable[Turn], tls: ssl.SSLContext | None = None) -> None:
        """Listen on a local port."""
        self.requests: list[bytes] = []
        self.connections = 0
        self._turns = deque(script)
        self._last_turn = GOOD
        self._changed = threading.Condition()
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._busy: set[socket.socket] = set()  # the connections in the middle of a turn
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self._last = socket.socket()  # connects last, to end the thread that accepts connections
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://localhost:{self.port}"
        self._threads = [Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def open(self) -> int:
        """The number of open connections."""
        with self._changed:
            return len(self._open)

    @property
    def busy(self) -> int:
        """The number of connections in the middle of a turn."""
        with self._changed:
            return len(self._busy)

    def wait_until(self, holds: Callable[["FaultServer"], bool]) -> bool:
        """Wait until a condition on requests and connections holds; return whether it does."""
        with self._changed:
            return self._changed.wait_for(lambda: holds(self), MAX_WAIT)

    def calm_later(self, turn: Turn) -> None:
        """Use this turn for each request after the script."""
        with self._changed:
            self._last_turn = turn

    def follow(self, script: Iterable[Turn]) -> None:
        """Follow another script, from the next request on."""
        with self._changed:
            self._turns = deque(script)

    def calm(self, turn: Turn = GOOD) -> None:
        """Drop the rest of the script, and use this turn for each request from now on."""
        with self._changed:
            self._turns.clear()
            self._last_turn = turn

    def close(self) -> None:
        """Stop listening once every pending connection is accepted, and close all connections."""
        accepting, *_ = self._threads
        with self._listener, self._last:
            self._last.bind(("127.0.0.1", 0))
            self._last.connect(("127.0.0.1", self.port))
            accepting.join(MAX_WAIT)
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(MAX_WAIT)

    def _accept(self) -> None:
        while True:
            connection, address = self._listener.accept()
            if address == self._last.getsockname():
                connection.close()
                return
            # Otherwise a reset would discard what Nagle's algorithm holds back.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._open.add(connection)
                self.connections += 1
                self._changed.notify_all()
            thread = Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(MAX_WAIT)
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
            # Only when there is a request: the client may close this connection and open another.
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
    """Run a server that follows one script, for the duration of a block."""
    server = FaultServer(script, tls)
    try:
        yield server
    finally:
        server.close()
