"""What a response says in its headers."""

from datetime import UTC, datetime

import httpx
import pytest

from certifier_client import Request, Response

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


def response(**headers: str) -> Response:
    """Return a response with some headers."""
    found = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return Response("PATCH /", 429, found, b"", NOW)


@pytest.mark.parametrize(
    ("asked", "date", "seconds"),
    [
        (None, None, None),
        ("", None, None),
        ("soon", None, None),
        ("-1", None, None),
        ("0", None, 0),
        (" 2.5 ", None, 2.5),
        ("Thu, 01 Jan 2026 00:00:05 GMT", None, 5),
        ("Thu, 01 Jan 2026 00:00:05", None, 5),
        ("Thu, 01 Jan 2026 01:00:05 +0100", None, 5),
        ("Wed, 31 Dec 2025 23:59:59 GMT", None, 0),
        ("Wed, 31 Dec 2025 23:00:05 GMT", "Wed, 31 Dec 2025 23:00:00 GMT", 5),
        ("Thu, 01 Jan 2026 00:00:05 GMT", "never", 5),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    asked: str | None, date: str | None, seconds: float | None
) -> None:
    """A date is relative to the header Date, or else to the arrival; GMT is the default."""
    headers = {"retry_after": asked, "date": date}
    found = response(**{name: value for name, value in headers.items() if value is not None})
    assert found.retry_after == seconds


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://user:secret@example.org:8/a?token=b#c", "https://example.org:8/a"),
        ("/a?b#c", "/a"),
        ("https://example.org:secret/", ""),
        ("user:secret@example.org/a", ""),
        ("", ""),
    ],
)
def test_a_location_is_shown_without_what_may_be_secret(location: str, shown: str) -> None:
    """User, query and fragment are left out, and all of it if it is not a valid URL."""
    assert response(location=location).location == shown
    assert response().location is None


def test_a_request_without_a_body_has_no_json() -> None:
    """The body of an update is never empty."""
    assert Request("GET", "https://example.org", httpx.Headers(), b"").json is None
