"""One attempt of one request: the only place that does I/O.

An attempt is bounded in time by what is left of the call's deadline, and in memory by MAX_BODY.
"""

import time
from typing import TYPE_CHECKING

import httpx

from certifier_client.errors import ClosedError
from certifier_client.failure import Failure, failure
from certifier_client.network import DEADLINE
from certifier_client.request import Request
from certifier_client.response import MAX_BODY, Response
from certifier_client.transport import Answer, Transport

if TYPE_CHECKING:
    from certifier_client.async_transport import AsyncAnswer

_SECRET = 16  # characters, and more
_HIDDEN = b"*" * _SECRET  # no longer than what it hides, so that no body grows


class Exchange:
    """A transport that several clients may share.

    The transport is used directly: what httpx.Client puts on top of it (cookies, redirects, merged
    headers, decompression) a client of one fixed host must not have.
    """

    def __init__(self, transport: Transport) -> None:
        """Take over the transport, which close() closes."""
        self._transport = transport
        self._closed = False

    def attempt(self, request: Request, left: float) -> Response | Failure:
        """Send a request and read the answer to its end, in so many seconds at most."""
        if self._closed:
            return Failure(ClosedError())
        body, answer, end = bytearray(), None, time.monotonic() + left
        outer = DEADLINE.set(end)
        try:
            answer = self._transport.send(request, left)
            try:
                for chunk in answer.body:
                    if is_enough(body, chunk, end):
                        break
            finally:
                answer.close()
        except Exception as error:  # noqa: BLE001 - whatever it is, a call ends in our tree
            return failure(str(request), error, began=answer is not None)
        finally:
            DEADLINE.reset(outer)
        return response_of(request, answer, body)

    def close(self) -> None:
        """Close the connections; closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._transport.close()


def is_enough(body: bytearray, chunk: bytes, end: float) -> bool:
    """Add a chunk, and return whether no more is to be read; raise ReadTimeout past the end."""
    if time.monotonic() > end:
        raise httpx.ReadTimeout("")
    body += chunk
    return len(body) > MAX_BODY


def response_of(request: Request, answer: "Answer | AsyncAnswer", body: bytearray) -> Response:
    """Return the answer that was read, without the token."""
    token, headers = request.token, answer.headers
    # A server that repeats the token must not bring it into a log or a pickle. Short ones, of a
    # test, are words that an answer may well have.
    if len(token) >= _SECRET:
        headers = [(name, value.replace(token, _HIDDEN)) for name, value in headers]
        body = body.replace(token, _HIDDEN)
    return Response(
        request=str(request),
        status=answer.status,
        headers=httpx.Headers(headers),
        body=bytes(body[:MAX_BODY]),
    )
