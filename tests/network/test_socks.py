"""A SOCKS 5 proxy, whose replies are in the test."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from certifier_client._http.mode import clock
from certifier_client._http.sockets import BlockingStream
from certifier_client._http.socks import _MAX_SOCKS, connect_through_socks
from certifier_client.blocking import run
from support import PATIENCE, fill

NAME = b"\x0bfar.example"  # with its length
LOGIN = b"\x01\x04user\x04p@ss"
CONNECTED, REFUSED = (
    b"\x05%b\x00\x01\x7f\x00\x00\x01\x00\x50" % code for code in (b"\x00", b"\x05")
)


class Pair:
    """A connection to a proxy, and the proxy's socket."""

    def __init__(self) -> None:
        """Connect them."""
        ours, self.proxy = socket.socketpair()
        ours.settimeout(0)
        self.proxy.settimeout(PATIENCE)
        self.socket, self.stream = ours, BlockingStream(ours)

    def connect(self, *replies: bytes, user: str = "", seconds: float = PATIENCE) -> list[bytes]:
        """Ask the proxy to connect to a server; return what it received before each reply."""
        received: list[bytes] = []

        def serve() -> None:
            for reply in replies:
                received.append(self.proxy.recv(1024))
                self.proxy.sendall(reply)
            if replies and not replies[-1]:
                self.proxy.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=serve)
        thread.start()
        proxy = httpx.Proxy(f"socks5://{user}proxy.example")
        end = clock() + seconds
        try:
            run(connect_through_socks(self.stream, proxy, "far.example", 443, end))
        finally:
            thread.join()
        return received


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give each test a connection."""
    made = Pair()
    with made.proxy:
        yield made
        made.stream.close()


def test_the_proxy_looks_up_the_name_of_the_server(pair: Pair) -> None:
    """It gets the name and the port, and user and password if there are some."""
    request = b"\x05\x01\x00\x03" + NAME + b"\x01\xbb"
    assert pair.connect(b"\x05\x00", CONNECTED) == [b"\x05\x01\x00", request]
    replies = (b"\x05\x02", b"\x01\x00", CONNECTED)
    received = pair.connect(*replies, user="user:p%40ss@")
    assert received == [b"\x05\x01\x02", LOGIN, request]


@pytest.mark.parametrize(
    ("replies", "user", "said"),
    [
        ([b"\x05\xff"], "", "the proxy requires an unsupported authentication method"),
        ([b"\x05\x02"], "", "the proxy requires an unsupported authentication method"),
        ([b"x" * (_MAX_SOCKS + 1)], "", "the proxy did not respond with SOCKS 5"),
        ([b""], "", "the proxy closed the connection"),
        ([b"\x05\x00", REFUSED], "", "the proxy could not connect: CONNECTION_REFUSED"),
        (
            [b"\x05\x02", b"\x01\x01"],
            "a:b@",
            "the proxy rejected the user name or the password",
        ),
        (
            [b"\x05\x02"],
            f"a:{'b' * 256}@",
            "the user name or the password is longer than 255 bytes",
        ),
    ],
)
def test_a_proxy_that_does_not_connect_says_why(
    pair: Pair, replies: list[bytes], user: str, said: str
) -> None:
    """Only a connection that it closed without a reply is tried again."""
    kind = httpx.ConnectError if replies == [b""] else httpx.ProxyError
    with pytest.raises(kind, match=f"^{said}$"):
        pair.connect(*replies, user=user)


def test_a_reply_may_come_in_pieces(pair: Pair) -> None:
    """Each may be a single byte."""
    last = threading.Timer(0.02, pair.proxy.sendall, [b"\xff"])
    last.start()
    with pytest.raises(httpx.ProxyError, match="unsupported authentication method"):
        pair.connect(b"\x05")
    last.join()


def test_a_proxy_that_reads_nothing_is_a_timeout(pair: Pair) -> None:
    """As is one that says nothing."""
    with pytest.raises(TimeoutError):
        pair.connect(seconds=0.02)
    fill(pair.socket)
    with pytest.raises(TimeoutError):
        pair.connect(seconds=0.02)
