"""Let tools that replace methods of httpx or httpcore see this client's requests.

Examples are pytest-httpx, respx, vcrpy and OpenTelemetry's instrumentation. While one of them is
active, requests go through httpx.
"""

import ssl
import sys
from collections.abc import Hashable, Iterable
from functools import partial
from types import FunctionType

import httpx

from certifier_client._http.httpx_transport import AsyncHttpxTransport, HttpxTransport
from certifier_client._http.message import RawResponse, Request
from certifier_client._http.mode import Mode
from certifier_client._http.proxy import Routes

# Tools replace different methods: pytest-httpx and OpenTelemetry those of transports; respx and
# vcrpy those of pools, or the choice of a transport; Sentry and unittest.mock those of the client.
_METHODS = (
    ("httpx", "HTTPTransport", "handle_request"),
    ("httpx", "Client", "send"),
    ("httpx", "Client", "_transport_for_url"),
    ("httpcore", "ConnectionPool", "handle_request"),
)
_ASYNC_METHODS = (
    ("httpx", "AsyncHTTPTransport", "handle_async_request"),
    ("httpx", "AsyncClient", "send"),
    ("httpx", "AsyncClient", "_transport_for_url"),
    ("httpcore", "AsyncConnectionPool", "handle_async_request"),
)


def _is_replaced(methods: Iterable[tuple[str, str, str]]) -> bool:
    for package, kind, method in methods:
        if module := sys.modules.get(package):
            found = getattr(getattr(module, kind), method)
            # A replacement is not a function, or was defined in another module.
            if type(found) is not FunctionType:
                return True
            if not found.__globals__["__name__"].startswith(package):
                return True
    return False


class Seam:
    """Sends requests through httpx while a method of httpx is replaced."""

    def __init__(self, mode: Mode, routes: Routes, *, is_async: bool) -> None:
        self._mode = mode
        self._routes = routes
        self._is_async = is_async
        self._methods = _ASYNC_METHODS if is_async else _METHODS
        self._transports: dict[
            tuple[Hashable, str, str | None], HttpxTransport | AsyncHttpxTransport
        ] = {}

    def is_open(self) -> bool:
        """Return whether a method of httpx is replaced."""
        return _is_replaced(self._methods)

    async def send(self, request: Request, end: float, *, fresh: bool) -> RawResponse:
        """Send a request through an httpx client with the same route as our own connections."""
        proxy = self._routes.proxy(request.origin)
        key = (self._mode.owner(), request.origin.scheme, str(proxy.url) if proxy else None)
        transport = self._transports.get(key)
        if transport is None:
            context = self._routes.ssl_context if request.origin.scheme == "https" else None
            transport = self._transports[key] = self._new(context, proxy)
        return await transport.send(request, end, fresh=fresh)

    def _new(
        self, context: ssl.SSLContext | None, proxy: httpx.Proxy | None
    ) -> HttpxTransport | AsyncHttpxTransport:
        verify = context or False
        if self._is_async:
            client = httpx.AsyncClient(verify=verify, proxy=proxy, trust_env=False)
            return AsyncHttpxTransport(partial(client.send, stream=True), client.aclose, httpx)
        sync_client = httpx.Client(verify=verify, proxy=proxy, trust_env=False)
        return HttpxTransport(partial(sync_client.send, stream=True), sync_client.close, httpx)

    async def close(self) -> None:
        """Close the transports of this process or event loop."""
        for key in list(self._transports):
            if key[0] == self._mode.owner():
                await self._transports.pop(key).close()
