"""The sandbox in process and over a socket, for every test that requests `api`."""

from collections.abc import Iterator

import httpx
import pytest

from certifier_sandbox import Sandbox, in_process, running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One server for all tests; request `api` or `wire` to reset it."""
    with running() as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def transport() -> Iterator[httpx.HTTPTransport]:
    """One pool for all tests: loading the CA certificates takes 30 ms."""
    with httpx.HTTPTransport() as transport:
        yield transport


@pytest.fixture
def wire(sandbox: Sandbox, transport: httpx.HTTPTransport) -> httpx.Client:
    """Provide a client over the socket, with the documented headers."""
    headers = _headers(sandbox.token)
    client = httpx.Client(base_url=sandbox.url, headers=headers, transport=transport)
    client.post("/_sandbox/reset").raise_for_status()
    return client


@pytest.fixture(params=["in process", "over a socket"])
def api(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[httpx.Client]:
    """Provide the same client both ways, in process and over a socket."""
    if request.param == "over a socket":
        client = request.getfixturevalue("wire")
        assert isinstance(client, httpx.Client)
        yield client
    else:
        with in_process() as other:
            yield httpx.Client(
                base_url=other.url, headers=_headers(other.token), transport=other.transport
            )


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Certifier-Version": "2022-10-26"}
