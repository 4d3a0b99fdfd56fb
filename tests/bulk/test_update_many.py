"""Many updates: order, journal, rate, and what stops them."""

import asyncio
import contextlib
import itertools
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import certifier_client as cc
from bulk.command import certifier_of
from bulk.conftest import IDS, OPTIONS, UpdateMany, open_journal, sync_update_many
from bulk.moments import at_request, in_flight, without_response
from bulk.pacing import LOG, arrivals, too_early
from certifier_client.bulk.change import fields_of
from certifier_sandbox import Sandbox, running
from support import PATIENCE, Unlimited


def named(*names: str) -> list[Any]:
    """Return a change of the name of one template for each name."""
    return [{"id": template, "name": name} for template, name in zip(IDS, names, strict=False)]


def ended(outcomes: list[cc.Outcome]) -> list[str]:
    """Return the kind of each outcome before the run ended."""
    found = kinds(outcomes)
    return found[: found.index("unsent")] if "unsent" in found else found


def kinds(outcomes: list[cc.Outcome]) -> list[str]:
    """Return the kind of each outcome, in order."""
    return [outcome.kind for outcome in sorted(outcomes, key=lambda outcome: outcome.number)]


def test_each_change_is_made_and_reported(sandbox: Sandbox, update_many: UpdateMany) -> None:
    """Each outcome has its number and the updated template."""
    outcomes = update_many(named("a", "b", "c"))
    reported = {
        (outcome.number, outcome.template and outcome.template.name) for outcome in outcomes
    }
    assert reported == {(1, "a"), (2, "b"), (3, "c")}
    assert [sandbox.templates[template].name for template in IDS[:3]] == ["a", "b", "c"]


def test_the_changes_of_a_template_keep_their_order(
    sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """This holds for any number of workers."""
    changes = [{"id": template, "name": str(turn)} for turn in range(10) for template in IDS[:5]]
    assert kinds(update_many(changes, workers=8)) == ["applied"] * 50
    assert {sandbox.templates[template].name for template in IDS[:5]} == {"9"}


def test_a_rejected_change_does_not_stop_the_others(
    sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """Invalid input does not stop them either; each outcome has its error."""
    changes = [*named("a", "b"), {"id": "nowhere", "name": "c"}, {"id": IDS[2], "name": 5}]
    outcomes = update_many(changes)
    assert kinds(outcomes) == ["applied", "applied", "rejected", "rejected"]
    assert {type(outcome.error) for outcome in outcomes if outcome.error} == {
        cc.NotFoundError,
        cc.InputError,
    }


@pytest.mark.parametrize("status", [401, 402])
def test_an_error_that_all_would_meet_stops_them(
    status: int, sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """It is raised after the requests in flight, and little more is sent."""
    sandbox.inject(status=status, times=20)
    with pytest.raises(cc.StatusError, match=str(status)):
        update_many(named(*"abcdefghijklmnop"))
    assert len(sandbox.requests) <= 4


def test_after_a_failure_the_later_changes_of_that_template_wait(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """Another run makes them in their order, and sends nothing twice that was applied."""
    changes = [*named("a"), *named("b"), *named("c", "d")[1:]]
    journal = tmp_path / "journal"
    sandbox.inject(status=503, times=3)
    outcomes = update_many(changes, workers=1, journal=journal)
    assert kinds(outcomes) == ["failed", "blocked", "applied"]
    assert [outcome.change for outcome in outcomes] == changes
    before = len(sandbox.requests)
    assert kinds(update_many(changes, workers=1, journal=journal)) == ["applied", "applied", "done"]
    assert len(sandbox.requests) == before + 2
    assert sandbox.templates[IDS[0]].name == "b"


def test_a_journal_of_other_changes_is_rejected(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """It is rejected before any change is sent."""
    update_many(named("a"), journal=tmp_path / "journal")
    with pytest.raises(cc.JournalError, match="change 1 differs"):
        update_many(named("b"), journal=tmp_path / "journal")
    assert sandbox.templates[IDS[0]].name == "a"


@pytest.mark.usefixtures("sandbox")
def test_a_journal_that_cannot_be_used_says_why(update_many: UpdateMany, tmp_path: Path) -> None:
    """It is truncated, another program's, in use, or in a missing folder."""
    torn = tmp_path / "torn"
    update_many(named("a"), journal=torn)
    torn.write_bytes(torn.read_bytes()[:5000])
    (tmp_path / "text").write_text("no journal " * 100)
    with contextlib.closing(sqlite3.connect(tmp_path / "other")) as other:
        other.execute("CREATE TABLE run (a)")
    held = open_journal(tmp_path / "held")
    expected = {
        "torn": "damaged",
        "text": "is not a journal of this version",
        "other": "is not a journal of this version",
        "held": "another run is using it",
        "nowhere/journal": "cannot be written: No such file",
    }
    for name, said in expected.items():
        with pytest.raises(cc.JournalError, match=said):
            update_many(named("a"), journal=tmp_path / name)
    held.close()


@pytest.mark.parametrize("workers", [1, 8])
def test_every_request_waits_for_its_turn_and_so_does_a_retry(
    workers: int, sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """This includes retries, with any number of requests in flight."""
    sandbox.inject(status=503)
    sandbox.inject(status=409)  # it ends a call, so that the next fault is of a first request
    sandbox.inject(drop=True)  # of a connection that was kept, which is retried at once
    sandbox.inject(status=429)
    sandbox.inject(status=409, delay=0.4)  # time that is lost, and not made up for
    rate = 40
    changes = [{"id": template, "name": "a"} for template in IDS[:16]]
    began = sandbox.clock.now()
    outcomes = update_many(changes, rate=rate, workers=workers)
    assert sorted(kinds(outcomes)) == ["applied"] * 14 + ["rejected"] * 2
    assert len(sandbox.requests) == len(changes) + 3
    assert too_early(sandbox, rate, began, one_at_a_time=workers == 1) == []


def test_without_a_rate_a_run_goes_as_fast_as_the_service_takes_it(
    sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """Throttled requests are sent again, and few are throttled."""
    sandbox.limit(20)
    sandbox.clock.advance(0)  # stopped, so that the limit is reached on a slow machine as well
    changes = [{"id": template, "name": "a"} for template in IDS]
    outcomes = update_many(changes, workers=8, on_retry=lambda _: sandbox.clock.advance(1))
    assert set(kinds(outcomes)) == {"applied"}
    assert 1 <= [request.status for request in sandbox.requests].count(429) <= 8


def test_a_429_makes_all_workers_wait(sandbox: Sandbox, update_many: UpdateMany) -> None:
    """They wait as long as the service asks; requests in flight still arrive."""
    others = in_flight(sandbox, 2)
    sandbox.inject(status=429, headers={"Retry-After": "1"})
    changes = [{"id": template, "name": "a"} for template in IDS]
    update_many(changes, workers=3, on_retry=lambda _: others.release())
    throttled, after = arrivals(sandbox)[2:4]
    assert (after - throttled).total_seconds() >= 1 - LOG


@pytest.mark.usefixtures("sandbox")
def test_a_snapshot_is_from_before_the_first_change(
    update_many: UpdateMany, tmp_path: Path
) -> None:
    """The journal has the template's state before its first change."""
    update_many([*named("a", "b"), *named("c")], journal=tmp_path / "journal", snapshot=True)
    journal = open_journal(tmp_path / "journal")
    known = [(found.number, found.before and found.before["name"]) for found in journal.changed()]
    journal.close()
    assert known == [(1, "old"), (2, "old")]


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "arguments",
    [{"workers": 0}, {"workers": 101}, {"rate": 0}, {"rate": "fast"}, {"snapshot": True}],
)
def test_invalid_arguments_are_rejected_before_anything_is_sent(
    arguments: dict[str, Any], sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """The error is an InputError."""
    with pytest.raises(cc.InputError):
        update_many(named("a"), **arguments)
    with pytest.raises(cc.InputError, match=r"change 1 is a tuple: pass a dict"):
        update_many([(IDS[0], {"name": "a"})])
    assert sandbox.requests == []


@pytest.mark.parametrize("broken", [5, OSError("the file is gone")])
def test_a_list_that_fails_ends_the_run_once_all_changes_before_are_made(
    broken: Any, sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """Their outcomes are reported."""

    def changes() -> Iterator[Any]:
        for _ in range(3):
            yield from named(*"abcdefghijklmnopqrstuvwxyz")
        if isinstance(broken, Exception):
            raise broken
        yield broken

    reported: list[cc.Outcome] = []
    with pytest.raises((cc.InputError, OSError), match=r"change 79|the file is gone"):
        update_many(changes(), reported)
    assert kinds(reported) == ["applied"] * 78
    assert len(sandbox.requests) == 78


class BrokenLimiter(Unlimited):
    """A custom rate limiter that fails, such as one whose server is gone."""

    def __init__(self, turns: int) -> None:
        self.asked = itertools.count()
        self.turns = turns

    def acquire(self) -> None:
        """Give a number of turns at once, then fail."""
        if next(self.asked) >= self.turns:
            raise OSError("the limiter is gone")


def test_what_a_limiter_raises_ends_the_run_once_the_rest_is_reported(
    sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """The iteration raises it unchanged."""
    reported: list[cc.Outcome] = []
    with pytest.raises(OSError, match="the limiter is gone"):
        update_many(named(*"abcdefgh"), reported, rate=BrokenLimiter(2))
    assert [outcome.kind for outcome in reported].count("applied") == len(sandbox.requests) == 2
    assert (
        {"applied", "failed"}
        <= {outcome.kind for outcome in reported}
        <= {"applied", "failed", "unsent"}
    )


def test_what_a_limiter_raises_at_a_retry_ends_the_run_and_the_change_is_sent_again(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """The error is the limiter's own, and the journal knows that the change may be applied."""
    sandbox.inject(status=503)
    reported: list[cc.Outcome] = []
    arguments: Any = {"workers": 1, "journal": tmp_path / "journal", "snapshot": True}
    with pytest.raises(OSError, match="the limiter is gone"):
        update_many(named("a", "b"), reported, rate=BrokenLimiter(2), **arguments)
    assert ended(reported) == ["failed"]
    assert kinds(update_many(named("a", "b"), **arguments)) == ["applied", "applied"]


@pytest.mark.parametrize("status", [408, 503])
def test_a_transient_failure_is_sent_again_with_the_same_journal(
    status: int, sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path
) -> None:
    """A 408 is one too."""
    sandbox.inject(status=status, times=3)
    for kind in ("failed", "applied"):
        assert kinds(update_many(named("a"), journal=tmp_path / "journal")) == [kind]


def test_a_token_that_cannot_be_fetched_rejects_no_change(sandbox: Sandbox, tmp_path: Path) -> None:
    """The function's exception ends the run, and the same journal sends the changes later."""
    reachable = False

    def token() -> str:
        if not reachable:
            raise ConnectionError
        return sandbox.token

    with cc.Certifier(access_token=token) as certifier:
        update_many = certifier.credential_templates.update_many
        with pytest.raises(ConnectionError):
            list(update_many(named("a"), journal=tmp_path / "journal"))
        reachable = True
        assert kinds(list(update_many(named("a"), journal=tmp_path / "journal"))) == ["applied"]


@pytest.mark.parametrize("asked", ["601", "99999999999"])
def test_a_service_that_asks_for_a_long_wait_ends_the_run(
    asked: str, sandbox: Sandbox, update_many: UpdateMany
) -> None:
    """The error says how long it would have been."""
    sandbox.inject(status=429, headers={"Retry-After": asked})
    reported: list[cc.Outcome] = []
    with pytest.raises(cc.RateLimitedError) as raised:
        update_many(named("a", "b"), reported, workers=1)
    assert raised.value.retry_after == float(asked)
    assert ended(reported) == ["failed"]


def test_a_run_that_is_stopped_reports_what_was_sent(sandbox: Sandbox) -> None:
    """A throttled change is reported too, if an earlier response may mean that it was applied."""
    sandbox.inject(status=503)
    sandbox.inject(status=429, headers={"Retry-After": "99"})
    with cc.Certifier(**OPTIONS) as certifier:
        updates = certifier.credential_templates.update_many(named("a"))
        with at_request(sandbox, 2, updates.stop):
            (outcome,) = updates
    assert outcome.kind == "failed"
    assert outcome.error
    assert outcome.error.may_have_been_applied


def test_a_run_that_is_stopped_before_a_retry_says_so(sandbox: Sandbox) -> None:
    """The change may have been applied, so it is reported as failed."""
    sandbox.inject(status=503)
    with cc.Certifier(**OPTIONS) as certifier:
        updates = certifier.credential_templates.update_many(named("a"))
        with at_request(sandbox, 1, updates.stop):
            (outcome,) = updates
    assert outcome.kind == "failed"
    assert str(outcome.error) == "the run was stopped before another attempt"


class StoppingLimiter(BrokenLimiter):
    """A limiter that stops the run that asks it, and asks it to wait."""

    stop: Callable[[], object]

    def acquire(self) -> Any:
        """Stop the run."""
        self.stop()
        return 99.0


def test_a_run_that_is_stopped_before_a_request_sends_nothing(sandbox: Sandbox) -> None:
    """What was to be sent is reported as unsent; what was not read is not reported."""
    with cc.Certifier() as certifier:
        update_many = certifier.credential_templates.update_many
        limiter = StoppingLimiter(0)
        updates = update_many(named("a"), rate=limiter)
        limiter.stop = updates.stop
        assert kinds(list(updates)) == ["unsent"]
        updates = update_many(named("a", "b"))
        updates.stop()
        assert list(updates) == []
    assert sandbox.requests == []


# A client that does not time out while a test waits.
PATIENT: Any = {"timeout": 10 * PATIENCE, "deadline": 10 * PATIENCE}


def test_a_task_that_is_cancelled_abandons_its_requests(sandbox: Sandbox, tmp_path: Path) -> None:
    """They are abandoned at once, and the journal is unlocked."""
    request = without_response(sandbox)

    async def run() -> None:
        async with cc.AsyncCertifier(**PATIENT) as certifier:
            update_many = certifier.credential_templates.update_many
            async for _ in update_many(named("a"), journal=tmp_path / "journal"):
                pass

    async def program() -> None:
        task = asyncio.create_task(run())
        await asyncio.to_thread(request.came)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(program())
    request.abandoned()
    open_journal(tmp_path / "journal").close()


@pytest.mark.parametrize("ending", ["left", "never ended"])
def test_a_program_ends_during_a_run(ending: str) -> None:
    """Many changes are waiting, and the iteration was left early or never ended."""

    async def run(certifier: cc.AsyncCertifier) -> None:
        changes = named(*"abcdefghij") * 40
        async with certifier:
            async for _ in certifier.credential_templates.update_many(changes, workers=8):
                if ending == "left":
                    break

    async def program(certifier: cc.AsyncCertifier) -> None:
        task = asyncio.create_task(run(certifier))
        await asyncio.to_thread(request.came)
        if ending == "left":
            await asyncio.wait_for(task, PATIENCE)

    # A new one: abandoned requests may still arrive.
    with running() as sandbox:
        request = without_response(sandbox)
        options = PATIENT | {"base_url": sandbox.url, "access_token": sandbox.token}
        asyncio.run(program(cc.AsyncCertifier(**options)))
        request.abandoned()


def test_a_task_that_is_cancelled_between_outcomes_abandons_its_requests(
    sandbox: Sandbox,
) -> None:
    """This holds within `aclosing`, which closes the iteration in the cancelled task."""
    between = asyncio.Event()

    async def run() -> None:
        async with cc.AsyncCertifier(**PATIENT) as certifier:
            updates = certifier.credential_templates.update_many(named("a", "b"), workers=8)
            async with contextlib.aclosing(aiter(updates)) as outcomes:
                async for _ in outcomes:
                    between.set()
                    await asyncio.Event().wait()

    async def program() -> None:
        task = asyncio.create_task(run())
        await asyncio.to_thread(request.came)
        await asyncio.wait_for(between.wait(), PATIENCE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    sandbox.inject(status=409)  # an outcome, also where both changes have the same worker
    request = without_response(sandbox)
    asyncio.run(program())
    request.abandoned()


class CancellingTransport(httpx.AsyncBaseTransport):
    """A transport whose task is cancelled."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Do not."""
        del request
        raise asyncio.CancelledError


@pytest.mark.usefixtures("sandbox")
def test_a_worker_that_is_cancelled_ends_the_run() -> None:
    """Its waiting changes are reported as unsent."""
    reported: list[cc.Outcome] = []

    async def run() -> None:
        async with cc.AsyncCertifier(transport=CancellingTransport()) as certifier:
            changes = named("a") * 3
            updates = certifier.credential_templates.update_many(changes, workers=1)
            async for outcome in updates:
                reported.append(outcome)  # noqa: PERF401 - what is reported before the end counts

    with pytest.raises(RuntimeError, match=r"^a task of the run was cancelled$"):
        asyncio.run(asyncio.wait_for(run(), PATIENCE))
    assert ended(reported) == ["failed"]


BLOCKED = """
import threading
from certifier_client import Certifier

def changes():
    yield {"id": "a"}
    threading.Event().wait()

with Certifier() as certifier:
    for outcome in certifier.credential_templates.update_many(changes()):
        break
"""
BLOCKED_TASKS = """
import asyncio, contextlib, threading
from certifier_client import AsyncCertifier

def changes():
    yield {"id": "a"}
    threading.Event().wait()

async def main():
    async with AsyncCertifier() as certifier:
        updates = certifier.credential_templates.update_many(changes())
        async with contextlib.aclosing(aiter(updates)) as outcomes:
            await anext(outcomes)

asyncio.run(main())
"""


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("script", [BLOCKED, BLOCKED_TASKS], ids=["sync", "async"])
def test_a_program_ends_while_its_list_blocks(script: str) -> None:
    """The thread that reads the list is not waited for."""
    shown = certifier_of([sys.executable, "-c", script])
    assert (shown.returncode, shown.stderr) == (0, "")


@pytest.mark.usefixtures("sandbox")
def test_a_worker_that_is_cancelled_while_it_waits_ends_the_run() -> None:
    """Even if it has nothing to do; a stop after the event loop's end does nothing."""
    begun, end = threading.Event(), threading.Event()

    def changes() -> Iterator[Any]:
        begun.set()
        end.wait(PATIENCE)
        yield from named("a")

    async def run() -> Any:
        async with cc.AsyncCertifier() as certifier:
            updates = certifier.credential_templates.update_many(changes(), workers=1)
            outcomes = aiter(updates)
            first = asyncio.ensure_future(anext(outcomes))
            await asyncio.to_thread(begun.wait, PATIENCE)
            (worker,) = [task for task in asyncio.all_tasks() if "Worker.serve" in repr(task)]
            worker.cancel()
            end.set()
            with pytest.raises(RuntimeError, match=r"^a task of the run was cancelled$"):
                await first
            return updates

    asyncio.run(asyncio.wait_for(run(), PATIENCE)).stop()


def test_an_outcome_is_reported_while_the_list_still_grows(sandbox: Sandbox) -> None:
    """A slow or endless list delays no outcome."""
    reported: list[cc.Outcome] = []

    def changes() -> Iterator[Any]:
        ends = time.monotonic() + PATIENCE
        for position in range(20):
            # One worker sends them: each but the last that was sent has its outcome.
            while len(sandbox.requests) < position:
                assert time.monotonic() < ends, f"request {position} did not come"
                time.sleep(0.001)
            assert len(reported) >= position - 2
            yield from named("a")

    assert kinds(sync_update_many(changes(), reported)) == ["applied"] * 20


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    "change",
    [
        {"name": "a"},
        {"id": 5},
        {"id": "\ud800", "name": "a"},
        {"id": IDS[0], "name": {"\ud800"}},
        {"id": IDS[0], "name": object()},
        {"id": IDS[0], "self": "a"},
        {"id": IDS[0], 5: "a"},
    ],
)
def test_an_invalid_change_is_rejected_and_ends_nothing(
    change: Any, update_many: UpdateMany, tmp_path: Path
) -> None:
    """This holds with a journal too."""
    changes = [change, *named("a", "b")]
    for kind in ("applied", "done"):
        outcomes = update_many(changes, journal=tmp_path / "journal")
        assert kinds(outcomes) == ["rejected", kind, kind]
        assert {o.number: o.change for o in outcomes} == dict(enumerate(changes, 1))


def test_unknown_fields_are_named_with_the_known_ones() -> None:
    """In alphabetical order; those of the API are in its order."""
    change: Any = {"id": "a", "title": "b", 5: "c"}
    message = "^unknown field 5, title: the fields are name, design_ids, learning_event_url$"
    with pytest.raises(cc.InputError, match=message):
        fields_of(change)


def test_an_outcome_says_what_cannot_be_restored(sandbox: Sandbox, tmp_path: Path) -> None:
    """If nothing can, it is rejected, and its error has all reasons."""
    journal = tmp_path / "journal"
    cleared = "it was empty, and the API cannot clear a field"
    reasons = (f"design_ids: {cleared}", f"learning_event_url: {cleared}")
    changes: Any = [
        {"id": t, "design_ids": ["a"], "learning_event_url": "https://a.b"} for t in IDS
    ]
    changes[1]["name"] = "new"
    for template in IDS[:2]:
        sandbox.seed(id=template, name="old", design_ids=[], learning_event_url=None)
    sync_update_many(changes[:2], journal=journal, snapshot=True)
    with cc.Certifier() as certifier:
        outcomes = list(certifier.credential_templates.undo(journal, workers=1))
    first, second = sorted(outcomes, key=lambda outcome: outcome.number)
    assert (first.kind, str(first.error)) == ("rejected", "; ".join(reasons))
    assert (second.kind, second.change) == ("restored", {"id": IDS[1], "name": "old"})
    assert first.problems == second.problems == reasons


def test_what_fails_keeps_its_problems(sandbox: Sandbox, tmp_path: Path) -> None:
    """An empty name cannot be restored either."""
    journal = tmp_path / "journal"
    sandbox.seed(id=IDS[0], name="")
    change: Any = {"id": IDS[0], "name": "new", "design_ids": ["a"]}
    sync_update_many([change], journal=journal, snapshot=True)
    sandbox.inject(status=409)
    with cc.Certifier() as certifier:
        (outcome,) = certifier.credential_templates.undo(journal)
    cleared = "name: it was empty, and the API cannot clear a field"
    assert (outcome.kind, outcome.problems) == ("rejected", (cleared,))


@pytest.mark.parametrize("kind", [cc.Certifier, cc.AsyncCertifier])
def test_a_list_is_compared_applied_and_undone(kind: Any, sandbox: Sandbox, tmp_path: Path) -> None:
    """Both clients have these methods, and plan_undo says what undo does."""
    journal = tmp_path / "journal"

    async def collected(updates: Any) -> list[str]:
        is_async = hasattr(updates, "__aiter__")
        outcomes = [each async for each in updates] if is_async else list(updates)
        assert sorted(outcome.number for outcome in outcomes) == [1, 2, 3]
        return kinds(outcomes)

    async def steps(certifier: Any) -> None:
        templates = certifier.credential_templates
        changes = named("new", "new", "old")
        compared = await collected(templates.compare_many(changes))
        assert compared == ["different", "different", "same"]
        applied = templates.update_many(changes, journal=journal, snapshot=True)
        assert await collected(applied) == ["applied"] * 3
        planned = [planned.change for planned in templates.plan_undo(journal)]
        assert planned == named("old", "old", "old")
        assert await collected(templates.undo(journal)) == ["restored"] * 3

    async def run() -> None:
        certifier = kind(**OPTIONS)
        is_async = hasattr(certifier, "__aenter__")
        async with certifier if is_async else contextlib.nullcontext():
            await steps(certifier)
        if not is_async:
            certifier.close()

    asyncio.run(run())
    assert {sandbox.templates[template].name for template in IDS[:3]} == {"old"}
