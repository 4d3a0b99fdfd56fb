"""A call can be cancelled at each of its steps, and leaves the client intact."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from certifier_client import AsyncCertifier, ClosedError
from certifier_client._http import pool
from faults import fault_server as s
from faults.cases import HTTP, OWN, SOCKS, Case
from faults.fault import CANARY, in_use
from faults.fault_server import FaultServer, Turn, error, named, read, send, serving

MOST_STEPS = 1000  # far more than any call has

MOST_OF_NAME = 20  # characters of a name that are sent back


def cut(request: bytes) -> bytes:
    """Respond with the id that was sent, and the beginning of the name."""
    head, _, body = request.partition(b"\r\n\r\n")
    name = json.loads(body)["name"][:MOST_OF_NAME]
    return named(head + b"\r\n\r\n" + json.dumps({"name": name}).encode())


CUT: Turn = (read, s.echo(cut))
PIECES: Turn = (
    read,
    *(step for _ in range(3) for step in (send(b"HTTP/1.1 100 Continue\r\n\r\n"), s.stall(0.001))),
    s.echo(lambda request: cut(request)[:-9]),
    s.stall(0.001),
    s.echo(lambda request: cut(request)[-9:]),
)

Moment = Callable[[asyncio.Task[Any], Any], object]


def as_it_waits(task: asyncio.Task[Any], _: Any) -> None:
    """Cancel a task before the event that it waits for."""
    task.cancel()


def as_it_is_woken(task: asyncio.Task[Any], future: Any) -> None:
    """Cancel a task after the event that it waits for, and before it resumes."""
    if future is None:  # of sleep(0)
        task.cancel()
    else:
        future.add_done_callback(lambda _: task.cancel())


@attrs.define
class Stepped:
    """A coroutine whose task is cancelled when it waits for the nth time.

    Attributes:
        coroutine: what is run.
        step: the step at which it is cancelled, from 1.
        moment: cancels it.
        steps: the number of waits so far.
        has_waited: whether it has waited at all.

    """

    coroutine: Coroutine[Any, Any, Any]
    step: int
    moment: Moment
    steps: int = 0
    has_waited: asyncio.Event = attrs.field(factory=asyncio.Event)

    def __await__(self) -> Generator[Any, Any, Any]:
        """Run the coroutine to its end."""
        task = asyncio.current_task()
        assert task
        raised: BaseException | None = None
        while True:
            try:
                if raised is not None:
                    future = self.coroutine.throw(raised)
                else:
                    future = self.coroutine.send(None)
            except StopIteration as stop:
                return stop.value
            self.steps += 1
            self.has_waited.set()
            if self.steps == self.step:
                self.moment(task, future)
            raised = None
            try:
                yield future
            except BaseException as thrown:  # noqa: BLE001 - passed on
                raised = thrown

    async def run(self) -> Any:
        """Run the coroutine in this task."""
        return await self


CASES = {
    "a new connection": Case(),
    "a host name": Case(host="localhost"),
    "TLS": Case(host="localhost", tls=True),
    "a reused connection": Case(before=1),
    "a reused connection, TLS": Case(host="localhost", tls=True, before=1),
    "a reused connection that is closed": Case([OWN, (read, s.close)], before=1),
    "a slot": Case(blocked=True),
    "a slot, and a host name": Case(blocked=True, host="localhost"),
    "a large request": Case(turn=CUT, name="n" * 3_000_000),
    "a large request, TLS": Case(turn=CUT, name="n" * 3_000_000, host="localhost", tls=True),
    "a response in pieces": Case(turn=PIECES),
    "a response in pieces, TLS": Case(turn=PIECES, host="localhost", tls=True),
    "a retry": Case([(read, send(error(503)))]),
    "a retry after a connection that broke off": Case([(read, s.reset)]),
    "a tunnel": Case(host="localhost", tls=True, proxy=HTTP),
    "SOCKS": Case(proxy=SOCKS),
}


PARAMETERS = [
    pytest.param(case, id=name, marks=[pytest.mark.slow] if "TLS" in name and name != "TLS" else [])
    for name, case in CASES.items()
]


@asynccontextmanager
async def prepared(case: Case) -> AsyncIterator[tuple[FaultServer, AsyncCertifier]]:
    """Run the server of a case, and a client that must leave nothing open."""
    with case.served() as (server, proxy, options):
        async with AsyncCertifier(**options) as certifier:
            yield server, certifier
        for each in (server, proxy):
            assert await asyncio.to_thread(each.wait_until, lambda each: not each.open)


async def cancelled_at(case: Case, step: int, moment: Moment) -> bool:
    """Cancel a call at a step, check the client, and return whether there was such a step."""
    async with prepared(case) as (server, certifier):
        update = certifier.groups.update
        for _ in range(case.before):
            await update("id0", name="before")
        release = threading.Event()
        holder: list[asyncio.Task[Any]] = []
        if case.blocked:
            server.calm((read, s.until(release), s.echo(named)))
            holder.append(asyncio.ensure_future(update("id1", name="other")))
            assert await asyncio.to_thread(server.wait_until, lambda server: server.busy == 1)
        call = Stepped(update("id2", name=case.name), step, moment)
        task = asyncio.ensure_future(call.run())
        if case.blocked:
            await call.has_waited.wait()
        release.set()
        await asyncio.wait([task])
        for other in holder:
            assert (await other).name == "other"
        assert in_use(certifier) == [0]
        assert task.cancelled() == (call.steps >= step)
        assert task.cancelled() or task.result().name == case.name[:MOST_OF_NAME]
        assert (await update("id3", name="after")).name == "after"
        assert in_use(certifier) == [0]
        return task.cancelled()


@pytest.mark.row(35)
@pytest.mark.parametrize("moment", [as_it_waits, as_it_is_woken])
@pytest.mark.parametrize("case", PARAMETERS)
async def test_a_call_can_be_cancelled_at_each_step(
    case: Case, moment: Moment, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its slot is free, its connection is closed or intact; the next call gets its own response."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    steps = 0
    while await cancelled_at(case, steps + 1, moment):
        steps += 1
        assert steps < MOST_STEPS
    assert steps > 0


@pytest.mark.row(35)
@pytest.mark.parametrize("moment", [as_it_waits, as_it_is_woken])
@pytest.mark.parametrize("before", [0, 1], ids=["a new connection", "a reused connection"])
async def test_a_call_through_a_users_transport_can_be_cancelled_at_each_step(
    before: int, moment: Moment
) -> None:
    """It ends at once, the next call gets its own response, and closing leaves nothing open."""
    step, was_cancelled = 0, True
    while was_cancelled:
        step += 1
        transport = httpx.AsyncHTTPTransport()
        with Case(turn=PIECES).served() as (server, _, options):
            async with AsyncCertifier(transport=transport, **options) as certifier:
                for _ in range(before):
                    await certifier.groups.update("id0", name="before")
                call = Stepped(certifier.groups.update("id2", name="cancelled"), step, moment)
                task = asyncio.ensure_future(call.run())
                await asyncio.wait([task])
                was_cancelled = task.cancelled()
                assert was_cancelled == (call.steps >= step)
                assert (await certifier.groups.update("id3", name="after")).name == "after"
            assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)
    assert step > 1


async def closed_at(case: Case, step: int) -> bool:
    """Close a client at a step of its call, and return whether there was such a step."""
    async with prepared(case) as (_, certifier):
        for _ in range(case.before):
            await certifier.groups.update("id0", name="before")
        closing: list[asyncio.Task[None]] = []

        def close(*_: object) -> None:
            closing.append(asyncio.ensure_future(certifier.aclose()))

        call = Stepped(certifier.groups.update("id2", name=case.name), step, close)
        with suppress(ClosedError):
            assert (await call).name == case.name[:MOST_OF_NAME]
        await asyncio.gather(*closing)
        assert in_use(certifier) == [0]
        assert certifier._caller.sender._is_closed == (call.steps >= step)
        return call.steps >= step


@pytest.mark.row(35)
@pytest.mark.parametrize("case", PARAMETERS)
async def test_a_client_can_be_closed_at_each_step(
    case: Case, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call succeeds, unless it would have to be retried, and leaves no connection open."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    steps = 0
    while await closed_at(case, steps + 1):
        steps += 1
        assert steps < MOST_STEPS


@pytest.mark.row(35)
async def test_a_close_that_is_cancelled_can_be_repeated() -> None:
    """The next close closes whatever is still open."""
    with serving([OWN] * 9) as server:
        certifier = AsyncCertifier(access_token=CANARY, base_url=server.url)
        update = certifier.groups.update
        await asyncio.gather(*(update("id0", name="a") for _ in range(3)))
        closing = asyncio.ensure_future(certifier.aclose())
        closing.cancel()
        await asyncio.wait([closing])
        async with certifier:
            closing = asyncio.ensure_future(certifier.aclose())
            await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait([closing])
        assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)
