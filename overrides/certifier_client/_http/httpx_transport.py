"""httpx's transports in place of our own connections: those a user passes, and those replaced.

pytest-httpx, respx, vcrpy, OpenTelemetry's instrumentation and others replace methods of httpx or
of httpcore. While one of them does, requests go through httpx, so that it sees them.
"""

import ssl
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Iterable
from functools import partial
from types import FunctionType
from typing import Any, Protocol

import httpx

from certifier_client._http.message import MAX_BODY, RawResponse, Request
from certifier_client._http.mode import Mode, clock
from certifier_client._http.proxy import Routes
from certifier_client.errors import InputError


class SyncTransport(Protocol):
    """A transport of httpx, or of its successor httpx2."""

    def handle_request(self, request: Any, /) -> Any:
        """Send a request and return the response."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class AsyncTransport(Protocol):
    """An asynchronous transport of httpx, or of its successor httpx2."""

    async def handle_async_request(self, request: Any, /) -> Any:
        """Send a request and return the response."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


def package_of(transport: object, kind: str) -> Any:
    """Return the package that a transport is of, or raise InputError; kind is the name of a class.

    httpx2 is not imported: whoever passes one of its transports has done so.
    """
    for package in (httpx, sys.modules.get("httpx2")):
        if package and isinstance(transport, getattr(package, kind)):
            return package
    raise InputError(f"transport is a {type(transport).__name__}: pass an httpx.{kind}")


class HttpxTransport:
    """Sends through a function of httpx's, such as that of a transport."""

    def __init__(
        self, send: Callable[[Any], Any], close: Callable[[], object], package: Any = httpx
    ) -> None:
        """Take over the functions; package is httpx, or httpx2."""
        self._send = send
        self._close = close
        self._package = package

    async def send(self, request: Request, end: float, *, fresh: bool = False) -> RawResponse:  # noqa: ARG002
        """Send a request and read its response to the end, or to MAX_BODY."""
        response = self._send(_for_httpx(self._package, request, end))
        body = bytearray()
        try:
            for chunk in _unread(response):
                if _is_enough(body, chunk, end):
                    break
        except self._package.RemoteProtocolError as error:
            raise httpx.ReadError(str(error)) from error
        finally:
            response.close()
        return _whole(response, body)

    async def close(self) -> None:
        """Close what sends."""
        self._close()


class AsyncHttpxTransport:
    """The async counterpart of HttpxTransport."""

    def __init__(
        self,
        send: Callable[[Any], Awaitable[Any]],
        close: Callable[[], Awaitable[object]],
        package: Any = httpx,
    ) -> None:
        """Take over the functions; package is httpx, or httpx2."""
        self._send = send
        self._close = close
        self._package = package

    async def send(self, request: Request, end: float, *, fresh: bool = False) -> RawResponse:  # noqa: ARG002
        """Send a request and read its response to the end, or to MAX_BODY."""
        import asyncio  # noqa: PLC0415 - a sync program does without

        body = bytearray()
        async with asyncio.timeout(end - clock()):
            response = await self._send(_for_httpx(self._package, request, end))
            chunks = aiter(_unread(response))
            try:
                async for chunk in chunks:
                    if _is_enough(body, chunk, end):
                        break
            except self._package.RemoteProtocolError as error:
                raise httpx.ReadError(str(error)) from error
            finally:
                if isinstance(chunks, AsyncGenerator):  # left early, it would stay
                    await chunks.aclose()
                await response.aclose()
        return _whole(response, body)

    async def close(self) -> None:
        """Close what sends."""
        await self._close()


def _for_httpx(package: Any, request: Request, end: float) -> Any:
    """Return a request as httpx has it, with no timeout longer than what is left."""
    left = end - clock()
    limits = {
        phase: left if limit is None else max(min(limit, left), 0.0)
        for phase, limit in request.timeout.as_dict().items()
    }
    sent = package.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=package.ByteStream(request.body),
        extensions={"timeout": limits},
    )
    sent.read()  # for transports that look at its content
    return sent


def _unread(response: Any) -> Any:
    """Return the body as it comes, neither decompressed nor kept."""
    # A transport around another, which logs for example, may have read it already.
    if response.is_stream_consumed:
        return httpx.ByteStream(response.content)
    return response.stream


def _is_enough(body: bytearray, chunk: bytes, end: float) -> bool:
    """Add a chunk, and return whether no more is to be read."""
    if clock() > end:
        raise httpx.ReadTimeout("")
    body += chunk
    return len(body) > MAX_BODY


def _whole(response: Any, body: bytearray) -> RawResponse:
    return RawResponse(response.status_code, list(response.headers.raw), bytes(body[:MAX_BODY]))


# What others replace: pytest-httpx and OpenTelemetry the transports; respx and vcrpy the pools, or
# the choice of a transport; Sentry and unittest.mock the client itself.
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
            # What stands in for it is no function, or one that was defined elsewhere.
            if type(found) is not FunctionType:
                return True
            if not found.__globals__["__name__"].startswith(package):
                return True
    return False


class Seam:
    """Sends through httpx for as long as a method of httpx's is replaced, else not at all."""

    def __init__(self, mode: Mode, routes: Routes, *, is_async: bool) -> None:
        self._mode = mode
        self._routes = routes
        self._is_async = is_async
        self._methods = _ASYNC_METHODS if is_async else _METHODS
        self._transports: dict[
            tuple[Hashable, str, str | None], HttpxTransport | AsyncHttpxTransport
        ] = {}

    def is_open(self) -> bool:
        """Return whether somebody wants to see what httpx sends."""
        return _is_replaced(self._methods)

    async def send(self, request: Request, end: float) -> RawResponse:
        """Send through a client of httpx's that takes the same route as our own connections."""
        proxy = self._routes.proxy(request.origin)
        key = (self._mode.owner(), request.origin.scheme, str(proxy.url) if proxy else None)
        transport = self._transports.get(key)
        if transport is None:
            context = self._routes.ssl_context if request.origin.scheme == "https" else None
            transport = self._transports[key] = self._new(context, proxy)
        return await transport.send(request, end)

    def _new(
        self, context: ssl.SSLContext | None, proxy: httpx.Proxy | None
    ) -> HttpxTransport | AsyncHttpxTransport:
        verify = context or False
        if self._is_async:
            client = httpx.AsyncClient(verify=verify, proxy=proxy, trust_env=False)
            return AsyncHttpxTransport(partial(client.send, stream=True), client.aclose)
        sync_client = httpx.Client(verify=verify, proxy=proxy, trust_env=False)
        return HttpxTransport(partial(sync_client.send, stream=True), sync_client.close)

    async def close(self) -> None:
        """Close the transports of this process or event loop."""
        for key in list(self._transports):
            if key[0] == self._mode.owner():
                await self._transports.pop(key).close()
