"""A connection for asyncio, and how a task waits for it."""

import asyncio
import socket
from contextlib import suppress
from typing import cast

from certifier_client._http.mode import CHUNK_SIZE, clock, is_ready, received

_MOST = 4 * CHUNK_SIZE  # unread bytes after which the loop stops receiving


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


class Waiter:
    """Lets one task at a time wait until it is woken, or until a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[bool] | None = None

    async def wait(self, end: float) -> None:
        # The timers of uvloop go off up to a millisecond early.
        while (left := end - clock()) > 0:
            future = self._future = self._loop.create_future()
            timer = self._loop.call_later(left, self.wake, False)  # noqa: FBT003
            try:
                if await future:
                    return
            finally:
                timer.cancel()
                self._future = None
        raise TimeoutError

    def wake(self, in_time: bool = True) -> None:  # noqa: FBT001, FBT002 - a callback
        if self._future and not self._future.done():
            self._future.set_result(in_time)


class AsyncioStream(asyncio.Protocol):
    """A transport of the event loop, and its socket.

    A transport that fails to write drops the bytes that the kernel has received, and an idle one
    sees new bytes only after the loop has run. So the socket is checked as well.
    """

    unsent: bytes | memoryview = b""  # the transport has it

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
        """Take over a connected, non-blocking socket, once there is a transport for it."""
        self._loop = loop
        self._socket = connection
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self._ended = self._full = self._paused = self._lost = False
        self._error: OSError | None = None
        self._waiter = Waiter(loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not a subclass
        self._transport.set_write_buffer_limits(0)

    def data_received(self, data: bytes) -> None:
        """Keep the bytes for the next read."""
        self._data += data
        if len(self._data) > _MOST and self._transport and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._waiter.wake()

    def eof_received(self) -> bool:
        """Record that the peer has closed its side; ours is closed with the connection."""
        self._ended = True
        self._waiter.wake()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Read what the kernel had received before the connection failed."""
        while len(self._data) <= _MOST and (data := received(self._socket)):
            self._data += data
        self._ended = self._lost = True
        self._full = False
        self._error = exc if isinstance(exc, OSError) else None
        self._waiter.wake()

    def pause_writing(self) -> None:
        """Record that the kernel's buffer is full."""
        self._full = True

    def resume_writing(self) -> None:
        """Record that the kernel has accepted everything."""
        self._full = False
        self._waiter.wake()

    async def write(self, data: bytes | memoryview, end: float) -> bytes | None:
        """Write all; or stop when the peer sends something, and return that."""
        if self._error:
            raise self._error
        if self._transport:
            self._transport.write(data)
        # A transport that failed to write reports it in the next iteration of the loop.
        while self._full or (self._is_closing() and not self._lost):
            if self._data or self._ended:
                return self._taken()
            await self._waiter.wait(end)
        return None

    async def read(self, end: float) -> bytes:
        """Return the next bytes."""
        # The loop receives before it checks its timers, so bytes may arrive after the end.
        if clock() >= end:
            raise TimeoutError
        while not (self._data or self._ended):
            await self._waiter.wait(end)
        if self._error and not self._data:
            raise self._error
        return self._taken()

    def _is_closing(self) -> bool:
        return self._transport is not None and self._transport.is_closing()

    def _taken(self) -> bytes:
        data, self._data = self._data, b""
        if self._paused and self._transport:
            self._paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        return data

    def arrived(self) -> bytes | None:
        """Return what has already arrived."""
        if self._data or self._ended:
            return self._taken()
        return received(self._socket)

    def is_quiet(self) -> bool:
        """Return whether nothing has arrived."""
        return not (self._data or self._ended or is_ready(self._socket))

    def close(self) -> None:
        """Close it at once, or let its own loop do so."""
        if self._loop.is_closed() or not self._transport:
            self._socket.close()
        elif _is_running(self._loop):
            self._transport.abort()
        else:
            with suppress(RuntimeError):  # the loop has been closed
                self._loop.call_soon_threadsafe(self._transport.abort)
