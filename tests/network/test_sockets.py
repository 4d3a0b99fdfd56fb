"""What both modes do with sockets, and how they limit their number."""

import asyncio
import gc
import select
import socket
import sys
import threading
from typing import Any

import pytest

from certifier_client._http import sockets
from certifier_client._http.asyncio_sockets import Asyncio
from certifier_client._http.mode import Slots, clock, is_ready, new_socket, numeric
from certifier_client._http.sockets import Blocking, BlockingStream
from certifier_client.blocking import run
from support import PATIENCE, fill
from support import run as run_command

SOCKET_NUMBER_0 = """
import os, socket, sys
os.close(0)
ours, theirs = socket.socketpair()
from certifier_client._http.mode import is_ready
print(ours.fileno(), is_ready(ours), theirs.send(b"a"), is_ready(ours))
"""


def test_a_socket_may_have_any_number() -> None:
    """That of a closed standard input, too."""
    shown = run_command(sys.executable, "-c", SOCKET_NUMBER_0)
    assert shown.stdout == "0 False 1 True\n", shown.stderr


def test_a_closed_socket_is_ready() -> None:
    """Whoever reads it finds out."""
    ours, theirs = socket.socketpair()
    with theirs:
        assert not is_ready(ours)
        assert is_ready(ours, write=True)
        ours.close()
        assert is_ready(ours)


def test_a_socket_becomes_ready_while_it_is_awaited() -> None:
    """For at most some seconds, however many."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        began = clock()
        assert not is_ready(ours, 0.02)
        assert clock() - began >= 0.02
        timer = threading.Timer(0.02, theirs.send, [b"a"])
        timer.start()
        assert is_ready(ours, 1e9)
        timer.join()


class Poll:
    """Writes down the timeouts that it is given."""

    def __init__(self, timeouts: list[int]) -> None:
        """Take the list for them."""
        self._timeouts = timeouts

    def register(self, *_: object) -> None:
        """Do nothing."""

    def poll(self, timeout: int) -> list[object]:
        """Find nothing."""
        self._timeouts.append(timeout)
        return []


def test_a_wait_is_rounded_up_to_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to the longest that the system takes, which is 25 days."""
    timeouts: list[int] = []
    monkeypatch.setattr(select, "poll", lambda: Poll(timeouts))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for seconds in (0, 0.0001, 2, 2**31):
            assert not is_ready(ours, seconds)
    assert timeouts == [0, 1, 2000, 2**31 - 1]


def test_small_packets_are_sent_at_once() -> None:
    """Nagle's algorithm would delay a body by the time of an acknowledgement."""
    (address,) = numeric("127.0.0.1", 80)
    with new_socket(address) as made:
        assert made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class Holder:
    """Something that holds a slot."""


def test_a_slot_is_free_when_it_is_given_back() -> None:
    """Or when its holder is gone; giving back what one does not have changes nothing."""
    slots: Slots = Blocking().slots(2)
    first, second = Holder(), Holder()
    for holder in (first, second):
        run(slots.take(holder, clock() + PATIENCE))
    end = clock() + 0.02
    with pytest.raises(TimeoutError):
        run(slots.take(Holder(), end))
    assert clock() >= end
    slots.give_back(Holder())
    assert slots.in_use == 2
    slots.give_back(first)
    slots.give_back(first)
    assert slots.in_use == 1
    del second, holder
    gc.collect()
    assert slots.in_use == 0


def test_a_thread_waits_for_a_slot() -> None:
    """It gets that of another thread as soon as that is free."""
    slots: Slots = Blocking().slots(1)
    first, second = Holder(), Holder()
    run(slots.take(first, clock() + PATIENCE))
    timer = threading.Timer(0.02, slots.give_back, [first])
    timer.start()
    run(slots.take(second, clock() + PATIENCE))
    timer.join()
    assert slots.in_use == 1


async def test_tasks_get_slots_in_their_order() -> None:
    """One that gives up does not."""
    slots: Slots = Asyncio().slots(1)
    holders = [Holder() for _ in range(4)]
    await slots.take(holders[0], clock() + PATIENCE)
    order: list[int] = []

    async def take(number: int, seconds: float) -> None:
        await slots.take(holders[number], clock() + seconds)
        order.append(number)

    tasks = [
        asyncio.create_task(take(number, seconds))
        for number, seconds in ((1, PATIENCE), (2, 0.02), (3, PATIENCE))
    ]
    with pytest.raises(TimeoutError):
        await tasks[1]
    slots.give_back(holders[2])
    assert (slots.in_use, order) == (1, [])
    slots.give_back(holders[0])
    await tasks[0]
    assert (slots.in_use, order) == (1, [1])
    slots.give_back(holders[1])
    await tasks[2]
    slots.give_back(holders[3])
    assert (slots.in_use, order) == (0, [1, 3])


def test_a_write_stops_when_something_arrives() -> None:
    """What it left unsent is kept until it is written."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    fill(ours)
    stream = BlockingStream(ours)
    theirs.sendall(b"early")
    assert run(stream.write(b"data", clock() + PATIENCE)) == b"early"
    assert stream.unsent == b"data"
    with theirs:
        while not is_ready(ours, write=True):
            theirs.recv(2**20)
        assert run(stream.write(stream.unsent, clock() + PATIENCE)) is None
        assert stream.unsent == b""
    stream.close()


def test_a_socket_may_have_nothing_to_read_after_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may wake up a reader for nothing."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    woken: list[bool] = []

    def is_ready_or_not(*_: object, **__: object) -> bool:
        woken.append(True)
        if len(woken) == 3:
            theirs.send(b"a")
        return True

    monkeypatch.setattr(sockets, "is_ready", is_ready_or_not)
    with theirs, ours:
        assert run(BlockingStream(ours).read(clock() + PATIENCE)) == b"a"
    assert len(woken) == 3


def test_a_reset_is_reported_by_each_read() -> None:
    """The system reports it once, and then it looks like a proper end."""
    listener = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listener.getsockname())
    theirs, _ = listener.accept()
    listener.close()
    ours.settimeout(0)
    stream = BlockingStream(ours)
    assert stream.is_quiet()
    assert stream.arrived() is None
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    theirs.close()
    with pytest.raises(ConnectionResetError):
        run(stream.write(b"a", clock() + PATIENCE))
    for _ in range(2):
        with pytest.raises(ConnectionResetError):
            run(stream.read(clock() + PATIENCE))
    assert stream.arrived() == b""
    stream.close()
    assert stream.arrived() == b""


@pytest.mark.parametrize("mode", [Blocking(), Asyncio()], ids=["sync", "async"])
def test_a_connection_that_fails_leaves_no_socket(mode: Any) -> None:
    """Nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        (address,) = numeric("127.0.0.1", taken.getsockname()[1])

        async def connect() -> None:
            with pytest.raises(ConnectionRefusedError):
                await mode.connect(address, clock() + PATIENCE)

        if isinstance(mode, Asyncio):
            asyncio.run(connect())
        else:
            run(connect())
    gc.collect()  # an open socket warns


def test_a_process_is_the_owner_of_its_connections() -> None:
    """And no other."""
    mode = Blocking()
    assert not mode.is_gone(mode.owner())
    assert mode.is_gone(-1)
