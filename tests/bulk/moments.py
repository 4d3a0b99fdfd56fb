"""Moments of a run, as its server sees them: nothing here depends on timing."""

import asyncio
import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive

from certifier_sandbox import Sandbox
from certifier_sandbox.injection import Injection
from support import PATIENCE


@contextlib.contextmanager
def at_request(sandbox: Sandbox, number: int, do: Callable[[], object]) -> Iterator[None]:
    """Have the server do something when request `number` from now arrives, before its response."""
    log, came = sandbox._state.log, itertools.count(1)
    add: Callable[..., object] = log.add

    def add_and_do(*request: Any) -> object:
        entry = add(*request)
        if next(came) == number:
            do()
        return entry

    with mock.patch.object(log, "add", add_and_do):
        yield
    assert next(came) > number, f"request {number} did not come"


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it does not hold"
        time.sleep(0.01)


class Hold:
    """The server, held at a request."""

    def __init__(self) -> None:
        self._reached, self._released = threading.Event(), threading.Event()

    def __call__(self) -> None:
        """Hold the server."""
        self._reached.set()
        self._released.wait(PATIENCE)

    def reached(self) -> None:
        """Wait until it is held."""
        assert self._reached.wait(PATIENCE), "the request did not come"

    def release(self) -> None:
        """Let it continue."""
        self._released.set()


@contextlib.contextmanager
def held(sandbox: Sandbox, number: int) -> Iterator[Hold]:
    """Hold the server at request `number` from now on, until the block ends or releases it."""
    hold = Hold()
    with at_request(sandbox, number, hold), contextlib.ExitStack() as stack:
        stack.callback(hold.release)
        yield hold


@dataclass(frozen=True)
class WithoutResponse(Injection):
    """A request that gets no response, however long its client waits."""

    delay: float = PATIENCE
    response: None = None
    _came: threading.Event = field(default_factory=threading.Event)
    _gone: threading.Event = field(default_factory=threading.Event)

    async def wait(self, receive: Receive) -> None:
        """Wait, and notice a client that disconnects."""
        self._came.set()
        try:
            await super().wait(receive)
        except ClientDisconnect:
            self._gone.set()
            raise

    def came(self) -> None:
        """Wait until the request has arrived."""
        assert self._came.wait(PATIENCE), "the request did not come"

    def abandoned(self) -> None:
        """Wait until its client has disconnected."""
        assert self._gone.wait(PATIENCE), "the client did not disconnect"


def without_response(sandbox: Sandbox) -> WithoutResponse:
    """Leave the next request without a response."""
    injection = WithoutResponse()
    sandbox._state.injections.add(injection, times=1)
    return injection


@dataclass(frozen=True)
class InFlight(Injection):
    """Requests that are rejected with 409 once the test releases them."""

    delay: float = 0
    response: Callable[[], Response] | None = lambda: Response(status_code=409)
    _released: threading.Event = field(default_factory=threading.Event)

    async def wait(self, receive: Receive) -> None:
        """Wait until they are released."""
        del receive
        async with asyncio.timeout(PATIENCE):
            while not self._released.is_set():  # noqa: ASYNC110 - another thread releases them
                await asyncio.sleep(0.001)

    def release(self) -> None:
        """Let the server respond to them."""
        self._released.set()


def in_flight(sandbox: Sandbox, requests: int) -> InFlight:
    """Keep the next requests in flight."""
    injection = InFlight()
    sandbox._state.injections.add(injection, times=requests)
    return injection
