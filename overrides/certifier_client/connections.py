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
from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import httpcore

from certifier_client.failure import StaleError, is_end
from certifier_client.network import AsyncBackend, Backend
from certifier_client.request import Origin, Request
from certifier_client.routes import Routes
from certifier_client.transport import Answer, AsyncAnswer

P = TypeVar("P")

MAX_CONNECTIONS = 100
# The extension of a request that met a closed connection, and is to have a new one the next time.
_FRESH = "certifier_client.fresh"
KEEP_ALIVE = 5.0  # seconds that an idle connection is kept, as httpx does


def _pool(kind: Callable[..., P], backend: object, routes: Routes, origin: Origin) -> P:
    """Return what makes a connection of each kind of route; nothing is pooled in it."""
    return kind(
        network_backend=backend,
        keepalive_expiry=KEEP_ALIVE,
        ssl_context=routes.ssl_context(origin.scheme),
        proxy=routes.proxy(origin.scheme, origin.host),
    )


_Idle = defaultdict[Origin, list[httpcore.ConnectionInterface]]


class Connections:
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

    def send(self, request: Request, left: float) -> Answer:
        """Send a request and return its answer."""
        if self._process != os.getpid():
            # A fork copies the sockets; closed in the child, they stay open in its parent.
            self._close()
            self._open()
        slots, origin = self._slots, request.origin
        if not slots.acquire(timeout=_patience(request, left)):
            raise httpcore.PoolTimeout
        connection, kept, backend = None, None, Backend()
        try:
            kept = None if _FRESH in request.extensions else _unexpired(self._idle[origin])
            connection = kept or _pool(
                httpcore.ConnectionPool, backend, self._routes, origin
            ).create_connection(_url(origin).origin)
            answer = connection.handle_request(_request(request))
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

        stream: Any = answer.stream

        def done() -> None:
            try:
                stream.close()
            finally:
                if connection.is_idle():
                    self._idle[origin].append(connection)
                else:
                    connection.close()
                slots.release()
                if not self._close.alive:  # closed meanwhile
                    _close_all(self._idle)

        return Answer(answer.status, answer.headers, stream, done)

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


def _close_all(idle: dict[Origin, list[httpcore.ConnectionInterface]]) -> None:
    for connections in list(idle.values()):
        while connections:
            connections.pop().close()


@attrs.define
class _OfLoop:
    """What belongs to one event loop."""

    slots: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(MAX_CONNECTIONS))
    idle: defaultdict[Origin, list[httpcore.AsyncConnectionInterface]] = attrs.field(
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

    async def kept(self, origin: Origin) -> httpcore.AsyncConnectionInterface | None:
        while self.idle[origin]:
            connection = self.idle[origin].pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return None

    async def close(self, *origins: Origin) -> None:
        for origin in origins:
            while self.idle[origin]:
                await self.idle[origin].pop().aclose()


class AsyncConnections:
    """The twin of Connections for asyncio; each event loop has connections of its own."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}

    async def send(self, request: Request, left: float) -> AsyncAnswer:
        """Send a request and return its answer."""
        loop = asyncio.get_running_loop()
        mine = self._loops.get(loop) or self._opened(loop)
        origin = request.origin
        await mine.take_slot(_patience(request, left))
        connection, kept, backend = None, None, AsyncBackend()
        try:
            kept = None if _FRESH in request.extensions else await mine.kept(origin)
            connection = kept or _pool(
                httpcore.AsyncConnectionPool, backend, self._routes, origin
            ).create_connection(_url(origin).origin)
            answer = await connection.handle_async_request(_request(request))
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
        stream: Any = answer.stream

        async def done() -> None:
            try:
                await stream.aclose()
            finally:
                keep = connection.is_idle() and not mine.closed
                if keep:
                    mine.idle[origin].append(connection)
                mine.slots.release()
                if not keep:
                    await connection.aclose()

        return AsyncAnswer(answer.status, answer.headers, stream, done)

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


def _patience(request: Request, left: float) -> float:
    """Return how many seconds to wait for a slot; a limit of httpx may be None."""
    limit: float | None = request.extensions["timeout"]["pool"]
    return left if limit is None else max(min(limit, left), 0.0)


def _url(origin: Origin, target: str = "/") -> httpcore.URL:
    return httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target)


def _request(request: Request) -> httpcore.Request:
    return httpcore.Request(
        request.method,
        _url(request.origin, request.target),
        headers=request.headers,
        content=request.body,
        extensions=request.extensions,
    )
