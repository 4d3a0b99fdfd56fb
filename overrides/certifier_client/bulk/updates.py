"""The iterable over the outcomes of a run whose workers are threads."""

import threading
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from certifier_client.blocking import run as run_blocking
from certifier_client.bulk.change import Outcome
from certifier_client.bulk.jobs import Job
from certifier_client.bulk.modes import Mode, new_thread
from certifier_client.bulk.run import Run
from certifier_client.bulk.worker import Worker
from certifier_client.errors import InputError
from certifier_client.rate_limiter import AdaptiveRateLimiter, RateLimiter

if TYPE_CHECKING:
    from certifier_client.bulk.jobs import Client

MAX_WORKERS = 100  # connections of a client
GRACE = 1.0  # seconds to wait, at the end of a run, for an item that is being read


class BaseUpdates:
    """The base of both kinds of updates: a single iteration, and a way to stop it.

    Args:
        client: its copies send the requests.
        job: what to do.
        workers: the maximum number of requests in flight.
        rate: the maximum requests per second, a RateLimiter, or None for the client's own.

    Raises:
        InputError: an argument is invalid.

    """

    def __init__(
        self, client: "Client", job: Job, workers: int, rate: float | RateLimiter | None
    ) -> None:
        if type(workers) is not int or not 1 <= workers <= MAX_WORKERS:
            raise InputError(
                f"workers is {workers!r}: pass a whole number from 1 to {MAX_WORKERS}, the "
                "number of connections",
                "workers",
            )
        limiter = client.rate_limiter if rate is None else rate
        self._limiter: RateLimiter = (
            limiter if isinstance(limiter, RateLimiter) else AdaptiveRateLimiter(limiter)
        )
        self._client = client
        self._workers = workers
        self._run = Run(job, workers)
        self._has_begun = False

    def stop(self) -> None:
        """Send nothing more; the iteration ends after the requests in flight.

        Any thread or signal handler may call this.
        """
        self._run.stop()

    def _begin(self, mode: Mode) -> tuple[Run, list[Worker]]:
        if self._has_begun:
            raise InputError("these updates have already been made: call the method again")
        self._has_begun = True
        self._run.begin(mode)
        workers = range(self._workers)
        return self._run, [Worker(self._run, i, self._client, self._limiter) for i in workers]


def _serve(worker: Worker) -> None:
    run_blocking(worker.serve())


def _join(thread: threading.Thread, seconds: float | None) -> None:
    if thread.ident and thread is not threading.current_thread():
        thread.join(seconds)


class _Crew:
    """The threads of a run. They end with the run, or when its iterator is garbage-collected."""

    # For an instance whose __init__ was interrupted.
    _run: Run | None = None
    _threads: Sequence[threading.Thread] = ()

    def __init__(self, run: Run, workers: list[Worker]) -> None:
        serving = [new_thread(_serve, worker) for worker in workers]
        self._threads = [*serving, new_thread(run.feed)]
        self._run = run

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Wait until nothing is in flight; may be called again."""
        if not self._run:
            return
        self._run.stop()
        *serving, reader = self._threads
        for thread in serving:
            _join(thread, None)
        _join(reader, GRACE if self._run.is_reading else None)
        self._run.job.close()

    __del__ = end


class Updates(BaseUpdates):
    """Updates that are made while you iterate over their outcomes, which is possible once.

    One thread reads the changes, and others send the requests; all run with the ``contextvars`` of
    the code that iterates. If you leave the iteration early, it waits for the requests in flight.

    Raises (by the iteration, after the outcomes of all requests in flight):
        UnauthorizedError, PaymentRequiredError: the service rejects every change.
        RateLimitedError: ten calls in a row ended with 429, or the service asks for a wait of more
            than ten minutes.
        TlsError, ProxyError, ClosedError: no request can reach the service.
        InputError: a change is not a dict (earlier ones are made); or an option of the client, a
            file that it names or an environment variable is invalid.
        JournalError: the journal belongs to another server or to other changes, or cannot be read
            or written.

    """

    def __iter__(self) -> Generator[Outcome]:
        """Send the changes, and yield the outcome of each."""
        run, workers = self._begin(Mode())
        crew = _Crew(run, workers)
        try:
            crew.start()
            while outcome := run_blocking(run.next_outcome()):
                yield outcome
        finally:
            crew.end()
        if run.fatal:
            raise run.fatal
