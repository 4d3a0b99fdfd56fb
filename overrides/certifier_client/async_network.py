"""Sockets that keep to the deadline of a call, for asyncio."""

import asyncio
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import cast

import httpcore

from certifier_client.network import PIECE, time_left

_closing: set[asyncio.Future[None]] = set()  # a loop alone would forget them


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Makes one connection for AsyncConnections."""

    def __init__(self) -> None:
        self._backend = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self._stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect within the deadline."""
        left = time_left(timeout, httpcore.ConnectTimeout)
        connecting = asyncio.ensure_future(
            self._backend.connect_tcp(host, port, left, local_address, socket_options)
        )
        try:
            self._stream = stream = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # anyio, when it is cancelled just as it has connected, loses the socket. So it is left
            # to connect, or to reach its limit, and what it connected is closed then.
            connecting.add_done_callback(_close)
            raise
        return _AsyncStream(stream)

    async def aclose(self) -> None:
        """Do what ``Backend.close`` does."""
        if self._stream:
            await self._stream.aclose()


def _close(connecting: asyncio.Task[httpcore.AsyncNetworkStream]) -> None:
    if not connecting.cancelled() and not connecting.exception():
        closing = asyncio.ensure_future(connecting.result().aclose())
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._unsent = b""
        self.aclose = stream.aclose  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            with suppress(httpcore.WriteError):
                await self._send(timeout)
        return await self._stream.read(max_bytes, time_left(timeout, httpcore.ReadTimeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._unsent += buffer
        if len(self._unsent) > PIECE:
            await self._send(timeout)

    async def _send(self, timeout: float | None) -> None:
        unsent, self._unsent = self._unsent, b""
        await self._stream.write(unsent, time_left(timeout, httpcore.WriteTimeout))

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            left = time_left(timeout, httpcore.ConnectTimeout)
            return _AsyncStream(await self._stream.start_tls(ssl_context, server_hostname, left))
        except BaseException:
            # httpcore leaves the socket open when a task is cancelled here.
            await self._stream.aclose()
            raise
