"""The rate limit, on a stopped clock."""

import httpx
import pytest

from certifier_sandbox import FREE_TOKEN, TEMPLATE_ID, create_app
from support import documented_errors

PATH = f"/v1/groups/{TEMPLATE_ID}"


def limit(api: httpx.Client, **limit: object) -> None:
    """Set the limit, and stop the clock."""
    api.post("/_sandbox/clock/advance", json={"seconds": 0})
    assert api.put("/_sandbox/rate-limit", json=limit).json()["rateLimit"].items() >= limit.items()


def statuses(api: httpx.Client, requests: int) -> list[int]:
    """Send requests, and return their statuses."""
    return [api.patch(PATH, json={}).status_code for _ in range(requests)]


def advance(api: httpx.Client, seconds: float) -> None:
    """Move the clock."""
    api.post("/_sandbox/clock/advance", json={"seconds": seconds})


def test_it_is_off_until_it_is_set(api: httpx.Client) -> None:
    """Without a limit any number of requests succeeds, as after a limit is removed."""
    assert statuses(api, 20) == [200] * 20
    limit(api, requests=1)
    assert statuses(api, 2) == [200, 429]
    assert api.delete("/_sandbox/rate-limit").status_code == 204
    assert statuses(api, 20) == [200] * 20


def test_a_429_says_when_to_retry(api: httpx.Client) -> None:
    """429 has the documented body, and Retry-After in whole seconds, rounded up; a retry counts."""
    limit(api, requests=1, seconds=60)
    assert statuses(api, 1) == [200]
    advance(api, 0.5)
    response = api.patch(PATH, json={})
    assert response.headers["retry-after"] == "60"
    (documented,) = [error for error in documented_errors() if error.status == 429]
    assert response.json()["error"] == {"code": documented.code, "message": documented.message}
    advance(api, 59)
    assert api.patch(PATH, json={}).headers["retry-after"] == "1"
    advance(api, 0.5)
    assert statuses(api, 2) == [200, 429]


def test_the_window_slides_and_rejected_requests_do_not_count(api: httpx.Client) -> None:
    """A request is admitted as soon as the last window has fewer requests than the limit."""
    limit(api, requests=2)
    assert statuses(api, 1) == [200]
    advance(api, 0.6)
    assert statuses(api, 3) == [200, 429, 429]
    advance(api, 0.5)
    assert statuses(api, 2) == [200, 429]


def test_each_token_has_its_own_limit(api: httpx.Client) -> None:
    """The requests of one token, or without a token, do not count for another."""
    limit(api, requests=1)
    assert statuses(api, 2) == [200, 429]
    api.headers["Authorization"] = f"Bearer {FREE_TOKEN}"
    assert statuses(api, 2) == [404, 429]
    api.headers["Authorization"] = "Bearer nobody"
    assert statuses(api, 2) == [401, 401]


def test_a_clock_that_is_set_back_blocks_nobody(api: httpx.Client) -> None:
    """Requests that are in the future after that do not count."""
    limit(api, requests=1)
    assert statuses(api, 1) == [200]
    advance(api, -3600)
    assert statuses(api, 1) == [200]


@pytest.mark.parametrize("now", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_time(api: httpx.Client, now: str) -> None:
    """The limit holds at the limits of datetime."""
    api.put("/_sandbox/clock", json={"now": now}).raise_for_status()
    limit(api, requests=1, seconds=86400)
    assert statuses(api, 2) == [200, 429]


async def test_reset_restores_the_initial_limit() -> None:
    """A sandbox that was started with a limit has it again after a reset."""
    transport = httpx.ASGITransport(create_app(rate_limit=3))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        start = {"requests": 3, "seconds": 1}
        assert (await client.get("/_sandbox/state")).json()["rateLimit"] == start
        await client.delete("/_sandbox/rate-limit")
        await client.post("/_sandbox/reset")
        assert (await client.get("/_sandbox/state")).json()["rateLimit"] == start
