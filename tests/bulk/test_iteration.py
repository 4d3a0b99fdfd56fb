"""Iterating over updates: what is handed over, when outcomes come, and what is left running."""

import asyncio
import contextlib
import contextvars
import functools
import gc
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import certifier_client as cc
from bulk.conftest import IDS, OPTIONS, UpdateMany, named, open_journal, sync_update_many
from bulk.moments import held
from certifier_client.bulk import async_updates, journal_file, updates
from certifier_client.bulk.updates import _join
from certifier_sandbox import Sandbox
from faults.test_interrupt_everywhere import Interrupt
from support import PATIENCE

PACKAGE = str(Path(cc.__file__).parent / "bulk")
CONNECT = journal_file.connect
WHERE = contextvars.ContextVar("where", default="nowhere")


def is_free(journal: Path) -> bool:
    """Return whether a journal can be opened."""
    try:
        open_journal(journal).close()
    except cc.JournalError:
        return False
    return True


def test_a_change_is_read_when_it_is_handed_over(sandbox: Sandbox, update_many: UpdateMany) -> None:
    """A generator may use one dict, and one list, for all of them."""
    change: Any = {"design_ids": []}

    def changes() -> Iterator[Any]:
        for number, template in enumerate(IDS[:8]):
            change["id"], change["name"] = template, str(number)
            change["design_ids"][:] = [f"design{number}"]
            yield change
        change.clear()

    outcomes = update_many(changes(), workers=1)
    assert [outcome.change.get("name") for outcome in outcomes] == [str(n) for n in range(8)]
    found = [sandbox.templates[template] for template in IDS[:8]]
    assert [template.name for template in found] == [str(n) for n in range(8)]
    assert [template.design_ids for template in found] == [(f"design{n}",) for n in range(8)]


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("workers", [1, 4])
def test_an_outcome_comes_as_soon_as_it_is_known(workers: int) -> None:
    """A list may wait for the outcome of a change before it yields the next change."""
    reported: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def changes() -> Iterator[Any]:
        for number in range(5):
            yield {"id": IDS[0], "name": str(number)}
            assert reported.get(timeout=PATIENCE) == str(number)

    with cc.Certifier() as certifier:
        for outcome in certifier.credential_templates.update_many(changes(), workers=workers):
            reported.put(outcome.change.get("name"))

    async def run() -> None:
        async with cc.AsyncCertifier() as certifier:
            updates = certifier.credential_templates.update_many(changes(), workers=workers)
            async for outcome in updates:
                reported.put(outcome.change.get("name"))

    asyncio.run(run())


class Witness(cc.AdaptiveRateLimiter):
    """Writes down the caller's context, which each worker has."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    async def acquire(self) -> float | None:
        """Write it down."""
        self.seen.add(WHERE.get())
        return await super().acquire()


@pytest.mark.usefixtures("sandbox")
def test_workers_and_lists_have_the_context_of_the_caller(update_many: UpdateMany) -> None:
    """The current span of a trace is part of it."""
    limiter, seen = Witness(), set[str]()

    def changes() -> Iterator[Any]:
        seen.add(WHERE.get())
        yield from named("a")

    token = WHERE.set("here")
    update_many(changes(), rate=limiter)
    WHERE.reset(token)
    assert limiter.seen == seen == {"here"}


@pytest.mark.usefixtures("sandbox")
def test_updates_are_made_once() -> None:
    """Iterating again would repeat them, or report nothing."""
    said = "^these updates have already been made: call the method again$"
    with cc.Certifier() as certifier:
        updates = certifier.credential_templates.update_many(named("a"))
        assert len(list(updates)) == 3
        with pytest.raises(cc.InputError, match=said):
            list(updates)

    async def run() -> None:
        async with cc.AsyncCertifier() as certifier:
            updates = certifier.credential_templates.update_many(named("a"))
            assert len([outcome async for outcome in updates]) == 3
            with pytest.raises(cc.InputError, match=said):
                await anext(aiter(updates))

    asyncio.run(run())


@pytest.mark.parametrize("ending", ["leave", "fail"])
def test_an_iteration_that_ends_early_leaves_nothing_running(
    ending: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """There is no thread, request or lock left."""
    before = threading.active_count()
    journal = tmp_path / "journal"
    with cc.Certifier() as certifier:
        try:
            updates = certifier.credential_templates.update_many(named("a", 40), journal=journal)
            for _ in updates:
                if ending == "leave":
                    break
                _ = 1 // 0
        except ZeroDivisionError:
            pass
        assert threading.active_count() == before
        assert is_free(journal)
        assert len(sandbox.requests) < 40


@pytest.mark.parametrize("ending", ["leave", "fail"])
def test_an_async_iteration_that_ends_early_leaves_nothing_running(
    ending: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """This holds once the event loop has closed the iterator."""
    journal = tmp_path / "journal"

    async def run() -> None:
        async with cc.AsyncCertifier() as certifier:
            updates = certifier.credential_templates.update_many(named("a", 40), journal=journal)
            try:
                async for _ in updates:
                    if ending == "leave":
                        break
                    _ = 1 // 0
            except ZeroDivisionError:
                pass
            async with asyncio.timeout(PATIENCE):
                while len(asyncio.all_tasks()) > 1:  # noqa: ASYNC110 - asyncio closes it
                    await asyncio.sleep(0.001)
            assert is_free(journal)

    asyncio.run(run())
    assert len(sandbox.requests) < 40


def test_an_async_iteration_that_is_closed_completes_the_requests_in_flight(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """The journal has their outcomes, so that the next run does not send them again."""
    journal, changes = tmp_path / "journal", named("a", 8)

    async def run() -> None:
        async with cc.AsyncCertifier() as certifier:
            updates = certifier.credential_templates.update_many(changes, journal=journal)
            async with contextlib.aclosing(aiter(updates)) as outcomes:
                await anext(outcomes)
                await asyncio.to_thread(hold.reached)
                asyncio.get_running_loop().call_later(0.1, hold.release)

    with held(sandbox, 3) as hold:
        asyncio.run(run())
    sync_update_many(changes, journal=journal)
    assert len(sandbox.requests) == 8


# Python warns of a coroutine or file that was just made when the interrupt came; it closes both.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
@pytest.mark.parametrize("event", ["line", "after a call"])
def test_an_iteration_can_be_interrupted_anywhere(
    event: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every place KeyboardInterrupt reaches the caller, and nothing is left of the run."""
    monkeypatch.setattr("faults.test_interrupt_everywhere.TRACED", (PACKAGE,))
    threads = threading.active_count()
    number, was_interrupted = 0, True
    with cc.Certifier(**OPTIONS) as certifier:
        update_many: Callable[..., Any] = certifier.credential_templates.update_many
        while was_interrupted:
            number += 1
            journal = tmp_path / f"journal{number}"
            changes = named(str(number), 2)
            updates = update_many(changes, workers=2, journal=journal)
            was_interrupted = Interrupt(number, event).met_by(functools.partial(list, updates))
            del updates
            gc.collect()
            assert threading.active_count() == threads, number
            assert is_free(journal), number
            again = list(update_many(changes, workers=2, journal=journal))
            assert {outcome.kind for outcome in again} <= {"applied", "done"}
            assert {sandbox.templates[template].name for template in IDS[:2]} == {str(number)}
    assert number > 50  # there is something to interrupt


def test_a_configuration_error_ends_the_run_and_uses_nothing_up(
    sandbox: Sandbox, update_many: UpdateMany, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a certificate file is missing, nothing is sent; the same journal sends all of it later."""
    journal, reported = tmp_path / "journal", list[cc.Outcome]()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv("CERTIFIER_BASE_URL", "https://localhost:1")
        with pytest.raises(cc.InputError, match="SSL_CERT_FILE"):
            update_many(named("a"), reported, journal=journal, workers=1)
    assert {outcome.kind for outcome in reported} <= {"failed", "unsent"}
    assert not any(outcome.error.may_have_been_applied for outcome in reported if outcome.error)
    assert not journal.exists()
    update_many(named("a"), journal=journal)
    assert {sandbox.templates[template].name for template in IDS[:3]} == {"a"}


class SlowJournals(list[Path]):
    """The journals that were opened. Each takes a while, and stops a run before it."""

    run: Any = None

    def open(self, path: Path) -> Any:
        """Open a journal."""
        if self.run:
            self.run.stop()
        time.sleep(0.3)
        self.append(path)
        return CONNECT(path)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> SlowJournals:
    """Let journals open slowly; a run does not wait for what else a thread reads."""
    journals = SlowJournals()
    monkeypatch.setattr(journal_file, "connect", journals.open)
    for module in (updates, async_updates):
        monkeypatch.setattr(module, "GRACE", 0)
    return journals


@pytest.mark.usefixtures("sandbox")
def test_a_run_does_not_end_while_it_opens_its_journal(
    opened: SlowJournals, tmp_path: Path
) -> None:
    """However long that takes: otherwise nobody would close the journal."""
    path = tmp_path / "journal"
    with cc.Certifier() as certifier:
        opened.run = certifier.credential_templates.update_many([], journal=path)
        assert list(opened.run) == []
    assert opened == [path]

    async def run() -> None:
        async with cc.AsyncCertifier() as certifier:
            opened.run = certifier.credential_templates.update_many([], journal=path)
            assert [outcome async for outcome in opened.run] == []

    asyncio.run(run())
    assert opened == [path] * 2


@pytest.mark.usefixtures("sandbox")
def test_a_run_whose_tasks_are_cancelled_at_once_closes_its_journal(
    opened: SlowJournals, tmp_path: Path
) -> None:
    """By a program that cancels all tasks, before they have begun."""

    async def run() -> None:
        certifier = cc.AsyncCertifier()
        iterator = aiter(certifier.credential_templates.update_many([], journal=tmp_path / "a"))
        iterating = asyncio.create_task(anext(iterator))
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await iterating
        assert opened == [tmp_path / "a"]

    asyncio.run(run())


def test_a_thread_that_never_started_is_not_waited_for() -> None:
    """Nor is the current one; both may happen after an interrupt."""
    _join(threading.Thread(), None)
    _join(threading.current_thread(), None)
