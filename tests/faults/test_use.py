"""A client shared by threads, tasks, processes and event loops, and a closed one."""

import asyncio
import copy
import gc
import logging
import multiprocessing
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partialmethod
from pathlib import Path
from typing import Any

import httpx
import pytest

from certifier_client import (
    AsyncCertifier,
    Certifier,
    CertifierError,
    ClosedError,
    PoolTimeoutError,
    TimedOutError,
    TlsError,
)
from certifier_client._http import pool
from faults import fault_server as s
from faults.fault import CANARY, FAST, KINDS, ONCE, certificate, in_use, timeout
from faults.fault_server import MAX_WAIT, FaultServer, close, error, named, read, response, serving
from support import run

# Only one attempt, because a reused connection that the server has closed does not count.
OPTIONS: dict[str, Any] = {"access_token": CANARY, "retry": ONCE}


def restless(requests: int) -> list[s.Turn]:
    """Return a server that closes connections after a response, or at the next request."""
    turns: list[s.Turn] = [
        (read, s.echo(named)),
        (read, s.echo(named), close),
        (read, s.stall(0.001), s.echo(named)),
        (read, s.close_kept, s.echo(named)),
    ]
    return random.Random(1).choices(turns, [10, 2, 5, 5], k=2 * requests)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Run a server that responds with the template that was sent."""
    with serving([(read, s.echo(named))] * 1000) as running:
        yield running


@pytest.mark.row(27)
def test_fifty_threads_share_a_client() -> None:
    """Each gets its own responses, although the server closes connections at random."""
    with serving(restless(1000)) as server, Certifier(base_url=server.url, **OPTIONS) as certifier:

        def work(thread: int) -> None:
            for number in range(10):
                name = f"{thread}.{number}"
                assert certifier.groups.update(f"id{thread}", name=name).name == name

        with ThreadPoolExecutor(50) as pool:
            assert len(list(pool.map(work, range(50)))) == 50
        assert in_use(certifier) == [0]


@pytest.mark.row(27)
async def test_two_hundred_tasks_share_a_client() -> None:
    """Each gets its own responses, although there are more tasks than connections."""
    with serving(restless(1000)) as server:
        async with AsyncCertifier(base_url=server.url, **OPTIONS) as certifier:

            async def work(task: int) -> None:
                for number in range(3):
                    name = f"{task}.{number}"
                    assert (await certifier.groups.update(f"id{task}", name=name)).name == name

            await asyncio.gather(*map(work, range(200)))
            assert in_use(certifier) == [0]


@pytest.mark.row(27)
def test_a_forked_process_has_its_own_connections(server: FaultServer) -> None:
    """The child makes a call and closes; the parent continues on its own connection."""
    with Certifier(base_url=server.url, **OPTIONS) as certifier:
        certifier.groups.update("id", name="parent")

        def child(results: Any) -> None:
            results.put(certifier.groups.update("id", name="child").name)
            certifier.close()

        context = multiprocessing.get_context("fork")
        results = context.Queue()
        process = context.Process(target=child, args=[results])
        process.start()
        assert results.get(timeout=10) == "child"
        process.join()
        assert certifier.groups.update("id", name="parent").name == "parent"
    assert server.connections == 2


@pytest.mark.row(27)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # an ended loop does not close its sockets
def test_a_second_event_loop_has_its_own_connections(
    server: FaultServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The loops run one after the other or in two threads, and nothing is logged."""
    certifier = AsyncCertifier(base_url=server.url, **OPTIONS)

    async def calls(name: str) -> set[str]:
        updates = (certifier.groups.update("id", name=name) for _ in range(20))
        return {template.name for template in await asyncio.gather(*updates)}

    assert asyncio.run(calls("a")) == {"a"}
    with ThreadPoolExecutor() as pool:
        names = list(pool.map(lambda name: asyncio.run(calls(name)), "bcde"))
    assert names == [{"b"}, {"c"}, {"d"}, {"e"}]

    async def last() -> set[str]:
        async with certifier:
            return await calls("f")

    assert asyncio.run(last()) == {"f"}
    gc.collect()  # while warnings are still filtered
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.row(27)
async def test_a_closed_client_raises(server: FaultServer) -> None:
    """It may be closed twice, or during a call, which succeeds."""
    certifier = Certifier(base_url=server.url, **OPTIONS)
    other = AsyncCertifier(base_url=server.url, **OPTIONS)
    in_flight = asyncio.ensure_future(other.groups.update("id", name="a"))
    await asyncio.sleep(0)
    for _ in range(2):
        certifier.close()
        await other.aclose()
    assert (await in_flight).name == "a"
    with pytest.raises(ClosedError):
        certifier.groups.update("id")
    with pytest.raises(ClosedError):
        await other.groups.update("id")


@pytest.mark.row(27)
def test_a_client_that_is_closed_during_a_call_keeps_no_connection() -> None:
    """The call succeeds, and its connection is closed."""
    closed = threading.Event()
    with serving([(read, s.until(closed), s.echo(named))]) as server:
        certifier = Certifier(base_url=server.url, **OPTIONS)
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(certifier.groups.update, "id", name="a")
            assert server.wait_until(lambda server: len(server.requests) == 1)
            certifier.close()
            closed.set()
            assert call.result().name == "a"
        assert server.wait_until(lambda server: not server.open)


@pytest.mark.row(27)
async def test_an_async_client_that_is_closed_during_a_call_keeps_no_connection() -> None:
    """The connection is closed while the loop still runs."""
    closed = threading.Event()
    with serving([(read, s.until(closed), s.echo(named))]) as server:
        certifier = AsyncCertifier(base_url=server.url, **OPTIONS)
        call = asyncio.ensure_future(certifier.groups.update("id", name="a"))
        assert await asyncio.to_thread(server.wait_until, lambda server: len(server.requests) == 1)
        await certifier.aclose()
        closed.set()
        assert (await call).name == "a"
        assert await asyncio.to_thread(server.wait_until, lambda server: not server.open)


@pytest.mark.row(27)
@pytest.mark.parametrize("ending", ["", "del certifier", "import gc; del certifier; gc.collect()"])
def test_a_client_that_is_never_closed_leaves_no_trace(server: FaultServer, ending: str) -> None:
    """The process succeeds without output, even with all warnings enabled."""
    code = f"""
from certifier_client import Certifier
certifier = Certifier(base_url={server.url!r}, access_token="a")
certifier.groups.update("id", name="a")
{ending}
"""
    ended = run(sys.executable, "-X", "dev", "-W", "error", "-c", code)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.row(7)
@pytest.mark.parametrize("kind", KINDS)
def test_a_client_whose_connections_are_all_in_use_raises(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It raises after the pool timeout, without a retry, and nothing is sent."""
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    failed = threading.Event()
    with serving([(read, s.until(failed), s.echo(named))]) as server:
        certifier = kind(base_url=server.url, timeout=timeout(pool=0.05), **OPTIONS)
        outcomes = at_once(certifier, 2, failed)
        (error,) = [outcome for outcome in outcomes if isinstance(outcome, PoolTimeoutError)]
        assert len(server.requests) == 1
        assert (error.attempts, error.may_have_been_applied) == (1, False)
        assert "make fewer calls at a time" in str(error)


def at_once(certifier: Any, calls: int, failed: threading.Event) -> list[object]:
    """Make concurrent calls with either client, and return how each ended.

    Args:
        certifier: the client, which is closed afterwards.
        calls: the number of calls.
        failed: set when one of the calls has failed.

    """

    async def one_async() -> object:
        try:
            return await certifier.groups.update("id", name="a")
        except CertifierError as error:
            failed.set()
            return error

    async def gather() -> list[object]:
        async with certifier:
            return list(await asyncio.gather(*(one_async() for _ in range(calls))))

    def one(_: int) -> object:
        try:
            return certifier.groups.update("id", name="a")
        except CertifierError as error:
            failed.set()
            return error

    if isinstance(certifier, AsyncCertifier):
        return asyncio.run(gather())
    with ThreadPoolExecutor(calls) as pool, certifier:
        return list(pool.map(one, range(calls)))


@pytest.mark.row(8)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("observed", [False, True], ids=["itself", "through httpx"])
def test_a_tunnel_of_a_proxy_is_used_again(
    kind: Any, ca_file: Path, monkeypatch: pytest.MonkeyPatch, *, observed: bool
) -> None:
    """TLS ends at the server: only the proxy gets its password, and it never gets the token."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    if observed:
        observe(monkeypatch)
    with serving([(read, s.echo(named))] * 2, tls=certificate()) as api:
        connected = b"HTTP/1.1 200 Connected\r\n\r\n"
        with serving([(read, s.send(connected), s.tunnel(api.port))]) as proxy:
            url = f"http://user:password@127.0.0.1:{proxy.port}"
            certifier = kind(base_url=api.url, proxy=url, **OPTIONS)
            assert [template.name for template in one_by_one(certifier, "ab")] == ["a", "b"]
        (request,) = proxy.requests
    assert request.startswith(f"CONNECT localhost:{api.port} HTTP/1.1".encode())
    assert b"Proxy-Authorization: Basic " in request
    assert CANARY.encode() not in request
    assert api.connections == 1
    assert not any(b"Proxy-Authorization" in request for request in api.requests)


def observe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrap the transports of httpx, like a tool that traces requests."""
    for transport, name in (
        (httpx.HTTPTransport, "handle_request"),
        (httpx.AsyncHTTPTransport, "handle_async_request"),
    ):
        monkeypatch.setattr(transport, name, partialmethod(getattr(transport, name)))


@pytest.mark.row(51)
@pytest.mark.parametrize("kind", KINDS)
def test_a_tool_that_observes_httpx_does_not_weaken_tls(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server with an untrusted certificate gets no request, whoever makes the connection."""
    observe(monkeypatch)
    with serving([], tls=certificate()) as server, pytest.raises(TlsError):
        one_by_one(kind(base_url=server.url, **OPTIONS), "a")
    assert server.requests == []


def one_by_one(certifier: Any, names: str) -> list[Any]:
    """Make a call with either client for each name, and return the results."""

    async def calls() -> list[Any]:
        async with certifier:
            return [await certifier.groups.update("id", name=name) for name in names]

    if isinstance(certifier, AsyncCertifier):
        return asyncio.run(calls())
    with certifier:
        return [certifier.groups.update("id", name=name) for name in names]


@pytest.mark.row(28)
@pytest.mark.parametrize(
    "turn",
    [
        (read, s.send(error(429, [("Retry-After", "50")]))),
        (read, s.stall(50)),
        (read, s.send(response()[:50]), s.stall(50)),
    ],
    ids=["between attempts", "before the response", "within the response"],
)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_ctrl_c_ends_a_call_at_once(turn: s.Turn, kind: str) -> None:
    """The caller gets KeyboardInterrupt without delay."""
    code = {
        "sync": "certifier_client.Certifier(**options).groups.update('id')",
        "async": "asyncio.run(certifier_client.AsyncCertifier(**options).groups.update('id'))",
    }[kind]
    with serving([turn]) as server:
        options: dict[str, Any] = {"access_token": CANARY, "base_url": server.url}
        code = f"import asyncio, certifier_client\noptions = {options}\n{code}"
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        assert server.wait_until(lambda server: len(server.requests) == 1)
        while not sleeps(process.pid):
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=MAX_WAIT)  # far less than the wait
    assert "\nKeyboardInterrupt\n" in said
    assert process.returncode == -signal.SIGINT


def sleeps(process: int) -> bool:
    """Return whether a process is waiting."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.mark.row(29)
@pytest.mark.parametrize("kind", KINDS)
def test_results_can_be_copied_but_clients_cannot(kind: Any) -> None:
    """Templates and errors survive pickling and copying; a client says why it cannot."""
    with serving([(read, s.echo(named)), (read, s.send(error(404)))]) as server:
        certifiers = [kind(base_url=server.url, **OPTIONS) for _ in range(2)]
        ended = threading.Event()
        template, failed = (at_once(certifier, 1, ended)[0] for certifier in certifiers)
        for again in (copy.deepcopy, pickled):
            assert again(template) == template
            assert again(failed).__dict__ == failed.__dict__
            with pytest.raises(TypeError, match="cannot be copied or pickled"):
                again(certifiers[0])


def pickled(value: Any) -> Any:
    """Return a pickled and unpickled copy."""
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - ours


@pytest.mark.row(31)
@pytest.mark.parametrize("kind", KINDS)
def test_a_jump_of_the_wall_clock_changes_nothing(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline of a minute does not pass when the wall clock jumps by years."""
    leaping = iter(range(10**9, 10**15, 10**8))
    monkeypatch.setattr(time, "time", lambda: float(next(leaping)))
    options: dict[str, Any] = {**OPTIONS, "retry": FAST, "deadline": 60}
    failing = (read, s.send(error(503)))
    with serving([failing, failing, (read, s.echo(named))]) as server:
        (template,) = one_by_one(kind(base_url=server.url, **options), "a")
        assert template.name == "a"
        assert len(server.requests) == 3


@pytest.mark.row(31)
@pytest.mark.parametrize("kind", KINDS)
def test_a_frozen_wall_clock_does_not_hang_a_call(
    kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline is measured on the monotonic clock."""
    monkeypatch.setattr(time, "time", lambda: 1e9)
    options: dict[str, Any] = {**OPTIONS, "deadline": 0.05}
    with serving([(s.stall(MAX_WAIT),)]) as server, pytest.raises(TimedOutError):
        one_by_one(kind(base_url=server.url, **options), "a")
