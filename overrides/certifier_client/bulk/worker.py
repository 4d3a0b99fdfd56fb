"""A worker of a run: it makes one change at a time."""

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from certifier_client.bulk.change import Outcome, PlannedChange, fields_of, is_fatal, kind_of
from certifier_client.bulk.jobs import check
from certifier_client.bulk.run import Run
from certifier_client.errors import CertifierError, InputError, JournalError, RateLimitedError
from certifier_client.models import CredentialTemplate
from certifier_client.rate_limiter import RateLimiter, wait_of

if TYPE_CHECKING:
    from certifier_client.bulk.jobs import Client

MAX_THROTTLED_CALLS = 10  # in a row; then the run ends
MAX_RETRY_AFTER = 600.0  # seconds for one change; a longer wait ends the run


class StoppedError(CertifierError):
    """The run was stopped before a request was sent."""

    def __str__(self) -> str:
        """Say why."""
        return "the run was stopped before another attempt"


class Worker:
    """Makes the changes in its inbox. It is the RateLimiter of its copy of the client."""

    def __init__(self, run: Run, position: int, client: "Client", limiter: RateLimiter) -> None:
        self._run = run
        self._inbox, self._bell = run.inboxes[position], run.bells[position]
        self._limiter = limiter
        self.on_throttled = limiter.on_throttled
        self._begin: Callable[[], object] | None = None
        self._client = client.with_options(rate_limiter=self)

    async def acquire(self) -> None:
        """Wait until a request may be sent, or raise StoppedError; record the first request."""
        while not self._run.stopped:
            wait = wait_of(await self._run.mode.call(self._limiter.acquire))
            if not wait:
                break
            await self.wait_before_retry(wait)
        if self._run.stopped:
            raise StoppedError
        if begin := self._begin:
            self._begin = None
            await self._run.mode.call(begin)

    async def on_success(self) -> None:
        """Forward to the run's limiter."""
        self._run.throttled_calls = 0
        await self._run.mode.call(self._limiter.on_success)

    async def wait_before_retry(self, seconds: float | None) -> None:
        """Wait, but only until the run is stopped."""
        if not self._run.stopped and seconds:
            await self._bell.get(timeout=seconds)

    async def serve(self) -> None:
        """Process items until there are no more."""
        try:
            while (item := await self._inbox.get()) is not None:
                self._run.outcomes.put(await self._outcome(item))
        except BaseException as error:  # noqa: BLE001 - such as the cancellation of a task
            self._run.fail(error)
        finally:
            self._run.outcomes.put(None)

    async def _outcome(self, item: PlannedChange) -> Outcome:
        outcome = functools.partial(Outcome, item.number, item.change, problems=item.problems)
        if self._run.stopped:
            return outcome("unsent")
        try:
            check(self._client, item.change)
        except InputError as error:
            return outcome("rejected", error=error)
        try:
            return await self._make(item)
        except CertifierError as error:
            if isinstance(error, StoppedError) and not error.attempts:
                return outcome("unsent")
            kind = kind_of(error)
            if is_fatal(error):
                self._run.fail(error)
            if not isinstance(error, JournalError):
                await self._record(item, kind, error)
            return outcome(kind, error=error)
        except BaseException as error:  # noqa: BLE001 - from the caller's code, or a cancellation
            self._run.fail(error)
            return outcome("failed")

    async def _make(self, item: PlannedChange) -> Outcome:
        job, call = self._run.job, self._run.mode.call
        known: Outcome | None = await call(job.known, item)
        if known:
            return known
        template = None
        if await call(job.needs_template, item):
            template = await self._read(item.change["id"])
        if not (template and job.only_reads):
            begin = functools.partial(job.begin, item, template)
            throttled = functools.partial(job.end, item, "failed")
            template = await self._send(item.change["id"], fields_of(item.change), begin, throttled)
            await self._record(item, job.kind)
        return job.outcome(item, template)

    async def _record(self, item: PlannedChange, *how: object) -> None:
        """Write to the journal; an error ends the run, but does not change the outcome."""
        try:
            await self._run.mode.call(self._run.job.end, item, *how)
        except JournalError as error:
            self._run.fail(error)

    async def _read(self, template_id: str) -> CredentialTemplate:
        """Return the current template: an update without fields changes nothing."""
        try:
            return await self._send(template_id, {}, None, bool)
        except StoppedError:
            raise StoppedError from None  # nothing of a change was sent
        except CertifierError as error:
            error.may_have_been_applied = False
            raise

    async def _send(
        self,
        template_id: str,
        fields: Any,  # noqa: ANN401 - keyword arguments
        begin: Callable[[], object] | None,
        on_throttled: Callable[[CertifierError], object],
    ) -> CredentialTemplate:
        """Make calls until one does not end in 429.

        Args:
            template_id: the id of the template.
            fields: the fields to set, already checked.
            begin: called before the first request of each call, when it may be sent.
            on_throttled: called with the error of each call that is repeated.

        """
        waited, last = 0.0, None
        while True:
            try:
                self._begin = begin
                template = self._client.credential_templates.update(template_id, **fields)
                return await template if inspect.isawaitable(template) else template
            except StoppedError as error:
                if last is None or error.attempts:
                    raise
                raise last from None
            except RateLimitedError as error:
                last = error
            waited += last.retry_after or 0.0
            self._run.throttled_calls += 1
            if self._run.throttled_calls >= MAX_THROTTLED_CALLS:
                last.add_note(f"the run ends after {MAX_THROTTLED_CALLS} calls in a row with a 429")
            elif waited > MAX_RETRY_AFTER:
                last.add_note(
                    f"the run ends, because it waits no longer than {MAX_RETRY_AFTER:.0f} s"
                )
            else:
                await self._run.mode.call(on_throttled, last)
                await self.wait_before_retry(last.retry_after)
                continue
            self._run.fail(last)
            raise last
