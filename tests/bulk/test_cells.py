"""Cells of CSV and options of the command, which a field's schema describes."""

from typing import Any, get_args

import pytest

from certifier_client.cli.cells import value_of
from certifier_client.cli.update import _parameter
from certifier_client.operations import FIELDS, UPDATE


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({}, "5", "5"),
        ({"type": "string"}, "true", "true"),
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, "five", "five"),
        ({"type": "number"}, "0.5", 0.5),
        ({"type": "boolean"}, "TRUE", True),
        ({"type": "boolean"}, "false", False),
        ({"type": "array"}, "a, b;c\td\ne", ["a", "b", "c", "d", "e"]),
        ({"type": "array"}, " ", [" "]),
        ({"type": "array"}, ' ["a b", 1] ', ["a b", 1]),
        ({"type": "array"}, "[a", ["[a"]),
        ({"type": "array"}, "5", ["5"]),
        ({"type": "array", "items": {"type": "integer"}}, "1 2", [1, 2]),
    ],
)
def test_a_cell_has_the_type_of_its_schema(
    schema: dict[str, Any], text: str, value: object
) -> None:
    """A text that is not of the type stays a text, which the client then rejects."""
    assert value_of(schema, text) == value
    assert type(value_of(schema, text)) is type(value)


@pytest.mark.parametrize("schema", [{"type": "string"}, {"type": "string", "description": "What."}])
def test_an_option_has_the_description_of_its_field(
    schema: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the document has one."""
    field = FIELDS[0]
    monkeypatch.setitem(UPDATE.schemas, f"body {field.wire}", schema)
    _, option = get_args(_parameter(field).annotation)
    assert option.help == schema.get("description", "")
