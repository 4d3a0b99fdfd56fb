"""Every request of a client waits for its rate limiter."""

import asyncio
import threading
import time
from typing import Any

import attrs
import pytest

from certifier_client import (
    AdaptiveRateLimiter,
    AsyncCertifier,
    Certifier,
    InputError,
    RateLimitedError,
    RetryPolicy,
    rate_limiter,
)
from certifier_sandbox import TEMPLATE_ID, Sandbox

FAST: Any = {"retry": RetryPolicy(base=0.01, throttled_base=0.01)}


@attrs.define
class Recorder:
    """A limiter that records its calls."""

    asked: list[object] = attrs.field(factory=list)
    threads: set[int] = attrs.field(factory=set)

    def acquire(self) -> None:
        """Allow the request."""
        self.threads.add(threading.get_ident())
        self.asked.append("turn")

    def on_throttled(self, retry_after: float | None) -> None:
        """Record the call."""
        self.asked.append(retry_after)

    def on_success(self) -> None:
        """Record the call."""
        self.asked.append("taken")


class AsyncRecorder:
    """An async limiter that records its calls, and suspends."""

    def __init__(self) -> None:
        self.recorder = Recorder()

    async def acquire(self) -> None:
        """Allow the request."""
        await asyncio.sleep(0)
        self.recorder.acquire()

    async def on_throttled(self, retry_after: float | None) -> None:
        """Record the call."""
        await asyncio.sleep(0)
        self.recorder.on_throttled(retry_after)

    async def on_success(self) -> None:
        """Record the call."""
        await asyncio.sleep(0)
        self.recorder.on_success()


def sync_update(limiter: Any) -> None:
    """Make an update with a Certifier."""
    with Certifier(**FAST, rate_limiter=limiter) as certifier:
        certifier.credential_templates.update(TEMPLATE_ID)


def async_update(limiter: Any) -> None:
    """Make an update with an AsyncCertifier."""

    async def update() -> None:
        async with AsyncCertifier(**FAST, rate_limiter=limiter) as certifier:
            await certifier.credential_templates.update(TEMPLATE_ID)

    asyncio.run(update())


@pytest.mark.parametrize(
    ("update", "limiter"),
    [(sync_update, Recorder()), (async_update, Recorder()), (async_update, AsyncRecorder())],
)
def test_every_request_takes_a_turn(update: Any, limiter: Any, sandbox: Sandbox) -> None:
    """Retries do too, and the outcome of each request is reported to the limiter."""
    sandbox.inject(status=503)
    sandbox.inject(status=429, headers={"Retry-After": "0"})
    update(limiter)
    recorder = getattr(limiter, "recorder", limiter)
    assert recorder.asked == ["turn", "turn", 0.0, "turn", "taken"]


@pytest.mark.usefixtures("sandbox")
def test_a_sync_method_may_return_an_awaitable() -> None:
    """AsyncCertifier awaits it."""

    class Wraps(AsyncRecorder):
        def acquire(self) -> Any:
            return super().acquire()

    limiter = Wraps()
    async_update(limiter)
    assert limiter.recorder.asked == ["turn", "taken"]


@pytest.mark.parametrize("update", [sync_update, async_update])
def test_a_limiter_may_wait_before_a_retry(update: Any, sandbox: Sandbox) -> None:
    """It gets the seconds, and the client does not wait itself."""

    class Waits(Recorder):
        def wait_before_retry(self, seconds: float) -> None:
            self.asked.append(seconds)

    sandbox.inject(status=503, headers={"Retry-After": "50"})
    limiter = Waits()
    update(limiter)
    (wait,) = (asked for asked in limiter.asked if isinstance(asked, float))
    assert 50 <= wait <= 60


@pytest.mark.usefixtures("sandbox")
def test_a_sync_limiter_blocks_no_event_loop() -> None:
    """AsyncCertifier calls it in another thread."""
    limiter = Recorder()
    async_update(limiter)
    assert threading.get_ident() not in limiter.threads


@pytest.mark.parametrize("returned", [True, False, "soon", -1])
def test_acquire_returns_none_or_seconds(returned: Any, sandbox: Sandbox) -> None:
    """Anything else, such as True, is rejected before anything is sent."""

    class Misunderstood(Recorder):
        def acquire(self) -> Any:
            return returned

    said = f"^what the rate limiter's acquire returned is {returned!r}: pass a number of seconds"
    with pytest.raises(InputError, match=said):
        sync_update(Misunderstood())
    assert sandbox.requests == []


@pytest.mark.parametrize("limiter", [5, object()])
def test_an_invalid_rate_limiter_is_rejected(limiter: Any) -> None:
    """The constructor rejects it, like other invalid options."""
    with pytest.raises(InputError, match=r"^rate_limiter lacks a method of RateLimiter$"):
        Certifier(access_token="any", rate_limiter=limiter)


def test_a_rate_is_a_number_of_requests_a_second() -> None:
    """The error says so, because all other numbers are seconds."""
    message = "^rate is 0: pass a number of requests a second above 0$"
    with pytest.raises(InputError, match=message):
        AdaptiveRateLimiter(0)


@pytest.mark.usefixtures("sandbox")
def test_an_async_limiter_that_suspends_needs_the_async_client() -> None:
    """Certifier rejects it with an error that says so."""
    with pytest.raises(InputError, match="use AsyncCertifier"):
        sync_update(AsyncRecorder())


def test_the_interval_grows_to_a_cap_and_recovers() -> None:
    """Even after many rejected requests the wait is a few seconds; successes shorten it again."""
    limiter = AdaptiveRateLimiter(100)

    async def storm() -> None:
        for _ in range(1000):
            await limiter.on_throttled(None)
            limiter._settled = 0.0  # as if some time had passed since the last report

    asyncio.run(storm())
    assert limiter._interval == 5

    async def calm() -> None:
        for _ in range(1000):
            await limiter.on_success()

    asyncio.run(calm())
    assert limiter._interval == pytest.approx(0.0102)


def test_429s_of_concurrent_requests_count_once() -> None:
    """The interval grows only once."""
    limiter = AdaptiveRateLimiter(10)

    async def report() -> None:
        for _ in range(8):
            await limiter.on_throttled(None)

    asyncio.run(report())
    assert limiter._interval == pytest.approx(1.5 * 0.102)


async def test_without_a_rate_the_interval_shrinks_to_almost_none() -> None:
    """Each success shortens it a little; with a rate, a 429 lengthens that of the rate."""
    limiter, fast = AdaptiveRateLimiter(), AdaptiveRateLimiter(100)
    await limiter.on_throttled(None)
    await limiter.on_success()
    assert limiter._interval == pytest.approx(0.95 * 0.05)
    for _ in range(100):
        await limiter.on_success()
    assert limiter._interval < 0.001
    await fast.on_throttled(None)
    assert fast._interval == pytest.approx(1.5 * 0.0102)


async def test_without_a_rate_a_429_is_the_first_to_slow_it_down() -> None:
    """Until then, every turn is given at once."""
    limiter = AdaptiveRateLimiter()
    assert [await limiter.acquire() for _ in range(3)] == [None] * 3
    await limiter.on_throttled(None)
    assert await limiter.acquire() is None
    assert 0 < (await limiter.acquire() or 0) <= 0.05


def test_a_limiter_of_a_client_slows_down_after_a_429(sandbox: Sandbox) -> None:
    """The next call waits for as long as Retry-After asked."""
    limiter = AdaptiveRateLimiter()
    sandbox.inject(status=429, headers={"Retry-After": "1"})
    with Certifier(retry=RetryPolicy(attempts=1), rate_limiter=limiter) as certifier:
        with pytest.raises(RateLimitedError):
            certifier.credential_templates.update(TEMPLATE_ID)
        began = time.monotonic()
        certifier.credential_templates.update(TEMPLATE_ID)
    assert time.monotonic() - began >= 0.99


async def test_a_wait_is_over_when_its_time_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for the next turn, and that after a 429: then another 429 slows it down again."""
    now = 100.0
    monkeypatch.setattr(rate_limiter, "clock", lambda: now)
    limiter = AdaptiveRateLimiter()
    await limiter.on_throttled(8.0)
    assert await limiter.acquire() == 8.0
    now += 8.0
    await limiter.on_throttled(None)
    assert limiter._interval == pytest.approx(1.5 * 0.05)
    assert await limiter.acquire() is None


async def test_turns_in_time_have_a_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests may take different times to arrive."""
    limiter = AdaptiveRateLimiter(10)
    for now in (100.0, 100.1):
        monkeypatch.setattr(rate_limiter, "clock", lambda now=now: now)
        assert await limiter.acquire() is None
    assert await limiter.acquire() == pytest.approx(0.102)


async def test_a_late_turn_is_made_up_for_within_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next turn is at least the inverse of the rate later, without the margin."""
    now = 100.0
    monkeypatch.setattr(rate_limiter, "clock", lambda: now)
    limiter = AdaptiveRateLimiter(rate=10)
    assert await limiter.acquire() is None
    for step, is_turn in ((0.15, True), (0.099, False), (0.0011, True)):
        now += step
        assert (await limiter.acquire() is None) is is_turn
