"""The client's connection pool; each connection is for one request at a time.

httpx's pool loses connections when tasks are cancelled, and mixes them up between threads
(docs/decisions/0004).
"""

import weakref
from collections import defaultdict
from collections.abc import Hashable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx

from certifier_client._http.message import Origin, RawResponse, Request
from certifier_client._http.mode import Mode, Slots, clock, until
from certifier_client._http.proxy import Routes

if TYPE_CHECKING:
    from certifier_client._http.http1 import Connection

MAX_CONNECTIONS = 100
KEEP_ALIVE = 5.0  # seconds that an idle connection is kept, as httpx does


class StaleError(Exception):
    """The server had closed the idle connection, and sent no byte of a response."""


class _Lease:
    """What a call holds: a slot, and the connection that it must close."""

    def __init__(self) -> None:
        self.connection: Connection | None = None


class _Owned:
    """The connections and slots of one process or event loop."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.idle: defaultdict[Origin, list[Connection]] = defaultdict(list)
        self.is_closed = False

    def close_expired(self) -> None:
        """Close connections that have been idle for too long, the oldest first."""
        now = clock()
        for connections in list(self.idle.values()):
            with suppress(IndexError):  # none is left
                while connections[0].expires <= now:
                    connections.pop(0).close()

    def close_idle(self, origins: Iterable[Origin]) -> None:
        """Close the idle connections to these servers."""
        for origin in origins:
            with suppress(IndexError):  # none is left
                while True:
                    self.idle[origin].pop().close()

    def close(self) -> None:
        """Close idle connections now, and those in use when their request is done."""
        self.is_closed = True
        self.close_idle(list(self.idle))

    def lend(self, origin: Origin, lease: _Lease) -> bool:
        """Lend an idle connection on which nothing has arrived; return whether there is one."""
        with suppress(IndexError):  # none is left
            while True:
                lease.connection = self.idle[origin].pop()
                if lease.connection.is_quiet():
                    return True
                lease.connection.close()
                lease.connection = None
        return False

    def keep(self, origin: Origin, lease: _Lease) -> None:
        """Take a connection back, if another request can be sent on it."""
        connection = lease.connection
        if connection and connection.is_reusable:
            connection.expires = clock() + KEEP_ALIVE
            self.idle[origin].append(connection)
            lease.connection = None
            if self.is_closed:
                self.close()


def _close(owned: dict[Hashable, _Owned]) -> None:
    for one in list(owned.values()):
        one.close()


class Pool:
    """Connections that threads or tasks share. Each process and each event loop has its own."""

    def __init__(self, mode: Mode, routes: Routes) -> None:
        self._mode = mode
        self._routes = routes
        self._owned: dict[Hashable, _Owned] = {}
        self._is_closed = False
        # Also when the client is garbage-collected: Python warns about unclosed sockets.
        self._close = weakref.finalize(self, _close, self._owned)

    async def send(self, request: Request, end: float, *, fresh: bool) -> RawResponse:
        """Send a request and return its response; with ``fresh``, on a new connection."""
        owned = self._owned.get(self._mode.owner()) or self._new()
        owned.close_expired()
        lease = _Lease()
        try:
            try:
                await owned.slots.take(lease, until(request.timeout.pool, end))
            except TimeoutError as error:
                raise httpx.PoolTimeout("") from error
            kept = not fresh and owned.lend(request.origin, lease)
            if not kept:
                lease.connection = await self._routes.connect(
                    self._mode, request.origin, until(request.timeout.connect, end)
                )
            connection = lease.connection
            assert connection  # noqa: S101 - either way there is one
            if not kept and connection.arrived() is not None:
                # It cannot be the response, because the request has not been sent.
                raise httpx.ConnectError("the server closed, or sent data too early")
            try:
                response = await connection.send(request, end)
            except (httpx.NetworkError, httpx.ReadTimeout) as error:
                if kept and connection.is_untouched and not isinstance(error, httpx.ReadTimeout):
                    # The others were most likely closed too.
                    owned.close_idle([request.origin])
                    raise StaleError from error
                raise
            owned.keep(request.origin, lease)
            return response
        finally:
            if lease.connection:
                lease.connection.close()
            owned.slots.give_back(lease)

    def _new(self) -> _Owned:
        for owner in list(self._owned):
            if self._mode.is_gone(owner) and (gone := self._owned.pop(owner, None)):
                gone.close()
        owned = _Owned(self._mode.slots(MAX_CONNECTIONS))
        owned = self._owned.setdefault(self._mode.owner(), owned)
        if self._is_closed:  # by another thread, which may have missed this connection
            owned.close()
        return owned

    async def close(self) -> None:
        """Close idle connections at once, and those in use after their response."""
        self._is_closed = True
        _close(self._owned)
