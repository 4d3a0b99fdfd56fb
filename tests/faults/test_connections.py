"""Connections before their first and after their last request."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from certifier_client import AsyncCertifier, Certifier
from certifier_client._http import pool, proxy
from certifier_sandbox import TEMPLATE_ID
from faults import fault_server as s
from faults.fault import CANARY, FAST, KINDS, ONCE, certificate
from faults.fault_server import close, read, response, send, serving
from support import run

OPTIONS: dict[str, Any] = {"access_token": CANARY, "retry": ONCE}
CONNECTIONS = 5
CLOSE_WAIT = (
    "08"  # CLOSE_WAIT in /proc/net/tcp: the server has closed the connection, but not the client
)


@pytest.mark.row(32)
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_response_before_the_request_is_not_a_response_to_it(
    kind: Any,
    tls: bool,  # noqa: FBT001 - pytest passes it by name
    monkeypatch: pytest.MonkeyPatch,
    ca_file: Path,
) -> None:
    """The request is sent on another connection, and gets its own response."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    connect = proxy.Routes.connect
    made: list[object] = []
    script = [(send(response(200, b"early")), s.hold(s.MAX_WAIT)), s.GOOD]
    with serving(script, tls=certificate() if tls else None) as server:

        async def connect_slowly(*args: Any) -> Any:
            connection = await connect(*args)
            if not made:
                await_bytes(server.port)
            made.append(connection)
            return connection

        monkeypatch.setattr(proxy.Routes, "connect", connect_slowly)
        with calling(kind(base_url=server.url, **{**OPTIONS, "retry": FAST})) as call:
            assert call().name
        assert (len(server.requests), server.connections) == (1, 2)


@pytest.mark.row(36)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["a call", "a call to another server", "close"])
def test_idle_connections_past_their_lifetime_are_closed(
    kind: Any, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next call and close both do so, whether or not the server has closed them."""
    idle = threading.Event()
    with serving([]) as other, serving(together(idle)) as server:
        certifier = kind(base_url=server.url, **OPTIONS)
        with calling(certifier) as call:
            monkeypatch.setattr(pool, "KEEP_ALIVE", 0.0)
            call(CONNECTIONS)
            idle.set()
            assert server.wait_until(lambda server: server.open == CONNECTIONS // 2)
            assert states(server.port).count(CLOSE_WAIT) == CONNECTIONS - CONNECTIONS // 2
            monkeypatch.undo()
            if ending == "a call to another server":
                call(1, certifier.with_options(base_url=other.url))
                left = 0
            elif ending == "a call":
                call(1)
                left = 1
            else:
                call.close()
                left = 0
            assert CLOSE_WAIT not in states(server.port)
            assert server.wait_until(lambda server: server.open == left)


@pytest.mark.row(36)
@pytest.mark.parametrize("kind", KINDS)
def test_connections_that_the_server_has_closed_are_closed_by_the_next_call(kind: Any) -> None:
    """Even within their lifetime, none is left after the next call."""
    turn = (read, send(response()), close)
    with serving([turn] * 10) as server:
        certifier = kind(base_url=server.url, **OPTIONS)
        with calling(certifier) as call:
            for _ in range(10):
                call(1)
                assert server.wait_until(lambda server: not server.open)
                assert states(server.port).count(CLOSE_WAIT) <= 1
        assert server.connections == 10


@pytest.mark.row(34)
@pytest.mark.parametrize("url", ["http://localhost", "https://localhost", "http://127.0.0.1"])
@pytest.mark.parametrize("is_warm", [False, True], ids=["first call", "second call"])
def test_a_process_without_file_descriptors_gets_a_clear_error(
    url: str,
    is_warm: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """The error is not a network error, is not retried, and says that nothing was applied."""
    with serving([], tls=certificate() if url.startswith("https") else None) as server:
        ended = run(sys.executable, "-c", _EXHAUSTED, f"{url}:{server.port}", str(int(is_warm)))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout == "PoolTimeoutError True False True\n" * 2
        assert server.requests == []


_EXHAUSTED = """
import asyncio, os, resource, sys, certifier_client as cc

url, is_warm = sys.argv[1], sys.argv[2] == "1"
options = {"access_token": "a", "base_url": url, "retry": cc.RetryPolicy(base=0.001)}
resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
nowhere = url.rpartition(":")[0] + ":1"

def exhaust():
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass

def show(error):
    for descriptor in taken:
        os.close(descriptor)
    taken.clear()
    open_files = "Too many open files" in str(error)
    print(type(error).__name__, error.attempts <= 1, error.may_have_been_applied, open_files)

async def call():
    async with cc.AsyncCertifier(**options) as certifier:
        if is_warm:
            try:
                await certifier.with_options(base_url=nowhere).groups.update("id01")
            except cc.TransportError:
                pass
        exhaust()
        try:
            await certifier.groups.update("id01")
        except cc.CertifierError as error:
            show(error)

taken = []
with cc.Certifier(**options) as certifier:
    if is_warm:
        try:
            certifier.with_options(base_url=nowhere).groups.update("id01")
        except cc.TransportError:
            pass
    exhaust()
    try:
        certifier.groups.update("id01")
    except cc.CertifierError as error:
        show(error)
asyncio.run(call())
"""


def together(idle: threading.Event) -> list[s.Turn]:
    """Return a server that responds to all calls together, then closes every other connection."""
    barrier = threading.Barrier(CONNECTIONS)

    def wait(_: s.Peer) -> None:
        barrier.wait(s.MAX_WAIT)

    turns: list[s.Turn] = [
        (read, wait, send(response()), s.until(idle), close),
        (read, wait, send(response())),
    ]
    return [turns[number % 2] for number in range(CONNECTIONS)]


def sockets(port: int) -> list[list[str]]:
    """Return the client's sockets to a local server, as /proc/net/tcp lists them."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return [fields for fields in map(str.split, lines) if fields[2].endswith(f":{port:04X}")]


def states(port: int) -> list[str]:
    """Return the states of the client's sockets to a server, except TIME_WAIT."""
    return [fields[3] for fields in sockets(port) if fields[3] != "06"]


def await_bytes(port: int) -> None:
    """Wait until one of the client's sockets is readable."""
    waited = threading.Event()
    while not any(int(fields[4].partition(":")[2], 16) for fields in sockets(port)):
        assert not waited.wait(0.001)


class Calling:
    """Makes concurrent calls with either client, all on one event loop."""

    def __init__(self, certifier: Any, loop: asyncio.Runner) -> None:
        self._certifier = certifier
        self._loop = loop

    def __call__(self, calls: int = 1, certifier: Any = None) -> Any:
        """Make a number of calls, and return the result of the last."""
        update = (certifier or self._certifier).groups.update
        if isinstance(self._certifier, AsyncCertifier):
            return self._loop.run(gather(lambda: update(TEMPLATE_ID), calls))[-1]
        results: list[Any] = []
        threads = [
            threading.Thread(target=lambda: results.append(update(TEMPLATE_ID)))
            for _ in range(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results[-1]

    def close(self) -> None:
        """Close the client."""
        if isinstance(self._certifier, Certifier):
            self._certifier.close()
        else:
            self._loop.run(self._certifier.aclose())
            self._loop.run(asyncio.sleep(0))  # the loop closes sockets in its next iteration


async def gather(call: Callable[[], Awaitable[Any]], calls: int) -> list[Any]:
    """Make concurrent calls."""
    return list(await asyncio.gather(*(call() for _ in range(calls))))


@contextmanager
def calling(certifier: Any) -> Iterator[Calling]:
    """Return a function that makes calls with either client; close the client at the end."""
    with asyncio.Runner() as loop:
        calls = Calling(certifier, loop)
        yield calls
        calls.close()


def test_the_lists_of_sockets_are_those_of_the_client() -> None:
    """An open socket is in the list, so an empty list means that no socket is open."""
    with serving([]) as server, Certifier(base_url=server.url, **OPTIONS) as certifier:
        certifier.groups.update(TEMPLATE_ID)
        assert states(server.port) == ["01"]
