"""The transport that needs no socket fails as a network does."""

import asyncio
import threading
import time
from typing import Any

import httpx
import pytest

from certifier_sandbox import TEMPLATE_ID, Sandbox, in_process

PATH = f"/v1/groups/{TEMPLATE_ID}"


def failure(sandbox: Sandbox, *, is_async: bool, timeout: float) -> httpx.RequestError:
    """Return the exception of a request."""
    options: Any = {"base_url": sandbox.url, "transport": sandbox.transport, "timeout": timeout}

    async def request() -> None:
        async with httpx.AsyncClient(**options) as client:
            await client.patch(PATH)

    with pytest.raises(httpx.RequestError) as raised:
        asyncio.run(request()) if is_async else httpx.Client(**options).patch(PATH)
    return raised.value


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("injection", "kind", "message"),
    [
        ({"delay": 60}, httpx.ReadTimeout, "the sandbox took too long"),
        (
            {"drop": True},
            httpx.ReadError,
            "the sandbox dropped the connection because of an injection",
        ),
    ],
)
def test_an_exception_has_its_request(
    *, injection: Any, kind: type[Exception], message: str, is_async: bool
) -> None:
    """It is one of httpx, and says what happened."""
    with in_process() as sandbox:
        sandbox.inject(**injection)
        error = failure(sandbox, is_async=is_async, timeout=0.1 if "delay" in injection else 60)
    assert (type(error), str(error)) == (kind, message)
    assert error.request.url == f"{sandbox.url}{PATH}"


def test_a_request_may_have_no_timeout() -> None:
    """Such as one that is passed to the transport itself."""
    with in_process() as sandbox:
        assert sandbox.transport
        request = httpx.Request("PATCH", f"{sandbox.url}{PATH}")
        assert sandbox.transport.handle_request(request).status_code == 401


def test_a_program_does_not_wait_for_requests_at_its_end() -> None:
    """Their threads are daemons."""
    with in_process() as sandbox:
        sandbox.inject(delay=60)
        threads = set(threading.enumerate())
        started = threading.Thread(
            target=failure, args=(sandbox,), kwargs={"is_async": False, "timeout": 1}
        )
        started.start()
        while not (new := set(threading.enumerate()) - threads - {started}):
            time.sleep(0.001)
        assert all(thread.daemon for thread in new)
        started.join()
