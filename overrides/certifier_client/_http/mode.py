"""The primitives that each mode, blocking and asyncio, provides; all other code is written once.

In blocking mode, coroutines never suspend. An ``end`` is a time on the monotonic clock; after it, a
primitive raises TimeoutError. Other failures are an OSError.
"""

import functools
import math
import select
import socket
import time
from collections.abc import Callable, Hashable
from typing import Any, Protocol

# The real monotonic clock, even if a test has replaced time.monotonic() by a frozen one.
clock = (
    functools.partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    if hasattr(time, "clock_gettime")
    else time.monotonic
)

CHUNK_SIZE = 64 * 1024  # bytes that are written or read at once
_MOST = 2**31 - 1  # milliseconds that poll() takes

# Family, type, protocol and address, as socket.getaddrinfo() returns them.
Address = tuple[int, int, int, Any]


class Stream(Protocol):
    """The bytes of a connection, both ways. One task or thread uses it at a time."""

    unsent: bytes | memoryview
    """What ``write`` left unwritten when something arrived; to be written next."""

    async def write(self, data: bytes | memoryview, end: float) -> bytes | None:
        """Write all; or stop when the peer sends something, and return it (b"" if it closed)."""
        ...

    async def read(self, end: float) -> bytes:
        """Return the next bytes; b"" if the peer has closed."""
        ...

    def arrived(self) -> bytes | None:
        """Return what has already arrived (b"" if the peer has closed), or None if nothing has."""
        ...

    def is_quiet(self) -> bool:
        """Return whether the connection is open and nothing at all has arrived on it."""
        ...

    def close(self) -> None:
        """Close the connection at once, from any thread."""
        ...


class Slots(Protocol):
    """A limited number of slots.

    Any object can hold one. Its slot is freed when the object is garbage-collected, so an interrupt
    between two instructions cannot lose a slot.
    """

    async def take(self, holder: object, end: float) -> None:
        """Wait for a free slot."""
        ...

    def give_back(self, holder: object) -> None:
        """Free the holder's slot, if it has one."""
        ...

    @property
    def in_use(self) -> int:
        """How many slots are in use."""
        ...


class Mode(Protocol):
    """The primitives."""

    def owner(self) -> Hashable:
        """Return the owner of new connections: the process, or the running event loop."""
        ...

    def is_gone(self, owner: Hashable) -> bool:
        """Return whether an owner's connections are unusable."""
        ...

    def slots(self, number: int) -> Slots:
        """Create slots for the current owner."""
        ...

    async def resolve(self, host: str, port: int, end: float) -> list[Address]:
        """Return the addresses of a host."""
        ...

    async def connect(self, address: Address, end: float) -> Stream:
        """Open a connection; on failure or cancellation, no socket stays open."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    async def call(self, function: Callable[..., object], *args: object) -> object:
        """Call a function of the user, sync or async, without blocking the event loop."""
        ...


def until(timeout: float | None, end: float) -> float:
    """Return when a phase must end: by its own timeout (None for none) and by the deadline."""
    return end if timeout is None else min(end, clock() + timeout)


def new_socket(address: Address) -> socket.socket:
    """Return a socket for an address, without Nagle's delay."""
    made = socket.socket(*address[:3])
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        made.close()
        raise
    return made


def numeric(host: str, port: int) -> list[Address]:
    """Return the address if the host is an IP address, which needs no name resolution."""
    try:
        return addresses(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        )
    except (OSError, UnicodeError):
        return []


def addresses(found: list[tuple[Any, ...]]) -> list[Address]:
    """Convert the result of getaddrinfo()."""
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]


def is_ready(connection: socket.socket, seconds: float = 0, *, write: bool = False) -> bool:
    """Wait until a socket can be read (or, with ``write``, written); return whether it can."""
    if connection.fileno() < 0:  # closed here: let the read report it
        return True
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(connection, select.POLLIN | select.POLLOUT if write else select.POLLIN)
        return bool(poll.poll(min(math.ceil(seconds * 1000), _MOST)))
    return any(select.select([connection], [connection] if write else [], [], seconds))


def received(connection: socket.socket) -> bytes | None:
    """Return what a non-blocking socket has received (b"" if closed), or None for nothing."""
    try:
        return connection.recv(CHUNK_SIZE)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:  # reset, or closed here
        return b""
