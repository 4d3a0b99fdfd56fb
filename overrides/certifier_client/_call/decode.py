"""JSON to generated models, checked: a model's fields hold what their types say.

The generated ``from_dict`` takes any value for any field, so the JSON is held against the model's
type hints first.
"""

import functools
import itertools
import json
import math
import re
import sys
import types
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import (
    Any,
    Literal,
    Protocol,
    Self,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs

from certifier_client.errors import InvalidResponseError
from certifier_client.response import Response
from certifier_generated.types import Unset

# A credential template is a few hundred bytes. What is made of JSON is larger than its text, by as
# much as 20 times, and must not fill the memory.
MAX_JSON = 512 * 1024  # bytes
MAX_PARTS = 20_000  # commas and brackets
# The decoder recurses: in a thread with a small stack, 9,500 levels end the process on Python 3.13.
MAX_NESTING = 100  # levels

_EXPECTED: dict[object, str] = {
    bool: "true or false",
    date: "a date",
    datetime: "a date and time with a UTC offset",
    float: "a number",
    int: "a whole number",
    str: "a string",
    types.NoneType: "null",
}


class Model(Protocol):
    """What every generated model has."""

    @classmethod
    def from_dict(cls, src_dict: dict[str, Any], /) -> Self:
        """Make the model from a JSON object of the right shape."""
        ...


M = TypeVar("M", bound=Model)


class ParseError(ValueError):
    """A body that is not JSON, or not what the model says; the text names the path."""


def read(model: type[M], response: Response) -> M:
    """Return the model that a successful response holds, or raise InvalidResponseError."""
    encoding = response.headers.get("content-encoding", "").strip()
    if {coding.strip() for coding in encoding.lower().split(",")} - {"", "identity"}:
        problem = f"the body is compressed ({encoding[:20]!r}), which was not asked for"
        raise InvalidResponseError(response, problem)
    try:
        return parse(model, response.body)
    except ParseError as error:
        raise InvalidResponseError(response, str(error)) from None


def parse(model: type[M], body: bytes) -> M:
    """Return the model that a JSON body holds, or raise ParseError."""
    data = cast("dict[str, Any]", load(body))
    if difference := _check(model)(data):
        path, expected = difference
        raise ParseError(f"{path.removeprefix('.') or 'the body'} is not {expected}")
    try:
        return model.from_dict(data)
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ParseError(f"the body is no {model.__name__}: {error}") from error


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
    """Return how many levels deep the brackets of JSON text are nested."""
    brackets = re.findall(r"[\[\]{}]", _STRING.sub("", text))
    return max(itertools.accumulate(1 if bracket in "[{" else -1 for bracket in brackets))


def _reject(constant: str) -> None:
    raise ValueError(f"{constant} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large for a number")
    return number


_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)((?:\.\d+)?(?:Z|[+-]\d\d:\d\d))", re.ASCII)
# Possessive (`*+`), so that no string, however long or broken, is scanned twice.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_DECODER = json.JSONDecoder(parse_constant=_reject, parse_float=_finite)


# Where a value differs from what was expected, as a path, and what was expected there.
Difference = tuple[str, str]
Check = Callable[[object], Difference | None]


@functools.cache
def _check(hint: Any) -> Check:
    """Return what holds a JSON value against a type hint, which is taken apart once."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union([_check(option) for option in get_args(hint) if option is not Unset])
    if origin is list:
        return _array(_check(get_args(hint)[0]))
    if attrs.has(hint):
        return _object(hint)
    if origin is Literal:
        values = get_args(hint)
        return lambda value: None if value in values else ("", f"one of {values}")
    if hint in _EXPECTED:
        return _scalar(hint)
    # Any, or a type that the generated code makes from a value itself.
    return lambda _: None


def _scalar(hint: Any) -> Check:
    difference = ("", _EXPECTED[hint])
    if hint in (date, datetime):
        return lambda value: (
            None if isinstance(value, str) and _is_time(value, hint) else difference
        )
    # type() rather than isinstance(): true is no number in JSON.
    kinds = (float, int) if hint is float else (hint,)
    return lambda value: None if type(value) in kinds else difference


def _is_time(text: str, hint: type[date]) -> bool:
    try:
        moment = hint.fromisoformat(_normal(text))
    except (ValueError, OverflowError):
        return False
    # A time without an offset cannot be compared with one that has it.
    return not isinstance(moment, datetime) or moment.tzinfo is not None


def _normal(value: object) -> Any:
    """Return a time of RFC 3339, or a list with such, as datetime.fromisoformat() takes it."""
    if isinstance(value, list):
        return [_normal(item) for item in cast("list[object]", value)]
    if not isinstance(value, str):
        return value
    if value[10:11] == "T" and value[17:19] != "60" and value[-1:] != "z":
        return value  # as most are
    if not (parts := _TIME.fullmatch(value.upper())):
        return value
    before, seconds, after = parts.groups()
    if seconds != "60":
        return f"{before}{seconds}{after}"
    # Python has no leap second: it is the one after 59.
    return (datetime.fromisoformat(f"{before}59{after}") + timedelta(seconds=1)).isoformat()


def _union(options: list[Check]) -> Check:
    def check(value: object) -> Difference | None:
        found: list[Difference] = []
        for option in options:
            if not (difference := option(value)):
                return None
            found.append(difference)
        deepest = max(found, key=lambda difference: len(difference[0]))
        return deepest if deepest[0] else ("", " or ".join(expected for _, expected in found))

    return check


def _array(of_item: Check) -> Check:
    def check(value: object) -> Difference | None:
        if not isinstance(value, list):
            return "", "an array"
        for position, item in enumerate(cast("list[object]", value)):
            if difference := of_item(item):
                return f"[{position}]{difference[0]}", difference[1]
        return None

    return check


def _object(model: Any) -> Check:
    def check(value: object) -> Difference | None:
        if not isinstance(value, dict):
            return "", "an object"
        members = cast("dict[str, object]", value)
        for key, of_member, required, has_time in _fields(model):
            if key in members:
                if difference := of_member(members[key]):
                    return f".{key}{difference[0]}", difference[1]
                if has_time:
                    members[key] = _normal(members[key])
            elif required:
                return f".{key}", "there"
        return None

    return check


@functools.cache
def _fields(model: Any) -> tuple[tuple[str, Check, bool, bool], ...]:
    """Return the JSON name of each field, its check, if it must be there, if it has a time."""
    # The generated modules import one another for type checkers alone; their package has them all.
    package = sys.modules[model.__module__.rpartition(".")[0]]
    hints = get_type_hints(model, localns={**vars(package), "Unset": Unset})
    return tuple(
        (
            _json_name(field.name),
            _check(hints[field.name]),
            Unset not in get_args(hints[field.name]),
            "datetime.datetime" in str(hints[field.name]),
        )
        for field in attrs.fields(model)
        if field.init  # additional_properties, which is no field on the wire, is not
    )


def _json_name(name: str) -> str:
    """Return the camelCase name that the generator made a Python name from."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
