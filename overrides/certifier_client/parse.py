"""JSON to generated models, checked: a model's fields hold what their types say.

The generated ``from_dict`` takes any value for any field, so the JSON is held against the model's
type hints first.
"""

import functools
import json
import sys
import types
from datetime import date, datetime
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

from certifier_generated.types import Unset

# A credential template is a few hundred bytes. What is made of JSON is larger than its text, by as
# much as 20 times, and must not fill the memory.
MAX_JSON = 512 * 1024  # bytes
MAX_PARTS = 20_000  # commas and brackets

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


def parse(model: type[M], body: bytes) -> M:
    """Return the model that a JSON body holds, or raise ParseError."""
    data = cast("dict[str, Any]", load(body))
    if difference := _difference(data, model, ""):
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
        return json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the body is not JSON: {error}") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number there")


def _difference(value: object, hint: Any, path: str) -> tuple[str, str] | None:
    """Return where a JSON value differs from a type hint and what was expected; None if nowhere."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union_difference(value, get_args(hint), path)
    if origin is list:
        return _array_difference(value, get_args(hint)[0], path)
    if attrs.has(hint):
        return _object_difference(value, hint, path)
    if origin is Literal:
        return None if value in get_args(hint) else (path, f"one of {get_args(hint)}")
    # Any other hint is Any, or a type that the generated code makes from a value itself.
    return (path, _EXPECTED[hint]) if hint in _EXPECTED and not _is_scalar(value, hint) else None


def _is_scalar(value: object, hint: Any) -> bool:
    if hint in (date, datetime):
        return isinstance(value, str) and _is_time(value, hint)
    if hint is float:
        return type(value) in (float, int)
    # type() rather than isinstance(): true is no number in JSON.
    return type(value) is hint


def _is_time(text: str, hint: type[date]) -> bool:
    try:
        moment = hint.fromisoformat(text)
    except ValueError:
        return False
    # A time without an offset cannot be compared with one that has it.
    return not isinstance(moment, datetime) or moment.tzinfo is not None


def _union_difference(value: object, options: tuple[Any, ...], path: str) -> tuple[str, str] | None:
    differences = [_difference(value, option, path) for option in options if option is not Unset]
    found = [difference for difference in differences if difference]
    if len(found) < len(differences):
        return None
    deepest = max(found, key=lambda difference: len(difference[0]))
    return deepest if deepest[0] != path else (path, " or ".join(expected for _, expected in found))


def _array_difference(value: object, hint: Any, path: str) -> tuple[str, str] | None:
    if not isinstance(value, list):
        return path, "an array"
    items = cast("list[object]", value)
    differences = (_difference(item, hint, f"{path}[{i}]") for i, item in enumerate(items))
    return next(filter(None, differences), None)


def _object_difference(value: object, model: Any, path: str) -> tuple[str, str] | None:
    if not isinstance(value, dict):
        return path, "an object"
    members = cast("dict[str, object]", value)
    for key, hint in _fields(model):
        if key in members:
            difference = _difference(members[key], hint, f"{path}.{key}")
        else:
            difference = None if Unset in get_args(hint) else (f"{path}.{key}", "there")
        if difference:
            return difference
    return None


@functools.cache
def _fields(model: Any) -> tuple[tuple[str, Any], ...]:
    """Return the JSON name and the type hint of each field of a generated model."""
    # The generated modules import one another for type checkers alone; their package has them all.
    package = sys.modules[model.__module__.rpartition(".")[0]]
    hints = get_type_hints(model, localns={**vars(package), "Unset": Unset})
    return tuple(
        (_json_name(field.name), hints[field.name])
        for field in attrs.fields(model)
        if field.init  # additional_properties, which is no field on the wire, is not
    )


def _json_name(name: str) -> str:
    """Return the camelCase name that the generator made a Python name from."""
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)
