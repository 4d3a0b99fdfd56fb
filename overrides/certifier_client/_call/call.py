"""How a call works: build the request, send it with retries, decode the response.

It is written once, with the primitives of a mode; synchronous programs run it with blocking.run().
"""

import logging
import random
from collections.abc import Coroutine, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from certifier_client._call import retry_budget, turns
from certifier_client._call.error_mapping import Failure, of_exception, of_response
from certifier_client._call.operation import Prepared, prepared
from certifier_client._call.redaction import redacted_response
from certifier_client._call.request_builder import Builder
from certifier_client._call.retry_budget import RetryBudget
from certifier_client._call.retrying import is_free, may_repeat, wait_after
from certifier_client._http.message import RawResponse, Request
from certifier_client._http.mode import Mode, clock
from certifier_client._http.seam import Seam
from certifier_client.blocking import run
from certifier_client.errors import CertifierError, ClosedError, TimedOutError
from certifier_client.options import Settings
from certifier_client.request import Request as UnsentRequest
from certifier_client.response import Response
from certifier_client.retry import Retry
from certifier_generated.types import Operation

T = TypeVar("T")

_log = logging.getLogger("certifier_client")

# The response headers that are logged; others may contain private data.
_LOGGED = ("content-length", "content-type", "date", "retry-after", "server", "via")


class Transport(Protocol):
    """Sends requests, and raises httpx's exceptions."""

    async def send(self, request: Request, end: float, *, fresh: bool) -> RawResponse:
        """Send a request and read its response until ``end``."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class Sender:
    """The transport and the retry budget, which a client shares with its copies."""

    def __init__(self, mode: Mode, transport: Transport, seam: Seam | None = None) -> None:
        """Take the transport, and a seam that replaces it while it is open."""
        self.mode = mode
        self.budget = RetryBudget()
        self._transport = transport
        self._seam = seam
        self._is_closing = self._is_closed = False

    async def attempt(self, request: Request, end: float, *, fresh: bool) -> Response | Failure:
        """Send a request once; an exception from the caller's own code is raised unchanged."""
        if self._is_closing:
            return Failure(ClosedError())
        try:
            transport = self._seam if self._seam and self._seam.is_open() else self._transport
            raw = await transport.send(request, end, fresh=fresh)
        except Exception as error:
            if failure := of_exception(request, error):
                return failure
            raise
        return redacted_response(request, raw)

    async def close(self) -> None:
        """Close the connections. After an interrupt, a second call continues."""
        if self._is_closed:
            return
        self._is_closing = True
        await self._transport.close()
        if self._seam:
            await self._seam.close()
        self._is_closed = True


class BaseCaller:
    """Makes calls with one set of settings, and a sender that may be shared."""

    def __init__(self, settings: Settings, sender: Sender) -> None:
        self.settings = settings
        self.sender = sender
        self._builder = Builder(settings)

    def request(self, operation: Operation[Any], arguments: Mapping[str, Any]) -> UnsentRequest:
        """Return the request that would be sent, without the access token."""
        kwargs = prepared(operation).kwargs(arguments, self.settings.parameters)
        return UnsentRequest.of(self._builder.build("", kwargs))

    def start(
        self, operation: Operation[T], arguments: Mapping[str, Any]
    ) -> Coroutine[Any, Any, tuple[T, Response]]:
        """Check the arguments; return the coroutine that makes the call.

        Args:
            operation: the operation of the document.
            arguments: the arguments of its method.

        Raises:
            InputError: an argument does not match its schema.

        """
        ready = prepared(operation)
        kwargs = ready.kwargs(arguments, self.settings.parameters)
        return self._send(ready, kwargs, arguments)

    async def _send(
        self, ready: Prepared, kwargs: dict[str, Any], arguments: Mapping[str, Any]
    ) -> tuple[Any, Response]:
        began = clock()
        self.sender.mode.owner()  # an event loop that cannot be used is reported at once
        request = await self._request(kwargs)
        with CallState(self.settings, self.sender.budget, request, began) as state:
            mode, limiter = self.sender.mode, self.settings.rate_limiter
            while True:
                state.extend(await turns.wait_for_turn(mode, limiter))
                end = state.begin()
                outcome = await self.sender.attempt(request, end, fresh=state.was_stale)
                await turns.report(mode, limiter, outcome)
                if isinstance(outcome, Response) and ready.is_success(outcome.status):
                    state.succeed(outcome)
                    return ready.parse(outcome, arguments), outcome
                if state.may_refresh(outcome):
                    request = await self._request(kwargs)
                    if state.refreshed(request):
                        continue
                await turns.wait_before_retry(mode, limiter, state.wait_after(outcome))

    async def _request(self, kwargs: dict[str, Any]) -> Request:
        # The token is never in a local variable, because a traceback may show those.
        return self._builder.build(await self.settings.current_token(), kwargs)


class Caller(BaseCaller):
    """The caller of a synchronous client."""

    def call(self, operation: Operation[T], arguments: Mapping[str, Any]) -> tuple[T, Response]:
        """Make a call; return its result and the response."""
        return run(self.start(operation, arguments))


class AsyncCaller(BaseCaller):
    """The caller of an asynchronous client."""

    call = BaseCaller.start


class CallState:
    """The state of a call: its attempts, its time, and the cost of its retries.

    As a context manager, it adds these to the exception that ends the call.
    """

    def __init__(
        self, settings: Settings, budget: RetryBudget, request: Request, began: float
    ) -> None:
        self.was_stale = False
        self._settings = settings
        self._budget = budget
        self._request = request
        self._began = self._attempt_began = began
        self._end = began + settings.deadline
        self._attempts = 0  # without one on a stale connection
        self._sent = 0
        self._ambiguous = False
        self._was_refreshed = False
        self._cost = retry_budget.REFILL

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, CertifierError):
            self._complete(error)

    def _complete(self, error: CertifierError) -> None:
        error.attempts = self._sent
        error.elapsed = clock() - self._began
        error.may_have_been_applied |= self._ambiguous
        error.may_have_been_applied &= not self._request.is_safe

    def extend(self, seconds: float) -> None:
        """Extend the deadline by the time that the rate limiter took."""
        self._end += seconds

    def begin(self) -> float:
        """Begin an attempt, and return when it must end."""
        self._sent += 1
        self._attempt_began = clock()
        return self._end

    def succeed(self, response: Response) -> None:
        """Record a documented success."""
        self._budget.give(self._cost)
        self._record(response, None)

    def may_refresh(self, outcome: Response | Failure) -> bool:
        """Return whether to get a new access token: once, after a 401, if it is from a function."""
        if self._was_refreshed or not callable(self._settings.access_token):
            return False
        self._was_refreshed = (
            isinstance(outcome, Response) and outcome.status == HTTPStatus.UNAUTHORIZED
        )
        return self._was_refreshed

    def refreshed(self, request: Request) -> bool:
        """Use a request with a new token, and return whether the token differs."""
        is_another = request.token != self._request.token
        self._request = request
        return is_another

    def wait_after(self, outcome: Response | Failure) -> float:
        """Return how many seconds to wait before a retry, or raise the error that ends the call."""
        failure = outcome if isinstance(outcome, Failure) else of_response(outcome)
        failure.error.may_have_been_applied &= not self._request.is_safe
        self.was_stale |= failure.stale
        self._ambiguous |= failure.error.may_have_been_applied
        wait = self._wait(failure)
        self._record(outcome, wait)
        if wait is None:
            raise failure.error
        return wait

    def _wait(self, failure: Failure) -> float | None:
        policy = self._settings.retry
        may_retry = may_repeat(policy, failure, self._request.method)
        if may_retry and is_free(failure, sent=self._sent):
            return 0.0
        self._attempts += 1
        if not may_retry:
            return None
        jitter = random.random()  # noqa: S311 - no secret
        left = self._end - clock()
        wait = wait_after(policy, failure, attempt=self._attempts, jitter=jitter, left=left)
        timed_out = isinstance(failure.error, TimedOutError)
        cost = retry_budget.TIMEOUT_COST if timed_out else retry_budget.COST
        if wait is None or not self._budget.take(cost):
            return None
        self._cost = cost
        if on_retry := self._settings.on_retry:
            self._complete(failure.error)
            on_retry(Retry(self._attempts, wait, failure.error))
        return wait

    def _record(self, outcome: Response | Failure, wait: float | None) -> None:
        level = logging.DEBUG if wait is None else logging.INFO
        if not _log.isEnabledFor(level):
            return
        if isinstance(outcome, Response):
            sent = outcome.headers
            headers = {name: sent[name][:100] for name in _LOGGED if name in sent}
            ended = f"{outcome.status} {headers}"
        else:
            ended = type(outcome.error).__name__
        _log.log(
            level,
            "%s: attempt %d ended after %.3f s in %s%s",
            self._request,
            self._sent,
            clock() - self._attempt_began,
            ended,
            "" if wait is None else f"; the next one in {wait:.3f} s",
        )
