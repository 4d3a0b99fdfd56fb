"""The client accepts transports of httpx2, the successor of httpx."""

import asyncio
import sys
from typing import Any

import httpx2
import pytest

from certifier_client import AsyncCertifier, Certifier, CertifierError, TlsError, TransportError
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault import KINDS, ONCE, certificate
from faults.fault_server import close, read, response, send, serving
from support import run

HTTP2 = {Certifier: httpx2.HTTPTransport, AsyncCertifier: httpx2.AsyncHTTPTransport}


def ended(kind: Any, url: str, transport: Any) -> Any:
    """Return the result of a call with either client, or its exception."""
    options = {"access_token": "a", "base_url": url, "transport": transport, "retry": ONCE}

    async def call() -> Any:
        async with AsyncCertifier(**options) as certifier:
            return await certifier.credential_templates.update(TEMPLATE_ID)

    try:
        if kind is AsyncCertifier:
            return asyncio.run(call())
        with Certifier(**options) as certifier:
            return certifier.credential_templates.update(TEMPLATE_ID)
    except CertifierError as error:
        return error


@pytest.mark.parametrize("kind", KINDS)
def test_requests_go_through_a_transport_of_httpx2(kind: Any) -> None:
    """The transport may be a mock or have real connections."""
    mock = httpx2.MockTransport(lambda _: httpx2.Response(200, json=TEMPLATE))
    assert ended(kind, "http://localhost", mock).id == TEMPLATE_ID
    with serving([]) as server:
        assert ended(kind, server.url, HTTP2[kind]()).id == TEMPLATE_ID


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("turn", "ambiguous"),
    [
        ((read, close), True),
        ((read, send(response()[:-5]), close), True),
        ((read, send(b"SSH-2.0\r\n\r\n"), s.close), True),
    ],
    ids=["no response", "a part of one", "not HTTP"],
)
def test_exceptions_of_httpx2_become_transport_errors(
    kind: Any,
    turn: s.Turn,
    ambiguous: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """The errors say whether the request may have been applied."""
    with serving([turn]) as server:
        error = ended(kind, server.url, HTTP2[kind]())
    assert type(error) is TransportError
    assert error.may_have_been_applied is ambiguous


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_sent_to_an_untrusted_or_unreachable_server(kind: Any) -> None:
    """A TLS error has its own class, and both say that nothing was applied."""
    with serving([], tls=certificate()) as server:
        untrusted = ended(kind, server.url, HTTP2[kind]())
    unreached = ended(kind, server.url, HTTP2[kind]())
    assert [type(untrusted), type(unreached)] == [TlsError, TransportError]
    assert not untrusted.may_have_been_applied
    assert not unreached.may_have_been_applied


def test_a_program_may_alias_httpx_to_httpx2() -> None:
    """The client works after alias_httpx(), with its own connections and with transports."""
    with serving([]) as server:
        code = (
            "import httpx2; httpx2.alias_httpx()\n"
            "import httpx; from certifier_client import Certifier\n"
            "for transport in (None, httpx.HTTPTransport()):\n"
            f"    options = {{'base_url': {server.url!r}, 'access_token': 'a'}}\n"
            "    with Certifier(**options, transport=transport) as certifier:\n"
            f"        print(certifier.credential_templates.update({TEMPLATE_ID!r}).id)"
        )
        assert run(sys.executable, "-c", code).stdout.split() == [TEMPLATE_ID] * 2
