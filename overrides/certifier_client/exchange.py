"""One attempt of one request: the only place that does I/O.

An attempt is bounded in time by what is left of the call's deadline, and in memory by MAX_BODY.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import cast

import httpx

from certifier_client.errors import ClosedError
from certifier_client.failure import Failure, failure
from certifier_client.network import DEADLINE
from certifier_client.response import MAX_BODY, Response

# Seconds. An asynchronous attempt is ended from outside only when its own limits have not ended it,
# so that the sync and the async client give the same error.
_GRACE = 0.03

_SECRET = 16  # characters, and more
_HIDDEN = b"*" * _SECRET  # no longer than what it hides, so that no body grows


class Exchange:
    """A transport that several clients may share.

    The transport is used directly: what httpx.Client puts on top of it (cookies, redirects, merged
    headers, decompression) a client of one fixed host must not have.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        """Take over the transport, which close() closes."""
        self._transport = transport
        self._closed = False

    def attempt(self, request: httpx.Request, left: float) -> Response | Failure:
        """Send a request and read the answer to its end, in so many seconds at most."""
        if self._closed:
            return Failure(ClosedError())
        body, answer, end = bytearray(), None, time.monotonic() + left
        outer = DEADLINE.set(end)
        try:
            answer = self._transport.handle_request(_within(left, request))
            try:
                for chunk in cast("httpx.SyncByteStream", _unread(answer)):
                    if _is_enough(body, chunk, end):
                        break
            finally:
                answer.close()
        except Exception as error:  # noqa: BLE001 - whatever it is, a call ends in our tree
            return failure(request, error, began=answer is not None)
        finally:
            DEADLINE.reset(outer)
        return _response(request, answer, body)

    def close(self) -> None:
        """Close the connections; closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._transport.close()


class AsyncExchange:
    """The twin of Exchange for asyncio."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        """Take over the transport, which aclose() closes."""
        self._transport = transport
        self._closed = False

    async def attempt(self, request: httpx.Request, left: float) -> Response | Failure:
        """Send a request and read the answer to its end, in so many seconds at most."""
        if self._closed:
            return Failure(ClosedError())
        body, answer, end = bytearray(), None, time.monotonic() + left
        outer = DEADLINE.set(end)
        try:
            async with asyncio.timeout(left + _GRACE):
                answer = await self._transport.handle_async_request(_within(left, request))
                chunks = aiter(cast("httpx.AsyncByteStream", _unread(answer)))
                try:
                    async for chunk in chunks:
                        if _is_enough(body, chunk, end):
                            break
                finally:
                    if isinstance(chunks, AsyncGenerator):  # left early, it would linger
                        await chunks.aclose()
                    await answer.aclose()
        except Exception as error:  # noqa: BLE001 - whatever it is, a call ends in our tree
            return failure(request, error, began=answer is not None)
        finally:
            DEADLINE.reset(outer)
        return _response(request, answer, body)

    async def aclose(self) -> None:
        """Close the connections; closing twice is fine."""
        if not self._closed:
            self._closed = True
            await self._transport.aclose()


def _within(left: float, request: httpx.Request) -> httpx.Request:
    """Return the request with no limit longer than what is left, for transports of any kind."""
    limits = cast("dict[str, float | None]", request.extensions["timeout"])
    request.extensions["timeout"] = {
        phase: left if limit is None else max(min(limit, left), 0.0)
        for phase, limit in limits.items()
    }
    return request


def _unread(answer: httpx.Response) -> object:
    """Return the body as it comes, neither decompressed nor kept."""
    # A transport around another, which logs for example, may have read it already.
    return httpx.ByteStream(answer.content) if answer.is_stream_consumed else answer.stream


def _is_enough(body: bytearray, chunk: bytes, end: float) -> bool:
    """Add a chunk, and return whether no more is to be read; raise ReadTimeout past the end."""
    if time.monotonic() > end:
        raise httpx.ReadTimeout("")
    body += chunk
    return len(body) > MAX_BODY


def _response(request: httpx.Request, answer: httpx.Response, body: bytearray) -> Response:
    token = request.headers["Authorization"].removeprefix("Bearer ").encode()
    headers = answer.headers.raw
    # A server that repeats the token must not bring it into a log or a pickle. Short ones, of a
    # test, are words that an answer may well have.
    if len(token) >= _SECRET:
        headers = [(name, value.replace(token, _HIDDEN)) for name, value in headers]
        body = body.replace(token, _HIDDEN)
    return Response(
        request=f"{request.method} {request.url}",
        status=answer.status_code,
        headers=httpx.Headers(headers),
        body=bytes(body[:MAX_BODY]),
    )
