"""Compile JSON Schemas to converters, which return the converted value or raise Mismatch.

There are converters for JSON, and for the arguments of methods, which have Python types.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from certifier_client._call.formats import (
    ARGUMENT_FORMATS,
    JSON_FORMATS,
    SCALARS,
    of_type,
    parsed,
    text,
)
from certifier_client._call.mismatch import Convert, Mismatch, plain
from certifier_client._call.rules import ruled


class Converters:
    """Compiles the schemas of one document to converters for one kind of values."""

    arrays: tuple[type[Iterable[Any]], ...] = (list,)
    array = "an array"

    def __init__(self, components: Mapping[str, Any], *, has_rules: bool) -> None:
        """Take the schemas that may be referenced, and whether rules are checked."""
        self.components = components
        self._has_rules = has_rules
        self._named: dict[str, Convert] = {}

    def of(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of a schema."""
        types: Any = schema.get("type")
        if types == "null":  # its other keywords are about other types
            return self.scalar("null", None)
        if reference := schema.get("$ref"):
            return self._reference(reference.rpartition("/")[2])
        options = schema.get("anyOf") or schema.get("oneOf")
        if schema.get("nullable"):
            options = [{**schema, "nullable": False}, {"type": "null"}]
        elif isinstance(types, list):
            options = [{**schema, "type": kind} for kind in cast("list[str]", types)]
        if options:
            return _any_of([self.of(option) for option in options])
        if parts := schema.get("allOf"):
            return _all_of([self.of(part) for part in parts])
        return self._typed(schema)

    def _typed(self, schema: Mapping[str, Any]) -> Convert:
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if values is not None:
            return _one_of(values)
        kind = schema.get("type", "object" if "properties" in schema else None)
        if kind == "array":
            convert = self._array(self.of(schema.get("items", {})))
        elif kind == "object":
            convert = self.object(schema)
        elif kind:
            convert = self.scalar(kind, schema.get("format"))
        else:
            convert = _all_of([])  # any value
        return ruled(convert, schema) if self._has_rules else convert

    def scalar(self, kind: str, form: str | None) -> Convert:
        """Return the converter of a string, a number, a boolean or null."""
        raise NotImplementedError

    def object(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of an object."""
        raise NotImplementedError

    def _reference(self, name: str) -> Convert:
        # Looked up on use, because a schema may refer to itself.
        def convert(value: Any) -> Any:
            if name not in self._named:
                self._named[name] = self.of(self.components[name])
            return self._named[name](value)

        return convert

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
    """Converters for JSON. They only change times, to a form for datetime.fromisoformat()."""

    def scalar(self, kind: str, form: str | None) -> Convert:
        """Return the converter of a string, a number, a boolean or null."""
        if kind == "string" and form in JSON_FORMATS:
            return parsed(*JSON_FORMATS[form])
        return of_type(*SCALARS[kind])

    def object(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of an object, which is changed in place."""
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
                    raise Mismatch("present").within(f".{name}")
            return known

        return convert


class ArgumentConverters(Converters):
    """Converters for arguments, which have the types of the generated code."""

    arrays = (list, tuple)
    array = "a list"

    def scalar(self, kind: str, form: str | None) -> Convert:
        """Return the converter of a string, a number, a boolean or null."""
        if kind == "string":
            return ARGUMENT_FORMATS.get(form, text)
        return of_type(*SCALARS[kind])

    def object(self, schema: Mapping[str, Any]) -> Convert:
        """Return the converter of a generated model, whose JSON is checked."""
        check = JsonConverters(self.components, has_rules=True).of(schema)

        def convert(value: Any) -> Any:
            try:
                made = value.to_dict()
            except (AttributeError, TypeError, ValueError):
                raise Mismatch("a model of certifier_client.models", value) from None
            check(made)
            return value

        return convert


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
    expected = f"one of {', '.join(repr(value) for value in values if value is not None)}"

    def convert(value: Any) -> Any:
        value = plain(value) or value
        # 1 == True in Python, but not in JSON.
        if not any(value == known and type(value) is type(known) for known in values):
            raise Mismatch(expected, value)
        return value

    return convert
