"""One attempt of one request, for asyncio."""

import asyncio
import time
from collections.abc import AsyncGenerator

from certifier_client.async_transport import AsyncTransport
from certifier_client.errors import ClosedError
from certifier_client.exchange import is_enough, response_of
from certifier_client.failure import Failure, failure
from certifier_client.network import DEADLINE
from certifier_client.request import Request
from certifier_client.response import Response

# Seconds. An asynchronous attempt is ended from outside only when its own limits have not ended it,
# so that the sync and the async client give the same error.
_GRACE = 0.03


class AsyncExchange:
    """The twin of Exchange for asyncio."""

    def __init__(self, transport: AsyncTransport) -> None:
        """Take over the transport, which aclose() closes."""
        self._transport = transport
        self._closed = False

    async def attempt(self, request: Request, left: float) -> Response | Failure:
        """Send a request and read the answer to its end, in so many seconds at most."""
        if self._closed:
            return Failure(ClosedError())
        body, answer, end = bytearray(), None, time.monotonic() + left
        outer = DEADLINE.set(end)
        try:
            async with asyncio.timeout(left + _GRACE):
                answer = await self._transport.send(request, left)
                chunks = aiter(answer.body)
                try:
                    async for chunk in chunks:
                        if is_enough(body, chunk, end):
                            break
                finally:
                    if isinstance(chunks, AsyncGenerator):  # left early, it would linger
                        await chunks.aclose()
                    await answer.aclose()
        except Exception as error:  # noqa: BLE001 - whatever it is, a call ends in our tree
            return failure(str(request), error, began=answer is not None)
        finally:
            DEADLINE.reset(outer)
        return response_of(request, answer, body)

    async def aclose(self) -> None:
        """Close the connections; closing twice is fine."""
        if not self._closed:
            self._closed = True
            await self._transport.aclose()
