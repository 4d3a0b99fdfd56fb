"""The server on a socket: how `running` starts and stops, and what happens when it fails."""

import contextlib
import gc
import itertools
import logging
import socket
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from certifier_sandbox import (
    PREMIUM_TOKEN,
    TEMPLATE_ID,
    Sandbox,
    create_app,
    in_process,
    running,
)
from certifier_sandbox.server import _Loop, listen, url_of
from support import documented_errors

PATH = f"/v1/groups/{TEMPLATE_ID}"
HEADERS = {"Authorization": f"Bearer {PREMIUM_TOKEN}", "Certifier-Version": "2022-10-26"}


def test_it_runs_for_the_block_and_leaves_nothing() -> None:
    """Inside the block it serves its token; after the block, thread and port are free."""
    threads = threading.active_count()
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        with running() as sandbox:
            headers = {**HEADERS, "Authorization": f"Bearer {sandbox.token}"}
            client = httpx.Client(base_url=sandbox.url, headers=headers)
            assert client.patch(PATH, json={}).status_code == 200
        client.close()
        gc.collect()
    assert threading.active_count() == threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port or 0))


def test_it_adds_no_header_and_leaves_logging_unchanged(caplog: pytest.LogCaptureFixture) -> None:
    """There is one Date, which is the sandbox's, and no Server; uvicorn logs nothing."""
    uvicorn = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access")]

    def logging_state() -> list[object]:
        return [(log.handlers[:], log.filters[:], log.level, log.propagate) for log in uvicorn]

    before = logging_state()
    with caplog.at_level(logging.DEBUG), running() as sandbox, running():
        headers = httpx.patch(sandbox.url + PATH, json={}, headers=HEADERS).headers
    assert sorted(headers) == ["content-length", "content-type", "date"]
    assert len(headers.get_list("date")) == 1
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]
    assert logging_state() == before


def test_it_stops_while_time_is_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timers on the frozen clock would never fire."""
    with running() as sandbox, monkeypatch.context() as stopped:
        stopped.setattr(time, "monotonic", lambda: 1e9)
        assert httpx.patch(sandbox.url + PATH, json={}, headers=HEADERS).status_code == 200
        threading.Event().wait(0.3)  # ten times a second, the server checks whether to stop


def test_windows_has_another_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """There, Python has no clock_gettime(); the loop uses its own clock."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(time, "clock_gettime")
    with contextlib.closing(_Loop()) as loop, monkeypatch.context() as stopped:
        stopped.setattr(time, "monotonic", lambda: 1e9)
        assert loop.time() == 1e9


def test_it_stops_while_a_client_does_not_read() -> None:
    """The connection is aborted."""
    size = 60_000_000
    with running() as sandbox:
        sandbox.inject(status=200, text="x" * size)
        client = socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port or 0))
        client.sendall(f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert client.recv(1) == b"H"
    with client:
        assert sum(map(len, iter(lambda: client.recv(2**20), b""))) < size


def test_the_parts_of_a_response_are_not_delayed() -> None:
    """Nagle's algorithm is off at the server's end of a connection."""
    with running() as sandbox, httpx.Client(base_url=sandbox.url, headers=HEADERS) as client:
        stream = client.patch(PATH, json={}).extensions["network_stream"]
        ours = stream.get_extra_info("client_addr")
        (end,) = (
            each
            for each in gc.get_objects()
            if type(each) is socket.socket and each.fileno() >= 0 and peer(each) == ours
        )
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def peer(of: socket.socket) -> Any:
    """Return the address of a socket's peer, if it has one."""
    with contextlib.suppress(OSError):
        return of.getpeername()


@pytest.mark.parametrize(("host", "local"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])  # noqa: S104
def test_the_url_of_all_addresses_is_a_loopback_address(host: str, local: str) -> None:
    """Clients send a token unencrypted only to those."""
    with listen(host, 0) as listener:
        assert url_of(listener) == f"http://{local}:{listener.getsockname()[1]}"


@pytest.mark.parametrize("limit", [0, -1, "3", 2.5, True])
def test_an_invalid_limit_is_rejected(limit: Any) -> None:
    """Before any request is served."""
    with pytest.raises(ValueError, match="rate_limit is"):
        create_app(rate_limit=limit)
    create_app(rate_limit=1).close()


def test_it_listens_on_ipv6() -> None:
    """In the URL, the address is in brackets."""
    with listen("::1", 0) as listener:
        assert listener.family == socket.AF_INET6
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


def test_two_run_side_by_side() -> None:
    """Each has its own port and its own templates."""
    with running() as one, running() as other:
        assert one.url != other.url
        httpx.patch(one.url + PATH, json={"name": "New"}, headers=HEADERS).raise_for_status()
        response = httpx.patch(other.url + PATH, json={}, headers=HEADERS)
    assert response.json()["name"] == "Financial Markets"


def test_it_stops_while_a_connection_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is closed, and the thread of the server ends without an error."""
    raised: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    with running() as sandbox:
        client = socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port or 0))
        httpx.patch(sandbox.url + PATH, json={}, headers=HEADERS).raise_for_status()
    with client:
        assert client.recv(1) == b""
    assert not raised


def test_it_stops_when_the_block_fails() -> None:
    """The exception passes through."""
    threads = threading.active_count()
    with pytest.raises(ZeroDivisionError), running():
        raise ZeroDivisionError
    assert threading.active_count() == threads


def test_a_port_in_use_is_an_error() -> None:
    """It is an OSError, raised at once."""
    with running() as sandbox:
        again = running(port=urlsplit(sandbox.url).port or 0)
        with pytest.raises(OSError, match="in use"):
            again.__enter__()


def test_the_token_is_not_in_the_repr() -> None:
    """A sandbox in a log line or a traceback shows only its URL."""
    with running() as sandbox:
        assert sandbox.token not in repr(sandbox)


async def test_a_bug_in_the_sandbox_is_the_documented_500(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The exception is logged."""
    app = create_app()
    app.close()  # from here on, the database fails
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sandbox", headers=HEADERS
    ) as client:
        responses = [await client.patch(PATH, json={}), await client.get("/_sandbox/state")]
    (documented,) = [error for error in documented_errors() if error.status == 500]
    for response in responses:
        assert response.status_code == 500
        assert response.json()["error"] == {"code": documented.code, "message": documented.message}
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert caplog.messages == ["The sandbox failed to handle a request."] * 2
    assert caplog.text.count("\nsqlite3.ProgrammingError: ") == 2


def test_an_incomplete_request_is_ignored(
    wire: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """It leaves nothing in the log."""
    url = urlsplit(str(wire.base_url))
    with socket.create_connection((url.hostname, url.port or 0)) as client:
        client.sendall(
            f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{{}}".encode()
        )
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""  # so the server has noticed
    assert wire.get("/_sandbox/requests").json() == {"requests": []}
    assert not caplog.records


@pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`")
def test_the_test_client_of_starlette() -> None:
    """An app works with Starlette's TestClient, with and without its lifespan."""
    from starlette.testclient import TestClient  # noqa: PLC0415 it warns when it is imported

    app = create_app()
    client = TestClient(app, headers=HEADERS)
    assert client.patch(PATH, json={"name": "New"}).status_code == 200
    with client:
        assert client.patch(PATH, json={}).json()["name"] == "New"
    client.close()


def test_a_sandbox_of_a_program_has_its_file_and_its_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default, the database is in memory and there is no limit; the log begins at 1."""
    monkeypatch.chdir(tmp_path)
    for make in (running, in_process):
        with make() as sandbox:
            assert _statuses(sandbox) == [200, 200, 200]
            assert [request.number for request in sandbox.requests] == [1, 2, 3]
            assert list(tmp_path.iterdir()) == []
        with make("file.db", rate_limit=2) as sandbox:
            assert _statuses(sandbox) == [200, 200, 429]
        (tmp_path / "file.db").unlink()


def _statuses(sandbox: Sandbox) -> list[int]:
    sandbox.clock.set(sandbox.clock.now())
    options: Any = {"transport": sandbox.transport} if sandbox.transport else {}
    with httpx.Client(base_url=sandbox.url, headers=HEADERS, **options) as client:
        return [client.patch(PATH, json={}).status_code for _ in range(3)]


def test_a_sandbox_of_a_program_logs_only_what_went_wrong() -> None:
    """Its program still has all its own records."""
    logger = logging.getLogger("uvicorn.error")
    with running():
        for thread, level in itertools.product(["certifier-sandbox", "other"], [20, 30, 40]):
            record = logging.makeLogRecord({"threadName": thread, "levelno": level})
            assert bool(logger.filter(record)) is (thread == "other" or level >= logging.WARNING)
