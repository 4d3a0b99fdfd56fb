"""A request through a transport of httpx, which is a function of the test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from certifier_client._http.httpx_transport import AsyncHttpxTransport, HttpxTransport
from certifier_client._http.message import MAX_BODY, RawResponse, Request
from certifier_client._http.mode import clock
from certifier_client.blocking import run
from support import PATIENCE, REQUEST


def sync_sent(respond: Any, end: float, request: Request = REQUEST) -> RawResponse:
    """Send a request through a sync transport."""
    mock = httpx.MockTransport(respond)
    return run(
        HttpxTransport(mock.handle_request, mock.close, httpx).send(request, end, fresh=True)
    )


def async_sent(respond: Any, end: float, request: Request = REQUEST) -> RawResponse:
    """Send a request through an async transport."""
    mock = httpx.MockTransport(respond)
    transport = AsyncHttpxTransport(mock.handle_async_request, mock.aclose, httpx)
    return asyncio.run(transport.send(request, end, fresh=True))


either = pytest.mark.parametrize("sent", [sync_sent, async_sent])


@either
def test_the_timeouts_end_with_the_call(sent: Any) -> None:
    """Each phase gets its own, if it ends earlier."""
    seen: list[dict[str, float]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        return httpx.Response(200, content=b"{}")

    timeout = httpx.Timeout(None, connect=10, read=3000)
    assert sent(respond, clock() + 1000, REQUEST._replace(timeout=timeout)).body == b"{}"
    (limits,) = seen
    assert limits["connect"] == 10
    assert limits["read"] == limits["write"] == limits["pool"]
    assert 900 < limits["read"] <= 1000


def test_a_timeout_is_not_negative() -> None:
    """When the end of a call has passed, each phase ends at once."""
    seen: list[dict[str, float]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        raise httpx.ConnectTimeout("")

    with pytest.raises(httpx.ConnectTimeout):
        sync_sent(respond, clock() - 1, REQUEST._replace(timeout=httpx.Timeout(10, read=None)))
    assert seen == [{"connect": 0.0, "read": 0.0, "write": 0.0, "pool": 0.0}]


def test_an_async_transport_that_never_responds_is_cancelled() -> None:
    """Whatever it makes of the timeouts; a sync one cannot be stopped."""

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(PATIENCE)
        raise AssertionError

    with pytest.raises(TimeoutError):
        async_sent(never, clock() + 0.05)


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in several parts, which may fail."""

    def __init__(self, *parts: bytes | Exception) -> None:
        """Take them."""
        self._parts = parts
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        """Yield the parts."""
        for part in self._parts:
            if isinstance(part, Exception):
                raise part
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the parts."""
        for part in self:
            yield part

    def close(self) -> None:
        """Write it down."""
        self.is_closed = True

    async def aclose(self) -> None:
        """Write it down."""
        self.is_closed = True


@either
def test_a_body_that_ends_early_is_a_read_error(sent: Any) -> None:
    """It may be complete next time; the text is the transport's."""
    broken = Stream(b"{", httpx.RemoteProtocolError("cut off"))
    with pytest.raises(httpx.ReadError, match=r"^cut off$"):
        sent(lambda _: httpx.Response(200, stream=broken), clock() + PATIENCE)
    assert broken.is_closed


@either
def test_a_body_is_read_up_to_its_limit(sent: Any) -> None:
    """The rest is not even asked for."""
    half = b"x" * (MAX_BODY // 2)
    endless = Stream(half, half, half, AssertionError("read on"))
    response = sent(lambda _: httpx.Response(200, stream=endless), clock() + PATIENCE)
    assert response.body == half + half
    assert endless.is_closed


@pytest.mark.parametrize("part", [b"x", b"x" * (MAX_BODY + 1)])
def test_a_body_that_takes_too_long_is_a_timeout(part: bytes) -> None:
    """Each part may come in time, and all of them too late."""
    slow = Stream(part)
    with pytest.raises(httpx.ReadTimeout) as raised:
        sync_sent(lambda _: httpx.Response(200, stream=slow), clock() - 1)
    assert str(raised.value) == ""
    assert slow.is_closed
