"""A worker's requests: each waits for its turn, and is sent again after a 429."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from certifier_client.bulk.change import Change, fields_of
from certifier_client.bulk.modes import Queue, result_of
from certifier_client.errors import CertifierError, RateLimitedError
from certifier_client.models import CredentialTemplate
from certifier_client.rate_limiter import RateLimiter, wait_of

if TYPE_CHECKING:
    from certifier_client import AsyncCertifier, Certifier
    from certifier_client.bulk.run import Run

MAX_THROTTLED_CALLS = 10  # in a row; then the run ends
MAX_RETRY_AFTER = 600.0  # seconds for one change; a longer wait ends the run


def check(client: "Certifier | AsyncCertifier", change: Change) -> None:
    """Raise InputError for a change that is invalid; send nothing."""
    client.credential_templates.update_request(cast("Any", change).get("id"), **fields_of(change))


class StoppedError(CertifierError):
    """The run was stopped before a request was sent."""

    def __str__(self) -> str:
        """Say why."""
        return "the run was stopped before another attempt"


class Worker:
    """Sends one request at a time. It is the RateLimiter of its copy of the client."""

    def __init__(
        self, run: "Run", client: "Certifier | AsyncCertifier", limiter: RateLimiter
    ) -> None:
        self.inbox: Queue = run.mode.queue()
        self._bell: Queue = run.mode.queue()
        self._run = run
        self._limiter = limiter
        self._has_turn = False
        self.client = client
        self._templates = client.with_options(rate_limiter=self).credential_templates

    def stop(self) -> None:
        """End its waits."""
        self._bell.put(None)
        self.inbox.put(None)

    async def acquire(self) -> None:
        """Wait for a request's turn, or raise StoppedError; the first of a call has its turn."""
        if not self._has_turn:
            await self._take_turn()
        self._has_turn = False

    async def on_throttled(self, retry_after: float | None) -> None:
        """Forward to the run's limiter."""
        await self._run.mode.call(self._limiter.on_throttled, retry_after)

    async def on_success(self) -> None:
        """Forward to the run's limiter."""
        self._run.throttled_calls = 0
        await self._run.mode.call(self._limiter.on_success)

    async def _take_turn(self) -> None:
        while not self._run.stopped:
            wait = wait_of(await self._run.mode.call(self._limiter.acquire))
            if not wait:
                break
            await self.wait_before_retry(wait)
        if self._run.stopped:
            raise StoppedError
        self._has_turn = True

    async def wait_before_retry(self, seconds: float) -> None:
        """Wait, but no longer than until the run is stopped."""
        if not self._run.stopped and seconds:
            await self._bell.get(timeout=seconds)

    async def read(self, template_id: str) -> CredentialTemplate:
        """Return the current template: an update without fields changes nothing."""
        try:
            return await self._send(template_id, {}, bool, bool)
        except StoppedError:
            raise StoppedError from None  # nothing of a change was sent
        except CertifierError as error:
            error.may_have_been_applied = False
            raise

    async def update(
        self,
        change: Change,
        intend: Callable[[], object],
        on_throttled: Callable[[CertifierError], object],
    ) -> CredentialTemplate:
        """Make a change that was checked.

        Args:
            change: the change.
            intend: called before each call, when its first turn has come; it may block.
            on_throttled: called with the error of each call that ended in 429 and is made again.

        """
        return await self._send(change["id"], fields_of(change), intend, on_throttled)

    async def _send(
        self,
        template_id: str,
        fields: Any,  # noqa: ANN401 - keyword arguments
        intend: Callable[[], object],
        on_throttled: Callable[[CertifierError], object],
    ) -> CredentialTemplate:
        waited, last = 0.0, None
        while True:
            try:
                await self._take_turn()
                await self._run.mode.call(intend)
                return await self._call(template_id, fields)
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
                last.add_note(f"the run ends, as it waits no longer than {MAX_RETRY_AFTER:.0f} s")
            else:
                await self._run.mode.call(on_throttled, last)
                await self.wait_before_retry(last.retry_after or 0.0)
                continue
            self._run.fail(last)
            raise last

    async def _call(self, template_id: str, fields: Any) -> CredentialTemplate:  # noqa: ANN401
        try:
            template: CredentialTemplate
            template, _ = await result_of(
                self._templates.update_with_response(template_id, **fields)
            )
        finally:
            self._has_turn = False
        return template
