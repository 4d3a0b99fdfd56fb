"""The default transports: connections to the API, each of them for one request at a time.

A request takes a connection out of the store and puts it back when its answer was read to the end;
what anything else happened to is closed. httpx's own pool loses connections when tasks are
cancelled, and mixes them up under threads (docs/decisions/0007).
"""

import asyncio
import os
import threading
import weakref
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import attrs
import httpcore
import httpx

from certifier_client.failure import StaleError, is_end
from certifier_client.network import AsyncBackend, Backend
from certifier_client.routes import Routes

P = TypeVar("P")

MAX_CONNECTIONS = 100
# The extension of a request that met a closed connection, and is to have a new one the next time.
_FRESH = "certifier_client.fresh"
KEEP_ALIVE = 5.0  # seconds that an idle connection is kept, as httpx does


@attrs.frozen
class _Origin:
    """A server; httpcore's own class cannot be the key of a dictionary."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> "_Origin":
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        return cls(url.scheme, url.raw_host.decode("ascii"), port)

    def for_httpcore(self) -> httpcore.Origin:
        return httpcore.Origin(self.scheme.encode(), self.host.encode(), self.port)


def _pool(kind: Callable[..., P], backend: object, routes: Routes, origin: _Origin) -> P:
    """Return what makes a connection of each kind of route; nothing is pooled in it."""
    return kind(
        network_backend=backend,
        keepalive_expiry=KEEP_ALIVE,
        ssl_context=routes.ssl_context(origin.scheme),
        proxy=routes.proxy(origin.scheme, origin.host),
    )


_Idle = defaultdict[_Origin, list[httpcore.ConnectionInterface]]


class Connections(httpx.BaseTransport):
    """Connections for threads, which may share them; a forked process has its own."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._open()

    def _open(self) -> None:
        self._process = os.getpid()
        self._slots = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._idle: _Idle = defaultdict(list)
        # Also when the client is forgotten: Python complains of sockets that nobody closed.
        self._close = weakref.finalize(self, _close_all, self._idle)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the answer, whose stream must be closed."""
        if self._process != os.getpid():
            # A fork copies the sockets; closed in the child, they stay open in its parent.
            self._close()
            self._open()
        slots, origin = self._slots, _Origin.of(request.url)
        if not slots.acquire(timeout=request.extensions["timeout"]["pool"]):
            raise httpcore.PoolTimeout
        connection, kept, backend = None, None, Backend()
        try:
            kept = None if _FRESH in request.extensions else _unexpired(self._idle[origin])
            connection = kept or _pool(
                httpcore.ConnectionPool, backend, self._routes, origin
            ).create_connection(origin.for_httpcore())
            answer = connection.handle_request(_for_httpcore(request))
        except BaseException as error:
            slots.release()
            if connection:
                connection.close()
            backend.close()
            if kept and is_end(error):
                # The others were most likely closed with it, and those that come back meanwhile.
                request.extensions[_FRESH] = True
                _close_all({origin: self._idle[origin]})
                raise StaleError from error
            self._routes.raise_if_proxy_failed(error, origin.scheme, origin.host)
            raise

        def done() -> None:
            if connection.is_idle():
                self._idle[origin].append(connection)
            else:
                connection.close()
            slots.release()
            if not self._close.alive:  # closed meanwhile
                _close_all(self._idle)

        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, done))

    def close(self) -> None:
        """Close the idle connections at once, and those in use when their answer was read."""
        self._close()


def _unexpired(idle: list[httpcore.ConnectionInterface]) -> httpcore.ConnectionInterface | None:
    while idle:
        try:
            connection = idle.pop()
        except IndexError:  # another thread was faster
            break
        if not connection.has_expired():
            return connection
        connection.close()
    return None


def _close_all(idle: dict[_Origin, list[httpcore.ConnectionInterface]]) -> None:
    for connections in list(idle.values()):
        while connections:
            connections.pop().close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, done: Callable[[], None]) -> None:
        self._stream: Any = answer.stream
        self._done = done

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        try:
            self._stream.close()
        finally:
            self._done()


@attrs.define
class _OfLoop:
    """What belongs to one event loop."""

    slots: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(MAX_CONNECTIONS))
    idle: defaultdict[_Origin, list[httpcore.AsyncConnectionInterface]] = attrs.field(
        factory=lambda: defaultdict(list)
    )
    closed: bool = False

    async def take_slot(self, seconds: float) -> None:
        if not self.slots.locked():  # a timeout costs more than all else of this
            await self.slots.acquire()
            return
        try:
            async with asyncio.timeout(seconds):
                await self.slots.acquire()
        except TimeoutError:
            raise httpcore.PoolTimeout from None

    async def kept(self, origin: _Origin) -> httpcore.AsyncConnectionInterface | None:
        while self.idle[origin]:
            connection = self.idle[origin].pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def close(self, *origins: _Origin) -> None:
        for origin in origins:
            while self.idle[origin]:
                await self.idle[origin].pop().aclose()


class AsyncConnections(httpx.AsyncBaseTransport):
    """The twin of Connections for asyncio; each event loop has connections of its own."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the answer, whose stream must be closed."""
        loop = asyncio.get_running_loop()
        mine = self._loops.get(loop) or self._opened(loop)
        origin = _Origin.of(request.url)
        await mine.take_slot(request.extensions["timeout"]["pool"])
        connection, kept, backend = None, None, AsyncBackend()
        try:
            kept = None if _FRESH in request.extensions else await mine.kept(origin)
            connection = kept or _pool(
                httpcore.AsyncConnectionPool, backend, self._routes, origin
            ).create_connection(origin.for_httpcore())
            answer = await connection.handle_async_request(_for_httpcore(request))
        except BaseException as error:
            mine.slots.release()
            if connection:
                await connection.aclose()
            await backend.aclose()
            if kept and is_end(error):
                request.extensions[_FRESH] = True
                await mine.close(origin)
                raise StaleError from error
            self._routes.raise_if_proxy_failed(error, origin.scheme, origin.host)
            raise
        body = _AsyncBody(answer, connection, mine, origin)
        return httpx.Response(answer.status, headers=answer.headers, stream=body)

    def _opened(self, loop: asyncio.AbstractEventLoop) -> _OfLoop:
        # The connections of a loop that is closed can be used no more, nor closed.
        for closed in [other for other in list(self._loops) if other.is_closed()]:
            self._loops.pop(closed, None)
        return self._loops.setdefault(loop, _OfLoop())

    async def aclose(self) -> None:
        """Close this loop's idle connections at once, and those in use when they were read."""
        if mine := self._loops.get(asyncio.get_running_loop()):
            mine.closed = True
            await mine.close(*mine.idle)


@attrs.frozen
class _AsyncBody(httpx.AsyncByteStream):
    answer: httpcore.Response
    connection: httpcore.AsyncConnectionInterface
    mine: _OfLoop
    origin: _Origin

    def __aiter__(self) -> AsyncIterator[bytes]:
        stream: Any = self.answer.stream
        return aiter(stream)

    async def aclose(self) -> None:
        stream: Any = self.answer.stream
        try:
            await stream.aclose()
        finally:
            keep = self.connection.is_idle() and not self.mine.closed
            if keep:
                self.mine.idle[self.origin].append(self.connection)
            self.mine.slots.release()
            if not keep:
                await self.connection.aclose()


def _for_httpcore(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
