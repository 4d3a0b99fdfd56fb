"""Rows 13, 15 to 22, 40 and 41: statuses, requested waits, and bodies."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from certifier_client import errors as cc
from certifier_generated.types import UNSET
from certifier_sandbox import TEMPLATE_ID
from documented import TEMPLATE
from faults.fault import Fault, body, documented_error, variants
from faults.fault_server import Turn, close, error, read, response, send
from faults.table.shared import has_code, template


# fmt: off
def lacking(name: str) -> Turn:
    """Return a success whose template lacks a field."""
    return body(json.dumps({key: value for key, value in TEMPLATE.items() if key != name}))


def is_legacy(credential_template: Any) -> bool:
    """Return whether a legacy field has the value that was sent, or is missing."""
    return credential_template.badge_design_id in {"a", UNSET}


def has_body(content: bytes) -> Callable[[cc.StatusError], bool]:
    """Return a check that an error has no code, and this body."""
    return lambda exception: (exception.body, exception.code) == (content, None)


_FIELD_VALUES: list[tuple[str, object, str]] = [("id", None, ""), ("id", 5, ""), ("name", None, ""), ("name", ["a"], ""), ("learningEventUrl", 5, ""), ("designIds", None, ""), ("designIds", "a", ""), ("designIds", ["a", None], "[1]"), ("createdAt", None, ""), ("createdAt", "yesterday", ""), ("updatedAt", 5, ""), ("badgeDesignId", {}, "")]

_HOSTILE = {
    "204": (read, send(b"HTTP/1.1 204 No Content\r\n\r\n")),
    "empty": body(""),
    "HTML": body("<html>"),
    "invalid UTF-8": body(b'{"id": "\xff"}'),
    "UTF-16": body(json.dumps(TEMPLATE).encode("utf-16")),
    "a byte order mark": body(json.dumps(TEMPLATE).encode("utf-8-sig")),
    "null": body("null"),
    "an array": body("[]"),
    "a string": body('"a"'),
    "deep arrays": body("[" * 15_000),
    "deep objects": body('{"a":' * 15_000),
    "deep in a field": body(json.dumps(TEMPLATE)[:-1] + ', "x": ' + "[" * 9000 + "]" * 9000 + "}"),
    "NaN": template(x=float("nan")),
    "Infinity": template(name=float("inf")),
    "a number of 5000 digits": body(json.dumps(TEMPLATE)[:-1] + f', "x": {"9" * 5000}}}'),
    "many values": body(json.dumps([0] * 30_000)),
    "two values": body(json.dumps(TEMPLATE) * 2),
    "broken off": body(json.dumps(TEMPLATE)[:-1]),
    "201": (read, send(response(201))),
    "206": (read, send(response(206))),
}

_AGAIN = (408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 530)
_DATE = ("Date", "Wed, 01 Jan 2020 00:00:00 GMT")
_LAST = (dt.datetime(9999, 12, 31, 23, 59, 59) - dt.datetime(2020, 1, 1)).total_seconds()  # noqa: DTZ001 - both in GMT


def later(value: str, *more: tuple[str, str], status: int = 429) -> Turn:
    """Return an error that asks to wait."""
    return (read, send(error(status, [("Retry-After", value), *more])))


RESPONSES = [
    *(Fault(13, name, [turn], cc.InvalidResponseError, ambiguous=True) for name, turn in _HOSTILE.items()),
    Fault(13, "a number beyond a double", [body(json.dumps(TEMPLATE)[:-1] + ', "x": 1e999}')], cc.InvalidResponseError, ambiguous=True),
    *(
        Fault(15, f"{status}", [documented_error(status)], kind, says="some_code: what it says")
        for status, kind in {400: cc.BadRequestError, 401: cc.UnauthorizedError, 402: cc.PaymentRequiredError, 403: cc.ForbiddenError, 404: cc.NotFoundError, 409: cc.ConflictError, 413: cc.ContentTooLargeError, 415: cc.UnsupportedMediaTypeError, 422: cc.UnprocessableContentError}.items()
    ),
    *(
        Fault(15, f"400 {code}", [(read, send(response(400, {"error": {"code": code, "message": "m"}})))], kind, check=has_code(code))
        for code, kind in {"missing_version": cc.MissingVersionError, "invalid_version": cc.InvalidVersionError, "invalid_json": cc.InvalidJsonError, "validation_error": cc.ValidationError, "a_new_one": cc.BadRequestError}.items()
    ),
    *(fault for status in _AGAIN for fault in variants(16, f"{status}", documented_error(status), cc.ServerError if status >= 500 else cc.ClientError, ambiguous=status >= 500)),
    Fault(16, "one kind after another", [documented_error(503), (read, close)], None, 3),
    Fault(16, "rejected after it may have been applied", [documented_error(502), documented_error(404)], cc.NotFoundError, 2, ambiguous=True),
    Fault(17, "0", [later("0")], None, 2),
    Fault(17, "more than the deadline", [later("3600")], cc.RateLimitedError, retry_after=3600.0),
    Fault(17, "just the deadline", [later("5")], cc.RateLimitedError, retry_after=5.0),
    Fault(17, "more, of an outage", [later("3600", status=503)], cc.ServerError, ambiguous=True, retry_after=3600.0),
    Fault(17, "5000 digits", [later("9" * 5000)], cc.RateLimitedError, retry_after=float("inf")),
    Fault(17, "a date of the past", [later("Wed, 01 Jan 2019 00:00:00 GMT", _DATE)], None, 2),
    Fault(17, "a date", [later("Wed, 01 Jan 2020 00:00:05 GMT", _DATE)], cc.RateLimitedError, retry_after=5.0),
    Fault(17, "a date too late", [later("Wed, 01 Jan 2020 01:00:00 GMT", _DATE)], cc.RateLimitedError, retry_after=3600.0),
    Fault(17, "the last date there is", [later("Fri, 31 Dec 9999 23:59:59 GMT", _DATE)], cc.RateLimitedError, retry_after=_LAST),
    *(Fault(17, f"{value!r}", [later(value, _DATE)], None, 2) for value in ("", "soon", "-5", "1.", ".5", "1, 2", "1e9", "²", "Wed, 99 Foo 2020 00:00:00 GMT", "Wed, 01 Jan 2020 00:00:00 -0000", "0x10", "2020-01-01T00:00:00Z")),
    Fault(17, "of a rejection", [later("7", status=403)], cc.ForbiddenError, retry_after=7.0),
    *(
        Fault(18, f"{status}", [documented_error(status)], kind, ambiguous=kind is not cc.ClientError)
        for status, kind in {405: cc.ClientError, 407: cc.ClientError, 418: cc.ClientError, 451: cc.ClientError, 499: cc.ClientError, 501: cc.ServerError, 505: cc.ServerError, 511: cc.ServerError, 525: cc.ServerError, 599: cc.ServerError, 600: cc.StatusError, 999: cc.StatusError}.items()
    ),
    *(
        Fault(19, name, [(read, send(response(404, content)))], cc.NotFoundError, check=has_body(content))
        for name, content in {
            "empty": b"",
            "HTML": b"<h1>No</h1>",
            "null": b"null",
            "an array": b"[]",
            "an empty object": b"{}",
            "a string": b'{"error": "no"}',
            "a number": b'{"error": 5}',
            "no code": b'{"error": {}}',
            "a code that is a list": b'{"error": {"code": ["not_found"]}}',
            "invalid UTF-8": b"\xff\xfe",
            "deep": b"[" * 15_000,
            "control characters": b"\x1b[2J\r\nforged line",
        }.items()
    ),
    Fault(21, "field unknown", [template(isNew=[1, {"a": None}])], check=lambda t: t["isNew"] == [1, {"a": None}]),
    *(Fault(21, f"{name} lacking", [lacking(name)], cc.InvalidResponseError, ambiguous=True, says=f"{name} is not present") for name in TEMPLATE),
    *(
        Fault(21, f"{name} {value!r}", [template(**{name: value})], cc.InvalidResponseError, ambiguous=True, says=f"{name}{path} is not")
        for name, value, path in _FIELD_VALUES
    ),
    Fault(21, "another id", [template(id="01g90279gp5sbmfek7wymcsved")], cc.InvalidResponseError, ambiguous=True, says="instead of"),
    Fault(22, "a legacy field", [template(badgeDesignId="a")], check=is_legacy),
    Fault(22, "no legacy field", [template()], check=is_legacy),
    Fault(21, "the id in capitals", [template(id=TEMPLATE_ID.upper())]),
]

WAITS = [
    *(
        Fault(41, f"{status}", [documented_error(status)], kind, ambiguous=ambiguous)
        for status, kind, ambiguous in [(301, cc.RedirectError, False), (303, cc.RedirectError, True), (305, cc.RedirectError, True), (600, cc.StatusError, True), (999, cc.StatusError, True), (409, cc.ConflictError, False)]
    ),
    Fault(41, "099", [(read, send(response(200).replace(b" 200 ", b" 099 ")))], cc.TransportError, ambiguous=True),
    *(
        Fault(40, f"{value}", [later(value, _DATE)], cc.RateLimitedError, retry_after=7.0)
        for value in ("Wed, 01 Jan 2020 00:00:07 GMT", "Wednesday, 01-Jan-20 00:00:07 GMT", "Wed Jan  1 00:00:07 2020", "7", "7.0", "07")
    ),
    Fault(40, "a fraction", [later("7.25")], cc.RateLimitedError, retry_after=7.25),
    Fault(40, "a date beside none", [later("Fri, 31 Dec 9999 23:59:59 GMT")], cc.RateLimitedError, check=lambda e: e.retry_after > 1e9),
    Fault(40, "a date beside one that is none", [later("Fri, 31 Dec 9999 23:59:59 GMT", ("Date", "today"))], cc.RateLimitedError, check=lambda e: e.retry_after > 1e9),
    Fault(40, "a date of the past beside none", [later("Sun Nov  6 08:49:37 1994")], None, 2),
]
