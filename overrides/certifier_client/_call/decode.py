"""Decode the body of a response as JSON, within limits, and check it against its schema."""

import itertools
import json
import math
import re

from certifier_client._call.mismatch import Convert, Mismatch
from certifier_client.response import Response

# A credential template is a few hundred bytes. Decoded JSON may take 20 times as much memory as its
# text.
MAX_JSON = 512 * 1024  # bytes
MAX_PARTS = 20_000  # commas and brackets
# The decoder recurses: with a small stack, 9,500 levels crash the process on Python 3.13.
MAX_NESTING = 100  # levels


class ParseError(ValueError):
    """A body is not JSON, or does not match the schema; the message names the path."""


def checked(convert: Convert, response: Response) -> object:
    """Return the JSON value of a response, checked against its schema, or raise ParseError."""
    codings = response.headers.get_list("content-encoding", split_commas=True)
    if {coding.lower() for coding in codings} - {"", "identity"}:
        raise ParseError(
            f"the body is compressed ({', '.join(codings)[:20]!r}), which the request did not allow"
        )
    return converted(convert, response.body)


def converted(convert: Convert, body: bytes) -> object:
    """Return the JSON value of a body, checked against its schema, or raise ParseError."""
    value = load(body)
    try:
        return convert(value)
    except Mismatch as mismatch:
        path = mismatch.path.removeprefix(".") or "the body"
        raise ParseError(f"{path} is not {mismatch.expected}") from None


def load(body: bytes) -> object:
    """Return the value of a JSON body, or raise ParseError."""
    if len(body) > MAX_JSON or sum(map(body.count, (b",", b"[", b"{"))) > MAX_PARTS:
        raise ParseError(
            f"the body is larger than {MAX_JSON // 1024} KiB, or has more than {MAX_PARTS} values"
        )
    try:
        return decode(body.decode())
    except ValueError as error:
        raise ParseError(f"the body is not JSON: {error}") from None


def decode(text: str) -> object:
    """Return the value of JSON text, or raise ValueError."""
    if text.count("[") + text.count("{") > MAX_NESTING and _nesting(text) > MAX_NESTING:
        raise ValueError(f"it is nested more than {MAX_NESTING} levels deep")
    return _DECODER.decode(text)


def _nesting(text: str) -> int:
    """Return the nesting depth of JSON text."""
    brackets = re.findall(r"[\[\]{}]", _STRING.sub("", text))
    return max(itertools.accumulate(1 if bracket in "[{" else -1 for bracket in brackets))


def _reject(constant: str) -> None:
    raise ValueError(f"{constant} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


# Possessive (`*+`), so that no string, however long or broken, is scanned twice.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_DECODER = json.JSONDecoder(parse_constant=_reject, parse_float=_finite)
