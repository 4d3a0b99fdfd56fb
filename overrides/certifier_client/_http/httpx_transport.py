"""httpx's transports in place of our own connections: those a user passes, and those replaced.

pytest-httpx, respx, vcrpy, OpenTelemetry's instrumentation and others replace methods of httpx or
of httpcore. While one of them does, requests go through httpx, so that it sees them.
"""

import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from functools import partial
from types import FunctionType
from typing import Any, cast

import httpx

from certifier_client._http.message import MAX_BODY, RawResponse, Request
from certifier_client._http.mode import Mode
from certifier_client._http.proxy import Routes


class HttpxTransport:
    """Sends through a function of httpx's, such as that of a transport."""

    def __init__(
        self, send: Callable[[httpx.Request], httpx.Response], close: Callable[[], object]
    ) -> None:
        self._send = send
        self._close = close

    async def send(self, request: Request, end: float, *, fresh: bool = False) -> RawResponse:  # noqa: ARG002
        """Send a request and read its response to the end, or to MAX_BODY."""
        response = self._send(_for_httpx(request, end))
        body = bytearray()
        try:
            for chunk in cast("httpx.SyncByteStream", _unread(response)):
                if _is_enough(body, chunk, end):
                    break
        except httpx.RemoteProtocolError as error:
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
        send: Callable[[httpx.Request], Awaitable[httpx.Response]],
        close: Callable[[], Awaitable[object]],
    ) -> None:
        self._send = send
        self._close = close

    async def send(self, request: Request, end: float, *, fresh: bool = False) -> RawResponse:  # noqa: ARG002
        """Send a request and read its response to the end, or to MAX_BODY."""
        import asyncio  # noqa: PLC0415 - a sync program does without

        body = bytearray()
        async with asyncio.timeout(end - time.monotonic()):
            response = await self._send(_for_httpx(request, end))
            chunks = aiter(cast("httpx.AsyncByteStream", _unread(response)))
            try:
                async for chunk in chunks:
                    if _is_enough(body, chunk, end):
                        break
            except httpx.RemoteProtocolError as error:
                raise httpx.ReadError(str(error)) from error
            finally:
                if isinstance(chunks, AsyncGenerator):  # left early, it would stay
                    await chunks.aclose()
                await response.aclose()
        return _whole(response, body)

    async def close(self) -> None:
        """Close what sends."""
        await self._close()


def _for_httpx(request: Request, end: float) -> httpx.Request:
    """Return a request as httpx has it, with no timeout longer than what is left."""
    left = end - time.monotonic()
    limits = {
        phase: left if limit is None else max(min(limit, left), 0.0)
        for phase, limit in request.timeout.as_dict().items()
    }
    sent = httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=httpx.ByteStream(request.body),
        extensions={"timeout": limits},
    )
    sent.read()  # for transports that look at its content
    return sent


def _unread(response: httpx.Response) -> object:
    """Return the body as it comes, neither decompressed nor kept."""
    # A transport around another, which logs for example, may have read it already.
    if response.is_stream_consumed:
        return httpx.ByteStream(response.content)
    return response.stream


def _is_enough(body: bytearray, chunk: bytes, end: float) -> bool:
    """Add a chunk, and return whether no more is to be read."""
    if time.monotonic() > end:
        raise httpx.ReadTimeout("")
    body += chunk
    return len(body) > MAX_BODY


def _whole(response: httpx.Response, body: bytearray) -> RawResponse:
    return RawResponse(response.status_code, list(response.headers.raw), bytes(body[:MAX_BODY]))


def _is_replaced(kind: Any, method: str, package: str) -> bool:
    found = vars(kind).get(method) if isinstance(kind, type) else None
    return type(found) is not FunctionType or not found.__globals__["__name__"].startswith(package)


class Seam:
    """Sends through httpx for as long as a method of httpx's is replaced, else not at all."""

    def __init__(self, mode: Mode, routes: Routes, *, is_async: bool) -> None:
        self._mode = mode
        self._routes = routes
        self._is_async = is_async
        self._transports: dict[Hashable, HttpxTransport | AsyncHttpxTransport] = {}

    def is_open(self) -> bool:
        """Return whether somebody wants to see what httpx sends."""
        prefix, method = (
            ("Async", "handle_async_request") if self._is_async else ("", "handle_request")
        )
        client: Any = getattr(httpx, f"{prefix}Client")
        if (
            _is_replaced(getattr(httpx, f"{prefix}HTTPTransport"), method, "httpx.")
            or _is_replaced(client, "send", "httpx.")
            or _is_replaced(client, "_transport_for_url", "httpx.")
        ):
            return True
        httpcore = sys.modules.get("httpcore")
        return httpcore is not None and _is_replaced(
            getattr(httpcore, f"{prefix}ConnectionPool"), method, "httpcore."
        )

    async def send(self, request: Request, end: float) -> RawResponse:
        """Send through a client of httpx's that takes the same route as our own connections."""
        proxy = self._routes.proxy(request.origin)
        key = (self._mode.owner(), request.origin.scheme, proxy and str(proxy.url))
        transport = self._transports.get(key)
        if transport is None:
            secure = request.origin.scheme == "https"
            transport = self._transports[key] = self._new(
                verify=self._routes.ssl_context if secure else False,
                proxy=proxy,
                trust_env=False,
            )
        return await transport.send(request, end)

    def _new(self, **options: Any) -> HttpxTransport | AsyncHttpxTransport:
        if self._is_async:
            client = httpx.AsyncClient(**options)
            return AsyncHttpxTransport(partial(client.send, stream=True), client.aclose)
        sync_client = httpx.Client(**options)
        return HttpxTransport(partial(sync_client.send, stream=True), sync_client.close)

    async def close(self) -> None:
        """Close the transports of this process or event loop."""
        for key in list(self._transports):
            if isinstance(key, tuple) and key[0] == self._mode.owner():
                await self._transports.pop(key).close()
