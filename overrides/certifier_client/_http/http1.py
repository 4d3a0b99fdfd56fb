"""An HTTP/1.1 connection, with h11, for one request at a time."""

import functools
from collections.abc import Iterable
from typing import Any

import h11
import httpx

from certifier_client._http.message import MAX_BODY, RawResponse, Request
from certifier_client._http.mode import CHUNK_SIZE, Stream, clock, until

_MAX_LINES = 100 * 1024  # bytes of a head, or of the first line of a chunk; the limit of httpx


@functools.cache
def _stand_in(method: str) -> h11.Request:
    """Return a minimal request for h11, which only needs the method.

    The real one has already been validated, and would take h11 as long as the response.
    """
    return h11.Request(method=method, target="/", headers=[("Host", "-")])


class Connection:
    """A connection to a server, or to a proxy that forwards requests.

    Attributes:
        expires: until when it may be reused, on the monotonic clock.
        is_reusable: whether the last request and response are complete, and nothing followed.
        is_untouched: whether nothing was received after the request was written.

    """

    expires: float
    is_reusable: bool
    is_untouched: bool

    def __init__(self, stream: Stream, prefix: str, headers: list[tuple[bytes, bytes]]) -> None:
        """Take over a stream; prefix and headers are what a proxy needs in each request."""
        self._stream = stream
        self._prefix = prefix
        self._headers = headers
        self.arrived, self.is_quiet, self.close = stream.arrived, stream.is_quiet, stream.close

    async def send(self, request: Request, end: float) -> RawResponse:
        """Send a request and read its whole response, but at most MAX_BODY bytes of the body."""
        self.is_reusable, self.is_untouched = False, True
        reader = _Reader(_stand_in(request.method))
        event, failed = None, None
        try:
            event = await self._write(reader, request, end)
        except TimeoutError as error:
            raise httpx.WriteTimeout("") from error
        except OSError as error:
            failed = error  # the server may have sent a response before it closed
        is_sent = event is None and failed is None
        try:
            while type(event) is not h11.Response:
                await self._receive(reader, request, end)
                event = reader.event(end)
        except httpx.NetworkError:
            if failed:
                raise httpx.WriteError(str(failed)) from failed
            raise
        _check_framing(event.headers)
        try:
            body = await self._read_body(reader, request, end)
        except httpx.RemoteProtocolError as error:
            # A response that ends early after a valid head may be complete next time.
            raise httpx.ReadError(str(error)) from error
        self.is_reusable = is_sent and reader.is_done()
        return RawResponse(event.status_code, event.headers.raw_items(), body)

    async def _write(self, reader: "_Reader", request: Request, end: float) -> h11.Response | None:
        """Write the request; if the response comes early, stop and return its head."""
        data = request.encode(self._prefix, self._headers)
        timeout = request.timeout.write
        for chunk in _chunks(data):
            early = await self._stream.write(chunk, until(timeout, end))
            while early is not None:
                if not early:  # send() finds out whether a response came first
                    raise ConnectionResetError("the server closed the connection too early")
                self.is_untouched = False
                reader.receive(early)
                event = reader.event(end)
                if type(event) is h11.Response:
                    return event
                early = await self._stream.write(self._stream.unsent, until(timeout, end))
        return None

    async def _receive(self, reader: "_Reader", request: Request, end: float) -> None:
        """Receive what comes next."""
        try:
            data = await self._stream.read(until(request.timeout.read, end))
        except TimeoutError as error:
            raise httpx.ReadTimeout("") from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        if not data and reader.http.their_state is h11.SEND_RESPONSE:
            raise httpx.ReadError("server disconnected without sending a response")
        self.is_untouched = False
        reader.receive(data)

    async def _read_body(self, reader: "_Reader", request: Request, end: float) -> bytes:
        body = bytearray()
        while len(body) <= MAX_BODY:
            event = reader.event(end)
            if event is h11.NEED_DATA:
                await self._receive(reader, request, end)
            elif type(event) is h11.Data:
                body += event.data
            else:
                break
        return bytes(body[:MAX_BODY])


class _Reader:
    """Reads the response to one request with its own h11.Connection."""

    def __init__(self, request: h11.Request) -> None:
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_LINES)
        self.request = self.http.send(request)
        self._rest = b""

    def receive(self, data: bytes) -> None:
        """Take received bytes, after ``event`` has asked for them.

        h11 only rejects a long line that is incomplete, so it gets no more than one byte too many.
        """
        room = _MAX_LINES + 1 - len(self.http.trailing_data[0])
        self.http.receive_data(data[:room])
        self._rest = data[room:]

    def event(self, end: float) -> Any:
        """Return the next event, skipping interim responses, however many the server sends."""
        while True:
            try:
                event = self.http.next_event()
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from error
            if clock() > end:
                raise httpx.ReadTimeout("")
            if event is h11.NEED_DATA and self._rest:
                self.receive(self._rest)
            elif type(event) is not h11.InformationalResponse:
                return event

    def surplus(self) -> bytes:
        """Return the bytes after the response."""
        return self.http.trailing_data[0] + self._rest

    def is_done(self) -> bool:
        """Return whether the response is complete, and the connection can be reused."""
        return self.http.their_state is h11.DONE and not self.surplus()


def _chunks(data: bytes) -> list[memoryview]:
    view = memoryview(data)
    return [view[start : start + CHUNK_SIZE] for start in range(0, len(data), CHUNK_SIZE)]


def _check_framing(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Reject a body with two lengths, which may be an attack (RFC 9112, section 6.3)."""
    if {name for name, _ in headers} >= {b"transfer-encoding", b"content-length"}:
        cause = h11.RemoteProtocolError("both Content-Length and Transfer-Encoding")
        raise httpx.RemoteProtocolError(str(cause)) from cause


async def connect_tunnel(
    stream: Stream, host: str, port: int, headers: list[tuple[bytes, bytes]], end: float
) -> None:
    """Ask a proxy to connect to a server, or raise ProxyError."""
    authority = f"{f'[{host}]' if ':' in host else host}:{port}"
    request = h11.Request(
        method="CONNECT", target=authority, headers=[(b"Host", authority.encode()), *headers]
    )
    reader = _Reader(request)
    try:
        await stream.write(reader.request, end)
        while type(event := reader.event(end)) is not h11.Response:
            if not (data := await stream.read(end)):
                raise httpx.ConnectError("the proxy closed the connection")
            reader.receive(data)
    except httpx.ReadTimeout as error:
        raise TimeoutError from error
    except httpx.RemoteProtocolError as error:
        raise httpx.ProxyError(f"the proxy did not respond with HTTP: {error}") from error
    if not 200 <= event.status_code < 300:  # noqa: PLR2004 - success
        reason = event.reason.decode("ascii", "replace")
        raise httpx.ProxyError(f"{event.status_code} {reason}")
    if reader.surplus():
        raise httpx.ProxyError("the proxy sent data after its response")
