"""A connection for asyncio, whose other end is in the test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from certifier_client._http.asyncio_stream import _MOST, AsyncioStream
from certifier_client._http.mode import clock

MOST_AT_ONCE = 256 * 1024  # bytes that asyncio receives at once
PATIENCE = 60


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[AsyncioStream, socket.socket]]:
    """Connect a stream to a socket."""
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    ours.settimeout(0)
    theirs.settimeout(0)
    stream = AsyncioStream(loop, ours)
    await loop.create_connection(lambda: stream, sock=ours)
    with theirs:
        yield stream, theirs
        stream.close()


async def eventually(holds: Callable[[], bool]) -> None:
    """Run the loop until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - nothing wakes a test
            await asyncio.sleep(0.001)


async def test_what_arrives_before_it_is_read_is_kept() -> None:
    """In order, and once."""
    async with connected() as (stream, theirs):
        assert stream.is_quiet()
        theirs.send(b"a")
        await eventually(lambda: stream._data == b"a")
        theirs.send(b"b")
        await eventually(lambda: stream._data == b"ab")
        assert not stream.is_quiet()
        assert await stream.read(clock() + PATIENCE) == b"ab"
        theirs.send(b"c")
        assert await stream.read(clock() + PATIENCE) == b"c"
        assert stream.is_quiet()


async def test_little_is_received_that_nobody_reads() -> None:
    """Reading makes room; a server cannot fill the memory."""
    async with connected() as (stream, theirs):
        total, received = 64 * _MOST, 0
        loop = asyncio.get_running_loop()
        sender = asyncio.create_task(loop.sock_sendall(theirs, bytes(total)))
        while received < total:
            await eventually(lambda: stream._paused or sender.done())
            assert len(stream._data) <= _MOST + MOST_AT_ONCE
            received += len(await stream.read(clock() + PATIENCE))
        await sender
        assert received == total


async def test_after_the_end_of_what_the_server_sends_it_still_receives() -> None:
    """It may have shut down only one side."""
    async with connected() as (stream, theirs):
        theirs.shutdown(socket.SHUT_WR)
        assert await stream.read(clock() + PATIENCE) == b""
        await stream.write(b"a", clock() + PATIENCE)
        assert await asyncio.get_running_loop().sock_recv(theirs, 1) == b"a"


async def test_what_came_before_a_connection_was_lost_is_read() -> None:
    """Then its error is raised, by a write too."""
    async with connected() as (stream, theirs):
        theirs.send(b"a")
        await eventually(lambda: stream._data == b"a")
        theirs.send(b"b")
        stream.connection_lost(ConnectionResetError("reset"))
        assert await stream.read(clock() + PATIENCE) == b"ab"
        for use in (stream.read(clock() + PATIENCE), stream.write(b"a", clock() + PATIENCE)):
            with pytest.raises(ConnectionResetError, match="reset"):
                await use
