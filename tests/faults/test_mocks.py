"""Whoever replaces httpx's transports sees this client's requests, and no network does."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
import vcr
from pytest_httpx import HTTPXMock

from certifier_client import AsyncCertifier, Certifier
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults.fault import CANARY, KINDS
from faults.server import serving


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listen where the client would connect to, and fail when it has."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


def update(kind: Any, url: str) -> str:
    """Update a template with a client of either kind, and return the name in the response."""
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


@pytest.mark.parametrize("kind", KINDS)
def test_pytest_httpx_answers(kind: Any, listener: socket.socket, httpx_mock: HTTPXMock) -> None:
    """Its fixture is all that a test needs."""
    httpx_mock.add_response(json=TEMPLATE)
    assert update(kind, url_of(listener)) == TEMPLATE["name"]
    (request,) = httpx_mock.get_requests()
    assert request.method == "PATCH"


@pytest.mark.parametrize("kind", KINDS)
def test_respx_answers(kind: Any, listener: socket.socket) -> None:
    """With its default, which replaces the pools of httpcore."""
    with respx.mock() as mock:
        route = mock.patch(url__startswith=url_of(listener))
        route.return_value = httpx.Response(200, json=TEMPLATE)
        assert update(kind, url_of(listener)) == TEMPLATE["name"]
        assert route.called


@pytest.mark.parametrize("kind", KINDS)
def test_vcrpy_plays_what_it_recorded(kind: Any, tmp_path: Path) -> None:
    """The second time, the server is no longer there."""
    cassette = str(tmp_path / "cassette.yaml")
    with serving([]) as server, vcr.use_cassette(cassette):
        recorded = update(kind, server.url)
        assert len(server.requests) == 1
    with vcr.use_cassette(cassette, record_mode="none") as played:
        assert update(kind, server.url) == recorded
        assert played.play_count == 1
