"""Schemas check arguments, and the JSON of responses."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest

from certifier_client._call.mismatch import Mismatch
from certifier_client._call.schema import ArgumentConverters, JsonConverters

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
A_UUID = UUID("12345678-1234-5678-1234-567812345678")
COMPONENTS = {
    "Tree": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 3},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
}
TREE = {"$ref": "#/components/schemas/Tree"}


class Colour(StrEnum):
    """An enum whose members are strings."""

    RED = "red"


class Model:
    """A model like those that are generated for objects."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def to_dict(self) -> Any:
        """Return the JSON."""
        return self.value


@pytest.mark.parametrize(
    ("schema", "right", "wrong", "problem"),
    [
        ({"type": "string"}, "a", 5, "a string"),
        ({"type": "string"}, Colour.RED, "\ud800", "has a lone surrogate"),
        ({"type": "string", "minLength": 2}, "ab", "a", "has 1 character: at least 2 are required"),
        ({"type": "string", "maxLength": 2}, "ab", "abc", "has 3 characters: at most 2 are"),
        ({"type": "string", "pattern": "^a+$"}, "aa", "ab", "is 'ab', which does not match"),
        ({"type": "string", "enum": ["red"]}, Colour.RED, "blue", "one of 'red'"),
        ({"const": 1}, 1, True, "one of 1"),
        ({"type": "string", "format": "uri"}, "http://a", "urn:isbn:1", "a complete http"),
        ({"type": "string", "format": "uri"}, "https://a/?b#c", "https://", "a complete http"),
        ({"type": "string", "format": "uri"}, "https://a:80", "https://a:x", "a complete http"),
        ({"type": "string", "format": "uri"}, "HTTPS://a", "https://a b", "a complete http"),
        (
            {"type": "string", "format": "date"},
            date(2026, 1, 2),
            datetime(2026, 1, 2, tzinfo=UTC),
            "a datetime.date",
        ),
        (
            {"type": "string", "format": "date-time"},
            datetime(2026, 1, 2, tzinfo=UTC),
            datetime(2026, 1, 2),  # noqa: DTZ001 - the missing time zone is the mistake
            "a datetime.datetime with a time zone",
        ),
        ({"type": "string", "format": "uuid"}, A_UUID, "1", "a uuid.UUID"),
        ({"type": "string", "format": "uuid"}, A_UUID, 5, "a uuid.UUID"),
        ({"type": "string", "format": "date"}, date(2026, 1, 2), "soon", "a datetime.date"),
        ({"type": "array", "items": {"type": "string"}}, ["a"], "a", "a list"),
        ({"type": "array", "minItems": 1}, [5], [], "has 0 items: pass at least 1"),
        ({"type": "array", "maxItems": 1}, [], [1, 2], "has 2 items: at most 1 are allowed"),
        ({"type": "array", "uniqueItems": True}, [1, True], ["a", "a"], "has an item twice"),
        ({"type": "array", "uniqueItems": False}, [1, 1], None, "a list"),
        ({"type": "integer", "minimum": 1}, 1, 0, "is 0: at least 1 is required"),
        ({"type": "integer", "maximum": 1}, 1, 2, "is 2: at most 1 is allowed"),
        ({"type": "integer", "exclusiveMinimum": 1}, 2, 1, "is 1: it must be greater than 1"),
        ({"type": "integer", "exclusiveMaximum": 1}, 0, 1, "is 1: it must be less than 1"),
        ({"type": "integer"}, 1, True, "a whole number"),
        ({"type": "number"}, 1.5, float("nan"), "a number"),
        ({"type": "number"}, 1, float("inf"), "a number"),
        ({"type": "boolean"}, False, 0, "true or false"),
        ({"type": ["string", "null"]}, None, 5, "a string or null"),
        ({"type": "string", "nullable": True}, None, 5, "a string or null"),
        ({"type": "string", "nullable": True, "maxLength": 1}, None, "ab", "has 2 characters"),
        ({"type": "null"}, None, 5, "null"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "a", [], "a whole number or a str"),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, 5, None, "a whole number or a str"),
        ({"enum": ["red", 5, None]}, None, True, "one of 'red', 5"),
        ({"oneOf": [{"type": "integer"}, {"type": "null"}]}, None, "a", "a whole number or null"),
        ({"allOf": [{"type": "string"}, {"maxLength": 1}]}, "a", "ab", "has 2 ch"),
        (TREE, Model({"name": "a"}), {"name": "a"}, "a model of certifier_client.models"),
        ({}, object, None, None),
    ],
)
def test_an_argument_is_checked_by_its_schema(
    schema: dict[str, Any], right: Any, wrong: Any, problem: str | None
) -> None:
    """A valid value is accepted; for an invalid one, the error names the broken rule."""
    convert = ArgumentConverters(COMPONENTS, has_rules=True).of(schema)
    assert convert(right) == right
    if problem:
        with pytest.raises(Mismatch) as raised:
            convert(wrong)
        assert raised.value.expected.startswith(problem)
        is_rule = problem.startswith(("has ", "is "))
        assert raised.value.is_rule is is_rule
        assert raised.value.value is (None if is_rule else wrong)


@pytest.mark.parametrize(
    ("keyword", "limit"),
    [
        ("minLength", 1),
        ("maxLength", 1),
        ("pattern", "b"),
        ("minItems", 1),
        ("maxItems", 1),
        ("uniqueItems", True),
        ("minimum", 1),
        ("maximum", 1),
        ("exclusiveMinimum", 0),
        ("exclusiveMaximum", 2),
    ],
)
def test_a_rule_restricts_only_values_of_its_type(keyword: str, limit: object) -> None:
    """If a schema allows several types, values of the others are valid, as JSON Schema says."""
    types = ["string", "number", "boolean", "null", "array"]
    for schema in ({keyword: limit}, {"type": types, keyword: limit}):
        convert = ArgumentConverters({}, has_rules=True).of(schema)
        for value in ("", "ab", 0, 2, 0.5, False, True, None, [], [1, 1]):
            try:
                convert(value)
                is_valid = True
            except Mismatch:
                is_valid = False
            assert is_valid is jsonschema_rs.is_valid(schema, value), (schema, value)


@pytest.mark.parametrize(
    ("form", "value"), [("date", date(2026, 1, 2)), ("uuid", A_UUID), ("date-time", NOON)]
)
def test_a_date_or_a_uuid_has_no_length(form: str, value: object) -> None:
    """Passed as an argument, it is not a string, so rules about text do not apply."""
    schema = {"type": "string", "format": form, "maxLength": 1, "pattern": "x"}
    assert ArgumentConverters({}, has_rules=True).of(schema)(value) is value


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("date", "2026-01-02", date(2026, 1, 2)),
        ("date-time", "2026-01-02T03:04:05z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("uuid", str(A_UUID), A_UUID),
    ],
)
def test_an_argument_may_be_the_text_of_its_value(form: str, text: str, value: Any) -> None:
    """In a list of changes, dates, times and UUIDs are strings."""
    convert = ArgumentConverters({}, has_rules=True).of({"type": "string", "format": form})
    assert convert(text) == value


@pytest.mark.parametrize(
    ("value", "path", "problem"),
    [
        ({"name": "abcd"}, ".name", "has 4 characters: at most 3 are allowed"),
        ({"name": "a", "parts": [{"name": "b"}, {}]}, ".parts[1].name", "present"),
        ({"name": "a", "parts": [{"name": 5}]}, ".parts[0].name", "a string"),
    ],
)
def test_a_model_is_checked_recursively(value: Any, path: str, problem: str) -> None:
    """The error has the path to the mistake, even through a recursive schema."""
    with pytest.raises(Mismatch) as raised:
        ArgumentConverters(COMPONENTS, has_rules=True).of(TREE)(Model(value))
    assert (raised.value.path, raised.value.expected) == (path, problem)


def test_a_response_is_checked_for_types_and_not_for_rules() -> None:
    """A name that is too long is accepted; a name that is not a string is rejected."""
    convert = JsonConverters(COMPONENTS, has_rules=False).of(TREE)
    assert convert({"name": "abcd"}) == {"name": "abcd"}
    with pytest.raises(Mismatch):
        convert({"name": None})


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("date", "2026-01-02", "2026-13-02"),
        ("date-time", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05"),
        ("date-time", "2026-01-02T03:04:05.123456-08:00", "2026-01-02"),
        ("uuid", str(A_UUID), "1"),
        ("uri", "anything", 5),
    ],
)
def test_formats_are_checked_where_the_generated_code_parses_them(
    form: str, right: str, wrong: Any
) -> None:
    """Dates, times and UUIDs are parsed; a URL stays a string."""
    convert = JsonConverters({}, has_rules=False).of({"type": "string", "format": form})
    assert convert(right) == right
    with pytest.raises(Mismatch) as raised:
        convert(wrong)
    assert raised.value.value is wrong


def test_the_best_match_of_a_union_is_reported() -> None:
    """The error with the deepest path is the likeliest, in any order of the members."""
    lists = [
        {"type": "array", "items": {"type": "array", "items": {"type": kind}}}
        for kind in ("string", "integer")
    ]
    convert = JsonConverters({}, has_rules=False).of({"anyOf": lists})
    with pytest.raises(Mismatch) as raised:
        convert([["a", 5], "x"])
    assert (raised.value.path, raised.value.expected) == ("[0][1]", "a string")


@pytest.mark.parametrize(
    ("schema", "wrong", "problem"),
    [
        ({"type": ["string", "null"]}, 5, "a string or null"),
        (
            {"type": ["string", "null"], "maxLength": 1},
            "ab",
            "has 2 characters: at most 1 are allowed",
        ),
        ({"type": ["array", "null"], "items": {"type": "string"}}, [5], "a string"),
        ({"type": ["string", "null"], "enum": ["a", "b"]}, 5, "one of 'a', 'b' or null"),
    ],
)
def test_null_is_suggested_only_where_it_is_valid(
    schema: dict[str, Any], wrong: Any, problem: str
) -> None:
    """Not for a broken rule, nor for a value within a value."""
    with pytest.raises(Mismatch) as raised:
        ArgumentConverters({}, has_rules=True).of(schema)(wrong)
    assert raised.value.expected == problem


def test_a_schema_with_properties_is_that_of_an_object() -> None:
    """The type may be missing, and properties are only required if the schema says so."""
    convert = JsonConverters({}, has_rules=False).of({"properties": {"name": {"type": "string"}}})
    assert convert({}) == {}
    with pytest.raises(Mismatch, match="an object") as raised:
        convert([])
    assert raised.value.value == []


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("2016-12-31t15:59:60.5-08:00", "2016-12-31T16:00:00.500000-08:00"),
        ("2016-12-31t23:59:59z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:60:00Z", None),
        ("2016-12-31T23:59:61Z", None),
        ("2016-12-31T23:59:60", None),
    ],
)
def test_a_time_of_rfc_3339_is_made_readable(text: str, moment: str | None) -> None:
    """Python knows neither leap seconds nor a lower-case z."""
    convert = JsonConverters({}, has_rules=False).of({"type": "string", "format": "date-time"})
    if moment:
        assert convert(text) == moment
        assert datetime.fromisoformat(moment)
    else:
        with pytest.raises(Mismatch):
            convert(text)
