"""A complete response."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

_SECONDS = r"[0-9]+(\.[0-9]+)?"  # RFC 9110, section 10.2.3, allows no fraction


@dataclass(frozen=True)
class Response:
    """A response of the service.

    Of the request, it keeps only the method and the URL: a log or a pickle must not show the token.

    Attributes:
        request: method and URL of the request.
        status: the HTTP status code.
        headers: the header fields; their names are case-insensitive.
        body: the bytes of the body; at most 1 MiB is read.
        received_at: when the response was complete, according to this machine's clock.

    """

    request: str
    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)
    received_at: datetime = field(
        default_factory=lambda: datetime.now(UTC), repr=False, compare=False
    )

    @property
    def retry_after(self) -> float | None:
        """How many seconds ``Retry-After`` asks to wait; None if it is missing or invalid."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch(_SECONDS, value):
            return float(value)
        if (until := _moment(value)) is None:
            return None
        # A date is relative to the response's own date: this machine's clock may be wrong.
        now = _moment(self.headers.get("date", "")) or self.received_at
        return max((until - now).total_seconds(), 0.0)

    @property
    def location(self) -> str | None:
        """The header ``Location`` without parts that may be secret; None if it is missing."""
        value: str | None = self.headers.get("location")
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            parts.port  # noqa: B018 - read for its check: an invalid port may be a password
        except ValueError:
            return ""
        if "@" in parts.path:
            return ""
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query="", fragment="").geturl()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # dates in HTTP are in GMT
