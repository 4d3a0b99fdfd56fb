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


class Pair:
    """A connection to a proxy, and the proxy's socket."""

    def __init__(self) -> None:
        """Connect them."""
        ours, self.proxy = socket.socketpair()
        ours.settimeout(0)
        self.proxy.settimeout(PATIENCE)
        self.socket, self.stream = ours, BlockingStream(ours)

    def connect(self, reply: bytes = b"", *, seconds: float = PATIENCE) -> None:
        """Ask the proxy, which has already replied, to connect to a server."""
        self.proxy.sendall(reply)
        proxy = httpx.Proxy("socks5://proxy.example")
        end = clock() + seconds
        run(connect_through_socks(self.stream, proxy, "far.example", 443, end))


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Give each test a connection."""
    made = Pair()
    with made.proxy:
        yield made
        made.stream.close()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"\x05\xff", "the proxy requires an unsupported authentication method"),
        (b"x" * (_MAX_SOCKS + 1), "the proxy did not respond with SOCKS 5"),
    ],
)
def test_a_proxy_that_does_not_connect_says_why(pair: Pair, reply: bytes, said: str) -> None:
    """The error has its reason."""
    with pytest.raises(httpx.ProxyError, match=f"^{said}$"):
        pair.connect(reply)


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
