"""A client and its caller's code: arguments, exceptions, types, imports."""

import asyncio
import inspect
import sys
import typing
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

import certifier_client
from certifier_client import AsyncCertifier, Certifier, ClosedError, InputError, Retry
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults import fault_server as s
from faults.fault import CANARY, FAST, KINDS
from faults.fault_server import error, read, send, serving
from support import run


def made(certifier: Any, **fields: Any) -> Any:
    """Make a call with either client, and return the result; the async client is closed."""

    async def call() -> Any:
        async with certifier:
            return await certifier.credential_templates.update(TEMPLATE_ID, **fields)

    if isinstance(certifier, AsyncCertifier):
        return asyncio.run(call())
    return certifier.credential_templates.update(TEMPLATE_ID, **fields)


@pytest.mark.row(46)
def test_arguments_are_read_when_they_are_passed() -> None:
    """Later changes by the caller, before it awaits or after it yields, have no effect."""
    designs = ["a"]
    with serving([(read, send(s.response(200, TEMPLATE)))] * 3) as server:

        async def call() -> None:
            async with AsyncCertifier(access_token=CANARY, base_url=server.url) as certifier:
                update = certifier.credential_templates.update(TEMPLATE_ID, design_ids=designs)
                designs.append("b")
                await update

        asyncio.run(call())

        def changes() -> Iterator[Any]:
            reused: dict[str, Any] = {"id": TEMPLATE_ID, "design_ids": []}
            for name in "cd":
                reused["design_ids"][:] = [name]
                yield reused

        with Certifier(access_token=CANARY, base_url=server.url) as certifier:
            list(certifier.credential_templates.update_many(changes(), workers=1))
        bodies = [request.rpartition(b"\r\n\r\n")[2] for request in server.requests]
    assert bodies == [b'{"designIds":["%b"]}' % name for name in (b"a", b"c", b"d")]


class OwnError(Exception):
    """An exception of the caller's own code."""


def fail(*_: object) -> Any:
    """Raise an exception of the caller's own code."""
    raise OwnError


def handler(request: httpx.Request) -> httpx.Response:
    """Fail, like a mock that does not expect the request."""
    raise AssertionError(request.url)


def outage(_: httpx.Request) -> httpx.Response:
    """Respond like a service that is down."""
    return httpx.Response(503)


@pytest.mark.row(47)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "raised"),
    [
        ({"transport": httpx.MockTransport(fail)}, OwnError),
        ({"transport": httpx.MockTransport(handler)}, AssertionError),
        ({"on_retry": fail, "transport": httpx.MockTransport(outage)}, OwnError),
        ({"access_token": fail}, OwnError),
    ],
    ids=["a transport", "an assertion", "on_retry", "access_token"],
)
def test_an_exception_of_the_callers_code_reaches_the_caller(
    kind: Any, options: Any, raised: type[Exception]
) -> None:
    """It is unchanged, and there is only one attempt."""
    certifier = kind(**{"access_token": CANARY, "base_url": "http://localhost", **options})
    with pytest.raises(raised) as caught:
        made(certifier)
    assert type(caught.value) is raised


@pytest.mark.row(47)
@pytest.mark.parametrize("kind", KINDS)
def test_on_retry_gets_an_error_with_its_history(kind: Any) -> None:
    """The error has the number of attempts and the elapsed time."""
    retries: list[Retry] = []
    with serving([(read, send(error(503)))] * 2) as server:
        options: Any = {"access_token": CANARY, "base_url": server.url, "retry": FAST}
        made(kind(on_retry=retries.append, **options))
    assert [retry.error.attempts for retry in retries] == [1, 2]
    assert all(retry.error.elapsed > 0 for retry in retries)


WITHOUT_LOOP = (
    r"^AsyncCertifier was used without asyncio's event loop: run it with asyncio\.run\(\); "
    r"trio and other event loops are not supported$"
)


@pytest.mark.row(47)
def test_a_call_without_asyncio_raises_a_clear_error() -> None:
    """Under trio, or without an event loop, it raises one clear error and sends nothing."""
    with serving([]) as server:
        certifier = AsyncCertifier(access_token=CANARY, base_url=server.url)
        call = certifier.credential_templates.update(TEMPLATE_ID)
        with pytest.raises(InputError, match=WITHOUT_LOOP):
            call.send(None)
        assert server.connections == 0


@pytest.mark.row(49)
def test_a_copy_leaves_the_connections_of_the_first_open() -> None:
    """This holds for a copy in a `with` block and without one."""
    with serving([]) as server:
        certifier = Certifier(access_token=CANARY, base_url=server.url)
        with certifier.with_options(deadline=5) as copy:
            made(copy)
        made(certifier)
        assert server.connections == 1
        certifier.close()
        with pytest.raises(ClosedError):
            made(copy)


def public() -> Iterator[Any]:
    """Yield every public class and function, and the public methods of the classes."""
    for name in certifier_client.__all__:
        found = getattr(certifier_client, name)
        if callable(found):
            yield found
        if inspect.isclass(found):
            methods = inspect.getmembers(found, inspect.isfunction)
            yield from (method for name, method in methods if not name.startswith("_"))


@pytest.mark.row(49)
@pytest.mark.parametrize("what", [*public()], ids=lambda what: what.__qualname__)
def test_type_hints_can_be_read(what: Any) -> None:
    """Validators and dependency injection read them."""
    typing.get_type_hints(what)


@pytest.mark.row(49)
@pytest.mark.parametrize(
    ("name", "unused"),
    [
        ("Certifier", ["asyncio", "httpcore", "anyio", "sqlite3", "certifier_client.bulk"]),
        ("CertifierError", ["asyncio", "certifier_client._http", "certifier_client.client"]),
        ("AsyncCertifier", ["httpcore", "anyio", "sqlite3", "certifier_client.bulk"]),
        ("RetryPolicy", ["asyncio", "sqlite3", "certifier_client.client"]),
    ],
)
def test_an_import_loads_only_what_it_needs(name: str, unused: list[str]) -> None:
    """For example, a synchronous program does not import asyncio."""
    code = f"import sys; from certifier_client import {name}; print(*sys.modules)"
    imported = run(sys.executable, "-c", code).stdout.split()
    assert "certifier_client.errors" in imported
    assert set(unused).isdisjoint(imported)


@pytest.mark.row(49)
def test_a_synchronous_call_imports_no_asyncio() -> None:
    """Neither the import of the client nor a call, over TLS or not, imports it."""
    with serving([]) as server:
        code = (
            "import sys; from certifier_client import Certifier\n"
            f"with Certifier(base_url={server.url!r}, access_token='a') as certifier:\n"
            f"    certifier.credential_templates.update({TEMPLATE_ID!r})\n"
            "print('asyncio' in sys.modules)"
        )
        assert run(sys.executable, "-c", code).stdout == "False\n"
