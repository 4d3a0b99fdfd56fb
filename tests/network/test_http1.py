"""An HTTP connection over a socket whose other end is in the test."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from certifier_client._http.http1 import _MAX_LINES, Connection, connect_tunnel
from certifier_client._http.message import MAX_BODY, RawResponse, Request
from certifier_client._http.mode import clock
from certifier_client._http.sockets import BlockingStream
from certifier_client.blocking import run
from support import PATIENCE, REQUEST, fill

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LARGE = bytes(range(256)) * 65536  # more than the buffers of two sockets hold
HEAD = b"PATCH /path HTTP/1.1\r\nHost: host\r\nContent-Length: %d\r\n\r\n" % len(LARGE)


class Pair:
    """A connection of the client, and the socket of its server."""

    def __init__(self) -> None:
        """Connect them."""
        ours, self.server = socket.socketpair()
        ours.settimeout(0)
        self.stream = BlockingStream(ours)
        self.connection = Connection(self.stream, "", [])
        self.received = b""

    def request(self, body: bytes, **timeout: float) -> Request:
        """Return a request."""
        return REQUEST._replace(
            headers=[*REQUEST.headers, (b"Content-Length", b"%d" % len(body))],
            body=body,
            timeout=httpx.Timeout(None, **timeout),
        )

    def exchange(self, *received: bytes, body: bytes = b"", **timeout: float) -> RawResponse:
        """Send a request, after the server has sent something."""
        for data in received:
            self.server.sendall(data)
        return run(self.connection.send(self.request(body, **timeout), clock() + PATIENCE))

    def in_thread(self, *, send: bytes, receive: int = 0) -> threading.Thread:
        """Have the server receive some bytes, and then send some."""

        def serve() -> None:
            self.received = self.server.makefile("rb").read(receive)
            self.server.sendall(send)

        thread = threading.Thread(target=serve)
        thread.start()
        return thread


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give each test a connection."""
    made = Pair()
    with made.server:
        yield made
        made.connection.close()


def test_a_request_is_shown_without_its_token(pair: Pair) -> None:
    """So are the bytes that are sent."""
    assert repr(pair.request(b"secret")) == "PATCH http://host/path"
    assert repr(pair.request(b"secret").encode("", [])) == "<61 bytes>"


def test_a_connection_is_reusable_after_a_whole_response(pair: Pair) -> None:
    """Until the next request fails."""
    for _ in range(2):
        assert pair.exchange(OK).body == b"{}"
        assert pair.connection.is_reusable is True
    pair.server.shutdown(socket.SHUT_WR)
    with pytest.raises(httpx.ReadError, match=r"^server disconnected without sending a response$"):
        pair.exchange()
    assert pair.connection.is_reusable is False
    assert pair.connection.is_untouched is True


def test_a_connection_is_touched_by_the_first_byte_of_a_response(pair: Pair) -> None:
    """Then the server has seen the request, and closing the connection was no coincidence."""
    with pytest.raises(httpx.ReadTimeout):
        pair.exchange(b"H", read=0.05)
    assert pair.connection.is_untouched is False


def test_a_body_of_exactly_the_limit_is_whole(pair: Pair) -> None:
    """Of a longer one, the rest is not read, so the connection cannot be reused."""
    for size, is_whole in ((MAX_BODY, True), (MAX_BODY + 1, False)):
        response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (size, b"x" * size)
        thread = pair.in_thread(send=response)
        assert pair.exchange().body == b"x" * MAX_BODY
        assert pair.connection.is_reusable is is_whole
        thread.join()


def head_of(size: int) -> bytes:
    """Return the head of a response that has this many bytes."""
    start, end = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx: ", b"\r\n\r\n"
    return start + b"x" * (size - len(start) - len(end)) + end


def test_a_head_has_a_limit(pair: Pair) -> None:
    """A server cannot fill the memory with headers."""
    thread = pair.in_thread(send=head_of(_MAX_LINES + 1))
    assert len(pair.exchange().headers) == 2
    thread.join()
    thread = pair.in_thread(send=head_of(_MAX_LINES + 2))
    with pytest.raises(httpx.RemoteProtocolError, match="too long"):
        pair.exchange()
    thread.join()


def test_a_large_body_is_sent_unchanged(pair: Pair) -> None:
    """In several chunks."""
    thread = pair.in_thread(receive=len(HEAD + LARGE), send=OK)
    assert pair.exchange(body=LARGE).status == 200
    thread.join()
    assert pair.received == HEAD + LARGE


def test_an_interim_response_interrupts_no_body(pair: Pair) -> None:
    """What it left unsent is sent after it."""
    thread = pair.in_thread(receive=len(HEAD + LARGE), send=OK)
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert pair.exchange(interim, body=LARGE).status == 200
    thread.join()
    assert pair.received == HEAD + LARGE
    assert pair.connection.is_reusable is True


def test_interim_responses_may_come_with_the_response(pair: Pair) -> None:
    """However many there are."""
    assert pair.exchange(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" * 3 + OK).body == b"{}"
    assert pair.connection.is_reusable is True


def test_an_early_response_ends_the_body(pair: Pair) -> None:
    """A connection on which half a request was sent cannot be reused."""
    assert pair.exchange(OK, body=LARGE).status == 200
    assert pair.connection.is_reusable is False
    assert pair.connection.is_untouched is False


def test_a_connection_that_is_closed_early_is_a_write_error(pair: Pair) -> None:
    """The server closes it, and sent no response."""
    pair.server.shutdown(socket.SHUT_WR)
    message = "^the server closed the connection too early$"
    with pytest.raises(httpx.WriteError, match=message) as raised:
        pair.exchange(body=LARGE)
    assert isinstance(raised.value.__cause__, ConnectionResetError)


@pytest.mark.parametrize("received", [[], [b"HTTP/1.1 100 Continue\r\n\r\n"]])
def test_writing_has_its_own_timeout(pair: Pair, received: list[bytes]) -> None:
    """It holds for each chunk of a body, also after an interim response."""
    began = clock()
    with pytest.raises(httpx.WriteTimeout) as raised:
        pair.exchange(*received, body=LARGE, write=0.05)
    assert str(raised.value) == ""
    assert clock() < began + PATIENCE


def test_reading_has_its_own_timeout(pair: Pair) -> None:
    """The write timeout is another."""
    began = clock()
    with pytest.raises(httpx.ReadTimeout) as raised:
        pair.exchange(read=0.05)
    assert str(raised.value) == ""
    assert clock() < began + PATIENCE


def test_a_tunnel_has_a_deadline(pair: Pair) -> None:
    """Also for the request to the proxy."""
    with pytest.raises(TimeoutError):
        run(connect_tunnel(pair.stream, "host", 443, [], clock() + 0.05))
    fill(pair.stream._socket)
    with pytest.raises(TimeoutError):
        run(connect_tunnel(pair.stream, "host", 443, [], clock() + 0.05))


def test_what_follows_the_response_of_a_proxy_is_an_error(pair: Pair) -> None:
    """It would be taken for the server's."""
    pair.server.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    run(connect_tunnel(pair.stream, "host", 443, [], clock() + PATIENCE))
    pair.server.sendall(b"HTTP/1.1 200 OK\r\n\r\nx")
    with pytest.raises(httpx.ProxyError, match=r"^the proxy sent data after its response$"):
        run(connect_tunnel(pair.stream, "host", 443, [], clock() + PATIENCE))
