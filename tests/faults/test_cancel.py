"""A thousand cancelled calls leave the client intact."""

import asyncio
import contextlib
import random
import threading
from collections.abc import Awaitable, Callable

import pytest

from certifier_client import AsyncCertifier, CertifierError, NotFoundError
from certifier_client._http import pool
from certifier_sandbox import TEMPLATE_ID
from faults import fault_server as s
from faults.fault import CANARY, FAST, SEED, certificate
from faults.fault_server import (
    MAX_WAIT,
    FaultServer,
    Peer,
    close,
    read,
    reset,
    response,
    send,
    serving,
)
from figures import faults as measured

CALLS = 1000
MOST = 10  # connections, so that many calls wait for one
LAST = "after all others"

Call = Callable[[], Awaitable[object]]


def slow_server(calls: int) -> list[s.Turn]:
    """Return a server that is slow at each step, and sometimes closes the connection early."""
    rng = random.Random(SEED)
    data = response()
    turns: list[s.Turn] = [
        (read, s.stall(0.002), send(data)),
        (read, send(data[:50]), s.stall(0.002), send(data[50:])),
        (read, send(data)),
        (read, send(data), close),
        (read, send(data[:-9]), s.stall(0.002), close),
        (read, reset),
    ]
    return rng.choices(turns, [5, 5, 5, 1, 1, 1], k=3 * calls)


async def cancel(call: Call, calls: int) -> int:
    """Start calls, cancel each at a random time, and return how many had not ended before."""
    rng = random.Random(SEED)

    async def one(_: int) -> bool:
        task = asyncio.ensure_future(call())
        await asyncio.sleep(rng.uniform(0, 0.02))
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, CertifierError):
            await task
        return task.cancelled()

    together = asyncio.Semaphore(50)

    async def in_turn(number: int) -> bool:
        async with together:
            return await one(number)

    return sum(await asyncio.gather(*map(in_turn, range(calls))))


async def lost(server: FaultServer, update: Callable[..., Awaitable[object]]) -> int:
    """Return how many connections are missing, or open but not in the pool.

    To find them, it makes as many calls as there are connections; all responses are sent together.
    """
    seen = threading.Event()

    def in_use_by(server: FaultServer) -> int:
        return sum(LAST.encode() in request for request in server.requests)

    def hold(peer: Peer) -> None:
        if LAST.encode() in peer.request:  # the request of a cancelled call may still arrive
            seen.wait(MAX_WAIT)

    server.calm((read, hold, send(response())))
    calls = [asyncio.ensure_future(update(TEMPLATE_ID, name=LAST)) for _ in range(MOST)]
    await asyncio.to_thread(
        server.wait_until, lambda server: in_use_by(server) == MOST and server.open == MOST
    )
    missing = (MOST - in_use_by(server)) + max(0, server.open - in_use_by(server))
    seen.set()
    await asyncio.gather(*calls)
    return missing


@pytest.mark.row(28)
async def test_a_call_that_is_cancelled_within_a_handshake_leaves_no_socket() -> None:
    """The server sees the end of the connection while the loop still runs."""
    greeted = asyncio.Event()
    loop = asyncio.get_running_loop()

    def greet(peer: Peer) -> None:
        peer.socket.recv(1)
        loop.call_soon_threadsafe(greeted.set)

    with serving([(greet, s.stall(60))]) as server:
        url = f"https://localhost:{server.port}"
        async with AsyncCertifier(access_token=CANARY, base_url=url) as certifier:
            call = asyncio.ensure_future(certifier.groups.update(TEMPLATE_ID))
            await greeted.wait()
            assert server.open == 1
            call.cancel()
            await asyncio.wait([call])
            assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)


async def test_a_response_that_is_left_unread_leaves_no_task() -> None:
    """Its reader is closed with the call, not by the loop some time later."""
    with serving([(read, send(b"HTTP/1.1 404 No\r\n\r\n"), s.flood(bytes(65536)))]) as server:
        async with AsyncCertifier(access_token=CANARY, base_url=server.url) as certifier:
            with pytest.raises(NotFoundError):
                await certifier.groups.update(TEMPLATE_ID)
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.row(28)
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
async def test_cancelled_calls_lose_no_connection(
    tls: bool,  # noqa: FBT001 - pytest passes it by name
    monkeypatch: pytest.MonkeyPatch,
    ca_file: str,
) -> None:
    """Afterwards all slots are free, only idle connections are open, and the client works."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", MOST)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    calls = CALLS // 2
    with serving(slow_server(calls), tls=certificate() if tls else None) as server:
        client = AsyncCertifier(access_token=CANARY, base_url=server.url, retry=FAST)
        async with client as certifier:
            update = certifier.groups.update
            cancelled = await cancel(lambda: update(TEMPLATE_ID), calls)
            missing = await lost(server, update)
        assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)
    measured.add("cancelled_calls", calls)
    measured.add("lost_connections", missing)
    assert missing == 0
    assert cancelled > calls // 4
