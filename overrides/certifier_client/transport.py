"""What a request is sent through, and httpx's transports as one of that kind."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol, cast

import httpx

from certifier_client.request import Request


class Answer(NamedTuple):
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


class Transport(Protocol):
    """Sends requests of several threads, and raises the exceptions of httpx or httpcore."""

    def send(self, request: Request, left: float) -> Answer:
        """Send a request and return its answer, in so many seconds at most."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class HttpxTransport:
    """A transport of httpx, which a user passed."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self._transport = transport
        self.close = transport.close

    def send(self, request: Request, left: float) -> Answer:
        """Send a request and return its answer."""
        answer = self._transport.handle_request(for_httpx(request, left))
        body = cast("httpx.SyncByteStream", unread(answer))
        return Answer(answer.status_code, answer.headers.raw, body, answer.close)


def for_httpx(request: Request, left: float) -> httpx.Request:
    """Return a request as httpx has it, with no limit longer than what is left."""
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


def unread(answer: httpx.Response) -> object:
    """Return the body as it comes, neither decompressed nor kept."""
    # A transport around another, which logs for example, may have read it already.
    return httpx.ByteStream(answer.content) if answer.is_stream_consumed else answer.stream
