"""Many updates by threads, and what follows an update that went wrong."""

import queue
import threading
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Protocol, cast

from certifier_client import errors
from certifier_client._call import validation
from certifier_client._call.call import Caller, Sender
from certifier_client._call.error_mapping import TRANSIENT, Failure
from certifier_client._http.message import Request
from certifier_client._http.pool import MAX_CONNECTIONS
from certifier_client.bulk.change import Change, Kind, Outcome
from certifier_client.bulk.journal import Journal
from certifier_client.bulk.pace import Pace, Pacer
from certifier_client.credential_templates import (
    CredentialTemplates,
    request_of_update,
)
from certifier_client.models import CredentialTemplate
from certifier_client.options import Settings
from certifier_client.response import Response
from certifier_client.retry import Retry

AHEAD = 16  # changes that wait for a worker
ROUNDS = 10  # calls for a change that is refused for being one too many
PATIENCE = 600  # seconds; a service that asks for a longer wait ends the run

# What says that all other changes would end the same.
FATAL = (errors.UnauthorizedError, errors.PaymentRequiredError, errors.JournalError)


# Whether the next request of this thread or task has its place in the pace already.
_HAS_PLACE = ContextVar("has_place", default=False)


def settings_of(settings: Settings, work: "Work") -> Settings:
    """Return settings by which the pace is slowed down by each 429 within a call as well."""
    told = settings.on_retry

    def on_retry(retry: Retry) -> None:
        try:
            if isinstance(retry.error, errors.RateLimitedError):
                work.pace.throttled(retry.wait)
        except Exception as error:  # noqa: BLE001 - raised once what is under way has ended
            work.stop(error)
        if told:
            told(retry)

    return settings.changed({"on_retry": on_retry})


def kind_of(error: errors.CertifierError) -> Kind:
    """Return what an error that a call ended in makes of a change which is none itself."""
    final = isinstance(error, errors.ClientError) and error.status not in TRANSIENT
    return "refused" if final and not isinstance(error, FATAL) else "failed"


def fields_of(change: Change) -> Any:
    """Return a change without its id."""
    fields = {name: value for name, value in change.items() if name != "id"}
    return cast("Any", fields)


def id_of(change: Change) -> str:
    """Return its id; whether it is one, the update itself validation."""
    return change.get("id")


def template_of(change: Change) -> str:
    """Return what is the same for all changes of a template: ids in either case are the same."""
    return str(id_of(change)).lower()


def numbered(changes: Iterable[Change]) -> Iterator[tuple[int, Change]]:
    """Number changes from 1, each as it is now, or raise InputError at one that is not a dict."""
    for number, change in enumerate(changes, 1):
        validation.instance(f"change {number}", cast("object", change), dict)
        yield number, cast("Change", {key: _now(value) for key, value in change.items()})


def _now(value: object) -> object:
    return [*cast("list[object]", value)] if isinstance(value, list) else value


class Work:
    """What is known of a run, whichever way its calls are made."""

    def __init__(
        self,
        settings: Settings,
        pace: Pacer,
        journal: Journal | None,
        *,
        owns_journal: bool,
        keep_before: bool,
    ) -> None:
        self.settings = settings
        self.pace = pace
        self.keep_before = keep_before
        self.stopped = threading.Event()
        self.fatal: BaseException | None = None
        self._journal = journal
        self._owns_journal = owns_journal
        self._held: set[str] = set()

    def without_sending(self, number: int, change: Change) -> Outcome | None:
        """Return the outcome of a change that is not to be sent."""
        if self.stopped.is_set():
            return Outcome(number, change, "unsent")
        try:
            request_of_update(self.settings, id_of(change), fields_of(change))
        except errors.InputError as error:
            return Outcome(number, change, "refused", error=error)
        if self._journal and (before := self._journal.final(number, change)):
            return before
        if template_of(change) in self._held:
            return Outcome(number, change, "held")
        return None

    def reserve(self) -> float:
        """Take the place of a call's first request, and return in how many seconds it is."""
        seconds = self.pace.reserve()
        _HAS_PLACE.set(True)
        return seconds

    def turn(self) -> float:
        """Return in how many seconds a request may go out; a retry takes a place of its own."""
        if _HAS_PLACE.get():
            _HAS_PLACE.set(False)
            return 0
        try:
            return self.pace.reserve()
        except Exception as error:  # noqa: BLE001 - raised once what is under way has ended
            self.stop(error)
            return 0

    def intend(self, number: int, change: Change, before: CredentialTemplate | None) -> None:
        """Record what is about to be sent."""
        if self._journal:
            self._journal.intend(number, change, before and before.to_dict())

    def throttled(self, number: int, change: Change, error: errors.RateLimitedError) -> None:
        """Have the pace wait as the service asks, or stop if it asks for too much."""
        if self._journal:
            self._journal.conclude(number, change, "failed", error)
        wait = error.retry_after or 1.0
        if wait > PATIENCE:
            self.stop(error)
        else:
            self.pace.throttled(wait)

    def applied(self, number: int, change: Change, template: CredentialTemplate) -> Outcome:
        """Record a success."""
        self.pace.succeeded()
        if self._journal:
            self._journal.conclude(number, change, "applied")
        return Outcome(number, change, "applied", template)

    def not_applied(self, number: int, change: Change, error: errors.CertifierError) -> Outcome:
        """Record an error, and stop if there is no use in going on."""
        kind = kind_of(error)
        if kind == "failed":
            self._held.add(template_of(change))
        if isinstance(error, FATAL):
            self.stop(error)
        if self._journal and not isinstance(error, errors.JournalError):
            try:
                self._journal.conclude(number, change, kind, error)
            except errors.JournalError as also:
                self.stop(also)
        return Outcome(number, change, kind, error=error)

    def close(self) -> None:
        """Let go of the journal, once nothing is under way any more."""
        if self._journal and self._owns_journal:
            self._journal.close()

    def stop(self, fatal: BaseException | None = None) -> None:
        """Send nothing more but what is under way."""
        self.fatal = self.fatal or fatal
        self.stopped.set()


def work_of(
    settings: Settings, *, workers: int, rate: object, journal: object, keep_before: bool
) -> Work:
    """Return the work that the options of ``update_many`` describe."""
    if validation.count("workers", workers) > MAX_CONNECTIONS:
        raise errors.InputError(f"workers is {workers}: there are {MAX_CONNECTIONS} connections")
    is_pacer = not isinstance(rate, int | float | str | None)
    if keep_before and journal is None:
        raise errors.InputError("keep_before needs a journal to keep the templates in")
    # A Journal, or what stands in for one.
    is_open = journal is None or hasattr(journal, "intend")
    return Work(
        settings,
        cast("Pacer", rate) if is_pacer else Pace(cast("float | None", rate)),
        cast("Journal | None", journal) if is_open else Journal(cast("str", journal)),
        owns_journal=not is_open,
        keep_before=keep_before,
    )


class _Waiting(Protocol):
    """A queue of threads or of tasks."""

    def qsize(self) -> int: ...

    def put_nowait(self, item: tuple[int, Change], /) -> None: ...


class Feed:
    """The changes that go to the workers, as many as these have room for."""

    def __init__(self, changes: Iterable[Change], queues: Sequence[_Waiting], work: Work) -> None:
        self._changes = numbered(changes)
        self._queues = queues
        self._work = work
        self._following = self._next()
        self.under_way = 0

    def _next(self) -> tuple[int, Change] | None:
        try:
            return next(self._changes, None)
        except Exception as error:  # noqa: BLE001 - raised once what was handed out is told
            self._work.fatal = self._work.fatal or error
            return None

    def hand_out(self) -> bool:
        """Hand out the next change; return whether there was one, and room for it."""
        if self._following is None or self._work.stopped.is_set():
            return False
        # The changes of a template are one worker's, which keeps their order.
        worker = hash(template_of(self._following[1])) % len(self._queues)
        if self._queues[worker].qsize() >= AHEAD:
            return False
        self._queues[worker].put_nowait(self._following)
        self.under_way += 1
        self._following = self._next()
        return True

    def ended(self, outcome: Outcome) -> Outcome:
        """Count an outcome as no longer under way, and return it."""
        self.under_way -= 1
        return outcome


class PacedSender(Sender):
    """Sends a client's requests, each in its turn; what it waits for is not the call's time."""

    def __init__(
        self, sender: Sender, work: Work, wait: Callable[[Work, float], Awaitable[object]]
    ) -> None:
        self.mode, self.budget = sender.mode, sender.budget
        self._sender = sender
        self._work = work
        self._wait = wait

    async def attempt(self, request: Request, end: float, *, fresh: bool) -> Response | Failure:
        """Wait until the request may go out, or the run is stopped, and send it."""
        seconds = self._work.turn()
        await self._wait(self._work, seconds)
        return await self._sender.attempt(request, end + seconds, fresh=fresh)


async def _wait(work: Work, seconds: float) -> None:
    work.stopped.wait(seconds)


class Updates:
    """Updates under way: iterate over it for what comes of each, as soon as it is known.

    Raises (when iterated over, once what was under way has been told):
        UnauthorizedError, PaymentRequiredError: the service refuses all of them.
        RateLimitedError: it asks for a wait of more than ten minutes.
        InputError: a change is no dict; those before it are made.
        JournalError: the journal cannot be written.

    """

    def __init__(
        self,
        caller: Caller,
        changes: Iterable[Change],
        work: Work,
        workers: int,
    ) -> None:
        settings = settings_of(caller.settings, work)
        sender = PacedSender(caller.sender, work, _wait)
        self._templates = CredentialTemplates(Caller(settings, sender))
        self._changes = changes
        self._work = work
        self._workers = workers

    def stop(self) -> None:
        """Send nothing more; what is under way ends, and the iteration after it."""
        self._work.stop()

    def __iter__(self) -> Generator[Outcome]:
        """Send, and give what comes of each change."""
        queues: list[queue.Queue[Any]] = [queue.Queue() for _ in range(self._workers)]
        outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._serve, args=(waiting, outcomes), daemon=True)
            for waiting in queues
        ]
        for thread in threads:
            thread.start()
        try:
            feed = Feed(self._changes, queues, self._work)
            while (handed_out := feed.hand_out()) or feed.under_way:
                if not handed_out:
                    yield feed.ended(outcomes.get())
                while not outcomes.empty():
                    yield feed.ended(outcomes.get())
        finally:
            self._work.stop()
            for waiting in queues:
                waiting.put(None)
            for thread in threads:
                thread.join()
            self._work.close()
        if self._work.fatal:
            raise self._work.fatal

    def _serve(self, waiting: "queue.Queue[Any]", outcomes: "queue.SimpleQueue[Outcome]") -> None:
        for number, change in iter(waiting.get, None):
            try:
                outcomes.put(self._update(number, change))
            except BaseException as error:  # noqa: BLE001 - the iteration raises it
                self._work.stop(error)
                outcomes.put(Outcome(number, change, "failed"))

    def _before(self, change: Change) -> CredentialTemplate:
        try:
            return self._templates.update(id_of(change))
        except errors.CertifierError as error:
            error.may_have_been_applied = False  # it would have changed nothing
            raise

    def _update(self, number: int, change: Change) -> Outcome:
        work, before, refusal = self._work, None, None
        try:
            if outcome := work.without_sending(number, change):
                return outcome
            for _ in range(ROUNDS):
                if work.stopped.wait(work.reserve()):
                    break
                try:
                    if work.keep_before and before is None:
                        before = self._before(change)
                        if work.stopped.wait(work.reserve()):
                            break
                    work.intend(number, change, before)
                    template = self._templates.update(id_of(change), **fields_of(change))
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
