"""A connection that speaks HTTP/1.1, as h11 understands it, one request at a time."""

import functools
from typing import Any

import h11
import httpx

from certifier_client._http.message import MAX_BODY, RawResponse, Request
from certifier_client._http.mode import CHUNK_SIZE, Stream, clock, until

_MAX_HEAD = 100 * 1024  # bytes of the head of a response, as httpx has it
_END = h11.EndOfMessage()


@functools.cache
def _stand_in(method: str) -> h11.Request:
    """Return what h11 is shown in place of a request: it only needs the method.

    What is sent has been checked already, and takes h11 as long as the response does.
    """
    return h11.Request(method=method, target="/", headers=[("Host", "-")])


class Connection:
    """A connection to a server, or to a proxy that passes on requests.

    Attributes:
        expires: when it is not to be used again, on the monotonic clock.
        is_untouched: whether nothing has been received since the request was written.

    """

    def __init__(
        self, stream: Stream, prefix: str = "", headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        """Take over a stream; prefix and headers are what a proxy needs of each request."""
        self.expires = 0.0
        self.is_untouched = True
        self._stream = stream
        self._prefix = prefix
        self._headers = headers or []
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
        self._received = 0  # bytes
        self.close = stream.close

    async def send(self, request: Request, end: float, *, kept: bool = False) -> RawResponse:
        """Send a request and read its response to the end, or to MAX_BODY.

        A connection that was kept is quiet: the pool has just looked.
        """
        self.is_untouched = True
        self._received = 0
        if not kept and self._stream.arrived() is not None:
            # It cannot be a response to what was not sent.
            raise httpx.ConnectError("the server closed, or sent something before the request")
        self._http.send(_stand_in(request.method))
        response, failed = None, None
        try:
            response = await self._write(request, end)
        except TimeoutError as error:
            raise httpx.WriteTimeout("") from error
        except OSError as error:
            failed = error  # the server may have sent a response before it closed
        try:
            if response is None:
                response = await self._read(request, end)
        except httpx.NetworkError:
            if failed:
                raise httpx.WriteError(str(failed)) from failed
            raise
        status, headers = response.status_code, response.headers.raw_items()
        _check_framing(headers)
        try:
            body = await self._read_body(request, end)
        except httpx.RemoteProtocolError as error:
            # What breaks off after a head that was HTTP may be whole the next time.
            raise httpx.ReadError(str(error)) from error
        return RawResponse(status, headers, body)

    async def _write(self, request: Request, end: float) -> h11.Response | None:
        """Write the request; stop when the response comes early, and return its head."""
        data = request.encode(self._prefix, self._headers)
        timeout = request.timeout.write
        chunks = [data] if len(data) <= CHUNK_SIZE else _chunks(data)
        for chunk in chunks:
            early = await self._stream.write(chunk, until(timeout, end))
            while early is not None:
                if not early:  # _read() finds out whether there is a response before it
                    raise ConnectionResetError("the server closed before it had the request")
                self._receive(early)
                event = self._event(end)
                if isinstance(event, h11.Response):
                    return event
                early = await self._stream.write(self._stream.unsent, until(timeout, end))
        self._http.send(_END)
        return None

    async def _read(self, request: Request, end: float) -> Any:
        """Read the next event of the response."""
        while (event := self._event(end)) is h11.NEED_DATA:
            try:
                data = await self._stream.read(until(request.timeout.read, end))
            except TimeoutError as error:
                raise httpx.ReadTimeout("") from error
            except OSError as error:
                raise httpx.ReadError(str(error)) from error
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise httpx.ReadError("server disconnected without sending a response")
            self._receive(data)
        return event

    async def _read_body(self, request: Request, end: float) -> bytes:
        body = bytearray()
        while isinstance(event := await self._read(request, end), h11.Data):
            body += event.data
            if len(body) > MAX_BODY:
                break
        return bytes(body[:MAX_BODY])

    def _receive(self, data: bytes) -> None:
        self.is_untouched = False
        self._received += len(data)
        self._http.receive_data(data)

    def _event(self, end: float) -> Any:
        """Return the next event but for interim responses, of which a server may send many."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise httpx.RemoteProtocolError(str(error)) from error
            if clock() > end:
                raise httpx.ReadTimeout("")
            if self._received > _MAX_HEAD:
                _check_size(event)
            if type(event) is not h11.InformationalResponse:
                return event

    def is_reusable(self) -> bool:
        """Return whether request and response are whole and nothing came after them."""
        http = self._http
        if not (http.our_state is h11.DONE and http.their_state is h11.DONE):
            return False
        if http.trailing_data[0] or not self._stream.is_quiet():
            return False
        http.start_next_cycle()
        return True

    def is_quiet(self) -> bool:
        """Return whether it is still open, and nothing has arrived while it was idle."""
        return self._stream.is_quiet()


def _chunks(data: bytes) -> list[memoryview]:
    view = memoryview(data)
    return [view[start : start + CHUNK_SIZE] for start in range(0, len(data), CHUNK_SIZE)]


def _check_framing(headers: list[tuple[bytes, bytes]]) -> None:
    """Reject what RFC 9112, section 6.3 takes for an attack: two lengths of one body."""
    names = [name.lower() for name, _ in headers]
    if b"transfer-encoding" in names and b"content-length" in names:
        cause = h11.RemoteProtocolError("both Content-Length and Transfer-Encoding")
        raise httpx.RemoteProtocolError(str(cause)) from cause


def _check_size(event: Any) -> None:
    """Reject a head that is too long: h11 checks only one that is not complete."""
    fields = getattr(event, "headers", ())
    if sum(len(name) + len(value) for name, value in fields) > _MAX_HEAD:
        raise httpx.RemoteProtocolError("the head of the response is too long")


async def connect_tunnel(
    stream: Stream, host: str, port: int, headers: list[tuple[bytes, bytes]], end: float
) -> None:
    """Ask a proxy to connect to a server, or raise ProxyError."""
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    authority = f"{f'[{host}]' if ':' in host else host}:{port}"
    request = h11.Request(
        method="CONNECT", target=authority, headers=[(b"Host", authority.encode()), *headers]
    )
    try:
        await stream.write(http.send(request), end)
        while not isinstance(event := http.next_event(), h11.Response):
            if event is h11.NEED_DATA:
                if not (data := await stream.read(end)):
                    raise httpx.ConnectError("the proxy closed the connection")
                http.receive_data(data)
            if clock() > end:
                raise TimeoutError
    except h11.RemoteProtocolError as error:
        raise httpx.ProxyError(f"no HTTP from the proxy: {error}") from error
    if not 200 <= event.status_code < 300:  # noqa: PLR2004 - success
        reason = event.reason.decode("ascii", "replace")
        raise httpx.ProxyError(f"{event.status_code} {reason}")
    if http.trailing_data[0]:
        raise httpx.ProxyError("the proxy sent more than its response")
