"""The default transport for asyncio."""

import asyncio
from collections import defaultdict
from typing import Any

import attrs
import httpcore

from certifier_client import connections
from certifier_client.async_network import AsyncBackend
from certifier_client.async_transport import AsyncAnswer
from certifier_client.failure import StaleError, is_end
from certifier_client.request import Origin, Request
from certifier_client.routes import Routes


async def take_slot(slots: asyncio.Semaphore, seconds: float) -> None:
    """Wait until there is a connection more to be used, or raise PoolTimeout."""
    if not slots.locked():  # a timeout costs more than all else of this
        await slots.acquire()
        return
    try:
        async with asyncio.timeout(seconds):
            await slots.acquire()
    except TimeoutError:
        raise httpcore.PoolTimeout from None


@attrs.define
class _OfLoop:
    """What belongs to one event loop."""

    slots: asyncio.Semaphore = attrs.field(
        factory=lambda: asyncio.Semaphore(connections.MAX_CONNECTIONS)
    )
    idle: defaultdict[Origin, list[httpcore.AsyncConnectionInterface]] = attrs.field(
        factory=lambda: defaultdict(list)
    )
    closed: bool = False

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
        await take_slot(mine.slots, connections.patience(request, left))
        connection, kept, backend = None, None, AsyncBackend()
        try:
            kept = None if connections.FRESH in request.extensions else await mine.kept(origin)
            connection = kept or connections.pool(
                httpcore.AsyncConnectionPool, backend, self._routes, origin
            ).create_connection(connections.url(origin).origin)
            answer = await connection.handle_async_request(connections.http_request(request))
        except BaseException as error:
            mine.slots.release()
            if connection:
                await connection.aclose()
            await backend.aclose()
            if kept and is_end(error):
                request.extensions[connections.FRESH] = True
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
