"""The primitives for asyncio."""

import asyncio
import inspect
import socket
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import cast
from weakref import WeakSet

from certifier_client._http.mode import (
    CHUNK_SIZE,
    Address,
    Slots,
    addresses,
    clock,
    new_socket,
    numeric,
    received,
)
from certifier_client.errors import InputError

_MOST = 4 * CHUNK_SIZE  # bytes that wait to be read before the loop stops receiving


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


class _Waiter:
    """One wait of one task at a time, until it is woken or its time has passed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[bool] | None = None

    async def wait(self, end: float) -> None:
        is_awake = False
        while not is_awake:  # the timers of uvloop go off up to a millisecond early
            left = end - clock()
            if left <= 0:
                raise TimeoutError
            future = self._future = self._loop.create_future()
            timer = self._loop.call_later(left, self.wake, False)  # noqa: FBT003
            try:
                is_awake = await future
            finally:
                timer.cancel()
                self._future = None

    def wake(self, in_time: bool = True) -> None:  # noqa: FBT001, FBT002 - a callback
        if self._future and not self._future.done():
            self._future.set_result(in_time)


class AsyncioStream(asyncio.Protocol):
    """A transport of the event loop, and the socket below it.

    A transport that fails to write forgets what the kernel has received, and one that is idle
    knows what has arrived only after the loop has run: so the socket itself is asked as well.
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
        self._waiter = _Waiter(loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._transport.set_write_buffer_limits(0)

    def data_received(self, data: bytes) -> None:
        """Keep the bytes for the next read."""
        self._data = self._data + data if self._data else data
        if len(self._data) > _MOST and self._transport and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._waiter.wake()

    def eof_received(self) -> bool:
        """Note that the peer has closed its side; ours is closed with the connection."""
        self._ended = True
        self._waiter.wake()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Take what the kernel has received before the connection failed."""
        while len(self._data) <= _MOST and (data := received(self._socket)):
            self._data += data
        self._ended = self._lost = True
        self._full = False
        self._error = exc if isinstance(exc, OSError) else None
        self._waiter.wake()

    def pause_writing(self) -> None:
        """Note that the kernel takes no more."""
        self._full = True

    def resume_writing(self) -> None:
        """Note that the kernel has taken all."""
        self._full = False
        self._waiter.wake()

    async def write(self, data: bytes | memoryview, end: float) -> bytes | None:
        """Write all; or stop when the peer sends something, and return that."""
        if self._error:
            raise self._error
        if data and self._transport:
            self._transport.write(data)
        # A transport that failed to write says so in the next round of the loop.
        while self._full or (self._is_closing() and not self._lost):
            if self._data or self._ended:
                return self._taken()
            await self._waiter.wait(end)
        return None

    async def read(self, end: float) -> bytes:
        """Return the bytes that come next."""
        # The loop receives before it looks at its timers, so that bytes alone must not count.
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
        """Return what is there already."""
        if self._data or self._ended:
            return self._taken()
        return received(self._socket)

    def is_quiet(self) -> bool:
        """Return whether nothing has arrived."""
        return not (self._data or self._ended) and received(self._socket) is None

    def close(self) -> None:
        """Close it at once, or let the loop that it belongs to do so."""
        if self._loop.is_closed() or not self._transport:
            self._socket.close()
        elif _is_running(self._loop):
            self._transport.abort()
        else:
            with suppress(RuntimeError):  # the loop has been closed meanwhile
                self._loop.call_soon_threadsafe(self._transport.abort)


class _AsyncioSlots:
    """Places that are handed over in the order in which they were asked for."""

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self._number = number
        self._loop = loop
        self._holders: WeakSet[object] = WeakSet()
        self._waiting: deque[tuple[object, _Waiter]] = deque()

    async def take(self, holder: object, end: float) -> None:
        """Wait for a free place."""
        if len(self._holders) < self._number:
            self._holders.add(holder)
            return
        waiter = _Waiter(self._loop)
        asked = (holder, waiter)
        self._waiting.append(asked)
        try:
            await waiter.wait(end)
        finally:
            with suppress(ValueError):
                self._waiting.remove(asked)

    def give_back(self, holder: object) -> None:
        """Free the holder's place, if it has one, and hand it over."""
        if holder not in self._holders:
            return
        self._holders.discard(holder)
        if self._waiting:
            following, waiter = self._waiting.popleft()
            self._holders.add(following)
            waiter.wake()

    @property
    def in_use(self) -> int:
        """How many places are taken."""
        return len(self._holders)


class Asyncio:
    """The mode of asyncio. Each event loop has connections of its own."""

    def owner(self) -> Hashable:
        """Return the running event loop."""
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            raise InputError(
                "AsyncCertifier was used without asyncio's event loop: run it with asyncio.run(); "
                "trio and other event loops are not supported"
            ) from None

    def is_gone(self, owner: Hashable) -> bool:
        """Return whether an event loop is closed."""
        return isinstance(owner, asyncio.AbstractEventLoop) and owner.is_closed()

    def slots(self, number: int) -> Slots:
        """Make places for the running event loop."""
        return _AsyncioSlots(number, asyncio.get_running_loop())

    async def resolve(self, host: str, port: int, end: float) -> list[Address]:
        """Return the addresses of a host."""
        if found := numeric(host, port):
            return found
        async with asyncio.timeout(end - clock()):
            return addresses(
                await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )

    async def connect(self, address: Address, end: float) -> AsyncioStream:
        """Open a connection."""
        loop = asyncio.get_running_loop()
        connection = new_socket(address)
        stream = AsyncioStream(loop, connection)
        try:
            connection.settimeout(0)
            async with asyncio.timeout(end - clock()):
                await loop.sock_connect(connection, address[3])
                await loop.create_connection(lambda: stream, sock=connection)
        except BaseException:
            stream.close()
            raise
        return stream

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def call(self, function: Callable[..., object], *args: object) -> object:
        """Call a function of the user's, in a thread unless it is async."""
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        result = await asyncio.to_thread(function, *args)
        return await result if inspect.isawaitable(result) else result
