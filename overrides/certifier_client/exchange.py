"""One attempt of one request: the only place that does I/O."""

import httpx

from certifier_client.errors import ClosedError, TimedOutError, TransportError
from certifier_client.response import Response


class Exchange:
    """A pool of connections that several clients may share.

    The transport is used directly: what httpx.Client puts on top of it (cookies, redirects, merged
    headers) a client of one fixed host must not have.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        """Take over the transport, which close() closes."""
        self._transport = transport
        self._closed = False

    def attempt(self, request: httpx.Request) -> Response | TransportError:
        """Send a request and read the answer to its end."""
        if self._closed:
            raise ClosedError
        try:
            answer = self._transport.handle_request(request)
            try:
                return _response(request, answer, answer.read())
            finally:
                answer.close()
        except Exception as error:  # noqa: BLE001 - whatever it is, a call ends in our tree
            return _failure(request, error)

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

    async def attempt(self, request: httpx.Request) -> Response | TransportError:
        """Send a request and read the answer to its end."""
        if self._closed:
            raise ClosedError
        try:
            answer = await self._transport.handle_async_request(request)
            try:
                return _response(request, answer, await answer.aread())
            finally:
                await answer.aclose()
        except Exception as error:  # noqa: BLE001 - whatever it is, a call ends in our tree
            return _failure(request, error)

    async def aclose(self) -> None:
        """Close the connections; closing twice is fine."""
        if not self._closed:
            self._closed = True
            await self._transport.aclose()


def _line(request: httpx.Request) -> str:
    return f"{request.method} {request.url}"


def _response(request: httpx.Request, answer: httpx.Response, body: bytes) -> Response:
    return Response(_line(request), answer.status_code, answer.headers, body)


def _failure(request: httpx.Request, error: Exception) -> TransportError:
    kind = TimedOutError if isinstance(error, httpx.TimeoutException) else TransportError
    reason = f"{type(error).__name__}: {error}".removesuffix(": ")
    if isinstance(error, httpx.ConnectError):
        reason += " (check base_url, and that its server is running and can be reached)"
    failure = kind(_line(request), reason)
    failure.__cause__ = error
    return failure
