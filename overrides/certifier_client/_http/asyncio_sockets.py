"""The primitives for asyncio."""

import asyncio
import inspect
import socket
from collections import deque
from collections.abc import Callable, Hashable
from contextlib import suppress
from weakref import WeakSet

from certifier_client._http.asyncio_stream import AsyncioStream, Waiter
from certifier_client._http.mode import Address, Slots, addresses, clock, new_socket, numeric
from certifier_client.errors import InputError


class _AsyncioSlots:
    """Slots that are handed over in the order in which they were requested."""

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self._number = number
        self._loop = loop
        self._holders: WeakSet[object] = WeakSet()
        self._waiting: deque[tuple[object, Waiter]] = deque()

    async def take(self, holder: object, end: float) -> None:
        """Wait for a free slot."""
        if len(self._holders) < self._number:
            self._holders.add(holder)
            return
        waiter = Waiter(self._loop)
        asked = (holder, waiter)
        self._waiting.append(asked)
        try:
            await waiter.wait(end)
        finally:
            with suppress(ValueError):
                self._waiting.remove(asked)

    def give_back(self, holder: object) -> None:
        """Free the holder's slot, if it has one, and hand it over."""
        if holder not in self._holders:
            return
        self._holders.discard(holder)
        if self._waiting:
            following, waiter = self._waiting.popleft()
            self._holders.add(following)
            waiter.wake()

    @property
    def in_use(self) -> int:
        """How many slots are in use."""
        return len(self._holders)


class Asyncio:
    """The mode of asyncio. Each event loop has its own connections."""

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
        """Create slots for the running event loop."""
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
        """Call a function of the user, in a thread unless it is async."""
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        result = await asyncio.to_thread(function, *args)
        return await result if inspect.isawaitable(result) else result
