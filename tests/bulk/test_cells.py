"""Reading a cell of CSV, or an option of the command."""

from typing import Any

import pytest

from certifier_client.cli.cells import value_of


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
