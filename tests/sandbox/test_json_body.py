"""The limits of a request body."""

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from certifier_sandbox import TEMPLATE_ID
from certifier_sandbox.json_body import MAX_BODY, MAX_DETAIL, MAX_NESTING, first_error, parse_json

PATH = f"/v1/groups/{TEMPLATE_ID}"


@pytest.mark.parametrize("size", [MAX_BODY, MAX_BODY + 1, 3 * MAX_BODY])
def test_a_body_has_one_mebibyte_at_most(size: int, api: httpx.Client) -> None:
    """One byte more is too much."""
    body = b"{}".ljust(size)
    response = api.patch(PATH, content=body, headers={"Content-Type": "application/json"})
    message = "The request is not valid JSON: the body is larger than 1 MiB"
    assert response.status_code == (200 if size == MAX_BODY else 400)
    assert response.json().get("error", {}).get("message") == (
        None if size == MAX_BODY else message
    )


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("5", 0),
        ('["[[[[", {"a\\"[": "}"}]', 2),
        ("[" * 100 + "]" * 100, 100),
        ('{"a":' * 100 + "5" + "}" * 100, 100),
        ("[" * 101 + "]" * 101, 101),
        ('[{"a":' * 50 + "[]" + "}]" * 50, 101),
        ("[" + "[]," * 10 + "[" * 100, 101),
    ],
)
def test_a_body_is_nested_a_hundred_levels_deep_at_most(text: str, levels: int) -> None:
    """Brackets in strings do not count."""
    if levels <= MAX_NESTING:
        parse_json(text.encode())
    else:
        with pytest.raises(ValueError, match=r"^the body is nested more than 100 levels deep$"):
            parse_json(text.encode())


def test_a_body_of_our_own_has_no_limit() -> None:
    """What a test injects may be larger than a request."""
    text = b"[]".ljust(MAX_BODY + 1)
    assert parse_json(text, bounded=False) == []
    with pytest.raises(ValueError, match=r"^the body is larger than 1 MiB$"):
        parse_json(text)


@pytest.mark.parametrize("more", [0, 1])
def test_a_long_message_is_shortened(more: int) -> None:
    """It quotes the value, whose first and last characters are shown."""
    reason = ' is not of type "object"'
    value = "a" * (MAX_DETAIL - len(f'""{reason}') + more)
    whole = f'"{value}"{reason}'
    shown = f"{whole[:100]} ... {whole[-100:]}" if more else whole
    assert first_error(Draft202012Validator({"type": "object"}), value) == f"body: {shown}"
    error = first_error(Draft202012Validator({"properties": {"X": False}}), {"X": 1})
    assert error == "X: False schema does not allow 1"
