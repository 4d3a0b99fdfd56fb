"""What a request is sent through, and httpx's transports as one of that kind."""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from typing import Protocol, cast

import attrs
import httpx

from certifier_client.request import Request


@attrs.frozen
class Answer:
    """An answer of which the head has come; its body comes as it is read.

    Attributes:
        status: the HTTP status code.
        headers: as they came.
        body: the bytes, not decompressed.
        close: must be called, whether the body was read to its end or not.

    """

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: Iterable[bytes]
    close: Callable[[], None]


@attrs.frozen
class AsyncAnswer:
    """The twin of Answer for asyncio."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: AsyncIterable[bytes]
    aclose: Callable[[], Awaitable[None]]


class Transport(Protocol):
    """Sends requests of several threads, and raises the exceptions of httpx or httpcore."""

    def send(self, request: Request, left: float) -> Answer:
        """Send a request and return its answer, in so many seconds at most."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class AsyncTransport(Protocol):
    """The twin of Transport for asyncio."""

    async def send(self, request: Request, left: float) -> AsyncAnswer:
        """Send a request and return its answer, in so many seconds at most."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class HttpxTransport:
    """A transport of httpx, which a user passed."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport
        self.close = transport.close

    def send(self, request: Request, left: float) -> Answer:
        """Send a request and return its answer."""
        answer = self._transport.handle_request(_for_httpx(request, left))
        body = cast("httpx.SyncByteStream", _unread(answer))
        return Answer(answer.status_code, answer.headers.raw, body, answer.close)


class AsyncHttpxTransport:
    """The twin of HttpxTransport for asyncio."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self.aclose = transport.aclose

    async def send(self, request: Request, left: float) -> AsyncAnswer:
        """Send a request and return its answer."""
        answer = await self._transport.handle_async_request(_for_httpx(request, left))
        body = cast("httpx.AsyncByteStream", _unread(answer))
        return AsyncAnswer(answer.status_code, answer.headers.raw, body, answer.aclose)


def _for_httpx(request: Request, left: float) -> httpx.Request:
    limits: dict[str, float | None] = request.extensions["timeout"]
    within = {
        phase: left if limit is None else max(min(limit, left), 0.0)
        for phase, limit in limits.items()
    }
    sent = httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        stream=httpx.ByteStream(request.body),
        extensions={**request.extensions, "timeout": within},
    )
    sent.read()  # for transports that look at its content
    return sent


def _unread(answer: httpx.Response) -> object:
    """Return the body as it comes, neither decompressed nor kept."""
    # A transport around another, which logs for example, may have read it already.
    return httpx.ByteStream(answer.content) if answer.is_stream_consumed else answer.stream
