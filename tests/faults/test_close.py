"""A client that is closed by several threads or tasks, from another loop, or after a fork."""

import asyncio
import gc
import itertools
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from certifier_client import AsyncCertifier, Certifier, ClosedError, CredentialTemplate
from certifier_client._http.asyncio_sockets import Asyncio
from certifier_client._http.sockets import Blocking
from certifier_client.blocking import run
from faults import fault_server as s
from faults.fault import CANARY, FAST, KINDS, certificate, in_use
from faults.fault_server import MAX_WAIT, FaultServer, Turn, named, read, serving

OPTIONS: dict[str, Any] = {"access_token": CANARY, "retry": FAST}
OWN: Turn = (read, s.echo(named))
THREADS = 8


@pytest.fixture(params=[False, True], ids=["plain", "TLS"])
def server(
    request: pytest.FixtureRequest, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultServer]:
    """Run a server that responds with the template that was sent."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    with serving([], tls=certificate() if request.param else None) as running:
        running.calm(OWN)
        yield running


def at_once(*functions: Callable[[], object]) -> list[object]:
    """Run functions in threads that start together, and return their results."""
    barrier = threading.Barrier(len(functions))

    def one(function: Callable[[], object]) -> object:
        barrier.wait(MAX_WAIT)
        return function()

    with ThreadPoolExecutor(len(functions)) as executor:
        return [future.result() for future in [executor.submit(one, f) for f in functions]]


@pytest.mark.row(35)
def test_two_threads_close_a_client_while_others_call(server: FaultServer) -> None:
    """Each call succeeds or raises ClosedError, and no connection is left open."""
    certifier = Certifier(base_url=server.url, **OPTIONS)
    enough = threading.Event()

    def call() -> None:
        for number in itertools.count():
            name = f"{threading.get_ident()}.{number}"
            try:
                assert certifier.groups.update("id1", name=name).name == name
            except ClosedError:
                return
            if number == 3:
                enough.set()

    def close() -> None:
        assert enough.wait(MAX_WAIT)
        certifier.close()

    at_once(close, close, *[call] * THREADS)
    assert in_use(certifier) == [0]
    assert server.wait_until(lambda server: not server.open)


@pytest.mark.row(35)
@pytest.mark.parametrize(("kind", "mode"), [(Certifier, Blocking), (AsyncCertifier, Asyncio)])
def test_a_client_is_closed_as_its_first_call_begins(
    kind: Any, mode: Any, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another thread closes it before there is a connection, and the call leaves none open."""
    certifier = kind(base_url=server.url, **OPTIONS)
    slots = mode.slots

    def closing(self: Any, number: int) -> Any:
        run(certifier._caller.sender.close())
        return slots(self, number)

    monkeypatch.setattr(mode, "slots", closing)
    if kind is Certifier:
        certifier.groups.update("id1", name="a")
    else:

        async def call() -> None:
            await certifier.groups.update("id1", name="a")
            assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)

        asyncio.run(call())
    assert len(server.requests) == 1
    assert server.wait_until(lambda server: not server.open)


@pytest.mark.row(35)
def test_idle_connections_are_closed_once_by_many_threads(server: FaultServer) -> None:
    """All threads close at the same time, and none raises."""
    certifier = Certifier(base_url=server.url, **OPTIONS)
    at_once(*[lambda: certifier.groups.update("id1", name="a")] * THREADS)
    at_once(*[certifier.close] * THREADS)
    assert server.wait_until(lambda server: not server.open)


@pytest.mark.row(35)
async def test_two_tasks_close_a_client_while_others_call(server: FaultServer) -> None:
    """Each call succeeds or raises ClosedError, and no connection is left open."""
    certifier = AsyncCertifier(base_url=server.url, **OPTIONS)
    called = asyncio.Semaphore(0)

    async def call(name: str) -> None:
        while True:
            try:
                assert (await certifier.groups.update("id1", name=name)).name == name
            except ClosedError:
                return
            called.release()

    async def close() -> None:
        for _ in range(THREADS):
            await called.acquire()
        await certifier.aclose()

    async with asyncio.timeout(MAX_WAIT):
        await asyncio.gather(close(), close(), *(call(f"{number}") for number in range(THREADS)))
    assert in_use(certifier) == [0]
    assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)


@pytest.mark.row(35)
def test_an_async_client_is_closed_from_another_loop_while_its_own_runs(
    server: FaultServer,
) -> None:
    """The calls of its loop succeed or raise ClosedError, and leave no connection open."""
    certifier = AsyncCertifier(base_url=server.url, **OPTIONS)
    called = threading.Semaphore(0)

    async def calls(name: str) -> None:
        with suppress(ClosedError):
            while True:
                assert (await certifier.groups.update("id1", name=name)).name == name
                called.release()

    async def several() -> None:
        await asyncio.gather(*(calls(f"{number}") for number in range(THREADS)))
        assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)

    def close() -> None:
        for _ in range(3 * THREADS):
            assert called.acquire(timeout=MAX_WAIT)
        asyncio.run(certifier.aclose())

    at_once(lambda: asyncio.run(asyncio.wait_for(several(), MAX_WAIT)), close)
    assert in_use(certifier) == [0]
    assert server.wait_until(lambda server: not server.open)


@pytest.mark.row(35)
def test_idle_connections_of_a_loop_that_runs_are_closed_from_another(
    server: FaultServer,
) -> None:
    """Their own loop closes them."""
    certifier = AsyncCertifier(base_url=server.url, **OPTIONS)
    idle = threading.Event()

    async def call() -> None:
        await certifier.groups.update("id1", name="a")
        idle.set()
        assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)

    def close() -> None:
        assert idle.wait(MAX_WAIT)
        asyncio.run(certifier.aclose())

    at_once(lambda: asyncio.run(call()), close)


@pytest.mark.row(35)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # an ended loop does not close its sockets
def test_an_async_client_is_closed_after_its_loop_has_ended(server: FaultServer) -> None:
    """From another loop, idle connections are closed, and nothing is raised."""
    certifier = AsyncCertifier(base_url=server.url, **OPTIONS)

    async def call() -> CredentialTemplate:
        return await certifier.groups.update("id1", name="a")

    assert asyncio.run(call()).name == "a"
    asyncio.run(certifier.aclose())
    assert server.wait_until(lambda server: not server.open)
    gc.collect()  # while warnings are still filtered


@pytest.mark.row(27)
@pytest.mark.parametrize("kind", KINDS)
def test_a_process_is_forked_during_a_call(kind: Any) -> None:
    """The child makes its own calls and closes; the parent's call and the next one succeed."""
    release = threading.Event()
    with serving([(read, s.until(release), s.echo(named))]) as server:
        server.calm_later(OWN)
        certifier = kind(base_url=server.url, **OPTIONS)
        calls: Any = call_sync if kind is Certifier else call_async

        def child(results: Any) -> None:
            results.put(calls(certifier, "child", close=True))

        context = multiprocessing.get_context("fork")
        results = context.Queue()
        with ThreadPoolExecutor(1) as executor:
            parent = executor.submit(calls, certifier, "parent", close=False)
            assert server.wait_until(lambda server: len(server.requests) == 1)
            process = context.Process(target=child, args=[results])
            process.start()
            assert results.get(timeout=MAX_WAIT) == ["child"] * 2
            process.join(MAX_WAIT)
            release.set()
            assert parent.result(MAX_WAIT) == ["parent"] * 2
        assert calls(certifier, "after", close=True) == ["after"] * 2


def call_sync(certifier: Certifier, name: str, *, close: bool) -> list[str]:
    """Make two calls, and then close the client if asked to."""
    names = [certifier.groups.update("id1", name=name).name for _ in range(2)]
    if close:
        certifier.close()
    return names


def call_async(certifier: AsyncCertifier, name: str, *, close: bool) -> list[str]:
    """Make two calls on a new loop, and close its connections."""

    async def calls() -> list[str]:
        names = [(await certifier.groups.update("id1", name=name)).name for _ in range(2)]
        transport: Any = certifier._caller.sender._transport
        transport._owned[asyncio.get_running_loop()].close()
        if close:
            await certifier.aclose()
        await asyncio.sleep(0)
        return names

    return asyncio.run(calls())
