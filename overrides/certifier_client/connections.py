"""The default transport: connections to the API, each of them for one request at a time.

A request takes a connection out of the store and puts it back when its answer was read to the end;
what anything else happened to is closed. httpx's own pool loses connections when tasks are
cancelled, and mixes them up under threads (docs/decisions/0007).
"""

import os
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

import httpcore

from certifier_client.failure import StaleError, is_end
from certifier_client.network import Backend
from certifier_client.request import Origin, Request
from certifier_client.routes import Routes
from certifier_client.transport import Answer

P = TypeVar("P")

MAX_CONNECTIONS = 100
# The extension of a request that met a closed connection, and is to have a new one the next time.
FRESH = "certifier_client.fresh"
KEEP_ALIVE = 5.0  # seconds that an idle connection is kept, as httpx does


def pool(kind: Callable[..., P], backend: object, routes: Routes, origin: Origin) -> P:
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
        if not slots.acquire(timeout=patience(request, left)):
            raise httpcore.PoolTimeout
        connection, kept, backend = None, None, Backend()
        try:
            kept = None if FRESH in request.extensions else _unexpired(self._idle[origin])
            connection = kept or pool(
                httpcore.ConnectionPool, backend, self._routes, origin
            ).create_connection(url(origin).origin)
            answer = connection.handle_request(http_request(request))
        except BaseException as error:
            slots.release()
            if connection:
                connection.close()
            backend.close()
            if kept and is_end(error):
                # The others were most likely closed with it, and those that come back meanwhile.
                request.extensions[FRESH] = True
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


def patience(request: Request, left: float) -> float:
    """Return how many seconds to wait for a slot; a limit of httpx may be None."""
    limit: float | None = request.extensions["timeout"]["pool"]
    return left if limit is None else max(min(limit, left), 0.0)


def url(origin: Origin, target: str = "/") -> httpcore.URL:
    """Return a URL of a server as httpcore has it."""
    return httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target)


def http_request(request: Request) -> httpcore.Request:
    """Return a request as httpcore has it."""
    return httpcore.Request(
        request.method,
        url(request.origin, request.target),
        headers=request.headers,
        content=request.body,
        extensions=request.extensions,
    )
