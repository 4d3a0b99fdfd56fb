"""A connection for asyncio, whose other end is in the test."""

import asyncio
import gc
import socket
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from certifier_client._http.asyncio_stream import _MOST, AsyncioStream
from certifier_client._http.mode import clock
from support import PATIENCE, fill

MOST_AT_ONCE = 256 * 1024  # bytes that asyncio receives at once


async def stream_of(connection: socket.socket) -> AsyncioStream:
    """Return a stream of the running loop."""
    loop = asyncio.get_running_loop()
    connection.settimeout(0)
    stream = AsyncioStream(loop, connection)
    await loop.create_connection(lambda: stream, sock=connection)
    return stream


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[AsyncioStream, socket.socket]]:
    """Connect a stream to a socket."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)
    stream = await stream_of(ours)
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
            for _ in range(10):  # iterations in which the loop would receive more
                await asyncio.sleep(0)
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


async def test_what_has_arrived_is_there_at_once() -> None:
    """Whether the loop has received it, or only the kernel."""
    async with connected() as (stream, theirs):
        assert stream.arrived() is None
        theirs.send(b"a")
        assert stream.arrived() == b"a"
        theirs.send(b"b")
        await eventually(lambda: stream._data == b"b")
        assert stream.arrived() == b"b"
        assert stream.arrived() is None
        theirs.shutdown(socket.SHUT_WR)
        await eventually(lambda: stream._ended)
        assert stream.arrived() == b""
        assert not stream.is_quiet()


async def test_a_write_ends_when_the_kernel_has_everything() -> None:
    """Not a byte waits in the transport, where it would be lost with the connection."""
    async with connected() as (stream, theirs):
        fill(stream._socket)
        with pytest.raises(TimeoutError):
            await stream.write(b"b", clock() + 0.05)
        theirs.send(b"early")
        assert await stream.write(b"", clock() + PATIENCE) == b"early"
        received = b""
        async with asyncio.timeout(PATIENCE):
            while not received.endswith(b"b"):
                received = await asyncio.get_running_loop().sock_recv(theirs, _MOST)
        assert await stream.write(b"", clock() + PATIENCE) is None


async def test_a_connection_that_was_lost_without_an_error_is_at_its_end() -> None:
    """A write does nothing, even if the kernel's buffer was full."""
    async with connected() as (stream, _):
        stream.pause_writing()
        assert stream._transport
        stream._transport.abort()
        assert await stream.read(clock() + PATIENCE) == b""
        assert stream._lost
        assert await stream.write(b"a", clock() + PATIENCE) is None


async def test_an_error_of_another_kind_is_the_end_of_a_connection() -> None:
    """Only an OSError is raised."""
    async with connected() as (stream, _):
        stream.connection_lost(RuntimeError("of the loop"))
        assert await stream.read(clock() + PATIENCE) == b""
        assert await stream.write(b"a", clock() + PATIENCE) is None


async def test_a_stream_is_closed_at_once_in_its_own_loop() -> None:
    """Its transport is closing, and the server sees the end."""
    async with connected() as (stream, theirs):
        stream.close()
        assert stream._is_closing()
        assert await asyncio.get_running_loop().sock_recv(theirs, 1) == b""


class LateLoop(asyncio.SelectorEventLoop):
    """A loop that can be closed right after somebody has asked whether it is."""

    is_late = False

    def is_closed(self) -> bool:
        """Return what was so a moment ago."""
        return super().is_closed() and not self.is_late


@pytest.mark.parametrize("is_late", [False, True])
def test_the_stream_of_a_closed_loop_can_be_closed(is_late: bool) -> None:  # noqa: FBT001 - pytest
    """Whether it is closed before or during that; asyncio warns about its transport."""
    loop = LateLoop()
    ours, theirs = socket.socketpair()
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        stream = runner.run(stream_of(ours))
    with theirs, warnings.catch_warnings():
        loop.is_late = is_late
        stream.close()
        loop.is_late = False
        assert (ours.fileno() < 0) is not is_late
        ours.close()
        theirs.settimeout(PATIENCE)
        assert theirs.recv(1) == b""
        warnings.simplefilter("ignore", ResourceWarning)
        del stream
        gc.collect()


def test_another_thread_lets_the_loop_close_a_stream() -> None:
    """A transport is not thread-safe; in debug mode, the loop checks that."""
    ours, theirs = socket.socketpair()
    with theirs, asyncio.Runner(debug=True) as runner:
        stream = runner.run(stream_of(ours))
        closer = threading.Thread(target=stream.close)
        closer.start()
        closer.join()
        runner.run(eventually(lambda: stream._lost))
        assert theirs.recv(1) == b""
