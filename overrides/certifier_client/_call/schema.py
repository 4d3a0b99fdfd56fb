"""JSON Schema as converters: each takes a value, and returns what to use of it or raises Mismatch.

There are two kinds of values: JSON, and the arguments of a method, which are of Python's types.
"""

import math
import re
import reprlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

Convert = Callable[[Any], Any]

_CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)((?:\.\d+)?(?:Z|[+-]\d\d:\d\d))", re.ASCII)

_brief = reprlib.Repr()  # what was passed is shown, but never all of something huge
_brief.maxstring = _brief.maxother = 100


def shown(value: object) -> str:
    """Return a value as an error message shows it."""
    try:
        return _brief.repr(value)
    except Exception:  # noqa: BLE001 - such as of a number of 5,000 digits
        return f"a {type(value).__name__}"


class Mismatch(Exception):  # noqa: N818 - not an error until the caller says of what
    """A value is not what its schema says.

    Attributes:
        expected: what the schema says; or, if the type is right, which rule is broken.
        value: what was there.
        path: where, from the outermost value.

    """

    def __init__(self, expected: str, value: object, *, is_rule: bool = False) -> None:
        super().__init__(expected)
        self.expected = expected
        self.value = value
        self.is_rule = is_rule
        self.path = ""

    def within(self, part: str) -> "Mismatch":
        """Return the same mismatch, seen from the value around it."""
        self.path = part + self.path
        return self


def plain(value: object) -> str | None:
    """Return the text itself, also of an Enum or another subclass, whose str() may differ."""
    return str.__str__(value) if isinstance(value, str) else None


class Converters:
    """The converters of one kind of values, for the schemas of one document."""

    arrays: tuple[type[Iterable[Any]], ...] = (list,)
    array = "an array"

    def __init__(self, components: Mapping[str, Any], *, has_rules: bool) -> None:
        """Take the schemas that others refer to, and whether values are held to their rules."""
        self.components = components
        self._has_rules = has_rules
        self._named: dict[str, Convert] = {}

    def of(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of a schema."""
        types: Any = schema.get("type")
        if reference := schema.get("$ref"):
            return self._reference(reference.rpartition("/")[2])
        if schema.get("nullable"):
            return _nullable(self.of({**schema, "nullable": False}))
        if isinstance(types, list):
            return self._any_of([{**schema, "type": kind} for kind in cast("list[str]", types)])
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self._any_of(options)
        if parts := schema.get("allOf"):
            return _all_of([self.of(part) for part in parts])
        return self._typed(schema)

    def _typed(self, schema: Mapping[str, Any]) -> Convert:
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if values is not None:
            return _one_of(values)
        kind = schema.get("type", "object" if "properties" in schema else None)
        if kind == "null":
            return _nullable(None)
        if kind == "array":
            convert = self._array(self.of(schema.get("items", {})))
        elif kind == "object":
            convert = self.object(schema)
        elif kind:
            convert = self.scalar(kind, schema.get("format"))
        else:
            return lambda value: value
        rules = [(RULES[key], schema[key]) for key in RULES if key in schema]
        return _ruled(convert, rules) if rules and self._has_rules else convert

    def scalar(self, kind: str, form: str | None) -> Convert:
        """Return the converter of a string, a number or a boolean."""
        raise NotImplementedError

    def object(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of an object."""
        raise NotImplementedError

    def _reference(self, name: str) -> Convert:
        # Looked up when it is used, as a schema may refer to itself.
        def convert(value: Any) -> Any:
            if name not in self._named:
                self._named[name] = self.of(self.components[name])
            return self._named[name](value)

        return convert

    def _any_of(self, schemas: list[Mapping[str, Any]]) -> Convert:
        options = [self.of(schema) for schema in schemas if schema.get("type") != "null"]
        convert = options[0] if len(options) == 1 else _any_of(options)
        return convert if len(options) == len(schemas) else _nullable(convert)

    def _array(self, of_item: Convert) -> Convert:
        def convert(value: Any) -> list[Any]:
            if not isinstance(value, self.arrays):
                raise Mismatch(self.array, value)
            converted: list[Any] = []
            for item in value:  # pyright: ignore[reportUnknownVariableType]
                try:
                    converted.append(of_item(item))
                except Mismatch as mismatch:
                    raise mismatch.within(f"[{len(converted)}]") from None
            return converted

        return convert


class JsonConverters(Converters):
    """Of JSON: times become such that datetime.fromisoformat() takes them, all else stays."""

    def scalar(self, kind: str, form: str | None) -> Convert:
        """Return the converter of a string, a number or a boolean."""
        if kind == "string" and form in _JSON_FORMATS:
            return _parsed(*_JSON_FORMATS[form])
        return _of_type(*_SCALARS[kind])

    def object(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of an object, which changes it in place."""
        required = schema.get("required", ())
        members = [
            (name, self.of(member), name in required)
            for name, member in schema.get("properties", {}).items()
        ]

        def convert(value: Any) -> Any:
            if not isinstance(value, dict):
                raise Mismatch("an object", value)
            known = cast("dict[str, Any]", value)
            for name, of_member, is_required in members:
                if name in known:
                    try:
                        known[name] = of_member(known[name])
                    except Mismatch as mismatch:
                        raise mismatch.within(f".{name}") from None
                elif is_required:
                    raise Mismatch("there", None).within(f".{name}")
            return known

        return convert


class ArgumentConverters(Converters):
    """Of arguments, which have the types of the generated code."""

    arrays = (list, tuple)
    array = "a list"

    def scalar(self, kind: str, form: str | None) -> Convert:
        """Return the converter of a string, a number or a boolean."""
        if kind == "string":
            return _ARGUMENT_FORMATS.get(form or "", _text)
        return _of_type(*_SCALARS[kind])

    def object(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of a generated model, which is checked as the JSON that it makes."""
        check = JsonConverters(self.components, has_rules=True).of(schema)

        def convert(value: Any) -> Any:
            try:
                made = value.to_dict()
            except (AttributeError, TypeError, ValueError):
                raise Mismatch("a model of certifier_client.models", value) from None
            check(made)
            return value

        return convert


def _nullable(convert: Convert | None) -> Convert:
    def nullable(value: Any) -> Any:
        if value is None:
            return None
        if convert is None:
            raise Mismatch("null", value)
        try:
            return convert(value)
        except Mismatch as mismatch:
            if not mismatch.path and not mismatch.is_rule:
                mismatch.expected += " or null"
            raise

    return nullable


def _any_of(options: list[Convert]) -> Convert:
    def convert(value: Any) -> Any:
        found: list[Mismatch] = []
        for option in options:
            try:
                return option(value)
            except Mismatch as mismatch:
                found.append(mismatch)
        deepest = max(found, key=lambda mismatch: (len(mismatch.path), mismatch.is_rule))
        if not deepest.path and not deepest.is_rule:
            deepest.expected = " or ".join(mismatch.expected for mismatch in found)
        raise deepest

    return convert


def _all_of(parts: list[Convert]) -> Convert:
    def convert(value: Any) -> Any:
        for part in parts:
            value = part(value)
        return value

    return convert


def _one_of(values: list[Any]) -> Convert:
    expected = f"one of {', '.join(map(repr, values))}"

    def convert(value: Any) -> Any:
        value = plain(value) or value
        # 1 == True in Python, not in JSON.
        if not any(value == known and type(value) is type(known) for known in values):
            raise Mismatch(expected, value)
        return value

    return convert


def _of_type(expected: str, *kinds: type) -> Convert:
    def convert(value: Any) -> Any:
        # Not isinstance(): True is no number in JSON. Nor are infinity and NaN.
        if type(value) not in kinds or (type(value) is float and not math.isfinite(value)):
            raise Mismatch(expected, value)
        return value

    return convert


_SCALARS: dict[str, tuple[Any, ...]] = {
    "string": ("a string", str),
    "integer": ("a whole number", int),
    "number": ("a number", float, int),
    "boolean": ("true or false", bool),
}


def _parsed(expected: str, parse: Convert) -> Convert:
    def convert(value: Any) -> Any:
        try:
            return parse(value)
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise Mismatch(expected, value) from None

    return convert


def _date(text: str) -> str:
    date.fromisoformat(text)
    return text


def _uuid(text: str) -> str:
    UUID(text)
    return text


def _time(text: str) -> str:
    """Return a time of RFC 3339 as datetime.fromisoformat() takes it; ValueError if it is none."""
    text = _normal(text)
    # A time without an offset cannot be compared with one that has it.
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)
    return text


def _normal(text: str) -> str:
    if text[10:11] == "T" and text[17:19] != "60" and text[-1:] != "z":
        return text  # as most are
    if not (parts := _TIME.fullmatch(text.upper())):
        return text
    before, seconds, after = parts.groups()
    if seconds != "60":
        return f"{before}{seconds}{after}"
    # Python has no leap second: it is the one after 59.
    return (datetime.fromisoformat(f"{before}59{after}") + timedelta(seconds=1)).isoformat()


_JSON_FORMATS: dict[str | None, tuple[str, Convert]] = {
    "date": ("a date", _date),
    "date-time": ("a date and time with a UTC offset", _time),
    "uuid": ("a UUID", _uuid),
}


def _text(value: Any) -> str:
    text = plain(value)
    if text is None:
        raise Mismatch("a string", value)
    try:
        text.encode()
    except UnicodeEncodeError:
        message = "has a lone surrogate, which UTF-8 cannot carry"
        raise Mismatch(message, value, is_rule=True) from None
    return text


def url(value: Any) -> str:
    """Convert an absolute http or https URL: of another one a browser opens no other."""
    text = _text(value)
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or _CONTROL_OR_SPACE.search(text):
        raise Mismatch("a whole http or https URL such as 'https://example.org/a'", value)
    return text


def _instance(expected: str, is_right: Callable[[Any], bool]) -> Convert:
    def convert(value: Any) -> Any:
        if not is_right(value):
            raise Mismatch(expected, value)
        return value

    return convert


_ARGUMENT_FORMATS: dict[str, Convert] = {
    "date": _instance("a datetime.date", lambda value: type(value) is date),
    "date-time": _instance(
        "a datetime.datetime with a time zone",
        lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    ),
    "uri": url,
    "uuid": _instance("a uuid.UUID", lambda value: isinstance(value, UUID)),
}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


Rule = Callable[[Any, Any], str | None]

# Each returns what is wrong with a value, for the limit that the schema gives.
RULES: dict[str, Rule] = {
    "minLength": lambda text, least: (
        None
        if len(text) >= least
        else f"has {_counted(len(text), 'character')}: at least {least} are required"
    ),
    "maxLength": lambda text, most: (
        None
        if len(text) <= most
        else f"has {_counted(len(text), 'character')}: at most {most} are allowed"
    ),
    "pattern": lambda text, pattern: (
        None
        if re.search(pattern, text)
        else f"is {shown(text)}, which does not match the pattern {pattern}"
    ),
    "minItems": lambda items, least: (
        None
        if len(items) >= least
        else f"has {_counted(len(items), 'item')}: at least {least} must be given"
    ),
    "maxItems": lambda items, most: (
        None
        if len(items) <= most
        else f"has {_counted(len(items), 'item')}: at most {most} are allowed"
    ),
    "uniqueItems": lambda items, wanted: (
        "has an item twice" if wanted and len(set(map(repr, items))) < len(items) else None
    ),
    "minimum": lambda number, least: (
        None if number >= least else f"is {number}: at least {least} is required"
    ),
    "maximum": lambda number, most: (
        None if number <= most else f"is {number}: at most {most} is allowed"
    ),
    "exclusiveMinimum": lambda number, bound: (
        None if number > bound else f"is {number}: it must be greater than {bound}"
    ),
    "exclusiveMaximum": lambda number, bound: (
        None if number < bound else f"is {number}: it must be less than {bound}"
    ),
}


def _ruled(convert: Convert, rules: list[tuple[Rule, Any]]) -> Convert:
    def ruled(value: Any) -> Any:
        converted = convert(value)
        for rule, limit in rules:
            if problem := rule(converted, limit):
                raise Mismatch(problem, value, is_rule=True)
        return converted

    return ruled
