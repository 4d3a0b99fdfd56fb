"""Tools that replace httpx's transports see this client's requests, and no network does."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import freezegun
import httpx
import pytest
import respx
import time_machine
import vcr
from pytest_httpx import HTTPXMock

from certifier_client import AsyncCertifier, Certifier, TimedOutError
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault import CANARY, FAST, KINDS
from faults.fault_server import serving


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listen where the client would connect, and fail if it connects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


def update(kind: Any, url: str) -> str:
    """Update a template with either client, and return the name in the response."""
    if kind is Certifier:
        with Certifier(access_token=CANARY, base_url=url) as certifier:
            return certifier.credential_templates.update(TEMPLATE_ID, name="a").name

    async def call() -> str:
        async with AsyncCertifier(access_token=CANARY, base_url=url) as certifier:
            return (await certifier.credential_templates.update(TEMPLATE_ID, name="a")).name

    return asyncio.run(call())


def url_of(listener: socket.socket) -> str:
    """Return the URL of a listener."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.row(51)
@pytest.mark.parametrize("kind", KINDS)
def test_pytest_httpx_responds(kind: Any, listener: socket.socket, httpx_mock: HTTPXMock) -> None:
    """Its fixture is all that a test needs."""
    httpx_mock.add_response(json=TEMPLATE)
    assert update(kind, url_of(listener)) == TEMPLATE["name"]
    (request,) = httpx_mock.get_requests()
    assert request.method == "PATCH"


@pytest.mark.row(51)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("using", ["httpcore", "httpx"])
def test_respx_responds(kind: Any, using: str, listener: socket.socket) -> None:
    """It may replace httpcore's pools, as by default, or a client's transports."""
    with respx.mock(using=using) as router:
        route = router.patch(url__startswith=url_of(listener))
        route.return_value = httpx.Response(200, json=TEMPLATE)
        assert update(kind, url_of(listener)) == TEMPLATE["name"]
        assert route.called


@pytest.mark.row(51)
@pytest.mark.parametrize("kind", KINDS)
def test_vcrpy_plays_what_it_recorded(kind: Any, tmp_path: Path) -> None:
    """The second call succeeds although the server is gone."""
    cassette = str(tmp_path / "cassette.yaml")
    with serving([]) as server, vcr.use_cassette(cassette):
        recorded = update(kind, server.url)
        assert len(server.requests) == 1
    with vcr.use_cassette(cassette, record_mode="none") as played:
        assert update(kind, server.url) == recorded
        assert played.play_count == 1


@pytest.mark.row(51)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["send", "_transport_for_url"])
def test_a_replaced_method_of_httpx_is_called(
    kind: Any, method: str, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replacement is a function or a mock; afterwards the client uses its own connections."""
    client = httpx.Client if kind is Certifier else httpx.AsyncClient
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=TEMPLATE))
    with monkeypatch.context() as patch:
        if method == "send":
            respond: Any = mock.Mock if kind is Certifier else mock.AsyncMock
            replaced = respond(return_value=httpx.Response(200, json=TEMPLATE))
            patch.setattr(client, method, replaced)
        else:
            patch.setattr(client, method, lambda *_: transport)
        assert update(kind, url_of(listener)) == TEMPLATE["name"]
    with serving([]) as server:
        update(kind, server.url)
        assert server.connections == 1


FROZEN: dict[str, Callable[[], Any]] = {
    "freezegun": lambda: freezegun.freeze_time("2020-01-01", real_asyncio=True),
    "time-machine": lambda: time_machine.travel(0, tick=False),
}


@pytest.mark.row(51)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("freeze", FROZEN)
def test_no_wait_hangs_while_a_test_freezes_time(kind: Any, freeze: str) -> None:
    """Neither a wait for a retry nor a read timeout hangs."""
    options: Any = {"access_token": CANARY, "retry": FAST, "deadline": 0.2}
    with serving([(s.read, s.send(s.error(503))), (s.read, s.stall(s.MAX_WAIT))]) as server:

        async def call() -> None:
            async with AsyncCertifier(base_url=server.url, **options) as certifier:
                await certifier.credential_templates.update(TEMPLATE_ID)

        def sync_call() -> None:
            with Certifier(base_url=server.url, **options) as certifier:
                certifier.credential_templates.update(TEMPLATE_ID)

        run: Any = sync_call if kind is Certifier else lambda: asyncio.run(call())
        with FROZEN[freeze](), pytest.raises(TimedOutError) as raised:
            run()
    assert raised.value.attempts == 2
    assert 0.2 <= raised.value.elapsed < s.MAX_WAIT
