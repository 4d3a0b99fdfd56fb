"""One attempt of one request: the only place that does I/O."""

import httpx

from certifier_client.errors import ClosedError, TimedOutError, TransportError

Outcome = httpx.Response | TransportError


class Exchange:
    """A pool of connections that several clients may share.

    The transport is used directly: what httpx.Client puts on top of it (cookies, redirects, merged
    headers) a client of one fixed host must not have.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        """Take over the transport, which close() closes."""
        self._transport = transport
        self._closed = False

    def attempt(self, request: httpx.Request) -> Outcome:
        """Send a request and read the answer to its end."""
        if self._closed:
            raise ClosedError
        try:
            response = self._transport.handle_request(request)
            try:
                response.read()
            finally:
                response.close()
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, a call ends in our tree
            return _failure(request, error)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._closed = True
        self._transport.close()


class AsyncExchange:
    """The twin of Exchange for asyncio."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        """Take over the transport, which aclose() closes."""
        self._transport = transport
        self._closed = False

    async def attempt(self, request: httpx.Request) -> Outcome:
        """Send a request and read the answer to its end."""
        if self._closed:
            raise ClosedError
        try:
            response = await self._transport.handle_async_request(request)
            try:
                await response.aread()
            finally:
                await response.aclose()
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, a call ends in our tree
            return _failure(request, error)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        self._closed = True
        await self._transport.aclose()


def line(request: httpx.Request) -> str:
    """Return the method and the URL, for error messages: nothing in them is secret."""
    return f"{request.method} {request.url}"


def _failure(request: httpx.Request, error: Exception) -> TransportError:
    kind = TimedOutError if isinstance(error, httpx.TimeoutException) else TransportError
    failure = kind(line(request), f"{type(error).__name__}: {error}".removesuffix(": "))
    failure.__cause__ = error
    return failure
