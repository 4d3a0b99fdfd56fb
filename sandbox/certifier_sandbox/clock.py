"""The sandbox's clock, which tests can set."""

from datetime import UTC, datetime, timedelta
from typing import cast


class Clock:
    """A clock with the real time. Once it is set, it stands still, so that tests can be exact."""

    def __init__(self) -> None:
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return self._stopped_at or datetime.now(UTC)

    def set(self, time: datetime) -> None:
        """Stop the clock at a time; raises `ValueError` if it has no time zone."""
        if not isinstance(cast("object", time), datetime) or time.tzinfo is None:
            raise ValueError(f"{time!r} is not a datetime with a time zone")
        self._stopped_at = time.astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Stop the clock some seconds later; a negative number sets it back."""
        self._stopped_at = self.now() + timedelta(seconds=seconds)

    def reset(self) -> None:
        """Return to real time."""
        self._stopped_at = None


def timestamp(time: datetime) -> str:
    """Return a time in UTC as the service writes it: `2022-01-01T00:00:00.000Z`."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
