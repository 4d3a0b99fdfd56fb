"""The options of a client, and copies with other options."""

import asyncio
import contextlib
import copy
import pickle
import re
import ssl
from typing import Any

import httpx
import pytest

from certifier_client import (
    AsyncCertifier,
    Certifier,
    ClosedError,
    InputError,
    NotFoundError,
    Options,
    TlsError,
    UnauthorizedError,
    __version__,
)
from certifier_sandbox import PREMIUM_TOKEN, SECOND_TOKEN, TEMPLATE_ID, Sandbox, create_app
from documented import VERSION
from faults.fault import CA, certificate
from faults.fault_server import serving
from support import Update


def headers(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return the headers of each request to the API so far."""
    return [dict(request.headers) for request in sandbox.requests]


def test_each_option_reaches_the_request(sandbox: Sandbox, update: Update) -> None:
    """Version, extra headers and a base URL with a path are sent; a header may replace ours."""
    options = {
        "base_url": f"{sandbox.url}/proxied/",
        "version": "2030-01-01",
        "headers": {"X-Source": "catalogue", "user-agent": "mine/1"},
    }
    with pytest.raises(Exception, match="404"):
        update(options=options)
    (request,) = sandbox.requests
    sent = dict(request.headers)
    assert request.path == f"/proxied/v1/groups/{TEMPLATE_ID}"
    assert sent["certifier-version"] == "2030-01-01"
    assert sent["x-source"] == "catalogue"
    assert sent["user-agent"] == "mine/1"


def test_each_header_is_written_as_its_standard_spells_it(update: Update) -> None:
    """Servers ignore the case of header names, but people read them."""
    sent: list[bytes] = []

    def note(request: httpx.Request) -> httpx.Response:
        sent.extend(name for name, _ in request.headers.raw)
        return httpx.Response(404)

    options = {"access_token": "a", "transport": httpx.MockTransport(note)}
    with pytest.raises(NotFoundError):
        update(options=options)
    assert set(sent) == {
        b"Accept",
        b"Accept-Encoding",
        b"Authorization",
        b"Certifier-Version",
        b"Content-Length",
        b"Content-Type",
        b"Host",
        b"User-Agent",
    }


def test_only_the_path_v1_is_rejected(update: Update) -> None:
    """Only /v1, which each path begins with, is rejected."""
    transport = httpx.MockTransport(lambda _: httpx.Response(404))
    options = {"access_token": "a", "base_url": "https://a.org/v1X", "transport": transport}
    with pytest.raises(NotFoundError, match=r"https://a\.org/v1X/v1/groups/"):
        update(options=options)


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("http_client", "use transport"),
        ("max_retries", "use retry=RetryPolicy(attempts=…)"),
        ("verify", "use ssl_context"),
        ("token", "use access_token"),
        ("colour", "the options are access_token, base_url, "),
    ],
)
def test_an_option_name_of_another_client_is_rejected_with_ours(name: str, use: str) -> None:
    """The message names our option."""
    options: Any = {name: "a"}
    for make in (Certifier, AsyncCertifier, Certifier(access_token="a").with_options):
        with pytest.raises(InputError, match=f"^there is no option {name}: {re.escape(use)}") as it:
            make(**options)
        assert it.value.argument == name


@pytest.mark.parametrize("name", ["proxy", "ssl_context", "transport", "trust_env"])
def test_a_copy_cannot_change_what_connections_depend_on(name: str) -> None:
    """A copy shares the connections of the original."""
    options: Any = {name: None}
    with pytest.raises(InputError, match=f"^{name} cannot be changed in a copy") as raised:
        Certifier(access_token="a").with_options(**options)
    assert raised.value.argument == name


def test_a_callable_token_is_called_for_each_call_and_again_after_a_401(
    sandbox: Sandbox, update: Update
) -> None:
    """The second call follows at once, and the request is only repeated with a new token."""
    tokens = iter(["expired", PREMIUM_TOKEN, "expired", "wrong", "expired", "expired"])
    options: Options = {"access_token": lambda: next(tokens)}
    update(options=options)
    for _ in range(2):
        with pytest.raises(UnauthorizedError):
            update(options=options)
    assert [request.status for request in sandbox.requests] == [401, 200, 401, 401, 401]


async def test_an_async_callable_is_awaited(sandbox: Sandbox) -> None:
    """AsyncCertifier awaits it; Certifier rejects it and names AsyncCertifier."""

    async def token() -> str:
        await asyncio.sleep(0)
        return sandbox.token

    async with AsyncCertifier(access_token=token) as client:
        await client.credential_templates.update(TEMPLATE_ID)
    with (
        Certifier(access_token=token) as certifier,
        pytest.raises(InputError) as raised,
    ):
        certifier.credential_templates.update(TEMPLATE_ID)
    assert str(raised.value) == (
        "the function access_token or the rate_limiter is async: use AsyncCertifier, or pass one "
        "that is not async"
    )


def test_an_application_names_itself(sandbox: Sandbox, update: Update) -> None:
    """Its name follows the client's in the User-Agent header."""
    sent: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["user-agent"])
        return httpx.Response(404)

    for application in ("course-sync/1.4", "course-sync"):
        with pytest.raises(NotFoundError):
            update(options={"application": application, "transport": httpx.MockTransport(note)})
    assert sent == [f"certifier-client/{__version__} course-sync{end}" for end in ("/1.4", "")]
    for wrong in ("", "two words", "a/b/c", "a\n", 5):
        with pytest.raises(InputError, match=r"^application is "):
            update(options={"application": wrong})


def test_a_custom_ssl_context_is_used(update: Update) -> None:
    """It verifies certificates, and anything that is not an SSL context is rejected."""
    ours = ssl.create_default_context(cadata=CA.cert_pem.bytes().decode())
    with serving([], tls=certificate()) as server:
        options: Any = {"access_token": "a", "base_url": server.url}
        assert update(options={**options, "ssl_context": ours})[0].id == TEMPLATE_ID
        with pytest.raises(TlsError):
            update(options=options)
    for wrong in (False, "ca.pem"):
        with pytest.raises(InputError, match=r"^ssl_context is .*: pass an ssl.SSLContext"):
            update(options={**options, "ssl_context": wrong})


def test_a_copy_has_other_options_and_leaves_the_first_unchanged(sandbox: Sandbox) -> None:
    """Its other options are those of the first, and neither client sees the other's changes."""
    with Certifier(headers={"X-A": "1"}) as first:
        second = first.with_options(headers={"X-B": "2"}, version="2021-01-01")
        first.credential_templates.update(TEMPLATE_ID)
        with pytest.raises(Exception, match="invalid_version"):
            second.credential_templates.update(TEMPLATE_ID)
        first.credential_templates.update(TEMPLATE_ID)
    seen = [(h.get("x-a"), h.get("x-b"), h["certifier-version"]) for h in headers(sandbox)]
    assert seen == [
        ("1", None, VERSION),
        (None, "2", "2021-01-01"),
        ("1", None, VERSION),
    ]


class CountingTransport(httpx.HTTPTransport):
    """A real transport that counts how often it is closed."""

    closed = 0

    def close(self) -> None:
        """Count, and close."""
        self.closed += 1
        super().close()


def test_a_copy_shares_the_pool_and_does_not_close_it(sandbox: Sandbox) -> None:
    """Only closing the original closes the connections; after that, neither can be used."""
    transport = CountingTransport()
    first = Certifier(transport=transport)
    with first.with_options(timeout=5) as second:
        second.credential_templates.update(TEMPLATE_ID)
    second.close()
    first.credential_templates.update(TEMPLATE_ID)
    assert transport.closed == 0
    assert len(transport._pool.connections) == 1
    first.close()
    first.close()
    assert transport.closed == 1
    for client in (first, second):
        with pytest.raises(ClosedError, match="create a new one"):
            client.credential_templates.update(TEMPLATE_ID)


async def test_a_copy_of_an_async_client_does_not_close_the_pool(
    sandbox: Sandbox,
) -> None:
    """Closing a copy leaves the pool open; closing the client closes its copies too."""
    first = AsyncCertifier()
    async with first.with_options(timeout=5) as second:
        await second.credential_templates.update(TEMPLATE_ID)
    await first.credential_templates.update(TEMPLATE_ID)
    await first.aclose()
    for client in (first, second):
        with pytest.raises(ClosedError):
            await client.credential_templates.update(TEMPLATE_ID)


async def test_any_httpx_transport_can_be_used() -> None:
    """Here it is httpx's ASGI transport, with the sandbox in process."""
    app = create_app()
    transport = httpx.ASGITransport(app)
    options: dict[str, Any] = {"access_token": PREMIUM_TOKEN, "base_url": "http://localhost"}
    async with AsyncCertifier(transport=transport, **options) as certifier:
        assert (await certifier.groups.update(TEMPLATE_ID, name="In process")).name == "In process"
        other = certifier.with_options(access_token=SECOND_TOKEN)
        with pytest.raises(Exception, match="404 not_found"):
            await other.groups.update(TEMPLATE_ID)
    app.close()


def test_the_timeouts_are_the_documented_ones(sandbox: Sandbox) -> None:
    """They limit connecting, writing, reading and waiting for the pool."""
    limits: list[Any] = []

    class Watched(httpx.HTTPTransport):
        """A real transport that records the timeouts of each request."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            """Record, and send."""
            limits.append(request.extensions["timeout"])
            return super().handle_request(request)

    with Certifier(transport=Watched()) as certifier:
        certifier.groups.update(TEMPLATE_ID)
        certifier.with_options(timeout=7).groups.update(TEMPLATE_ID)
    assert limits == [
        {"connect": 5, "read": 30, "write": 10, "pool": 10},
        {"connect": 7, "read": 7, "write": 7, "pool": 7},
    ]


def test_a_connection_is_reused(sandbox: Sandbox) -> None:
    """Every response, even an error, is read completely, so one connection is enough."""
    transport = CountingTransport()
    with Certifier(transport=transport) as certifier:
        for template_id in (TEMPLATE_ID, "unknown", TEMPLATE_ID):
            with contextlib.suppress(NotFoundError):
                certifier.groups.update(template_id)
            (connection,) = transport._pool.connections
            assert connection.is_idle()


def test_a_client_whose_options_were_rejected_can_be_printed() -> None:
    """Error reporters print the local variables of a traceback."""
    assert repr(object.__new__(Certifier)) == "Certifier()"


@pytest.mark.parametrize(
    ("kind", "wanted"), [(Certifier, "BaseTransport"), (AsyncCertifier, "AsyncBaseTransport")]
)
def test_a_transport_for_the_other_client_is_rejected(kind: Any, wanted: str) -> None:
    """The constructor rejects it, instead of the first call."""
    other: Any = httpx.AsyncHTTPTransport() if kind is Certifier else httpx.HTTPTransport()
    wrong: list[Any] = [other, "http://proxy"]
    for transport in wrong:
        given = type(transport).__name__
        with pytest.raises(InputError, match=f"^transport is a {given}: pass an httpx.{wanted}$"):
            kind(access_token="a", transport=transport)


def test_an_access_token_callable_must_return_a_string(sandbox: Sandbox, update: Update) -> None:
    """The error names the type that it returned."""

    class Coroutine:
        """The result of calling a coroutine function."""

    with pytest.raises(InputError, match="returned a Coroutine instead of a string"):
        update(options={"access_token": Coroutine})


@pytest.mark.parametrize("kind", [Certifier, AsyncCertifier])
def test_no_repr_of_a_client_shows_the_token(kind: Any) -> None:
    """Neither does the repr of an attribute, nor do headers, and a client cannot be pickled."""
    client = kind(access_token="cfp_canary", headers={"X-Key": "canary"})
    printed = [repr(client), str(client), repr(vars(client)), repr(client.groups)]
    assert "canary" not in "".join(printed)
    for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=f"^{kind.__name__} cannot be .*: use with_options$"):
            duplicate(client)
    with pytest.raises(TypeError, match=r"^a client's settings cannot be pickled or copied"):
        pickle.dumps(client.groups)
