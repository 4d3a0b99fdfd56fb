"""The primitives for threads, which block, but not beyond their end."""

import inspect
import os
import socket
import threading
import time
from collections.abc import Callable, Hashable
from weakref import WeakSet

from certifier_client._http.mode import (
    CHUNK_SIZE,
    Address,
    Slots,
    addresses,
    clock,
    is_ready,
    new_socket,
    numeric,
    received,
)

_RECHECK = 1.0  # seconds after which to look for a slot whose holder was garbage-collected


def _wait(connection: socket.socket, end: float, *, write: bool = False) -> None:
    """Wait until a socket can be read or, with ``write``, written."""
    seconds = end - clock()
    if seconds <= 0 or not is_ready(connection, seconds, write=write):
        raise TimeoutError


class BlockingStream:
    """A socket."""

    unsent: bytes | memoryview = b""

    def __init__(self, connection: socket.socket) -> None:
        """Take over a connected, non-blocking socket."""
        self._socket = connection
        self._failed: OSError | None = None
        self.close = connection.close

    async def write(self, data: bytes | memoryview, end: float) -> bytes | None:
        """Write all; or stop when the peer sends something, and return that."""
        while data:
            try:
                sent = self._socket.send(data)
            except BlockingIOError:
                _wait(self._socket, end, write=True)
                if (early := received(self._socket)) is not None:
                    self.unsent = data
                    return early
            except OSError as error:
                self._failed = error
                raise
            else:
                if sent == len(data):
                    break
                data = memoryview(data)[sent:]
        self.unsent = b""
        return None

    async def read(self, end: float) -> bytes:
        """Return the next bytes."""
        while True:
            _wait(self._socket, end)
            try:
                data = self._socket.recv(CHUNK_SIZE)
            except BlockingIOError:  # a spurious wake-up
                continue
            # The system reports a reset only once; then the connection looks properly closed.
            if self._failed and not data:
                raise self._failed
            return data

    def arrived(self) -> bytes | None:
        """Return what has already arrived."""
        return received(self._socket)

    def is_quiet(self) -> bool:
        """Return whether nothing has arrived."""
        return not is_ready(self._socket)


class _BlockingSlots:
    """A set under a lock."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._holders: WeakSet[object] = WeakSet()
        self._changed = threading.Condition()

    async def take(self, holder: object, end: float) -> None:
        """Wait for a free slot."""
        with self._changed:
            while len(self._holders) >= self._number:
                left = end - clock()
                if left <= 0:
                    raise TimeoutError
                self._changed.wait(min(left, _RECHECK))
            self._holders.add(holder)

    def give_back(self, holder: object) -> None:
        """Free the holder's slot, if it has one."""
        with self._changed:
            self._holders.discard(holder)
            self._changed.notify()

    @property
    def in_use(self) -> int:
        """How many slots are in use."""
        return len(self._holders)


class Blocking:
    """The mode of synchronous programs. A forked process has its own connections."""

    def owner(self) -> Hashable:
        """Return the process."""
        return os.getpid()

    def is_gone(self, owner: Hashable) -> bool:
        """Return whether an owner is the process that this one was forked from."""
        return owner != os.getpid()

    def slots(self, number: int) -> Slots:
        """Create slots for this process."""
        return _BlockingSlots(number)

    async def resolve(self, host: str, port: int, end: float) -> list[Address]:  # noqa: ARG002
        """Return the addresses of a host; the system's resolver only obeys its own timeout."""
        return numeric(host, port) or addresses(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )

    async def connect(self, address: Address, end: float) -> BlockingStream:
        """Open a connection."""
        connection = new_socket(address)
        try:
            # Zero would mean non-blocking: if the end has passed, time out almost at once.
            connection.settimeout(max(end - clock(), 1e-6))
            connection.connect(address[3])
            connection.settimeout(0)
        except BaseException:
            connection.close()
            raise
        return BlockingStream(connection)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)  # noqa: ASYNC251 - in this mode, everything blocks

    async def call(self, function: Callable[..., object], *args: object) -> object:
        """Call a function of the user."""
        result = function(*args)
        return await result if inspect.isawaitable(result) else result
