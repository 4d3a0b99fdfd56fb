"""The sandbox in process and over a socket, for every test that asks for `api`."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from certifier_sandbox import RunningSandbox, SandboxApp, create_app, running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[RunningSandbox]:
    """One server for all tests; ask for `api` or `wire` to find it as new."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def transport() -> Iterator[httpx.HTTPTransport]:
    """One pool for all tests: to load the certificates of authorities takes 30 ms."""
    with httpx.HTTPTransport() as transport:
        yield transport


@pytest.fixture
def wire(sandbox: RunningSandbox, transport: httpx.HTTPTransport) -> httpx.Client:
    """Give a client over the socket, with the headers that the documentation asks for."""
    headers = _headers(sandbox.token)
    client = httpx.Client(base_url=sandbox.url, headers=headers, transport=transport)
    client.post("/_sandbox/reset").raise_for_status()
    return client


@pytest.fixture(params=["in process", "over a socket"])
def api(request: pytest.FixtureRequest, sandbox: RunningSandbox) -> httpx.Client:
    """Give the same client both ways, so that neither way can differ."""
    if request.param == "over a socket":
        client = request.getfixturevalue("wire")
        assert isinstance(client, httpx.Client)
        return client
    return httpx.Client(
        base_url="http://sandbox", headers=_headers(sandbox.token), transport=InProcess()
    )


class InProcess(httpx.BaseTransport):
    """A sandbox of its own, without a socket; each request runs in an event loop of its own."""

    def __init__(self) -> None:
        self._app: SandboxApp = create_app()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        return asyncio.run(self._handle(request))

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        answer = await httpx.ASGITransport(self._app).handle_async_request(request)
        return httpx.Response(
            answer.status_code, headers=answer.headers, content=await answer.aread()
        )


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Certifier-Version": "2022-10-26"}
