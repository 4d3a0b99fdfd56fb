"""The transport for asyncio that the extra ``fast`` brings: aiohttp's connections."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

import aiohttp
import httpcore
import yarl
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_writer import StreamWriter

from certifier_client import connections
from certifier_client.async_connections import AsyncConnections, take_slot
from certifier_client.async_transport import AsyncAnswer
from certifier_client.failure import StaleError
from certifier_client.network import PIECE
from certifier_client.request import Origin, Request
from certifier_client.routes import Routes

# What the client knows of aiohttp's exceptions, the first that fits. Those of httpcore have the
# same meaning whichever transport raises them.
_MEANING: tuple[tuple[type[Exception], type[Exception]], ...] = (
    (aiohttp.ClientHttpProxyError, httpcore.ProxyError),
    (aiohttp.ConnectionTimeoutError, httpcore.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpcore.ConnectError),
    (aiohttp.ServerTimeoutError, httpcore.ReadTimeout),
    (TimeoutError, httpcore.WriteTimeout),  # of _Pieces
    (aiohttp.ClientConnectionError, httpcore.ReadError),
    (aiohttp.ClientError, httpcore.RemoteProtocolError),
)
_NONE = 400  # the status of an answer that has none, since it is no HTTP
_MAX_HEAD = 100 * 1024  # bytes of a line of an answer's head; httpcore takes as many of the whole


# What an attempt opened: nothing, if its connection had been kept. A list, since aiohttp may
# connect in tasks of its own, which have a copy of what a variable holds.
_OPENED: ContextVar[list[None]] = ContextVar("_OPENED")


def _session(*, keep: bool) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0,
            force_close=not keep,
            keepalive_timeout=connections.KEEP_ALIVE if keep else None,
            socket_factory=_socket,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        max_line_size=_MAX_HEAD,
        max_field_size=_MAX_HEAD,
    )


def _socket(address: tuple[Any, ...]) -> socket.socket:
    _OPENED.get().append(None)
    return socket.socket(*address[:3])


class _OfLoop:
    """What belongs to one event loop."""

    def __init__(self) -> None:
        self.proxies: dict[Origin, httpcore.Proxy | None] = {}
        self.kept = _session(keep=True)
        # For what is sent again since a connection that had been kept was closed.
        self.fresh = _session(keep=False)
        self.slots = asyncio.Semaphore(connections.MAX_CONNECTIONS)
        self._in_use = 0
        self._closed = False

    async def take_slot(self, seconds: float) -> None:
        await take_slot(self.slots, seconds)
        self._in_use += 1

    async def give_slot_back(self) -> None:
        self.slots.release()
        self._in_use -= 1
        await self._close_if_unused()

    async def close(self) -> None:
        self._closed = True
        await self._close_if_unused()

    async def close_sessions(self) -> None:
        try:
            await self.kept.close()
        finally:
            await self.fresh.close()

    async def _close_if_unused(self) -> None:
        # aiohttp breaks off the requests that are under way.
        if self._closed and not self._in_use:
            await self.close_sessions()


class AiohttpConnections:
    """Connections for asyncio; each event loop has connections of its own."""

    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        self._over_socks = AsyncConnections(routes)  # which aiohttp cannot do
        self._loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}

    async def send(self, request: Request, left: float) -> AsyncAnswer:
        """Send a request and return its answer."""
        loop = asyncio.get_running_loop()
        mine = self._loops.get(loop) or await self._opened(loop)
        proxy = self._proxy(mine, request.origin)
        if proxy and proxy.url.scheme.startswith(b"socks"):
            return await self._over_socks.send(request, left)
        await mine.take_slot(connections.patience(request, left))
        opened: list[None] = []
        _OPENED.set(opened)
        try:
            answer = await self._request(mine, proxy, request, left)
        except BaseException as error:
            await mine.give_slot_back()
            if not isinstance(error, Exception):
                raise
            failure = _meaning(error)
        else:
            if answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
                answer.close()
                await mine.give_slot_back()
                raise httpcore.RemoteProtocolError("it switches protocols") from _Unasked()

            async def done() -> None:
                # Whatever is left of the body may be large.
                answer.release() if answer.content.at_eof() else answer.close()
                await mine.give_slot_back()

            return AsyncAnswer(answer.status, answer.raw_headers, _body(answer), done)
        # Outside of the except clause: aiohttp's exceptions have the request, and so the token.
        if not opened and isinstance(failure, httpcore.ReadError):
            request.extensions[connections.FRESH] = True
            raise StaleError from failure
        self._routes.raise_if_proxy_failed(failure, *request.origin[:2])
        raise failure

    async def _request(
        self,
        mine: _OfLoop,
        proxy: httpcore.Proxy | None,
        request: Request,
        left: float,
    ) -> aiohttp.ClientResponse:
        session = mine.fresh if connections.FRESH in request.extensions else mine.kept
        body = request.body
        limits = {
            phase: left if limit is None else min(limit, left)
            for phase, limit in request.extensions["timeout"].items()
        }
        return await session.request(
            request.method,
            yarl.URL(request.url, encoded=True),
            headers=[(name.decode(), value.decode()) for name, value in request.headers],
            data=_Pieces(body, limits["write"]) if len(body) > PIECE else body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(connect=limits["connect"], sock_read=limits["read"]),
            ssl=self._routes.ssl_context(request.origin.scheme) or True,
            proxy=_url(proxy.url) if proxy else None,
            proxy_headers=_credentials(proxy) if proxy else None,
        )

    def _proxy(self, mine: _OfLoop, origin: Origin) -> httpcore.Proxy | None:
        if origin not in mine.proxies:
            mine.proxies[origin] = self._routes.proxy(origin.scheme, origin.host)
        return mine.proxies[origin]

    async def _opened(self, loop: asyncio.AbstractEventLoop) -> _OfLoop:
        mine = self._loops[loop] = _OfLoop()
        for closed in [other for other in list(self._loops) if other.is_closed()]:
            if theirs := self._loops.pop(closed, None):
                await theirs.close_sessions()  # or aiohttp complains of them
        return mine

    async def aclose(self) -> None:
        """Close this loop's connections as soon as no request is under way on any of them."""
        if mine := self._loops.get(asyncio.get_running_loop()):
            await mine.close()
        await self._over_socks.aclose()


def _url(url: httpcore.URL) -> str:
    return bytes(url).decode()


def _credentials(proxy: httpcore.Proxy) -> dict[str, str]:
    # aiohttp takes them under this name, and sends them under the right one.
    names = {b"Proxy-Authorization": "Authorization"}
    return {names[name]: value.decode() for name, value in proxy.headers if name in names}


async def _body(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.content.iter_any():
            yield chunk
    except aiohttp.ClientError as error:
        failure = _meaning(error)
    else:
        return
    raise failure


class _Unasked(Exception):  # noqa: N818 - not raised
    """The reason why an answer is none, where no exception of aiohttp says it."""


class _Pieces(aiohttp.Payload):
    """A body of which each piece has its limit in time; aiohttp itself has none for sending."""

    _value: bytes

    def __init__(self, body: bytes, limit: float) -> None:
        super().__init__(body)
        self._size = len(body)
        self._limit = limit

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._value.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        # Asked now: a writer whose request is given up has none, while what is left to send has.
        transport = writer.transport if isinstance(writer, StreamWriter) else None
        try:
            for start in range(0, len(self._value), PIECE):
                async with asyncio.timeout(self._limit):
                    await writer.write(self._value[start : start + PIECE])
                    await asyncio.sleep(0)  # as long as the peer takes it, nothing else would run
        except BaseException:
            # aiohttp closes it, which waits until the peer has taken what is left.
            if transport:
                transport.abort()
            raise

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        del content_length  # which is always the whole
        await self.write(writer)


def _meaning(error: Exception) -> Exception:
    """Return what an exception means, without the request, and so the token, that it may hold."""
    for theirs, meaning in _MEANING:
        if isinstance(error, theirs):
            told = str(error)
            if isinstance(error, aiohttp.ClientConnectorError):
                told = str(error.os_error)
            elif isinstance(error, aiohttp.ClientResponseError):
                told = error.message if error.status == _NONE else f"{error.status} {error.message}"
            found = meaning(" ".join(told.split()))
            # `failure` knows by the cause that a head was no HTTP. aiohttp reads head and body in
            # one go, and tells a broken body by its words alone.
            if "chunk" not in told:
                found.__cause__ = error.__cause__
            return found
    return error
