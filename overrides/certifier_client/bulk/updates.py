"""What a program iterates over: a run whose workers are threads."""

import threading
from collections.abc import Generator, Sequence

from certifier_client.bulk.change import Outcome
from certifier_client.bulk.modes import Mode, Threads, drive, new_thread
from certifier_client.bulk.run import Plan, Run
from certifier_client.bulk.worker import Worker
from certifier_client.errors import InputError

GRACE = 1.0  # seconds to wait, at the end of a run, for an item that is being read


class BaseUpdates:
    """What both kinds of updates have in common: one iteration, and a way to stop it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._run: Run | None = None
        self._is_stopped = False

    def stop(self) -> None:
        """Send nothing more; the iteration ends once the requests in flight are completed.

        Any thread or signal handler may call it.
        """
        self._is_stopped = True
        if self._run:
            self._run.stop()

    def _begin(self, mode: Mode) -> Run:
        if self._run:
            raise InputError("these updates were made already: call the method again")
        self._run = Run(self._plan, mode)
        if self._is_stopped:
            self._run.stop()
        return self._run


def _serve(run: Run, worker: Worker) -> None:
    drive(run.serve(worker))


def _join(thread: threading.Thread, seconds: float | None) -> None:
    if thread.ident and thread is not threading.current_thread():
        thread.join(seconds)


class _Crew:
    """The threads of a run. They end with it, or when its iteration is garbage-collected."""

    # For an instance whose __init__ was interrupted.
    _run: Run | None = None
    _threads: Sequence[threading.Thread] = ()

    def __init__(self, run: Run) -> None:
        serving = [new_thread(_serve, run, worker) for worker in run.workers]
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
    """Updates that are made while you iterate, once, over their outcomes.

    One thread reads the changes and others send the requests; all run in the context
    (``contextvars``) of the code that iterates. Leaving the iteration early waits for the requests
    in flight.

    Raises (by the iteration, after the outcomes of all requests in flight):
        UnauthorizedError, PaymentRequiredError: the service rejects every change.
        RateLimitedError: ten calls in a row end in 429, or the service asks for a wait of more than
            ten minutes.
        TlsError, ProxyError, ClosedError: no request reaches the service.
        InputError: a change is not a dict (those before it are made); or an option of the client,
            a file that it names or an environment variable is invalid.
        JournalError: the journal belongs to another server or to other changes, or cannot be read
            or written.

    """

    def __iter__(self) -> Generator[Outcome]:
        """Send the changes, and yield the outcome of each."""
        run = self._begin(Threads())
        crew = _Crew(run)
        try:
            run.job.open()
            crew.start()
            while outcome := drive(run.next_outcome()):
                yield outcome
        finally:
            crew.end()
        if run.fatal:
            raise run.fatal
