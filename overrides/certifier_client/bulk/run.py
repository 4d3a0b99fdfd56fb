"""A run: changes are read by a thread and handed to workers, which keep the order of a template."""

import functools
import queue
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from certifier_client.bulk.change import (
    Kind,
    Outcome,
    PlannedChange,
    is_fatal,
    key_of,
    kind_of,
)
from certifier_client.bulk.modes import Mode, Queue
from certifier_client.bulk.worker import StoppedError, Worker, check
from certifier_client.errors import CertifierError, InputError, JournalError
from certifier_client.rate_limiter import AdaptiveRateLimiter, RateLimiter

if TYPE_CHECKING:
    from certifier_client import AsyncCertifier, Certifier

QUEUE_SIZE = 16  # changes for each worker that were read and are not reported yet
MAX_WORKERS = 100  # connections of a client


class Job(Protocol):
    """What to do with each item of a run."""

    def open(self) -> None:
        """Prepare; called before anything else."""
        ...

    def items(self) -> Iterable[PlannedChange]:
        """Read the items, in a thread of its own."""
        ...

    async def settle(self, run: "Run", worker: Worker, item: PlannedChange) -> Outcome:
        """Process an item, and return its outcome or raise its error."""
        ...

    def failed(self, item: PlannedChange, kind: Kind, error: CertifierError) -> None:
        """Record that an item ended in an error; it may block."""
        ...

    def close(self) -> None:
        """Release what was opened; called even if ``open`` failed."""
        ...


class Plan:
    """What a run does, and how.

    Args:
        client: its copies send the requests.
        job: what to do.
        workers: the most requests in flight at a time.
        rate: requests a second at most, a RateLimiter, or None for the client's own.

    Raises:
        InputError: an argument is invalid.

    """

    def __init__(
        self,
        client: "Certifier | AsyncCertifier",
        job: Job,
        workers: int,
        rate: float | RateLimiter | None,
    ) -> None:
        if type(workers) is not int or not 1 <= workers <= MAX_WORKERS:
            raise InputError(
                f"workers is {workers!r}: pass a whole number from 1 to {MAX_WORKERS}, which is "
                "how many connections there are",
                "workers",
            )
        self.client = client
        self.job = job
        self.workers = workers
        limiter = client.rate_limiter if rate is None else rate
        self.limiter: RateLimiter = (
            limiter if isinstance(limiter, RateLimiter) else AdaptiveRateLimiter(limiter)
        )


class Run:
    """A run. Its iteration starts the workers, reports the outcomes, and ends it."""

    def __init__(self, plan: Plan, mode: Mode) -> None:
        self.job = plan.job
        self.fatal: BaseException | None = None
        self.stopped = False
        self.is_reading = False
        self.throttled_calls = 0  # since the service last accepted a request
        self.mode = mode
        self.workers = [Worker(self, plan.client, plan.limiter) for _ in range(plan.workers)]
        self._outcomes: Queue = mode.queue()
        # These limit how far changes are read ahead. No lock: a signal handler calls stop().
        self._slots: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(QUEUE_SIZE * plan.workers):
            self._slots.put(None)
        self._working = plan.workers

    def stop(self) -> None:
        """Send nothing more; requests in flight are completed."""
        self.stopped = True
        self._slots.put(None)
        for worker in self.workers:
            worker.stop()

    def fail(self, error: BaseException) -> None:
        """Stop; the iteration raises the error after the last outcome."""
        self.fatal = self.fatal or error
        self.stop()

    def feed(self) -> None:
        """Hand the items to the workers; all items of a template go to the same one."""
        try:
            items = iter(self.job.items())
            while item := self._read(items):
                self._slots.get()
                if not self.stopped:
                    position = hash(key_of(item.change)) % len(self.workers)
                    self.workers[position].inbox.put(item)
        except BaseException as error:  # noqa: BLE001 - raised after the last outcome
            self.fatal = self.fatal or error
        finally:
            for worker in self.workers:
                worker.inbox.put(None)

    def _read(self, items: Iterator[PlannedChange]) -> PlannedChange | None:
        self.is_reading = True
        try:
            return None if self.stopped else next(items, None)
        finally:
            self.is_reading = False

    async def serve(self, worker: Worker) -> None:
        """Process the items of a worker until there are no more."""
        try:
            while (item := await worker.inbox.get()) is not None:
                self._outcomes.put(await self._settle(worker, item))
        except BaseException as error:  # noqa: BLE001 - such as the cancellation of a task
            self.fail(error)
        finally:
            self._outcomes.put(None)

    async def _settle(self, worker: Worker, item: PlannedChange) -> Outcome:
        outcome = functools.partial(Outcome, item.number, item.change, problems=item.problems)
        if self.stopped:
            return outcome("unsent")
        try:
            check(worker.client, item.change)
        except InputError as error:
            return outcome("rejected", error=error)
        try:
            return await self.job.settle(self, worker, item)
        except CertifierError as error:
            if isinstance(error, StoppedError) and not error.attempts:
                return outcome("unsent")
            kind = kind_of(error)
            if is_fatal(error):
                self.fail(error)
            if not isinstance(error, JournalError):
                await self.record(self.job.failed, item, kind, error)
            return outcome(kind, error=error)
        except BaseException as error:  # noqa: BLE001 - from the caller's code, or a cancellation
            self.fail(error)
            return outcome("failed")

    async def record(self, function: Callable[..., object], *args: object) -> None:
        """Write to the journal; an error there ends the run, but the outcome stays."""
        try:
            await self.mode.call(function, *args)
        except JournalError as error:
            self.fail(error)

    async def next_outcome(self) -> Outcome | None:
        """Wait for the next outcome; None when all workers have ended."""
        while self._working:
            outcome: Outcome | None = await self._outcomes.get()
            if outcome is not None:
                self._slots.put(None)
                return outcome
            self._working -= 1
        return None
