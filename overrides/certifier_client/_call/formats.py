"""Converters for strings in any format, numbers, booleans and null: in JSON, and as arguments."""

import math
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from certifier_client._call.mismatch import Convert, Mismatch, plain

CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)((?:\.\d+)?(?:Z|[+-]\d\d:\d\d))", re.ASCII)


def of_type(expected: str, *kinds: type) -> Convert:
    """Return the converter for values of some types."""

    def convert(value: Any) -> Any:
        # Not isinstance(), because True, infinity and NaN are not numbers in JSON.
        if type(value) not in kinds or (type(value) is float and not math.isfinite(value)):
            raise Mismatch(expected, value)
        return value

    return convert


SCALARS: dict[str, tuple[Any, ...]] = {
    "string": ("a string", str),
    "integer": ("a whole number", int),
    "number": ("a number", float, int),
    "boolean": ("true or false", bool),
    "null": ("null", type(None)),
}


def parsed(expected: str, parse: Convert) -> Convert:
    """Return a converter for strings that a function can parse."""

    def convert(value: Any) -> Any:
        try:
            return parse(value)
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise Mismatch(expected, value) from None

    return convert


def _date(text: str) -> str:
    date.fromisoformat(text)
    return text


def _uuid_type() -> Any:
    from uuid import UUID  # noqa: PLC0415 - it takes a while, and few documents have a UUID

    return UUID


def _as_uuid(text: str) -> Any:
    return _uuid_type()(text)


def _uuid(text: str) -> str:
    _as_uuid(text)
    return text


def _time(text: str) -> str:
    """Return an RFC 3339 time in a form for datetime.fromisoformat(), or raise ValueError."""
    text = _normal(text)
    # A time without an offset cannot be compared with one that has an offset.
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError
    return text


def _normal(text: str) -> str:
    if not (parts := _TIME.fullmatch(text.upper())):
        return text
    before, seconds, after = parts.groups()
    if seconds != "60":
        return f"{before}{seconds}{after}"
    # Python has no leap seconds: use the next second.
    return (datetime.fromisoformat(f"{before}59{after}") + timedelta(seconds=1)).isoformat()


JSON_FORMATS: dict[str | None, tuple[str, Convert]] = {
    "date": ("a date", _date),
    "date-time": ("a date and time with a UTC offset", _time),
    "uuid": ("a UUID", _uuid),
}


def text(value: Any) -> str:
    """Convert a string."""
    found = plain(value)
    if found is None:
        raise Mismatch("a string", value)
    try:
        found.encode()
    except UnicodeEncodeError:
        message = "has a lone surrogate, which UTF-8 cannot encode"
        raise Mismatch(message, is_rule=True) from None
    return found


def url(value: Any) -> str:
    """Convert an absolute http or https URL; a browser opens no others."""
    address = text(value)
    with suppress(ValueError):
        parts = urlsplit(address)
        is_whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        if is_whole and not CONTROL_OR_SPACE.search(address):
            return address
    raise Mismatch("a complete http or https URL such as 'https://example.org/a'", value)


def _object(expected: str, parse: Convert, is_right: Callable[[Any], bool]) -> Convert:
    """Return a converter for a Python object, which may also be given as its JSON text."""

    def convert(value: Any) -> Any:
        try:
            converted = parse(value) if isinstance(value, str) else value
        except ValueError:
            raise Mismatch(expected, value) from None
        if not is_right(converted):
            raise Mismatch(expected, value)
        return converted

    return convert


ARGUMENT_FORMATS: dict[str | None, Convert] = {
    "date": _object("a datetime.date", date.fromisoformat, lambda value: type(value) is date),
    "date-time": _object(
        "a datetime.datetime with a time zone",
        lambda value: datetime.fromisoformat(_time(value)),
        lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    ),
    "uri": url,
    "uuid": _object("a uuid.UUID", _as_uuid, lambda value: isinstance(value, _uuid_type())),
}
