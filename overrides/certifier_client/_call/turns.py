"""Wait for the client's rate limiter before each request, and report the outcome to it."""

from http import HTTPStatus

from certifier_client._call.error_mapping import Failure
from certifier_client._http.mode import Mode, clock
from certifier_client.rate_limiter import RateLimiter, wait_of
from certifier_client.response import Response


async def wait_for_turn(mode: Mode, limiter: RateLimiter | None) -> float:
    """Wait until a request may be sent, and return how many seconds it took."""
    if limiter is None:
        return 0.0
    began = clock()
    while wait := wait_of(await mode.call(limiter.acquire)):
        await mode.sleep(wait)
    return clock() - began


async def wait_before_retry(mode: Mode, limiter: RateLimiter | None, seconds: float) -> None:
    """Wait, using the limiter's own method if it has one."""
    if wait := getattr(limiter, "wait_before_retry", None):
        await mode.call(wait, seconds)
    else:
        await mode.sleep(seconds)


async def report(mode: Mode, limiter: RateLimiter | None, outcome: Response | Failure) -> None:
    """Report to the limiter whether the service accepted the request or throttled it."""
    if limiter is None or not isinstance(outcome, Response):
        return
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        await mode.call(limiter.on_throttled, outcome.retry_after)
    elif outcome.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        await mode.call(limiter.on_success)
