"""Requests that go through httpx, because a test or a tool has replaced a method of it."""

import asyncio
import ssl
from typing import Any

import httpx
import pytest

from certifier_client._http.asyncio_sockets import Asyncio
from certifier_client._http.message import MAX_BODY, Origin, RawResponse
from certifier_client._http.mode import clock
from certifier_client._http.proxy import Routes
from certifier_client._http.seam import Seam
from certifier_client._http.sockets import Blocking
from certifier_client.blocking import run
from network.test_httpx_transport import Stream
from support import PATIENCE, REQUEST

PLAIN, ENCRYPTED = (Origin(scheme, "far.example", None) for scheme in ("http", "https"))
HALF = b"x" * (MAX_BODY // 2)


class Replaced:
    """Seams of both clients whose transports have a replaced method."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the methods."""
        seen = self.seen = list[Any]()
        self.bodies: list[Stream] = []

        def respond(self: Any, request: httpx.Request) -> httpx.Response:
            seen.append(self._pool)
            return httpx.Response(200, stream=body(), request=request)

        async def respond_async(self: Any, request: httpx.Request) -> httpx.Response:
            return respond(self, request)

        def body() -> Stream:
            self.bodies.append(Stream(HALF, HALF, HALF, AssertionError("read on")))
            return self.bodies[-1]

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", respond)
        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", respond_async)

    def send(self, routes: Routes, *origins: Origin) -> list[Any]:
        """Send requests with either client, and return the pools of httpx that they went to."""
        self.seen.clear()

        async def send(seam: Seam) -> None:
            assert seam.is_open()
            for origin in origins:
                url = f"{origin.scheme}://{origin.host}/"
                request = REQUEST._replace(url=url, origin=origin)
                response = await seam.send(request, clock() + PATIENCE, fresh=False)
                assert response == RawResponse(200, [], HALF * 2)
            await seam.close()

        run(send(Seam(Blocking(), routes, is_async=False)))
        asyncio.run(send(Seam(Asyncio(), routes, is_async=True)))
        assert all(body.is_closed for body in self.bodies)
        return self.seen


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """Replace the methods of httpx's transports."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Replaced(monkeypatch)


def test_a_seam_is_open_while_a_method_of_httpx_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a function of another module, or by something else."""
    routes = Routes(None, trust_env=False)
    sync, other = (Seam(Blocking(), routes, is_async=is_async) for is_async in (False, True))
    for name, method, seam in (
        ("HTTPTransport", "handle_request", sync),
        ("Client", "send", sync),
        ("Client", "_transport_for_url", sync),
        ("AsyncHTTPTransport", "handle_async_request", other),
        ("AsyncClient", "send", other),
        ("AsyncClient", "_transport_for_url", other),
    ):
        for replacement in (lambda: None, bool):
            assert not seam.is_open()
            with monkeypatch.context() as patch:
                patch.setattr(getattr(httpx, name), method, replacement)
                assert seam.is_open()
                assert not (other if seam is sync else sync).is_open()


def test_certificates_are_verified_as_without_a_seam(replaced: Replaced) -> None:
    """With the client's own context, which only https needs."""
    own = ssl.create_default_context()
    pools = replaced.send(Routes(None, trust_env=False, context=own), ENCRYPTED, PLAIN)
    of_https = [pools[0], pools[2]]
    assert [pool._ssl_context for pool in of_https] == [own, own]
    assert own not in [pool._ssl_context for pool in (pools[1], pools[3])]


def test_the_environment_is_read_as_without_a_seam(
    replaced: Replaced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its proxies may change, and count only if it is trusted."""
    trusting, careful = (Routes(None, trust_env=trust_env) for trust_env in (True, False))
    own = Routes("http://own.example:1", trust_env=False)

    def kinds(routes: Routes) -> set[str]:
        return {type(pool).__name__ for pool in replaced.send(routes, PLAIN)}

    assert kinds(trusting) == {"ConnectionPool", "AsyncConnectionPool"}
    assert kinds(own) == {"HTTPProxy", "AsyncHTTPProxy"}
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:1")
    assert kinds(trusting) == {"HTTPProxy", "AsyncHTTPProxy"}
    assert kinds(careful) == {"ConnectionPool", "AsyncConnectionPool"}
    monkeypatch.setenv("SSL_CERT_FILE", "nowhere")  # which http does not need
    assert kinds(trusting) == {"HTTPProxy", "AsyncHTTPProxy"}


def test_a_proxy_may_change_between_two_requests(
    replaced: Replaced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has its own transport, which is used again."""
    seam = Seam(Blocking(), Routes(None, trust_env=True), is_async=False)
    request = REQUEST._replace(url="http://far.example/", origin=PLAIN)

    def send() -> None:
        run(seam.send(request, clock() + PATIENCE, fresh=False))

    send()
    send()
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:1")
    send()
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:2")
    send()
    first, second, *others = replaced.seen
    assert first is second
    assert len({first, *others}) == 3
    run(seam.close())
