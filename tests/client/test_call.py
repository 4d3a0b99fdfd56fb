"""A call, from its first attempt to its end, over a transport that is a function of the test."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any

import httpx
import pytest

from certifier_client import (
    AsyncCertifier,
    Certifier,
    CertifierError,
    CredentialTemplate,
    RetryPolicy,
    TransportError,
    UnauthorizedError,
)
from certifier_client._call import call, turns
from certifier_client._http import httpx_transport
from certifier_client._http.message import RawResponse, Request
from certifier_client._http.pool import Pool, StaleError
from documented import TEMPLATE
from support import Unlimited

AT_ONCE: Any = {"access_token": "a", "retry": RetryPolicy(base=0.001)}
Outcome = httpx.Response | Exception


def sync_ended(outcomes: Iterable[Outcome], **options: Any) -> tuple[Any, list[httpx.Request]]:
    """Return the result or the exception of a call whose attempts end so, and its requests."""
    respond, requests = playing(outcomes)
    with Certifier(transport=httpx.MockTransport(respond), **AT_ONCE | options) as certifier:
        try:
            return certifier.credential_templates.update("a", name="b"), requests
        except CertifierError as error:
            return error, requests


def async_ended(outcomes: Iterable[Outcome], **options: Any) -> tuple[Any, list[httpx.Request]]:
    """Do the same with the other client."""
    respond, requests = playing(outcomes)

    async def run() -> tuple[Any, list[httpx.Request]]:
        transport = httpx.MockTransport(respond)
        async with AsyncCertifier(transport=transport, **AT_ONCE | options) as certifier:
            try:
                return await certifier.credential_templates.update("a", name="b"), requests
            except CertifierError as error:
                return error, requests

    return asyncio.run(run())


def playing(
    outcomes: Iterable[Outcome],
) -> tuple[Callable[[httpx.Request], httpx.Response], list[httpx.Request]]:
    """Return a function that plays the outcomes, and the requests that it gets."""
    remaining, requests = iter(outcomes), list[httpx.Request]()

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        outcome = next(remaining)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return respond, requests


def success(**headers: str) -> httpx.Response:
    """Return the documented success."""
    return httpx.Response(200, json={**TEMPLATE, "id": "a"}, headers=headers)


either = pytest.mark.parametrize("ended", [sync_ended, async_ended])


@either
def test_a_change_may_have_been_applied_by_any_attempt(ended: Any) -> None:
    """The last one alone does not tell."""
    policy = RetryPolicy(attempts=2, base=0.001)
    for attempts, may_have_been in (
        ([httpx.ReadTimeout(""), httpx.ConnectError("")], True),
        ([httpx.ConnectError(""), httpx.ReadTimeout("")], True),
        ([httpx.ConnectError(""), httpx.ConnectError("")], False),
    ):
        error, requests = ended(attempts, retry=policy)
        assert (error.may_have_been_applied, error.attempts, len(requests)) == (may_have_been, 2, 2)


@either
def test_a_401_gets_one_new_token(ended: Any) -> None:
    """If it is another one, and if it comes from a function."""

    def tokens(requests: list[httpx.Request]) -> list[str]:
        return [request.headers["Authorization"].removeprefix("Bearer ") for request in requests]

    def rejections() -> list[Outcome]:
        return [httpx.Response(401), httpx.Response(401)]

    new = iter("abc")
    template, requests = ended([httpx.Response(401), success()], access_token=lambda: next(new))
    assert (type(template), tokens(requests)) == (CredentialTemplate, ["a", "b"])
    new = iter("abc")
    error, requests = ended(rejections(), access_token=lambda: next(new))
    assert (type(error), tokens(requests)) == (UnauthorizedError, ["a", "b"])
    for same in ("a", lambda: "a"):
        error, requests = ended(rejections(), access_token=same)
        assert (type(error), tokens(requests)) == (UnauthorizedError, ["a"])


class Stopped:
    """A clock that only moves when it is told to."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Slow(Unlimited):
    """A rate limiter that takes a hundred seconds."""

    def __init__(self, clock: Stopped) -> None:
        """Take the clock."""
        self._clock = clock

    def acquire(self) -> None:
        """Let them pass."""
        self._clock.now += 100


@either
def test_the_time_of_a_rate_limiter_does_not_count(
    ended: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request has the whole deadline."""
    clock = Stopped()
    for module in (call, turns, httpx_transport):
        monkeypatch.setattr(module, "clock", clock)
    _, requests = ended([httpx.Response(503), success()], deadline=7, rate_limiter=Slow(clock))
    assert [request.extensions["timeout"]["read"] for request in requests] == [7, 7]


@either
def test_the_log_has_the_beginning_of_a_header(
    ended: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A hundred characters say enough."""
    with caplog.at_level(logging.DEBUG, "certifier_client"):
        ended([success(Server="x" * 101)])
    assert f"'server': '{'x' * 100}'" in caplog.text


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "identity, br", "identity , gzip"])
@either
def test_a_compressed_body_is_rejected(ended: Any, coding: str) -> None:
    """The request did not allow it; the message has the coding."""
    error, _ = ended([httpx.Response(200, headers={"Content-Encoding": coding}, stream=nothing())])
    assert f"the body is compressed ({coding.replace(' ,', ',')!r})" in str(error)


def nothing() -> httpx.ByteStream:
    """Return an empty body that httpx does not decode."""
    return httpx.ByteStream(b"")


@either
def test_a_body_that_is_not_compressed_may_say_so(ended: Any) -> None:
    """In any case, and with an empty element."""
    for coding in ("identity", "Identity", "", ",", " identity ,"):
        template, _ = ended([success(**{"Content-Encoding": coding})])
        assert isinstance(template, CredentialTemplate), template


def test_after_a_stale_connection_every_attempt_has_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another that was idle may be stale too."""
    seen: list[bool] = []

    async def send(_: Pool, __: Request, ___: float, *, fresh: bool) -> RawResponse:
        seen.append(fresh)
        if len(seen) == 1:
            raise StaleError from httpx.ReadError("")
        raise httpx.ConnectError("")

    monkeypatch.setattr(Pool, "send", send)
    with Certifier(**AT_ONCE) as certifier, pytest.raises(TransportError):
        certifier.credential_templates.update("a", name="b")
    assert seen == [False, True, True, True]
