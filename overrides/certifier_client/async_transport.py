"""What a request is sent through, for asyncio."""

from collections.abc import AsyncIterable, Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol, cast

import httpx

from certifier_client.request import Request
from certifier_client.transport import for_httpx, unread


class AsyncAnswer(NamedTuple):
    """The twin of Answer for asyncio."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: AsyncIterable[bytes]
    aclose: Callable[[], Awaitable[None]]


class AsyncTransport(Protocol):
    """The twin of Transport for asyncio."""

    async def send(self, request: Request, left: float) -> AsyncAnswer:
        """Send a request and return its answer, in so many seconds at most."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class AsyncHttpxTransport:
    """The twin of HttpxTransport for asyncio."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self.aclose = transport.aclose

    async def send(self, request: Request, left: float) -> AsyncAnswer:
        """Send a request and return its answer."""
        answer = await self._transport.handle_async_request(for_httpx(request, left))
        body = cast("httpx.AsyncByteStream", unread(answer))
        return AsyncAnswer(answer.status_code, answer.headers.raw, body, answer.aclose)
