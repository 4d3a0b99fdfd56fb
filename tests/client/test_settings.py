"""What a client is told, and the copies with other options."""

import contextlib
import copy
import pickle
from typing import Any

import httpx
import pytest

from certifier_client import (
    AsyncCertifier,
    Certifier,
    ClosedError,
    InputError,
    NotFoundError,
    UnauthorizedError,
)
from certifier_sandbox import PREMIUM_TOKEN, SECOND_TOKEN, TEMPLATE_ID, Sandbox, create_app
from documented import VERSION
from support import Update


def headers(sandbox: Sandbox) -> list[dict[str, str]]:
    """Return the headers of each request to the API so far."""
    return [dict(request.headers) for request in sandbox.requests]


def test_each_option_reaches_the_request(sandbox: Sandbox, update: Update) -> None:
    """Version, further headers and a base URL with a path are sent; a header may replace ours."""
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
    """Names are compared without regard to case, but people read them."""
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


def test_a_base_url_may_end_in_almost_v1(update: Update) -> None:
    """Only /v1 itself, with which each path begins, is refused."""
    transport = httpx.MockTransport(lambda _: httpx.Response(404))
    options = {"access_token": "a", "base_url": "https://a.org/v1X", "transport": transport}
    with pytest.raises(NotFoundError, match=r"https://a\.org/v1X/v1/groups/"):
        update(options=options)


def test_unknown_options_and_fields_are_named(update: Update) -> None:
    """All of them, sorted, and then those that there are."""
    unknown: Any = {"token": "a", "retries": 3}
    with pytest.raises(InputError, match=r"^unknown option retries, token: there are access_"):
        Certifier(**unknown)
    with pytest.raises(InputError, match=r"^unknown field designs, title: there are name, "):
        update(options={"access_token": "a"}, title="a", designs=[])


def test_a_callable_token_is_asked_at_each_call(sandbox: Sandbox) -> None:
    """A token that rotates is used from the next call on."""
    tokens = iter([PREMIUM_TOKEN, "expired", PREMIUM_TOKEN])
    with Certifier(access_token=lambda: next(tokens)) as certifier:
        certifier.credential_templates.update(TEMPLATE_ID)
        with pytest.raises(UnauthorizedError):
            certifier.credential_templates.update(TEMPLATE_ID)
        certifier.credential_templates.update(TEMPLATE_ID)
    assert [request.status for request in sandbox.requests] == [200, 401, 200]


def test_what_a_callable_token_raises_reaches_the_caller(sandbox: Sandbox, update: Update) -> None:
    """Unchanged: it is the caller's own code."""

    def fail() -> str:
        raise KeyError("vault")

    with pytest.raises(KeyError, match="vault"):
        update(options={"access_token": fail})


def test_a_copy_has_other_options_and_leaves_the_first_alone(sandbox: Sandbox) -> None:
    """What is not changed stays; neither client sees the other's options."""
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
    """A real transport that counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        """Count, and close."""
        self.closed += 1
        super().close()


def test_a_copy_shares_the_pool_and_does_not_close_it(sandbox: Sandbox) -> None:
    """The first client alone closes the connections; afterwards neither can be used."""
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
        with pytest.raises(ClosedError, match="make a new one"):
            client.credential_templates.update(TEMPLATE_ID)


async def test_the_async_twin_shares_and_closes_likewise(sandbox: Sandbox) -> None:
    """A closed copy leaves the pool open; a closed client is closed for its copies too."""
    first = AsyncCertifier()
    async with first.with_options(timeout=5) as second:
        await second.credential_templates.update(TEMPLATE_ID)
    await first.credential_templates.update(TEMPLATE_ID)
    await first.aclose()
    for client in (first, second):
        with pytest.raises(ClosedError):
            await client.credential_templates.update(TEMPLATE_ID)


async def test_any_httpx_transport_can_be_plugged_in() -> None:
    """The sandbox in process, through httpx's ASGI transport."""
    app = create_app()
    transport = httpx.ASGITransport(app)
    options: dict[str, Any] = {"access_token": PREMIUM_TOKEN, "base_url": "http://localhost"}
    async with AsyncCertifier(transport=transport, **options) as certifier:
        assert (await certifier.groups.update(TEMPLATE_ID, name="In process")).name == "In process"
        other = certifier.with_options(access_token=SECOND_TOKEN)
        with pytest.raises(Exception, match="404 not_found"):
            await other.groups.update(TEMPLATE_ID)
    app.close()


def test_the_limits_in_time_are_the_documented_ones(sandbox: Sandbox) -> None:
    """Seconds to connect, to write, between the bytes of an answer, and to wait for the pool."""
    limits: list[Any] = []

    class Watched(httpx.HTTPTransport):
        """A real transport that notes the limits of each request."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            """Note, and send."""
            limits.append(request.extensions["timeout"])
            return super().handle_request(request)

    with Certifier(transport=Watched()) as certifier:
        certifier.groups.update(TEMPLATE_ID)
        certifier.with_options(timeout=7).groups.update(TEMPLATE_ID)
    assert limits == [
        {"connect": 5, "read": 30, "write": 10, "pool": 10},
        {"connect": 7, "read": 7, "write": 7, "pool": 7},
    ]


def test_a_connection_is_used_again(sandbox: Sandbox) -> None:
    """Each answer is read and closed, an error's too, so that one connection serves many calls."""
    transport = CountingTransport()
    with Certifier(transport=transport) as certifier:
        for template_id in (TEMPLATE_ID, "unknown", TEMPLATE_ID):
            with contextlib.suppress(NotFoundError):
                certifier.groups.update(template_id)
            (connection,) = transport._pool.connections
            assert connection.is_idle()


def test_a_client_whose_options_were_refused_can_be_printed() -> None:
    """A reporter that prints the locals of a traceback gets past it."""
    assert repr(object.__new__(Certifier)) == "Certifier()"


@pytest.mark.parametrize("kind", [Certifier, AsyncCertifier])
def test_a_transport_of_the_other_kind_is_refused(kind: Any) -> None:
    """When the client is made, not at its first call."""
    other: Any = httpx.AsyncHTTPTransport() if kind is Certifier else httpx.HTTPTransport()
    wrong: list[Any] = [other, "http://proxy"]
    for transport in wrong:
        with pytest.raises(InputError, match=r"transport is .*: pass a httpx"):
            kind(access_token="a", transport=transport)


def test_a_callable_that_returns_no_string_is_refused_by_name(
    sandbox: Sandbox, update: Update
) -> None:
    """The error says what the callable returned."""

    class Coroutine:
        """What calling a coroutine function gives."""

    with pytest.raises(InputError, match="returned a Coroutine instead of a string"):
        update(options={"access_token": Coroutine})


@pytest.mark.parametrize("kind", [Certifier, AsyncCertifier])
def test_the_token_is_in_nothing_that_prints_a_client(kind: Any) -> None:
    """Neither a repr nor an attribute's repr shows it or a further header; a pickle is refused."""
    client = kind(access_token="cfp_canary", headers={"X-Key": "canary"})
    printed = [repr(client), str(client), repr(vars(client)), repr(client.groups)]
    assert "canary" not in "".join(printed)
    for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=f"^{kind.__name__} cannot be .*: use with_options or"):
            duplicate(client)
    with pytest.raises(TypeError, match=r"^the settings of a client cannot be pickled or copied"):
        pickle.dumps(client.groups)
