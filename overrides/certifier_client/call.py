"""The way of one call: build the request, attempt it as often as it takes, read the answer.

Its twin in async_call differs in the lines that wait for the network and for time to pass alone.
"""

import logging
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self, TypeVar

from certifier_client import answers, budget
from certifier_client.budget import Budget
from certifier_client.errors import CertifierError, InputError, TimedOutError
from certifier_client.exchange import Exchange
from certifier_client.failure import Failure
from certifier_client.request import Builder, Request
from certifier_client.response import Response
from certifier_client.retry import Retry, is_free, wait_after
from certifier_client.settings import Settings

T = TypeVar("T")

_log = logging.getLogger("certifier_client")

# The headers of an answer that a log record has; all others may tell what is nobody's business.
_LOGGED = ("content-length", "content-type", "date", "retry-after", "server", "via")


class Caller:
    """Makes calls with one set of settings over connections and a budget that may be shared."""

    def __init__(self, settings: Settings, exchange: Exchange, budget: Budget) -> None:
        self.settings = settings
        self.exchange = exchange
        self.budget = budget
        self._builder = Builder(settings)

    def call(self, kwargs: dict[str, Any], read: Callable[[Response], T]) -> tuple[T, Response]:
        """Send what a generated ``…_kwargs`` function returned; return what was read and from what.

        Args:
            kwargs: the parts of the request.
            read: makes the result of an answer of success, or raises ResponseError.

        """
        began = time.monotonic()
        request = self._builder.build(**kwargs)
        with Course(self.settings, self.budget, request, began) as course:
            while True:
                outcome = self.exchange.attempt(request, course.begin())
                if isinstance(outcome, Response) and course.succeeded(outcome):
                    return read(outcome), outcome
                time.sleep(course.wait_after(outcome))


class Course:
    """How far a call has come: its attempts, its time, and what they cost.

    As a context manager it tells the exception that ends the call what was before.
    """

    def __init__(self, settings: Settings, budget: Budget, request: Request, began: float) -> None:
        self._settings = settings
        self._budget = budget
        self._request = request
        self._began = self._attempt_began = began
        self._end = began + settings.deadline
        self._attempts = 0  # that count; the one after a stale connection does not
        self._sent = 0
        self._ambiguous = False
        self._cost = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, CertifierError):
            error.attempts = self._sent
            error.elapsed = time.monotonic() - self._began
            error.may_have_been_applied |= self._ambiguous

    def begin(self) -> float:
        """Begin an attempt, and return how many seconds it may take."""
        self._sent += 1
        self._attempt_began = time.monotonic()
        return self._end - self._attempt_began

    def succeeded(self, response: Response) -> bool:
        """Return whether an answer is the documented success."""
        if response.status != HTTPStatus.OK:
            return False
        self._budget.give(self._cost or budget.REFILL)
        self._tell(response, None)
        return True

    def wait_after(self, outcome: Response | Failure) -> float:
        """Return how many seconds to wait before the next attempt, or raise what ends the call."""
        failure = outcome if isinstance(outcome, Failure) else answers.failure(outcome)
        self._ambiguous |= failure.error.may_have_been_applied
        wait = self._wait(failure)
        self._tell(outcome, wait)
        if wait is None:
            raise failure.error
        return wait

    def _wait(self, failure: Failure) -> float | None:
        policy = self._settings.retry
        if is_free(policy, failure, sent=self._sent):
            return 0.0
        self._attempts += 1
        chance = random.random()  # noqa: S311 - no secret
        left = self._end - time.monotonic()
        wait = wait_after(policy, failure, attempt=self._attempts, chance=chance, left=left)
        cost = budget.TIMEOUT_COST if isinstance(failure.error, TimedOutError) else budget.COST
        if wait is None or not self._budget.take(cost):
            return None
        self._cost = cost
        self._notify(Retry(self._attempts, wait, failure.error))
        return wait

    def _notify(self, retry: Retry) -> None:
        if self._settings.on_retry is None:
            return
        try:
            self._settings.on_retry(retry)
        except Exception as error:
            raise InputError(f"the callable on_retry raised {type(error).__name__}") from error

    def _tell(self, outcome: Response | Failure, wait: float | None) -> None:
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
            time.monotonic() - self._attempt_began,
            ended,
            "" if wait is None else f"; the next one in {wait:.3f} s",
        )
