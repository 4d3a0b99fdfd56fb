"""A rate is a limit, and a service that always responds with 429 ends a run."""

import asyncio
import contextlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Awaitable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import certifier_client as cc
from bulk.conftest import IDS, UpdateMany, sync_update_many
from bulk.moments import at_request
from bulk.pacing import too_early
from certifier_client import rate_limiter
from certifier_client.bulk import worker
from certifier_sandbox import Sandbox
from support import Unlimited


def named(number: int) -> list[Any]:
    """Return changes of the names of some templates."""
    return [{"id": template, "name": "a"} for template in IDS[:number]]


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("kind", [cc.Certifier, cc.AsyncCertifier])
def test_each_method_has_four_workers_and_takes_a_rate(kind: Any, tmp_path: Path) -> None:
    """An invalid rate is rejected before anything is read."""
    templates = kind().credential_templates
    methods = {templates.update_many: [], templates.compare_many: [], templates.undo: tmp_path}
    for method, given in methods.items():
        assert method(given)._workers == 4
        with pytest.raises(cc.InputError, match=r"^rate is 0: "):
            method(given, rate=0)


@pytest.mark.usefixtures("sandbox")
def test_up_to_a_hundred_workers_are_allowed(update_many: UpdateMany) -> None:
    """A client has as many connections."""
    assert [outcome.kind for outcome in update_many(named(1), workers=100)] == ["applied"]


@pytest.mark.parametrize("workers", [1, 4])
def test_snapshots_and_retries_keep_to_the_rate(
    workers: int, sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """Each of their requests waits for its turn."""
    for status in (503, 429, 503, 503):
        sandbox.inject(status=status)
    began = sandbox.clock.now()
    update_many(named(8), rate=40, workers=workers, journal=tmp_path / "journal", snapshot=True)
    assert len(sandbox.requests) >= 16
    assert too_early(sandbox, 40, began, one_at_a_time=workers == 1) == []


@pytest.mark.parametrize("workers", [1, 8])
def test_a_service_that_only_says_429_ends_the_run(
    workers: int,
    sandbox: Sandbox,
    update_many: UpdateMany,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends after ten calls in a row, by any worker; nothing may have been applied."""
    monkeypatch.setattr(rate_limiter, "_MAX_INTERVAL", 0.01)
    monkeypatch.setattr(rate_limiter, "_FIRST", 0.01)
    sandbox.inject(status=429, times=1000)
    reported: list[cc.Outcome] = []
    with pytest.raises(cc.RateLimitedError) as raised:
        update_many(named(20), reported, workers=workers, journal=tmp_path / "journal")
    assert raised.value.__notes__ == ["the run ends after 10 calls in a row with a 429"]
    assert {outcome.kind for outcome in reported} <= {"failed", "unsent"}
    # Each call is of three attempts, and those in flight end.
    calls = len(sandbox.requests) / 3
    assert worker.MAX_THROTTLED_CALLS <= calls < worker.MAX_THROTTLED_CALLS + workers
    assert not (tmp_path / "journal").exists()


def test_429s_in_between_end_nothing(
    sandbox: Sandbox, update_many: UpdateMany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only consecutive ones count."""
    monkeypatch.setattr(rate_limiter, "_MAX_INTERVAL", 0.01)
    now = sandbox.templates[IDS[0]]
    for _ in range(worker.MAX_THROTTLED_CALLS + 1):
        sandbox.inject(status=429, times=3)  # the attempts of a call
        sandbox.inject(status=409)
    outcomes = update_many(named(worker.MAX_THROTTLED_CALLS + 1), workers=1)
    assert {outcome.kind for outcome in outcomes} == {"rejected"}
    assert now == sandbox.templates[IDS[0]]
    sandbox.inject(status=409)
    sandbox.inject(status=429, times=3 * (worker.MAX_THROTTLED_CALLS - 1))
    assert [outcome.kind for outcome in update_many(named(2), workers=1)] == ["rejected", "applied"]


def test_a_change_that_was_throttled_blocks_no_later_one(
    sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """A call that ends with 429 is repeated before the next change to its template."""
    sandbox.inject(status=429, times=3)
    outcomes = update_many([*named(1), *named(1)])
    assert [outcome.kind for outcome in outcomes] == ["applied"] * 2


def test_a_snapshot_may_be_throttled(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """It is fetched again."""
    sandbox.inject(status=429, times=3)
    outcomes = update_many(named(1), journal=tmp_path / "journal", snapshot=True)
    assert [outcome.kind for outcome in outcomes] == ["applied"]


def test_the_waits_of_a_change_are_added_up(
    sandbox: Sandbox, update_many: UpdateMany, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between calls, the run waits for as long as the service asks, whatever its limiter does."""
    monkeypatch.setattr(worker, "MAX_RETRY_AFTER", 0.3)
    sandbox.inject(status=429, times=3)
    sandbox.inject(status=429, times=3, headers={"Retry-After": "0.3"})
    outcomes = update_many(named(1), rate=Unlimited())
    assert [outcome.kind for outcome in outcomes] == ["applied"]
    times = [datetime.fromisoformat(request.time) for request in sandbox.requests]
    assert (times[6] - times[5]).total_seconds() >= 0.29
    sandbox.inject(status=429, times=9, headers={"Retry-After": "0.2"})
    with pytest.raises(cc.RateLimitedError) as raised:
        update_many(named(1))
    assert raised.value.__notes__ == ["the run ends, because it waits no longer than 0 s"]
    assert len(sandbox.requests) == 7 + 6


def test_a_throttled_change_that_may_have_been_applied_is_recorded_as_such(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Before it is sent again: the program may be killed then."""
    journal = tmp_path / "journal"
    sandbox.inject(status=503)
    sandbox.inject(status=429, times=2)
    recorded: list[object] = []

    def read() -> None:
        copy = shutil.copy(journal, tmp_path / "copy")
        with contextlib.closing(sqlite3.connect(copy)) as database:
            recorded.extend(database.execute("SELECT maybe FROM change").fetchall())

    with at_request(sandbox, 4, read):
        sync_update_many(named(1), journal=journal)
    assert recorded == [(1,)]


def test_a_stop_ends_the_wait_before_a_retry(sandbox: Sandbox) -> None:
    """This holds for any requested wait; the change is reported as failed."""
    sandbox.inject(status=503, headers={"Retry-After": "500"})
    with cc.Certifier(deadline=1000) as certifier:
        updates = certifier.credential_templates.update_many(named(1))
        with at_request(sandbox, 1, updates.stop):
            (outcome,) = updates
    assert (outcome.kind, len(sandbox.requests)) == ("failed", 1)


def test_a_stop_ends_the_wait_before_a_retry_of_a_task(sandbox: Sandbox) -> None:
    """Likewise."""
    sandbox.inject(status=503, headers={"Retry-After": "500"})

    async def run() -> list[str]:
        async with cc.AsyncCertifier(deadline=1000) as certifier:
            updates = certifier.credential_templates.update_many(named(1))
            with at_request(sandbox, 1, updates.stop):
                return [outcome.kind async for outcome in updates]

    assert asyncio.run(run()) == ["failed"]
    assert len(sandbox.requests) == 1


class Blocking(Unlimited):
    """A limiter that blocks, such as one that asks another machine."""

    def __init__(self) -> None:
        self.entered, self.free = threading.Event(), threading.Event()

    def acquire(self) -> None:
        """Block until the test releases it."""
        self.entered.set()
        assert self.free.wait(60)


@pytest.mark.usefixtures("sandbox")
def test_a_limiter_that_blocks_blocks_no_event_loop() -> None:
    """Other tasks still run, such as the one that releases the slot."""
    limiter = Blocking()

    async def run() -> list[str]:
        async with cc.AsyncCertifier() as certifier:
            updates = certifier.credential_templates.update_many(named(3), rate=limiter)
            return [outcome.kind async for outcome in updates]

    async def program() -> list[str]:
        task = asyncio.create_task(run())
        while not limiter.entered.is_set():  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.001)
        limiter.free.set()
        return await task

    assert asyncio.run(asyncio.wait_for(program(), 60)) == ["applied"] * 3


class Suspending:
    """A limiter that is async throughout."""

    def __init__(self) -> None:
        self.turns = 0

    async def acquire(self) -> float | None:
        """Give every other turn later."""
        await asyncio.sleep(0)
        self.turns += 1
        return 0.001 if self.turns % 2 else None

    async def on_success(self) -> None:
        """Suspend."""
        await asyncio.sleep(0)

    async def on_throttled(self, retry_after: float | None) -> None:
        """Suspend."""
        await asyncio.sleep(0 if retry_after is None else 0.001)


def test_a_limiter_may_be_async(sandbox: Sandbox) -> None:
    """AsyncCertifier accepts it; Certifier's error names AsyncCertifier, and nothing is sent."""
    limiter: Any = Suspending()

    async def run() -> list[str]:
        async with cc.AsyncCertifier(rate_limiter=limiter) as certifier:
            updates = certifier.credential_templates.update_many(named(3))
            return [outcome.kind async for outcome in updates]

    assert asyncio.run(run()) == ["applied"] * 3
    assert limiter.turns == 6
    before = len(sandbox.requests)
    with cc.Certifier() as certifier, pytest.raises(cc.InputError, match="use AsyncCertifier"):
        list(certifier.credential_templates.update_many(named(3), rate=limiter))
    assert len(sandbox.requests) == before


class Later:
    """A limiter whose methods return awaitables, and which gives the first turn later."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.awaited = 0

    def acquire(self) -> Awaitable[float | None]:
        """Return the wait."""
        self.asked.append(time.monotonic())
        return self._value(0.2 if len(self.asked) == 1 else None)

    def on_success(self) -> Awaitable[None]:
        """Count."""
        return self._value(None)

    def on_throttled(self, retry_after: float | None) -> Awaitable[None]:
        """Do nothing."""
        del retry_after
        return self._value(None)

    async def _value(self, value: Any) -> Any:
        self.awaited += 1
        return value


@pytest.mark.usefixtures("sandbox")
def test_a_turn_that_comes_later_is_awaited(update_many: UpdateMany) -> None:
    """It is asked for again after the wait; a method that is not async may return an awaitable."""
    limiter = Later()
    outcomes = update_many(named(1), rate=limiter)
    assert [outcome.kind for outcome in outcomes] == ["applied"]
    first, second = limiter.asked
    assert second - first > 0.15
    assert limiter.awaited == 3


def test_a_clients_own_limiter_holds_for_its_lists(sandbox: Sandbox) -> None:
    """Unless the list has its own rate."""
    limiter = cc.AdaptiveRateLimiter(20)
    with cc.Certifier(rate_limiter=limiter) as certifier:
        began = time.monotonic()
        list(certifier.credential_templates.update_many(named(8)))
        assert time.monotonic() - began >= 7 / 20
    assert len(sandbox.requests) == 8
