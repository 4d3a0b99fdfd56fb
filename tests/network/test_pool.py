"""The connection pool, whose connections are pairs of sockets."""

import gc
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from certifier_client._http import pool as pool_module
from certifier_client._http.http1 import Connection
from certifier_client._http.message import Origin
from certifier_client._http.mode import clock
from certifier_client._http.pool import KEEP_ALIVE, Pool, StaleError
from certifier_client._http.sockets import Blocking, BlockingStream
from certifier_client.blocking import run
from support import PATIENCE, REQUEST

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Lines:
    """Routes to servers that have sent something when a connection to them is opened."""

    def __init__(self) -> None:
        """Begin without a connection."""
        self.servers: list[socket.socket] = []
        self.ends: list[float] = []
        self.early = b""
        self.is_ended = False

    async def connect(self, mode: object, origin: Origin, end: float) -> Connection:
        """Open a connection."""
        del mode, origin
        self.ends.append(end)
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        theirs.settimeout(0.05)
        self.servers.append(theirs)
        theirs.sendall(self.early)
        if self.is_ended:
            theirs.shutdown(socket.SHUT_WR)
        return Connection(BlockingStream(ours), "", [])

    def are_open(self) -> list[bool]:
        """Return whether the client's side of each connection is open."""
        return [is_open(server) for server in self.servers]


def is_open(server: socket.socket) -> bool:
    """Return whether the client has not closed its side, after reading what it has sent."""
    try:
        while server.recv(1024):
            pass
    except TimeoutError:
        return True
    except ConnectionResetError:
        pass
    return False


class Loops(Blocking):
    """A mode with several owners of connections, like event loops."""

    def __init__(self) -> None:
        """Begin with an owner that is not gone."""
        self.number = 1
        self.gone: list[int] = []

    def owner(self) -> int:
        """Return the number of the current owner."""
        return self.number

    def is_gone(self, owner: object) -> bool:
        """Return whether an owner is gone."""
        return owner in self.gone


class Client:
    """A pool, and its servers."""

    def __init__(self) -> None:
        """Begin without a connection."""
        self.mode = Loops()
        self.lines = Lines()
        routes: Any = self.lines
        self.pool = Pool(self.mode, routes)

    def send(self, host: str = "a", *, fresh: bool = False, **timeout: float) -> bytes:
        """Send a request, and return the body of the response."""
        origin = Origin("http", host, None)
        request = REQUEST._replace(origin=origin, timeout=httpx.Timeout(None, **timeout))
        return run(self.pool.send(request, clock() + PATIENCE, fresh=fresh)).body

    def close(self) -> None:
        """Close both sides."""
        run(self.pool.close())
        for server in self.lines.servers:
            server.close()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Give each test a client whose connections respond before they have read a request."""
    made = Client()
    # A connection that has responded too early is not used.
    monkeypatch.setattr(BlockingStream, "arrived", lambda _: None)
    made.lines.early = OK
    yield made
    made.close()


def test_a_connection_is_used_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next request to the same server, unless that wants a new one."""
    monkeypatch.setattr(BlockingStream, "is_quiet", lambda _: True)
    assert client.send() == b"{}"
    client.lines.servers[0].sendall(OK)
    assert client.send() == b"{}"
    assert client.lines.are_open() == [True]
    for host, fresh, number in (("b", False, 2), ("a", True, 3)):
        client.send(host, fresh=fresh)
        assert len(client.lines.servers) == number
    assert client.lines.are_open() == [True] * 3


def test_a_connection_that_the_server_will_close_is_not_kept(client: Client) -> None:
    """The response says so."""
    client.lines.early = OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")
    assert client.send() == b"{}"
    assert client.lines.are_open() == [False]


def test_an_idle_connection_is_closed_after_a_while(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next request closes it, to whatever server."""
    now = clock()
    monkeypatch.setattr(pool_module, "clock", lambda: now)
    client.send("a")
    now += KEEP_ALIVE - 0.01
    client.send("b")
    assert client.lines.are_open() == [True, True]
    now += 0.01
    client.send("c")
    assert client.lines.are_open() == [False, True, True]


def test_a_connection_on_which_something_arrived_is_closed(client: Client) -> None:
    """It may be a response to no request, or the end of the connection."""
    client.send()
    client.lines.servers[0].sendall(OK)
    client.send()
    assert client.lines.are_open() == [False, True]
    client.lines.servers[1].shutdown(socket.SHUT_WR)
    client.send()
    assert client.lines.are_open() == [False, False, True]


def test_a_kept_connection_that_was_closed_is_stale(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So are probably the others to the same server."""
    monkeypatch.setattr(BlockingStream, "is_quiet", lambda _: True)
    for host in ("a", "b"):
        client.send(host)
    client.send("a", fresh=True)
    client.lines.servers[2].shutdown(socket.SHUT_WR)
    with pytest.raises(StaleError) as raised:
        client.send("a")
    assert isinstance(raised.value.__cause__, httpx.ReadError)
    assert client.lines.are_open() == [False, True, False]


def test_another_failure_of_a_kept_connection_is_a_real_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server had sent something, or has not closed it."""
    monkeypatch.setattr(BlockingStream, "is_quiet", lambda _: True)
    for sent, ends, error in (
        (b"H", True, httpx.ReadError),
        (b"", False, httpx.ReadTimeout),
        (b"H", False, httpx.ReadTimeout),
    ):
        client.send()
        server = client.lines.servers[-1]
        server.sendall(sent)
        if ends:
            server.shutdown(socket.SHUT_WR)
        with pytest.raises(error):
            client.send(read=0.01)
        assert not is_open(server)


def test_a_new_connection_is_never_stale(client: Client) -> None:
    """Its failure is that of the server."""
    client.lines.early = b""
    with pytest.raises(httpx.ReadTimeout):
        client.send(read=0.05)
    assert client.lines.are_open() == [False]


@pytest.mark.parametrize("early", [b"", OK, b"H"])
def test_what_arrives_before_the_request_is_no_response(early: bytes) -> None:
    """The server closed the connection, or sent data too early."""
    client = Client()
    client.lines.early = early
    client.lines.is_ended = True
    with pytest.raises(httpx.ConnectError, match=r"^the server closed, or sent data too early$"):
        client.send()
    assert client.lines.are_open() == [False]
    client.close()


def test_connecting_has_its_own_timeout(client: Client) -> None:
    """It is no longer than the call."""
    now = clock()
    client.send(connect=1)
    client.send(connect=10 * PATIENCE, fresh=True)
    assert now + 1 <= client.lines.ends[0] < now + PATIENCE / 2
    assert now + PATIENCE <= client.lines.ends[1] < now + 2 * PATIENCE


def test_a_request_waits_for_a_slot(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of its own timeout it fails."""
    monkeypatch.setattr(pool_module, "MAX_CONNECTIONS", 1)
    client.send()
    owned = client.pool._owned[1]
    holder = Client()
    run(owned.slots.take(holder, clock() + PATIENCE))
    with pytest.raises(httpx.PoolTimeout) as raised:
        client.send(pool=0.01)
    assert str(raised.value) == ""
    owned.slots.give_back(holder)
    client.lines.servers[0].sendall(OK)
    monkeypatch.setattr(BlockingStream, "is_quiet", lambda _: True)
    assert client.send(pool=0.01) == b"{}"


def test_a_closed_pool_keeps_no_connection(client: Client) -> None:
    """Those that are idle are closed at once, and later ones after their response."""
    client.send()
    run(client.pool.close())
    assert client.lines.are_open() == [False]
    assert client.send() == b"{}"
    assert client.lines.are_open() == [False, False]
    client.mode.number = 2
    assert client.send() == b"{}"
    assert client.lines.are_open() == [False, False, False]


def test_each_owner_has_its_own_connections(client: Client) -> None:
    """A new one closes those of owners that are gone."""
    client.send()
    client.mode.number = 2
    client.send()
    assert client.lines.are_open() == [True, True]
    client.mode.gone = [1]
    client.mode.number = 3
    client.send()
    assert client.lines.are_open() == [False, True, True]


def test_two_threads_may_find_that_an_owner_is_gone(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one closes its connections."""
    client.send()
    others = client.pool._owned.copy()

    def is_gone(owner: object) -> bool:
        return client.pool._owned.pop(owner, None) is not None

    monkeypatch.setattr(client.mode, "is_gone", is_gone)
    client.mode.number = 2
    client.send()
    assert client.lines.are_open() == [True, True]
    others[1].close()


def test_a_pool_that_nobody_uses_closes_its_connections(client: Client) -> None:
    """Otherwise, Python would warn."""
    client.send()
    del client.pool
    gc.collect()
    assert client.lines.are_open() == [False]
    client.pool = Client().pool
