"""Many updates by tasks of asyncio."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from certifier_client import errors
from certifier_client._call.call import AsyncCaller
from certifier_client.bulk.change import Change, Outcome
from certifier_client.bulk.run import (
    ROUNDS,
    Feed,
    PacedSender,
    Work,
    fields_of,
    id_of,
    settings_of,
)
from certifier_client.credential_templates import AsyncCredentialTemplates
from certifier_client.models import CredentialTemplate

_PATIENCE = 0.1  # seconds after which a wait notices that the run was stopped


async def _is_stopped_within(work: Work, seconds: float) -> bool:
    end = time.monotonic() + seconds
    # Another thread may stop the run, which no event of asyncio notices.
    while not work.stopped.is_set() and (left := end - time.monotonic()) > 0:  # noqa: ASYNC110
        await asyncio.sleep(min(left, _PATIENCE))
    return work.stopped.is_set()


class AsyncUpdates:
    """The twin of Updates for asyncio: iterate over it with ``async for``.

    An iteration that is left before its end goes on with what is under way, and keeps the journal,
    until it is closed, which ``contextlib.aclosing(aiter(updates))`` sees to. A task that is
    cancelled meanwhile gives up what is under way.
    """

    def __init__(
        self, caller: AsyncCaller, changes: Iterable[Change], work: Work, workers: int
    ) -> None:
        settings = settings_of(caller.settings, work)
        sender = PacedSender(caller.sender, work, _is_stopped_within)
        self._templates = AsyncCredentialTemplates(AsyncCaller(settings, sender))
        self._changes = changes
        self._work = work
        self._workers = workers

    def stop(self) -> None:
        """Send nothing more; what is under way ends, and the iteration after it."""
        self._work.stop()

    async def __aiter__(self) -> AsyncGenerator[Outcome]:
        """Send, and give what comes of each change."""
        queues: list[asyncio.Queue[Any]] = [asyncio.Queue() for _ in range(self._workers)]
        outcomes: asyncio.Queue[Outcome] = asyncio.Queue()
        tasks = [asyncio.ensure_future(self._serve(waiting, outcomes)) for waiting in queues]
        try:
            feed = Feed(self._changes, queues, self._work)
            while (handed_out := feed.hand_out()) or feed.under_way:
                if not handed_out:
                    yield feed.ended(await outcomes.get())
                while not outcomes.empty():
                    yield feed.ended(outcomes.get_nowait())
        except (asyncio.CancelledError, GeneratorExit):
            if (current := asyncio.current_task()) and current.cancelling():
                for task in tasks:
                    task.cancel()
            raise
        finally:
            self._work.stop()
            for waiting in queues:
                waiting.put_nowait(None)
            try:
                await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                self._work.close()
        if self._work.fatal:
            raise self._work.fatal

    async def _serve(
        self, waiting: "asyncio.Queue[Any]", outcomes: "asyncio.Queue[Outcome]"
    ) -> None:
        try:
            while handed_out := await waiting.get():
                number, change = handed_out
                try:
                    outcomes.put_nowait(await self._update(number, change))
                except BaseException:
                    outcomes.put_nowait(Outcome(number, change, "failed"))
                    raise
        except BaseException as error:
            # The iteration raises it; a CancelledError would pass for one of its own task.
            cancelled = isinstance(error, asyncio.CancelledError)
            self._work.stop(RuntimeError("a task of the run was cancelled") if cancelled else error)
            while not waiting.empty():
                if handed_out := waiting.get_nowait():
                    number, change = handed_out
                    outcomes.put_nowait(Outcome(number, change, "unsent"))
            raise

    async def _before(self, change: Change) -> CredentialTemplate:
        try:
            return await self._templates.update(id_of(change))
        except errors.CertifierError as error:
            error.may_have_been_applied = False
            raise

    async def _update(self, number: int, change: Change) -> Outcome:
        work, before, refusal = self._work, None, None
        try:
            if outcome := work.without_sending(number, change):
                return outcome
            for _ in range(ROUNDS):
                if await _is_stopped_within(work, work.reserve()):
                    break
                try:
                    if work.keep_before and before is None:
                        before = await self._before(change)
                        if await _is_stopped_within(work, work.reserve()):
                            break
                    work.intend(number, change, before)
                    template = await self._templates.update(id_of(change), **fields_of(change))
                except errors.RateLimitedError as error:
                    refusal = error
                    work.throttled(number, change, error)
                else:
                    return work.applied(number, change, template)
        except errors.CertifierError as error:
            return work.not_applied(number, change, error)
        if refusal:
            return work.not_applied(number, change, refusal)
        return Outcome(number, change, "unsent")
