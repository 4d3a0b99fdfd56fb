"""A call, from its first attempt to its end, over a transport that is a function of the test."""

import logging
from collections.abc import Iterable
from typing import Any

import httpx
import pytest

from certifier_client import (
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
from support import Unlimited, Update

FAST: Any = {"access_token": "a", "retry": RetryPolicy(base=0.001)}
SUCCESS = httpx.Response(200, json=TEMPLATE)
Ending = httpx.Response | Exception


def ended(
    update: Update, endings: Iterable[Ending], **options: Any
) -> tuple[Any, list[httpx.Request]]:
    """Return the result or the exception of a call whose attempts end so, and its requests."""
    remaining, requests = iter(endings), list[httpx.Request]()

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        ending = next(remaining)
        if isinstance(ending, Exception):
            raise ending
        return ending

    given: Any = {**FAST, "transport": httpx.MockTransport(respond), **options}
    try:
        template, _ = update(options=given, name="b")
    except CertifierError as error:
        return error, requests
    return template, requests


def test_a_change_may_have_been_applied_by_any_attempt(update: Update) -> None:
    """Not only by the last one."""
    policy = RetryPolicy(attempts=2, base=0.001)
    for attempts, may_have_been in (
        ([httpx.ReadTimeout(""), httpx.ConnectError("")], True),
        ([httpx.ConnectError(""), httpx.ReadTimeout("")], True),
        ([httpx.ConnectError(""), httpx.ConnectError("")], False),
    ):
        error, requests = ended(update, attempts, retry=policy)
        assert (error.may_have_been_applied, error.attempts, len(requests)) == (may_have_been, 2, 2)


def test_after_a_401_the_same_token_is_not_sent_again(update: Update) -> None:
    """A function gets one chance to return another."""
    for token, tokens in (
        (lambda: "a", ["a"]),
        (iter("abc").__next__, ["a", "b"]),
        (iter("aba").__next__, ["a", "b"]),
    ):
        rejections = [httpx.Response(401), httpx.Response(401)]
        error, requests = ended(update, rejections, access_token=token)
        assert type(error) is UnauthorizedError
        sent = [request.headers["Authorization"] for request in requests]
        assert sent == [f"Bearer {token}" for token in tokens]


class Stopped:
    """A clock that moves only when a test moves it."""

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


@pytest.mark.parametrize("is_limited", [True, False])
def test_every_request_has_the_whole_deadline_after_its_turn(
    update: Update,
    monkeypatch: pytest.MonkeyPatch,
    is_limited: bool,  # noqa: FBT001 - pytest passes it by name
) -> None:
    """Only the time that a rate limiter takes extends it."""
    clock = Stopped()
    for module in (call, turns, httpx_transport):
        monkeypatch.setattr(module, "clock", clock)
    options: Any = {"deadline": 7, "rate_limiter": Slow(clock) if is_limited else None}
    template, requests = ended(update, [httpx.Response(503), SUCCESS], **options)
    assert isinstance(template, CredentialTemplate)
    assert [request.extensions["timeout"]["read"] for request in requests] == [7, 7]


class Counting(Unlimited):
    """A rate limiter that counts."""

    accepted = throttled = 0

    def on_success(self) -> None:
        """Count."""
        self.accepted += 1

    def on_throttled(self, retry_after: float | None) -> None:
        """Count."""
        assert retry_after == 7
        self.throttled += 1


@pytest.mark.parametrize(
    ("status", "counts"),
    [(200, (1, 0)), (404, (1, 0)), (499, (1, 0)), (429, (0, 1)), (500, (0, 0)), (503, (0, 0))],
)
def test_a_rate_limiter_learns_what_the_service_accepted(
    update: Update, status: int, counts: tuple[int, int]
) -> None:
    """An error of the server is neither."""
    limiter = Counting()
    response = httpx.Response(status, json=TEMPLATE, headers={"Retry-After": "7"})
    ended(update, [response], rate_limiter=limiter, retry=RetryPolicy(attempts=1))
    assert (limiter.accepted, limiter.throttled) == counts


def test_the_log_has_the_beginning_of_a_header(
    update: Update, caplog: pytest.LogCaptureFixture
) -> None:
    """A hundred characters say enough."""
    with caplog.at_level(logging.DEBUG, "certifier_client"):
        ended(update, [httpx.Response(404, headers={"Server": "x" * 101})])
    assert f"'server': '{'x' * 100}'" in caplog.text


def test_after_a_stale_connection_every_attempt_has_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another that was idle may be stale too; the first retry follows at once."""
    seen: list[bool] = []
    slept: list[float] = []

    async def send(_: Pool, __: Request, ___: float, *, fresh: bool) -> RawResponse:
        seen.append(fresh)
        if len(seen) == 1:
            raise StaleError from httpx.ReadError("")
        raise httpx.ConnectError("")

    monkeypatch.setattr(Pool, "send", send)
    monkeypatch.setattr("time.sleep", slept.append)
    with Certifier(**FAST) as certifier, pytest.raises(TransportError):
        certifier.credential_templates.update("a", name="b")
    assert seen == [False, True, True, True]
    assert slept[0] == 0
    assert all(0 < wait < 0.01 for wait in slept[1:])
