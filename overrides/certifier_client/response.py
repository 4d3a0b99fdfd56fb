"""An answer as it came, read to its end."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import attrs
import httpx


@attrs.frozen
class Response:
    """What the service answered.

    Of the request it holds the first line alone: no token, which a log or a pickle could show.

    Attributes:
        request: method and URL of the request.
        status: the HTTP status code.
        headers: the header fields; their names are compared without regard to case.
        body: the bytes of the body, as they came; no more than 1 MiB of them is read.

    """

    request: str
    status: int
    headers: httpx.Headers
    body: bytes = attrs.field(repr=lambda body: f"<{len(body)} bytes>")

    @property
    def retry_after(self) -> float | None:
        """Seconds that the header ``Retry-After`` asks to wait; None if it does not, or not so."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value)  # int() refuses more than 4,300 digits; this is then infinite
        # A date counts from the answer's own date: this machine's clock may be wrong.
        until, now = _moment(value), _moment(self.headers.get("date", ""))
        return max((until - now).total_seconds(), 0.0) if until and now else None

    @property
    def location(self) -> str | None:
        """The header ``Location`` without what may be secret in it; None if there is none."""
        value: str | None = self.headers.get("location")
        if value is None:
            return None
        try:
            parts = urlsplit(value)
        except ValueError:
            return ""
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query="", fragment="").geturl()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # HTTP's dates are in GMT; one that does not say so cannot be compared.
    return moment if moment.tzinfo else None
