"""Send requests through an httpx transport instead of our own connections."""

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Protocol

import httpx

from certifier_client._http.message import MAX_BODY, RawResponse, Request
from certifier_client._http.mode import clock
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
    """Return httpx or httpx2, whichever has the transport's class ``kind``, or raise InputError.

    httpx2 is not imported here: whoever passes one of its transports has imported it.
    """
    for package in (httpx, sys.modules.get("httpx2")):
        if package and isinstance(transport, getattr(package, kind)):
            return package
    raise InputError(f"transport is a {type(transport).__name__}: pass an httpx.{kind}")


class HttpxTransport:
    """Sends requests through a function of httpx, such as a method of a transport."""

    def __init__(
        self, send: Callable[[Any], Any], close: Callable[[], object], package: Any
    ) -> None:
        """Take over the functions; package is httpx, or httpx2."""
        self._send = send
        self._close = close
        self._package = package

    async def send(self, request: Request, end: float, *, fresh: bool) -> RawResponse:  # noqa: ARG002
        """Send a request and read its whole response, but at most MAX_BODY bytes of the body."""
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
        """Close the transport."""
        self._close()


class AsyncHttpxTransport:
    """The async counterpart of HttpxTransport."""

    def __init__(
        self,
        send: Callable[[Any], Awaitable[Any]],
        close: Callable[[], Awaitable[object]],
        package: Any,
    ) -> None:
        """Take over the functions; package is httpx, or httpx2."""
        self._send = send
        self._close = close
        self._package = package

    async def send(self, request: Request, end: float, *, fresh: bool) -> RawResponse:  # noqa: ARG002
        """Send a request and read its whole response, but at most MAX_BODY bytes of the body."""
        import asyncio  # noqa: PLC0415 - a sync program does not need it

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
                # If the loop is left early, the generator stays open.
                if isinstance(chunks, AsyncGenerator):
                    await chunks.aclose()
                await response.aclose()
        return _whole(response, body)

    async def close(self) -> None:
        """Close the transport."""
        await self._close()


def _for_httpx(package: Any, request: Request, end: float) -> Any:
    """Convert a request to httpx's, with timeouts shortened to the remaining time."""
    left = max(end - clock(), 0.0)
    limits = {
        phase: left if limit is None else min(limit, left)
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
    """Return an iterator over the raw body, without decompressing or storing it."""
    # A wrapping transport, for logging for example, may already have read it.
    if response.is_stream_consumed:
        return httpx.ByteStream(response.content)
    return response.stream


def _is_enough(body: bytearray, chunk: bytes, end: float) -> bool:
    """Append a chunk, and return whether the body has reached its limit."""
    if clock() > end:
        raise httpx.ReadTimeout("")
    body += chunk
    return len(body) > MAX_BODY


def _whole(response: Any, body: bytearray) -> RawResponse:
    return RawResponse(response.status_code, list(response.headers.raw), bytes(body[:MAX_BODY]))
