"""JSON to generated models, checked: a model's fields hold what their types say.

The generated ``from_dict`` takes any value for any field, so the JSON is held against the model's
type hints first.
"""

import functools
import json
import types
from datetime import datetime
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

from certifier_generated import models
from certifier_generated.types import Unset

_EXPECTED = {
    bool: "true or false",
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
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        msg = f"the body is not JSON: {error}"
        raise ParseError(msg) from None
    if difference := _difference(data, model, ""):
        path, expected = difference
        msg = f"{path.removeprefix('.') or 'the body'} is not {expected}"
        raise ParseError(msg)
    return model.from_dict(data)


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
    return None if _is_scalar(value, hint) else (path, _EXPECTED[hint])


def _is_scalar(value: object, hint: Any) -> bool:
    if hint is datetime:
        return isinstance(value, str) and _is_time_with_offset(value)
    if hint is float:
        return type(value) in (float, int)
    # type() rather than isinstance(): true is no number in JSON.
    return hint is Any or type(value) is hint


def _is_time_with_offset(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


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
    hints = get_type_hints(model, localns=vars(models))
    return tuple(
        (_json_name(field.name), hints[field.name])
        for field in attrs.fields(model)
        if field.init  # additional_properties, which is no field on the wire, is not
    )


def _json_name(name: str) -> str:
    """Return the camelCase name that the generator made a Python name from."""
    first, *others = name.rstrip("_").split("_")
    return first + "".join(other.capitalize() for other in others)
